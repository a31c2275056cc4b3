"""The build hook: builds when the sources changed, and otherwise asks npm for nothing."""

import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.frontend.sources import load_hook


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The hook with an npm that notes its calls and writes a page where vite would."""
    module = load_hook()
    calls: list[tuple[str, ...]] = []

    def run_npm(root: Path, *arguments: str) -> None:
        calls.append(arguments)
        frontend = root / "frontend"
        if arguments[0] == "ci":
            (frontend / "node_modules").mkdir(exist_ok=True)
        else:
            (frontend / "dist").mkdir()
            (frontend / "dist/index.html").write_text("<p>page</p>")

    monkeypatch.setattr(module, "run_npm", run_npm)
    monkeypatch.setattr(module, "calls", calls, raising=False)
    return module


@pytest.fixture
def root(tmp_path: Path) -> Path:
    tree = tmp_path / "a clone with spaces"
    (tree / "frontend/src").mkdir(parents=True)
    (tree / "frontend/package-lock.json").write_text("{}")
    (tree / "frontend/src/main.tsx").write_text("one")
    (tree / "src/wakeline/server").mkdir(parents=True)
    return tree


def test_builds_once(hook: Any, root: Path) -> None:
    assert hook.build_front_end(root)
    assert (root / "src/wakeline/server/static/index.html").read_text() == "<p>page</p>"
    assert not (root / "frontend/dist").exists()
    assert [call[0] for call in hook.calls] == ["ci", "run"]
    assert "--ignore-scripts" in hook.calls[0]
    assert not hook.build_front_end(root)
    assert len(hook.calls) == 2


def test_changed_source_is_built_without_installing_again(hook: Any, root: Path) -> None:
    hook.build_front_end(root)
    (root / "frontend/src/main.tsx").write_text("two")
    assert hook.build_front_end(root)
    assert [call[0] for call in hook.calls] == ["ci", "run", "run"]


def test_changed_lock_is_installed(hook: Any, root: Path) -> None:
    hook.build_front_end(root)
    (root / "frontend/package-lock.json").write_text('{"packages": {}}')
    hook.build_front_end(root)
    assert [call[0] for call in hook.calls] == ["ci", "run", "ci", "run"]


def test_bundle_in_a_source_distribution_needs_no_npm(hook: Any, root: Path, tmp_path: Path) -> None:
    hook.build_front_end(root)
    unpacked = tmp_path / "unpacked"
    shutil.copytree(root, unpacked, ignore=shutil.ignore_patterns("node_modules"))
    hook.calls.clear()
    assert not hook.build_front_end(unpacked)
    assert hook.calls == []


@pytest.mark.parametrize(
    "change",
    [
        lambda sources: (sources / "main.tsx").rename(sources / "start.tsx"),
        lambda sources: (sources / "more.ts").write_text(""),
        lambda sources: (sources / "main.tsx").write_text("eno"),
    ],
    ids=["renamed", "added", "edited"],
)
def test_stamp_sees_every_change(hook: Any, root: Path, change: Any) -> None:
    before = hook.stamp_sources(root / "frontend")
    (root / "frontend/node_modules").mkdir()
    (root / "frontend/node_modules/package.json").write_text("{}")
    assert hook.stamp_sources(root / "frontend") == before
    change(root / "frontend/src")
    assert hook.stamp_sources(root / "frontend") != before
