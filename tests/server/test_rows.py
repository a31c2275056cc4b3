"""Rows of a dataset: pages, filters, sorting, statistics, downloads; odd names, and nothing injected."""

import io
import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from tests.monitoring.world import LOG_PATH, PROJECT, World, build_event, commit_events, make_world

DATASET = f"/api/v1/datasets/{PROJECT}/log"
ODD = 'dep "hour"; --'


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Three commits over two days: 60 rows, hours 0..59, carriers in turn, every sixth refused."""
    made = make_world(tmp_path)
    for part in range(3):
        events = [
            build_event(
                date(2013, 4, 1 + part // 2),
                {ODD: float(hour), "Hour": -float(hour), "carrier": ["AA", "UA", "dl"][hour % 3]},
                0.7,
                status=400 if hour % 6 == 0 else 200,
            )
            for hour in range(part * 20, part * 20 + 20)
        ]
        commit_events(made.home, events)
    return made


def open_dataset(client: TestClient) -> None:
    body = {"project": PROJECT, "name": "log", "connection_id": "local", "path": LOG_PATH}
    client.post("/api/v1/datasets", json=body).raise_for_status()


def read_rows(client: TestClient, *filters: dict[str, Any], **query: Any) -> dict[str, Any]:
    chosen = {"filters": json.dumps(filters)} if filters else {}
    answer = client.get(f"{DATASET}/rows", params={**query, **chosen})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_pages_cover_every_row_once(world: World) -> None:
    with world.open_client() as client:
        open_dataset(client)
        seen: list[float] = []
        for offset in range(0, 70, 7):
            page = read_rows(client, limit=7, offset=offset)
            assert page["row_count"] == 60
            seen += [row[f"features.{ODD}"] for row in page["rows"]]
        assert sorted(seen) == [float(hour) for hour in range(60)]
        days = [row["day"] for row in read_rows(client, limit=60)["rows"]]
        assert days == sorted(days)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"column": "status", "operator": "ge", "value": 400}, 10),
        ({"column": f"features.{ODD}", "operator": "lt", "value": 5}, 5),
        ({"column": f"features.{ODD}", "operator": "le", "value": 5}, 6),
        ({"column": f"features.{ODD}", "operator": "gt", "value": 58}, 1),
        ({"column": "features.carrier", "value": "AA"}, 20),
        ({"column": "features.carrier", "operator": "ne", "value": "AA"}, 40),
        ({"column": "features.carrier", "operator": "contains", "value": "D"}, 20),
        ({"column": "features.carrier", "value": "' OR 1=1 --"}, 0),
        ({"column": "day", "value": "2013-04-02"}, 20),
        ({"column": "event_time", "operator": "ge", "value": "2013-04-02T00:00:00Z"}, 20),
        ({"column": "error", "operator": "is-null"}, None),
        ({"column": "features.carrier", "operator": "not-null"}, 60),
    ],
)
def test_filters(world: World, entry: dict[str, Any], expected: int | None) -> None:
    with world.open_client() as client:
        open_dataset(client)
        if expected is None:  # a column that no event had
            assert client.get(f"{DATASET}/rows", params={"filters": json.dumps([entry])}).status_code == 422
            return
        page = read_rows(client, entry, limit=1000)
        assert (page["row_count"], len(page["rows"])) == (expected, expected)


def test_sorting_is_whole_and_stable(world: World) -> None:
    with world.open_client() as client:
        open_dataset(client)
        column = f"features.{ODD}"
        pages = [
            read_rows(client, limit=25, offset=offset, sort=column, descending=True) for offset in (0, 25, 50)
        ]
        values = [row[column] for page in pages for row in page["rows"]]
        assert values == [float(hour) for hour in reversed(range(60))]
        by_level = [
            read_rows(client, limit=9, offset=offset, sort="features.carrier") for offset in range(0, 60, 9)
        ]
        ids = [row["event_id"] for page in by_level for row in page["rows"]]
        assert len(set(ids)) == 60


def test_a_window_and_columns_narrow_the_page(world: World) -> None:
    with world.open_client() as client:
        open_dataset(client)
        page = read_rows(client, window="2013-04-02", column=["features.Hour", "status"])
        assert page["row_count"] == 20
        assert [column["name"] for column in page["columns"]] == ["features.Hour", "status"]


@pytest.mark.parametrize(
    "query",
    [
        {"filters": "nothing"},
        {"filters": '[{"column": "status", "operator": "like", "value": 1}]'},
        {"filters": '[{"column": "status", "value": "many"}]'},
        {"filters": '[{"column": "day", "value": "tomorrow"}]'},
        {"filters": '[{"column": "nothing", "value": 1}]'},
        {"sort": "nothing"},
        {"column": "nothing"},
        {"limit": 1001},
        {"offset": -1},
        {"window": "some day"},
    ],
)
def test_questions_that_make_no_sense_are_named(world: World, query: dict[str, Any]) -> None:
    with world.open_client() as client:
        open_dataset(client)
        answer = client.get(f"{DATASET}/rows", params=query)
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:wakeline:problem:invalid-input")


def test_before_the_first_event_there_is_nothing(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        open_dataset(client)
        assert read_rows(client)["rows"] == []
        assert client.get(f"{DATASET}/statistics").json()["columns"] == []
        assert client.get(f"{DATASET}/download").status_code == 404


def test_statistics_of_columns(world: World) -> None:
    with world.open_client() as client:
        open_dataset(client)
        found = client.get(f"{DATASET}/statistics").json()
        assert (found["row_count"], found["sampled_rows"]) == (60, 60)
        columns = {column["name"]: column for column in found["columns"]}
        number = columns[f"features.{ODD}"]
        assert (number["minimum"], number["maximum"], number["mean"]) == (0, 59, 29.5)
        assert (number["counts"], len(number["edges"])) == ([3] * 20, 21)
        levels = {entry["value"]: entry["count"] for entry in columns["features.carrier"]["levels"]}
        assert levels == dict(Counter(["AA", "UA", "dl"][hour % 3] for hour in range(60)))
        assert (columns["day"]["minimum"], columns["day"]["maximum"]) == ("2013-04-01", "2013-04-02")
        assert columns["status"]["null_count"] == 0
        chosen = client.get(
            f"{DATASET}/statistics", params={"column": "status", "window": "2013-04-02"}
        ).json()
        assert ([column["name"] for column in chosen["columns"]], chosen["row_count"]) == (["status"], 20)


def test_a_selection_as_a_file(world: World) -> None:
    chosen = {"filters": '[{"column": "status", "operator": "ge", "value": 400}]'}
    with world.open_client() as client:
        open_dataset(client)
        csv = client.get(f"{DATASET}/download", params=chosen)
        assert csv.headers["content-disposition"] == 'attachment; filename="log.csv"'
        table = pc.read_csv(io.BytesIO(csv.content))
        parquet = client.get(f"{DATASET}/download", params={**chosen, "format": "parquet"})
        stored = pq.read_table(io.BytesIO(parquet.content))
        arrow = client.get(f"{DATASET}/download", params={**chosen, "format": "arrow"})
        assert pa.ipc.open_stream(arrow.content).read_all().equals(stored)
        assert table.num_rows == stored.num_rows == 10
        assert table.column_names == stored.column_names
        assert sorted(stored.column(f"features.{ODD}").to_pylist()) == [
            float(hour) for hour in range(0, 60, 6)
        ]
        nothing = {"filters": '[{"column": "status", "value": 9}]'}
        empty = client.get(f"{DATASET}/download", params=nothing).text
        assert empty.count("\n") == 1


def test_a_feature_that_a_new_version_retypes_shows_each_versions_value(tmp_path: Path) -> None:
    """One column to look at, whatever the types; the values are the callers' own."""
    made = make_world(tmp_path)
    day = date(2013, 4, 1)
    commit_events(made.home, [build_event(day, {"temp": 20.5, "carrier": "UA"}, 0.7)])
    commit_events(made.home, [build_event(day, {"temp": "warm", "carrier": 3}, 0.7, model_version="v2")])
    commit_events(made.home, [build_event(day, {"temp": True, "carrier": [1]}, 0.7, model_version="v3")])
    names = ["features.temp", "features.carrier"]
    with made.open_client() as client:
        open_dataset(client)
        whole = read_rows(client)
        shown = read_rows(client, column=names)
        texts = read_rows(client, column=["features_text.temp"])
        preview = client.get(f"{DATASET}/preview").json()
    expected = {"v1": [20.5, "UA"], "v2": ["warm", 3], "v3": [True, "[1]"]}
    assert {row["model_version"]: [row[name] for name in names] for row in whole["rows"]} == expected
    assert [column["name"] for column in shown["columns"]] == names
    assert sorted(([row[name] for name in names] for row in shown["rows"]), key=str) == sorted(
        expected.values(), key=str
    )
    assert not {"features_text.temp"} & {
        column["name"] for column in [*whole["columns"], *preview["columns"]]
    }
    assert {row["features_text.temp"] for row in texts["rows"]} == {None, '"warm"', "true"}


