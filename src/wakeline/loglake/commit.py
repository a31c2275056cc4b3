"""The writing side of a log table: batches in, one durable Delta commit out, each event once.

A fresh handle decides and commits, so a concurrent writer makes the commit fail and everything is decided
again. When `commit` returns, what its outcomes say survives a power loss. Never casts, never overwrites.
"""

import logging
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Schema, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError, SchemaMismatchError

from wakeline.core.errors import UnavailableError
from wakeline.loglake.batch import Batch
from wakeline.loglake.columns import StoredColumn, plan_columns, read_columns, to_field
from wakeline.loglake.datafile import DataFile, to_add_action, write_data_files
from wakeline.loglake.layout import locate_column_list
from wakeline.loglake.offsets import Ledger, Outcome, Settled, order_batches
from wakeline.loglake.place import ObjectPlace, Place, list_storage_options
from wakeline.loglake.recovery import (
    ACTION_COUNT,
    LAST_CHECKPOINT,
    find_checkpoint,
    list_checkpoints,
    list_commits,
    name_checkpoint,
    name_commit,
    recover,
)
from wakeline.loglake.rows import BASE_COLUMNS, add_server_columns, conform, list_wanted
from wakeline.loglake.storage import Storage, find_storage
from wakeline.loglake.table import LOG_FOLDER, check_root, find_table, has_table, open_table, report_store
from wakeline.wire.frame import OFFSET_COLUMN

ATTEMPTS_MAX = 30
CHECKPOINT_COMMITS = 50
OBJECT_CHECKPOINT_COMMITS = 10
"""On an object store each commit since the last checkpoint is one more request at each opening."""

TABLE_PROPERTIES: Mapping[str, str] = {
    "delta.dataSkippingStatsColumns": "event_time",
    "delta.logRetentionDuration": "interval 1 hours",
    "delta.deletedFileRetentionDuration": "interval 1 hours",
}

_NO_HOOK = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
_PARTITIONED_BY = ["day"]
_log = logging.getLogger(__name__)


def commit_batches(root: Place, batches: Sequence[Batch]) -> list[Outcome]:
    """One durable commit of one table's batches by a writer that lives no longer; see `LogWriter.commit`."""
    writer = LogWriter(root)
    outcomes = writer.commit(batches)
    writer.checkpoint_if_due()
    return outcomes


@dataclass(frozen=True, slots=True)
class _Plan:
    """What one handle's state makes of the batches."""

    outcomes: list[Outcome]
    kept: list[tuple[Batch, pa.Table]]
    transactions: Mapping[str, int]


