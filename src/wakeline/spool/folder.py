"""A folder of spool files as the shipper finds it: leftovers go, broken files are set aside and counted."""

import logging
from pathlib import Path

from wakeline.spool.counters import record_broken
from wakeline.spool.layout import CREATING_SUFFIX, SUFFIX, companions, lock_path
from wakeline.spool.owner import read_durable, try_lock

_LOGGER = logging.getLogger(__name__)
_BROKEN_FOLDER = "broken"
_LOCK_SUFFIX = SUFFIX + ".lock"


def set_aside(path: Path, reason: str) -> bool:
    """Moves a file that cannot be read into `broken/`, counted; False while its owner is alive.

    Nothing is thrown away: SQLite's own tools may still recover events from it.
    """
    lock = try_lock(lock_path(path))
    if lock is None:
        return False
    try:
        size = sum(part.stat().st_size for part in companions(path) if part.exists())
        record_broken(path.parent, path.name, reason, sum(read_durable(lock_path(path)).values()), size)
        target = path.parent / _BROKEN_FOLDER
        target.mkdir(exist_ok=True)
        for part in companions(path):
            if part.exists():
                part.rename(target / part.name)
    finally:
        lock.release()
    _LOGGER.error("the spool file %s was set aside in %s/: %s", path.name, _BROKEN_FOLDER, reason)
    return True


def clear_leftovers(folder: Path) -> None:
    """Removes what killed starts and removals left: locks and half-made files without a spool file."""
    for lock_file in folder.glob("*" + _LOCK_SUFFIX):
        path = lock_file.with_name(lock_file.name.removesuffix(_LOCK_SUFFIX) + SUFFIX)
        if path.exists():
            continue
        lock = try_lock(lock_file)
        if lock is None:
            continue
        try:
            if not path.exists():
                for part in [*folder.glob(path.name + CREATING_SUFFIX + "*"), *companions(path)]:
                    part.unlink(missing_ok=True)
        finally:
            lock.release()
