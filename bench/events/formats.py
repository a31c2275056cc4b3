"""The log beside the reference system's format (JSON lines, gzip) on the same rows, in one run, one thread.

Written: events a CPU second. Read after compaction: how many events a day has, and three columns of that day.

    python -m bench.events.formats [--events N] [--days N]
"""

import argparse
import gzip
import json
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pandas as pd
import pyarrow as pa
from bench.events.sample import DAY_US, START_US, build_frame, build_rows
from deltalake import DeltaTable

from wakeline.core.clock import ManualClock
from wakeline.loglake.batch import Batch, check_batch
from wakeline.loglake.commit import LogWriter
from wakeline.loglake.upkeep import TableUpkeep
from wakeline.loglake.window import LogSnapshot
from wakeline.wire.frame import decode_frame

BATCH = 10_000
COLUMNS = ("features.distance", "features.carrier", "proba.1")
PHYSICAL = ("feature__distance", "feature__carrier", "proba__1")
READS = 3
DAY = "2025-01-02"


def build_days(events: int, days: int) -> list[pa.Table]:
    """Batches in order of time, none over two days."""
    share = events // days // BATCH
    span_us = DAY_US // share
    return [
        build_rows(BATCH, seed=number, first_us=START_US + number * span_us, span_us=span_us)
        for number in range(share * days)
    ]


def write_log(root: Path, batches: list[pa.Table]) -> float:
    """CPU seconds from the frames that a shipper sends to durable commits."""
    producer = secrets.token_hex(16)
    frames = [build_frame(rows, producer, number * BATCH + 1) for number, rows in enumerate(batches)]
    writer = LogWriter(root)
    start = time.process_time()
    for frame in frames:
        header, rows = decode_frame(frame)
        batch = Batch(header, rows, START_US)
        check_batch(batch)
        writer.commit([batch])
        writer.checkpoint_if_due()
    return time.process_time() - start


def write_lines(folder: Path, batches: list[pa.Table], encode: Callable[[Any], bytes]) -> float:
    """CPU seconds from the events in memory to one gzip file of JSON lines a batch."""
    rows = [batch.to_pylist() for batch in batches]
    start = time.process_time()
    for number, events in enumerate(rows):
        day = folder / events[0]["event_time"].date().isoformat()
        day.mkdir(parents=True, exist_ok=True)
        with gzip.open(day / f"out-{number}.jsonl.gz", "wb", compresslevel=6) as file:
            file.write(b"\n".join(encode({"message": event}) for event in events) + b"\n")
    return time.process_time() - start


