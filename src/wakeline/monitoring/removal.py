"""Takes things out of a Flow: a recipe, a store, a zone, or all the monitoring of an endpoint.

Logs, labels, models and deployments stay. What something else still needs stays too, and is named.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from wakeline.core.errors import ConflictError
from wakeline.metadata.queries import alerts, checks, evaluations, jobs, recipes, schedules, stores, zones
from wakeline.metadata.queries.locking import lock_project
from wakeline.metadata.tables.monitoring import Dataset, Recipe, Store, Zone
from wakeline.monitoring.flow import Part
from wakeline.monitoring.objects import delete_dataset
from wakeline.monitoring.parts import find_parts
from wakeline.monitoring.watched import WatchedEndpoint


@dataclass(frozen=True, slots=True)
class KeptPart:
    kind: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Removed:
    """`kept` are parts that something else still needs."""

    removed: tuple[Part, ...]
    kept: tuple[KeptPart, ...]

    @property
    def changed(self) -> bool:
        return bool(self.removed)


def remove_monitoring(session: Session, endpoint: WatchedEndpoint, now_us: int) -> Removed:
    """Schedule, checks, alerts, recipe, store with its evaluations, dataset and zone of the endpoint."""
    lock_project(session, endpoint.project)
    found = find_parts(session, endpoint)
    removed: list[Part] = []
    kept: list[KeptPart] = []
    if found.recipe:
        removed += _drop_recipe(session, found.recipe, now_us)
    if found.store:
        _drop_unless_needed(session, found.store, removed, kept)
    if found.dataset:
        _drop_unless_read(session, found.dataset, removed, kept)
    if found.zone:
        _drop_unless_full(session, found.zone, removed, kept)
    return Removed(tuple(removed), tuple(kept))


def delete_recipe(session: Session, project: str, name: str, now_us: int) -> None:
    """With its schedule; the evaluations that it made stay."""
    lock_project(session, project)
    _drop_recipe(session, recipes.get_recipe(session, project, name), now_us)


def delete_store(session: Session, project: str, name: str) -> None:
    """With its evaluations, checks and alerts. Refused while a recipe fills it."""
    lock_project(session, project)
    store = stores.get_store(session, project, name)
    filling = recipes.list_recipes(session, project, store=name)
    if filling:
        raise ConflictError(
            f"the store {name!r} is filled by the recipe {filling[0].name!r}; delete that one first"
        )
    _drop_store(session, store)


def delete_zone(session: Session, zone_id: str) -> None:
    """Its items stand in the default zone afterwards."""
    zone = zones.get_zone(session, zone_id)
    lock_project(session, zone.project)
    for item in zones.list_items(session, zone.project):
        if item.zone_id == zone_id:
            session.delete(item)
    session.flush()
    session.delete(zone)
    session.flush()


def _drop_recipe(session: Session, recipe: Recipe, now_us: int) -> list[Part]:
    project, name = recipe.project, recipe.name
    removed = [Part("recipe", name)]
    schedule = schedules.find_schedule(session, project, name)
    if schedule is not None:
        schedules.delete_schedule(session, schedule)
        removed.append(Part("schedule", name))
    schedules.delete_runs(session, project, name)
    for job in jobs.list_open(session, project):
        if job.arguments.get("recipe") == name:
            jobs.request_cancel(session, job.id, now_us)
    session.delete(recipe)
    session.flush()
    zones.forget_item(session, project, "recipe", name)
    return removed


def _drop_store(session: Session, store: Store) -> list[Part]:
    project, name = store.project, store.name
    removed = [Part("store", name)]
    for alert in alerts.list_alerts(session, project, name):
        alerts.delete_alert(session, alert)
        removed.append(Part("alert", alert.name))
    for check in checks.list_checks(session, project, name):
        checks.delete_check(session, check)
        removed.append(Part("check", check.name))
    evaluations.delete_evaluations(session, project, name)
    session.delete(store)
    session.flush()
    zones.forget_item(session, project, "store", name)
    return removed


def _drop_unless_needed(session: Session, store: Store, removed: list[Part], kept: list[KeptPart]) -> None:
    filling = recipes.list_recipes(session, store.project, store=store.name)
    if filling:
        kept.append(KeptPart("store", store.name, f"the recipe {filling[0].name!r} fills it"))
    else:
        removed += _drop_store(session, store)


def _drop_unless_read(session: Session, dataset: Dataset, removed: list[Part], kept: list[KeptPart]) -> None:
    readers = recipes.list_recipes(session, dataset.project, dataset=dataset.name)
    if readers:
        kept.append(KeptPart("dataset", dataset.name, f"the recipe {readers[0].name!r} reads it"))
    else:
        delete_dataset(session, dataset.project, dataset.name)
        removed.append(Part("dataset", dataset.name))


def _drop_unless_full(session: Session, zone: Zone, removed: list[Part], kept: list[KeptPart]) -> None:
    inside = [item for item in zones.list_items(session, zone.project) if item.zone_id == zone.id]
    if inside:
        kept.append(KeptPart("zone", zone.name, f"the {inside[0].kind} {inside[0].name!r} stands in it"))
    else:
        delete_zone(session, zone.id)
        removed.append(Part("zone", zone.name))
