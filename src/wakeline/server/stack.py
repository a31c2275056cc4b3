"""Every process of one machine, as `wakeline up` and the demo start them: event server, gateway, its shipper,
and the server, which starts and supervises the API nodes. Refuses busy ports, and a second start on a home.
"""

import fcntl
import json
import os
import socket
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx

from wakeline.core.errors import ConflictError, InvalidInputError, UnavailableError
from wakeline.deployer.keys import KEYS_FILE, ensure_keys
from wakeline.deployer.ports import is_port_free
from wakeline.deployer.supervision import Supervisor

HOST = "127.0.0.1"
READY_SECONDS_MAX = 60.0


@dataclass(frozen=True, slots=True)
class Ports:
    """From P on: server, event server, first node, gateway, that node's admin."""

    server: int
    event_server: int
    node: int
    gateway: int
    node_admin: int

    @classmethod
    def plan(cls, first: int) -> Self:
        """Five ports from `first` on; with 0, five that are free now."""
        return cls(*(find_free_ports(5) if first == 0 else range(first, first + 5)))

    def named(self) -> dict[str, int]:
        return {"server": self.server, "event server": self.event_server, "gateway": self.gateway}


def find_free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for opened in sockets:
            opened.bind((HOST, 0))
        return [opened.getsockname()[1] for opened in sockets]


def check_port(port: int, purpose: str) -> None:
    """Raises `ConflictError` naming the port when something listens on it."""
    if not is_port_free(HOST, port):
        raise ConflictError(
            f"port {port}, wanted for the {purpose}, is in use; "
            "stop what listens there, or choose another with --port (0 picks free ones)"
        )


class Stack:
    """Runs until `stop`; restarts what dies. Holds the home's lock, so that two never share a home."""

    def __init__(self, home: Path, ports: Ports, *, commit_interval_s: float | None = None) -> None:
        self.home = home.absolute()
        self.ports = ports
        self._commit_interval_s = commit_interval_s
        self._supervisor = Supervisor(self.home / "run" / "up", self.home / "logs")
        self._lock: int | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.ports.server}"

    @property
    def gateway_url(self) -> str:
        return f"http://{HOST}:{self.ports.gateway}"

    def start(self, progress: Callable[[float, str], None] = lambda _done, _words: None) -> None:
        """Starts everything and returns when each process answers."""
        self._take_lock()
        self._supervisor.end_leftovers()
        for purpose, port in self.ports.named().items():
            check_port(port, purpose)
        ensure_keys(self.home)
        gateway_config = self._write_gateway_config()
        self._supervisor.start("event-server", self._event_server_command())
        self._supervisor.start("server", self._server_command())
        self._supervisor.start("gateway", _module("wakeline.gateway", "--config", str(gateway_config)))
        self._supervisor.start(
            "gateway-shipper", _module("wakeline.shipper", "--config", str(gateway_config))
        )
        for index, (purpose, port) in enumerate(self.ports.named().items()):
            progress((index + 0.5) / 3, f"waiting for the {purpose}")
            self._wait_until_ready(purpose, port)
        progress(1.0, "ready")

    def stop(self) -> None:
        """Ends every process and returns when none is left; without the lock, they are another's."""
        if self._lock is None:
            return
        self._supervisor.stop_all()
        # Nodes are the server's to end; these are the ones of a server that was killed.
        Supervisor(self.home / "run" / "nodes", self.home / "logs").end_leftovers()
        os.close(self._lock)
        self._lock = None

    def _take_lock(self) -> None:
        lock = self._open_lock()
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise ConflictError(
                f"Wakeline runs already on the home {self.home}; stop it, or choose another with --home"
            ) from error
        self._lock = lock

    def _open_lock(self) -> int:
        try:
            (self.home / "run").mkdir(parents=True, exist_ok=True)
            return os.open(self.home / "run" / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise InvalidInputError(
                f"the home {self.home} cannot be used: {error.strerror}; expected a folder that may be "
                "written to, chosen with --home"
            ) from error

    def _event_server_command(self) -> list[str]:
        command = _module("wakeline.eventserver", "--home", str(self.home), "--host", HOST)
        command += ["--port", str(self.ports.event_server), "--server-url", self.url]
        if self._commit_interval_s is not None:
            command += ["--commit-interval", str(self._commit_interval_s)]
        return command

    def _server_command(self) -> list[str]:
        command = _module(
            "wakeline.server", "--home", str(self.home), "--host", HOST, "--port", str(self.ports.server)
        )
        command += [
            "--event-server-port",
            str(self.ports.event_server),
            "--gateway-port",
            str(self.ports.gateway),
        ]
        return [
            *command,
            "--node-port",
            str(self.ports.node),
            "--node-admin-port",
            str(self.ports.node_admin),
        ]

    def _write_gateway_config(self) -> Path:
        folder = self.home / "gateway"
        (folder / "spool").mkdir(parents=True, exist_ok=True)
        keys = {"keys_file": str(self.home / KEYS_FILE), "key_name": "intake_key"}
        config = {
            "host": HOST,
            "port": self.ports.gateway,
            "spool": {
                "folder": str(folder / "spool"),
                "durability": "fsync",
                "bytes_max": 1024**3,
                "when_full": "refuse",
            },
            "reporting": {"servers": [f"http://{HOST}:{self.ports.event_server}"], **keys},
            "rules_file": str(self.home / "event-server" / "configuration.json"),
            **keys,
        }
        path = folder / "gateway.json"
        path.write_text(json.dumps(config, indent=2))
        return path

    def _wait_until_ready(self, purpose: str, port: int) -> None:
        path = "/api/v1/health" if purpose == "server" else "/isAlive"
        deadline = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"http://{HOST}:{port}{path}", timeout=2, trust_env=False).is_success:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise UnavailableError(
            f"the {purpose} did not answer on port {port} within {READY_SECONDS_MAX:.0f} s; "
            f"see {self.home / 'logs'}"
        )


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]
