"""Nothing is acknowledged, and nothing built on, before it is on disk: the order of syncs, recorded."""

import os
from pathlib import Path

import pytest

from tests.loglake.posted import STREAM, build_batch, describe
from wakeline.loglake.commit import CHECKPOINT_COMMITS, LogWriter, commit_batches
from wakeline.loglake.compaction import Bundle, compact
from wakeline.loglake.disk import Disk, SyncFailedError
from wakeline.loglake.file_names import FileKind
from wakeline.loglake.layout import locate_table
from wakeline.loglake.recovery import LAST_CHECKPOINT, list_commits, name_commit
from wakeline.loglake.rewrite import list_live_files
from wakeline.loglake.table import LOG_FOLDER, open_table


class RecordingDisk(Disk):
    """Writes for real, and notes each act together with the commits that existed when it began."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.acts: list[tuple[str, str, int]] = []

    def _note(self, act: str, path: Path) -> None:
        name = path.name if path != self.root else "."
        self.acts.append((act, name, len(list_commits(self.root))))

    def write_new(self, path: Path, content: bytes | memoryview) -> None:
        self._note("write", path)
        super().write_new(path, content)

    def sync_file(self, path: Path) -> None:
        self._note("sync", path)
        super().sync_file(path)

    def sync_folder(self, path: Path) -> None:
        self._note("folder", path)
        super().sync_file(path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return locate_table(tmp_path, STREAM)


def test_a_commit_follows_its_data_and_is_synced_last(root: Path) -> None:
    commit_batches(root, [build_batch(1, 1)])
    disk = RecordingDisk(root)
    writer = LogWriter(root, disk=disk)
    writer.commit([build_batch(1, 1)])
    disk.acts.clear()
    commits = len(list_commits(root))
    writer.commit([build_batch(24, 24, dropped=[]), build_batch(2, 23)])
    kinds = [(act, before) for act, _, before in disk.acts]
    written = [index for index, (act, _) in enumerate(kinds) if act == "write"]
    assert len(written) == 2
    data, log = kinds[: max(written) + 4], kinds[-2:]
    assert all(before == commits for _, before in data[:-1])
    assert log == [("sync", commits + 1), ("folder", commits + 1)]
    assert disk.acts[-2][1] == name_commit(root, commits).name
    assert disk.acts[-1][1] == LOG_FOLDER
    folders = {name for act, name, before in disk.acts if act == "folder" and before == commits}
    assert folders >= {"day=2013-04-01", "day=2013-04-02", "."}


def test_a_rewrite_follows_its_data_and_the_commits_before_it_and_is_synced_last(root: Path) -> None:
    """A former file is deleted one day: the new one is on disk by the time that the log says so."""
    for first in (1, 3):
        commit_batches(root, [build_batch(first, first + 1)])
    files = list_live_files(open_table(root))
    disk = RecordingDisk(root)
    commits = len(list_commits(root))
    assert compact(root, Bundle(FileKind.DAY, files[0].day, tuple(files)), disk)
    before = [(act, name) for act, name, count in disk.acts if count == commits]
    after = [(act, name) for act, name, count in disk.acts if count == commits + 1]
    assert before[0][0] == "write"
    assert ("folder", "day=2013-04-01") in before
    assert {("sync", name_commit(root, version).name) for version in range(commits)} <= set(before)
    assert ("sync", name_commit(root, commits).name) in after
    assert after[-1] == ("folder", LOG_FOLDER)


def test_the_first_commit_syncs_every_version_and_every_new_folder(root: Path) -> None:
    disk = RecordingDisk(root)
    LogWriter(root, disk=disk).commit([build_batch(1, 1)])
    synced = [name for act, name, _ in disk.acts if act == "sync"]
    assert synced == [name_commit(root, version).name for version in list_commits(root)]
    folders = {name for act, name, _ in disk.acts if act == "folder"}
    assert folders >= {"api-node-query", "FLIGHTS-on-local", ".", LOG_FOLDER, "day=2013-04-01"}


def test_nothing_is_built_on_a_version_that_is_not_on_disk(root: Path) -> None:
    """The table's creation, and new columns, are synced before the commit that needs them."""
    disk = RecordingDisk(root)
    writer = LogWriter(root, disk=disk)
    writer.commit([build_batch(1, 1)])
    writer.commit([build_batch(2, 2, event=lambda n: describe(n) | {"error": "new"})])
    for act, name, before in disk.acts:
        if act == "sync" and name.endswith(".json"):
            assert int(name.split(".")[0]) == before - 1


def test_another_writers_commits_are_synced_before_a_repetition_is_acknowledged(root: Path) -> None:
    disk = RecordingDisk(root)
    writer = LogWriter(root, disk=disk)
    writer.commit([build_batch(1, 1)])
    commit_batches(root, [build_batch(2, 2)])
    disk.acts.clear()
    writer.commit([build_batch(1, 2)])
    newest = name_commit(root, list_commits(root)[-1])
    assert [(act, name) for act, name, _ in disk.acts] == [("sync", newest.name), ("folder", LOG_FOLDER)]


def test_a_checkpoint_and_its_pointer_are_synced(root: Path) -> None:
    disk = RecordingDisk(root)
    writer = LogWriter(root, disk=disk)
    for offset in range(1, CHECKPOINT_COMMITS + 1):
        writer.commit([build_batch(offset, offset)])
    disk.acts.clear()
    assert writer.checkpoint_if_due()
    names = [name for _, name, _ in disk.acts]
    assert names[0].endswith(".checkpoint.parquet")
    assert names[1:] == [LAST_CHECKPOINT, LOG_FOLDER]


def test_a_refused_sync_is_never_retried(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit_batches(root, [build_batch(1, 1)])
    calls = []

    def refuse(handle: int) -> None:
        calls.append(handle)
        raise OSError(5, os.strerror(5))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(SyncFailedError, match="the process has to end"):
        LogWriter(root).commit([build_batch(2, 2)])
    assert len(calls) == 1


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    Disk().write_new(tmp_path / "f", b"1")
    with pytest.raises(FileExistsError):
        Disk().write_new(tmp_path / "f", b"2")
    assert (tmp_path / "f").read_bytes() == b"1"
