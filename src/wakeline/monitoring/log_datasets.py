"""The log of a deployed endpoint is a dataset of its project from its first event on, without a click.

It is made with the deployment and reads a table that is yet to come. Who deletes it is not given it again,
unless by Configure.
"""

from collections.abc import Collection

from sqlalchemy.orm import Session

from wakeline.core.errors import UnavailableError
from wakeline.metadata.queries import deployments, services
from wakeline.metadata.tables.monitoring import Dataset
from wakeline.monitoring import objects
from wakeline.monitoring.plan import Wishes, build_plan
from wakeline.monitoring.watched import PREDICTION_KIND, find_endpoint


def list_endpoint_ids(session: Session, deployment_id: str) -> set[str]:
    """Of the generation that is deployed; those whose queries leave predictions."""
    row = deployments.get_deployment(session, deployment_id)
    generation = services.get_generation(session, row.project, row.service_id, row.generation)
    return {entry["endpoint_id"] for entry in generation.endpoints if entry["kind"] == PREDICTION_KIND}


def create_log_datasets(
    session: Session, deployment_id: str, now_us: int, *, known: Collection[str] = ()
) -> list[Dataset]:
    """Of the endpoints that are not `known` and have none; none while no destination takes the events."""
    made = []
    for endpoint_id in sorted(list_endpoint_ids(session, deployment_id) - set(known)):
        try:
            endpoint = find_endpoint(session, deployment_id, endpoint_id)
        except UnavailableError:
            continue
        plan = build_plan(session, endpoint, Wishes())
        if plan.parts.dataset is None:
            made.append(
                objects.create_dataset(
                    session,
                    endpoint.project,
                    plan.dataset,
                    connection_id=endpoint.connection_id,
                    path=endpoint.path,
                    now_us=now_us,
                )
            )
    return made
