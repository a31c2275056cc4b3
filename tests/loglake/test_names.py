"""Every name survives, and no two columns of a table differ by case alone."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.loglake.odd_names import ODD_NAMES
from wakeline.core.errors import InvalidInputError
from wakeline.core.event import Stream
from wakeline.loglake.columns import ColumnType, plan_columns
from wakeline.loglake.layout import derive_logical, locate_table, read_stream
from wakeline.loglake.names import escape_name, escape_segment, unescape_name

NAMES = st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("_xX0A.é")), max_size=12)
CASE_TWINS = st.lists(st.text("aAbBxX_.ßſK", max_size=3), unique=True, max_size=40)


@given(NAMES)
def test_unescape_gives_the_name_back(name: str) -> None:
    assert unescape_name(escape_name(name)) == name


@given(NAMES, NAMES)
def test_different_names_have_different_columns(one: str, other: str) -> None:
    assert (one == other) == (escape_name(one) == escape_name(other))


@given(CASE_TWINS)
def test_columns_of_a_table_differ_by_more_than_case(names: list[str]) -> None:
    planned = plan_columns({}, [(f"features.{name}", ColumnType.DOUBLE) for name in names])
    columns = [column.physical for column in planned.values()]
    assert len({column.casefold() for column in columns}) == len(names)
    assert [derive_logical(column) for column in columns] == [f"features.{name}" for name in names]


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("a.b", "a_x002E_b"),
        ("proba yes", "proba_x0020_yes"),
        ("día", "día"),
        ("select", "select"),
        ("a_xb", "a_x005F_xb"),
        ("", "_x_"),
        ("_x_", "_x005F_x_"),
        ("😀", "_x1F600_"),
    ],
)
def test_escape_is_as_published(name: str, column: str) -> None:
    assert escape_name(name) == column


def test_later_twin_is_escaped_whichever_comes_first() -> None:
    upper_first = plan_columns({}, [("features.UP", ColumnType.DOUBLE), ("features.up", ColumnType.DOUBLE)])
    lower_first = plan_columns({}, [("features.up", ColumnType.DOUBLE), ("features.UP", ColumnType.DOUBLE)])
    assert upper_first["features.UP"].physical == "feature__UP"
    assert upper_first["features.up"].physical == "feature___x0075__x0070_"
    assert lower_first["features.UP"].physical == "feature___x0055__x0050_"


@pytest.mark.parametrize("name", [name for name in ODD_NAMES if 0 < len(name) < 20])
def test_streams_survive_as_folders(tmp_path: Path, name: str) -> None:
    stream = Stream(name, name, name)
    root = locate_table(tmp_path, stream)
    assert read_stream(tmp_path, root) == stream
    assert root.is_relative_to(tmp_path)
    assert len(root.relative_to(tmp_path).parts) == 3


@pytest.mark.parametrize("name", ["", ".", "..", "a" * 201])
def test_names_that_cannot_be_folders_are_refused(name: str) -> None:
    with pytest.raises(InvalidInputError):
        escape_segment(name)


def test_plain_ids_stay_readable(tmp_path: Path) -> None:
    root = locate_table(tmp_path, Stream("api-node-query", "FLIGHTS-on-local", "_"))
    assert root == tmp_path / "api-node-query" / "FLIGHTS-on-local" / "_"