class LogWriter:
    """Writes one table, from one thread at a time; other processes may write it too.

    Its lifetime: the repair and sync at its first commit, then the version known to be on disk.
    """

    def __init__(self, root: Place, *, disk: Storage | None = None, deduplicate: bool = True) -> None:
        check_root(root)
        self.root = root
        self.repairs: list[str] = []
        self._disk = disk or find_storage(root)
        self._deduplicate = deduplicate
        self._durable_version: int | None = None
        self._checkpoint_version = -1
        self._leftovers: list[DataFile] = []
        self._conflict = ""
        is_remote = isinstance(root, ObjectPlace)
        self._checkpoint_commits = OBJECT_CHECKPOINT_COMMITS if is_remote else CHECKPOINT_COMMITS
        self._pause_s = 0.05 if is_remote else 0.01

    def commit(self, batches: Sequence[Batch]) -> list[Outcome]:
        """One outcome per batch, in order; batches must have passed `check_batch`.

        Raises `UnavailableError` when the disk or other writers do not let it through: nothing is stored
        then, or it is recognised when the batches come again.
        """
        try:
            for attempt in range(ATTEMPTS_MAX):
                outcomes = self._try_commit(batches)
                if outcomes is not None:
                    return outcomes
                time.sleep(random.uniform(0, self._pause_s) * attempt)  # noqa: S311 - not a secret
        except (OSError, DeltaError) as error:
            raise self._report(error) from error
        raise UnavailableError(
            f"other writers of {self.root} came first {ATTEMPTS_MAX} times ({self._conflict}); try again"
        )

    def checkpoint_if_due(self) -> bool:
        """Sums up the log for faster opening every so many versions; older commits stay."""
        newest = -1 if self._durable_version is None else self._durable_version
        if newest - self._checkpoint_version < self._checkpoint_commits:
            return False
        table = open_table(self.root)
        try:
            table.create_checkpoint()
        except (OSError, DeltaError) as error:
            raise self._report(error) from error
        self._disk.sync_file(name_checkpoint(self.root, table.version()))
        self._disk.sync_file(self.root / LOG_FOLDER / LAST_CHECKPOINT)
        self._disk.sync_folder(self.root / LOG_FOLDER)
        self._checkpoint_version = table.version()
        return True

    def _report(self, error: Exception) -> UnavailableError:
        words = f"the log table at {self.root} cannot be written"
        if isinstance(self.root, ObjectPlace):
            return report_store(words, self.root, error)
        return UnavailableError(f"{words}: {error}")

    def _try_commit(self, batches: Sequence[Batch]) -> list[Outcome] | None:
        """None: the table has changed under us or by us; decide again on a fresh handle."""
        table = self._open()
        plan = self._settle(batches, table)
        if not plan.transactions:
            return plan.outcomes
        known = {} if table is None else read_columns(table.schema())
        missing, rows = _prepare(plan.kept, known)
        if table is None or missing:
            self._extend(table, missing)
            return None
        files = [] if rows is None else write_data_files(self.root, rows, self._disk)
        if not self._append(table, files, plan.transactions):
            return None
        self._make_durable(table.version() + 1)
        return plan.outcomes

    def _open(self) -> DeltaTable | None:
        """A fresh handle on a table whose every version is on disk; None where there is no table yet."""
        is_first = self._durable_version is None
        if is_first:
            self._recover()
        table = find_table(self.root)
        if table is None:
            self._durable_version = self._checkpoint_version = -1
            return None
        if is_first:
            self._write_column_list(read_columns(table.schema()))
        if table.version() < (self._durable_version or 0):
            self._recover()
            table = open_table(self.root)
        self._make_durable(table.version())
        self._drop_leftovers(table)
        return table

    def _recover(self) -> None:
        if isinstance(self.root, ObjectPlace):
            self._durable_version = -1
            self._checkpoint_version = find_checkpoint(self.root)
            return
        repairs = recover(self.root, self._disk)
        for repair in repairs:
            _log.warning("log table %s: %s", self.root, repair)
        self.repairs += repairs
        self._durable_version = max(list_commits(self.root), default=-1)
        self._checkpoint_version = max(list_checkpoints(self.root), default=-1)

    def _settle(self, batches: Sequence[Batch], table: DeltaTable | None) -> _Plan:
        ledger = Ledger(_read_nothing if table is None else table.transaction_version, self._deduplicate)
        settled: dict[int, Outcome] = {}
        kept: list[tuple[Batch, pa.Table]] = []
        for index in order_batches([batch.header for batch in batches]):
            batch = batches[index]
            settled[index], floor = ledger.settle(batch.header, batch.offsets)
            outcome = settled[index]
            if isinstance(outcome, Settled) and outcome.rows_stored:
                kept.append((batch, batch.rows.filter(pc.greater(batch.rows.column(OFFSET_COLUMN), floor))))
        return _Plan([settled[index] for index in range(len(batches))], kept, ledger.moved)

    def _extend(self, table: DeltaTable | None, missing: Mapping[str, StoredColumn]) -> None:
        """Creates the table or adds columns, durably; another writer may come first, which is as good."""
        fields = [to_field(column) for column in missing.values()]
        try:
            if table is None:
                self._disk.make_folder(self.root / LOG_FOLDER)
                table = DeltaTable.create(
                    str(self.root),
                    Schema(fields),
                    storage_options=list_storage_options(self.root),
                    partition_by=_PARTITIONED_BY,
                    configuration=TABLE_PROPERTIES,
                    post_commithook_properties=_NO_HOOK,
                )
            else:
                table.alter.add_columns(fields, post_commithook_properties=_NO_HOOK)
        except DeltaError as error:
            if not has_table(self.root):
                raise
            self._conflict = str(error)
        fresh = open_table(self.root)
        self._make_durable(fresh.version())
        self._write_column_list(read_columns(fresh.schema()))

    def _append(self, table: DeltaTable, files: Sequence[DataFile], transactions: Mapping[str, int]) -> bool:
        """Commits through the handle that decided, without a rebase; False if another commit came first.

        Files of a commit that failed are leftovers: the next handle shows whether it holds them after all.
        """
        now_us = time.time_ns() // 1000
        properties = CommitProperties(
            custom_metadata={ACTION_COUNT: len(files) + len(transactions)},
            app_transactions=[Transaction(name, version) for name, version in transactions.items()],
            max_commit_retries=0,
        )
        try:
            table.create_write_transaction(
                [to_add_action(file, now_us) for file in files],
                "append",
                table.schema(),
                _PARTITIONED_BY,
                commit_properties=properties,
                post_commithook_properties=_NO_HOOK,
            )
        except (OSError, DeltaError) as error:
            self._leftovers += files
            if not isinstance(error, CommitFailedError | SchemaMismatchError):
                raise
            self._conflict = str(error)
            return False
        return True

    def _make_durable(self, version: int) -> None:
        durable = -1 if self._durable_version is None else self._durable_version
        for number in range(durable + 1, version + 1):
            self._sync_commit(number)
        if version > durable:
            self._disk.sync_folder(self.root / LOG_FOLDER)
            self._durable_version = version

    def _sync_commit(self, version: int) -> None:
        """Another server may have summed it up in a checkpoint, synced that, and deleted it since."""
        try:
            self._disk.sync_file(name_commit(self.root, version))
        except FileNotFoundError:
            if isinstance(self.root, ObjectPlace) or version > max(list_checkpoints(self.root), default=-1):
                raise

    def _drop_leftovers(self, table: DeltaTable) -> None:
        """Deletes files of refused commits, once the log shows that it does not hold them."""
        if not self._leftovers:
            return
        held = set(pa.table(table.get_add_actions(flatten=True)).column("path").to_pylist())
        for file in self._leftovers:
            if file.path not in held:
                self._disk.remove(self.root / file.path)
        self._leftovers = []

    def _write_column_list(self, columns: Mapping[str, StoredColumn]) -> None:
        entries = [
            {"name": column.logical, "column": column.physical, "type": column.type.value}
            for column in columns.values()
        ]
        document = msgspec.json.format(msgspec.json.encode({"format": 1, "columns": entries}), indent=1)
        self._disk.replace(locate_column_list(self.root), document)


def _read_nothing(_producer: str) -> None:
    return None


def _prepare(
    kept: Sequence[tuple[Batch, pa.Table]], known: Mapping[str, StoredColumn]
) -> tuple[Mapping[str, StoredColumn], pa.Table | None]:
    """The columns that the table lacks, or else the rows as it stores them (None if there are none)."""
    wanted = dict(known)
    missing = plan_columns(known, BASE_COLUMNS)
    wanted.update(missing)
    tables = [add_server_columns(batch, rows) for batch, rows in kept]
    for table in tables:
        planned = plan_columns(wanted, list_wanted(table, wanted))
        wanted.update(planned)
        missing.update(planned)
    if missing or not tables:
        return missing, None
    return missing, pa.concat_tables([conform(table, known) for table in tables], promote_options="default")
