"""One file to the event server, from its first row to its last; what was stored before is stored once."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from wakeline.core.clock import SystemClock
from wakeline.core.errors import InvalidInputError, UnauthenticatedError, UnavailableError
from wakeline.core.event import Stream, Topic
from wakeline.imports.delivery import Batch, Delivery
from wakeline.imports.mapping import ColumnMap, check_columns
from wakeline.imports.reading import EventReader, Reading, list_key_names, name_producer
from wakeline.imports.rows import FileFormat, Rejected, Source, open_source
from wakeline.shipper.courier import Courier
from wakeline.shipper.servers import Servers

Progress = Callable[[float, str], None]
"""Told the rows that are stored, and a few words."""

_CHECK_SECONDS_MAX = 10.0


@dataclass(frozen=True, slots=True)
class ImportTarget:
    """`server` is an event server's URL."""

    server: str
    key: str


@dataclass(frozen=True, slots=True)
class FileImport:
    """`rejects` is the file that rejected rows are written to, where there are any."""

    path: Path
    stream: Stream
    mapping: ColumnMap
    rejects: Path
    format: FileFormat | None = None
    naive_is_utc: bool = False
    key_column: str | None = None

    def open(self) -> Source:
        """Looks through the file; raises `InvalidInputError` for columns without a name."""
        source = open_source(self.path, self.mapping, format_=self.format, naive_is_utc=self.naive_is_utc)
        if not source.row_count:
            raise InvalidInputError("the file has no row; expected at least one")
        if source.columns is not None:
            is_open = self.stream.topic == Topic.GROUND_TRUTH or self.stream.topic not in set(Topic)
            check_columns(source.columns, self.mapping, is_open=is_open)
            self._check_essentials(source.columns)
        return source

    def _check_essentials(self, columns: tuple[str, ...]) -> None:
        names = {self.mapping.name(column) for column in columns}
        if self.stream.topic != Topic.GROUND_TRUTH:
            return
        if "label" not in names:
            raise InvalidInputError(
                f"the file has no column label; it has {', '.join(columns)}. Name it with --map COLUMN=label"
            )
        if not names & {"prediction_id", "label_key", *list_key_names(self.key_column)}:
            wanted = f"prediction_id or {self.key_column}" if self.key_column else "prediction_id"
            raise InvalidInputError(
                f"the file has no column {wanted}; it has {', '.join(columns)}. Name it with --map, or give "
                "the column of the business key with --key"
            )


@dataclass(frozen=True, slots=True)
class ImportResult:
    """`stored` rows are in the log now, those of an earlier run included.

    `resumed_behind` is the row that one had reached, where it got beyond the first batch. `rejects` None: no
    row was rejected.
    """

    file: str
    stream: str
    producer: str
    format: str
    columns: list[dict[str, str]] | None
    read: int
    stored: int
    resumed_behind: int
    rejected: int
    unlabelled: int
    rejects: str | None
    days: dict[str, int]
    examples: list[dict[str, Any]]

    def to_document(self) -> dict[str, Any]:
        return asdict(self)


def run_import(
    job: FileImport, source: Source, target: ImportTarget | None, progress: Progress
) -> ImportResult:
    """Without a target nothing is sent, and the result says what would be read.

    Raises `UnavailableError` where the event server takes nothing; what is stored by then stays, and the next
    run goes on behind it.
    """
    producer = name_producer(job.path, job.mapping, job.stream, job.key_column or "", str(job.naive_is_utc))
    reading = Reading()
    with _open_rejects(job.rejects) as reject:
        reader = EventReader(
            source, job.mapping, job.stream, producer, SystemClock().now_us(), reject, job.key_column
        )
        if target is None:
            for _ in reader.read(reading):
                progress(reading.read, "rows read")
            before = 0
        else:
            before = asyncio.run(_send(reader.read(reading), job.stream, producer, target, progress))
    return ImportResult(
        file=str(job.path),
        stream=str(job.stream),
        producer=producer,
        format=source.format.value,
        columns=None if source.columns is None else _describe_columns(job.mapping, source.columns),
        read=reading.read,
        stored=0 if target is None else reading.accepted,
        resumed_behind=before,
        rejected=reading.rejected,
        unlabelled=reading.unlabelled,
        rejects=str(job.rejects) if reading.rejected else None,
        days=dict(sorted(reading.days.items())),
        examples=reading.examples,
    )


def _describe_columns(mapping: ColumnMap, columns: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"column": column, "becomes": mapping.name(column) or ""} for column in columns]


async def _send(
    batches: Iterator[Batch], stream: Stream, producer: str, target: ImportTarget, progress: Progress
) -> int:
    """How many offsets were stored before this run."""
    courier = Courier(Servers((target.server,)), lambda: target.key)
    try:
        await asyncio.to_thread(_check_target, target)
        await courier.refresh()
        before = _Before()
        delivery = Delivery(
            courier,
            stream,
            producer,
            rules_version=courier.servers.rules_version,
            on_stored=lambda offset: progress(offset, "rows stored"),
        )
        await delivery.send_all(before.watch(batches, delivery))
        return before.offset
    finally:
        await courier.close()


class _Before:
    """The first answer reaches beyond the first batch where an earlier run got further."""

    def __init__(self) -> None:
        self.offset = 0

    def watch(self, batches: Iterator[Batch], delivery: Delivery) -> Iterator[Batch]:
        for index, batch in enumerate(batches):
            if index == 1 and delivery.stored >= batch.first:
                self.offset = delivery.stored
            yield batch


def _check_target(target: ImportTarget) -> None:
    """Says at once what a delivery would only say after its patience: an empty batch is refused, but not by
    the key."""
    try:
        answer = httpx.post(
            f"{target.server.rstrip('/')}/v1/events",
            content=b"",
            headers={"Authorization": f"Bearer {target.key}"},
            timeout=_CHECK_SECONDS_MAX,
            trust_env=False,
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnavailableError(f"no event server answers at {target.server}: {error}") from error
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise UnauthenticatedError(
            f"the event server at {target.server} does not know the key; expected an intake key"
        )


@contextmanager
def _open_rejects(path: Path) -> Iterator[Callable[[int, Rejected], None]]:
    """The file is made with the first rejected row, and written anew by each run."""
    path.unlink(missing_ok=True)
    file = None

    def reject(number: int, row: Rejected) -> None:
        nonlocal file
        if file is None:
            file = path.open("w", encoding="utf-8")
        entry = {"row": number, "reason": row.reason, "values": row.values}
        file.write(json.dumps(entry, ensure_ascii=False, default=str) + "\n")

    try:
        yield reject
    finally:
        if file is not None:
            file.close()
