"""API nodes on this machine: writes their `node.json`, runs each with its shipper, asks whether they answer.

Knows no database. A node whose configuration is unchanged keeps running through a restart of the server.
"""

import hashlib
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

from wakeline import __version__
from wakeline.core.errors import UnavailableError
from wakeline.deployer.layout import locate_node
from wakeline.deployer.ports import NodePorts, PortPlan, check_ports_free, find_free_ports, is_port_free
from wakeline.deployer.supervision import ProcessState, Supervisor
from wakeline.spool.layout import list_spools
from wakeline.wire.configuration import NodeConfiguration

NODE_FILE = "node.json"
SPOOL_FOLDER = "spool"
SHIPPER_STATUS_FILE = "shipper.json"
START_SECONDS_MAX = 60.0
DRAIN_SECONDS_MAX = 15.0
_PROBE_SECONDS_MAX = 2.0
_POLL_SECONDS = 0.05
_LOG_LINES = 15


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """`state`: `running` (it answers), `starting` (it does not yet), `restarting` (it ended), `stopped`."""

    node_id: str
    url: str
    admin_url: str
    pid: int | None
    state: str
    restarts: int


@dataclass(frozen=True, slots=True)
class LocalNodes:
    """The nodes of the infrastructure `local`."""

    home: Path
    host: str
    supervisor: Supervisor
    plan: PortPlan
    event_servers: tuple[str, ...]
    drain_seconds_max: float = DRAIN_SECONDS_MAX
    ca_file: str | None = None

    def choose_ports(self, slot: int) -> NodePorts:
        return self.plan.find_fixed(slot) or find_free_ports(self.host)

    def revise_ports(self, node_id: str, slot: int, kept: NodePorts) -> NodePorts:
        """The ports at a start of the server: the planned ones, else those it had if they are to be had."""
        fixed = self.plan.find_fixed(slot)
        if fixed is not None:
            return fixed
        usable = self.supervisor.has_leftover(name_process(node_id)) or (
            is_port_free(self.host, kept.port) and is_port_free(self.host, kept.admin_port)
        )
        return kept if usable else find_free_ports(self.host)

    def launch(self, configuration: NodeConfiguration) -> None:
        """Starts the node and returns when it answers; a node that does not start is stopped again."""
        ports = NodePorts(configuration.port, configuration.admin_port or 0)
        check_ports_free(self.host, ports, configuration.node_id)
        self.resume(configuration)
        try:
            self._wait_until_answering(configuration)
        except UnavailableError:
            self.stop(configuration.node_id)
            raise

    def resume(self, configuration: NodeConfiguration) -> None:
        """Adopts the node of an earlier life, or starts it; does not wait."""
        path = self._write_configuration(configuration)
        content = path.read_bytes()
        self.supervisor.start(
            name_process(configuration.node_id),
            [sys.executable, "-m", "wakeline.apinode", "--config", str(path)],
            port=configuration.port,
            fingerprint=_digest(content),
            answers=lambda: is_answering(self.locate_admin(configuration.admin_port)),
        )
        self.supervisor.start(
            name_shipper(configuration.node_id),
            [sys.executable, "-m", "wakeline.shipper", "--config", str(path)],
            fingerprint=_digest(msgspec.json.encode([configuration.reporting, configuration.spool])),
        )

    def stop(self, node_id: str) -> None:
        """The node ends before its shipper, which is left a moment less to do."""
        self.supervisor.stop([name_process(node_id)])
        self.supervisor.stop([name_shipper(node_id)])

    def stop_node_only(self, node_id: str) -> None:
        """Its shipper goes on, and brings away what the node left in its spool."""
        self.supervisor.stop([name_process(node_id)])

    def wait_until_drained(self, deployment_id: str) -> int:
        """Waits for the shipper of a node that has ended; answers how many spool files still hold events.

        The files tell, not the shipper's report: one that has just started has not counted yet.
        """
        folder = locate_node(self.home, deployment_id) / SPOOL_FOLDER
        deadline = time.monotonic() + self.drain_seconds_max
        while (waiting := len(list_spools(folder))) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        return waiting

    def read_shipper_status(self, deployment_id: str) -> dict[str, Any] | None:
        """The shipper's own report, or None before its first."""
        return read_shipper_report(locate_node(self.home, deployment_id))

    def describe(self, node_id: str, ports: NodePorts) -> NodeStatus:
        process = self.supervisor.find(name_process(node_id))
        admin_url = self.locate_admin(ports.admin_port)
        return NodeStatus(
            node_id=node_id,
            url=f"http://{self.host}:{ports.port}",
            admin_url=admin_url,
            pid=process.pid if process else None,
            state=_name_state(process.state if process else None, admin_url),
            restarts=process.restarts if process else 0,
        )

    def locate_admin(self, admin_port: int | None) -> str:
        return f"http://{self.host}:{admin_port}"

    def _write_configuration(self, configuration: NodeConfiguration) -> Path:
        folder = locate_node(self.home, configuration.deployment_id)
        (folder / SPOOL_FOLDER).mkdir(parents=True, exist_ok=True)
        path = folder / NODE_FILE
        content = msgspec.json.format(msgspec.json.encode(configuration))
        draft = path.with_suffix(".draft")
        draft.write_bytes(content)
        draft.replace(path)
        return path

    def _wait_until_answering(self, configuration: NodeConfiguration) -> None:
        name = name_process(configuration.node_id)
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            process = self.supervisor.find(name)
            if process is None or process.restarts or process.state is not ProcessState.RUNNING:
                raise self._explain_failure(configuration.node_id, "ended while it was starting")
            if is_answering(self.locate_admin(configuration.admin_port)):
                return
            time.sleep(_POLL_SECONDS)
        raise self._explain_failure(configuration.node_id, f"did not answer within {START_SECONDS_MAX:.0f} s")

    def _explain_failure(self, node_id: str, what: str) -> UnavailableError:
        tail = self.supervisor.read_log_tail(name_process(node_id), _LOG_LINES)
        return UnavailableError(
            f"the node {node_id} {what}; its log ends with:\n{tail or '(nothing)'}",
            details={"node_id": node_id, "log": tail.splitlines()},
        )


def read_shipper_report(folder: Path) -> dict[str, Any] | None:
    """What the shipper beside this folder's spool wrote last; None where it has not, or not whole."""
    try:
        return msgspec.json.decode((folder / SHIPPER_STATUS_FILE).read_bytes(), type=dict[str, Any])
    except (OSError, ValueError):
        return None


def name_process(node_id: str) -> str:
    return f"node-{node_id}"


def name_shipper(node_id: str) -> str:
    return f"shipper-{node_id}"


def is_answering(admin_url: str) -> bool:
    try:
        return httpx.get(f"{admin_url}/isAlive", timeout=_PROBE_SECONDS_MAX, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def _name_state(state: ProcessState | None, admin_url: str) -> str:
    if state is None:
        return "stopped"
    if state is ProcessState.RUNNING:
        return "running" if is_answering(admin_url) else "starting"
    return "restarting"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content + __version__.encode()).hexdigest()
