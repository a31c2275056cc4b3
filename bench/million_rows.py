"""A home whose log has a million rows, written through the commit path of the event server.

Usage: python bench/million_rows.py HOME [--rows N]

Makes project BENCH with dataset `queries` in the home, new or in use, and prints the address of its page.
The rows are of a hundred days in 2024, forty columns of features beside all that a node logs; the same call
gives the same rows.
"""

import argparse
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from wakeline.core.clock import MICROSECONDS_PER_DAY, SystemClock, start_of_day
from wakeline.core.errors import ConflictError
from wakeline.core.event import Stream
from wakeline.core.ids import mint_producer_id
from wakeline.loglake.batch import Batch, check_batch
from wakeline.loglake.commit import LogWriter
from wakeline.loglake.layout import locate_table
from wakeline.metadata.queries.projects import create_project
from wakeline.metadata.session import locate_database, make_sessions, open_database
from wakeline.monitoring import objects
from wakeline.server.parts import Addresses, compose
from wakeline.wire.frame import OFFSET_COLUMN, FrameHeader

PROJECT = "BENCH"
DATASET = "queries"
ROWS = 1_000_000
STREAM = Stream("api-node-query", "BENCH-on-local", "score")
PAGE = f"/projects/{PROJECT}/datasets/{DATASET}"

_FIRST_DAY = date(2024, 1, 1)
_DAYS = 100
_COMMIT_ROWS = 5_000
_NUMBERS = 32
_TEXTS = 8
_LEVELS = np.array(["north", "south", "east", "west", "O'Neill ü"])
_CONSTANTS = {
    "msg_type": "prediction",
    "project": PROJECT,
    "deployment_id": STREAM.routing_key,
    "infrastructure_id": "local",
    "service_id": "scores",
    "endpoint_id": STREAM.endpoint,
    "generation": "v1",
    "arm": "primary",
    "model_id": f"{PROJECT}.risk",
    "model_version": "v1",
    "engine": "row-plan",
    "node_id": f"{STREAM.routing_key}-0",
    "client_ip": "127.0.0.1",
}


def write_log(home: Path, rows: int = ROWS) -> Path:
    """The log and its dataset; the table's folder. A home that has the dataset gets no second log."""
    compose(home, Addresses(server_port=0, event_server_port=0, gateway_port=0))
    table = locate_table(home / "events", STREAM)
    if _register(home):
        writer, producer = LogWriter(table), mint_producer_id()
        for batch in _build_batches(rows, producer):
            check_batch(batch)
            writer.commit([batch])
            writer.checkpoint_if_due()
    return table


def _register(home: Path) -> bool:
    now_us = SystemClock().now_us()
    path = "/".join((STREAM.topic, STREAM.routing_key, STREAM.endpoint))
    try:
        with make_sessions(open_database(locate_database(home))).begin() as session:
            create_project(session, PROJECT, "Benchmark", now_us)
            objects.create_dataset(session, PROJECT, DATASET, connection_id="local", path=path, now_us=now_us)
    except ConflictError:
        return False
    return True


def _build_batches(rows: int, producer: str) -> Iterator[Batch]:
    """Day by day, each commit within one day."""
    random = np.random.default_rng(2024)
    first = 1
    for day in range(_DAYS):
        last_of_day = rows * (day + 1) // _DAYS
        while first <= last_of_day:
            last = min(first + _COMMIT_ROWS - 1, last_of_day)
            header = FrameHeader(
                producer=producer,
                topic=STREAM.topic,
                routing_key=STREAM.routing_key,
                endpoint=STREAM.endpoint,
                first=first,
                last=last,
            )
            start_us = start_of_day(_FIRST_DAY) + day * MICROSECONDS_PER_DAY
            share = (first - 1 - rows * day // _DAYS) * _DAYS / rows
            yield Batch(header, _build_rows(random, first, last, start_us, share), SystemClock().now_us())
            first = last + 1


def _build_rows(random: np.random.Generator, first: int, last: int, start_us: int, share: float) -> pa.Table:
    count = last - first + 1
    offsets = np.arange(first, last + 1)
    ids = [f"018cc251-f400-7000-8000-{offset:012x}" for offset in offsets]
    step_us = MICROSECONDS_PER_DAY // max(1, 2 * count)
    moments = start_us + int(share * MICROSECONDS_PER_DAY) + np.arange(count) * step_us
    yes = random.beta(2, 5, count)
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        OFFSET_COLUMN: pa.array(offsets, pa.int64()),
        **dict.fromkeys(("event_id", "prediction_id", "query_id"), pa.array(ids)),
        "row_index": pa.array(np.zeros(count, np.int64)),
        "event_time": pa.array(moments, pa.timestamp("us", tz="UTC")),
        "time_flag": pa.repeat("client", count),
        **{name: pa.repeat(value, count) for name, value in _CONSTANTS.items()},
        "status": pa.array(np.where(random.random(count) < 0.01, 400, 200).astype(np.int64)),
        "prediction": pa.array(np.where(yes >= 0.5, "true", "false")),
        "proba.false": pa.array(1 - yes),
        "proba.true": pa.array(yes),
        **{
            f"timing.{name}": pa.array(random.integers(5, 900, count))
            for name in ("decode", "score", "total")
        },
    }
    for index in range(_NUMBERS):
        columns[f"features.number_{index:02}"] = pa.array(random.normal(index, 1 + index, count).round(4))
    for index in range(_TEXTS):
        columns[f"features.text_{index:02}"] = pa.array(_LEVELS[random.integers(0, len(_LEVELS), count)])
    return pa.table(columns)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("home", type=Path)
    parser.add_argument("--rows", type=int, default=ROWS)
    arguments = parser.parse_args()
    start = time.perf_counter()
    table = write_log(arguments.home, arguments.rows)
    print(f"{arguments.rows} rows at {table} after {time.perf_counter() - start:.0f} s; page: {PAGE}")


if __name__ == "__main__":
    main()
