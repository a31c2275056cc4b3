"""An infrastructure's settings are defaults of its deployments, which keep only log switches of their own.

A switch that a deployment had on was never chosen apart from the default, so it follows its infrastructure;
one that it had off stays its own.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_SWITCHES = ("log_queries", "log_inputs", "log_outputs")


def upgrade() -> None:
    # Not a rebuilt table, which others point at: an empty document stands for the defaults.
    settings = sa.Column("settings", _DOCUMENT, nullable=False, server_default=sa.text("'{}'"))
    op.add_column("infrastructures", settings)
    _drop_switches_that_follow()


def _drop_switches_that_follow() -> None:
    deployments = sa.table(
        "deployments", sa.column("deployment_id", sa.String()), sa.column("settings", _DOCUMENT)
    )
    connection = op.get_bind()
    for deployment_id, settings in connection.execute(sa.select(deployments)).all():
        kept = {name: value for name, value in settings.items() if name not in _SWITCHES or not value}
        chosen = deployments.c.deployment_id == deployment_id
        connection.execute(deployments.update().where(chosen).values(settings=kept))
