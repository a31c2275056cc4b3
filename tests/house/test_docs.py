"""The reference pages say what the code does: commands, routes, settings, metrics, errors."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_reference_pages_are_current() -> None:
    spec = importlib.util.spec_from_file_location("write_reference", ROOT / "docs" / "write_reference.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    stale = [
        name
        for name, text in module.render_pages().items()
        if not (page := ROOT / "docs" / "reference" / name).exists() or page.read_text() != text
    ]
    assert stale == [], "run `make docs`"


def test_commands_and_their_options_have_help() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text()
    assert "|  |\n" not in page.replace("| option | |", "")
