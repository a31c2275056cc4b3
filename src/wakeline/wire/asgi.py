"""HTTP as ASGI messages, for the doors that stand on bare ASGI: bodies under a limit, answers, errors.

The one table from a kind of error to a status number that such a door needs. Loopback callers only.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec

from wakeline.core.errors import (
    BrokenFileError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
    WakelineError,
)
from wakeline.core.limits import (
    HTTP_BODY_BYTES_PER_SECOND_MIN,
    HTTP_BODY_SECONDS_MIN,
    REFUSED_BODY_LOGGED_BYTES_MAX,
)
from wakeline.wire.access import RateLimitError
from wakeline.wire.json_body import MalformedJsonError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Mapping[bytes, bytes]

_ENCODER = msgspec.json.Encoder()
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class MethodNotAllowedError(InvalidInputError):
    """The path exists, but not for this method; `details["allow"]` names the one that it takes."""

    code = "method-not-allowed"


class UnsupportedEncodingError(InvalidInputError):
    """The body is compressed, or else not plain."""

    code = "unsupported-encoding"


class TooSlowError(UnavailableError):
    """A request took longer to arrive than anybody is waited for."""

    code = "too-slow"


class BodyTooLargeError(TooLargeError):
    """`head` is what was read before the body was refused."""

    code = "too-large"

    def __init__(self, message: str, head: bytes) -> None:
        super().__init__(message)
        self.head = head


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and the way to answer it; of repeated headers the last, by lower-case name."""

    scope: Scope
    headers: Headers
    receive: Receive
    send: Send

    @classmethod
    def begin(cls, scope: Scope, receive: Receive, send: Send) -> Self:
        return cls(scope, dict(scope["headers"]), receive, send)

    @property
    def path(self) -> str:
        path: str = self.scope["path"]
        return path

    @property
    def method(self) -> str:
        method: str = self.scope["method"]
        return method

    @property
    def port(self) -> int | None:
        """The port on which it came in."""
        server = self.scope.get("server")
        return server[1] if server else None


class CallerGoneError(Exception):
    """The connection closed before the body was complete: nobody waits for an answer."""


_STATUS_BY_ERROR: dict[type[WakelineError], int] = {
    MalformedJsonError: 400,
    MethodNotAllowedError: 405,
    UnsupportedEncodingError: 415,
    InvalidInputError: 422,
    BrokenFileError: 422,
    NotFoundError: 404,
    ConflictError: 409,
    NotPermittedError: 403,
    UnauthenticatedError: 401,
    TooLargeError: 413,
    UnavailableError: 503,
    RateLimitError: 429,
    TooSlowError: 408,
}


def find_status(error: WakelineError) -> int:
    """The status number of an error: its nearest class in the table, else 500."""
    return next((_STATUS_BY_ERROR[kind] for kind in type(error).__mro__ if kind in _STATUS_BY_ERROR), 500)


def check_method(exchange: Exchange, expected: str) -> None:
    if exchange.method != expected:
        raise MethodNotAllowedError(
            f"found {exchange.method}, expected {expected}", details={"allow": expected}
        )


def check_caller(headers: Headers, hosts: frozenset[str] = frozenset()) -> None:
    """Refuses a Host or an Origin that is not this machine's own, as a page on another site would show.

    `hosts` are further names that the process is known by.
    """
    host = headers.get(b"host", b"")
    if not _is_own_host(host, hosts):
        expected = ", ".join(["localhost", "127.0.0.1", *sorted(hosts)])
        raise NotPermittedError(
            f"found Host {_show(host)}, expected one of {expected}: nothing else is served here"
        )
    origin = headers.get(b"origin")
    if origin is not None and not _is_own_origin(origin, hosts):
        raise NotPermittedError(f"found Origin {_show(origin)}, expected one of this machine, or none")


@lru_cache(maxsize=256)
def _is_own_host(host: bytes, hosts: frozenset[str]) -> bool:
    return _is_own_origin(b"http://" + host, hosts)


