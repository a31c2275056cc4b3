"""Questions to a log on an S3-compatible store: the same answers as from a local disk, to the last value."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.loglake.posted import STREAM, build_batch, describe
from tests.loglake.stores import find_place, run_store
from wakeline.core.errors import BrokenFileError, InvalidInputError, UnavailableError
from wakeline.core.window import Window
from wakeline.loglake.column_statistics import describe_columns
from wakeline.loglake.commit import commit_batches
from wakeline.loglake.layout import locate_table
from wakeline.loglake.place import ObjectPlace
from wakeline.loglake.preview import preview
from wakeline.loglake.row_order import RowOrders
from wakeline.loglake.row_query import (
    Filter,
    Operator,
    RowQuery,
    read_page,
    read_tail,
    stream_rows,
    summarize_days,
)
from wakeline.loglake.storage import ObjectStore
from wakeline.loglake.window import LogSnapshot

ROWS = 60


def describe_oddly(number: int) -> dict[str, Any]:
    """Some events have columns that others lack, and one name needs quoting everywhere."""
    event = describe(number)
    event["features"] = event["features"] | ({'dep "hour"; --': -float(number)} if number > 20 else {})
    return event if number > 40 else event | {"status": None}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, ObjectPlace]]:
    """The same batches in a folder and in a store."""
    folder = locate_table(tmp_path_factory.mktemp("log"), STREAM)
    with run_store() as endpoint:
        place = locate_table(find_place(endpoint, "log"), STREAM)
        for first in range(1, ROWS, 20):
            batch = build_batch(first, first + 19, event=describe_oddly)
            commit_batches(folder, [batch])
            commit_batches(place, [batch])
        yield folder, place


def sort_rows(table: pa.Table) -> list[dict[str, Any]]:
    return sorted(table.to_pylist(), key=lambda row: str(row.get("event_id", row)))


WINDOW = Window(date(2013, 4, 2), date(2013, 4, 3))
QUERIES = [
    RowQuery(),
    RowQuery(window=WINDOW),
    RowQuery(["event_id", "day"], sort="features.distance", descending=True),
    RowQuery(["event_id"], [Filter('features.dep "hour"; --', Operator.LESS, -50)]),
    RowQuery(["day"], [Filter("event_id", Operator.CONTAINS, "E1")], sort="day"),
    RowQuery(["event_id"], [Filter("status", Operator.IS_NULL)]),
    RowQuery(None, [Filter("day", Operator.EQUAL, "2013-04-02")], WINDOW),
    RowQuery(["event_id"], window=Window(date(2020, 1, 1), date(2020, 1, 2))),
]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize(("limit", "offset"), [(ROWS, 0), (7, 3), (0, 0)])
def test_a_page_is_the_same(
    tables: tuple[Path, ObjectPlace], query: RowQuery, limit: int, offset: int
) -> None:
    pages = [
        read_page(LogSnapshot.open(table), query, limit=limit, offset=offset, orders=RowOrders())
        for table in tables
    ]
    assert pages[0].row_count == pages[1].row_count
    assert pages[0].rows.schema.names == pages[1].rows.schema.names
    assert pages[0].rows.num_rows == pages[1].rows.num_rows
    if limit == ROWS:
        assert sort_rows(pages[0].rows) == sort_rows(pages[1].rows)


def test_previews_streams_tails_and_sums_are_the_same(tables: tuple[Path, ObjectPlace]) -> None:
    local, remote = (LogSnapshot.open(table) for table in tables)
    first, second = (preview(table, limit=ROWS) for table in tables)
    assert first.schema == second.schema
    assert sort_rows(first) == sort_rows(second)
    where = {"event_id": "e7"}
    assert (
        preview(tables[0], limit=9, where=where).to_pylist()
        == preview(tables[1], limit=9, where=where).to_pylist()
        != []
    )
    streamed = [pa.Table.from_batches(stream_rows(snapshot, RowQuery())) for snapshot in (local, remote)]
    assert streamed[0].schema == streamed[1].schema
    assert sort_rows(streamed[0]) == sort_rows(streamed[1])
    assert sort_rows(read_tail(local, 5)) == sort_rows(read_tail(remote, 5))
    measures = {"queries": "count(*)", "answered": "count({status})"}
    days = Window(date(2013, 4, 1), date(2013, 5, 1))
    assert summarize_days(local, days, measures) == summarize_days(remote, days, measures) != []
    assert describe_columns(local, None) == describe_columns(remote, None)


def test_what_does_not_fit_is_refused_the_same(tables: tuple[Path, ObjectPlace]) -> None:
    for table in tables:
        with pytest.raises(InvalidInputError, match="does not fit"):
            preview(table, limit=1, where={"status": "many"})
        with pytest.raises(InvalidInputError, match="no column"):
            preview(table, limit=1, columns=["nothing"])


def test_a_file_that_is_gone_and_a_store_that_is_gone_are_told_apart() -> None:
    with run_store() as endpoint:
        table = locate_table(find_place(endpoint, "gone"), STREAM)
        commit_batches(table, [build_batch(1, 30)])
        snapshot = LogSnapshot.open(table)
        lost = snapshot.files()[-1]
        ObjectStore().remove(table / lost.path)
        with pytest.raises(BrokenFileError, match=lost.path):
            preview(table, limit=30)
        with pytest.raises(BrokenFileError, match=lost.path):
            snapshot.read_file(lost, ["event_id"])
    with pytest.raises(UnavailableError, match="s3://lake"):
        read_tail(snapshot, 5)
