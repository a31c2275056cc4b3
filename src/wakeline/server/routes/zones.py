"""Zones of a project's Flow."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from wakeline.metadata.queries import zones
from wakeline.metadata.queries.projects import get_project
from wakeline.monitoring import objects, removal
from wakeline.server.answers import Listed, ZoneAnswer
from wakeline.server.dependencies import PartsDep, SessionDep

router = APIRouter(tags=["zones"])


class NewZone(BaseModel, extra="forbid"):
    project: str
    name: str


class Renamed(BaseModel, extra="forbid"):
    name: str


class ItemToMove(BaseModel, extra="forbid"):
    kind: Literal["dataset", "recipe", "store", "model"]
    name: str


class Move(BaseModel, extra="forbid"):
    items: list[ItemToMove] = Field(min_length=1, max_length=1_000)


class MoveToDefault(Move):
    project: str


@router.get("/zones")
def list_zones(session: SessionDep, project: str) -> Listed[ZoneAnswer]:
    get_project(session, project)
    return Listed(items=[ZoneAnswer.model_validate(row) for row in zones.list_zones(session, project)])


@router.post("/zones", status_code=201)
def create_zone(body: NewZone, session: SessionDep, parts: PartsDep) -> ZoneAnswer:
    return ZoneAnswer.model_validate(
        objects.create_zone(session, body.project, body.name, parts.clock.now_us())
    )


@router.patch("/zones/{zone_id}")
def rename_zone(zone_id: str, body: Renamed, session: SessionDep) -> ZoneAnswer:
    return ZoneAnswer.model_validate(objects.rename_zone(session, zone_id, body.name))


@router.delete("/zones/{zone_id}", status_code=204)
def delete_zone(zone_id: str, session: SessionDep) -> None:
    """Its items stand in the default zone afterwards."""
    removal.delete_zone(session, zone_id)


@router.post("/zones/default/actions/move", status_code=204)
def move_to_default(body: MoveToDefault, session: SessionDep) -> None:
    """Out of their zones: all items or none."""
    get_project(session, body.project)
    objects.move_to_default(session, body.project, [(item.kind, item.name) for item in body.items])


@router.post("/zones/{zone_id}/actions/move")
def move_items(zone_id: str, body: Move, session: SessionDep) -> ZoneAnswer:
    """All items or none."""
    items = [(item.kind, item.name) for item in body.items]
    return ZoneAnswer.model_validate(objects.move_items(session, zone_id, items))
