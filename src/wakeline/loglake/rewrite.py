"""Putting other files in the place of some: one durable commit that a second rewrite cannot pass.

Each rewrite moves the application transaction `maintenance` on by one, read through the handle that it was
decided by, so of two that race one is refused; appends meanwhile are no conflict. A killed one leaves files
that no commit names. The library's own compaction knows no such fence and must never run on these tables.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import AddAction, RemoveAction

from wakeline.core.errors import UnavailableError
from wakeline.core.event import DAY_COLUMN
from wakeline.loglake.datafile import DataFile, decode_attempts, open_data_file, to_add_action
from wakeline.loglake.place import Place
from wakeline.loglake.recovery import ACTION_COUNT, list_checkpoints, list_commits, name_commit
from wakeline.loglake.storage import Storage, open_bytes
from wakeline.loglake.table import LOG_FOLDER, open_table
from wakeline.loglake.window import report_unreadable

MAINTENANCE = "maintenance"
PARTITIONED_BY = ["day"]
NO_HOOK = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)


@dataclass(frozen=True, slots=True)
class LiveFile:
    """A data file as the log lists it; times are microseconds UTC."""

    path: str
    day: date
    row_count: int
    bytes: int
    earliest_us: int
    modified_us: int


def list_live_files(table: DeltaTable) -> list[LiveFile]:
    """Sorted by day, then by the time of the first event."""
    files = [
        LiveFile(
            path=action["path"],
            day=action[f"partition.{DAY_COLUMN}"],
            row_count=action["num_records"],
            bytes=action["size_bytes"],
            earliest_us=_to_us(action.get("min.event_time")),
            modified_us=_to_us(action["modification_time"]),
        )
        for action in _list_actions(table)
    ]
    return sorted(files, key=lambda file: (file.day, file.earliest_us, file.path))


def read_stored_rows(root: Place, file: LiveFile) -> tuple[pa.Table, list[str]]:
    """All rows under their physical names, on one thread, and the attempt ids that the footer names."""
    try:
        with open_data_file(open_bytes(root / file.path, file.bytes)) as reader:
            attempts = decode_attempts(reader)
            return reader.read(use_threads=False), attempts
    except (pa.ArrowException, OSError) as error:
        raise report_unreadable(root, file.path, error) from error


def commit_rewrite(
    root: Place,
    table: DeltaTable,
    added: Sequence[DataFile],
    removed: Sequence[LiveFile],
    disk: Storage,
    *,
    is_change: bool,
) -> bool:
    """False if another rewrite came first: nothing is changed then, and what was added is deleted again.

    Raises `UnavailableError` where it is not known whether the commit arrived; the files stay.
    """
    sync_log(root, disk)
    now_us = time.time_ns() // 1000
    done = (table.transaction_version(MAINTENANCE) or 0) + 1
    actions: list[AddAction | RemoveAction] = [
        *(to_add_action(file, now_us, is_change=is_change) for file in added),
        *(
            RemoveAction(
                path=file.path,
                data_change=is_change,
                deletion_timestamp=now_us // 1000,
                size=file.bytes,
                partition_values={DAY_COLUMN: file.day.isoformat()},
            )
            for file in removed
        ),
    ]
    try:
        table.create_write_transaction(
            actions,
            "append",
            table.schema(),
            PARTITIONED_BY,
            commit_properties=CommitProperties(
                custom_metadata={ACTION_COUNT: len(actions) + 1},
                app_transactions=[Transaction(MAINTENANCE, done)],
            ),
            post_commithook_properties=NO_HOOK,
        )
    except CommitFailedError:
        _drop_unlisted(root, added, disk)
        return False
    except (OSError, DeltaError) as error:
        raise UnavailableError(f"the log table at {root} cannot be rewritten: {error}") from error
    sync_log(root, disk)
    return True


def sync_log(root: Place, disk: Storage) -> None:
    """Every commit since the last checkpoint is on the disk when it returns: nothing is committed on top of
    one that is not. On an object store they are anyway."""
    if not isinstance(root, Path):
        return
    checkpoint = max(list_checkpoints(root), default=-1)
    for version in list_commits(root):
        if version > checkpoint:
            disk.sync_file(name_commit(root, version))
    disk.sync_folder(root / LOG_FOLDER)


def _drop_unlisted(root: Place, added: Sequence[DataFile], disk: Storage) -> None:
    held = {file.path for file in list_live_files(open_table(root))}
    for file in added:
        if file.path not in held:
            disk.remove(root / file.path)


def _list_actions(table: DeltaTable) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    return found


def _to_us(moment: object) -> int:
    """Of a datetime, or milliseconds as an integer; 0 for a file without statistics."""
    if moment is None:
        return 0
    if isinstance(moment, int):
        return moment * 1000
    return int(moment.timestamp() * 1_000_000)  # type: ignore[attr-defined]
