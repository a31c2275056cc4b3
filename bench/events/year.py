"""A year of events: thirty days of three columns out of a hundred million rows, and the files that opens.

    python -m bench.events.year FOLDER [--events N] [--make]

With `--make` the table is written to FOLDER first, one sorted file or a few a day as closed days have (about
10 GB and a quarter of an hour for a hundred million events); later runs read what is there.
"""

import argparse
import json
import statistics
import time
from datetime import timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from bench.events.sample import DAY_US, START, START_US, build_frame, build_rows
from deltalake import DeltaTable

from wakeline.core.clock import ManualClock
from wakeline.core.window import Window
from wakeline.loglake.batch import Batch, check_batch
from wakeline.loglake.commit import LogWriter
from wakeline.loglake.upkeep import TableUpkeep
from wakeline.loglake.window import LogSnapshot
from wakeline.wire.frame import decode_frame

DAYS = 365
BATCH = 100_000
COLUMNS = ("features.distance", "features.carrier", "proba.1")
PHYSICAL = ("feature__distance", "feature__carrier", "proba__1")
WINDOW_START = START + timedelta(days=180)
WINDOW = Window(WINDOW_START, WINDOW_START + timedelta(days=30))
READS = 3


def make_table(root: Path, events: int) -> None:
    """One month's rows are drawn; the days repeat them under times of their own."""
    share = max(1, events // DAYS // BATCH)
    rest = events // DAYS // share
    drawn = [build_rows(rest, seed=seed, span_us=DAY_US // share) for seed in range(12)]
    writer = LogWriter(root)
    producer, offset = "f" * 32, 1
    for number in range(DAYS * share):
        first_us = START_US + number * (DAY_US // share)
        rows = drawn[number % len(drawn)]
        index = rows.schema.get_field_index("event_time")
        times = pc.add(rows.column(index).cast(pa.int64()), first_us - START_US)
        rows = rows.set_column(index, "event_time", times.cast(pa.timestamp("us", tz="UTC")))
        header, received = decode_frame(build_frame(rows, producer, offset, acknowledged=offset - 1))
        batch = Batch(header, received, first_us)
        check_batch(batch)
        writer.commit([batch])
        writer.checkpoint_if_due()
        offset += rows.num_rows
    upkeep = TableUpkeep(root, "bench", ManualClock(wall_us=time.time_ns() // 1000 + 3_600_000_000))
    while upkeep.run().files_written:
        continue


def read_ours(root: Path) -> tuple[int, int, float]:
    """Rows and files read, and the mean of a column so that the values were needed."""
    snapshot = LogSnapshot.open(root)
    files = snapshot.files(WINDOW)
    total = rows = 0.0
    for file in files:
        table = snapshot.read_file(file, COLUMNS)
        rows += table.num_rows
        total += pc.sum(table.column(0)).as_py()
    return int(rows), len(files), total / rows


def read_duckdb(root: Path) -> tuple[int, int, float]:
    days = {f"day={WINDOW.start + timedelta(days=number)}" for number in range(30)}
    files = [uri for uri in DeltaTable(str(root)).file_uris() if Path(uri).parent.name in days]
    query = "SELECT count(*), avg({}), min({}), avg({}) FROM read_parquet(?)".format(*PHYSICAL)
    with duckdb.connect(config={"threads": 1}) as connection:
        found = connection.execute(query, [files]).fetchone() or (0, 0.0)
    return found[0], len(files), found[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=int, default=100_000_000)
    parser.add_argument("--make", action="store_true")
    given = parser.parse_args()
    root = given.folder / "table"
    if given.make:
        start = time.process_time()
        make_table(root, given.events)
        print(f"made in {time.process_time() - start:.0f} s of CPU")
    snapshot = LogSnapshot.open(root)
    result = {
        "events": snapshot.count(),
        "days": len(snapshot.partitions()),
        "files": len(snapshot.all_files),
        "gigabytes": round(sum(file.bytes for file in snapshot.all_files) / 1e9, 2),
    }
    for name, read in (("wakeline", read_ours), ("duckdb", read_duckdb)):
        walls, cpus, found = [], [], (0, 0, 0.0)
        for _ in range(READS):
            wall, cpu = time.perf_counter(), time.process_time()
            found = read(root)
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
        result[name] = {
            "rows": found[0],
            "files_read": found[1],
            "wall_s": round(statistics.median(walls), 2),
            "cpu_s": round(statistics.median(cpus), 2),
        }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
