"""Rows of a file one after the other, whatever its format; memory does not grow with the file.

Rows are numbered from 1. A row that cannot be read is a `Rejected`, never the end of the file.
"""

import csv
import gzip
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from wakeline.core.errors import BrokenFileError, InvalidInputError, NotFoundError
from wakeline.core.limits import EVENT_BYTES_MAX
from wakeline.imports.csv_types import CsvType, convert, infer_types
from wakeline.imports.mapping import ColumnMap, is_text, is_time
from wakeline.wire.json_body import decode_json

_BATCH_ROWS = 1_000
_GZIP = ".gz"


class FileFormat(StrEnum):
    CSV = "csv"
    PARQUET = "parquet"
    JSON_LINES = "jsonl"


_SUFFIXES = {
    ".csv": FileFormat.CSV,
    ".parquet": FileFormat.PARQUET,
    ".pq": FileFormat.PARQUET,
    ".jsonl": FileFormat.JSON_LINES,
    ".ndjson": FileFormat.JSON_LINES,
    ".json": FileFormat.JSON_LINES,
    ".log": FileFormat.JSON_LINES,
}


@dataclass(frozen=True, slots=True)
class Rejected:
    """`values` as they were found, as far as they could be read."""

    reason: str
    values: Any = None


Row = dict[str, Any] | Rejected


@dataclass(frozen=True, slots=True)
class Source:
    """A file and how to read it. `columns` None: each row has its own.

    `naive_is_utc`: times without an offset are UTC, else their rows are rejected.
    """

    path: Path
    format: FileFormat
    row_count: int
    columns: tuple[str, ...] | None
    types: tuple[CsvType, ...] = ()
    naive_is_utc: bool = False

    def read(self) -> Iterator[tuple[int, Row]]:
        match self.format:
            case FileFormat.CSV:
                rows = _read_csv(self)
            case FileFormat.PARQUET:
                rows = _read_parquet(self.path)
            case FileFormat.JSON_LINES:
                rows = _read_lines(self.path)
        for number, row in enumerate(rows, start=1):
            yield number, row if isinstance(row, Rejected) else _to_plain(row, self.naive_is_utc)


def open_source(
    path: Path, mapping: ColumnMap, *, format_: FileFormat | None = None, naive_is_utc: bool = False
) -> Source:
    """Looks through the file once: columns, number of rows and, of a CSV, what each column holds."""
    found = format_ or _find_format(path)
    try:
        match found:
            case FileFormat.CSV:
                columns, types, count = _look_through_csv(path, mapping)
                return Source(path, found, count, columns, types, naive_is_utc)
            case FileFormat.PARQUET:
                with pq.ParquetFile(path) as file:
                    names = tuple(file.schema_arrow.names)
                    return Source(path, found, file.metadata.num_rows, names, (), naive_is_utc)
            case FileFormat.JSON_LINES:
                return Source(path, found, sum(1 for _ in _read_texts(path)), None, (), naive_is_utc)
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {path}") from error
    except (OSError, EOFError, pa.ArrowException) as error:
        raise BrokenFileError(f"{path} cannot be read as {found.value}: {error}") from error


def _find_format(path: Path) -> FileFormat:
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != _GZIP]
    if not suffixes or suffixes[-1] not in _SUFFIXES:
        raise InvalidInputError(
            f"the name {path.name!r} does not tell a format; expected {', '.join(_SUFFIXES)}, or --format"
        )
    return _SUFFIXES[suffixes[-1]]


def _open_bytes(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path)) if path.suffix.lower() == _GZIP else path.open("rb")


def _read_records(path: Path) -> Iterator[list[str] | Rejected]:
    csv.field_size_limit(EVENT_BYTES_MAX)
    with _open_bytes(path) as file:
        # What is no UTF-8 comes through as lone surrogates, so that its row alone is rejected.
        texts = (line.decode("utf-8", "surrogateescape") for line in file)
        reader = csv.reader(_without_mark(texts), strict=True)
        while True:
            try:
                record = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Rejected(f"the line is no CSV: {error}")
                continue
            if record:
                yield record


def _without_mark(lines: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield line.removeprefix("\ufeff") if number == 0 else line


def _look_through_csv(path: Path, mapping: ColumnMap) -> tuple[tuple[str, ...], tuple[CsvType, ...], int]:
    records = _read_records(path)
    header = next(records, None)
    if header is None or isinstance(header, Rejected):
        raise InvalidInputError(f"{path} has no header; expected the names of the columns in its first line")
    names = [mapping.name(column) for column in header]
    fixed = [is_text(name) or is_time(name) for name in names]
    count = 0

    def count_through() -> Iterator[list[str]]:
        nonlocal count
        for record in records:
            count += 1
            if not isinstance(record, Rejected) and len(record) == len(header):
                yield record

    types = infer_types(count_through(), fixed)
    return tuple(header), types, count


def _read_csv(source: Source) -> Iterator[Row]:
    records = _read_records(source.path)
    next(records)
    columns = source.columns or ()
    for record in records:
        if isinstance(record, Rejected):
            yield record
        elif len(record) != len(columns):
            yield Rejected(f"found {len(record)} fields, expected {len(columns)}", record)
        elif _has_surrogates("".join(record)):
            yield Rejected("the line is not UTF-8", [ascii(value) for value in record])
        else:
            yield {
                name: convert(text, type_)
                for name, text, type_ in zip(columns, record, source.types, strict=True)
            }


def _has_surrogates(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _read_parquet(path: Path) -> Iterator[Row]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_BATCH_ROWS, use_threads=False):
            yield from batch.to_pylist()


def _read_texts(path: Path) -> Iterator[bytes]:
    with _open_bytes(path) as file:
        for number, line in enumerate(file):
            text = line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line
            if text.strip():
                yield text


def _read_lines(path: Path) -> Iterator[Row]:
    for text in _read_texts(path):
        if len(text) > EVENT_BYTES_MAX:
            yield Rejected(f"found {len(text)} bytes, expected at most {EVENT_BYTES_MAX}")
            continue
        try:
            value = decode_json(text)
        except InvalidInputError as error:
            yield Rejected(error.message, text[:1_000].decode(errors="replace"))
            continue
        yield value if isinstance(value, dict) else Rejected("found no JSON object", value)


def _to_plain(value: Any, naive_is_utc: bool) -> Any:
    """Values of Parquet in JSON's terms; a number that is none is missing."""
    plain: Any
    match value:
        case None | bool() | int() | str():
            plain = value
        case float() | Decimal():
            plain = float(value) if math.isfinite(value) else None
        case datetime():
            moment = value.replace(tzinfo=UTC) if value.tzinfo is None and naive_is_utc else value
            plain = moment.isoformat()
        case date() | time():
            plain = value.isoformat()
        case bytes():
            plain = value.decode(errors="replace")
        case dict():
            plain = {str(name): _to_plain(inner, naive_is_utc) for name, inner in value.items()}
        case list() | tuple():
            plain = [_to_plain(inner, naive_is_utc) for inner in value]
        case _:
            plain = str(value)
    return plain
