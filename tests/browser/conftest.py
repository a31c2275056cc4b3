"""A real Chromium, and real server processes over homes that are empty or hold a year's evaluations."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy.orm import Session

from tests.browser.chromium import NO_CHROMIUM, find_chromium, launch_chromium
from tests.browser.documents import build_documents
from tests.browser.logged import run_logged
from tests.browser.serving import deploy_to, run_stack, save_small_model, save_to
from tests.browser.visits import LOOKS, WATCH_POLICY, Scheme, Visit
from tests.frontend.sources import ROOT, load_hook
from wakeline.core.clock import parse_rfc3339
from wakeline.metadata.queries import evaluations, projects, stores
from wakeline.metadata.queries.evaluations import NewRevision
from wakeline.metadata.session import locate_database, make_sessions, open_database

PROJECT = "FLIGHTS"
STORE = "FLIGHTS-on-local-arrival-delay"
BARE_STORE = 'a store & nothing in it: <b>"ü"</b>'
NOW_US = parse_rfc3339("2014-01-02T03:00:00Z")
START_SECONDS = 60
LONG_LOG_ROWS = 300_000


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Not for the whole session: while Playwright is open no other test could run an event loop."""
    if find_chromium() is None:
        if os.environ.get("CI"):
            pytest.fail(f"{NO_CHROMIUM} (a machine with CI set must have it)")
        pytest.skip(NO_CHROMIUM)
    with launch_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def bundle() -> None:
    """The front end as its sources are now; nothing to do where `pip install` has just built it."""
    load_hook().build_front_end(ROOT)


@pytest.fixture(scope="session")
def axe_source() -> str:
    load_hook().install_packages(ROOT)
    return (ROOT / "frontend/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def full_server(bundle: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with the evaluations of nine months, and a store without any."""
    home = tmp_path_factory.mktemp("full")
    _seed(home)
    yield from _serve(home)


@pytest.fixture(scope="session")
def empty_server(bundle: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from _serve(tmp_path_factory.mktemp("empty"))


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_small_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def serving(bundle: None, small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """All processes, with a deployed model that nothing monitors."""
    with run_stack(tmp_path_factory.mktemp("serving")) as url:
        save_to(url, small_model)
        deploy_to(url)
        yield url


@pytest.fixture(scope="session")
def logged(bundle: None, small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """All processes, with a log of today's queries and one of each item of a Flow over it."""
    with run_logged(tmp_path_factory.mktemp("logged"), small_model) as url:
        yield url


@pytest.fixture(scope="session")
def long_log(bundle: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over a log that is too long for a browser to make room for each row."""
    home = tmp_path_factory.mktemp("long")
    script = ROOT / "bench/million_rows.py"
    subprocess.run([sys.executable, str(script), str(home), "--rows", str(LONG_LOG_ROWS)], check=True)
    yield from _serve(home)


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def look(request: pytest.FixtureRequest) -> tuple[Scheme, int]:
    chosen: tuple[Scheme, int] = request.param
    return chosen


@pytest.fixture
def visit(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    scheme: Scheme = "light"
    width = 1440
    if "look" in request.fixturenames:
        scheme, width = request.getfixturevalue("look")
    context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    context.set_default_timeout(15_000)
    context.add_init_script(WATCH_POLICY)
    visit = Visit(context.new_page())
    visit.page.on("console", lambda message: visit.complaints.append(f"{message.type}: {message.text}"))
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    yield visit
    context.close()


def _serve(home: Path) -> Iterator[str]:
    log = home / "server.log"
    command = [sys.executable, "-m", "wakeline.server", "--home", str(home), "--port", "0"]
    with log.open("w") as output, subprocess.Popen(command, stderr=output, stdout=output) as process:
        try:
            yield _wait_for_address(log, process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)


def _wait_for_address(log: Path, process: "subprocess.Popen[bytes]") -> str:
    for _ in range(START_SECONDS * 10):
        found = re.search(r"listening on (http://\S+)", log.read_text())
        if found and "startup complete" in log.read_text():
            return found[1]
        if process.poll() is not None:
            break
        try:
            process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError(f"the server did not start:\n{log.read_text()}")


def _seed(home: Path) -> None:
    sessions = make_sessions(open_database(locate_database(home)))
    with sessions.begin() as session:
        projects.create_project(session, PROJECT, "Flights", NOW_US)
        stores.create_store(session, PROJECT, STORE, NOW_US)
        stores.create_store(session, PROJECT, BARE_STORE, NOW_US)
        _seed_evaluations(session)


def _seed_evaluations(session: Session) -> None:
    for window, document in build_documents():
        found = NewRevision(
            project=PROJECT,
            store=STORE,
            name=str(window),
            recipe="evaluate-arrival-delay",
            window=window,
            status=document["status"],
            sentence=document["sentence"],
            row_count=document["row_count"],
            model="arrival-delay",
            model_version="v1",
            headline=[reading for reading in document["readings"] if reading["column"] is None],
            document=document,
            job_id=None,
            code_version="0.1.0",
        )
        evaluations.save_revision(session, found, NOW_US)
