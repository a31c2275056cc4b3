"""How long a commit takes on a local disk and on an S3-compatible store over loopback.

    python -m bench.events.stores [--commits N] [--events N] [--delay-ms MS]

The store is `moto` in a process of its own, which keeps everything in memory: what is seen is the number of
requests and the work around them. `--delay-ms` lets a proxy hold each request back as a distant store would.
"""

import argparse
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from bench.events.sample import ENDPOINT, ROUTING_KEY, TOPIC, build_frame, build_rows

from wakeline.core.event import Stream
from wakeline.loglake.batch import Batch
from wakeline.loglake.commit import LogWriter
from wakeline.loglake.layout import locate_table
from wakeline.loglake.place import Bucket, ObjectPlace, Place
from wakeline.loglake.window import LogSnapshot
from wakeline.wire.frame import decode_frame

BUCKET = "bench"
STREAM = Stream(TOPIC, ROUTING_KEY, ENDPOINT)
FIRST_COMMITS = 5
"""The table's first commits make it and its columns; they are not counted."""


@contextmanager
def run_store() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    endpoint = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                httpx.put(f"{endpoint}/{BUCKET}", trust_env=False).raise_for_status()
                break
            except httpx.ConnectError:
                time.sleep(0.05)
        yield endpoint
    finally:
        process.terminate()
        process.wait()


@contextmanager
def run_proxy(endpoint: str, delay_s: float) -> Iterator[tuple[str, list[str]]]:
    """Counts the requests and holds each back."""
    seen: list[str] = []
    forward = httpx.Client(base_url=endpoint, trust_env=False)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            seen.append(self.command)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            time.sleep(delay_s)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            answer = forward.request(self.command, self.path, content=body, headers=headers)
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in {"content-length", "connection", "date", "server"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", answer.headers.get("content-length", str(len(answer.content))))
            self.end_headers()
            with suppress(BrokenPipeError):
                self.wfile.write(answer.content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Says nothing."""

    for method in ("GET", "HEAD", "PUT", "POST", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.pass_on)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()


def measure(place: Place, commits: int, events: int, seen: list[str]) -> None:
    root, producer = locate_table(place, STREAM), secrets.token_hex(16)
    rows, writer, taken = build_rows(events), LogWriter(root), []
    requests = 0
    for number in range(FIRST_COMMITS + commits):
        header, decoded = decode_frame(build_frame(rows, producer, number * events + 1))
        batch = Batch(header, decoded, time.time_ns() // 1000)
        before, start = len(seen), time.perf_counter()
        writer.commit([batch])
        if number >= FIRST_COMMITS:
            taken.append(1000 * (time.perf_counter() - start))
            requests += len(seen) - before
        writer.checkpoint_if_due()
    stored = LogSnapshot.open(root).count()
    if stored != (FIRST_COMMITS + commits) * events:
        raise RuntimeError(f"{stored} events are stored, {(FIRST_COMMITS + commits) * events} were sent")
    p95 = statistics.quantiles(taken, n=20)[-1]
    print(f"{statistics.median(taken):>8.1f}{p95:>8.1f}{max(taken):>8.1f}{requests / commits:>10.1f}")


def measure_reading(place: Place) -> None:
    """What opening the table costs whoever reads it."""
    start = time.perf_counter()
    for _ in range(5):
        LogSnapshot.open(locate_table(place, STREAM))
    print(f"{'  opened in':<24}{200 * (time.perf_counter() - start):>8.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commits", type=int, default=100)
    parser.add_argument("--events", type=int, default=1_000)
    parser.add_argument("--delay-ms", type=float, default=20.0)
    given = parser.parse_args()
    print(f"{'ms a commit':<24}{'p50':>8}{'p95':>8}{'max':>8}{'requests':>10}")
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'local disk, fsync':<24}", end="", flush=True)
        measure(Path(folder), given.commits, given.events, [])
        measure_reading(Path(folder))
    for delay_ms in (0.0, given.delay_ms):
        with run_store() as store, run_proxy(store, delay_ms / 1000) as (endpoint, seen):
            options = {
                "aws_endpoint": endpoint,
                "aws_region": "us-east-1",
                "aws_access_key_id": "bench",
                "aws_secret_access_key": "bench",
                "aws_allow_http": "true",
            }
            print(f"{f'store, +{delay_ms:g} ms a request':<24}", end="", flush=True)
            place = ObjectPlace(Bucket(BUCKET, tuple(sorted(options.items()))))
            measure(place, given.commits, given.events, seen)
            measure_reading(place)


if __name__ == "__main__":
    main()
