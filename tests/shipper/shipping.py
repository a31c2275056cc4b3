"""Runs a shipper over a folder until a condition holds; events whose id is their number."""

import asyncio
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.shipper.server import KEY
from tests.spool.folders import QUERIES, store
from wakeline.core.event import Stream
from wakeline.shipper.ship import Shipper
from wakeline.spool.layout import list_spools
from wakeline.spool.outbox import Outbox
from wakeline.wire.configuration import read_key
from wakeline.wire.event import Event, encode_event


def numbered(first: int, last: int) -> list[bytes]:
    return [encode_event(Event(event_id=str(number), event_time=number)) for number in range(first, last + 1)]


def names(first: int, last: int) -> list[str]:
    return [str(number) for number in range(first, last + 1)]


def fill(outbox: Outbox, first: int, last: int, stream: Stream = QUERIES) -> None:
    store(outbox, stream, numbered(first, last))


def write_keys(folder: Path, key: str = KEY) -> Path:
    path = folder / "keys.json"
    path.write_text(json.dumps({"intake_key": key}))
    return path


def make_shipper(folder: Path, *urls: str, keys_file: Path | None = None) -> Shipper:
    keys_file = keys_file or write_keys(folder.parent)
    return Shipper(folder, urls, partial(read_key, keys_file, "intake_key"))


def ship_until(shipper: Shipper, condition: Callable[[], bool], seconds: float = 20) -> None:
    async def work() -> None:
        task = asyncio.ensure_future(shipper.run())
        deadline = time.monotonic() + seconds
        try:
            while not condition():
                assert time.monotonic() < deadline, shipper.status()
                assert not task.done(), task.exception()
                await asyncio.sleep(0.02)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(work())


def ship_until_drained(folder: Path, *urls: str) -> None:
    """Until no spool file is left."""
    ship_until(make_shipper(folder, *urls), lambda: not list_spools(folder))
