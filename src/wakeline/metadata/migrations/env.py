"""Alembic's door: runs the versions beside it on the connection that `metadata.session` hands over.

An upgrade is one transaction, and while it runs a second opener waits.
"""

from alembic import context

from wakeline.metadata.record import Record
from wakeline.metadata.tables import (  # noqa: F401 - registers their tables
    access,
    alerting,
    monitoring,
    serving,
    upkeep,
)

_LOCK_NUMBER = 0x57414B45
_WAIT_FOR_OTHERS = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": f"SELECT pg_advisory_xact_lock({_LOCK_NUMBER})",
}

connection = context.config.attributes["connection"]
if connection.dialect.name in _WAIT_FOR_OTHERS:
    connection.exec_driver_sql(_WAIT_FOR_OTHERS[connection.dialect.name])
context.configure(connection=connection, target_metadata=Record.metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
connection.commit()
