"""`python -m wakeline.apinode --config node.json`: composes one node and serves until SIGTERM.

At the end the queries in flight are answered, what they left is committed and the spool file is closed.
"""

import argparse
import logging
import signal
import socket
import sys
from pathlib import Path
from types import FrameType

from wakeline.apinode.composition import compose_node, create_outbox
from wakeline.apinode.packages import close_services, load_services
from wakeline.core.clock import SystemClock
from wakeline.core.errors import WakelineError
from wakeline.wire.configuration import NodeConfiguration, read_node_configuration
from wakeline.wire.listening import bind_loopback, name_url, serve

_LOGGER = logging.getLogger("wakeline.apinode")


def main(arguments: list[str]) -> int:
    """The exit code: 0 after SIGTERM, 1 with one line on stderr where the node cannot start."""
    parser = argparse.ArgumentParser(prog="python -m wakeline.apinode", description="Run one API node.")
    parser.add_argument("--config", type=Path, required=True, help="node.json, as the deployer writes it")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGTERM, _leave)
    try:
        run_node(read_node_configuration(options.config))
    except WakelineError as error:
        sys.stderr.write(f"wakeline api-node: {error.message}\n")
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def run_node(configuration: NodeConfiguration) -> None:
    """Ports first, then models, then the spool: a node that cannot start leaves no spool file behind."""
    listeners = [bind_loopback(configuration.host, configuration.port)]
    if configuration.admin_port is not None:
        listeners.append(bind_loopback(configuration.host, configuration.admin_port))
    services = load_services(configuration)
    outbox = create_outbox(configuration.spool)
    try:
        application = compose_node(
            configuration, services, outbox, admin_port=_find_admin_port(listeners), clock=SystemClock()
        )
        _LOGGER.info("%s listens on %s", configuration.node_id, ", ".join(map(name_url, listeners)))
        serve(application, listeners)
    finally:
        outbox.close()
        close_services(services)


def _find_admin_port(listeners: list[socket.socket]) -> int | None:
    return listeners[1].getsockname()[1] if len(listeners) > 1 else None


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """While the node starts; while it serves, uvicorn finishes first and then comes here."""
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
