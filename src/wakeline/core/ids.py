"""Identifiers: what they look like, how they are minted, which are refused."""

import os
import re
import secrets
import time

from wakeline.core.errors import InvalidInputError

_PROJECT_KEY = re.compile(r"[A-Z][A-Z0-9_]{0,30}")
_OBJECT_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_DEPLOYMENT_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_PREDICTION_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

NO_ENDPOINT = "_"
_ARTICLES = {"endpoint": "an", "infrastructure": "an"}


class PredictionIds:
    """Mints UUIDv7 texts: 48 bits of milliseconds, 12 + 62 bits of counter and per-process random.

    One id costs a fraction of `uuid4`. After a fork the random part is drawn anew, so that two processes
    never share it. No date is ever derived from an id.
    """

    __slots__ = ("_counter", "_pid", "_random")

    def __init__(self) -> None:
        self._reseed()

    def _reseed(self) -> None:
        self._pid = os.getpid()
        self._random = secrets.randbits(30)
        self._counter = secrets.randbits(24)

    def mint(self) -> str:
        if self._pid != os.getpid():
            self._reseed()
        self._counter += 1
        milliseconds = time.time_ns() // 1_000_000
        # 44 bits of counter: 12 beside the version, 32 at the end; 30 bits of random between them.
        high = self._counter >> 32 & 0xFFF
        low = self._random << 32 | self._counter & 0xFFFFFFFF
        digits = f"{milliseconds & 0xFFFFFFFFFFFF:012x}7{high:03x}{1 << 63 | low:016x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def mint_producer_id() -> str:
    """128 random bits as 32 hex digits; a producer is a spool file's lifetime."""
    return secrets.token_hex(16)


def mint_attempt_id() -> str:
    """Ends the name of a data file, so that no file is ever written twice."""
    return secrets.token_hex(8)


def mint_object_id() -> str:
    """For evaluations, jobs and other rows that nobody names."""
    return secrets.token_hex(8)


def mint_key() -> str:
    """A bearer secret with 256 bits."""
    return secrets.token_urlsafe(32)


def check_project_key(key: str) -> str:
    if not _PROJECT_KEY.fullmatch(key):
        raise InvalidInputError(
            f"{key!r} is not a project key; expected a capital letter, then up to 30 of A-Z, 0-9 and _"
        )
    return key


def check_object_id(kind: str, text: str) -> str:
    """`kind` is the noun for the error, such as `service` or `endpoint`."""
    if not _OBJECT_ID.fullmatch(text):
        raise InvalidInputError(
            f"{text!r} is not {_ARTICLES.get(kind, 'a')} {kind} id; "
            "expected a-z or 0-9, then up to 62 of a-z, 0-9, _ and -"
        )
    return text


def check_deployment_id(text: str) -> str:
    if not _DEPLOYMENT_ID.fullmatch(text) or ".." in text:
        raise InvalidInputError(
            f"{text!r} is not a deployment id; expected letters, digits, _, - and . such as FLIGHTS-on-local"
        )
    return text


def is_prediction_id(text: str) -> bool:
    return _PREDICTION_ID.fullmatch(text) is not None
