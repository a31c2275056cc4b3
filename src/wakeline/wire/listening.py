"""Listening: sockets bound before anything else starts, and uvicorn on top of them.

Without more said only loopback addresses are bound. Others need TLS, or a word that the network is trusted.
"""

import errno
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wakeline.core.errors import ConflictError, InvalidInputError, NotPermittedError
from wakeline.wire.asgi import Application
from wakeline.wire.http_protocol import BoundedProtocol

_SHUTDOWN_SECONDS_MAX = 8
_KEEP_ALIVE_SECONDS = 75
_BACKLOG = 2048
_PORT_MAX = 65_535
_WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - to name them is not to bind them


@dataclass(frozen=True, slots=True)
class Exposure:
    """How a process may be reached. `names` are those that callers use for it, beside localhost.

    `trusted_network_without_tls` binds any address unencrypted: keys and events can be read on the way.
    """

    certificate: Path | None = None
    key: Path | None = None
    names: frozenset[str] = field(default_factory=frozenset)
    trusted_network_without_tls: bool = False

    @property
    def has_tls(self) -> bool:
        return self.certificate is not None

    @property
    def uvicorn_options(self) -> dict[str, Any]:
        if self.certificate is None:
            return {}
        return {
            "ssl_certfile": str(self.certificate),
            "ssl_keyfile": None if self.key is None else str(self.key),
        }


LOCAL = Exposure()


def expose(
    certificate: str | Path | None,
    key: str | Path | None,
    names: Iterable[str] = (),
    *,
    trusted_network_without_tls: bool = False,
) -> Exposure:
    """Checked; raises `InvalidInputError` for files that are not there or half given."""
    if bool(certificate) != bool(key):
        raise InvalidInputError("found only one of TLS certificate and TLS key; expected both or neither")
    for path in (certificate, key):
        if path and not Path(path).is_file():
            raise InvalidInputError(f"there is no file {path}; expected a PEM file for TLS")
    return Exposure(
        Path(certificate) if certificate else None,
        Path(key) if key else None,
        frozenset(name.strip().lower() for name in names if name.strip()),
        trusted_network_without_tls,
    )


def bind(host: str, port: int, exposure: Exposure = LOCAL) -> socket.socket:
    """A bound socket (0 takes any free port); raises if the port is taken or the address may not be bound."""
    if not _is_loopback(host) and not exposure.has_tls and not exposure.trusted_network_without_tls:
        raise NotPermittedError(
            f"found the address {host!r}, expected 127.0.0.1, ::1 or localhost: other addresses need TLS "
            "(certificate and key), or trusted_network_without_tls where nobody else can listen"
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


def bind_loopback(host: str, port: int) -> socket.socket:
    """As `bind`, for what never leaves this machine."""
    return bind(host, port)


def name_url(listener: socket.socket, exposure: Exposure = LOCAL) -> str:
    """Where others reach it: by the first of its names where it listens beyond this machine."""
    host, port = listener.getsockname()[:2]
    if exposure.names and (host in _WILDCARDS or exposure.has_tls):
        host = min(exposure.names)
    scheme = "https" if exposure.has_tls else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def list_hosts(listener: socket.socket, exposure: Exposure) -> frozenset[str]:
    """What a caller's `Host` may name beside localhost."""
    host = str(listener.getsockname()[0])
    return exposure.names | (frozenset() if host in _WILDCARDS else frozenset({host}))


def serve(application: Application, listeners: list[socket.socket], exposure: Exposure = LOCAL) -> None:
    """Serves until SIGTERM or SIGINT, then finishes the requests that are in flight and returns.

    uvicorn raises the signal again at its end; the caller's own handler decides what that means.
    """
    import uvicorn

    configuration = uvicorn.Config(
        application,
        loop="uvloop",
        http=BoundedProtocol,
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
        **exposure.uvicorn_options,
    )
    uvicorn.Server(configuration).run(sockets=listeners)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
