"""What a running server holds: plain values and the few things with a lifetime, composed in `compose`."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from wakeline.core.clock import Clock, SystemClock
from wakeline.deployer.destinations import seed_first_start
from wakeline.deployer.keys import ensure_keys
from wakeline.deployer.nodes import LocalNodes
from wakeline.deployer.ports import NodePorts, PortPlan
from wakeline.deployer.supervision import Supervisor
from wakeline.loglake.row_order import RowOrders
from wakeline.metadata.session import locate_database, make_sessions, open_database
from wakeline.monitoring.messenger import Messenger
from wakeline.server.jobs import JobRunner
from wakeline.server.rounds import Scheduler
from wakeline.server.tasks import JOB_FUNCTIONS

NODES_STOP_GRACE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the processes of this machine listen. `first_node`: None for the usual ports beside it;
    a `server_port` of 0 means free ports for all nodes."""

    server_port: int
    event_server_port: int
    gateway_port: int
    host: str = "127.0.0.1"
    first_node: NodePorts | None = None
    own_event_server: str = ""
    """Its URL, where it is not at the port of this host."""
    ca_file: str | None = None
    """What verifies it, where no public authority knows it."""

    @property
    def server_url(self) -> str:
        return f"http://{self.host}:{self.server_port}"

    @property
    def event_server_url(self) -> str:
        return self.own_event_server.rstrip("/") or f"http://{self.host}:{self.event_server_port}"

    @property
    def gateway_url(self) -> str:
        return f"http://{self.host}:{self.gateway_port}"

    def plan_nodes(self) -> PortPlan:
        if self.server_port == 0 and self.first_node is None:
            return PortPlan.free()
        return PortPlan.beside(self.server_port, self.first_node)


@dataclass(frozen=True, slots=True)
class Parts:
    """Handed to `create_app`; routes get at it through `server.dependencies`."""

    home: Path
    sessions: sessionmaker[Session]
    nodes: LocalNodes
    addresses: Addresses
    jobs: JobRunner
    scheduler: Scheduler
    messenger: Messenger
    clock: Clock = field(default_factory=SystemClock)
    deploying: threading.Lock = field(default_factory=threading.Lock)
    """Held through every act on deployments, commit included."""
    storing: threading.Lock = field(default_factory=threading.Lock)
    """Held while a model version or a service's generation is put in its place."""
    orders: RowOrders = field(default_factory=RowOrders)
    """Of the rows that pages of datasets have asked for."""


def compose(home: Path, addresses: Addresses, database_url: str = "", *, clock: Clock | None = None) -> Parts:
    """Opens the home, and makes it at the first start; starts nothing."""
    home.mkdir(parents=True, exist_ok=True)
    ensure_keys(home)
    clock = clock or SystemClock()
    sessions = make_sessions(open_database(database_url or locate_database(home)))
    with sessions.begin() as session:
        seed_first_start(session, clock.now_us())
    nodes = LocalNodes(
        home=home,
        host=addresses.host,
        supervisor=Supervisor(home / "run" / "nodes", home / "logs", NODES_STOP_GRACE_SECONDS),
        plan=addresses.plan_nodes(),
        event_servers=(addresses.event_server_url,),
        ca_file=addresses.ca_file,
    )
    return Parts(
        home=home,
        sessions=sessions,
        nodes=nodes,
        addresses=addresses,
        jobs=JobRunner(sessions, home, JOB_FUNCTIONS, clock=clock),
        scheduler=Scheduler(sessions, clock),
        messenger=Messenger(sessions, clock, addresses.server_url),
        clock=clock,
    )
