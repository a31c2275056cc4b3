"""Configure: one click that sets up the monitoring of a deployment's endpoint in a project's Flow.

Makes only what is missing, so a second run changes nothing, and objects made by hand are taken over.
Everything happens in the caller's transaction: all of it or nothing.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from wakeline.metadata.queries import zones
from wakeline.metadata.queries.locking import lock_project
from wakeline.metadata.tables.monitoring import Dataset, Recipe, Store, Zone
from wakeline.monitoring import objects
from wakeline.monitoring.alerts import create_alert
from wakeline.monitoring.check_changes import create_check
from wakeline.monitoring.flow import Part
from wakeline.monitoring.plan import Plan, Wishes, build_plan
from wakeline.monitoring.schedules import create_schedule
from wakeline.monitoring.watched import WatchedEndpoint


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


def configure_monitoring(
    session: Session, endpoint: WatchedEndpoint, now_us: int, wishes: Wishes | None = None
) -> Configured:
    """Safe to repeat. Works before the first event: the dataset then reads a table that is yet to come."""
    lock_project(session, endpoint.project)
    plan = build_plan(session, endpoint, wishes or Wishes())
    found = plan.parts
    dataset = found.dataset or _create_dataset(session, plan, now_us)
    store = found.store or objects.create_store(session, endpoint.project, plan.store, now_us)
    recipe = found.recipe or _create_recipe(session, plan, dataset, store, now_us)
    zone = found.zone or objects.create_zone(session, endpoint.project, plan.zone, now_us)
    parts = (
        (Part("zone", zone.name), found.zone),
        (Part("dataset", dataset.name), found.dataset),
        (Part("recipe", recipe.name), found.recipe),
        (Part("store", store.name), found.store),
    )
    moved = [part for part, _ in parts[1:] if _take_in(session, zone, part)]
    told = _create_telling(session, plan, recipe, store, now_us)
    existing = [*(part for part, there in parts if there), *_list_telling(plan, recipe)]
    return Configured(
        created=(*(part for part, there in parts if not there), *told),
        existing=tuple(existing),
        moved=tuple(part for part in moved if part in existing),
        zone=zone.name,
        dataset=dataset.name,
        recipe=recipe.name,
        store=store.name,
    )


def _list_telling(plan: Plan, recipe: Recipe) -> list[Part]:
    return [
        *([Part("schedule", recipe.name)] if plan.schedule else []),
        *(Part("check", check.name) for check in plan.checks),
        *(Part("alert", alert.name) for alert in plan.alerts),
    ]


def _create_telling(session: Session, plan: Plan, recipe: Recipe, store: Store, now_us: int) -> list[Part]:
    """Schedule, checks and alert, as far as they are missing. The alert comes last and knows the status."""
    made = []
    if plan.new_schedule:
        wish = plan.new_schedule
        create_schedule(
            session,
            recipe.project,
            recipe.name,
            cron=wish.cron,
            time_zone=wish.time_zone,
            window_rule=wish.window_rule,
            now_us=now_us,
        )
        made.append(Part("schedule", recipe.name))
    for name, rule in plan.new_checks:
        create_check(session, store.project, store.name, name, rule=rule, now_us=now_us)
        made.append(Part("check", name))
    if plan.new_alert:
        alert = plan.new_alert
        create_alert(session, store.project, store.name, alert.name, target=alert.target, now_us=now_us)
        made.append(Part("alert", alert.name))
    return made


def _create_dataset(session: Session, plan: Plan, now_us: int) -> Dataset:
    endpoint = plan.endpoint
    return objects.create_dataset(
        session,
        endpoint.project,
        plan.dataset,
        connection_id=endpoint.connection_id,
        path=endpoint.path,
        now_us=now_us,
    )


def _create_recipe(session: Session, plan: Plan, dataset: Dataset, store: Store, now_us: int) -> Recipe:
    return objects.create_recipe(
        session,
        plan.endpoint.project,
        plan.recipe,
        dataset=dataset.name,
        model=plan.endpoint.model,
        store=store.name,
        settings=plan.settings,
        now_us=now_us,
    )


def _take_in(session: Session, zone: Zone, part: Part) -> bool:
    """Leaves a part where somebody put it."""
    if zones.find_zone_of(session, zone.project, part.kind, part.name) is not None:
        return False
    return zones.move_item(session, zone, part.kind, part.name)