def compact(root: Path) -> float:
    """CPU seconds of the upkeep that a closed day gets, until nothing is left to do."""
    upkeep = TableUpkeep(root, "bench", ManualClock(wall_us=time.time_ns() // 1000 + 3_600_000_000))
    start = time.process_time()
    while upkeep.run().files_written:
        continue
    return time.process_time() - start


def read_log_ours(root: Path) -> tuple[int, int]:
    snapshot = LogSnapshot.open(root)
    files = [file for file in snapshot.files() if file.day.isoformat() == DAY]
    tables = [snapshot.read_file(file, COLUMNS) for file in files]
    return sum(file.row_count for file in files), sum(table.num_rows for table in tables)


def read_log_duckdb(root: Path) -> tuple[int, int]:
    files = [uri for uri in DeltaTable(str(root)).file_uris() if f"day={DAY}" in uri]
    with duckdb.connect(config={"threads": 1}) as connection:
        counted = connection.execute("SELECT count(*) FROM read_parquet(?)", [files]).fetchone()
        query = f"SELECT {', '.join(PHYSICAL)} FROM read_parquet(?)"
        rows = connection.execute(query, [files]).to_arrow_table()
    return (counted or (0,))[0], rows.num_rows


def read_lines(folder: Path) -> tuple[int, int]:
    """Counted in one pass, and the columns in another, as two questions are."""
    count, kept = 0, []
    for path in sorted((folder / DAY).iterdir()):
        with gzip.open(path, "rb") as file:
            count += sum(1 for _ in file)
    for path in sorted((folder / DAY).iterdir()):
        with gzip.open(path, "rb") as file:
            decoder = msgspec.json.Decoder(_Line)
            kept += [_pick(decoder.decode(line)) for line in file]
    return count, len(kept)


def _encode_plainly(event: dict[str, Any]) -> bytes:
    """By Python's own library."""
    return json.dumps(event, default=str).encode()


class _Message(msgspec.Struct):
    distance: float = msgspec.field(name="features.distance")
    carrier: str = msgspec.field(name="features.carrier")
    late: float = msgspec.field(name="proba.1")


class _Line(msgspec.Struct):
    message: _Message


def _pick(line: _Line) -> tuple[float, str, float]:
    return line.message.distance, line.message.carrier, line.message.late


def read_lines_pandas(folder: Path) -> tuple[int, int]:
    """As a notebook reads them."""
    frames = [pd.read_json(path, lines=True) for path in sorted((folder / DAY).iterdir())]
    chosen = pd.concat(
        [pd.json_normalize(frame["message"].tolist())[list(COLUMNS)] for frame in frames], ignore_index=True
    )
    return sum(len(frame) for frame in frames), len(chosen)


def read_lines_duckdb(folder: Path) -> tuple[int, int]:
    """As SQL reads them."""
    files = [str(path) for path in sorted((folder / DAY).iterdir())]
    with duckdb.connect(config={"threads": 1}) as connection:
        counted = connection.execute("SELECT count(*) FROM read_json(?)", [files]).fetchone()
        fields = ", ".join(f'message."{column}"' for column in COLUMNS)
        rows = connection.execute(f"SELECT {fields} FROM read_json(?)", [files]).to_arrow_table()
    return (counted or (0,))[0], rows.num_rows


def measure_reads(read: Callable[[Path], tuple[int, int]], folder: Path) -> dict[str, Any]:
    walls, cpus, found = [], [], (0, 0)
    for _ in range(READS):
        wall, cpu = time.perf_counter(), time.process_time()
        found = read(folder)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return {
        "rows": found,
        "wall_ms": round(1000 * statistics.median(walls), 2),
        "cpu_ms": round(1000 * statistics.median(cpus), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=5)
    given = parser.parse_args()
    pa.set_cpu_count(1)
    batches = build_days(given.events, given.days)
    count = sum(batch.num_rows for batch in batches)
    with tempfile.TemporaryDirectory() as folder:
        root, lines = Path(folder) / "log" / "table", Path(folder) / "lines"
        written = {
            "log": count / write_log(root, batches),
            "json_lines": count / write_lines(Path(folder) / "plain", batches, _encode_plainly),
            "json_lines_msgspec": count / write_lines(lines, batches, msgspec.json.Encoder().encode),
        }
        compaction = compact(root)
        partitions = LogSnapshot.open(root).partitions()
        reads = {
            "log": measure_reads(read_log_ours, root),
            "log_duckdb": measure_reads(read_log_duckdb, root),
            "json_lines_pandas": measure_reads(read_lines_pandas, lines),
            "json_lines_duckdb": measure_reads(read_lines_duckdb, lines),
            "json_lines_msgspec": measure_reads(read_lines, lines),
        }
        bytes_lines = sum(path.stat().st_size for path in lines.rglob("*.gz"))
    bytes_log = sum(partition.bytes for partition in partitions)
    result = {
        "events": count,
        "events_per_cpu_second": {name: round(value) for name, value in written.items()},
        "write_ratios": {name: round(written["log"] / rate, 2) for name, rate in written.items()},
        "compaction_cpu_seconds": round(compaction, 2),
        "files_a_day": [partition.file_count for partition in partitions],
        "bytes_per_event": {
            "log": round(bytes_log / count, 1),
            "json_lines": round(bytes_lines / count, 1),
        },
        "reads": reads,
        "read_ratios_cpu": {
            name: round(entry["cpu_ms"] / reads["log"]["cpu_ms"], 1) for name, entry in reads.items()
        },
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
