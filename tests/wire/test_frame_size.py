"""A frame that would take gigabytes is refused before it takes them."""

import struct
import tracemalloc
from contextlib import suppress

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wakeline.core.errors import InvalidInputError, TooLargeError
from wakeline.wire.frame import FrameHeader, UnknownFrameVersionError, decode_frame, encode_frame
from wakeline.wire.frame_size import sum_declared_bytes

HEADER = FrameHeader(producer="a" * 32, topic="t", routing_key="r", endpoint="e", first=1, last=1)


def write(table: pa.Table, compression: str | None = "lz4") -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(
        sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)
    ) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


@settings(max_examples=30, deadline=None)
@given(
    texts=st.lists(st.none() | st.text(max_size=40), max_size=60),
    compression=st.sampled_from(["lz4", None]),
)
def test_the_declared_size_is_that_of_the_decoded_buffers(texts: list[str | None], compression: str) -> None:
    """Arrow pads what it does not compress to 64 bytes a buffer."""
    table = pa.table(
        {"offset": pa.array(range(len(texts)), pa.int64()), "text": pa.array(texts, pa.string())}
    )
    found = sum_declared_bytes(write(table, compression))
    assert abs(found - table.nbytes) <= 64 * 5


def test_a_body_that_declares_gigabytes_is_refused_without_the_memory() -> None:
    """1.6 GB of zeros make 6 MB of lz4; and a length may be written by anybody."""
    zeros = pa.table({"offset": pa.array([0] * 2_000_000, pa.int64())})
    body = bytearray(write(zeros))
    declared = struct.pack("<q", zeros.nbytes)
    assert body.count(declared) == 1
    position = body.index(declared)
    body[position : position + 8] = struct.pack("<q", 200 * 2**30)
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    with pytest.raises(TooLargeError, match="214748364800 bytes decoded"):
        decode_frame(bytes(body))
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()
    assert pa.default_memory_pool().bytes_allocated() - before < 2**20


@pytest.mark.parametrize("declared", [-2, -(2**62)])
def test_a_length_that_is_none_is_malformed(declared: int) -> None:
    zeros = pa.table({"offset": pa.array([0] * 100_000, pa.int64())})
    body = write(zeros).replace(struct.pack("<q", zeros.nbytes), struct.pack("<q", declared))
    with pytest.raises(InvalidInputError, match="declares"):
        decode_frame(body)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_whatever_is_changed_in_a_frame_is_refused_or_read(data: st.DataObject) -> None:
    body = bytearray(encode_frame(HEADER, [(1, b'{"event_id":"e","event_time":1}')]))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with suppress(InvalidInputError, TooLargeError, UnknownFrameVersionError):
        decode_frame(bytes(body[: data.draw(st.integers(0, len(body)))]))


def test_too_many_rows_or_a_huge_header_are_to_be_halved() -> None:
    many = pa.table({"offset": pa.array(range(200_001), pa.int64())})
    written = {b"wakeline.frame": b'{"frame_version":1,"producer":"p","topic":"t","routing_key":"r",'
               b'"endpoint":"e","first":1,"last":2}'}  # fmt: skip
    with pytest.raises(TooLargeError, match="200001 rows"):
        decode_frame(write(many.replace_schema_metadata(written)))
    huge = {b"wakeline.frame": b'{"x":"' + b"y" * 2**20 + b'"}'}
    with pytest.raises(TooLargeError, match="in its header"):
        decode_frame(write(many.slice(0, 1).replace_schema_metadata(huge)))
