"""Profiles kept on disk: used while they cover the data, completed, rebuilt, never believed when broken."""

import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.evaluation.world import World, draw_rows, write_model
from wakeline.core.status import Status
from wakeline.core.window import Window
from wakeline.evaluation import daily_profiles
from wakeline.evaluation.daily_profiles import ProfileFolder
from wakeline.loglake.compaction import compact, plan_compaction
from wakeline.loglake.disk import Disk
from wakeline.loglake.rewrite import list_live_files
from wakeline.loglake.table import open_table
from wakeline.loglake.window import LogFile, LogSnapshot
from wakeline.statistics.profile_bytes import ProfileBundle

DAY = date(2013, 4, 1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    write_model(world.model, draw_rows(800, 0))
    world.log(DAY, draw_rows(200, 1))
    world.log(date(2013, 4, 2), draw_rows(200, 2))
    return world


@pytest.fixture
def read_days(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """The days of the files that were profiled from rows."""
    days: list[date] = []
    plain = daily_profiles._add_file

    def watch(parts: object, snapshot: LogSnapshot, file: LogFile, *given: object, **named: object) -> None:
        days.append(file.day)
        plain(parts, snapshot, file, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(daily_profiles, "_add_file", watch)
    return days


def _kept(world: World) -> list[Path]:
    return sorted((world.home / "profiles").rglob("*.parquet"))


def test_a_day_is_profiled_once(world: World, read_days: list[date]) -> None:
    first = world.evaluate("2013-04")
    assert read_days == [DAY, date(2013, 4, 2)]
    assert [path.name for path in _kept(world)] == ["2013-04-01.parquet", "2013-04-02.parquet"]
    assert world.evaluate("2013-04").to_dict() == first.to_dict()
    assert len(read_days) == 2


def test_late_rows_are_added_to_what_the_day_has(world: World, read_days: list[date]) -> None:
    world.evaluate("2013-04")
    world.log(DAY, draw_rows(100, 3))
    late = world.evaluate("2013-04")
    assert late.row_count == 500
    assert read_days == [DAY, date(2013, 4, 2), DAY]
    assert late.readings == world.evaluate("2013-04", profiles=None).readings


def test_a_day_whose_data_were_rewritten_is_rebuilt(world: World, read_days: list[date]) -> None:
    world.evaluate("2013-04-01")
    snapshot = LogSnapshot.open(world.table)
    [file] = snapshot.files(Window(DAY, date(2013, 4, 2)))
    folder = ProfileFolder.locate(world.home / "profiles", world.table)
    edge_set = folder.load_edge_set()
    assert edge_set is not None
    kept = folder.load_day(DAY, edge_set, "answered")
    assert kept is not None
    assert kept.note == {"attempts": [file.attempt_id]}
    stale = ProfileBundle(kept.parts, {"attempts": [file.attempt_id, "gone"]})
    folder.save_day(DAY, edge_set, "answered", stale)
    read_days.clear()
    assert world.evaluate("2013-04-01").row_count == 200
    assert read_days == [DAY]


def test_merged_files_with_the_same_rows_are_profiled_no_second_time(
    world: World, read_days: list[date]
) -> None:
    """Neither the day's profile nor the evaluation changes: the data are what they were."""
    world.log(DAY, draw_rows(100, 3))
    first = world.evaluate("2013-04")
    kept = {path: path.read_bytes() for path in _kept(world)}
    _merge_files(world)
    assert len(LogSnapshot.open(world.table).files(Window(DAY, date(2013, 4, 2)))) == 1
    read_days.clear()
    assert world.evaluate("2013-04").to_dict() == first.to_dict()
    assert read_days == []
    assert {path: path.read_bytes() for path in _kept(world)} == kept
    world.log(DAY, draw_rows(50, 4))
    late = world.evaluate("2013-04")
    assert (late.row_count, read_days) == (550, [DAY])
    assert late.readings == world.evaluate("2013-04", profiles=None).readings


def test_a_file_that_mixes_old_and_new_rows_makes_its_day_anew(world: World, read_days: list[date]) -> None:
    world.evaluate("2013-04")
    world.log(DAY, draw_rows(100, 3))
    _merge_files(world)
    read_days.clear()
    late = world.evaluate("2013-04")
    assert (late.row_count, read_days) == (500, [DAY])
    assert late.readings == world.evaluate("2013-04", profiles=None).readings


def _merge_files(world: World) -> None:
    now_us = time.time_ns() // 1000 + 3_600_000_000
    files = list_live_files(open_table(world.table))
    for bundle in plan_compaction(files, column_count=20, now_us=now_us):
        assert compact(world.table, bundle, Disk())


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"\x00" * 100])
def test_broken_profiles_are_rebuilt(world: World, read_days: list[date], damage: bytes) -> None:
    sound = world.evaluate("2013-04")
    for path in _kept(world):
        path.write_bytes(damage)
    assert world.evaluate("2013-04").to_dict() == sound.to_dict()
    assert len(read_days) == 4
    for path in (world.home / "profiles").rglob("edge-set.json"):
        path.write_bytes(damage)
    assert world.evaluate("2013-04").to_dict() == sound.to_dict()


def test_nothing_half_written_is_left(world: World) -> None:
    world.evaluate("2013-04")
    assert not [path for path in (world.home / "profiles").rglob("*") if path.name.startswith(".")]


def test_the_edge_set_outlives_model_versions(world: World) -> None:
    world.evaluate("2013-04")
    folder = ProfileFolder.locate(world.home / "profiles", world.table)
    first = folder.load_edge_set()
    newer = write_model(world.home / "models" / "v2", draw_rows(900, 7, warmer=3.0), version="v2")
    world.log(date(2013, 4, 3), draw_rows(200, 8), model_version="v2")
    result = world.evaluate("2013-04", model_folder=newer, filter_model_version="v2")
    assert (result.row_count, result.model_version) == (200, "v2")
    second = folder.load_edge_set()
    assert first is not None
    assert second is not None
    assert first.id == second.id


def test_an_outgrown_edge_set_is_refined_and_both_sides_are_rebuilt(
    world: World, read_days: list[date]
) -> None:
    folder = ProfileFolder.locate(world.home / "profiles", world.table)
    world.evaluate("2013-04")
    before = folder.load_edge_set()
    world.log(date(2013, 4, 5), draw_rows(1200, 9, warmer=90.0))
    read_days.clear()
    result = world.evaluate("2013-04-05", exact_rows_max=0)
    after = folder.load_edge_set()
    assert before is not None
    assert after is not None
    assert before.id != after.id
    assert read_days == [date(2013, 4, 5)] * 2
    exact = world.evaluate("2013-04-05")
    for coarse, fine in zip(result.readings, exact.readings, strict=True):
        if coarse.metric in {"ks", "psi"}:
            assert coarse.value == pytest.approx(fine.value, abs=0.01)
    read_days.clear()
    assert world.evaluate("2013-04-05").to_dict() == exact.to_dict()
    assert read_days == []


def _scale_temps(rows: list[dict[str, Any]], factor: float, shift: float) -> list[dict[str, Any]]:
    for row in rows:
        temp = row["features"]["temp"]
        row["features"]["temp"] = None if temp is None else temp * factor + shift
    return rows


@pytest.mark.parametrize("factor", [1000.0, 1e-4])
def test_a_later_reference_in_other_units_gets_edges_of_its_own(world: World, factor: float) -> None:
    """The second version's values lie in one cell of the first's edges, beyond them or between two."""
    world.evaluate("2013-04-01")
    folder = write_model(
        world.home / "models" / "v2", _scale_temps(draw_rows(800, 5), factor, 0), version="v2"
    )
    day = date(2013, 4, 3)
    world.log(day, _scale_temps(draw_rows(300, 6), factor, 10 * factor), model_version="v2")
    chosen = {"model_folder": folder, "filter_model_version": "v2"}
    with_history = world.evaluate("2013-04-03", **chosen)
    without = world.evaluate("2013-04-03", profiles=None, **chosen)
    found, expected = (
        {(reading.metric, reading.column): reading for reading in result.readings}
        for result in (with_history, without)
    )
    psi = found["psi", "temp"].value
    assert psi is not None
    assert psi == pytest.approx(expected["psi", "temp"].value, rel=0.05)
    assert with_history.sentence == without.sentence
    assert with_history.status is Status.WARNING
    assert world.evaluate("2013-04-03", **chosen).to_dict() == with_history.to_dict()
    assert world.evaluate("2013-04-01").status is Status.OK


def test_the_fingerprint_tells_the_edges(world: World) -> None:
    """The same rows on finer edges give other resolutions, so that is another fingerprint."""
    folder = write_model(world.home / "models" / "v2", _scale_temps(draw_rows(800, 5), 1e-4, 0), version="v2")
    world.log(DAY, draw_rows(50, 6), model_version="v2")
    first = world.evaluate("2013-04-01", exact_rows_max=0)
    world.evaluate("2013-04-01", model_folder=folder, filter_model_version="v2")
    second = world.evaluate("2013-04-01", exact_rows_max=0)
    assert first.fingerprint != second.fingerprint
