"""Rows of a log as one file, made while it is sent: CSV or Parquet under logical names."""

import io
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

CSV_TYPE = "text/csv"
PARQUET_TYPE = "application/vnd.apache.parquet"


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
