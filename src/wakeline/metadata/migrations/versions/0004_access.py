"""Keys for the event servers, destinations with keys of their own, and one version for all these rules.

A reporting key that an infrastructure shows was known to the home's event server by itself; now it is a key
like the others.
"""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    _create_api_keys()
    op.add_column("destinations", sa.Column("keys", _DOCUMENT, nullable=True))
    versions = op.create_table(
        "rules_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules_version")),
    )
    found = op.get_bind().execute(sa.text("SELECT max(since_rules_version) FROM destinations")).scalar()
    op.get_bind().execute(versions.insert().values(id=1, version=found or 1))
    _take_over_reporting_keys()


def _create_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("label", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=255), nullable=False),
        sa.Column("ending", sa.String(length=255), nullable=False),
        sa.Column("former_sha256", sa.String(), nullable=True),
        sa.Column("former_until_us", sa.BigInteger(), nullable=True),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=True),
        sa.Column("events_per_second", sa.Float(), nullable=True),
        sa.Column("destinations", _DOCUMENT, nullable=True),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("rotated_at_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )


def _take_over_reporting_keys() -> None:
    connection = op.get_bind()
    keys = sa.table(
        "api_keys",
        *(sa.column(name) for name in ("id", "label", "sha256", "ending", "created_at_us")),
    )
    rows = connection.execute(sa.text("SELECT id, settings, created_at_us FROM infrastructures")).all()
    taken: set[str] = set()
    for id_, settings, created_at_us in rows:
        found = json.loads(settings) if isinstance(settings, str) else settings
        key = (found or {}).get("reporting_key")
        if key is None or key["sha256"] in taken:
            continue
        taken.add(key["sha256"])
        connection.execute(
            keys.insert().values(
                id=f"infrastructure-{id_}"[:63],
                label=f"the reporting key of the infrastructure {id_}",
                sha256=key["sha256"],
                ending=key["ending"],
                created_at_us=created_at_us,
            )
        )
