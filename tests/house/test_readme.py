"""What the README tells people to type exists."""

import re
from pathlib import Path

from wakeline.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]


def read_commands() -> list[str]:
    blocks = [
        block for page in PAGES for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL)
    ]
    return [line.split("#")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {command.split()[1] for command in read_commands() if command.startswith("make ")}
    assert {"demo", "test"} <= named
    assert named <= targets


def test_wakeline_commands_exist() -> None:
    named = {command.split()[1] for command in read_commands() if command.startswith("wakeline ")}
    assert named <= set(COMMANDS)


def test_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in ["help", "setup", "demo", "up", "test", "check", "format", "bench", "lock", "docs"]:
        assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE), target
