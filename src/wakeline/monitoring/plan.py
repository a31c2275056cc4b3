"""What Configure will make for an endpoint, and under which names: built the same way for the preview and for
the act. What stands already is taken over, whoever made it and whatever was wished for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy.orm import Session

from wakeline.core.errors import InvalidInputError
from wakeline.metadata.queries import alerts, checks, datasets, recipes, schedules, stores, zones
from wakeline.metadata.tables.alerting import Alert, Check, Schedule
from wakeline.monitoring.due_times import (
    DEFAULT_CRON,
    DEFAULT_TIME_ZONE,
    DEFAULT_WINDOW_RULE,
    check_cron,
    check_window_rule,
)
from wakeline.monitoring.objects import read_settings
from wakeline.monitoring.parts import MonitoringParts, find_parts, name_zone
from wakeline.monitoring.ranges import Rule, check_rule, list_defaults
from wakeline.monitoring.targets import Target
from wakeline.monitoring.watched import WatchedEndpoint

GROUND_TRUTH_KEY: Final = "prediction_id"


@dataclass(frozen=True, slots=True)
class ScheduleWish:
    cron: str = DEFAULT_CRON
    time_zone: str = DEFAULT_TIME_ZONE
    window_rule: str = DEFAULT_WINDOW_RULE


@dataclass(frozen=True, slots=True)
class AlertWish:
    name: str
    target: Target


@dataclass(frozen=True, slots=True)
class Wishes:
    """None leaves a name to Configure. `schedule` None: none; `alert` None: none, since nobody said where to.

    `settings` hold what differs from the recipe's presets."""

    zone: str | None = None
    dataset: str | None = None
    recipe: str | None = None
    store: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    schedule: ScheduleWish | None = field(default_factory=ScheduleWish)
    checks: Sequence[tuple[str, Rule]] = field(default_factory=list_defaults)
    alert: AlertWish | None = None
    ground_truth_key: str = GROUND_TRUTH_KEY


@dataclass(frozen=True, slots=True)
class Plan:
    """`parts`, `schedule`, `checks` and `alerts` stand already; the `new_` ones are to be made."""

    endpoint: WatchedEndpoint
    parts: MonitoringParts
    zone: str
    dataset: str
    recipe: str
    store: str
    settings: dict[str, Any]
    schedule: Schedule | None
    checks: tuple[Check, ...]
    alerts: tuple[Alert, ...]
    new_schedule: ScheduleWish | None
    new_checks: tuple[tuple[str, Rule], ...]
    new_alert: AlertWish | None
    ground_truth_key: str

    @property
    def changes(self) -> bool:
        parts = (self.parts.zone, self.parts.dataset, self.parts.recipe, self.parts.store)
        return None in parts or bool(self.new_schedule or self.new_checks or self.new_alert)


def build_plan(session: Session, endpoint: WatchedEndpoint, wishes: Wishes) -> Plan:
    _check_wishes(wishes)
    found = find_parts(session, endpoint)
    if found.zone is None and wishes.zone is not None:
        found = replace(found, zone=zones.find_zone(session, endpoint.project, wishes.zone))
    project, label = endpoint.project, endpoint.label
    schedule = schedules.find_schedule(session, project, found.recipe.name) if found.recipe else None
    own_checks = checks.list_checks(session, project, found.store.name) if found.store else ()
    own_alerts = alerts.list_alerts(session, project, found.store.name) if found.store else ()
    told = {row.name for row in own_alerts}
    return Plan(
        endpoint=endpoint,
        parts=found,
        zone=found.zone.name if found.zone else wishes.zone or name_zone(endpoint),
        dataset=_name_dataset(session, found, wishes, project, f"{label}-log"),
        recipe=_name_recipe(session, found, wishes, project, f"evaluate-{label}"),
        store=_name_store(session, found, wishes, project, label),
        settings=wishes.settings,
        schedule=schedule,
        checks=tuple(own_checks),
        alerts=tuple(own_alerts),
        new_schedule=None if schedule else wishes.schedule,
        new_checks=() if own_checks else tuple(wishes.checks),
        new_alert=None if wishes.alert is None or wishes.alert.name in told else wishes.alert,
        ground_truth_key=wishes.ground_truth_key,
    )


def _check_wishes(wishes: Wishes) -> None:
    if wishes.ground_truth_key != GROUND_TRUTH_KEY:
        raise InvalidInputError(
            f"labels cannot be joined by {wishes.ground_truth_key!r}; expected {GROUND_TRUTH_KEY!r}"
        )
    names = [name for name, rule in wishes.checks if check_rule(rule)]
    if len(set(names)) < len(names):
        raise InvalidInputError(f"two checks have one name; found {', '.join(names)}")
    if wishes.schedule:
        check_cron(wishes.schedule.cron, wishes.schedule.time_zone)
        check_window_rule(wishes.schedule.window_rule)
    read_settings(wishes.settings)


def _name_dataset(session: Session, found: MonitoringParts, wishes: Wishes, project: str, usual: str) -> str:
    if found.dataset:
        return found.dataset.name
    taken = {row.name for row in datasets.list_datasets(session, project)}
    return wishes.dataset or _pick_name(usual, taken.__contains__)


def _name_recipe(session: Session, found: MonitoringParts, wishes: Wishes, project: str, usual: str) -> str:
    if found.recipe:
        return found.recipe.name
    taken = {row.name for row in recipes.list_recipes(session, project)}
    return wishes.recipe or _pick_name(usual, taken.__contains__)


def _name_store(session: Session, found: MonitoringParts, wishes: Wishes, project: str, usual: str) -> str:
    if found.store:
        return found.store.name
    taken = {row.name for row in stores.list_stores(session, project)}
    return wishes.store or _pick_name(usual, taken.__contains__)


def _pick_name(wanted: str, is_taken: Callable[[str], bool]) -> str:
    """`wanted`, or with the first free number where something of another meaning has that name."""
    name, number = wanted, 2
    while is_taken(name):
        name, number = f"{wanted}-{number}", number + 1
    return name
