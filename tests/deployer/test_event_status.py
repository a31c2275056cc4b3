"""What the shippers report is believed while it is new and whole, and doubted in words otherwise."""

import json
from pathlib import Path
from typing import Any

import pytest

from wakeline.core.clock import SystemClock, format_rfc3339
from wakeline.core.event import Durability, Stream
from wakeline.deployer import event_metrics
from wakeline.deployer.event_status import collect_event_status
from wakeline.deployer.layout import locate_node
from wakeline.deployer.nodes import SHIPPER_STATUS_FILE, LocalNodes
from wakeline.deployer.ports import PortPlan
from wakeline.deployer.supervision import Supervisor
from wakeline.spool.drain import Drain
from wakeline.spool.layout import list_spools
from wakeline.spool.outbox import Outbox
from wakeline.wire.metrics import render_metrics

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
    assert status.shippers[0]["spooled_events"] == 3
    doubt = status.unavailable.get("shipper of A-on-local")
    assert doubt is None if words is None else words in str(doubt)


def test_a_shipper_that_never_reported_is_named(nodes: LocalNodes) -> None:
    status = collect_event_status(nodes, ["A-on-local"], event_server_url=CLOSED, gateway_url=CLOSED)
    assert status.shippers == []
    assert status.unavailable["shipper of A-on-local"] == "it has not reported yet"


def test_counts_come_from_the_spools_also_without_a_shipper(nodes: LocalNodes) -> None:
    folder = locate_node(nodes.home, "A-on-local") / "spool"
    folder.mkdir(parents=True)
    stream = Stream("api-node-query", "A-on-local", "e")
    for _ in range(2):
        outbox = Outbox.create(folder, durability=Durability.FSYNC)
        outbox.append(stream, [b"{}"] * 5)
        outbox.commit()
        outbox.close()
    first, _ = list_spools(folder)
    drain = Drain.open(first)
    assert drain.claim(stream, events_max=10, bytes_max=10**6)
    drain.dead_letter(stream, 2, "malformed-batch", "bad")
    drain.acknowledge(stream, 5)
    assert drain.remove_if_drained()
    status = collect_event_status(nodes, ["A-on-local"], event_server_url=CLOSED, gateway_url=CLOSED)
    [found] = status.streams
    assert (found.stream, found.accepted, found.stored, found.spooled) == (str(stream), 10, 4, 5)
    assert (found.dropped, found.dead_letters, status.accepted) == ({}, 1, 10)
    assert status.accepted == status.stored + status.spooled + status.dropped + status.dead_letters
    page = render_metrics(event_metrics.list_samples(status, 0)).decode()
    labels = 'endpoint="e",routing_key="A-on-local",topic="api-node-query"'
    assert f"wakeline_events_accepted_total{{{labels}}} 10.0" in page
    assert f"wakeline_spooled_events{{{labels}}} 5.0" in page
