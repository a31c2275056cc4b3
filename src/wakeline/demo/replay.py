"""The replay: flights as queries to a real API node, in the order of their departures, nothing sent twice.

A journal in the demo's home names every flight that was answered; what the log holds besides (a run that was
cut off between answer and journal) counts as answered too.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa

from wakeline.core.errors import UnavailableError
from wakeline.demo.flights import FEATURES, ID, TIME

ITEMS_PER_REQUEST = 100
SINGLE_EVERY = 25
REQUESTS_IN_FLIGHT = 4
_REPORT_SECONDS = 0.1

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Target:
    """The endpoint's URL on the node, without the verb."""

    url: str


class Journal:
    """Flight ids that were answered, one a line, appended after the answer."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self.answered = set(path.read_text().split()) if path.exists() else set()

    def add(self, flight_ids: Sequence[str]) -> None:
        with self._path.open("a") as file:
            file.write("".join(f"{flight_id}\n" for flight_id in flight_ids))
        self.answered.update(flight_ids)


async def replay_flights(target: Target, flights: pa.Table, journal: Journal, progress: Progress) -> int:
    """Sends the flights that the journal does not name; returns how many were answered now.

    Every 25th goes alone through `predict` with the time in the header, the others through `predict-multi`.
    """
    pending = flights.filter(
        pa.array([key not in journal.answered for key in flights[ID].to_pylist()], pa.bool_())
    )
    requests = iter(list(_plan_requests(pending)))
    done, words = 0, ""

    async def work(client: httpx.AsyncClient) -> None:
        nonlocal done, words
        for rows in requests:
            await _send(client, target, rows)
            journal.add([row[ID] for row in rows])
            done, words = done + len(rows), f"{rows[-1][TIME]:%d %B}"

    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        workers = [asyncio.create_task(work(client)) for _ in range(REQUESTS_IN_FLIGHT)]
        unfinished = set(workers)
        try:
            # Reported from here, not by a worker: what `progress` raises ends the others in order.
            while unfinished:
                finished, unfinished = await asyncio.wait(unfinished, timeout=_REPORT_SECONDS)
                for worker in finished:
                    worker.result()
                progress(done, words)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
    return done


def count_pending(flights: pa.Table, journal: Journal) -> int:
    return sum(key not in journal.answered for key in flights[ID].to_pylist())


def _plan_requests(flights: pa.Table) -> Iterator[list[dict[str, Any]]]:
    """Lists of rows that go in one request; a list of one goes through `predict`."""
    for batch in flights.select([ID, TIME, *FEATURES]).to_batches(max_chunksize=ITEMS_PER_REQUEST):
        rows = batch.to_pylist()
        yield from ([row] for row in rows[::SINGLE_EVERY])
        many = [row for index, row in enumerate(rows) if index % SINGLE_EVERY]
        if many:
            yield many


async def _send(client: httpx.AsyncClient, target: Target, rows: list[dict[str, Any]]) -> None:
    try:
        answer = await _post(client, target, rows)
    except httpx.HTTPError as error:
        reason = str(error) or type(error).__name__
        raise UnavailableError(
            f"the node at {target.url} did not answer the replay: {reason}; the same command goes on here"
        ) from error
    if answer.status_code != httpx.codes.OK:
        raise UnavailableError(f"the node answered {answer.status_code} to the replay: {answer.text[:500]}")


async def _post(client: httpx.AsyncClient, target: Target, rows: list[dict[str, Any]]) -> httpx.Response:
    if len(rows) == 1:
        return await client.post(
            f"{target.url}/predict",
            json=_build_item(rows[0]),
            headers={"X-Wakeline-Event-Time": _format(rows[0][TIME])},
        )
    items = [{**_build_item(row), "eventTime": _format(row[TIME])} for row in rows]
    return await client.post(f"{target.url}/predict-multi", json={"items": items})


def _build_item(row: dict[str, Any]) -> dict[str, Any]:
    return {"features": {name: row[name] for name in FEATURES}, "context": {ID: row[ID]}}


def _format(moment: datetime) -> str:
    return moment.isoformat()
