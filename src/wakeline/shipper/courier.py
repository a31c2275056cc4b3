"""Sends one frame and says what became of it; knows HTTP, keys and servers, not spools."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx

from wakeline.core.errors import BrokenFileError
from wakeline.core.event import Stream
from wakeline.shipper.answers import Answer, Redirect, Retry, read_answer
from wakeline.shipper.servers import Servers

_REDIRECTS_MAX = 3
_UNAUTHENTICATED = 401
_TIMEOUT = httpx.Timeout(60.0, connect=5.0, pool=None)
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=64)
_PATH = "/v1/events"


class Courier:
    """One HTTP client for all streams; the key is read again when the server does not know it.

    `read_key` raises `BrokenFileError` where there is none.
    """

    def __init__(self, servers: Servers, read_key: Callable[[], str], ca_file: Path | None = None) -> None:
        self.servers = servers
        self._find_key = read_key
        self._key: str | None = None
        self._client = httpx.AsyncClient(
            timeout=_TIMEOUT,
            limits=_LIMITS,
            trust_env=False,
            follow_redirects=False,
            verify=True if ca_file is None else trust_only(ca_file),
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def refresh(self) -> None:
        try:
            await self.servers.refresh(self._client, self._read_key(), asyncio.get_running_loop().time())
        except BrokenFileError:
            return  # every delivery says so

    async def deliver(
        self, stream: Stream, frame: bytes, *, attempt: int, on_sent: Callable[[], None]
    ) -> Answer:
        """Posts to the stream's owner, at later attempts to the next server; `on_sent` is called once the
        body is handed to the network, or never will be."""
        try:
            order = self.servers.order(stream)
            url = order[attempt % len(order)] + _PATH
            for _ in range(_REDIRECTS_MAX):
                answer = await self._post(url, frame, on_sent)
                if not isinstance(answer, Redirect):
                    return answer
                url = str(httpx.URL(url).join(answer.location))
            return Retry(f"more than {_REDIRECTS_MAX} redirects, the last to {url}")
        except BrokenFileError as error:
            return Retry(error.message)
        except Exception as error:  # noqa: BLE001 - a URL may be anything; the next server may be better
            return Retry(f"{url} does not answer: {error or type(error).__name__}")
        finally:
            on_sent()

    async def _post(self, url: str, frame: bytes, on_sent: Callable[[], None]) -> Answer | Redirect:
        headers = {
            "Authorization": f"Bearer {self._read_key()}",
            "Content-Type": "application/vnd.apache.arrow.stream",
            "Content-Length": str(len(frame)),
        }
        response = await self._client.post(url, content=_announce(frame, on_sent), headers=headers)
        if response.status_code == _UNAUTHENTICATED:
            self._key = None
        return read_answer(response)

    def _read_key(self) -> str:
        if self._key is None:
            self._key = self._find_key()
        return self._key


def trust_only(ca_file: Path) -> ssl.SSLContext:
    """Raises `BrokenFileError` for a file that holds no certificate."""
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise BrokenFileError(f"{ca_file} gives no certificate to trust: {error}; expected PEM") from error


async def _announce(frame: bytes, on_sent: Callable[[], None]) -> AsyncIterator[bytes]:
    yield frame
    on_sent()
