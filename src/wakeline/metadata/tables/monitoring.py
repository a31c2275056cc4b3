"""What watches: zones, log datasets, Evaluate recipes, stores, evaluations with their revisions, jobs.

Invariant: a row of `evaluation_revisions` is never updated; the database itself refuses it by a trigger.
A later look at the same window is a further revision of the same evaluation.
"""

from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import Mapped, mapped_column

from wakeline.metadata.record import MomentUs, Name, ProjectKey, Record


class Zone(Record):
    """A named part of a project's Flow."""

    __tablename__ = "zones"
    __table_args__ = (UniqueConstraint("project", "name"),)

    id: Mapped[Name] = mapped_column(primary_key=True)
    project: Mapped[ProjectKey] = mapped_column(ForeignKey("projects.key"))
    name: Mapped[Name]
    created_at_us: Mapped[MomentUs]


class ZoneItem(Record):
    """The zone that a flow item stands in; an item without a row here stands in the default zone."""

    __tablename__ = "zone_items"

    project: Mapped[ProjectKey] = mapped_column(ForeignKey("projects.key"), primary_key=True)
    kind: Mapped[Name] = mapped_column(primary_key=True)
    name: Mapped[Name] = mapped_column(primary_key=True)
    zone_id: Mapped[Name] = mapped_column(ForeignKey("zones.id"), index=True)


class Dataset(Record):
    """A log table seen from a project. `path` is relative to the connection's root; the table may not exist
    yet. `topic`, `routing_key` and `endpoint` are the last three segments of the path, decoded."""

    __tablename__ = "datasets"
    __table_args__ = (Index(None, "connection_id", "path"),)

    project: Mapped[ProjectKey] = mapped_column(ForeignKey("projects.key"), primary_key=True)
    name: Mapped[Name] = mapped_column(primary_key=True)
    kind: Mapped[Name]
    connection_id: Mapped[Name] = mapped_column(ForeignKey("connections.id"))
    path: Mapped[str] = mapped_column(Text)
    topic: Mapped[Name]
    routing_key: Mapped[Name]
    endpoint: Mapped[Name]
    created_at_us: Mapped[MomentUs]


class Store(Record):
    """A model evaluation store: what the evaluations of its recipes are kept in."""

    __tablename__ = "stores"

    project: Mapped[ProjectKey] = mapped_column(ForeignKey("projects.key"), primary_key=True)
    name: Mapped[Name] = mapped_column(primary_key=True)
    created_at_us: Mapped[MomentUs]


class Recipe(Record):
    """Dataset + saved model → store. `settings` is the document of `evaluation.settings.EvaluateRecipe`."""

    __tablename__ = "recipes"
    __table_args__ = (
        ForeignKeyConstraint(["project", "dataset"], ["datasets.project", "datasets.name"]),
        ForeignKeyConstraint(["project", "store"], ["stores.project", "stores.name"]),
        ForeignKeyConstraint(["project", "model"], ["models.project", "models.name"]),
    )

    project: Mapped[ProjectKey] = mapped_column(ForeignKey("projects.key"), primary_key=True)
    name: Mapped[Name] = mapped_column(primary_key=True)
    kind: Mapped[Name]
    dataset: Mapped[Name]
    model: Mapped[Name]
    store: Mapped[Name]
    settings: Mapped[dict[str, Any]]
    created_at_us: Mapped[MomentUs]
    updated_at_us: Mapped[MomentUs]


class Evaluation(Record):
    """A series of revisions: what one recipe found in one window. It outlives its recipe.

    `name` is what people read: the window in its shortest form.
    """

    __tablename__ = "evaluations"
    __table_args__ = (
        ForeignKeyConstraint(["project", "store"], ["stores.project", "stores.name"]),
        UniqueConstraint("project", "store", "recipe", "window_start", "window_end"),
    )

    id: Mapped[Name] = mapped_column(primary_key=True)
    project: Mapped[ProjectKey]
    store: Mapped[Name]
    name: Mapped[Name]
    recipe: Mapped[Name]
    window_start: Mapped[date]
    window_end: Mapped[date]
    latest_revision: Mapped[int] = mapped_column(Integer)
    created_at_us: Mapped[MomentUs]


class EvaluationRevision(Record):
    """One result, for good. `headline` holds the document's readings of the whole table, for lists; `digest`
    is the SHA-256 of the document, by which a result that repeats the latest one is recognised."""

    __tablename__ = "evaluation_revisions"

    evaluation_id: Mapped[Name] = mapped_column(ForeignKey("evaluations.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True)
    status: Mapped[Name]
    sentence: Mapped[str] = mapped_column(Text)
    row_count: Mapped[int] = mapped_column(BigInteger)
    model: Mapped[Name]
    model_version: Mapped[Name]
    headline: Mapped[list[Any]]
    document: Mapped[dict[str, Any]]
    digest: Mapped[Name]
    job_id: Mapped[Name | None]
    code_version: Mapped[Name]
    created_at_us: Mapped[MomentUs]


class Job(Record):
    """Work that outlasts a request. `runner` is the server that took it: at its next start that server knows
    which of the running jobs were cut off."""

    __tablename__ = "jobs"
    __table_args__ = (Index(None, "state", "created_at_us"),)

    id: Mapped[Name] = mapped_column(primary_key=True)
    project: Mapped[ProjectKey | None]
    kind: Mapped[Name]
    arguments: Mapped[dict[str, Any]]
    state: Mapped[Name]
    progress: Mapped[float] = mapped_column(Float)
    message: Mapped[str] = mapped_column(Text)
    result: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]
    cancel_requested: Mapped[bool] = mapped_column(Boolean)
    runner: Mapped[Name | None]
    created_at_us: Mapped[MomentUs]
    started_at_us: Mapped[MomentUs | None]
    finished_at_us: Mapped[MomentUs | None]


class JobLine(Record):
    """A line of a job's log, counted from 1."""

    __tablename__ = "job_lines"

    job_id: Mapped[Name] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True)
    at_us: Mapped[MomentUs]
    text: Mapped[str] = mapped_column(Text)


REVISION_GUARDS: dict[str, tuple[str, ...]] = {
    "sqlite": (
        "CREATE TRIGGER evaluation_revisions_immutable BEFORE UPDATE ON evaluation_revisions "
        "BEGIN SELECT RAISE(ABORT, 'a revision of an evaluation is never changed'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION refuse_revision_update() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'a revision of an evaluation is never changed'; END $$",
        "CREATE TRIGGER evaluation_revisions_immutable BEFORE UPDATE ON evaluation_revisions "
        "FOR EACH ROW EXECUTE FUNCTION refuse_revision_update()",
    ),
}
"""Statements by dialect that make the invariant the database's own; run after the table is made, by
`create_all` here and by the migration that creates the table."""


@event.listens_for(EvaluationRevision.__table__, "after_create")
def _guard_revisions(_table: object, connection: Connection, **_options: object) -> None:
    for statement in REVISION_GUARDS.get(connection.dialect.name, ()):
        connection.exec_driver_sql(statement)
