"""Zones of a project's Flow and the items that stand in them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from wakeline.core.errors import ConflictError, NotFoundError
from wakeline.core.ids import mint_object_id
from wakeline.metadata.tables.monitoring import Zone, ZoneItem


def create_zone(session: Session, project: str, name: str, now_us: int) -> Zone:
    if find_zone(session, project, name) is not None:
        raise ConflictError(f"the project {project} has a zone {name!r} already")
    zone = Zone(id=mint_object_id(), project=project, name=name, created_at_us=now_us)
    session.add(zone)
    session.flush()
    return zone


def rename_zone(session: Session, zone: Zone, name: str) -> Zone:
    if name != zone.name and find_zone(session, zone.project, name) is not None:
        raise ConflictError(f"the project {zone.project} has a zone {name!r} already")
    zone.name = name
    session.flush()
    return zone


def find_zone(session: Session, project: str, name: str) -> Zone | None:
    return session.scalar(select(Zone).where(Zone.project == project, Zone.name == name))


def get_zone(session: Session, zone_id: str) -> Zone:
    zone = session.get(Zone, zone_id)
    if zone is None:
        raise NotFoundError(f"there is no zone with the id {zone_id!r}; GET /zones lists them")
    return zone


def get_zone_by_name(session: Session, project: str, name: str) -> Zone:
    zone = find_zone(session, project, name)
    if zone is None:
        known = ", ".join(repr(row.name) for row in list_zones(session, project)) or "none"
        raise NotFoundError(f"the project {project} has no zone {name!r}; there are: {known}")
    return zone


def list_zones(session: Session, project: str) -> Sequence[Zone]:
    return session.scalars(
        select(Zone).where(Zone.project == project).order_by(Zone.created_at_us, Zone.id)
    ).all()


def move_item(session: Session, zone: Zone, kind: str, name: str) -> bool:
    """Puts an item into the zone; False where it stood there already. Whether it exists is not asked."""
    item = session.get(ZoneItem, (zone.project, kind, name))
    if item is None:
        session.add(ZoneItem(project=zone.project, kind=kind, name=name, zone_id=zone.id))
    elif item.zone_id == zone.id:
        return False
    else:
        item.zone_id = zone.id
    session.flush()
    return True


def find_zone_of(session: Session, project: str, kind: str, name: str) -> Zone | None:
    """None: the default zone."""
    item = session.get(ZoneItem, (project, kind, name))
    return None if item is None else session.get(Zone, item.zone_id)


def list_items(session: Session, project: str) -> Sequence[ZoneItem]:
    return session.scalars(
        select(ZoneItem).where(ZoneItem.project == project).order_by(ZoneItem.kind, ZoneItem.name)
    ).all()


def forget_item(session: Session, project: str, kind: str, name: str) -> None:
    """It stands in the default zone then, if it still is."""
    item = session.get(ZoneItem, (project, kind, name))
    if item is not None:
        session.delete(item)
        session.flush()
