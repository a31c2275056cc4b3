"""The page for Prometheus: what this home's spools hold, and how their shippers are."""

from fastapi import APIRouter, Response

from wakeline.deployer.event_metrics import list_samples
from wakeline.deployer.event_status import collect_event_status
from wakeline.metadata.queries import deployments
from wakeline.server.dependencies import PartsDep, SessionDep
from wakeline.wire.metrics import CONTENT_TYPE, render_metrics

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
def show_metrics(session: SessionDep, parts: PartsDep) -> Response:
    status = collect_event_status(
        parts.nodes,
        [row.deployment_id for row in deployments.list_deployments(session)],
        event_server_url=parts.addresses.event_server_url,
        gateway_url=parts.addresses.gateway_url,
    )
    return Response(
        render_metrics(list_samples(status, parts.clock.now_us())), media_type=CONTENT_TYPE.decode()
    )
