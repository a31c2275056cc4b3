"""Where a home keeps what the deployer writes, and which version names are safe as folders."""

import os
import re
from pathlib import Path

from wakeline.core.errors import InvalidInputError
from wakeline.core.ids import mint_attempt_id

_VERSION_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,62}")
RESERVED_VERSION_NAMES = frozenset({"active", "all"})


def check_version_name(kind: str, text: str) -> str:
    """`kind` is the noun for the error: `model version` or `generation`."""
    if not _VERSION_NAME.fullmatch(text) or ".." in text or text in RESERVED_VERSION_NAMES:
        raise InvalidInputError(
            f"{text!r} is not a {kind}; expected a letter or digit, then up to 62 of letters, digits, "
            f"_ . + and -, such as v1, and neither of {', '.join(sorted(RESERVED_VERSION_NAMES))}"
        )
    return text


def locate_model(home: Path, project: str, name: str, version: str) -> Path:
    return home / "models" / project / name / version


def locate_package(home: Path, project: str, service_id: str, generation: str) -> Path:
    return home / "packages" / project / service_id / generation


def locate_node(home: Path, deployment_id: str) -> Path:
    return home / "nodes" / deployment_id


def locate_incoming(home: Path, room: str) -> Path:
    """A path that nothing has used, beside the final folders of `models` or `packages`: moving is atomic."""
    folder = home / room / ".incoming"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / mint_attempt_id()


def move_folder(source: Path, target: Path) -> None:
    """Renames a finished folder to its place, which must be free, and puts both on disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for path in [*source.rglob("*"), source]:
        sync_path(path)
    source.rename(target)
    sync_path(target.parent)


def sync_path(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
