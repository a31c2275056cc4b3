"""`python -m wakeline.server`: composes the server, resumes its nodes, serves until SIGTERM.

Whatever ends it, the nodes and shippers that it supervises end with it; only a killed server leaves them,
and its next life adopts them.
"""

import argparse
import fcntl
import logging
import os
import signal
import sys
from pathlib import Path

import uvicorn

from wakeline.core.errors import ConflictError, WakelineError
from wakeline.deployer.deployments import resume_all
from wakeline.deployer.ports import NodePorts
from wakeline.server.application import create_app
from wakeline.server.parts import Addresses, Parts, compose
from wakeline.settings import Settings, read_settings
from wakeline.wire.listening import bind_loopback, name_url

_GRACEFUL_SHUTDOWN_SECONDS = 2
_LOCK_FILE = "server.lock"


def main(arguments: list[str] | None = None) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGTERM, _leave)
    try:
        _run(_parse(arguments))
    except WakelineError as error:
        print(f"wakeline.server: {error.message}", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m wakeline.server", description=__doc__)
    parser.add_argument("--home", type=Path, help="folder of all state")
    parser.add_argument("--host", help="loopback address to listen on; others are refused")
    parser.add_argument("--port", type=int, help="port of the REST API and the pages; 0 picks a free one")
    parser.add_argument("--event-server-port", type=int, help="where nodes ship their events; usually P+1")
    parser.add_argument("--gateway-port", type=int, help="where the gateway listens; usually P+3")
    parser.add_argument("--node-port", type=int, help="the first node's port; usually P+2")
    parser.add_argument("--node-admin-port", type=int, help="the first node's admin port; usually P+4")
    return parser.parse_args(arguments)


def _run(given: argparse.Namespace) -> None:
    settings = read_settings(home=given.home, host=given.host, port=given.port)
    listener = bind_loopback(settings.host, settings.port)
    home = settings.home_folder
    lock = _take_lock(home)
    parts = compose(home, _choose_addresses(given, settings), settings.database_url)
    try:
        with parts.deploying, parts.sessions.begin() as session:
            resume_all(session, parts.nodes)
        logging.getLogger("wakeline.server").info("listening on %s", name_url(listener))
        configuration = uvicorn.Config(
            create_app(parts),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACEFUL_SHUTDOWN_SECONDS,
        )
        uvicorn.Server(configuration).run(sockets=[listener])
    finally:
        _stop(parts)
        os.close(lock)


def _choose_addresses(given: argparse.Namespace, settings: Settings) -> Addresses:
    """The event server and the gateway are at P+1 and P+3 unless said otherwise, whatever P's socket got."""
    host, port = settings.host, settings.port
    first = None
    if given.node_port is not None and given.node_admin_port is not None:
        first = NodePorts(given.node_port, given.node_admin_port)
    return Addresses(
        server_port=port,
        event_server_port=given.event_server_port or port + 1,
        gateway_port=given.gateway_port or port + 3,
        host=host,
        first_node=first,
        own_event_server=settings.event_server_url,
        ca_file=settings.ca_file or None,
    )


def _take_lock(home: Path) -> int:
    """One server a home; the lock ends with the process."""
    (home / "run").mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home / "run" / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise ConflictError(
            f"another server runs on the home {home}; stop it, or choose another --home"
        ) from error
    return descriptor


def _stop(parts: Parts) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    parts.nodes.supervisor.stop_all()


def _leave(_number: int, _frame: object) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    raise SystemExit(main())
