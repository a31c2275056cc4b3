"""Model evaluation stores."""

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy.orm import Session

from wakeline.core.clock import format_rfc3339
from wakeline.metadata.queries import evaluations, recipes, stores, zones
from wakeline.metadata.queries.projects import check_project
from wakeline.metadata.tables.monitoring import Store
from wakeline.monitoring import objects, removal
from wakeline.monitoring.status import read_store_status
from wakeline.server.answers import Listed, StoreAnswer
from wakeline.server.dependencies import PartsDep, SessionDep
from wakeline.server.routes.evaluations import summarize

router = APIRouter(tags=["stores"])


class NewStore(BaseModel, extra="forbid"):
    project: str
    name: str
    zone: str | None = None


@router.get("/stores")
def list_stores(session: SessionDep, project: str | None = None) -> Listed[StoreAnswer]:
    check_project(session, project)
    return Listed(items=[_describe(session, row) for row in stores.list_stores(session, project)])


@router.post("/stores", status_code=201)
def create_store(body: NewStore, session: SessionDep, parts: PartsDep) -> StoreAnswer:
    row = objects.create_store(session, body.project, body.name, parts.clock.now_us())
    objects.place_item(session, body.project, body.zone, "store", row.name)
    return _describe(session, row)


@router.get("/stores/{project}/{name}")
def show_store(project: str, name: str, session: SessionDep) -> StoreAnswer:
    return _describe(session, stores.get_store(session, project, name))


@router.delete("/stores/{project}/{name}", status_code=204)
def delete_store(project: str, name: str, session: SessionDep) -> None:
    """With its evaluations, checks and alerts; refused while a recipe fills it."""
    removal.delete_store(session, project, name)


def _describe(session: Session, row: Store) -> StoreAnswer:
    zone = zones.find_zone_of(session, row.project, "store", row.name)
    latest = evaluations.find_latest(session, row.project, row.name)
    filling = recipes.list_recipes(session, row.project, store=row.name)
    return StoreAnswer(
        project=row.project,
        name=row.name,
        zone=None if zone is None else zone.name,
        evaluation_count=evaluations.count_evaluations(session, row.project, row.name),
        status=read_store_status(session, row.project, row.name),
        latest=None if latest is None else summarize(latest),
        recipes=[recipe.name for recipe in filling],
        created_at=format_rfc3339(row.created_at_us),
    )
