"""A server for tests: the real application on a real socket, in a thread of the test's process."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn

from wakeline.client.client import Client
from wakeline.server.application import create_app
from wakeline.server.parts import Addresses, Parts, compose

CLOSED_PORT = 9
"""Nobody listens on `discard` of this machine: stands for an event server and a gateway that are down."""


@contextmanager
def run_server(
    home: Path, *, event_server_port: int = CLOSED_PORT, **node_options: Any
) -> Iterator[tuple[Client, Parts]]:
    """`node_options` replace fields of `LocalNodes`."""
    parts = compose(home, Addresses(0, event_server_port, CLOSED_PORT))
    parts = replace(parts, nodes=replace(parts.nodes, **node_options))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(parts), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        with Client(f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
            yield client, parts
    finally:
        server.should_exit = True
        thread.join(10)
        parts.nodes.supervisor.stop_all()
        listener.close()
