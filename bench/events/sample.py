"""Synthetic events of 35 columns, as Arrow frames and as the JSON lines of the same rows; seeded."""

import json
import uuid
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

ROUTING_KEY, ENDPOINT, TOPIC = "BENCH-on-local", "late", "api-node-query"
SECRET = "the intake key of the benchmark"
START = date(2025, 1, 1)
DAY_US = 86_400_000_000
START_US = 1_735_689_600_000_000
CARRIERS = np.array(["AA", "B6", "DL", "EV", "MQ", "UA", "US", "WN"])
AIRPORTS = np.array([f"A{number:02d}" for number in range(90)])
CONSTANTS = {
    "msg_type": "prediction",
    "project": "BENCH",
    "deployment_id": ROUTING_KEY,
    "infrastructure_id": "local",
    "service_id": "flights",
    "endpoint_id": ENDPOINT,
    "generation": "v1",
    "arm": "primary",
    "model_id": "late",
    "model_version": "v1",
    "engine": "row-plan",
    "node_id": "BENCH-on-local-0",
    "client_ip": "127.0.0.1",
}


def build_rows(count: int, *, seed: int = 0, first_us: int = START_US, span_us: int = DAY_US) -> pa.Table:
    """`count` events spread evenly over `span_us` microseconds from `first_us` on."""
    chance = np.random.default_rng(seed)
    times = first_us + np.arange(count, dtype=np.int64) * (span_us // max(count, 1))
    ids = _mint_ids(times, chance)
    late = chance.random(count)
    columns: dict[str, Any] = {
        "event_id": ids,
        "prediction_id": ids,
        "query_id": _mint_ids(times, chance),
        "event_time": pa.array(times, pa.timestamp("us", tz="UTC")),
        "time_flag": _repeat("client", count),
        "status": pa.array(np.full(count, 200, np.int64)),
        **{name: _repeat(value, count) for name, value in CONSTANTS.items()},
        "features.distance": chance.integers(80, 2700, count).astype(float),
        "features.dep_hour": chance.integers(5, 23, count).astype(float),
        "features.month": chance.integers(1, 13, count).astype(float),
        "features.temp": np.round(chance.normal(55, 18, count), 1),
        "features.wind_speed": np.round(chance.gamma(3, 3, count), 1),
        "features.pressure": np.round(chance.normal(1017, 7, count), 1),
        "features.seats": chance.choice([20.0, 55.0, 145.0, 178.0, 200.0], count),
        "features.carrier": _choose(CARRIERS, count, chance),
        "features.origin": _choose(AIRPORTS[:3], count, chance),
        "features.dest": _choose(AIRPORTS, count, chance),
        "prediction": pa.array(np.where(late > 0.5, "1", "0")),
        "proba.0": np.round(1 - late, 6),
        "proba.1": np.round(late, 6),
        "timing.total": chance.integers(80, 400, count),
        "timing.score": chance.integers(10, 40, count),
        "threshold": np.full(count, 0.5),
    }
    return pa.table(columns)


def build_frame(rows: pa.Table, producer: str, first: int, *, acknowledged: int = 0) -> bytes:
    """The rows as one batch of the event protocol, offsets from `first` on."""
    header = {
        "frame_version": 1,
        "producer": producer,
        "topic": TOPIC,
        "routing_key": ROUTING_KEY,
        "endpoint": ENDPOINT,
        "first": first,
        "last": first + rows.num_rows - 1,
        "acknowledged": acknowledged,
    }
    offsets = pa.array(np.arange(first, first + rows.num_rows, dtype=np.int64))
    table = rows.add_column(0, "offset", offsets)
    table = table.replace_schema_metadata({b"wakeline.frame": json.dumps(header).encode()})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _mint_ids(times: Any, chance: np.random.Generator) -> pa.Array:
    """UUIDv7 as the node mints them: milliseconds, then random."""
    tails = chance.integers(0, 2**62, len(times), dtype=np.int64)
    return pa.array(
        [
            str(uuid.UUID(int=(int(time) // 1000) << 80 | 0x7 << 76 | 0x2 << 62 | int(tail)))
            for time, tail in zip(times, tails, strict=True)
        ]
    )


def _repeat(value: str, count: int) -> pa.Array:
    return pa.array([value]).take(pa.array(np.zeros(count, np.int64)))


def _choose(levels: Any, count: int, chance: np.random.Generator) -> pa.Array:
    return pa.array(levels[chance.integers(0, len(levels), count)])
