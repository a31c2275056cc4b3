"""Group commit: one commit a turn of the loop, and nobody goes on before the commit that covers it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.apinode.stand import in_loop, read_spool
from wakeline.core.errors import UnavailableError
from wakeline.core.event import Durability, Stream
from wakeline.spool.group_commit import GroupCommit
from wakeline.spool.outbox import Outbox

_STREAM = Stream("api-node-query", "FLIGHTS-on-local", "arrival-delay")


class _FailingOutbox:
    """A disk that refuses every second commit."""

    def __init__(self) -> None:
        self.pending = 0
        self.commits: list[int] = []

    def append(self, stream: Stream, events: Sequence[bytes]) -> tuple[int, int]:
        self.pending += len(events)
        return 1, self.pending

    @property
    def appends(self) -> int:
        return self.pending

    def commit(self, appends: int | None = None) -> None:
        self.commits.append(self.pending)
        self.pending = 0
        if len(self.commits) % 2 == 0:
            raise OSError("disk I/O error")


@pytest.mark.parametrize("durability", [Durability.WRITTEN, Durability.FSYNC])
@in_loop
async def test_what_was_appended_in_one_turn_is_committed_together(durability: Durability) -> None:
    outbox = _FailingOutbox()
    commits = GroupCommit(outbox, durability)
    await asyncio.gather(*(commits.store(_STREAM, [b"{}"]) for _ in range(50)))
    assert outbox.commits == [50]


@pytest.mark.parametrize("durability", [Durability.WRITTEN, Durability.FSYNC])
@in_loop
async def test_a_failed_commit_is_told_to_all_whom_it_concerns_and_to_nobody_else(
    durability: Durability,
) -> None:
    outbox = _FailingOutbox()
    commits = GroupCommit(outbox, durability)
    await commits.store(_STREAM, [b"{}"])
    outcomes = await asyncio.gather(
        *(commits.store(_STREAM, [b"{}"]) for _ in range(3)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [UnavailableError] * 3
    await commits.store(_STREAM, [b"{}"])


@pytest.mark.parametrize("durability", [Durability.WRITTEN, Durability.FSYNC])
@in_loop
async def test_a_caller_that_goes_away_holds_up_nobody(durability: Durability) -> None:
    commits = GroupCommit(_FailingOutbox(), durability)
    leaving = asyncio.create_task(commits.store(_STREAM, [b"{}"]))
    staying = asyncio.create_task(commits.store(_STREAM, [b"{}"]))
    await asyncio.sleep(0)
    leaving.cancel()
    await staying
    assert leaving.cancelled() or leaving.done()


@pytest.mark.parametrize("durability", list(Durability))
@in_loop
async def test_a_real_outbox_keeps_what_many_tasks_store(tmp_path: Path, durability: Durability) -> None:
    outbox = Outbox.create(tmp_path, durability=durability)
    commits = GroupCommit(outbox, durability)

    async def store_some(name: int) -> None:
        for index in range(20):
            await commits.store(_STREAM, [b'{"name": %d, "index": %d}' % (name, index)])

    await asyncio.gather(*(store_some(name) for name in range(10)))
    outbox.flush()
    events = read_spool(outbox.path)
    outbox.close()
    assert len({(event["name"], event["index"]) for event in events}) == 200
    for name in range(10):
        assert [event["index"] for event in events if event["name"] == name] == list(range(20))
