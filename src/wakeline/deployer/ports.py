"""Which ports the nodes of this machine get, and whether one is free."""

import socket
from dataclasses import dataclass

from wakeline.core.errors import ConflictError

_FIRST_NODE_OFFSET = 2
_FIRST_ADMIN_OFFSET = 4
_FURTHER_NODES_OFFSET = 10


@dataclass(frozen=True, slots=True)
class NodePorts:
    port: int
    admin_port: int


@dataclass(frozen=True, slots=True)
class PortPlan:
    """Ports by a node's slot. Beside a server on P: P+2 and P+4, then P+10+2n and P+11+2n; or free ones."""

    first: NodePorts | None
    further_from: int | None

    @classmethod
    def beside(cls, server_port: int, first: NodePorts | None = None) -> "PortPlan":
        """`first` differs from P+2, P+4 where a caller picked free ports: then further ones are free too."""
        usual = NodePorts(server_port + _FIRST_NODE_OFFSET, server_port + _FIRST_ADMIN_OFFSET)
        if first is None or first == usual:
            return cls(usual, server_port + _FURTHER_NODES_OFFSET)
        return cls(first, None)

    @classmethod
    def free(cls) -> "PortPlan":
        return cls(None, None)

    def find_fixed(self, slot: int) -> NodePorts | None:
        """None where the slot takes whatever is free."""
        if slot == 0:
            return self.first
        if self.further_from is None:
            return None
        return NodePorts(self.further_from + 2 * slot, self.further_from + 2 * slot + 1)


def find_free_ports(host: str) -> NodePorts:
    with socket.socket(_family(host)) as one, socket.socket(_family(host)) as other:
        one.bind((host, 0))
        other.bind((host, 0))
        return NodePorts(one.getsockname()[1], other.getsockname()[1])


def is_port_free(host: str, port: int) -> bool:
    with socket.socket(_family(host)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def check_ports_free(host: str, ports: NodePorts, owner: str) -> None:
    for port in (ports.port, ports.admin_port):
        if not is_port_free(host, port):
            raise ConflictError(
                f"port {port} on {host}, which the node {owner} needs, is in use by another process; "
                "stop that process, or start Wakeline with another --port",
                details={"port": port},
            )


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
