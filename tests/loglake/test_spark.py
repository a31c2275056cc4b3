"""Spark reads a log by its live files: odd names, columns that old files lack, and the code that we show.

Its Delta reader is a jar that is not on PyPI, so that the files and the schema are taken from `deltalake`.
"""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from tests.loglake.odd_names import ODD_NAMES
from tests.loglake.posted import build_batch, describe
from wakeline.loglake.commit import commit_batches
from wakeline.loglake.layout import locate_column_list
from wakeline.loglake.snippets import render_snippets

pyspark = pytest.importorskip("pyspark", reason="PySpark is not installed: make spark")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("java") is None, reason="no Java: apt-get install default-jre-headless"),
]


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from pyspark.sql import SparkSession

    scratch = tmp_path_factory.mktemp("spark")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.warehouse.dir", str(scratch))
        .config("spark.local.dir", str(scratch))
        .config("spark.driver.memory", "512m")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two files: the first lacks all but the usual columns."""
    root = tmp_path_factory.mktemp("log") / "table"
    values = {name: float(index) for index, name in enumerate(ODD_NAMES)}
    commit_batches(root, [build_batch(1, 30)])
    commit_batches(root, [build_batch(31, 31, event=lambda n: describe(n) | {"features": values})])
    return root


def read_log(spark: Any, root: Path) -> Any:
    from pyspark.sql.types import StructType

    table = DeltaTable(str(root))
    schema = StructType.fromJson(json.loads(table.schema().to_json()))
    return spark.read.option("basePath", str(root)).schema(schema).parquet(*table.file_uris())


def test_spark_reads_every_odd_name(spark: Any, root: Path) -> None:
    entries = json.loads(locate_column_list(root).read_text())["columns"]
    physical = {entry["name"]: entry["column"] for entry in entries}
    rows = {row["event_id"]: row for row in read_log(spark, root).collect()}
    assert len(rows) == 31
    for index, name in enumerate(ODD_NAMES):
        column = physical[f"features.{name}"]
        assert rows["e31"][column] == index, name
        assert rows["e1"][column] is None, name


def test_sparks_code_as_shown_counts_days_under_original_names(
    spark: Any, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = render_snippets(root)["spark"]
    load = f'spark.read.format("delta").load({str(root)!r})'
    assert load in shown
    made: dict[str, Any] = {"spark": spark, "log": read_log(spark, root)}
    exec(shown.replace(load, "log"), made)
    assert "features.día" in made["rows"].columns
    counts = {str(day): count for day, count in made["rows"].groupBy("day").count().collect()}
    assert counts == {"2013-04-01": 23, "2013-04-02": 8}
    assert "2013-04-01" in capsys.readouterr().out
