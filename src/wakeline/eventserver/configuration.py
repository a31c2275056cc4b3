"""Where the rules come from: `server` (pulled every 5 s with a key and an ETag), or a file.

The last good copy is kept on disk, so that an event server starts and works without `server`. A copy that is
broken, or of a lower version than one seen before, never replaces a good one. Each pull is a sign of life as
well: `server` lists those who gave one lately. Of several processes on one home one writes the copy.
"""

import asyncio
import fcntl
import json
import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from wakeline.core.errors import (
    BrokenFileError,
    ConflictError,
    InvalidInputError,
    UnavailableError,
    WakelineError,
)
from wakeline.eventserver.rules import Rules, decode_rules
from wakeline.loglake.disk import Disk

PULL_INTERVAL_SECONDS = 5.0

_PATH = "/api/v1/event-server/configuration"
_HEARTBEAT_PATH = "/api/v1/event-server/heartbeat"
_TIMEOUT_SECONDS = 5.0
_OWNER_ONLY = 0o600  # connections come with their secrets
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RulesSource:
    """Exactly one of `server_url` and `file` is used; `file` wins. Neither: the cached copy alone."""

    keys_path: Path
    cache_path: Path
    server_url: str | None = None
    file: Path | None = None
    own_url: str | None = None
    """Where shippers and other event servers find this one; None: it is not told to `server`."""


class RulesKeeper:
    """Holds the rules in force; `run` keeps them current until it is cancelled."""

    def __init__(self, source: RulesSource) -> None:
        self.rules: Rules | None = None
        self.last_error: str | None = None
        self._source = source
        self._etag: str | None = None
        self._wake = asyncio.Event()
        self._lock: int | None = None

    def load(self) -> None:
        """Rules from the disk; raises if a file was named and is not good. No cached copy is no error."""
        if self._source.file is not None:
            self.rules = decode_rules(_read(self._source.file))
        elif self._source.cache_path.exists():
            try:
                self.rules = decode_rules(_read(self._source.cache_path))
            except WakelineError as error:
                _log.warning("the cached configuration is left aside: %s", error)

    def wake(self) -> None:
        """Looks for newer rules now; somebody has seen some."""
        self._wake.set()

    async def run(self) -> None:
        async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
            while True:
                await self._refresh(client)
                self._wake.clear()
                try:
                    await asyncio.wait_for(self._wake.wait(), PULL_INTERVAL_SECONDS)
                    await asyncio.sleep(0.2)
                except TimeoutError:
                    pass

    async def leave(self) -> None:
        """Tells `server` that this one ends; what does not hear of it forgets it by itself."""
        if self._source.server_url is None or self._source.own_url is None:
            return
        with suppress(WakelineError, httpx.HTTPError, OSError):
            async with httpx.AsyncClient(timeout=1.0, trust_env=False) as client:
                await self._tell(client, self._source.server_url, is_leaving=True)

    def list_servers(self) -> list[str]:
        """The URLs of the event servers over the same tables, as far as the rules name them."""
        return [] if self.rules is None else [server.url for server in self.rules.servers]

    async def _refresh(self, client: httpx.AsyncClient) -> None:
        try:
            if self._source.file is not None:
                self._adopt(decode_rules(_read(self._source.file)))
            elif self._source.server_url is not None:
                await self._pull(client, self._source.server_url)
        except (WakelineError, httpx.HTTPError, OSError) as error:
            self._report(str(error) or type(error).__name__)
        else:
            self._report(None)

    async def _tell(self, client: httpx.AsyncClient, server_url: str, *, is_leaving: bool = False) -> None:
        """A sign of life, with the version in force: `server` never publishes one that is below it."""
        version = 0 if self.rules is None else self.rules.rules_version
        sign = {"url": self._source.own_url, "rules_version": version, "leaving": is_leaving}
        response = await client.post(
            f"{server_url.rstrip('/')}{_HEARTBEAT_PATH}", json=sign, headers=self._authorize()
        )
        if not response.is_success:
            raise UnavailableError(f"{server_url} answered {response.status_code} to a sign of life")

    def _authorize(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {_read_server_key(self._source.keys_path)}"}

    async def _pull(self, client: httpx.AsyncClient, server_url: str) -> None:
        if self._source.own_url is not None:
            await self._tell(client, server_url)
        headers = self._authorize()
        if self._etag is not None:
            headers["If-None-Match"] = self._etag
        response = await client.get(f"{server_url.rstrip('/')}{_PATH}", headers=headers)
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return
        if response.status_code != httpx.codes.OK:
            raise UnavailableError(f"{server_url} answered {response.status_code} for the configuration")
        self._adopt(decode_rules(response.content))
        self._etag = response.headers.get("ETag")
        if self._holds_cache():
            Disk().replace(self._source.cache_path, response.content, mode=_OWNER_ONLY)

    def _holds_cache(self) -> bool:
        """Whether this process is the one of the home that writes the copy; the next one takes over."""
        if self._lock is None:
            self._source.cache_path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._source.cache_path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, _OWNER_ONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(lock)
                return False
            self._lock = lock
        return True

    def _adopt(self, rules: Rules) -> None:
        """Raises `ConflictError` for a version below the one in force: batches were made under that."""
        if self.rules is not None and rules.rules_version < self.rules.rules_version:
            raise ConflictError(
                f"the configuration has rules version {rules.rules_version}, here {self.rules.rules_version} "
                "is in force; versions never go down: give it a higher one"
            )
        if rules != self.rules:
            _log.info("rules version %d: %d destinations", rules.rules_version, len(rules.destinations))
        self.rules = rules

    def _report(self, error: str | None) -> None:
        if error is not None and error != self.last_error:
            _log.warning("no newer configuration: %s", error)
        self.last_error = error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BrokenFileError(f"the configuration {path} cannot be read: {error}") from error


def _read_server_key(path: Path) -> str:
    try:
        key = json.loads(path.read_bytes())["server_key"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BrokenFileError(f"{path} does not give the server key: {error}") from error
    if not isinstance(key, str):
        raise InvalidInputError(f"the server key in {path} is not a text")
    return key
