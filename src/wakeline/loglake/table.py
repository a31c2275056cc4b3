"""Opening a Delta table of ours: always afresh, because a handle does not follow its own commits."""

import re
from pathlib import Path

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from wakeline.core.errors import BrokenFileError, InvalidInputError, NotFoundError

LOG_FOLDER = "_delta_log"

_VERSION = re.compile(r"\d{20}\.(json|checkpoint\.parquet)")
_MISREAD = re.compile(r"%[0-9A-Fa-f]{2}|\\")


def open_table(root: Path, version: int | None = None) -> DeltaTable:
    """A handle on the newest version or the one asked for; raises `NotFoundError` where there is none."""
    check_root(root)
    try:
        return DeltaTable(str(root), version=version)
    except TableNotFoundError as error:
        raise NotFoundError(f"there is no log table at {root}") from error
    except DeltaError as error:
        if not has_table(root):
            raise NotFoundError(f"there is no log table at {root}") from error
        if version is not None:
            raise NotFoundError(f"the log table at {root} has no version {version} any more") from error
        raise BrokenFileError(f"the log table at {root} cannot be read: {error}") from error


def has_table(root: Path) -> bool:
    """Whether the folder has a Delta log with at least one version in it."""
    folder = root / LOG_FOLDER
    return folder.is_dir() and any(_VERSION.fullmatch(path.name) for path in folder.iterdir())


def check_root(root: Path) -> None:
    """Refuses paths that `deltalake` would take for another one."""
    if _MISREAD.search(str(root)):
        raise InvalidInputError(
            f"the path {root} holds a backslash or a percent escape, which Delta readers decode; "
            "choose a folder without"
        )
