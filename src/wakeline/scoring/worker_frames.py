"""What goes over the pipes between a node and the worker that holds an original model.

A frame is four bytes of length (big-endian) and a msgpack message. Either end closes the pipe to end it.
"""

from typing import Any, BinaryIO

import msgspec

from wakeline.core.errors import InvalidInputError
from wakeline.scoring.score import Score

FRAME_BYTES_MAX = 256 * 1024 * 1024


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The worker has loaded the model."""


class Request(msgspec.Struct, frozen=True, tag="request"):
    number: int
    rows: list[dict[str, Any]]


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    number: int
    scores: list[Score]


class Failure(msgspec.Struct, frozen=True, tag="failure"):
    """`invalid`: the rows are to blame; otherwise the model or its dump. `number` is 0 while loading."""

    number: int
    message: str
    invalid: bool


def _to_plain(value: Any) -> Any:
    """A caller in Python may hand over a library's scalar."""
    item = getattr(value, "item", None)
    if not callable(item):
        raise InvalidInputError(f"found {value!r}; expected a number, a boolean, a text or nothing")
    return item()


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_to_plain)
_REQUEST_DECODER = msgspec.msgpack.Decoder(Request)
_REPLY_DECODER = msgspec.msgpack.Decoder(Ready | Answer | Failure)


class PipeClosedError(Exception):
    """The other end is gone."""


def write_frame(stream: BinaryIO, message: Ready | Request | Answer | Failure) -> None:
    payload = _ENCODER.encode(message)
    stream.write(len(payload).to_bytes(4, "big") + payload)
    stream.flush()


def read_request(stream: BinaryIO) -> Request:
    return _REQUEST_DECODER.decode(_read_payload(stream))


def read_reply(stream: BinaryIO) -> Ready | Answer | Failure:
    reply: Ready | Answer | Failure = _REPLY_DECODER.decode(_read_payload(stream))
    return reply


def _read_payload(stream: BinaryIO) -> bytes:
    size = int.from_bytes(_read_exactly(stream, 4), "big")
    if size > FRAME_BYTES_MAX:
        raise PipeClosedError(f"a frame of {size} bytes, more than {FRAME_BYTES_MAX}")
    return _read_exactly(stream, size)


def _read_exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise PipeClosedError("the pipe was closed")
    return data
