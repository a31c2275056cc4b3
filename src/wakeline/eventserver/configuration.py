"""Where the rules come from: `server` (pulled every 5 s with a key and an ETag), or a file.

The last good copy is kept on disk, so that an event server starts and works without `server`. A copy that
is broken never replaces a good one.
"""

import asyncio
import json
import logging
from dataclasses import dataclass
from pathlib import Path

import httpx

from wakeline.core.errors import BrokenFileError, InvalidInputError, UnavailableError, WakelineError
from wakeline.eventserver.rules import Rules, decode_rules
from wakeline.loglake.disk import Disk

PULL_INTERVAL_SECONDS = 5.0

_PATH = "/api/v1/event-server/configuration"
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


class RulesKeeper:
    """Holds the rules in force; `run` keeps them current until it is cancelled."""

    def __init__(self, source: RulesSource) -> None:
        self.rules: Rules | None = None
        self.last_error: str | None = None
        self._source = source
        self._etag: str | None = None
        self._wake = asyncio.Event()

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

    async def _pull(self, client: httpx.AsyncClient, server_url: str) -> None:
        headers = {"Authorization": f"Bearer {_read_server_key(self._source.keys_path)}"}
        if self._etag is not None:
            headers["If-None-Match"] = self._etag
        response = await client.get(f"{server_url.rstrip('/')}{_PATH}", headers=headers)
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return
        if response.status_code != httpx.codes.OK:
            raise UnavailableError(f"{server_url} answered {response.status_code} for the configuration")
        rules = decode_rules(response.content)
        cache = self._source.cache_path
        cache.parent.mkdir(parents=True, exist_ok=True)
        Disk().replace(cache, response.content, mode=_OWNER_ONLY)
        self._etag = response.headers.get("ETag")
        self._adopt(rules)

    def _adopt(self, rules: Rules) -> None:
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
