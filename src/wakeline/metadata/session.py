"""Opens the metadata database. SQLite by default; one engine a process, one session a request or job.

On SQLite a transaction takes the write lock with its first change and waits for it; reading never waits.
"""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

_BUSY_TIMEOUT_SECONDS = 30


def locate_database(home: Path) -> str:
    """The URL of the home's own SQLite database."""
    return f"sqlite:///{home / 'metadata.sqlite'}"


def open_database(url: str) -> Engine:
    """Connects and brings the tables up to date."""
    engine = _connect(url)
    with engine.connect() as connection:
        configuration = Config(attributes={"connection": connection})
        configuration.set_main_option("script_location", "wakeline.metadata:migrations")
        command.upgrade(configuration, "head")
    return engine


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """`with sessions.begin() as session:` commits at the end, or rolls back on an error."""
    return sessionmaker(engine, expire_on_commit=False)


def _connect(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url)
    engine = create_engine(
        url, connect_args={"timeout": _BUSY_TIMEOUT_SECONDS, "isolation_level": "IMMEDIATE"}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()
