"""Opening and committing to a table that a hundred thousand producers have written, beside a table of one.

    python -m bench.events.producers [--producers N]

Each start of a process mints a producer id, whose last offset stays in the table's log for good.
"""

import argparse
import json
import secrets
import statistics
import tempfile
import time
from pathlib import Path

from bench.events.sample import build_frame, build_rows
from deltalake import DeltaTable

from wakeline.core.clock import SystemClock
from wakeline.loglake.batch import Batch, check_batch
from wakeline.loglake.commit import LogWriter
from wakeline.loglake.upkeep import TableUpkeep
from wakeline.wire.frame import decode_frame

PRODUCERS_A_COMMIT = 1_000
REPEATS = 15


def make_batch(producer: str) -> Batch:
    clock = SystemClock()
    header, rows = decode_frame(build_frame(build_rows(1, first_us=clock.now_us()), producer, 1))
    batch = Batch(header, rows, clock.now_us())
    check_batch(batch)
    return batch


def fill(root: Path, producers: int) -> None:
    writer = LogWriter(root)
    for _ in range(producers // PRODUCERS_A_COMMIT):
        writer.commit([make_batch(secrets.token_hex(16)) for _ in range(PRODUCERS_A_COMMIT)])
        writer.checkpoint_if_due()
    TableUpkeep(root, "bench", SystemClock()).run()


def measure(root: Path) -> dict[str, float]:
    """Medians, in milliseconds of wall time and of CPU."""
    opened, committed, cpus = [], [], []
    writer = LogWriter(root)
    writer.commit([make_batch(secrets.token_hex(16))])
    for _ in range(REPEATS):
        start = time.perf_counter()
        DeltaTable(str(root))
        opened.append(time.perf_counter() - start)
        start, cpu = time.perf_counter(), time.process_time()
        writer.commit([make_batch(secrets.token_hex(16))])
        committed.append(time.perf_counter() - start)
        cpus.append(time.process_time() - cpu)
    return {
        "open_ms": round(1000 * statistics.median(opened), 1),
        "commit_ms": round(1000 * statistics.median(committed), 1),
        "commit_cpu_ms": round(1000 * statistics.median(cpus), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--producers", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        one, many = Path(folder) / "one", Path(folder) / "many"
        fill(one, 0)
        LogWriter(one).commit([make_batch(secrets.token_hex(16))])
        result = {"one_producer": measure(one)}
        fill(many, given.producers)
        result[f"{given.producers}_producers"] = measure(many)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
