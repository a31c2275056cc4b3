"""From the socket to acknowledged Parquet: events a second and a CPU second of one event server.

And its memory at full rate, and with the store dead for a while.

    python -m bench.events.intake [--events N] [--batch N] [--dead-seconds S]
"""

import argparse
import asyncio
import json
import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
from bench.events.sample import SECRET, build_frame, build_rows
from bench.events.server import Server, run_server
from deltalake import DeltaTable

PRODUCERS = 4
IN_FLIGHT = 4


@dataclass(frozen=True, slots=True)
class Round:
    events: int
    seconds: float
    cpu_seconds: float
    resident_mb_max: float

    @property
    def per_second(self) -> float:
        return self.events / self.seconds

    @property
    def per_cpu_second(self) -> float:
        return self.events / self.cpu_seconds


def measure_round(home: Path, events: int, batch: int) -> Round:
    rows = [build_rows(batch, seed=seed) for seed in range(4)]
    share = events // PRODUCERS // batch
    frames = []
    for _ in range(PRODUCERS):
        producer = secrets.token_hex(16)
        frames.append([build_frame(rows[index % 4], producer, index * batch + 1) for index in range(share)])
    with run_server(home, core=_choose_core()) as server:
        before = server.read_cpu_seconds()
        start = time.perf_counter()
        peak = asyncio.run(_post_all(server, frames))
        seconds = time.perf_counter() - start
        cpu_seconds = server.read_cpu_seconds() - before
        stored = DeltaTable(str(server.root)).count()
        if stored != share * PRODUCERS * batch:
            raise RuntimeError(f"{stored} events are stored, {share * PRODUCERS * batch} were acknowledged")
    return Round(stored, seconds, cpu_seconds, peak)


async def _post_all(server: Server, frames: Sequence[Sequence[bytes]]) -> float:
    """The largest resident memory seen, in MB."""
    peak = 0.0

    async def watch() -> None:
        nonlocal peak
        while True:
            peak = max(peak, server.read_resident_mb())
            await asyncio.sleep(0.1)

    watching = asyncio.create_task(watch())
    async with _open_client(server) as client:
        await asyncio.gather(*(_post_in_order(client, of_producer) for of_producer in frames))
    watching.cancel()
    return peak


async def _post_in_order(client: httpx.AsyncClient, frames: Sequence[bytes]) -> None:
    """A window of batches in flight; what overtook another is refused and sent again, as a shipper does."""
    window = asyncio.Semaphore(IN_FLIGHT)

    async def post(frame: bytes) -> None:
        try:
            await _post(client, frame)
        finally:
            window.release()

    tasks = []
    for frame in frames:
        await window.acquire()
        tasks.append(asyncio.create_task(post(frame)))
    await asyncio.gather(*tasks)


async def _post(client: httpx.AsyncClient, frame: bytes) -> None:
    while True:
        answer = await client.post("/v1/events", content=frame)
        if answer.status_code == 200:
            return
        if answer.status_code not in {409, 429, 503}:
            raise RuntimeError(f"{answer.status_code} {answer.text}")
        await asyncio.sleep(0.05)


def measure_dead_store(home: Path, batch: int, seconds: float) -> dict[str, float]:
    """Frames are offered all the time, far more than the server may hold; they are refused, not kept."""
    with run_server(home, core=_choose_core()) as server:
        base = server.read_resident_mb()
        asyncio.run(_warm(server, batch))
        server.limit_files(0)
        rows = build_rows(batch)
        frame = build_frame(rows, secrets.token_hex(16), 1)
        answers: dict[int, int] = {}
        readings = asyncio.run(_press(server, frame, seconds, answers))
        server.limit_files(-1)
        asyncio.run(_warm(server, batch))
    third = len(readings) // 3
    return {
        "seconds": seconds,
        "resident_mb_idle": base,
        "resident_mb_first_third": max(readings[:third]),
        "resident_mb_last_third": max(readings[-third:]),
        "stored_while_dead": answers.get(200, 0),
        "refused": sum(count for status, count in answers.items() if status != 200),
        "bodies_offered_mb": sum(answers.values()) * len(frame) / 1e6,
    }


async def _warm(server: Server, batch: int) -> None:
    async with _open_client(server) as client:
        await _post(client, build_frame(build_rows(batch, seed=9), secrets.token_hex(16), 1))


async def _press(server: Server, frame: bytes, seconds: float, answers: dict[int, int]) -> list[float]:
    deadline = time.monotonic() + seconds
    readings: list[float] = []

    async def offer(client: httpx.AsyncClient) -> None:
        while time.monotonic() < deadline:
            answer = await client.post("/v1/events", content=frame)
            answers[answer.status_code] = answers.get(answer.status_code, 0) + 1
            await asyncio.sleep(0.05)

    async def watch() -> None:
        while time.monotonic() < deadline:
            readings.append(server.read_resident_mb())
            await asyncio.sleep(0.2)

    async with _open_client(server) as client:
        await asyncio.gather(watch(), *(offer(client) for _ in range(32)))
    return readings


def _open_client(server: Server) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=server.url,
        headers={"Authorization": f"Bearer {SECRET}"},
        timeout=120,
        trust_env=False,
        limits=httpx.Limits(max_connections=None),
    )


def _choose_core() -> int | None:
    cores = sorted(os.sched_getaffinity(0))
    return cores[-1] if len(cores) > 1 else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--batch", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dead-seconds", type=float, default=60)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rounds = [
            measure_round(Path(folder) / str(number), given.events, given.batch)
            for number in range(given.rounds)
        ]
        dead = measure_dead_store(Path(folder) / "dead", given.batch, given.dead_seconds)
    result = {
        "events_per_second": round(statistics.median(entry.per_second for entry in rounds)),
        "events_per_cpu_second": round(statistics.median(entry.per_cpu_second for entry in rounds)),
        "resident_mb_max": round(max(entry.resident_mb_max for entry in rounds), 1),
        "rounds": [asdict(entry) for entry in rounds],
        "dead_store": dead,
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
