"""Erasures: rows taken out of the logs by key, and the record of it."""

from fastapi import APIRouter
from pydantic import BaseModel

from wakeline.metadata.queries import erasures
from wakeline.metadata.queries.projects import get_project
from wakeline.monitoring.erasure import Request, request_erasure
from wakeline.server.answers import Listed
from wakeline.server.dependencies import PartsDep, SessionDep
from wakeline.server.upkeep_answers import ErasureAnswer

router = APIRouter(tags=["erasures"])


class NewErasure(BaseModel, extra="forbid"):
    """`where` is `column=value`; `asked_by` is a person, kept in the record."""

    project: str
    prediction_ids: list[str] = []
    where: str | None = None
    asked_by: str = ""


@router.get("/erasures")
def list_all(session: SessionDep, project: str) -> Listed[ErasureAnswer]:
    """The newest first; of the keys only hashes are known."""
    get_project(session, project)
    rows = erasures.list_erasures(session, project)
    return Listed(items=[ErasureAnswer.model_validate(row) for row in rows])


@router.post("/erasures", status_code=202)
def create(body: NewErasure, session: SessionDep, parts: PartsDep) -> ErasureAnswer:
    """Its job erases; it cannot be undone."""
    request = Request(tuple(dict.fromkeys(body.prediction_ids)), body.where)
    row = request_erasure(
        session, parts.home, body.project, request, asked_by=body.asked_by, now_us=parts.clock.now_us()
    )
    return ErasureAnswer.model_validate(row)


@router.get("/erasures/{erasure_id}")
def show(erasure_id: str, session: SessionDep) -> ErasureAnswer:
    return ErasureAnswer.model_validate(erasures.get_erasure(session, erasure_id))
