"""Run & Test: one real query to a deployment's node, answered as the node answers it."""

import time
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy.orm import Session

from wakeline.core.errors import NotFoundError, UnavailableError
from wakeline.deployer.nodes import LocalNodes
from wakeline.metadata.queries import deployments, services
from wakeline.metadata.tables.serving import Deployment

_QUERY_SECONDS_MAX = 30.0


@dataclass(frozen=True, slots=True)
class TrialAnswer:
    """`answer` is the node's JSON, also when `status` is an error's."""

    url: str
    status: int
    elapsed_ms: float
    answer: Any


def locate_endpoint(session: Session, nodes: LocalNodes, row: Deployment, endpoint_id: str) -> str:
    """The address to which callers post a single prediction."""
    generation = services.get_generation(session, row.project, row.service_id, row.generation)
    known = [endpoint["endpoint_id"] for endpoint in generation.endpoints]
    if endpoint_id not in known:
        raise NotFoundError(
            f"the deployment {row.deployment_id} has no endpoint {endpoint_id!r}; it has: {', '.join(known)}"
        )
    node = deployments.list_nodes(session, row.deployment_id)[0]
    return f"http://{nodes.host}:{node.port}/public/api/v1/{row.service_id}/{endpoint_id}/predict"


def try_query(url: str, features: dict[str, Any]) -> TrialAnswer:
    started = time.perf_counter()
    try:
        response = httpx.post(url, json={"features": features}, timeout=_QUERY_SECONDS_MAX, trust_env=False)
        answer = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise UnavailableError(f"the node at {url} gives no answer: {error}; see its log") from error
    elapsed_ms = (time.perf_counter() - started) * 1000
    return TrialAnswer(url, response.status_code, round(elapsed_ms, 3), answer)
