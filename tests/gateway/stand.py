"""A gateway in this process, and its labels read back."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.apinode.stand import read_spool
from wakeline.core.clock import ManualClock, parse_rfc3339
from wakeline.core.event import Durability, WhenFull
from wakeline.core.ids import PredictionIds
from wakeline.gateway.access import GatewayAccess
from wakeline.gateway.application import GatewayApplication
from wakeline.gateway.halves import Halves
from wakeline.gateway.pairs import Pairs
from wakeline.spool.outbox import Outbox

NOW_US = parse_rfc3339("2013-06-01T12:00:00Z")
KEY = "the-intake-key"
LABELS = "/v1/ingest/ground-truth/FLIGHTS-on-local/arrival-delay"
STREAM = "ground-truth/FLIGHTS-on-local/arrival-delay"
PREDICTION_ID = PredictionIds().mint()


@dataclass(frozen=True, slots=True)
class Stand:
    client: httpx.AsyncClient
    outbox: Outbox
    pairs: Pairs
    clock: ManualClock

    async def post(
        self, body: Any, headers: dict[str, str] | None = None, path: str = LABELS
    ) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.client.post(path, content=content, headers=headers)

    def read_events(self) -> list[dict[str, Any]]:
        self.outbox.flush()
        return read_spool(self.outbox.path)


@asynccontextmanager
async def open_stand(
    folder: Path, *, halves_bytes_max: int | None = None, rules_file: Path | None = None, **settings: Any
) -> AsyncIterator[Stand]:
    keys = folder / "keys.json"
    keys.write_text(json.dumps({"intake_key": KEY}))
    settings = {"durability": Durability.FSYNC, "when_full": WhenFull.REFUSE, **settings}
    outbox = Outbox.create(folder / "spool", keeps_identifiers=True, **settings)
    clock = ManualClock(NOW_US)
    halves = Halves(
        folder / "halves.sqlite", **({} if halves_bytes_max is None else {"bytes_max": halves_bytes_max})
    )
    pairs = Pairs(halves, outbox, clock)
    application = GatewayApplication(
        outbox, pairs, GatewayAccess(keys, "intake_key", clock, rules_file), clock
    )
    transport = httpx.ASGITransport(application)
    headers = {"authorization": f"Bearer {KEY}"}
    try:
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1:4183", headers=headers
        ) as client:
            yield Stand(client, outbox, pairs, clock)
    finally:
        outbox.close()
        halves.close()
