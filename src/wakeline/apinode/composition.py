"""The wiring of a node, the same for a process and for a test."""

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from wakeline.apinode.application import NodeApplication
from wakeline.apinode.journal import Journal
from wakeline.apinode.packages import Service
from wakeline.apinode.prediction import PredictionParts
from wakeline.core.clock import Clock
from wakeline.core.ids import PredictionIds
from wakeline.spool.group_commit import GroupCommit
from wakeline.spool.outbox import Outbox
from wakeline.spool.report import describe_outbox
from wakeline.wire.configuration import NodeConfiguration, SpoolSettings


def create_outbox(settings: SpoolSettings) -> Outbox:
    return Outbox.create(
        Path(settings.folder),
        durability=settings.durability,
        bytes_max=settings.bytes_max,
        when_full=settings.when_full,
    )


def compose_node(
    configuration: NodeConfiguration,
    services: Mapping[str, Service],
    outbox: Outbox,
    *,
    admin_port: int | None,
    clock: Clock,
    draw: Callable[[], float] = random.random,
) -> NodeApplication:
    """`draw` gives numbers in [0, 1) for the sampling."""
    ids = PredictionIds()
    parts = PredictionParts(
        journal=Journal(configuration, ids, draw),
        commits=GroupCommit(outbox, configuration.spool.durability),
        ids=ids,
        client_event_time=configuration.client_event_time,
    )
    return NodeApplication(
        services, parts, clock, admin_port=admin_port, report=lambda: _report(configuration, outbox)
    )


def _report(configuration: NodeConfiguration, outbox: Outbox) -> dict[str, Any]:
    return {
        "node_id": configuration.node_id,
        "deployment_id": configuration.deployment_id,
        "spool": describe_outbox(outbox.statistics()),
    }
