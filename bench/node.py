"""CPU of one query: an API node with its durable log beside FastAPI + scikit-learn, one model, one run.

CPU is read from /proc (user + system) of the serving processes; the shipper's counts as the node's. Rounds
alternate between the two; the figures are medians.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from wakeline.client.client import Client
from wakeline.demo.flights import FEATURES, load_flights, split_flights
from wakeline.demo.story import ENDPOINT, SERVICE, ProgressReport, Scene, ensure_deployment, ensure_model
from wakeline.server.stack import Ports, Stack, find_free_ports

ROUNDS = 3
CONNECTIONS = 16
NODE_QUERIES = 8_000
PEER_QUERIES = 800
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Side:
    name: str
    port: int
    path: str
    pids: Sequence[int]
    query_count: int


@dataclass(frozen=True, slots=True)
class Figures:
    cpu_us: float
    queries_per_second: float


def read_cpu_seconds(pids: Sequence[int]) -> float:
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS_PER_SECOND


async def send_queries(side: Side, bodies: Sequence[bytes]) -> None:
    """Plain sockets with kept connections, so that the sender costs little."""
    pending = iter(range(side.query_count))

    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", side.port)
        for index in pending:
            body = bodies[index % len(bodies)]
            head = f"POST {side.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            if not answer.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"{side.name} answered {answer[:200]!r}")
            length = next(
                line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length")
            )
            await reader.readexactly(int(length.partition(b":")[2]))
        writer.close()

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))


def measure_round(side: Side, bodies: Sequence[bytes]) -> Figures:
    cpu, start = read_cpu_seconds(side.pids), time.perf_counter()
    asyncio.run(send_queries(side, bodies))
    seconds = time.perf_counter() - start
    time.sleep(1.5)  # the shipper's share of these queries
    spent = read_cpu_seconds(side.pids) - cpu
    return Figures(spent / side.query_count * 1e6, side.query_count / seconds)


def measure_sides(sides: Sequence[Side], bodies: Sequence[bytes]) -> dict[str, Figures]:
    rounds: dict[str, list[Figures]] = {side.name: [] for side in sides}
    for side in sides:
        measure_round(side, bodies)  # warm-up
    for _ in range(ROUNDS):
        for side in sides:
            rounds[side.name].append(measure_round(side, bodies))
    return {
        name: Figures(
            statistics.median(entry.cpu_us for entry in found),
            statistics.median(entry.queries_per_second for entry in found),
        )
        for name, found in rounds.items()
    }


def start_peer(home: Path, port: int) -> "subprocess.Popen[bytes]":
    model_file = next((home / "models").rglob("model.skops"))
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("peer.py")), str(model_file), str(port)]
    )
    for _ in range(300):
        try:
            httpx.get(f"http://127.0.0.1:{port}/docs", timeout=1, trust_env=False)
            return process
        except httpx.HTTPError:
            time.sleep(0.1)
    raise RuntimeError("the peer did not start")


@contextmanager
def open_no_bar(title: str, *, total: float = 1.0) -> Iterator[ProgressReport]:
    """Measurements are not watched."""
    yield lambda _done, _words: None


def main() -> None:
    flights = split_flights(load_flights())
    rows = flights.replay.select(list(FEATURES)).slice(0, 500).to_pylist()
    bodies = [json.dumps({"features": row}).encode() for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder), Ports.plan(0))
        peer = None
        try:
            stack.start()
            client = Client(stack.url)
            scene = Scene(client, stack.home, stack.gateway_url, progress=open_no_bar)
            ensure_model(scene, flights)
            deployment_id, url = ensure_deployment(scene)
            pids = [
                json.loads(path.read_text())["pid"]
                for path in (stack.home / "run" / "nodes").glob(f"*-{deployment_id}-*.json")
            ]
            peer_port = find_free_ports(1)[0]
            peer = start_peer(stack.home, peer_port)
            path = f"/public/api/v1/{SERVICE}/{ENDPOINT}/predict"
            sides = [
                Side("wakeline", int(url.rpartition(":")[2]), path, pids, NODE_QUERIES),
                Side("FastAPI + scikit-learn", peer_port, "/predict", [peer.pid], PEER_QUERIES),
            ]
            found = measure_sides(sides, bodies)
        finally:
            if peer is not None:
                peer.terminate()
                peer.wait()
            stack.stop()
    for name, figures in found.items():
        print(
            f"{name:<24} {figures.cpu_us:>8.0f} µs CPU a query   {figures.queries_per_second:>8.0f} queries/s"
        )
    ratio = found["FastAPI + scikit-learn"].cpu_us / found["wakeline"].cpu_us
    print(f"ratio of CPU: {ratio:.0f} ×")


if __name__ == "__main__":
    main()
