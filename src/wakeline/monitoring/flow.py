"""The Flow of a project: its items by zone, and which feeds which. Derived from the rows at each look."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy.orm import Session

from wakeline.metadata.queries import datasets, models, projects, recipes, stores, zones
from wakeline.metadata.tables.monitoring import Recipe
from wakeline.monitoring.objects import find_reference_dataset
from wakeline.monitoring.status import read_store_status

DEFAULT_ZONE = "Default"


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """An item of the Flow; `kind` is one of `objects.ITEM_KINDS`, or `zone` where a zone itself is meant."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class FlowItem:
    """`status` is the one of a store that has an evaluation."""

    kind: str
    name: str
    status: str | None = None


@dataclass(frozen=True, slots=True)
class FlowZone:
    """`id` is None for the default zone: the items that nobody moved."""

    id: str | None
    name: str
    items: tuple[FlowItem, ...]


@dataclass(frozen=True, slots=True)
class FlowEdge:
    source: Part
    target: Part


@dataclass(frozen=True, slots=True)
class Flow:
    project: str
    zones: tuple[FlowZone, ...]
    edges: tuple[FlowEdge, ...]


def build_flow(session: Session, project: str) -> Flow:
    projects.get_project(session, project)
    zone_ids = {(row.kind, row.name): row.zone_id for row in zones.list_items(session, project)}
    by_zone: dict[str | None, list[FlowItem]] = defaultdict(list)
    for item in _list_items(session, project):
        by_zone[zone_ids.get((item.kind, item.name))].append(item)
    named = [
        FlowZone(zone.id, zone.name, tuple(by_zone[zone.id])) for zone in zones.list_zones(session, project)
    ]
    edges = [edge for recipe in recipes.list_recipes(session, project) for edge in _connect(recipe)]
    return Flow(project, (FlowZone(None, DEFAULT_ZONE, tuple(by_zone[None])), *named), tuple(edges))


def _list_items(session: Session, project: str) -> list[FlowItem]:
    return [
        *(FlowItem("model", row.name) for row in models.list_models(session, project)),
        *(FlowItem("dataset", row.name) for row in datasets.list_datasets(session, project)),
        *(FlowItem("recipe", row.name) for row in recipes.list_recipes(session, project)),
        *(
            FlowItem("store", row.name, read_store_status(session, project, row.name))
            for row in stores.list_stores(session, project)
        ),
    ]


def _connect(recipe: Recipe) -> tuple[FlowEdge, ...]:
    middle = Part("recipe", recipe.name)
    sources = dict.fromkeys([recipe.dataset, find_reference_dataset(recipe.settings)])
    return (
        *(FlowEdge(Part("dataset", name), middle) for name in sources if name is not None),
        FlowEdge(Part("model", recipe.model), middle),
        FlowEdge(middle, Part("store", recipe.store)),
    )
