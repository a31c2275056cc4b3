"""Rows of a log as one file, made while it is sent: CSV, Parquet or Arrow under logical names."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq


@dataclass(frozen=True, slots=True)
class ExportFormat:
    media_type: str
    write: Callable[[pa.RecordBatch, Iterator[pa.RecordBatch]], Iterator[bytes]]


def write_csv(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    sink = _Sink()
    with pc.CSVWriter(sink, first.schema) as writer:
        yield sink.take()
        for batch in rest:
            writer.write_batch(batch)
            yield sink.take()
    yield sink.take()


def write_parquet(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    sink = _Sink()
    with pq.ParquetWriter(sink, first.schema) as writer:
        for batch in rest:
            writer.write_batch(batch)
            yield sink.take()
    yield sink.take()


def write_arrow(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """An IPC stream."""
    sink = _Sink()
    with pa.ipc.new_stream(sink, first.schema) as writer:
        for batch in rest:
            writer.write_batch(batch)
            yield sink.take()
    yield sink.take()


class _Sink(io.RawIOBase):
    """Takes what a writer writes; holds it only until it is taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)  # type: ignore[call-overload]
        self._parts.append(part)
        self._size += len(part)
        return len(part)

    def tell(self) -> int:
        return self._size

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


FORMATS = {
    "csv": ExportFormat("text/csv", write_csv),
    "parquet": ExportFormat("application/vnd.apache.parquet", write_parquet),
    "arrow": ExportFormat("application/vnd.apache.arrow.stream", write_arrow),
}
"""By the ending of the file's name."""
