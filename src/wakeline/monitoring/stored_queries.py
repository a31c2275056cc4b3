"""Test queries of an endpoint: given by hand, or taken from the reference rows of its model."""

import json
import math
from pathlib import Path
from typing import Any, Literal

from sqlalchemy.orm import Session

from wakeline.core.errors import InvalidInputError, NotFoundError, WakelineError
from wakeline.core.event import FEATURE_PREFIX
from wakeline.core.ids import mint_object_id
from wakeline.evaluation.reference import read_reference
from wakeline.metadata.queries import models, services, stored_queries
from wakeline.metadata.queries.locking import lock_project
from wakeline.metadata.tables.alerting import StoredQuery
from wakeline.metadata.tables.serving import ServiceEndpoint
from wakeline.monitoring.objects import check_name
from wakeline.scoring.manifest import read_manifest

GENERATED_MAX = 50
Source = Literal["stored", "reference", "none"]


def store_query(
    session: Session,
    place: tuple[str, str, str],
    name: str,
    features: dict[str, Any],
    now_us: int,
) -> StoredQuery:
    """`place`: project, service, endpoint."""
    project, service_id, endpoint_id = place
    lock_project(session, project)
    find_service_endpoint(session, place)
    row = StoredQuery(
        id=mint_object_id(),
        project=project,
        service_id=service_id,
        endpoint_id=endpoint_id,
        name=check_name("query", name),
        features=features,
        created_at_us=now_us,
    )
    return stored_queries.add_query(session, row)


def generate_queries(
    session: Session, home: Path, place: tuple[str, str, str], count: int, now_us: int
) -> list[StoredQuery]:
    """From reference rows spread over the whole sample; numbered on from those that are there."""
    if not 1 <= count <= GENERATED_MAX:
        raise InvalidInputError(f"count is {count}; expected 1 to {GENERATED_MAX}")
    endpoint = find_service_endpoint(session, place)
    rows = read_reference_rows(session, home, endpoint, count)
    taken = {row.name for row in stored_queries.list_queries(session, *place)}
    made, number = [], 1
    for offset, features in enumerate(rows):
        while f"Reference {number}" in taken:
            number += 1
        taken.add(f"Reference {number}")
        made.append(store_query(session, place, f"Reference {number}", features, now_us + offset))
    return made


def read_reference_rows(
    session: Session, home: Path, endpoint: ServiceEndpoint, count: int
) -> list[dict[str, Any]]:
    """Features of reference rows as callers send them; a missing value is null."""
    version = models.get_version(session, endpoint.project, endpoint.model, endpoint.version)
    folder = home / version.path
    table = read_reference(folder, read_manifest(folder)).table
    names = [name for name in table.column_names if name.startswith(FEATURE_PREFIX)]
    step = max(1, table.num_rows // count)
    positions = range(0, min(table.num_rows, step * count), step)
    return [
        {name.removeprefix(FEATURE_PREFIX): _plain(table.column(name)[at].as_py()) for name in names}
        for at in positions
    ]


def pick_query(session: Session, home: Path, place: tuple[str, str, str]) -> tuple[Source, dict[str, Any]]:
    """Features that show how one asks, and where they are from."""
    stored = stored_queries.list_queries(session, *place)
    if stored:
        return "stored", stored[0].features
    try:
        rows = read_reference_rows(session, home, find_service_endpoint(session, place), 1)
    except WakelineError:
        # Code without values is still of use.
        rows = []
    return ("reference", rows[0]) if rows else ("none", {})


def parse_features(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        raise InvalidInputError(f"the features are no JSON: {error}; expected an object") from error
    if not isinstance(found, dict):
        raise InvalidInputError(f"the features are {text[:40]}; expected a JSON object of name and value")
    return found


def find_service_endpoint(session: Session, place: tuple[str, str, str]) -> ServiceEndpoint:
    project, service_id, endpoint_id = place
    services.get_service(session, project, service_id)
    listed = {row.endpoint_id: row for row in services.list_endpoints(session, project, service_id)}
    if endpoint_id not in listed:
        raise NotFoundError(
            f"the service {project}/{service_id} has no endpoint {endpoint_id!r}; it has: {', '.join(listed)}"
        )
    return listed[endpoint_id]


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
