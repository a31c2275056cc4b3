"""`counters.sqlite`: nothing good of it is thrown away, nothing of it is kept for ever."""

import sqlite3
from pathlib import Path

import pytest

from tests.spool.folders import LABELS, drain_all, make_outbox
from wakeline.core.clock import ManualClock
from wakeline.core.errors import UnavailableError
from wakeline.core.limits import IDEMPOTENCY_KEPT_SECONDS
from wakeline.spool import counters
from wakeline.spool.counters import SHIPPED, counters_path, read_totals, record_broken, record_removed
from wakeline.spool.drain import Drain
from wakeline.spool.ledger import StreamTotals

HOUR_US = 3_600_000_000
SOME = StreamTotals(LABELS, 5, 5, 0, {}, None)


def record(folder: Path, producer: str = "a" * 32, identifiers: tuple[tuple[bytes, int], ...] = ()) -> None:
    record_removed(folder, producer, [SOME], [], identifiers, now_us=8 * 24 * HOUR_US)


def test_counters_that_are_busy_stay_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(tmp_path)
    monkeypatch.setattr(counters, "_BUSY_SECONDS", 0.05)
    other = sqlite3.connect(counters_path(tmp_path), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(UnavailableError):
        record(tmp_path, "b" * 32)
    other.execute("ROLLBACK")
    other.close()
    record(tmp_path, "b" * 32)
    assert read_totals(tmp_path).events == {SHIPPED: 10}
    assert [path.name for path in tmp_path.iterdir()] == ["counters.sqlite"]


@pytest.mark.parametrize("table", ["totals", "broken"])
def test_counters_with_a_damaged_table_are_begun_anew(tmp_path: Path, table: str) -> None:
    """Damage that only shows when the table is read or written stops neither the shipping nor a removal."""
    for number in range(200):
        record(tmp_path, f"{number:032x}")
        record_broken(tmp_path, f"{number:032x}.spool", "x" * 100, 1, 1)
    path = counters_path(tmp_path)
    connection = sqlite3.connect(path)
    (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    connection.close()
    content = bytearray(path.read_bytes())
    content[(root - 1) * 4096 : root * 4096] = b"\xa5" * 4096
    path.write_bytes(content)
    assert read_totals(tmp_path).events == {}
    record(tmp_path)
    assert read_totals(tmp_path).events == {SHIPPED: 5}
    assert len(list(tmp_path.glob("counters.sqlite.broken-*"))) == 1


def test_identifiers_leave_the_counters_after_a_week(tmp_path: Path) -> None:
    record(tmp_path, identifiers=((b"old", HOUR_US), (b"new", 7 * 24 * HOUR_US)))
    connection = sqlite3.connect(counters_path(tmp_path))
    assert connection.execute("SELECT id FROM identifiers").fetchall() == [(b"new",)]
    connection.close()


def test_a_spool_that_lives_for_weeks_forgets_old_identifiers(tmp_path: Path) -> None:
    clock = ManualClock(wall_us=1_365_000_000_000_000)
    outbox = make_outbox(tmp_path, keeps_identifiers=True, clock=clock)
    outbox.append_new(LABELS, [b"1"], ["a"])
    outbox.commit()
    clock.advance(IDEMPOTENCY_KEPT_SECONDS * 1_000_000 - 1)
    outbox.append_new(LABELS, [b"2"], ["b"])
    outbox.commit()
    outbox.forget_identifiers()
    assert outbox.append_new(LABELS, [b"1", b"2"], ["a", "b"]) == [False, False]
    clock.advance(1)
    outbox.forget_identifiers()
    assert outbox.append_new(LABELS, [b"1", b"2"], ["a", "b"]) == [True, False]
    outbox.commit()
    outbox.close()
    drain = Drain.open(outbox.path)
    assert [event for _, event in drain_all(drain, LABELS)] == [b"1", b"2", b"1"]
    drain.close()
