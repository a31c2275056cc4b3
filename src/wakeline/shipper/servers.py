"""Which event server gets a stream: the owner by rendezvous hash, the next ones while it is down.

The list given at the start is enough; what a server publishes at `GET /v1/servers` comes before it.
"""

import logging
from typing import Any

import httpx
import msgspec

from wakeline.core.event import Stream
from wakeline.core.ownership import rank_servers

_LOGGER = logging.getLogger(__name__)
_REFRESH_SECONDS = 10.0


class Servers:
    """The known servers and the highest version of their destination rules that any of them has told."""

    def __init__(self, configured: tuple[str, ...]) -> None:
        self._configured = tuple(url.rstrip("/") for url in configured)
        self._published: tuple[str, ...] = ()
        self._refreshed_at = float("-inf")
        self.rules_version = 0

    def order(self, stream: Stream) -> list[str]:
        """Every server, the stream's owner first."""
        published = rank_servers(self._published, stream)
        return list(dict.fromkeys([*published, *rank_servers(self._configured, stream)]))

    async def refresh(self, client: httpx.AsyncClient, key: str, now: float) -> None:
        """Asks one server for the list, now and then; silence and nonsense change nothing."""
        if now - self._refreshed_at < _REFRESH_SECONDS:
            return
        self._refreshed_at = now
        for url in dict.fromkeys([*self._published, *self._configured]):
            try:
                response = await client.get(f"{url}/v1/servers", headers={"Authorization": f"Bearer {key}"})
                response.raise_for_status()
                self._read(msgspec.json.decode(response.content, type=dict[str, Any]))
                return
            except Exception as error:  # noqa: BLE001 - a URL may be anything, and so may the answer
                _LOGGER.debug("%s does not tell its servers: %s", url, error)

    def _read(self, document: dict[str, Any]) -> None:
        entries = document.get("servers")
        listed = entries if isinstance(entries, list) else []
        urls = [entry.get("url") if isinstance(entry, dict) else entry for entry in listed]
        found = [url.rstrip("/") for url in urls if isinstance(url, str) and url.startswith("http")]
        self._published = tuple(dict.fromkeys(found))
        version = document.get("rules_version")
        if isinstance(version, int) and not isinstance(version, bool) and version >= 0:
            self.rules_version = max(self.rules_version, version)
