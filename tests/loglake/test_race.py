"""Two processes on one table: every event once, whoever comes first."""

import multiprocessing
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from tests.loglake.posted import FIRST, SECOND, STREAM, build_batch, describe
from wakeline.loglake.commit import LogWriter
from wakeline.loglake.layout import locate_table
from wakeline.loglake.offsets import Settled
from wakeline.loglake.window import LogSnapshot

ROUNDS = 25


def send(root: Path, own: str, feature: str, start: "multiprocessing.synchronize.Barrier") -> None:
    """Sends a shared producer's offsets, as the other process does, and its own."""
    writer = LogWriter(root)
    start.wait()
    for offset in range(1, ROUNDS + 1):
        event = describe(offset) | {"event_id": f"{own[0]}{offset}", "features": {feature: offset}}
        shared = build_batch(offset, offset, producer="f" * 32)
        outcomes = writer.commit(
            [shared, build_batch(offset, offset, producer=own, event=lambda _, e=event: e)]
        )
        assert all(isinstance(outcome, Settled) for outcome in outcomes)
        writer.checkpoint_if_due()


@pytest.mark.slow
def test_two_processes_store_everything_once(tmp_path: Path) -> None:
    root = locate_table(tmp_path, STREAM)
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(2)
    processes = [
        context.Process(target=send, args=(root, own, feature, start))
        for own, feature in ((FIRST, "up"), (SECOND, "UP"))
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    found = Counter(pl.read_delta(str(root))["event_id"].to_list())
    expected = [f"{letter}{n}" for letter in "abe" for n in range(1, ROUNDS + 1)]
    assert found == Counter(expected)
    snapshot = LogSnapshot.open(root)
    assert {str(path.relative_to(root)) for path in root.rglob("part-*")} == {
        file.path for file in snapshot.files()
    }
    columns = [snapshot.stored[f"features.{name}"].physical for name in ("up", "UP")]
    assert len({column.casefold() for column in columns}) == 2
