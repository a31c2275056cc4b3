"""How large an Arrow IPC stream becomes when it is decoded, told before a byte of it is.

Arrow sets aside what a compressed buffer declares, so a body of some megabytes may ask for gigabytes. The
declared lengths stand before the buffers, and where those lie in the messages' own FlatBuffers tables.
"""

import struct
from collections.abc import Iterator

import pyarrow as pa

_RECORD_BATCH = 3
"""The member of the union `MessageHeader`; dictionaries, tensors and the like are not of a frame."""

_NOT_COMPRESSED = -1


def sum_declared_bytes(body: bytes) -> int:
    """The bytes of all columns once decoded; raises `ValueError` or an Arrow error for what is no stream."""
    try:
        messages = pa.ipc.MessageReader.open_stream(pa.BufferReader(body))
        return sum(_sum_message(message) for message in messages)
    except struct.error as error:
        raise ValueError(f"a message of the stream is cut short: {error}") from error


def _sum_message(message: pa.Message) -> int:
    table = _Table.at_root(memoryview(message.metadata))
    if message.type == "schema":
        return 0
    header = table.follow(2)
    if table.read(1, "<B") != _RECORD_BATCH or header is None:
        raise ValueError(f"the stream holds a {message.type}; expected record batches")
    is_compressed = header.follow(3) is not None
    content = memoryview(message.body) if message.body is not None else memoryview(b"")
    total = 0
    for offset, length in header.list_pairs(2):
        if offset < 0 or length < 0 or offset + length > len(content):
            raise ValueError(f"a buffer lies at {offset} and has {length} bytes of {len(content)}")
        total += _find_length(content, offset, length) if is_compressed and length else length
    return total


def _find_length(content: memoryview, offset: int, length: int) -> int:
    (declared,) = struct.unpack_from("<q", content, offset)
    if declared == _NOT_COMPRESSED:
        return length
    if declared < 0:
        raise ValueError(f"a compressed buffer declares {declared} bytes")
    return int(declared)


class _Table:
    """A FlatBuffers table: a vtable tells where each field lies, 0 where it is left out."""

    def __init__(self, content: memoryview, position: int) -> None:
        self._content = content
        self._position = position
        self._fields = position - struct.unpack_from("<i", content, position)[0]
        if self._fields < 0:
            raise ValueError("a message of the stream points before its beginning")

    @classmethod
    def at_root(cls, content: memoryview) -> "_Table":
        return cls(content, struct.unpack_from("<I", content, 0)[0])

    def follow(self, field: int) -> "_Table | None":
        """The table that a field refers to."""
        place = self._find(field)
        return None if place is None else _Table(self._content, self._jump(place))

    def read(self, field: int, form: str) -> int | None:
        place = self._find(field)
        return None if place is None else int(struct.unpack_from(form, self._content, place)[0])

    def list_pairs(self, field: int) -> Iterator[tuple[int, int]]:
        """The elements of a vector of two 64-bit integers each."""
        place = self._find(field)
        if place is None:
            return
        start = self._jump(place)
        (count,) = struct.unpack_from("<I", self._content, start)
        for index in range(count):
            yield struct.unpack_from("<qq", self._content, start + 4 + 16 * index)

    def _find(self, field: int) -> int | None:
        (size,) = struct.unpack_from("<H", self._content, self._fields)
        slot = 4 + 2 * field
        if slot + 2 > size:
            return None
        (offset,) = struct.unpack_from("<H", self._content, self._fields + slot)
        return self._position + offset if offset else None

    def _jump(self, place: int) -> int:
        return place + int(struct.unpack_from("<I", self._content, place)[0])