@lru_cache(maxsize=256)
def _is_own_origin(origin: bytes, hosts: frozenset[str]) -> bool:
    try:
        parts = urlsplit(origin.decode("ascii"))
        is_bare = parts.path == "" and parts.username is None and (parts.port is None or parts.port >= 0)
        return is_bare and (parts.hostname in _LOOPBACK_NAMES or parts.hostname in hosts)
    except ValueError:
        return False


def _show(header: bytes) -> str:
    return repr(header[:100].decode("latin-1"))


async def read_body_in_time(exchange: Exchange, *, bytes_max: int) -> bytes:
    """As `read_body`, for who holds memory meanwhile; raises `TooSlowError` for one that dribbles in."""
    declared = exchange.headers.get(b"content-length", b"")
    size = min(int(declared), bytes_max) if declared.isdigit() else bytes_max
    seconds = HTTP_BODY_SECONDS_MIN + size / HTTP_BODY_BYTES_PER_SECOND_MIN
    try:
        async with asyncio.timeout(seconds):
            return await read_body(exchange, bytes_max=bytes_max)
    except TimeoutError as error:
        raise TooSlowError(f"the body was not whole after {seconds:.0f} s; send it again, faster") from error


async def read_body(exchange: Exchange, *, bytes_max: int) -> bytes:
    """The whole body; refused as soon as it is known to be too large, which may be before it has arrived."""
    headers = exchange.headers
    encoding = headers.get(b"content-encoding", b"identity").strip().lower()
    if encoding != b"identity":
        raise UnsupportedEncodingError(f"found Content-Encoding {_show(encoding)}, expected a plain body")
    declared = headers.get(b"content-length", b"")
    is_declared_too_large = declared.isdigit() and int(declared) > bytes_max
    enough = REFUSED_BODY_LOGGED_BYTES_MAX if is_declared_too_large else bytes_max
    body = b""
    chunks: list[bytes] = []
    received = 0
    has_more = True
    while has_more:
        message = await exchange.receive()
        if message["type"] == "http.disconnect":
            raise CallerGoneError
        body = message.get("body", b"")
        has_more = message.get("more_body", False)
        chunks.append(body)
        received += len(body)
        if received > enough or (is_declared_too_large and not has_more):
            raise _refuse_body(declared if is_declared_too_large else None, bytes_max, chunks)
    return body if len(chunks) == 1 else b"".join(chunks)


def _refuse_body(declared: bytes | None, bytes_max: int, chunks: list[bytes]) -> BodyTooLargeError:
    found = f"a body of {declared.decode()} bytes" if declared else "a body that goes on"
    return BodyTooLargeError(
        f"found {found}, expected at most {bytes_max} bytes; send fewer items in one query",
        b"".join(chunks)[:REFUSED_BODY_LOGGED_BYTES_MAX],
    )


async def send_json(exchange: Exchange, status: int, body: bytes) -> None:
    """One whole answer."""
    await send_text(exchange, body, b"application/json", status)


async def send_text(exchange: Exchange, body: bytes, content_type: bytes, status: int = 200) -> None:
    """One whole answer of any kind."""
    headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    await exchange.send({"type": "http.response.start", "status": status, "headers": headers})
    await exchange.send({"type": "http.response.body", "body": body})


async def send_error(exchange: Exchange, error: WakelineError) -> None:
    """The JSON of an error with its status number; a 405 and a 401 tell what they expected."""
    body = _ENCODER.encode(
        {"error": {"code": error.code, "message": error.message, "details": error.details}}
    )
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if isinstance(error, UnauthenticatedError):
        headers.append((b"www-authenticate", b"Bearer"))
    if isinstance(error, TooSlowError):
        headers.append((b"connection", b"close"))
    if "retry_after_s" in error.details:
        headers.append((b"retry-after", b"%d" % math.ceil(float(str(error.details["retry_after_s"])))))
    if isinstance(error, MethodNotAllowedError):
        headers.append((b"allow", str(error.details["allow"]).encode()))
    await exchange.send({"type": "http.response.start", "status": find_status(error), "headers": headers})
    await exchange.send({"type": "http.response.body", "body": body})
