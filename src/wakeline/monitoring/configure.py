"""Configure: one click that sets up the monitoring of a deployment's endpoint in a project's Flow.

It finds what is there by meaning (the table that a dataset reads, the dataset and model that a recipe joins),
not by name, and makes only what is missing; so a second run changes nothing, and objects made by hand are
taken over. Everything happens in the caller's transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from wakeline.metadata.queries import datasets, recipes, stores, zones
from wakeline.metadata.queries.locking import lock_project
from wakeline.metadata.tables.monitoring import Dataset, Recipe, Store, Zone
from wakeline.monitoring import objects
from wakeline.monitoring.flow import Part
from wakeline.monitoring.watched import WatchedEndpoint

ZONE_PREFIX = "API Endpoint Monitoring: "


@dataclass(frozen=True, slots=True)
class MonitoringParts:
    """What watches an endpoint; None where it is missing. `zone` is the recipe's, else the dataset's."""

    dataset: Dataset | None
    recipe: Recipe | None
    store: Store | None
    zone: Zone | None


@dataclass(frozen=True, slots=True)
class Configured:
    """`moved` are parts that stood in no zone and were put into the monitoring's."""

    created: tuple[Part, ...]
    existing: tuple[Part, ...]
    moved: tuple[Part, ...]
    zone: str
    dataset: str
    recipe: str
    store: str

    @property
    def changed(self) -> bool:
        return bool(self.created or self.moved)


def configure_monitoring(session: Session, endpoint: WatchedEndpoint, now_us: int) -> Configured:
    """Safe to repeat. Works before the first event: the dataset then reads a table that is yet to come."""
    lock_project(session, endpoint.project)
    found = find_parts(session, endpoint)
    dataset = found.dataset or _create_dataset(session, endpoint, now_us)
    store = found.store or _create_store(session, endpoint, now_us)
    recipe = found.recipe or _create_recipe(session, endpoint, dataset, store, now_us)
    zone = found.zone or _create_zone(session, endpoint, now_us)
    parts = (Part("dataset", dataset.name), Part("recipe", recipe.name), Part("store", store.name))
    was_there = (found.dataset is not None, found.recipe is not None, found.store is not None)
    existing = [part for part, there in zip(parts, was_there, strict=True) if there]
    created = [part for part, there in zip(parts, was_there, strict=True) if not there]
    moved = [part for part in parts if _take_in(session, zone, part)]
    (existing if found.zone else created).insert(0, Part("zone", zone.name))
    return Configured(
        created=tuple(created),
        existing=tuple(existing),
        moved=tuple(part for part in moved if part in existing),
        zone=zone.name,
        dataset=dataset.name,
        recipe=recipe.name,
        store=store.name,
    )


def find_parts(session: Session, endpoint: WatchedEndpoint) -> MonitoringParts:
    """What stands already, whoever made it."""
    project = endpoint.project
    dataset = datasets.find_dataset_at(session, project, endpoint.connection_id, endpoint.path)
    recipe = None if dataset is None else _find_recipe(session, endpoint, dataset)
    if recipe is not None:
        store: Store | None = stores.get_store(session, project, recipe.store)
    else:
        store = _find_free_store(session, endpoint, dataset)
    return MonitoringParts(dataset, recipe, store, _find_zone(session, endpoint, dataset, recipe, store))


def _find_recipe(session: Session, endpoint: WatchedEndpoint, dataset: Dataset) -> Recipe | None:
    """Of several the one that fills the store of Configure's own name, else the oldest."""
    candidates = recipes.list_recipes(session, endpoint.project, dataset=dataset.name, model=endpoint.model)
    named = (recipe for recipe in candidates if recipe.store == endpoint.label)
    return next(named, None) or next(iter(candidates), None)


def _find_free_store(session: Session, endpoint: WatchedEndpoint, dataset: Dataset | None) -> Store | None:
    """The store of Configure's own name, unless recipes fill it from elsewhere."""
    store = stores.find_store(session, endpoint.project, endpoint.label)
    if store is None:
        return None
    filling = recipes.list_recipes(session, endpoint.project, store=store.name)
    here = None if dataset is None else dataset.name
    return store if all(recipe.dataset == here for recipe in filling) else None


def _find_zone(
    session: Session,
    endpoint: WatchedEndpoint,
    dataset: Dataset | None,
    recipe: Recipe | None,
    store: Store | None,
) -> Zone | None:
    """Configure's own zone, else the one in which somebody put the parts by hand."""
    own = zones.find_zone(session, endpoint.project, ZONE_PREFIX + endpoint.deployment_id)
    if own is not None:
        return own
    parts = (("recipe", recipe), ("dataset", dataset), ("store", store))
    for kind, part in parts:
        if part is not None:
            zone = zones.find_zone_of(session, endpoint.project, kind, part.name)
            if zone is not None:
                return zone
    return None


def _create_dataset(session: Session, endpoint: WatchedEndpoint, now_us: int) -> Dataset:
    project = endpoint.project
    taken = {row.name for row in datasets.list_datasets(session, project)}
    name = _pick_name(f"{endpoint.label}-log", taken.__contains__)
    return objects.create_dataset(
        session, project, name, connection_id=endpoint.connection_id, path=endpoint.path, now_us=now_us
    )


def _create_store(session: Session, endpoint: WatchedEndpoint, now_us: int) -> Store:
    taken = {row.name for row in stores.list_stores(session, endpoint.project)}
    return objects.create_store(
        session, endpoint.project, _pick_name(endpoint.label, taken.__contains__), now_us
    )


def _create_recipe(
    session: Session, endpoint: WatchedEndpoint, dataset: Dataset, store: Store, now_us: int
) -> Recipe:
    taken = {row.name for row in recipes.list_recipes(session, endpoint.project)}
    return objects.create_recipe(
        session,
        endpoint.project,
        _pick_name(f"evaluate-{endpoint.label}", taken.__contains__),
        dataset=dataset.name,
        model=endpoint.model,
        store=store.name,
        settings={},
        now_us=now_us,
    )


def _create_zone(session: Session, endpoint: WatchedEndpoint, now_us: int) -> Zone:
    return objects.create_zone(session, endpoint.project, ZONE_PREFIX + endpoint.deployment_id, now_us)


def _take_in(session: Session, zone: Zone, part: Part) -> bool:
    """Leaves a part where somebody put it."""
    if zones.find_zone_of(session, zone.project, part.kind, part.name) is not None:
        return False
    return zones.move_item(session, zone, part.kind, part.name)


def _pick_name(wanted: str, is_taken: Callable[[str], bool]) -> str:
    """`wanted`, or with the first free number where something of another meaning has that name."""
    name, number = wanted, 2
    while is_taken(name):
        name, number = f"{wanted}-{number}", number + 1
    return name
