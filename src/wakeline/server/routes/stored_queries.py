"""Test queries that are kept with an endpoint, and code that asks a deployed one."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, JsonValue

from wakeline.deployer.trial import locate_endpoint
from wakeline.metadata.queries import deployments, stored_queries
from wakeline.monitoring.sample_code import render_sample_code
from wakeline.monitoring.stored_queries import (
    GENERATED_MAX,
    Source,
    find_service_endpoint,
    generate_queries,
    parse_features,
    pick_query,
    store_query,
)
from wakeline.server.answers import Answer, Listed, Moment
from wakeline.server.dependencies import PartsDep, SessionDep

router = APIRouter(tags=["services"])
_PLACE = "/services/{project}/{service_id}/endpoints/{endpoint_id}"


class NewStoredQuery(BaseModel, extra="forbid"):
    name: str
    features: dict[str, JsonValue]


class Generation(BaseModel, extra="forbid"):
    """How many rows of the model's reference are taken."""

    count: Annotated[int, Field(ge=1, le=GENERATED_MAX)] = 5


class StoredQueryAnswer(Answer):
    id: str
    project: str
    service_id: str
    endpoint_id: str
    name: str
    features: dict[str, JsonValue]
    created_at: Moment = Field(validation_alias="created_at_us")


class SampleCodeAnswer(Answer):
    language: Literal["curl", "python", "javascript"]
    code: str


class SampleCode(Answer):
    """`source`: where the features of the code are from; `none`: there was nothing to take them from."""

    source: Literal["given", Source]
    items: list[SampleCodeAnswer]


@router.get(_PLACE + "/test-queries")
def list_queries(
    project: str, service_id: str, endpoint_id: str, session: SessionDep
) -> Listed[StoredQueryAnswer]:
    find_service_endpoint(session, (project, service_id, endpoint_id))
    rows = stored_queries.list_queries(session, project, service_id, endpoint_id)
    return Listed(items=[StoredQueryAnswer.model_validate(row) for row in rows])


@router.post(_PLACE + "/test-queries", status_code=201)
def create_query(
    project: str,
    service_id: str,
    endpoint_id: str,
    *,
    body: NewStoredQuery,
    session: SessionDep,
    parts: PartsDep,
) -> StoredQueryAnswer:
    place = (project, service_id, endpoint_id)
    row = store_query(session, place, body.name, body.features, parts.clock.now_us())
    return StoredQueryAnswer.model_validate(row)


@router.post(_PLACE + "/actions/generate-test-queries", status_code=201)
def generate(
    project: str,
    service_id: str,
    endpoint_id: str,
    *,
    session: SessionDep,
    parts: PartsDep,
    body: Generation | None = None,
) -> Listed[StoredQueryAnswer]:
    """From rows of the model's reference, spread over the whole sample."""
    place, count = (project, service_id, endpoint_id), (body or Generation()).count
    rows = generate_queries(session, parts.home, place, count, parts.clock.now_us())
    return Listed(items=[StoredQueryAnswer.model_validate(row) for row in rows])


@router.delete("/test-queries/{query_id}", status_code=204)
def delete_query(query_id: str, session: SessionDep) -> None:
    stored_queries.delete_query(session, stored_queries.get_query(session, query_id))


@router.get("/deployments/{deployment_id}/endpoints/{endpoint_id}/sample-code")
def list_sample_code(
    deployment_id: str,
    endpoint_id: str,
    *,
    features: str | None = None,
    session: SessionDep,
    parts: PartsDep,
) -> SampleCode:
    """With `features` (a JSON object), else the first stored query, else a row of the model's reference."""
    row = deployments.get_deployment(session, deployment_id)
    url = locate_endpoint(session, parts.nodes, row, endpoint_id)
    place = (row.project, row.service_id, endpoint_id)
    source: Literal["given", Source] = "given"
    if features is None:
        source, chosen = pick_query(session, parts.home, place)
    else:
        chosen = parse_features(features)
    return SampleCode(
        source=source,
        items=[
            SampleCodeAnswer.model_validate({"language": language, "code": code})
            for language, code in render_sample_code(url, chosen).items()
        ],
    )
