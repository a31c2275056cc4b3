# Every target sets up what it needs. Start with `make demo` or `make test`.
PYTHON ?= python3
BIN := .venv/bin
DEMO_ARGS ?=
UP_ARGS ?=
PYTEST_ARGS ?=
COMPILE = $(BIN)/python -m uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet
LOCK = $(COMPILE) pyproject.toml --only-binary :all:

.PHONY: help setup demo up test test-quick test-crash check format bench lock docs pictures openapi browser faketime spark bentoml clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: .venv/.installed ## make .venv with the locked packages and Wakeline itself (front end included)
	@$(BIN)/python hatch_build.py

.venv/.installed: lock/dev.txt pyproject.toml hatch_build.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Wakeline needs Python 3.11 or newer; found $$($(PYTHON) --version). Try: make PYTHON=python3.12 setup" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
		{ echo "python3 -m venv failed; on Debian: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r lock/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch .venv/.installed
	@echo "Wakeline is installed: .venv/bin/wakeline --help"

demo: ## the whole loop on New York's 2013 flights; DEMO_ARGS="--exit --json" and the like pass on
	@$(MAKE) --no-print-directory setup 1>&2
	@$(BIN)/python -m wakeline demo $(DEMO_ARGS)

up: setup ## all processes on an empty home, until Ctrl-C
	@$(BIN)/python -m wakeline up $(UP_ARGS)

check: setup ## lint, types and layers, in seconds
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports --no-cache

format: setup ## put the code into shape
	$(BIN)/python -m ruff format .
	$(BIN)/python -m ruff check --fix .

browser: ## Debian's Chromium for the browser tests
	@sh tests/browser/install-chromium.sh

faketime: ## Debian's libfaketime for the clock steps of the crash tests
	@sh tests/crash/install-libfaketime.sh

spark: setup ## PySpark (lock/spark.txt) and Debian's Java, for the tests that read the log with it
	@sh tests/loglake/install-java.sh
	@test .venv/.spark -nt lock/spark.txt || { $(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes -r lock/spark.txt && touch .venv/.spark; }

bentoml: setup ## BentoML (lock/bentoml.txt) in an environment of its own, for the test of its example
	@test .venv/bentoml/.installed -nt lock/bentoml.txt || { \
		$(BIN)/python -m uv venv --quiet --clear --python $(BIN)/python .venv/bentoml && \
		$(BIN)/python -m uv pip install --quiet --python .venv/bentoml/bin/python --require-hashes --only-binary :all: \
			-r lock/bentoml.txt && touch .venv/bentoml/.installed; }

test: setup browser faketime spark bentoml check ## everything: checks, unit, flow, crash, reference, browser and house tests
	$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

test-quick: setup ## the tests without processes and long loops
	$(BIN)/python -m pytest -n 2 -m "not slow and not browser" $(PYTEST_ARGS)

test-crash: setup faketime ## two hundred faults against all processes; WAKELINE_CRASH_SEED draws others
	WAKELINE_CRASH_FAULTS=200 $(BIN)/python -m pytest -s tests/crash -k no_fault $(PYTEST_ARGS)

bench: setup ## CPU of a query, side by side with FastAPI + scikit-learn
	$(BIN)/python bench/node.py

lock: ## pin the packages anew (lock/*.txt)
	$(LOCK) -o lock/run.txt
	$(LOCK) --extra dev -o lock/dev.txt
	$(COMPILE) lock/spark.in -o lock/spark.txt
	$(COMPILE) lock/bentoml.in --only-binary :all: -o lock/bentoml.txt

docs: setup ## the pages under docs/reference that are made from the code
	$(BIN)/python docs/write_reference.py

pictures: setup browser ## the tutorial's pictures, from a browser that follows it
	$(BIN)/python -m tests.docs.take_pictures

openapi: .venv/.installed ## the front end's types, from the server's OpenAPI
	$(BIN)/python -m wakeline.server.openapi frontend/openapi.json
	cd frontend && ../$(BIN)/python ../hatch_build.py npm run types

clean: ## remove .venv and what was built
	rm -rf .venv frontend/node_modules src/wakeline/server/static
