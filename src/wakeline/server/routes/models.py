"""Saved models: upload of a version, list, show, activate. An upload goes to disk as it comes."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from wakeline.core.clock import format_rfc3339
from wakeline.core.errors import TooLargeError
from wakeline.deployer.layout import locate_incoming
from wakeline.deployer.models import ARCHIVE_BYTES_MAX, store_model_version
from wakeline.metadata.queries import models
from wakeline.metadata.queries.projects import get_project
from wakeline.metadata.tables.serving import ModelVersion, SavedModel
from wakeline.server.answers import Listed
from wakeline.server.dependencies import PartsDep, SessionDep
from wakeline.server.etags import answer_unless_known, build_etag
from wakeline.server.parts import Parts
from wakeline.server.serving_answers import ModelAnswer, ModelDetail, ModelVersionAnswer, ModelVersionSummary

router = APIRouter(tags=["models"])


class Activation(BaseModel, extra="forbid"):
    version: str


@router.get("/models")
def list_models(session: SessionDep, project: str | None = None) -> Listed[ModelAnswer]:
    if project is not None:
        get_project(session, project)
    rows = models.list_models(session, project)
    return Listed(items=[ModelAnswer.model_validate(row) for row in rows])


@router.get("/models/{project}/{name}")
def show_model(project: str, name: str, session: SessionDep) -> ModelDetail:
    return _describe_model(session, models.get_model(session, project, name))


@router.post(
    "/models/{project}/{name}/versions",
    status_code=201,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def upload_version(
    project: str,
    name: str,
    request: Request,
    parts: PartsDep,
    *,
    version: str | None = None,
    activate: Annotated[bool, Query(description="Make it the active version.")] = True,
    trust_pickle: Annotated[
        bool, Query(description="Take a pickled model: code that nodes will run.")
    ] = False,
) -> ModelVersionAnswer:
    archive = locate_incoming(parts.home, "models").with_suffix(".zip")
    try:
        await _receive(request, archive)
        return await run_in_threadpool(
            _store,
            parts,
            archive,
            project=project,
            name=name,
            version=version,
            activate=activate,
            trust_pickle=trust_pickle,
        )
    finally:
        archive.unlink(missing_ok=True)


@router.get("/models/{project}/{name}/versions/{version}", response_model=ModelVersionAnswer)
def show_version(project: str, name: str, version: str, session: SessionDep, request: Request) -> Response:
    """`version` may be `active`."""
    row = models.get_version(session, project, name, version)
    model = models.get_model(session, project, name)
    body = _describe_version(row, model).model_dump_json().encode()
    return answer_unless_known(request, body, build_etag(body))


@router.post("/models/{project}/{name}/actions/activate")
def activate_version(project: str, name: str, body: Activation, session: SessionDep) -> ModelDetail:
    return _describe_model(session, models.activate_version(session, project, name, body.version))


async def _receive(request: Request, archive: Path) -> None:
    """Streams the body to disk; stops at the limit, whatever the header claims."""
    size = 0
    with archive.open("wb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > ARCHIVE_BYTES_MAX:
                raise TooLargeError(
                    f"the archive has more than {ARCHIVE_BYTES_MAX} bytes; expected a model of at most 2 GiB"
                )
            await run_in_threadpool(file.write, chunk)


def _store(
    parts: Parts,
    archive: Path,
    *,
    project: str,
    name: str,
    version: str | None,
    activate: bool,
    trust_pickle: bool,
) -> ModelVersionAnswer:
    with parts.storing, parts.sessions.begin() as session:
        row = store_model_version(
            session,
            parts.home,
            archive,
            project=project,
            name=name,
            version=version,
            activate=activate,
            now_us=parts.clock.now_us(),
            trust_pickle=trust_pickle,
        )
        return _describe_version(row, models.get_model(session, project, name))


def _describe_model(session: Session, model: SavedModel) -> ModelDetail:
    versions = models.list_versions(session, model.project, model.name)
    return ModelDetail(
        project=model.project,
        name=model.name,
        active_version=model.active_version,
        created_at=format_rfc3339(model.created_at_us),
        versions=[_summarise(row, model) for row in versions],
    )


def _summarise(row: ModelVersion, model: SavedModel) -> ModelVersionSummary:
    return ModelVersionSummary(
        version=row.version,
        active=row.version == model.active_version,
        task=row.manifest["schema"]["task"],
        engine=row.manifest["engine"],
        engine_reason=row.manifest["engine_reason"],
        reference_rows=row.manifest["reference"]["rows"],
        created_at=format_rfc3339(row.created_at_us),
    )


def _describe_version(row: ModelVersion, model: SavedModel) -> ModelVersionAnswer:
    return ModelVersionAnswer(
        **_summarise(row, model).model_dump(), project=row.project, name=row.name, manifest=row.manifest
    )
