"""What the event server says, as HTTP: outcomes and errors with their status number and problem type."""

import math
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec

from wakeline.core.errors import WakelineError
from wakeline.loglake.offsets import Fenced, Gap, Settled, Unknown
from wakeline.wire.asgi import Send, find_status

_PROBLEM = "urn:wakeline:problem:"
_STATUS_BY_CODE = {"overloaded": 429, "length-required": 411}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]

    async def send(self, send: Send) -> None:
        headers = [*self.headers, (b"content-length", b"%d" % len(self.body))]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def answer_json(document: dict[str, Any]) -> Answer:
    return Answer(200, msgspec.json.encode(document), ((b"content-type", b"application/json"),))


def answer_outcome(outcome: Settled | Gap | Unknown | Fenced) -> Answer:
    match outcome:
        case Settled():
            return answer_json({"stored_offset": outcome.stored_offset})
        case Gap():
            expected = {"expected_offset": outcome.expected_offset}
            return _answer_problem(409, "gap", f"send again from offset {outcome.expected_offset}", expected)
        case Unknown():
            detail = (
                f"the table has this producer's offsets up to {outcome.stored_offset}, less than it knows "
                "acknowledged: register again under a new producer id that replaces this one"
            )
            return _answer_problem(409, "unknown", detail, {"stored_offset": outcome.stored_offset})
        case Fenced():
            return _answer_problem(409, "fenced", "another producer id has replaced this one; stop", {})


def answer_redirect(url: str) -> Answer:
    """307: the same request again, to there."""
    return Answer(307, b"", ((b"location", url.encode()),))


def answer_error(error: WakelineError, *, retry_after_s: int) -> Answer:
    status = _STATUS_BY_CODE.get(error.code) or find_status(error)
    answer = _answer_problem(status, error.code, error.message, error.details)
    extra: tuple[tuple[bytes, bytes], ...] = ()
    match status:
        case 401:
            extra = ((b"www-authenticate", b"Bearer"),)
        case 408:
            extra = ((b"connection", b"close"),)
        case 405:
            extra = ((b"allow", str(error.details.get("allow", "")).encode()),)
        case 429 | 503:
            seconds = error.details.get("retry_after_s", retry_after_s)
            extra = ((b"retry-after", b"%d" % math.ceil(float(str(seconds)))),)
    return Answer(answer.status, answer.body, (*answer.headers, *extra))


def _answer_problem(status: int, code: str, detail: str, details: dict[str, Any]) -> Answer:
    """RFC 9457; `details` stand at the top too, where they do not hide a standard member."""
    problem = {
        **details,
        "type": _PROBLEM + code,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "details": details,
    }
    return Answer(status, msgspec.json.encode(problem), ((b"content-type", b"application/problem+json"),))
