"""HTTP/1.1 with bounds that uvicorn leaves open: connections, bytes of headers, and the time they take."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from wakeline.core.limits import HTTP_CONNECTIONS_MAX, HTTP_HEADER_BYTES_MAX, HTTP_HEADER_SECONDS_MAX

_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s"
)


class BoundedProtocol(HttpToolsProtocol):
    """One connection. A timer runs only while a request has begun and its headers are not whole."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._timer: asyncio.TimerHandle | None = None
        self._header_bytes = 0
        self._in_headers = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > HTTP_CONNECTIONS_MAX:
            transport.abort()
            return
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        is_between = self.cycle is None or self.cycle.response_complete
        if not self._in_headers and not is_between:
            self._stop_timer()
            return
        self._start_timer()
        self._header_bytes += len(data)
        if self._header_bytes > HTTP_HEADER_BYTES_MAX and not self.transport.is_closing():
            words = b"found more than %d bytes of headers" % HTTP_HEADER_BYTES_MAX
            self.transport.write(_TOO_LARGE % (len(words), words))
            self.transport.close()

    def on_message_begin(self) -> None:
        self._in_headers = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_headers = False
        self._header_bytes = 0
        super().on_headers_complete()

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(HTTP_HEADER_SECONDS_MAX, self._give_up)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        """Whoever has not asked anything whole by now is not waited for."""
        self._timer = None
        if self._in_headers or self.cycle is None or self.cycle.response_complete:
            self.transport.close()
