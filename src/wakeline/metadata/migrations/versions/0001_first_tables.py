"""The first tables: what serves and what watches."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_REVISION_GUARDS = {
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


def upgrade() -> None:
    _create_connections()
    _create_infrastructures()
    _create_projects()
    _create_destinations()
    _create_models()
    _create_services()
    _create_model_versions()
    _create_service_endpoints()
    _create_service_versions()
    _create_deployments()
    _create_nodes()
    _create_jobs()
    _create_datasets()
    _create_job_lines()
    _create_stores()
    _create_zones()
    _create_evaluations()
    _create_recipes()
    _create_zone_items()
    _create_evaluation_revisions()
    for statement in _REVISION_GUARDS.get(op.get_bind().dialect.name, ()):
        op.execute(statement)


def _create_connections() -> None:
    op.create_table(
        "connections",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=255), nullable=False),
        sa.Column("settings", _DOCUMENT, nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connections")),
    )


def _create_infrastructures() -> None:
    op.create_table(
        "infrastructures",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=255), nullable=False),
        sa.Column("stage", sa.String(length=255), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_infrastructures")),
    )


def _create_projects() -> None:
    op.create_table(
        "projects",
        sa.Column("key", sa.String(length=31), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_projects")),
    )


def _create_destinations() -> None:
    op.create_table(
        "destinations",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("connection_id", sa.String(length=255), nullable=False),
        sa.Column("path", sa.String(length=255), nullable=False),
        sa.Column("topics", _DOCUMENT, nullable=True),
        sa.Column("routing_keys", _DOCUMENT, nullable=True),
        sa.Column("since_rules_version", sa.Integer(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name=op.f("fk_destinations_connection_id_connections")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destinations")),
    )


def _create_models() -> None:
    op.create_table(
        "models",
        sa.Column("project", sa.String(length=31), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("active_version", sa.String(length=255), nullable=True),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_models_project_projects")),
        sa.PrimaryKeyConstraint("project", "name", name=op.f("pk_models")),
    )


def _create_services() -> None:
    op.create_table(
        "services",
        sa.Column("project", sa.String(length=31), nullable=False),
        sa.Column("service_id", sa.String(length=255), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_services_project_projects")),
        sa.PrimaryKeyConstraint("project", "service_id", name=op.f("pk_services")),
    )


def _create_model_versions() -> None:
    op.create_table(
        "model_versions",
        sa.Column("project", sa.String(length=31), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("version", sa.String(length=255), nullable=False),
        sa.Column("path", sa.String(length=255), nullable=False),
        sa.Column("manifest", _DOCUMENT, nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project", "name"],
            ["models.project", "models.name"],
            name=op.f("fk_model_versions_project_name_models"),
        ),
        sa.PrimaryKeyConstraint("project", "name", "version", name=op.f("pk_model_versions")),
    )


def _create_service_endpoints() -> None:
    op.create_table(
        "service_endpoints",
        sa.Column("project", sa.String(length=31), nullable=False),
        sa.Column("service_id", sa.String(length=255), nullable=False),
        sa.Column("endpoint_id", sa.String(length=255), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=255), nullable=False),
        sa.Column("model", sa.String(length=255), nullable=False),
        sa.Column("version", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["project", "service_id"],
            ["services.project", "services.service_id"],
            name=op.f("fk_service_endpoints_project_service_id_services"),
        ),
        sa.PrimaryKeyConstraint("project", "service_id", "endpoint_id", name=op.f("pk_service_endpoints")),
    )


def _create_service_versions() -> None:
    op.create_table(
        "service_versions",
        sa.Column("project", sa.String(length=31), nullable=False),
        sa.Column("service_id", sa.String(length=255), nullable=False),
        sa.Column("generation", sa.String(length=255), nullable=False),
        sa.Column("path", sa.String(length=255), nullable=False),
        sa.Column("endpoints", _DOCUMENT, nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project", "service_id"],
            ["services.project", "services.service_id"],
            name=op.f("fk_service_versions_project_service_id_services"),
        ),
        sa.PrimaryKeyConstraint("project", "service_id", "generation", name=op.f("pk_service_versions")),
    )


def _create_deployments() -> None:
    op.create_table(
        "deployments",
        sa.Column("deployment_id", sa.String(length=255), nullable=False),
        sa.Column("project", sa.String(length=31), nullable=False),
        sa.Column("service_id", sa.String(length=255), nullable=False),
        sa.Column("generation", sa.String(length=255), nullable=False),
        sa.Column("infrastructure_id", sa.String(length=255), nullable=False),
        sa.Column("settings", _DOCUMENT, nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["infrastructure_id"],
            ["infrastructures.id"],
            name=op.f("fk_deployments_infrastructure_id_infrastructures"),
        ),
        sa.ForeignKeyConstraint(
            ["project", "service_id", "generation"],
            ["service_versions.project", "service_versions.service_id", "service_versions.generation"],
            name=op.f("fk_deployments_project_service_id_generation_service_versions"),
        ),
        sa.PrimaryKeyConstraint("deployment_id", name=op.f("pk_deployments")),
    )


def _create_nodes() -> None:
    op.create_table(
        "nodes",
        sa.Column("node_id", sa.String(length=255), nullable=False),
        sa.Column("deployment_id", sa.String(length=255), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("admin_port", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployments.deployment_id"], name=op.f("fk_nodes_deployment_id_deployments")
        ),
        sa.PrimaryKeyConstraint("node_id", name=op.f("pk_nodes")),
        sa.UniqueConstraint("slot", name=op.f("uq_nodes_slot")),
    )
    op.create_index(op.f("ix_nodes_deployment_id"), "nodes", ["deployment_id"], unique=False)


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("project", sa.String(length=31), nullable=True),
        sa.Column("kind", sa.String(length=255), nullable=False),
        sa.Column("arguments", _DOCUMENT, nullable=False),
        sa.Column("state", sa.String(length=255), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("result", _DOCUMENT, nullable=True),
        sa.Column("error", _DOCUMENT, nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("runner", sa.String(length=255), nullable=True),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("started_at_us", sa.BigInteger(), nullable=True),
        sa.Column("finished_at_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_state_created_at_us"), "jobs", ["state", "created_at_us"], unique=False)


def _create_datasets() -> None:
    op.create_table(
        "datasets",
        sa.Column("project", sa.String(length=31), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=255), nullable=False),
        sa.Column("connection_id", sa.String(length=255), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("topic", sa.String(length=255), nullable=False),
        sa.Column("routing_key", sa.String(length=255), nullable=False),
        sa.Column("endpoint", sa.String(length=255), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name=op.f("fk_datasets_connection_id_connections")
        ),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_datasets_project_projects")),
        sa.PrimaryKeyConstraint("project", "name", name=op.f("pk_datasets")),
    )
    op.create_index(
        op.f("ix_datasets_connection_id_path"), "datasets", ["connection_id", "path"], unique=False
    )


def _create_job_lines() -> None:
    op.create_table(
        "job_lines",
        sa.Column("job_id", sa.String(length=255), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_lines_job_id_jobs")),
        sa.PrimaryKeyConstraint("job_id", "line", name=op.f("pk_job_lines")),
    )


def _create_stores() -> None:
    op.create_table(
        "stores",
        sa.Column("project", sa.String(length=31), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_stores_project_projects")),
        sa.PrimaryKeyConstraint("project", "name", name=op.f("pk_stores")),
    )


def _create_zones() -> None:
    op.create_table(
        "zones",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("project", sa.String(length=31), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_zones_project_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zones")),
        sa.UniqueConstraint("project", "name", name=op.f("uq_zones_project_name")),
    )


def _create_evaluations() -> None:
    op.create_table(
        "evaluations",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("project", sa.String(length=31), nullable=False),
        sa.Column("store", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("recipe", sa.String(length=255), nullable=False),
        sa.Column("window_start", sa.Date(), nullable=False),
        sa.Column("window_end", sa.Date(), nullable=False),
        sa.Column("latest_revision", sa.Integer(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project", "store"],
            ["stores.project", "stores.name"],
            name=op.f("fk_evaluations_project_store_stores"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
        sa.UniqueConstraint(
            "project",
            "store",
            "recipe",
            "window_start",
            "window_end",
            name=op.f("uq_evaluations_project_store_recipe_window_start_window_end"),
        ),
    )


def _create_recipes() -> None:
    op.create_table(
        "recipes",
        sa.Column("project", sa.String(length=31), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=255), nullable=False),
        sa.Column("dataset", sa.String(length=255), nullable=False),
        sa.Column("model", sa.String(length=255), nullable=False),
        sa.Column("store", sa.String(length=255), nullable=False),
        sa.Column("settings", _DOCUMENT, nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project", "dataset"],
            ["datasets.project", "datasets.name"],
            name=op.f("fk_recipes_project_dataset_datasets"),
        ),
        sa.ForeignKeyConstraint(
            ["project", "model"],
            ["models.project", "models.name"],
            name=op.f("fk_recipes_project_model_models"),
        ),
        sa.ForeignKeyConstraint(
            ["project", "store"],
            ["stores.project", "stores.name"],
            name=op.f("fk_recipes_project_store_stores"),
        ),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_recipes_project_projects")),
        sa.PrimaryKeyConstraint("project", "name", name=op.f("pk_recipes")),
    )


def _create_zone_items() -> None:
    op.create_table(
        "zone_items",
        sa.Column("project", sa.String(length=31), nullable=False),
        sa.Column("kind", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("zone_id", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_zone_items_project_projects")),
        sa.ForeignKeyConstraint(["zone_id"], ["zones.id"], name=op.f("fk_zone_items_zone_id_zones")),
        sa.PrimaryKeyConstraint("project", "kind", "name", name=op.f("pk_zone_items")),
    )
    op.create_index(op.f("ix_zone_items_zone_id"), "zone_items", ["zone_id"], unique=False)


def _create_evaluation_revisions() -> None:
    op.create_table(
        "evaluation_revisions",
        sa.Column("evaluation_id", sa.String(length=255), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=255), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("model", sa.String(length=255), nullable=False),
        sa.Column("model_version", sa.String(length=255), nullable=False),
        sa.Column("headline", _DOCUMENT, nullable=False),
        sa.Column("document", _DOCUMENT, nullable=False),
        sa.Column("digest", sa.String(length=255), nullable=False),
        sa.Column("job_id", sa.String(length=255), nullable=True),
        sa.Column("code_version", sa.String(length=255), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluations.id"],
            name=op.f("fk_evaluation_revisions_evaluation_id_evaluations"),
        ),
        sa.PrimaryKeyConstraint("evaluation_id", "revision", name=op.f("pk_evaluation_revisions")),
    )
