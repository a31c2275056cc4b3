"""The other event servers over the same tables: who they are, who owns a table, and which of them are alive.

A table is committed best by one server, so the others send its batches there; while it does not answer, the
next in the order takes them. Exactly once never rests on that: several may commit at once.
"""

import asyncio
import ssl
import time
from collections.abc import Callable, Sequence

import httpx

from wakeline.core.event import Stream
from wakeline.core.ownership import rank_servers

PROBE_SECONDS_MAX = 1.0
REMEMBERED_SECONDS = 3.0


class Peers:
    """`list_published` gives the URLs that the rules name; this server's own counts among them always."""

    def __init__(
        self, own_url: str, list_published: Callable[[], Sequence[str]], ca_file: str | None = None
    ) -> None:
        self._ca_file = ca_file
        self.own_url = own_url.rstrip("/")
        self._list_published = list_published
        self._answers: dict[str, tuple[float, bool]] = {}
        self._probes: dict[str, asyncio.Task[bool]] = {}
        self._client: httpx.AsyncClient | None = None

    def list_urls(self) -> list[str]:
        return sorted({self.own_url, *(url.rstrip("/") for url in self._list_published())})

    async def find_owner(self, stream: Stream) -> str:
        """The first in the stream's order that answers; this server's own URL is not asked."""
        for url in rank_servers(self.list_urls(), stream):
            if url == self.own_url or await self._is_alive(url):
                return url
        return self.own_url

    async def owns(self, stream: Stream) -> bool:
        return await self.find_owner(stream) == self.own_url

    async def close(self) -> None:
        for probe in self._probes.values():
            probe.cancel()
        if self._client is not None:
            await self._client.aclose()

    async def _is_alive(self, url: str) -> bool:
        """Asked once at a time, and again after a few seconds."""
        asked_at, found = self._answers.get(url, (float("-inf"), False))
        if time.monotonic() - asked_at < REMEMBERED_SECONDS:
            return found
        if url not in self._probes:
            self._probes[url] = asyncio.create_task(self._probe(url))
        return await asyncio.shield(self._probes[url])

    async def _probe(self, url: str) -> bool:
        if self._client is None:
            self._client = httpx.AsyncClient(
                timeout=PROBE_SECONDS_MAX,
                trust_env=False,
                verify=True if self._ca_file is None else ssl.create_default_context(cafile=self._ca_file),
            )
        try:
            found = (await self._client.get(f"{url}/isAlive")).is_success
        except Exception:  # noqa: BLE001 - a URL may be anything, and so may the answer
            found = False
        self._answers[url] = (time.monotonic(), found)
        self._probes.pop(url, None)
        return found
