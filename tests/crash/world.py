"""Everything of one run: a node, a gateway, their shippers, three event servers over one folder of tables,
and a liar before each server. Files stay for a look.
"""

import hashlib
import json
import shutil
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx

from tests.apinode.stand import read_spool
from tests.crash.package import PROJECT, SERVICE
from tests.crash.processes import Process
from tests.crash.proxy import PASS, Proxy
from wakeline.core.errors import WakelineError
from wakeline.spool.counters import SHIPPED, read_totals
from wakeline.spool.drain import opened
from wakeline.spool.layout import list_spools

NODE, SHIPPER, GATEWAY, GATEWAY_SHIPPER = "node", "shipper", "gateway", "gateway-shipper"
EVENT_SERVERS = ("event-server-0", "event-server-1", "event-server-2")
EVERYTHING = (*EVENT_SERVERS, GATEWAY, GATEWAY_SHIPPER, NODE, SHIPPER)
DEPLOYMENT = "CRASH-on-local"
KEY = "the-intake-key-of-the-crash-tests"
COMMIT_SECONDS = 0.3


class World:
    """Its lifetime is one test. `excepted` are answered events that went with a disk."""

    def __init__(self, home: Path, package: Path, *, servers: int = 3, seed: int = 0) -> None:
        home.mkdir(parents=True)
        self.home = home
        self.node_folder, self.gateway_folder = home / "node", home / "gateway"
        self.events = home / "events"
        self.excepted: set[str] = set()
        self.dropped_before = 0
        names = EVENT_SERVERS[:servers]
        node_port, gateway_port, *server_ports = _find_ports(2 + servers)
        self.node_url = f"http://127.0.0.1:{node_port}"
        self.gateway_url = f"http://127.0.0.1:{gateway_port}"
        targets = [f"http://127.0.0.1:{port}" for port in server_ports]
        self.proxies: list[Proxy] = []
        for index, target in enumerate(targets):
            self.proxies.append(
                Proxy(target, lambda: dict(zip(targets, self._list_proxies(), strict=True)), seed + index)
            )
        self._write_files(package, node_port, gateway_port, targets)
        self.processes = {
            NODE: self._make(NODE, "apinode", "--config", self.node_folder / "node.json"),
            SHIPPER: self._make(SHIPPER, "shipper", "--config", self.node_folder / "node.json"),
            GATEWAY: self._make(GATEWAY, "gateway", "--config", self.gateway_folder / "gateway.json"),
            GATEWAY_SHIPPER: self._make(
                GATEWAY_SHIPPER, "shipper", "--config", self.gateway_folder / "gateway.json"
            ),
        }
        for name, port in zip(names, server_ports, strict=True):
            self.processes[name] = self._make_server(name, port)

    def _list_proxies(self) -> list[str]:
        return [proxy.url for proxy in self.proxies]

    def _make(self, name: str, module: str, *arguments: object) -> Process:
        return Process(name, [f"wakeline.{module}", *map(str, arguments)], self.home)

    def _make_server(self, name: str, port: int) -> Process:
        (self.home / name).mkdir()
        return self._make(
            name,
            *("eventserver", "--home", self.home / name, "--port", port),
            *("--configuration", self.home / "rules.json", "--commit-interval", COMMIT_SECONDS),
        )

    def _write_files(self, package: Path, node_port: int, gateway_port: int, targets: Sequence[str]) -> None:
        keys = self.home / "keys.json"
        keys.write_text(json.dumps({"intake_key": KEY}))
        rules = {
            "rules_version": 1,
            "keys": [{"id": "intake", "sha256": hashlib.sha256(KEY.encode()).hexdigest()}],
            "connections": [{"id": "local", "type": "filesystem", "path": str(self.events)}],
            "destinations": [
                {"id": "events", "connection": "local", "path": "", "topics": None, "routing_keys": None}
            ],
            "servers": [{"id": target, "url": target} for target in targets],
        }
        (self.home / "rules.json").write_text(json.dumps(rules))
        reporting = {"servers": self._list_proxies(), "keys_file": str(keys)}
        node = {
            "node_id": f"{DEPLOYMENT}-0",
            "port": node_port,
            "project": PROJECT,
            "deployment_id": DEPLOYMENT,
            "infrastructure_id": "local",
            "services": [{"service_id": SERVICE, "generation": "v1", "package": str(package)}],
            "spool": {"folder": str(self.node_folder / "spool")},
            "reporting": reporting,
        }
        gateway = {
            "port": gateway_port,
            "spool": {
                "folder": str(self.gateway_folder / "spool"),
                "durability": "fsync",
                "when_full": "refuse",
            },
            "reporting": reporting,
            "keys_file": str(keys),
        }
        for folder, name, content in (
            (self.node_folder, "node.json", node),
            (self.gateway_folder, "gateway.json", gateway),
        ):
            folder.mkdir()
            (folder / name).write_text(json.dumps(content))

    @property
    def servers(self) -> list[Process]:
        return [self.processes[name] for name in EVENT_SERVERS if name in self.processes]

    def start_all(self) -> None:
        for process in self.processes.values():
            if not process.is_alive:
                process.start()
        self.wait_until_answering()

    def wait_until_answering(self, seconds: float = 60) -> None:
        for name, url in ((NODE, self.node_url), (GATEWAY, self.gateway_url)):
            self._wait(lambda url=url: _answers(url), seconds, self.processes[name])  # type: ignore[misc]

    def revive(self) -> None:
        """As a supervisor does: whatever has ended by itself is started again."""
        for process in self.processes.values():
            if not process.is_alive:
                process.start()

    def wipe_disk_of_node(self) -> None:
        """The spool of a dead node goes; what was answered and not yet shipped is noted as excepted."""
        self._except_unshipped()
        shutil.rmtree(self.node_folder / "spool")

    def copy_disk_of_node(self) -> Path:
        """As a snapshot of the volume does: the node stands still for the moment."""
        copy = self.home / "copy-of-the-disk"
        shutil.rmtree(copy, ignore_errors=True)
        for name in (NODE, SHIPPER):
            self.processes[name].freeze()
        shutil.copytree(self.node_folder / "spool", copy)
        for name in (NODE, SHIPPER):
            self.processes[name].thaw()
        return copy

    def restore_disk_of_node(self, copy: Path) -> None:
        self._except_unshipped()
        shutil.rmtree(self.node_folder / "spool")
        shutil.copytree(copy, self.node_folder / "spool")
        self.dropped_before -= count_dropped(self.node_folder / "spool")

    def _except_unshipped(self) -> None:
        spool = self.node_folder / "spool"
        self.dropped_before += count_dropped(spool)
        for path in list_spools(spool):
            self.excepted |= {
                event["prediction_id"] for event in read_spool(path) if event.get("prediction_id")
            }

    def drain(self, seconds: float = 90) -> None:
        """Node and gateway stop; then the shippers empty and remove every spool file."""
        for name in (NODE, GATEWAY):
            self.processes[name].stop()
        self._wait(lambda: not self._list_spools(), seconds, *self.processes.values())

    def _list_spools(self) -> list[Path]:
        return [
            path
            for folder in (self.node_folder, self.gateway_folder)
            for path in list_spools(folder / "spool")
        ]

    def count_dropped(self) -> int:
        """Of the node, on all the disks that it has had."""
        return self.dropped_before + count_dropped(self.node_folder / "spool")

    def end_all(self) -> None:
        for process in self.processes.values():
            process.end()
        for proxy in self.proxies:
            proxy.close()

    def tell_truth(self) -> None:
        for proxy in self.proxies:
            proxy.mode = PASS

    def _wait(self, is_so: Callable[[], bool], seconds: float, *processes: Process) -> None:
        deadline = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < deadline, "\n".join(process.read_log() for process in processes)
            time.sleep(0.1)


def count_dropped(spool: Path) -> int:
    """Events that the spool has declared dropped, by whatever reason, in living and in removed files."""
    totals = read_totals(spool)
    dropped = sum(events for reason, events in totals.events.items() if reason != SHIPPED)
    for path in list_spools(spool):
        try:
            with opened(path) as drain:
                dropped += sum(sum(entry.dropped.values()) for entry in drain.totals())
        except WakelineError:
            continue
    return dropped


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/isAlive", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _find_ports(count: int) -> list[int]:
    """Free now; a killed process takes the same one again."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports
