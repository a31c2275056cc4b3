"""Files as rows: formats, types of a CSV's columns, and rows that cannot be read."""

import gzip
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wakeline.core.errors import BrokenFileError, InvalidInputError, NotFoundError
from wakeline.imports.mapping import ColumnMap, check_columns, parse_map
from wakeline.imports.rows import Rejected, open_source


def read_all(path: Path, mapping: ColumnMap | None = None, **given: Any) -> list[Any]:
    source = open_source(path, mapping or ColumnMap(), **given)
    rows = list(source.read())
    assert [number for number, _ in rows] == list(range(1, source.row_count + 1))
    return [row for _, row in rows]


def test_a_csv_column_has_one_type(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "\ufeffpostcode,age,flag,word,generation,empty,mixed\n"
        '01234,40,true,a,3,,1\n,5e1,FALSE,"b, c",4,,true\n'
    )
    assert read_all(path) == [
        {
            "postcode": "01234",
            "age": 40,
            "flag": True,
            "word": "a",
            "generation": "3",
            "empty": None,
            "mixed": "1",
        },
        {
            "postcode": None,
            "age": 50.0,
            "flag": False,
            "word": "b, c",
            "generation": "4",
            "empty": None,
            "mixed": "true",
        },
    ]


def test_bad_lines_of_a_csv_are_rejected_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    with gzip.open(path, "wb") as file:
        file.write(b'a,b\n1,2\n1,2,3\n"x"y,2\n\xff,2\n\n3,4\n')
    rows = read_all(path)
    assert rows[0] == {"a": "1", "b": 2}
    assert rows[1] == Rejected("found 3 fields, expected 2", ["1", "2", "3"])
    assert "is no CSV" in rows[2].reason
    assert rows[3].reason == "the line is not UTF-8"
    assert rows[4] == {"a": "3", "b": 4}


def test_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\n\n[1]\n{"a":\n{"a": NaN}\n{"a": {"b": [1]}}\n')
    rows = read_all(path)
    assert (rows[0], rows[4]) == ({"a": 1}, {"a": {"b": [1]}})
    assert [row.reason[:20] for row in rows[1:4]] == [
        "found no JSON object",
        "the body is not JSON",
        "the body is not JSON",
    ]


def test_parquet_values_become_plain(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    moment = datetime(2013, 4, 1, 6, tzinfo=UTC)
    table = pa.table(
        {
            "t": pa.array([moment]),
            "naive": pa.array([moment.replace(tzinfo=None)]),
            "day": pa.array([date(2013, 4, 1)]),
            "price": pa.array([Decimal("1.50")]),
            "nan": pa.array([float("nan")]),
            "word": pa.array(["a"]).dictionary_encode(),
            "list": pa.array([[1, None]]),
            "struct": pa.array([{"x": b"\xff"}]),
        }
    )
    pq.write_table(table, path)
    (row,) = read_all(path)
    assert row == {
        "t": "2013-04-01T06:00:00+00:00",
        "naive": "2013-04-01T06:00:00",
        "day": "2013-04-01",
        "price": 1.5,
        "nan": None,
        "word": "a",
        "list": [1, None],
        "struct": {"x": "�"},
    }
    (row,) = read_all(path, naive_is_utc=True)
    assert row["naive"] == "2013-04-01T06:00:00+00:00"


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no file"):
        open_source(tmp_path / "none.csv", ColumnMap())
    (tmp_path / "a.xlsx").touch()
    with pytest.raises(InvalidInputError, match="does not tell a format"):
        open_source(tmp_path / "a.xlsx", ColumnMap())
    (tmp_path / "a.parquet").write_bytes(b"no")
    with pytest.raises(BrokenFileError, match="cannot be read as parquet"):
        open_source(tmp_path / "a.parquet", ColumnMap())
    (tmp_path / "a.csv").touch()
    with pytest.raises(InvalidInputError, match="has no header"):
        open_source(tmp_path / "a.csv", ColumnMap())
    (tmp_path / "a.csv.gz").write_bytes(b"no")
    with pytest.raises(BrokenFileError, match="cannot be read as csv"):
        open_source(tmp_path / "a.csv.gz", ColumnMap())


def test_a_map_names_columns() -> None:
    mapping = parse_map(["fare=features.fare", "id=prediction_id", "junk=", "*=features.*"], "when")
    names = {column: mapping.name(column) for column in ("fare", "id", "junk", "when", "age", "prediction")}
    assert names == {
        "fare": "features.fare",
        "id": "prediction_id",
        "junk": None,
        "when": "event_time",
        "age": "features.age",
        "prediction": "prediction",
    }


@pytest.mark.parametrize("entry", ["fare", "=x", "*=x", "*=features.**"])
def test_a_map_that_is_none_is_refused(entry: str) -> None:
    with pytest.raises(InvalidInputError, match="found the mapping"):
        parse_map([entry])


@pytest.mark.parametrize(
    ("columns", "entries", "words"),
    [
        (["age", "prediction"], [], "found the columns 'age', which are no names of the log; name each with"),
        (["prediction"], ["x=features.x"], "has no column 'x'; it has 'prediction'"),
        (["a", "b"], ["a=prediction", "b=prediction"], "several columns become 'prediction'"),
    ],
)
def test_columns_without_a_name_are_refused(columns: list[str], entries: list[str], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        check_columns(columns, parse_map(entries), is_open=False)


def test_the_columns_of_an_envelope_need_no_map() -> None:
    check_columns(["message.features.age", "timestamp", "severity"], ColumnMap(), is_open=False)
