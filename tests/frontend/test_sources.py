"""What is committed of the front end agrees with itself and with the server."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.frontend.sources import ROOT, load_hook
from wakeline.server.openapi import render_api

FRONTEND = ROOT / "frontend"


def test_openapi_document_is_the_servers() -> None:
    committed = (FRONTEND / "openapi.json").read_text(encoding="utf-8")
    assert committed == render_api(), "the routes have changed: run `make openapi` and commit frontend/"


@pytest.mark.slow
def test_types_are_made_from_the_openapi_document(tmp_path: Path) -> None:
    hook = load_hook()
    hook.install_packages(ROOT)
    made = tmp_path / "schema.d.ts"
    hook.run_npm(ROOT, "exec", "--", "openapi-typescript", "openapi.json", "--output", str(made))
    committed = (FRONTEND / "src/api/schema.d.ts").read_text(encoding="utf-8")
    assert committed == made.read_text(encoding="utf-8"), "run `make openapi` and commit frontend/"


def test_lockfile_names_no_host_but_hashes_every_package() -> None:
    packages = json.loads((FRONTEND / "package-lock.json").read_text())["packages"]
    installed = {name: entry for name, entry in packages.items() if name}
    assert [name for name, entry in installed.items() if "resolved" in entry] == []
    assert [name for name, entry in installed.items() if "integrity" not in entry] == []


def test_versions_are_exact() -> None:
    package = json.loads((FRONTEND / "package.json").read_text())
    named = {**package["dependencies"], **package["devDependencies"]}
    assert [name for name, version in named.items() if not version[0].isdigit()] == []


def test_what_is_built_is_not_committed() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "frontend/node_modules", "frontend/dist", "src/wakeline/server/static"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert listed.stdout == ""
