"""Damage of a power loss, by hand: a table recovers to what was acknowledged, or says that it cannot."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.loglake.posted import FIRST, STREAM, build_batch
from wakeline.core.errors import BrokenFileError
from wakeline.loglake.commit import CHECKPOINT_COMMITS, LogWriter, commit_batches
from wakeline.loglake.layout import locate_table
from wakeline.loglake.offsets import Settled
from wakeline.loglake.recovery import (
    LAST_CHECKPOINT,
    list_checkpoints,
    list_commits,
    name_checkpoint,
    name_commit,
)
from wakeline.loglake.table import LOG_FOLDER

Damage = Callable[[bytes], bytes]
TORN: dict[str, Damage] = {
    "empty": lambda _: b"",
    "half": lambda content: content[: len(content) // 2],
    "one byte short of its last line": lambda content: content.rstrip()[:-1],
    "cut between two lines": lambda content: b"\n".join(content.splitlines()[:-1]) + b"\n",
    "zero bytes": lambda content: b"\0" * len(content),
    "zero bytes at the end": lambda content: content[:-20] + b"\0" * 20,
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = locate_table(tmp_path, STREAM)
    for offset in (1, 2, 3):
        commit_batches(root, [build_batch(offset, offset)])
    return root


def damage(path: Path, how: Damage) -> None:
    path.write_bytes(how(path.read_bytes()))


def read_ids(root: Path) -> list[str]:
    return sorted(pl.read_delta(str(root))["event_id"].to_list())


@pytest.mark.parametrize("how", TORN.values(), ids=TORN)
def test_a_torn_newest_commit_is_set_aside_and_comes_again(root: Path, how: Damage) -> None:
    newest = list_commits(root)[-1]
    damage(name_commit(root, newest), how)
    writer = LogWriter(root)
    outcomes = writer.commit([build_batch(3, 4)])
    assert outcomes == [Settled(FIRST, 4, 2, 0, 0, 0)]
    assert read_ids(root) == ["e1", "e2", "e3", "e4"]
    assert len(writer.repairs) == 1
    (aside,) = (root / LOG_FOLDER).glob(".*.torn-*")
    assert aside.name in writer.repairs[0]


@pytest.mark.parametrize("how", TORN.values(), ids=TORN)
def test_a_torn_first_commit_makes_the_table_anew(tmp_path: Path, how: Damage) -> None:
    root = locate_table(tmp_path, STREAM)
    commit_batches(root, [build_batch(1, 1, dropped=[(1, 1, "spool_full")])])
    name_commit(root, 1).unlink()
    damage(name_commit(root, 0), how)
    commit_batches(root, [build_batch(1, 2)])
    assert read_ids(root) == ["e1", "e2"]


def test_damage_below_later_commits_is_not_guessed_at(root: Path) -> None:
    damage(name_commit(root, list_commits(root)[-2]), TORN["empty"])
    before = sorted((root / LOG_FOLDER).iterdir())
    with pytest.raises(BrokenFileError, match="backup"):
        commit_batches(root, [build_batch(4, 4)])
    assert sorted((root / LOG_FOLDER).iterdir()) == before


def test_a_missing_commit_is_named(root: Path) -> None:
    name_commit(root, list_commits(root)[-2]).unlink()
    with pytest.raises(BrokenFileError, match="lacks version"):
        commit_batches(root, [build_batch(4, 4)])


@pytest.mark.slow
@pytest.mark.parametrize("how", ["empty", "half", "zero bytes", "zero bytes at the end"])
def test_a_torn_checkpoint_is_deleted(root: Path, how: str) -> None:
    writer = LogWriter(root)
    for offset in range(4, CHECKPOINT_COMMITS + 4):
        writer.commit([build_batch(offset, offset)])
        writer.checkpoint_if_due()
    (checkpoint,) = list_checkpoints(root)
    damage(name_checkpoint(root, checkpoint), TORN[how])
    again = LogWriter(root)
    again.commit([build_batch(1, CHECKPOINT_COMMITS + 4)])
    assert list_checkpoints(root) == []
    assert not (root / LOG_FOLDER / LAST_CHECKPOINT).exists()
    assert len(again.repairs) == 1
    assert len(read_ids(root)) == CHECKPOINT_COMMITS + 4


def test_a_pointer_to_no_checkpoint_is_deleted(root: Path) -> None:
    (root / LOG_FOLDER / LAST_CHECKPOINT).write_text('{"version":2,"size":9}')
    commit_batches(root, [build_batch(4, 4)])
    assert read_ids(root) == ["e1", "e2", "e3", "e4"]


@pytest.mark.parametrize("content", [b"", b"\0\0", b"[]", b'"x"'])
def test_a_torn_pointer_is_deleted(root: Path, content: bytes) -> None:
    (root / LOG_FOLDER / LAST_CHECKPOINT).write_bytes(content)
    commit_batches(root, [build_batch(4, 4)])
    assert len(read_ids(root)) == 4


def test_an_orphan_of_a_killed_writer_is_not_read(root: Path) -> None:
    orphan = root / "day=2013-04-01" / "part-0123456789abcdef.parquet"
    orphan.write_bytes(b"half")
    commit_batches(root, [build_batch(4, 4)])
    assert len(read_ids(root)) == 4


def test_the_draft_of_a_killed_commit_is_no_table(tmp_path: Path) -> None:
    root = locate_table(tmp_path, STREAM)
    (root / LOG_FOLDER).mkdir(parents=True)
    (root / LOG_FOLDER / f"{0:020d}.json#1").write_bytes(b"{}")
    commit_batches(root, [build_batch(1, 1)])
    assert read_ids(root) == ["e1"]
