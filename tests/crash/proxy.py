"""A liar between a shipper and an event server: it cuts, delays, repeats, and answers 500 after success.

On loopback, in threads of the test. What an event server publishes is answered with proxies' addresses, so
that nothing goes past them.
"""

import json
import random
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

PASS, CUT_BEFORE, CUT_AFTER, DELAY, REPEAT, LIE = "pass", "cut-before", "cut-after", "delay", "repeat", "lie"
MODES = (CUT_BEFORE, CUT_AFTER, DELAY, REPEAT, LIE)
_FORWARDED = ("authorization", "content-type")
_TIMEOUT_SECONDS = 30


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A shipper that was killed has hung up."""


class Proxy:
    """In front of the server at `target`; `name_servers` gives the addresses that shippers may know."""

    def __init__(self, target: str, name_servers: Callable[[], dict[str, str]], seed: int) -> None:
        self.mode = PASS
        self._target = target
        self._name_servers = name_servers
        self._chance = random.Random(seed)
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                proxy._tell(self)

            def do_POST(self) -> None:
                proxy._pass(self)

            def log_message(self, *_: object) -> None:
                return

        self._server = _QuietServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _tell(self, handler: BaseHTTPRequestHandler) -> None:
        try:
            found = httpx.get(self._target + handler.path, timeout=5, trust_env=False)
            document = found.json()
        except (httpx.HTTPError, ValueError):
            self._hang_up(handler)
            return
        document["servers"] = [{"url": url} for url in self._name_servers().values()]
        _answer(handler, found.status_code, json.dumps(document).encode(), {})

    def _pass(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"]))
        mode = self.mode if self._chance.random() < 0.7 else PASS
        if mode == CUT_BEFORE:
            self._hang_up(handler)
            return
        if mode == DELAY:
            time.sleep(self._chance.uniform(0.2, 1.5))
        headers = {name: handler.headers[name] for name in _FORWARDED if name in handler.headers}
        try:
            for _ in range(2 if mode == REPEAT else 1):
                found = httpx.post(
                    self._target + handler.path,
                    content=body,
                    headers=headers,
                    timeout=_TIMEOUT_SECONDS,
                    trust_env=False,
                )
        except httpx.HTTPError:
            self._hang_up(handler)
            return
        if mode == CUT_AFTER:
            self._hang_up(handler)
        elif mode == LIE:
            _answer(handler, 500, b"<html>Bad Gateway</html>", {})
        else:
            _answer(handler, found.status_code, found.content, self._keep(found.headers))

    def _keep(self, headers: httpx.Headers) -> dict[str, str]:
        kept = {name: headers[name] for name in ("retry-after", "content-type") if name in headers}
        if "location" in headers:
            location = headers["location"]
            for target, url in self._name_servers().items():
                location = location.replace(target, url)
            kept["location"] = location
        return kept

    def _hang_up(self, handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True


def _answer(handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]) -> None:
    try:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
    except OSError:
        handler.close_connection = True
