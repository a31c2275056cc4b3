"""Repair of a table's log after a power loss, before anything opens it.

Nothing is committed on top of a version that is not on disk, so only the newest commit can be torn, and a
torn one was never acknowledged: it is set aside under a dot name. A torn checkpoint is deleted together
with `_last_checkpoint`, because the commits that it sums up are still there. Refuses anything worse.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar, cast

import pyarrow as pa
import pyarrow.parquet as pq

from wakeline.core.errors import BrokenFileError
from wakeline.core.ids import mint_attempt_id
from wakeline.loglake.place import ObjectPlace, Place
from wakeline.loglake.storage import ObjectStore, Storage
from wakeline.loglake.table import LOG_FOLDER

LAST_CHECKPOINT = "_last_checkpoint"
ACTION_COUNT = "wakeline.actions"
"""Part of a commit's own information: how many actions follow. A file cut between two lines is torn too."""

_SomePlace = TypeVar("_SomePlace", bound=Place)
_COMMIT = re.compile(r"(\d{20})\.json")
_CHECKPOINT = re.compile(r"(\d{20})\.checkpoint\.parquet")


def name_commit(root: _SomePlace, version: int) -> _SomePlace:
    return cast("_SomePlace", root / LOG_FOLDER / f"{version:020d}.json")


def name_checkpoint(root: _SomePlace, version: int) -> _SomePlace:
    return cast("_SomePlace", root / LOG_FOLDER / f"{version:020d}.checkpoint.parquet")


def list_commits(root: Path) -> list[int]:
    """Versions with a commit file, ascending."""
    return _list_versions(root, _COMMIT)


def list_checkpoints(root: Path) -> list[int]:
    """Versions with a checkpoint, ascending."""
    return _list_versions(root, _CHECKPOINT)


def find_checkpoint(root: ObjectPlace) -> int:
    """The version of the newest checkpoint in an object store, -1 if there is none."""
    found = ObjectStore().read(root / LOG_FOLDER / LAST_CHECKPOINT)
    version = None if found is None else _decode_pointer(found)
    return -1 if version is None else version


def recover(root: Path, disk: Storage) -> list[str]:
    """Repairs the log and syncs all of it; returns one sentence for each repair."""
    repairs = [*_drop_torn_checkpoints(root, disk), *_set_torn_commit_aside(root, disk)]
    commits = list_commits(root)
    _check_middle(root, commits)
    for version in commits:
        disk.sync_file(name_commit(root, version))
    if commits or repairs:
        disk.sync_folder(root / LOG_FOLDER)
    return repairs


def _list_versions(root: Path, pattern: re.Pattern[str]) -> list[int]:
    folder = root / LOG_FOLDER
    if not folder.is_dir():
        return []
    found = (pattern.fullmatch(path.name) for path in folder.iterdir())
    return sorted(int(match[1]) for match in found if match)


def _drop_torn_checkpoints(root: Path, disk: Storage) -> Iterator[str]:
    checkpoints = list_checkpoints(root)
    while checkpoints and not _is_checkpoint(name_checkpoint(root, checkpoints[-1])):
        torn = name_checkpoint(root, checkpoints.pop())
        disk.remove(torn)
        disk.remove(root / LOG_FOLDER / LAST_CHECKPOINT)
        yield f"deleted the torn checkpoint {torn.name} and {LAST_CHECKPOINT}"
    pointer = root / LOG_FOLDER / LAST_CHECKPOINT
    if pointer.exists() and _decode_pointer(pointer.read_bytes()) not in checkpoints:
        disk.remove(pointer)
        yield f"deleted {LAST_CHECKPOINT}, which named no checkpoint"


def _is_checkpoint(path: Path) -> bool:
    try:
        return bool(pq.read_table(path, use_threads=False).num_rows)
    except (pa.ArrowException, OSError):
        return False


def _decode_pointer(content: bytes) -> int | None:
    try:
        version = json.loads(content)["version"]
    except (ValueError, KeyError, TypeError):
        return None
    return version if isinstance(version, int) else None


def _set_torn_commit_aside(root: Path, disk: Storage) -> Iterator[str]:
    commits = list_commits(root)
    if not commits or _is_commit(root, commits[-1]):
        return
    torn = name_commit(root, commits[-1])
    aside = torn.with_name(f".{torn.name}.torn-{mint_attempt_id()}")
    torn.rename(aside)
    yield f"set the torn commit {torn.name} aside as {aside.name}; it was never acknowledged"


def _check_middle(root: Path, commits: list[int]) -> None:
    """Every commit that a reader needs must be there and parse: those after the newest checkpoint."""
    checkpoint = max(list_checkpoints(root), default=-1)
    needed = [version for version in commits if version > checkpoint]
    for expected, version in enumerate(needed, start=checkpoint + 1):
        if version != expected:
            raise BrokenFileError(f"the log of {root} lacks version {expected}; restore it from a backup")
        if not _is_commit(root, version):
            raise BrokenFileError(
                f"{name_commit(root, version)} is damaged although later commits exist; "
                "restore it from a backup"
            )


def _is_commit(root: Path, version: int) -> bool:
    """Whether the file is whole: every line parses, and none is missing at its end."""
    try:
        actions = [json.loads(line) for line in name_commit(root, version).read_bytes().splitlines()]
        kinds = [kind for action in actions for kind in action]
        promised: dict[str, int] = next(
            (action["commitInfo"] for action in actions if "commitInfo" in action), {}
        )
    except (ValueError, TypeError):
        return False
    if version == 0 and not {"metaData", "protocol"} <= set(kinds):
        return False
    return bool(kinds) and len(kinds) == promised.get(ACTION_COUNT, len(kinds) - 1) + 1
