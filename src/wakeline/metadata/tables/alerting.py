"""Being told: checks and what they found, schedules and their runs, alerts and their deliveries.

Invariants: a row of `check_results` is never changed, a new look is a new row. A recipe is run at most once
for a due time: that is the key of `schedule_runs`, also between servers that share the database. A message
is a row of `deliveries` in the transaction that found its reason, before anything is sent.
"""

from typing import Any

from sqlalchemy import (
    Boolean,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from wakeline.metadata.record import MomentUs, Name, ProjectKey, Record


class Check(Record):
    """A rule over the readings of a store's evaluations. A bound that is null does not bind.

    `scope`: `table`, `column` (then `column_name` says which) or `any-feature`.
    """

    __tablename__ = "checks"
    __table_args__ = (
        ForeignKeyConstraint(["project", "store"], ["stores.project", "stores.name"]),
        UniqueConstraint("project", "store", "name"),
    )

    id: Mapped[Name] = mapped_column(primary_key=True)
    project: Mapped[ProjectKey]
    store: Mapped[Name]
    name: Mapped[Name]
    metric: Mapped[Name]
    scope: Mapped[Name]
    column_name: Mapped[Name | None]
    compared: Mapped[Name]
    error_min: Mapped[float | None] = mapped_column(Float)
    warning_min: Mapped[float | None] = mapped_column(Float)
    warning_max: Mapped[float | None] = mapped_column(Float)
    error_max: Mapped[float | None] = mapped_column(Float)
    beyond_chance: Mapped[bool] = mapped_column(Boolean)
    rows_min: Mapped[int] = mapped_column(Integer)
    consecutive: Mapped[int] = mapped_column(Integer)
    enabled: Mapped[bool] = mapped_column(Boolean)
    created_at_us: Mapped[MomentUs]
    updated_at_us: Mapped[MomentUs]


class CheckResult(Record):
    """`found` is the outcome by the range alone, `outcome` the one after consecutive runs."""

    __tablename__ = "check_results"
    __table_args__ = (
        ForeignKeyConstraint(
            ["evaluation_id", "revision"],
            ["evaluation_revisions.evaluation_id", "evaluation_revisions.revision"],
        ),
        Index(None, "check_id", "evaluation_id"),
    )

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    check_id: Mapped[Name] = mapped_column(ForeignKey("checks.id"))
    evaluation_id: Mapped[Name]
    revision: Mapped[int] = mapped_column(Integer)
    outcome: Mapped[Name]
    found: Mapped[Name]
    column_name: Mapped[Name | None]
    value: Mapped[float | None] = mapped_column(Float)
    reference_value: Mapped[float | None] = mapped_column(Float)
    rule: Mapped[str] = mapped_column(Text)
    sentence: Mapped[str] = mapped_column(Text)
    created_at_us: Mapped[MomentUs]


class Schedule(Record):
    """When a recipe runs by itself. Every due time up to `handled_until_us` is dealt with."""

    __tablename__ = "schedules"
    __table_args__ = (
        ForeignKeyConstraint(["project", "recipe"], ["recipes.project", "recipes.name"]),
        UniqueConstraint("project", "recipe"),
    )

    id: Mapped[Name] = mapped_column(primary_key=True)
    project: Mapped[ProjectKey]
    recipe: Mapped[Name]
    cron: Mapped[Name]
    time_zone: Mapped[Name]
    window_rule: Mapped[Name]
    enabled: Mapped[bool] = mapped_column(Boolean)
    handled_until_us: Mapped[MomentUs]
    created_at_us: Mapped[MomentUs]
    updated_at_us: Mapped[MomentUs]


class ScheduleRun(Record):
    """What was queued for a due time. `attempt` counts the jobs: what a killed server left gets another."""

    __tablename__ = "schedule_runs"

    project: Mapped[ProjectKey] = mapped_column(primary_key=True)
    recipe: Mapped[Name] = mapped_column(primary_key=True)
    due_at_us: Mapped[MomentUs] = mapped_column(primary_key=True)
    evaluated_window: Mapped[Name]
    job_id: Mapped[Name] = mapped_column(ForeignKey("jobs.id"))
    attempt: Mapped[int] = mapped_column(Integer)
    created_at_us: Mapped[MomentUs]


class Alert(Record):
    """Who is told of a store's status, and how. `told_status` is the last one that was told of, or that
    stood when there was nothing to tell. `settings` hold secrets and never leave in an answer as they are."""

    __tablename__ = "alerts"
    __table_args__ = (
        ForeignKeyConstraint(["project", "store"], ["stores.project", "stores.name"]),
        UniqueConstraint("project", "store", "name"),
    )

    id: Mapped[Name] = mapped_column(primary_key=True)
    project: Mapped[ProjectKey]
    store: Mapped[Name]
    name: Mapped[Name]
    kind: Mapped[Name]
    settings: Mapped[dict[str, Any]]
    enabled: Mapped[bool] = mapped_column(Boolean)
    told_status: Mapped[Name | None]
    created_at_us: Mapped[MomentUs]
    updated_at_us: Mapped[MomentUs]


class Delivery(Record):
    """A message on its way: `pending` until it is `delivered` or, after the last attempt, `failed`."""

    __tablename__ = "deliveries"
    __table_args__ = (Index(None, "state", "next_attempt_at_us"),)

    id: Mapped[Name] = mapped_column(primary_key=True)
    alert_id: Mapped[Name] = mapped_column(ForeignKey("alerts.id"), index=True)
    event: Mapped[Name]
    message: Mapped[dict[str, Any]]
    state: Mapped[Name]
    attempts: Mapped[int] = mapped_column(Integer)
    next_attempt_at_us: Mapped[MomentUs]
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at_us: Mapped[MomentUs]
    finished_at_us: Mapped[MomentUs | None]


class StoredQuery(Record):
    """A query that is kept with an endpoint of a service, to be sent again."""

    __tablename__ = "stored_queries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["project", "service_id", "endpoint_id"],
            [
                "service_endpoints.project",
                "service_endpoints.service_id",
                "service_endpoints.endpoint_id",
            ],
            name="fk_stored_queries_endpoint",
        ),
        UniqueConstraint("project", "service_id", "endpoint_id", "name"),
    )

    id: Mapped[Name] = mapped_column(primary_key=True)
    project: Mapped[ProjectKey]
    service_id: Mapped[Name]
    endpoint_id: Mapped[Name]
    name: Mapped[Name]
    features: Mapped[dict[str, Any]]
    created_at_us: Mapped[MomentUs]
