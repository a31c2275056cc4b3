"""Being told: checks and their results, schedules and their runs, alerts, deliveries, stored queries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    _create_schedule_runs()
    _create_alerts()
    _create_checks()
    _create_deliveries()
    _create_schedules()
    _create_stored_queries()
    _create_check_results()


def _create_schedule_runs() -> None:
    op.create_table(
        "schedule_runs",
        sa.Column("project", sa.String(length=31), nullable=False),
        sa.Column("recipe", sa.String(length=255), nullable=False),
        sa.Column("due_at_us", sa.BigInteger(), nullable=False),
        sa.Column("evaluated_window", sa.String(length=255), nullable=False),
        sa.Column("job_id", sa.String(length=255), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_schedule_runs_job_id_jobs")),
        sa.PrimaryKeyConstraint("project", "recipe", "due_at_us", name=op.f("pk_schedule_runs")),
    )


def _create_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("project", sa.String(length=31), nullable=False),
        sa.Column("store", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=255), nullable=False),
        sa.Column("settings", _DOCUMENT, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("told_status", sa.String(length=255), nullable=True),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project", "store"],
            ["stores.project", "stores.name"],
            name=op.f("fk_alerts_project_store_stores"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("project", "store", "name", name=op.f("uq_alerts_project_store_name")),
    )


def _create_checks() -> None:
    op.create_table(
        "checks",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("project", sa.String(length=31), nullable=False),
        sa.Column("store", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("metric", sa.String(length=255), nullable=False),
        sa.Column("scope", sa.String(length=255), nullable=False),
        sa.Column("column_name", sa.String(length=255), nullable=True),
        sa.Column("compared", sa.String(length=255), nullable=False),
        sa.Column("error_min", sa.Float(), nullable=True),
        sa.Column("warning_min", sa.Float(), nullable=True),
        sa.Column("warning_max", sa.Float(), nullable=True),
        sa.Column("error_max", sa.Float(), nullable=True),
        sa.Column("beyond_chance", sa.Boolean(), nullable=False),
        sa.Column("rows_min", sa.Integer(), nullable=False),
        sa.Column("consecutive", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project", "store"],
            ["stores.project", "stores.name"],
            name=op.f("fk_checks_project_store_stores"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checks")),
        sa.UniqueConstraint("project", "store", "name", name=op.f("uq_checks_project_store_name")),
    )


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("alert_id", sa.String(length=255), nullable=False),
        sa.Column("event", sa.String(length=255), nullable=False),
        sa.Column("message", _DOCUMENT, nullable=False),
        sa.Column("state", sa.String(length=255), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at_us", sa.BigInteger(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("finished_at_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_deliveries_alert_id_alerts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index(op.f("ix_deliveries_alert_id"), "deliveries", ["alert_id"], unique=False)
    op.create_index(
        op.f("ix_deliveries_state_next_attempt_at_us"),
        "deliveries",
        ["state", "next_attempt_at_us"],
        unique=False,
    )


def _create_schedules() -> None:
    op.create_table(
        "schedules",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("project", sa.String(length=31), nullable=False),
        sa.Column("recipe", sa.String(length=255), nullable=False),
        sa.Column("cron", sa.String(length=255), nullable=False),
        sa.Column("time_zone", sa.String(length=255), nullable=False),
        sa.Column("window_rule", sa.String(length=255), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("handled_until_us", sa.BigInteger(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project", "recipe"],
            ["recipes.project", "recipes.name"],
            name=op.f("fk_schedules_project_recipe_recipes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
        sa.UniqueConstraint("project", "recipe", name=op.f("uq_schedules_project_recipe")),
    )


def _create_stored_queries() -> None:
    op.create_table(
        "stored_queries",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("project", sa.String(length=31), nullable=False),
        sa.Column("service_id", sa.String(length=255), nullable=False),
        sa.Column("endpoint_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("features", _DOCUMENT, nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project", "service_id", "endpoint_id"],
            ["service_endpoints.project", "service_endpoints.service_id", "service_endpoints.endpoint_id"],
            name="fk_stored_queries_endpoint",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_queries")),
        sa.UniqueConstraint(
            "project",
            "service_id",
            "endpoint_id",
            "name",
            name=op.f("uq_stored_queries_project_service_id_endpoint_id_name"),
        ),
    )


def _create_check_results() -> None:
    op.create_table(
        "check_results",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("check_id", sa.String(length=255), nullable=False),
        sa.Column("evaluation_id", sa.String(length=255), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=255), nullable=False),
        sa.Column("found", sa.String(length=255), nullable=False),
        sa.Column("column_name", sa.String(length=255), nullable=True),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("reference_value", sa.Float(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["check_id"], ["checks.id"], name=op.f("fk_check_results_check_id_checks")),
        sa.ForeignKeyConstraint(
            ["evaluation_id", "revision"],
            ["evaluation_revisions.evaluation_id", "evaluation_revisions.revision"],
            name=op.f("fk_check_results_evaluation_id_revision_evaluation_revisions"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_check_results")),
    )
    op.create_index(
        op.f("ix_check_results_check_id_evaluation_id"),
        "check_results",
        ["check_id", "evaluation_id"],
        unique=False,
    )
