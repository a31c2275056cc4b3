"""The migrations and the tables are the same thing, on SQLite and on PostgreSQL."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from wakeline.deployer.deployments import settle_settings
from wakeline.deployer.infrastructures import InfrastructureSettings, read_settings
from wakeline.metadata.queries import api_keys
from wakeline.metadata.record import Record
from wakeline.metadata.session import locate_database, make_sessions, open_database
from wakeline.metadata.tables import alerting, monitoring, serving

POSTGRESQL = os.environ.get("WAKELINE_TEST_POSTGRESQL", "")


def list_differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Record.metadata))


def read_triggers(path: Path) -> set[str]:
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    return {re.sub(r"\s+", " ", row[0]) for row in rows}


def test_the_migrated_database_has_the_tables_of_the_metadata(tmp_path: Path) -> None:
    engine = open_database(locate_database(tmp_path))
    assert list_differences(engine) == []
    assert {serving.Project.__tablename__, monitoring.Job.__tablename__, alerting.Check.__tablename__} <= set(
        inspect(engine).get_table_names()
    )
    straight = tmp_path / "straight.sqlite"
    Record.metadata.create_all(create_engine(f"sqlite:///{straight}"))
    assert read_triggers(tmp_path / "metadata.sqlite") == read_triggers(straight)


@pytest.mark.slow
def test_opening_again_and_at_once_changes_nothing(tmp_path: Path) -> None:
    url = locate_database(tmp_path)
    code = "import sys; from wakeline.metadata.session import open_database as o; o(sys.argv[1])"
    openers = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(3)]
    assert [opener.wait(60) for opener in openers] == [0, 0, 0]
    with open_database(url).connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == ["0006"]


def test_a_migration_that_is_cut_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic.operations import Operations

    from wakeline.metadata import session

    def fail(*_: object) -> None:
        raise RuntimeError("cut off")

    # the last statement of the migration, after every table
    monkeypatch.setattr(Operations, "execute", fail)
    with pytest.raises(RuntimeError, match="cut off"):
        session.open_database(locate_database(tmp_path))
    monkeypatch.undo()
    with sqlite3.connect(tmp_path / "metadata.sqlite") as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    assert list_differences(session.open_database(locate_database(tmp_path))) == []


def test_versions_form_one_line() -> None:
    configuration = Config()
    configuration.set_main_option("script_location", "wakeline.metadata:migrations")
    assert len(ScriptDirectory.from_config(configuration).get_heads()) == 1


def test_the_tables_compile_for_postgresql() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in Record.metadata.sorted_tables:
        statements = [str(CreateTable(table).compile(dialect=dialect))]
        statements += [str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes]
        assert "JSONB" in statements[0] or "JSON" not in statements[0]
        names: list[str] = re.findall(r"CONSTRAINT (\w+)", statements[0])
        assert all(len(name) <= 63 for name in names), names


@pytest.mark.skipif(not POSTGRESQL, reason="WAKELINE_TEST_POSTGRESQL names no database that may be emptied")
def test_the_migrations_run_on_postgresql() -> None:
    engine = open_database(POSTGRESQL)
    assert list_differences(engine) == []


def test_a_home_of_before_infrastructures_had_settings(tmp_path: Path) -> None:
    """A switch that was on follows the infrastructure from now on; one that was off stays its own."""
    url = locate_database(tmp_path)
    path = tmp_path / "metadata.sqlite"
    engine = create_engine(url)
    with engine.connect() as connection:
        config = Config()
        config.set_main_option("script_location", "wakeline.metadata:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
    settings = '{"log_queries": true, "log_inputs": false, "log_outputs": true, "sample_rate": 0.5}'
    with sqlite3.connect(path) as database:
        database.executescript(
            f"""
            PRAGMA foreign_keys = OFF;
            INSERT INTO projects VALUES ('SHOP', 'Shop', 1);
            INSERT INTO services VALUES ('SHOP', 'checkout', 1);
            INSERT INTO service_versions VALUES ('SHOP', 'checkout', 'v1', 'p', '[]', 1);
            INSERT INTO infrastructures VALUES ('local', 'local', 'development', 1);
            INSERT INTO deployments
              VALUES ('SHOP-on-local', 'SHOP', 'checkout', 'v1', 'local', '{settings}', 1);
            """
        )
    sessions = make_sessions(open_database(url))
    with sessions() as session:
        deployment = session.get_one(serving.Deployment, "SHOP-on-local")
        assert deployment.settings == {"log_inputs": False, "sample_rate": 0.5}
        infrastructure = session.get_one(serving.Infrastructure, "local")
        assert read_settings(infrastructure) == InfrastructureSettings()
        settled, _ = settle_settings(session, deployment)
        assert (settled.log_queries, settled.log_inputs, settled.log_outputs) == (True, False, True)
    assert list_differences(sessions.kw["bind"]) == []


def test_a_reporting_key_of_before_is_a_key_like_the_others(tmp_path: Path) -> None:
    url = locate_database(tmp_path)
    with create_engine(url).connect() as connection:
        config = Config()
        config.set_main_option("script_location", "wakeline.metadata:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
    key = '{"reporting_key": {"sha256": "%s", "ending": "ters"}}'
    with sqlite3.connect(tmp_path / "metadata.sqlite") as database:
        insert = "INSERT INTO infrastructures VALUES (?, 'local', 'development', 1, ?)"
        for name, settings in (("a", key % ("1" * 64)), ("b", key % ("1" * 64)), ("c", "{}")):
            database.execute(insert, (name, settings))
        database.execute("INSERT INTO connections VALUES ('local', 'filesystem', '{}', 1)")
        database.execute("INSERT INTO destinations VALUES ('events', 'local', '', 'null', 'null', 4, 1)")
    with make_sessions(open_database(url))() as session:
        assert [(row.id, row.ending) for row in api_keys.list_api_keys(session)] == [
            ("infrastructure-a", "ters")
        ]
        assert api_keys.read_rules_version(session) == 4
