"""Listening on this machine: sockets bound before anything else starts, and uvicorn on top of them.

Only loopback addresses are bound until access control exists.
"""

import errno
import ipaddress
import socket

from wakeline.core.errors import ConflictError, InvalidInputError, NotPermittedError
from wakeline.wire.asgi import Application

_SHUTDOWN_SECONDS_MAX = 8
_KEEP_ALIVE_SECONDS = 75
_BACKLOG = 2048
_PORT_MAX = 65_535


def bind_loopback(host: str, port: int) -> socket.socket:
    """A bound socket (0 takes any free port); raises if the port is taken or the address is not loopback."""
    if not _is_loopback(host):
        raise NotPermittedError(
            f"found the address {host!r}, expected 127.0.0.1, ::1 or localhost: "
            "other addresses are refused until access control exists"
        )
    if not 0 <= port <= _PORT_MAX:
        raise InvalidInputError(f"{port} is not a port; expected 1 to {_PORT_MAX}, or 0 for any free one")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # A second process may bind a port that nobody listens on yet, so listen at once.
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ConflictError(
                f"port {port} on {host} is in use; stop the process that holds it or choose another port"
            ) from error
        raise ConflictError(f"port {port} on {host} cannot be bound: {error.strerror}") from error
    listener.setblocking(False)
    return listener


def name_url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(application: Application, listeners: list[socket.socket]) -> None:
    """Serves until SIGTERM or SIGINT, then finishes the requests that are in flight and returns.

    uvicorn raises the signal again at its end; the caller's own handler decides what that means.
    """
    import uvicorn

    configuration = uvicorn.Config(
        application,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS_MAX,
        backlog=_BACKLOG,
    )
    uvicorn.Server(configuration).run(sockets=listeners)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
