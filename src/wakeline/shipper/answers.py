"""What an event server's answer to a batch means.

Whatever does not bear one of our problem types (a proxy's page, a lost key, a crash) is tried again.
"""

from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

_RETRY_AFTER_SECONDS_MAX = 60.0


@dataclass(frozen=True, slots=True)
class Stored:
    """Everything up to `offset` is in the log."""

    offset: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing was stored; send from `expected` on."""

    expected: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """The log has lost what it once acknowledged."""


@dataclass(frozen=True, slots=True)
class Fenced:
    """Another producer id has taken this one's place for good."""

    message: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """The batch can never be stored as it is."""

    message: str


@dataclass(frozen=True, slots=True)
class TooLarge:
    """The batch has too many bytes; a smaller one may pass."""

    message: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now. `after_seconds` is what the server asked for."""

    message: str
    after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    """Another server owns the table."""

    location: str


Answer = Stored | Gap | Unknown | Fenced | Malformed | TooLarge | Retry


def read_answer(response: httpx.Response) -> Answer | Redirect:
    body = _read_object(response.content)
    message = _describe(response, body)
    match response.status_code:
        case 200 if _is_count(body.get("stored_offset")):
            return Stored(body["stored_offset"])
        case 307 if "location" in response.headers:
            return Redirect(response.headers["location"])
        case 413:
            return TooLarge(message)
        case 409 | 422:
            return _read_problem(body, message) or Retry(message, _read_pause(response))
        case _:
            return Retry(message, _read_pause(response))


def _read_problem(body: dict[str, Any], message: str) -> Answer | None:
    match body.get("type"):
        case "urn:wakeline:problem:gap" if _is_count(body.get("expected_offset")):
            return Gap(body["expected_offset"])
        case "urn:wakeline:problem:unknown":
            return Unknown()
        case "urn:wakeline:problem:fenced":
            return Fenced(message)
        case "urn:wakeline:problem:malformed-batch":
            return Malformed(message)
        case _:
            return None


def _read_object(content: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _describe(response: httpx.Response, body: dict[str, Any]) -> str:
    detail = str(body.get("detail") or body.get("title") or "")[:500]
    return f"{response.url} answered {response.status_code} {detail}".rstrip()


def _read_pause(response: httpx.Response) -> float | None:
    try:
        seconds = float(response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return min(seconds, _RETRY_AFTER_SECONDS_MAX) if seconds >= 0 else None
