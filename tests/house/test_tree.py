"""Style as a test: what a linter cannot know about the tree."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

import wakeline

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "wakeline"
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
LINES_PER_FILE_MAX = 400
LINES_PER_FUNCTION_MAX = 60
MODULES = sorted(SOURCE.rglob("*.py"))


def list_tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def read_text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def test_rooms_are_those_of_the_code_map() -> None:
    architecture = (ROOT / "ARCHITECTURE.md").read_text()
    code_map = architecture.split("<!-- code map -->")[1]
    named = set(re.findall(r"^  (\w+)/ ", code_map, re.MULTILINE))
    rooms = {path.name for path in SOURCE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert named == rooms


def test_files_that_the_architecture_names_exist() -> None:
    architecture = (ROOT / "ARCHITECTURE.md").read_text()
    named = set(re.findall(r"`(\w+/[\w/]+\.py)`", architecture))
    assert named
    assert [name for name in sorted(named) if not (SOURCE / name).exists()] == []


def test_no_module_is_named_after_nothing() -> None:
    assert [str(path) for path in SOURCE.rglob("*") if path.stem in FORBIDDEN_NAMES] == []


def test_package_files_are_empty() -> None:
    inner = [path for path in SOURCE.rglob("__init__.py") if path.parent != SOURCE]
    assert [str(path.relative_to(ROOT)) for path in inner if path.read_text().strip()] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_module_is_short_and_says_what_it_owns(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= LINES_PER_FILE_MAX
    tree = ast.parse(text)
    if path.name != "__init__.py":
        assert ast.get_docstring(tree), "the module opens without saying what it owns"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LINES_PER_FUNCTION_MAX, f"{node.name} has {length} lines"


def test_no_committed_file_names_a_registry_or_a_path_of_one_machine() -> None:
    hosts = re.compile(
        "|".join(["pypi" + r"\.org", "python" + "hosted", "registry" + r"\.npmjs", "npm" + r"mirror"])
    )
    places = re.compile(r"(?<![\w.])/(?:" + "|".join(["work/main", "root/", "home/\\w+/", "Users/"]) + ")")
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in list_tracked_files()
        if (text := read_text(path)) is not None
        for match in [hosts.search(text) or places.search(text)]
        if match
    ]
    assert found == []


def test_no_lock_file_holds_addresses() -> None:
    tracked = list_tracked_files()
    assert [path.name for path in tracked if path.name in {"uv.lock", "poetry.lock"}] == []
    lock = ROOT / "frontend" / "package-lock.json"
    assert '"resolved"' not in lock.read_text()


def test_changelog_begins_with_the_version_of_the_package() -> None:
    versions = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions[0] == wakeline.__version__
    assert f'version = "{wakeline.__version__}"' in (ROOT / "pyproject.toml").read_text()


def test_every_dependency_has_its_line() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    block = text.split("dependencies = [")[1].split("\n]")[0]
    names = re.findall(r'"([a-z0-9-]+)', block)
    page = (ROOT / "docs" / "decisions" / "dependencies.md").read_text()
    assert [name for name in names if f"| `{name}`" not in page] == []
