"""Event servers register, destinations keep rows for some days only, erasures are recorded."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("destinations", sa.Column("retention_days", sa.Integer(), nullable=True))
    op.create_table(
        "event_servers",
        sa.Column("url", sa.String(length=255), nullable=False),
        sa.Column("rules_version", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_at_us", sa.BigInteger(), nullable=False),
        sa.Column("seen_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_event_servers")),
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("project", sa.String(length=31), nullable=False),
        sa.Column("asked_by", sa.String(length=255), nullable=False),
        sa.Column("key_columns", _DOCUMENT, nullable=False),
        sa.Column("key_hash", sa.String(length=255), nullable=False),
        sa.Column("job_id", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=255), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("places", _DOCUMENT, nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("finished_at_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_erasures_project_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_project"), "erasures", ["project"])
