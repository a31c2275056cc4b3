"""Who may bring what to the gateway: the home's key from its file, other keys from the event servers' rules.

Both files are looked at anew with each request, so that a rotated key holds at once; a file that is broken
leaves what was known before.
"""

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from wakeline.core.clock import Clock, format_rfc3339
from wakeline.core.errors import BrokenFileError, NotPermittedError, UnauthenticatedError, WakelineError
from wakeline.core.event import Stream
from wakeline.core.rate import KeyRates
from wakeline.wire.access import (
    HOME_KEY,
    AccessRules,
    KeyRule,
    StreamFilter,
    check_rate,
    count_rate,
    decode_access,
    read_bearer,
)

_Content = TypeVar("_Content")
_LOGGER = logging.getLogger(__name__)
_ANYTHING = [StreamFilter(id="any")]


class GatewayAccess:
    """`key_name` in `keys_file` is the home's key. `rules_file` is the configuration of the event servers, as
    they keep it; without one only the home's key opens the gateway, and everything."""

    def __init__(self, keys_file: Path, key_name: str, clock: Clock, rules_file: Path | None = None) -> None:
        self._clock = clock
        self._own = _Watched(keys_file, lambda content: _decode_own(content, key_name))
        self._rules = None if rules_file is None else _Watched(rules_file, decode_access)
        self._rates = KeyRates()
        if self._own.read() is None:
            raise BrokenFileError(f"{keys_file} has no key {key_name!r}")

    def find_caller(self, header: bytes) -> KeyRule:
        """The key that an `Authorization` header shows; raises `UnauthenticatedError`."""
        found = self._current().find_key(read_bearer(header), self._clock.now_us())
        if found is None:
            raise UnauthenticatedError("found no known key, expected 'Authorization: Bearer <key>' with one")
        return found

    def check_write(self, caller: KeyRule, stream: Stream) -> None:
        """Raises where the key may not write the stream, or has brought too much already."""
        takers = self._current().find_takers(caller, stream)
        if takers and all(each.keys is not None and HOME_KEY not in each.keys for each in takers):
            raise NotPermittedError(
                f"the gateway brings events by the home's key, which the destination {takers[0].id} does not "
                f"take: add {HOME_KEY} to its keys, or send to the event server"
            )
        check_rate(self._rates, caller, self._clock.monotonic_us())

    def count(self, caller: KeyRule, events: int) -> None:
        count_rate(self._rates, caller, events, self._clock.monotonic_us())

    def may_see(self, caller: KeyRule, stream: Stream) -> bool:
        return self._current().may_see(caller, stream)

    def _current(self) -> AccessRules:
        """The home's own key comes from its file, which is newer than the rules that others have of it."""
        own = self._own.read() or []
        rules = None if self._rules is None else self._rules.read()
        if rules is None:
            return AccessRules(rules_version=0, keys=own, destinations=_ANYTHING)
        return AccessRules(
            rules_version=rules.rules_version,
            keys=[*own, *(key for key in rules.keys if key.id != HOME_KEY)],
            destinations=rules.destinations,
        )


class _KeysFile(msgspec.Struct, frozen=True):
    former_intake_key: "_Former | None" = None


class _Former(msgspec.Struct, frozen=True):
    sha256: str
    until_us: int


class _Watched(Generic[_Content]):
    """A file's content, decoded again when the file is another one."""

    def __init__(self, path: Path, decode: Callable[[bytes], _Content]) -> None:
        self._path = path
        self._decode = decode
        self._signature: tuple[int, int, int] | None = None
        self._content: _Content | None = None
        self._complaint = ""

    def read(self) -> _Content | None:
        """None while there was no good file yet."""
        try:
            stat = self._path.stat()
            signature = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if signature != self._signature:
                self._signature = signature
                self._content = self._decode(self._path.read_bytes())
        except FileNotFoundError:
            pass  # an event server has not written it yet
        except (OSError, ValueError, WakelineError) as error:
            if str(error) != self._complaint:
                _LOGGER.warning("%s is left aside: %s", self._path, error)
            self._complaint = str(error)
        return self._content


def _decode_own(content: bytes, key_name: str) -> list[KeyRule]:
    secrets = msgspec.json.decode(content, type=dict[str, object])
    secret = secrets.get(key_name)
    if not isinstance(secret, str) or not secret:
        raise BrokenFileError(f"there is no key {key_name!r}; expected one of {sorted(secrets)}")
    rules = [KeyRule(id=HOME_KEY, sha256=hashlib.sha256(secret.encode()).hexdigest())]
    former = msgspec.json.decode(content, type=_KeysFile).former_intake_key
    if former is not None and key_name == "intake_key":
        rules.append(KeyRule(id=HOME_KEY, sha256=former.sha256, expires_at=format_rfc3339(former.until_us)))
    return rules
