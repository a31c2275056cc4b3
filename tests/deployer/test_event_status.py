"""What the shippers report is believed while it is new and whole, and doubted in words otherwise."""

import json
from pathlib import Path
from typing import Any

import pytest

from wakeline.core.clock import SystemClock, format_rfc3339
from wakeline.deployer.event_status import collect_event_status
from wakeline.deployer.layout import locate_node
from wakeline.deployer.nodes import SHIPPER_STATUS_FILE, LocalNodes
from wakeline.deployer.ports import PortPlan
from wakeline.deployer.supervision import Supervisor

CLOSED = "http://127.0.0.1:9"
SECOND = 1_000_000


@pytest.fixture
def nodes(tmp_path: Path) -> LocalNodes:
    supervisor = Supervisor(tmp_path / "run", tmp_path / "logs")
    return LocalNodes(tmp_path, "127.0.0.1", supervisor, PortPlan(None, None), (CLOSED,))


def report(nodes: LocalNodes, *, age_s: int, **counts: Any) -> None:
    path = locate_node(nodes.home, "A-on-local") / SHIPPER_STATUS_FILE
    path.parent.mkdir(parents=True)
    written_us = SystemClock().now_us() - age_s * SECOND
    path.write_text(json.dumps(counts | {"updated_at": format_rfc3339(written_us)}))


@pytest.mark.parametrize(
    ("age_s", "unread", "words"),
    [(0, 0, None), (60, 0, "last report is 60 s old"), (0, 2, "2 spool file")],
)
def test_old_and_partial_reports_are_named(
    nodes: LocalNodes, age_s: int, unread: int, words: str | None
) -> None:
    report(nodes, age_s=age_s, spooled_events=3, unread_files=unread)
    status = collect_event_status(nodes, ["A-on-local"], event_server_url=CLOSED, gateway_url=CLOSED)
    assert status.spooled == 3
    doubt = status.unavailable.get("shipper of A-on-local")
    assert doubt is None if words is None else words in str(doubt)


def test_a_shipper_that_never_reported_is_named(nodes: LocalNodes) -> None:
    status = collect_event_status(nodes, ["A-on-local"], event_server_url=CLOSED, gateway_url=CLOSED)
    assert status.shippers == []
    assert status.unavailable["shipper of A-on-local"] == "it has not reported yet"
