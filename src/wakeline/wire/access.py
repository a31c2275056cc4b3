"""Who may write which stream: hashed keys and the filters of destinations, for event servers and gateways.

A key that names destinations, or is named by some, writes only what those take; a destination that names keys
takes only what came with one of them. The home's own key is bound by the second rule alone, and sees all.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence

import msgspec

from wakeline.core.clock import parse_rfc3339
from wakeline.core.errors import (
    InvalidInputError,
    NotPermittedError,
    UnauthenticatedError,
    UnavailableError,
)
from wakeline.core.event import Stream
from wakeline.core.rate import KeyRates

HOME_KEY = "intake"
"""The id of the key that the processes of a home share."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


class RateLimitError(UnavailableError):
    """The key has brought more than its limit allows; `retry_after_s` stands in the details."""

    code = "overloaded"


class KeyRule(msgspec.Struct, frozen=True, kw_only=True):
    """A secret known by its hash; one key has two while the former one still holds.

    `destinations` None: not tied. `expires_at` is RFC 3339.
    """

    id: str
    sha256: str
    expires_at: str | None = None
    events_per_second: float | None = None
    destinations: list[str] | None = None


class StreamFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which streams a destination takes, and from which keys; None: all, and any key that is not tied.

    A routing key that ends in `*` stands for all that begin so.
    """

    id: str
    topics: list[str] | None = None
    routing_keys: list[str] | None = None
    keys: list[str] | None = None
    reserved_topics: list[str] | None = None
    """Whose tables would lie in the folder of another destination; these are never taken."""

    def takes(self, stream: Stream) -> bool:
        return (
            (self.topics is None or stream.topic in self.topics)
            and (self.reserved_topics is None or stream.topic not in self.reserved_topics)
            and (
                self.routing_keys is None
                or any(_matches(pattern, stream.routing_key) for pattern in self.routing_keys)
            )
        )


class AccessRules(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the rules that says who may what."""

    rules_version: int
    keys: list[KeyRule]
    destinations: Sequence[StreamFilter]

    def find_key(self, secret: str, now_us: int) -> KeyRule | None:
        """The key with this secret, unless it has expired; the time taken tells nothing about the others."""
        digest = hashlib.sha256(secret.encode()).hexdigest()
        found = [key for key in self.keys if hmac.compare_digest(key.sha256, digest)]
        valid = [key for key in found if key.expires_at is None or now_us < parse_rfc3339(key.expires_at)]
        return valid[0] if valid else None

    def list_open(self, key: KeyRule) -> list[StreamFilter]:
        """The destinations that the key may write to."""
        tie = self._find_tie(key)
        return [
            destination
            for destination in self.destinations
            if (destination.keys is None or key.id in destination.keys)
            and (tie is None or destination.id in tie)
        ]

    def find_takers(self, key: KeyRule, stream: Stream) -> list[StreamFilter]:
        """Where an event of this stream that came with this key goes.

        None: nobody takes it, and it waits. Raises `NotPermittedError` where that is because of the key.
        """
        found = [destination for destination in self.list_open(key) if destination.takes(stream)]
        is_refused = self._find_tie(key) is not None or any(each.takes(stream) for each in self.destinations)
        if not found and is_refused:
            raise NotPermittedError(
                f"the key {key.id} may not write {stream}; show one that may, or change its destinations"
            )
        return found

    def may_see(self, key: KeyRule, stream: Stream) -> bool:
        return key.id == HOME_KEY or any(each.takes(stream) for each in self.list_open(key))

    def _find_tie(self, key: KeyRule) -> frozenset[str] | None:
        if key.id == HOME_KEY:
            return None
        if key.destinations is not None:
            return frozenset(key.destinations)
        naming = [each.id for each in self.destinations if each.keys is not None and key.id in each.keys]
        return frozenset(naming) if naming else None


def check_rate(rates: KeyRates, key: KeyRule, now_us: int) -> None:
    """Raises `RateLimitError` while the key has brought too much already; `now_us` is monotonic."""
    bucket = rates.find(key.id, key.events_per_second, now_us)
    seconds = 0.0 if bucket is None else bucket.wait_seconds(now_us)
    if seconds:
        raise RateLimitError(
            f"the key {key.id} may bring {key.events_per_second:g} events a second; "
            f"send again in {seconds:.1f} s",
            details={"retry_after_s": seconds},
        )


def count_rate(rates: KeyRates, key: KeyRule, events: int, now_us: int) -> None:
    bucket = rates.find(key.id, key.events_per_second, now_us)
    if bucket is not None:
        bucket.take(events)


def decode_access(document: bytes) -> AccessRules:
    """Raises `InvalidInputError` for a document that is not whole; unknown fields are left for others."""
    try:
        rules = msgspec.json.decode(document, type=_Document)
    except msgspec.MsgspecError as error:
        raise InvalidInputError(f"the configuration of keys and destinations is not one: {error}") from error
    check_keys(rules.keys)
    return rules


def check_keys(keys: Sequence[KeyRule]) -> None:
    for key in keys:
        if not _SHA256.fullmatch(key.sha256):
            raise InvalidInputError(f"key {key.id!r} has no sha256 of 64 lower-case hex digits")
        if key.expires_at is not None:
            parse_rfc3339(key.expires_at)
        if key.events_per_second is not None and not key.events_per_second > 0:
            raise InvalidInputError(f"key {key.id!r}: found events_per_second {key.events_per_second}")


def read_bearer(header: bytes) -> str:
    """The secret of an `Authorization` header; raises `UnauthenticatedError` where it shows none."""
    scheme, _, secret = header.decode("latin-1").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise UnauthenticatedError("found no key, expected Authorization: Bearer <key>")
    return secret.strip()


class _Document(AccessRules, frozen=True, kw_only=True):
    destinations: list[StreamFilter]


def _matches(pattern: str, routing_key: str) -> bool:
    return routing_key.startswith(pattern[:-1]) if pattern.endswith("*") else routing_key == pattern
