"""Spool folders for tests: an outbox without threads, and the files as a killed process leaves them."""

import shutil
from pathlib import Path

from wakeline.core.clock import ManualClock
from wakeline.core.event import Durability, Stream, WhenFull
from wakeline.core.limits import SPOOL_BYTES_MIN
from wakeline.spool.drain import Claim, Drain
from wakeline.spool.layout import lock_path, wal_path
from wakeline.spool.outbox import Outbox

QUERIES = Stream("api-node-query", "FLIGHTS-on-local", "arrival-delay")
LABELS = Stream("ground-truth", "FLIGHTS-on-local", "arrival-delay")
PLENTY = 64 * SPOOL_BYTES_MIN


def make_outbox(
    folder: Path,
    *,
    when_full: WhenFull = WhenFull.DROP_OLDEST,
    bytes_max: int = PLENTY,
    clock: ManualClock | None = None,
    keeps_identifiers: bool = False,
) -> Outbox:
    """Nothing happens in it but what the test asks for."""
    return Outbox.create(
        folder,
        durability=Durability.WRITTEN,
        bytes_max=bytes_max,
        when_full=when_full,
        clock=clock or ManualClock(wall_us=1_365_000_000_000_000),
        keeps_identifiers=keeps_identifiers,
        has_threads=False,
    )


def make_events(count: int, size: int = 20, start: int = 1) -> list[bytes]:
    return [f"{number}:".encode().ljust(size, b"x") for number in range(start, start + count)]


def store(outbox: Outbox, stream: Stream, events: list[bytes]) -> None:
    """Appended, committed and safe on the disk."""
    outbox.append(stream, events)
    outbox.commit()
    outbox.synchronise()


def copy_as_killed(path: Path, folder: Path, *, log_bytes: int | None = None) -> Path:
    """What stays of a spool file after `kill -9`; with `log_bytes`, after a power loss that tore the log."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in (path, wal_path(path), lock_path(path)):
        if part.exists():
            shutil.copy(part, folder / part.name)
    log = wal_path(folder / path.name)
    if log_bytes is not None and log.exists():
        log.write_bytes(log.read_bytes()[:log_bytes])
    return folder / path.name


def claim_all(
    drain: Drain, stream: Stream, *, events_max: int = 10_000, bytes_max: int = 1 << 30
) -> Claim | None:
    return drain.claim(stream, events_max=events_max, bytes_max=bytes_max)


def drain_all(drain: Drain, stream: Stream) -> list[tuple[int, bytes]]:
    """Reads and acknowledges everything there is, outstanding claims first."""
    events: list[tuple[int, bytes]] = []
    claims = drain.claims(stream)
    while claim := claims.pop(0) if claims else claim_all(drain, stream, events_max=7):
        events += drain.read(claim)
        drain.acknowledge(stream, claim.last)
    return events
