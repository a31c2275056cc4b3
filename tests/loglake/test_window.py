"""Reading: snapshots, windows, previews, and nulls where a column is missing."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from tests.loglake.posted import STREAM, build_batch, describe
from wakeline.core.errors import BrokenFileError, InvalidInputError, NotFoundError
from wakeline.core.window import Window, parse_window
from wakeline.loglake.commit import commit_batches
from wakeline.loglake.layout import locate_table
from wakeline.loglake.preview import preview
from wakeline.loglake.window import LogSnapshot, Partition


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Offsets 1 to 60, one an hour from 1 April 2013 on; a new feature from 41 on."""
    root = locate_table(tmp_path, STREAM)
    commit_batches(root, [build_batch(1, 40)])
    late = build_batch(41, 60, event=lambda n: describe(n) | {"features": {"late one": n}})
    commit_batches(root, [late])
    return root


def test_partitions_come_from_the_log(root: Path) -> None:
    snapshot = LogSnapshot.open(root)
    found = [(p.day, p.row_count, p.file_count) for p in snapshot.partitions()]
    assert found == [(date(2013, 4, 1), 23, 1), (date(2013, 4, 2), 24, 2), (date(2013, 4, 3), 13, 1)]
    assert all(isinstance(p, Partition) and p.bytes > 0 for p in snapshot.partitions())
    assert snapshot.count() == 60


def test_windows_tile_the_log(root: Path) -> None:
    snapshot = LogSnapshot.open(root)
    days = list(Window(date(2013, 3, 31), date(2013, 4, 5)).days())
    counts = [snapshot.count(parse_window(day.isoformat())) for day in days]
    assert counts == [0, 23, 24, 13, 0]
    files = snapshot.files(parse_window("2013-04"))
    assert files == sorted(files, key=lambda file: (file.day, file.path))


def test_a_snapshot_does_not_move(root: Path) -> None:
    snapshot = LogSnapshot.open(root)
    commit_batches(root, [build_batch(61, 70)])
    assert snapshot.count() == 60
    assert LogSnapshot.open(root).count() == 70
    assert LogSnapshot.open(root).version > snapshot.version


def test_missing_columns_are_null_of_the_right_type(root: Path) -> None:
    snapshot = LogSnapshot.open(root)
    rows = snapshot.read_file(
        snapshot.files()[0], ["features.late one", "error", "never seen", "day", "event_time"]
    )
    assert rows.schema.types == [
        pa.float64(),
        pa.string(),
        pa.null(),
        pa.date32(),
        pa.timestamp("us", tz="UTC"),
    ]
    assert rows.num_rows == 23
    assert rows.column("features.late one").null_count == 23


def test_no_columns_is_no_rows_lost(root: Path) -> None:
    snapshot = LogSnapshot.open(root)
    assert snapshot.read_file(snapshot.files()[0], ["day"]).num_rows == 23


def test_a_broken_data_file_is_named(root: Path) -> None:
    snapshot = LogSnapshot.open(root)
    file = snapshot.files()[0]
    (root / file.path).write_bytes(b"")
    with pytest.raises(BrokenFileError, match=file.attempt_id):
        snapshot.read_file(file, ["event_id"])


def test_no_table_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        LogSnapshot.open(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFoundError):
        LogSnapshot.open(tmp_path / "empty")


def test_a_preview_has_logical_names_and_the_first_rows(root: Path) -> None:
    rows = preview(root, limit=45)
    assert rows.num_rows == 45
    names = [column.name for column in LogSnapshot.open(root).columns]
    assert rows.column_names == names
    assert rows.column("day").to_pylist()[0] == date(2013, 4, 1)
    assert rows.column("features.distance").to_pylist()[:3] == [1.0, 2.0, 3.0]
    assert preview(root, limit=100).column("features.late one").null_count == 40


def test_a_preview_filters_by_logical_name(root: Path) -> None:
    rows = preview(root, limit=10, columns=["event_id"], where={"features.late one": 50, "status": 200})
    assert rows.to_pylist() == [{"event_id": "e50"}]
    assert preview(root, limit=10, where={"event_id": "e50"}, window=parse_window("2013-04-01")).num_rows == 0


def test_a_preview_of_nothing_has_columns(root: Path) -> None:
    empty = preview(root, limit=10, window=parse_window("2020-01"))
    assert (empty.num_rows, "prediction" in empty.column_names) == (0, True)
    assert preview(root, limit=0).num_rows == 0


def test_a_preview_refuses_unknown_columns_and_limits(root: Path) -> None:
    with pytest.raises(InvalidInputError, match="no column"):
        preview(root, limit=1, where={'x"; DROP TABLE y; --': 1})
    with pytest.raises(InvalidInputError, match="limit"):
        preview(root, limit=-1)
