"""Opening a Delta table of ours: always afresh, because a handle does not follow its own commits."""

import re
from pathlib import Path

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from wakeline.core.errors import BrokenFileError, InvalidInputError, NotFoundError, UnavailableError
from wakeline.loglake.place import ObjectPlace, Place, list_storage_options
from wakeline.loglake.storage import ObjectStore, describe_failure, is_silence

LOG_FOLDER = "_delta_log"

_VERSION = re.compile(r"\d{20}\.(json|checkpoint\.parquet)")
_MISREAD = re.compile(r"%[0-9A-Fa-f]{2}|\\")


class StoreSilentError(UnavailableError):
    """A store gave no answer at all: it is the store's affair, not the table's."""


def report_store(words: str, place: ObjectPlace, error: Exception) -> UnavailableError:
    """What a failure of a store means, in one line: silence of the whole store, or a refusal."""
    kind = StoreSilentError if is_silence(error) else UnavailableError
    return kind(f"{words}: {describe_failure(error, place.bucket)}")


def open_table(root: Place, version: int | None = None) -> DeltaTable:
    """A handle on the newest version or the one asked for; raises `NotFoundError` where there is none, and
    `UnavailableError` where a store does not answer."""
    check_root(root)
    try:
        return DeltaTable(str(root), version=version, storage_options=list_storage_options(root))
    except TableNotFoundError as error:
        raise NotFoundError(f"there is no log table at {root}") from error
    except (OSError, DeltaError) as error:
        if isinstance(root, ObjectPlace) and isinstance(error, OSError):
            raise report_store(f"the log table at {root} cannot be read now", root, error) from error
        if not has_table(root):
            raise NotFoundError(f"there is no log table at {root}") from error
        if version is not None:
            raise NotFoundError(f"the log table at {root} has no version {version} any more") from error
        raise BrokenFileError(f"the log table at {root} cannot be read: {error}") from error


def find_table(root: Place) -> DeltaTable | None:
    """A handle on the newest version; None where there is no table yet."""
    if isinstance(root, Path) and not has_table(root):
        return None
    try:
        return open_table(root)
    except NotFoundError:
        if has_table(root):
            raise
        return None


def has_table(root: Place) -> bool:
    """Whether there is a Delta log with at least one version in it."""
    folder = root / LOG_FOLDER
    if isinstance(folder, ObjectPlace):
        names = ObjectStore().list_names(folder)[1]
    else:
        names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return any(_VERSION.fullmatch(name) for name in names)


def check_root(root: Place) -> None:
    """Refuses paths that `deltalake` would take for another one."""
    if _MISREAD.search(str(root)):
        raise InvalidInputError(
            f"the path {root} holds a backslash or a percent escape, which Delta readers decode; "
            "choose a folder without"
        )
