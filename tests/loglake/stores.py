"""An S3-compatible store on this machine for as long as a test wants it, over HTTP."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from moto.server import ThreadedMotoServer

from wakeline.loglake.place import Bucket, ObjectPlace

BUCKET = "lake"
ACCESS_KEY = "AKIAWAKELINETEST"
SECRET = "a-secret-that-nobody-may-see-anywhere"


@contextmanager
def run_store() -> Iterator[str]:
    """The endpoint of a store that has the bucket `BUCKET`."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        make_bucket(endpoint)
        yield endpoint
    finally:
        server.stop()


def make_bucket(endpoint: str, name: str = BUCKET) -> None:
    httpx.put(f"{endpoint}/{name}", trust_env=False).raise_for_status()


def build_options(endpoint: str) -> dict[str, str]:
    return {
        "aws_endpoint": endpoint,
        "aws_region": "us-east-1",
        "aws_access_key_id": ACCESS_KEY,
        "aws_secret_access_key": SECRET,
        "aws_allow_http": "true",
    }


def find_place(endpoint: str, prefix: str = "") -> ObjectPlace:
    return ObjectPlace(Bucket(BUCKET, tuple(sorted(build_options(endpoint).items()))), prefix)


@dataclass
class Fault:
    """What a proxy before a store does to each request, until told otherwise."""

    strips_conditions: bool = False
    is_dead: bool = False
    hangs: threading.Event | None = None
    loses_answers: int = 0
    """As many creations reach the store, and are answered 500."""
    seen: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def run_proxy(endpoint: str, fault: Fault) -> Iterator[str]:
    """The endpoint of a store that misbehaves as `fault` says at that moment."""
    forward = httpx.Client(base_url=endpoint, trust_env=False, timeout=30)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault.seen.append((self.command, self.path))
            if fault.hangs is not None:
                fault.hangs.wait(60)
            if fault.is_dead or fault.hangs is not None:
                self.close_connection = True
                return
            headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            if fault.strips_conditions:
                headers = {name: value for name, value in headers.items() if name.lower() != "if-none-match"}
            answer = forward.request(self.command, self.path, content=body, headers=headers)
            status = answer.status_code
            if fault.loses_answers and self.command == "PUT" and "If-None-Match" in self.headers:
                fault.loses_answers -= 1
                status = 500
            self._answer(status, answer)

        def _answer(self, status: int, answer: httpx.Response) -> None:
            content = b"" if self.command == "HEAD" else answer.content
            self.send_response(status)
            for name, value in answer.headers.items():
                if name.lower() not in {"content-length", "connection", "date", "server"}:
                    self.send_header(name, value)
            length = answer.headers.get("content-length", "0") if self.command == "HEAD" else len(content)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            with suppress(BrokenPipeError):
                self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Says nothing."""

    for method in ("GET", "HEAD", "PUT", "POST", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.handle_any)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        if fault.hangs is not None:
            fault.hangs.set()
        server.shutdown()
        server.server_close()
        forward.close()
