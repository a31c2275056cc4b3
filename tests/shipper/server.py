"""A small event server in memory, with real HTTP and the protocol's rules, that fails when told to."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from wakeline.wire.frame import FrameHeader, decode_frame

KEY = "the-intake-key"
Reply = tuple[int, Any, dict[str, str]]
Fault = Callable[[FrameHeader], Reply | None]


def problem(status: int, code: str, **members: Any) -> Reply:
    return status, {"type": f"urn:wakeline:problem:{code}", "title": code, **members}, {}


@dataclass
class Table:
    """One stream's log: (stored offset by producer), rows as they were stored."""

    offsets: dict[str, int] = field(default_factory=dict)
    rows: list[tuple[str, int, str]] = field(default_factory=list)
    dropped: dict[int, str] = field(default_factory=dict)

    @property
    def events(self) -> list[str]:
        return [event for _, _, event in self.rows]


@dataclass
class Memory:
    """What the server has seen. `faults` are asked in order; each answers once, or None to let it pass."""

    tables: dict[str, Table] = field(default_factory=dict)
    frames: list[FrameHeader] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    standing: Fault | None = None
    published: Any = field(default_factory=dict)
    asked: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def table(self, stream: object) -> Table:
        return self.tables.setdefault(str(stream), Table())

    def take(self, body: bytes) -> Reply:
        header, rows = decode_frame(body)
        with self.lock:
            self.frames.append(header)
            for fault in (self.faults.pop(0) if self.faults else None, self.standing):
                if fault and (reply := fault(header)):
                    return reply
            offsets = rows.column("offset").to_pylist()
            events = rows.column("event_id").to_pylist() if offsets else []
            return self.store(header, list(zip(offsets, events, strict=True)))

    def store(self, header: FrameHeader, rows: list[tuple[int, str]]) -> Reply:
        table = self.table(header.stream)
        stored = table.offsets.get(header.producer)
        if stored == -1:
            return problem(409, "fenced")
        replaced = header.replaces if stored is None else []
        base = stored or 0
        if replaced:
            base = max(header.acknowledged, *(table.offsets.get(id_, 0) for id_ in replaced))
        if base < header.acknowledged:
            return problem(409, "unknown")
        declared = {
            offset: entry.reason
            for entry in header.dropped_ranges
            for offset in range(entry.first, entry.last + 1)
        }
        covered = {offset for offset, _ in rows} | declared.keys()
        if not covered >= set(range(base + 1, header.last + 1)):
            return problem(409, "gap", expected_offset=base + 1)
        table.rows += [(header.producer, offset, event) for offset, event in rows if offset > base]
        table.dropped.update({offset: reason for offset, reason in declared.items() if offset > base})
        table.offsets[header.producer] = max(base, header.last)
        table.offsets.update(dict.fromkeys(replaced, -1))
        return 200, {"stored_offset": table.offsets[header.producer]}, {}


@contextmanager
def serving(memory: Memory, port: int = 0) -> Iterator[str]:
    """The server's URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["Authorization"] != f"Bearer {KEY}":
                self.answer(problem(401, "unauthenticated"))
            elif self.path == "/v1/events":
                self.answer(memory.take(body))
            else:
                self.answer(problem(404, "not-found"))

        def do_GET(self) -> None:
            memory.asked += 1
            self.answer((200, memory.published, {}))

        def answer(self, reply: Reply) -> None:
            status, document, headers = reply
            body = json.dumps(document).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class says so
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass

    server = Server(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