@pytest.mark.parametrize(
    ("window", "expected"), [(None, {"2013-04-01": 40, "2013-04-02": 20}), ("2013-04-02", {"2013-04-02": 20})]
)
def test_snippets_read_the_log(
    world: World, capsys: pytest.CaptureFixture[str], window: str | None, expected: dict[str, int]
) -> None:
    """As served, with the original names; Spark's is run in tests/loglake/test_spark.py."""
    with world.open_client() as client:
        open_dataset(client)
        answer = client.get(f"{DATASET}/snippets", params={"window": window} if window else {})
        snippets = {entry["engine"]: entry["code"] for entry in answer.json()["items"]}
    assert list(snippets) == ["duckdb", "polars", "pandas", "spark"]
    compile(snippets["spark"], "spark", "exec")
    for engine in ("duckdb", "polars", "pandas"):
        made: dict[str, Any] = {}
        exec(snippets[engine], made)
        names = made["rows"].collect_schema().names() if engine == "polars" else list(made["rows"].columns)
        assert {f"features.{ODD}", "features.carrier"} <= set(names)
        shown = capsys.readouterr().out
        found = re.findall(r"(2013-\d\d-\d\d)\D+(\d+)", shown)
        assert {day: int(count) for day, count in found} == expected, shown


def test_sorted_pages_meet_at_any_offset(world: World) -> None:
    """Against Python's own sort, with a filter, to the last row and beyond."""
    odd, entry = f"features.{ODD}", {"column": "status", "operator": "lt", "value": 400}
    with world.open_client() as client:
        open_dataset(client)
        pages = [
            read_rows(client, entry, limit=7, offset=offset, sort="features.carrier", column=[odd])
            for offset in range(0, 60, 7)
        ]
    hours = [hour for hour in range(60) if hour % 6]
    expected = sorted(hours, key=lambda hour: ["AA", "UA", "dl"][hour % 3])
    found = [row[odd] for page in pages for row in page["rows"]]
    carriers = [["AA", "UA", "dl"][int(hour) % 3] for hour in found]
    assert (sorted(found), carriers) == (sorted(hours), [["AA", "UA", "dl"][hour % 3] for hour in expected])
    assert [page["row_count"] for page in pages] == [50] * 9


def test_pages_of_a_version_stay_while_the_log_grows(world: World) -> None:
    with world.open_client() as client:
        open_dataset(client)
        first = read_rows(client, limit=60, sort="features.Hour")
        commit_events(world.home, [build_event(date(2013, 4, 1), {"Hour": -99.0}, 0.7)])
        again = read_rows(client, limit=60, sort="features.Hour", version=first["version"])
        assert (again["rows"], again["row_count"]) == (first["rows"], 60)
        newest = read_rows(client, limit=1, sort="features.Hour")
        assert (newest["rows"][0]["features.Hour"], newest["row_count"]) == (-99.0, 61)
        gone = client.get(f"{DATASET}/rows", params={"version": 999})
        assert (gone.status_code, "no version 999" in gone.json()["detail"]) == (404, True)
