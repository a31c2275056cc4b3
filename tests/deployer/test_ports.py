"""Which ports nodes get, and a busy one is named."""

import socket

import pytest

from wakeline.core.errors import ConflictError
from wakeline.deployer.ports import NodePorts, PortPlan, check_ports_free, find_free_ports, is_port_free


def test_ports_beside_a_server() -> None:
    plan = PortPlan.beside(4180)
    assert [plan.find_fixed(slot) for slot in range(3)] == [
        NodePorts(4182, 4184),
        NodePorts(4192, 4193),
        NodePorts(4194, 4195),
    ]
    assert PortPlan.beside(4180, NodePorts(4182, 4184)) == plan


def test_free_ports_for_further_nodes_where_the_first_are_picked() -> None:
    picked = PortPlan.beside(50_000, NodePorts(40_001, 40_007))
    assert (picked.find_fixed(0), picked.find_fixed(1)) == (NodePorts(40_001, 40_007), None)
    assert PortPlan.free().find_fixed(0) is None


def test_a_busy_port_is_named() -> None:
    free = find_free_ports("127.0.0.1")
    check_ports_free("127.0.0.1", free, "n")
    with socket.socket() as other:
        other.bind(("127.0.0.1", free.admin_port))
        other.listen()
        assert not is_port_free("127.0.0.1", free.admin_port)
        with pytest.raises(ConflictError, match=str(free.admin_port)):
            check_ports_free("127.0.0.1", free, "n")
