"""Seconds from `log()` having returned until another process's reader sees the event in the table.

python -m bench.events.visible [--events N]
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from bench.events.sample import SECRET
from bench.events.server import run_server

from wakeline.core.errors import NotFoundError
from wakeline.core.event import Stream, Topic
from wakeline.eventlogger.logger import EventLogger
from wakeline.loglake.layout import locate_table
from wakeline.loglake.window import LogSnapshot

DEPLOYMENT, ENDPOINT = "VISIBLE-on-local", "late"
WAIT_SECONDS_MAX = 60


def measure(home: Path, interval_s: float | None, events: int) -> dict[str, float]:
    table = locate_table(home / "events", Stream(Topic.QUERY.value, DEPLOYMENT, ENDPOINT))
    waits = []
    with (
        run_server(home, interval_s=interval_s) as server,
        EventLogger(
            DEPLOYMENT, endpoint=ENDPOINT, server=server.url, key=SECRET, folder=home / "spool"
        ) as logger,
    ):
        for number in range(events):
            time.sleep(0.37 * (number % 5))
            logger.log({"number": number}, 1.0)
            waits.append(_wait_for(table, number + 1))
    return {
        "median": round(statistics.median(waits), 2),
        "max": round(max(waits), 2),
    }


def _wait_for(table: Path, rows: int) -> float:
    start = time.perf_counter()
    while time.perf_counter() - start < WAIT_SECONDS_MAX:
        try:
            if LogSnapshot.open(table).count() >= rows:
                return time.perf_counter() - start
        except NotFoundError:
            pass
        time.sleep(0.02)
    raise RuntimeError(f"the event was not seen within {WAIT_SECONDS_MAX} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = {
            "seconds_at_defaults": measure(Path(folder) / "defaults", None, given.events),
            "seconds_at_an_interval_of_1_s": measure(Path(folder) / "one", 1.0, given.events),
        }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
