"""The spool against a small model: any sequence of writing, reading, crashing and running full.

The model is a list of payloads for each stream of each file. It is told which offsets were dropped, checks
that they could be, and then demands every other committed event, once, in order, unchanged.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.spool.folders import LABELS, QUERIES, copy_as_killed, make_outbox
from wakeline.core.clock import ManualClock
from wakeline.core.errors import UnavailableError
from wakeline.core.event import DropReason, Stream, WhenFull
from wakeline.core.limits import SPOOL_BYTES_MIN
from wakeline.spool import layout
from wakeline.spool.counters import SHIPPED, read_totals
from wakeline.spool.drain import Claim, Drain
from wakeline.spool.layout import list_spools
from wakeline.spool.outbox import Outbox

STREAMS = (QUERIES, LABELS)
FILES_MAX = 4
SIZES = st.sampled_from([0, 1, 50, 3_000, 40_000, 120_000])


class Effort(IntEnum):
    """How far an append is followed up."""

    PENDING = 0
    COMMITTED = 1
    SYNCHRONISED = 2


@dataclass
class Line:
    """One stream of one file as it should be."""

    events: list[bytes] = field(default_factory=list)
    committed: int = 0
    durable: int = 0
    claimed: int = 0
    acknowledged: int = 0
    gone: dict[int, str] = field(default_factory=dict)

    def readable(self, first: int, last: int) -> list[tuple[int, bytes]]:
        return [
            (offset, self.events[offset - 1]) for offset in range(first, last + 1) if offset not in self.gone
        ]


@dataclass
class File:
    """One spool file; without `outbox` its owner is gone."""

    path: Path
    outbox: Outbox | None
    drain: Drain
    lines: dict[Stream, Line] = field(default_factory=lambda: {stream: Line() for stream in STREAMS})


class SpoolMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="spool-"))
        self.folder = self.root / "0"
        self.clock = ManualClock(wall_us=1_365_000_000_000_000)
        self.files: list[File] = []
        self.shipped = 0
        self.lost: dict[str, int] = {}
        self.serial = 0

    @initialize(when_full=st.sampled_from(list(WhenFull)), filled=st.booleans())
    def begin(self, when_full: WhenFull, filled: bool) -> None:
        self.when_full = when_full
        self.start()
        if filled:
            for _ in range(6):
                self.append(QUERIES, [50, 120_000], Effort.SYNCHRONISED)

    def start(self) -> None:
        outbox = make_outbox(
            self.folder, when_full=self.when_full, bytes_max=SPOOL_BYTES_MIN, clock=self.clock
        )
        self.files.append(File(outbox.path, outbox, Drain.open(outbox.path, clock=self.clock)))

    @property
    def living(self) -> File:
        return self.files[-1]

    @property
    def outbox(self) -> Outbox:
        assert self.living.outbox is not None
        return self.living.outbox

    @rule(
        stream=st.sampled_from(STREAMS),
        sizes=st.lists(SIZES, max_size=6),
        effort=st.sampled_from(list(Effort)),
    )
    def append(self, stream: Stream, sizes: list[int], effort: Effort) -> None:
        line = self.living.lines[stream]
        events = []
        for size in sizes:
            self.serial += 1
            events.append(f"{self.serial}:".encode() + b"x" * size)
        try:
            first, last = self.outbox.append(stream, events)
        except UnavailableError:
            assert self.when_full is WhenFull.REFUSE
        else:
            assert (first, last) == (len(line.events) + 1, len(line.events) + len(events))
            line.events += events
        if effort >= Effort.COMMITTED:
            self.outbox.commit()
            self.note_committed()
        if effort >= Effort.SYNCHRONISED:
            self.outbox.synchronise()
            for entry in self.living.lines.values():
                entry.durable = entry.committed

    @rule()
    def commit_on_a_full_disk(self) -> None:
        connection = self.outbox._writer.connection
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages}")
        try:
            self.outbox.commit()
        except UnavailableError:
            assert self.when_full is WhenFull.REFUSE
        finally:
            connection.execute("PRAGMA max_page_count=1073741823")
        self.outbox.commit()
        self.note_committed()

    def note_committed(self) -> None:
        for stream, line in self.living.lines.items():
            line.committed = len(line.events)
            self.learn_drops(self.living, stream, line)

    def learn_drops(self, file: File, stream: Stream, line: Line) -> None:
        if stream not in file.drain.streams():
            return
        for dropped in file.drain.dropped(stream, 1, max(1, line.committed)):
            for offset in range(dropped.first, dropped.last + 1):
                if offset not in line.gone:
                    assert dropped.reason == DropReason.SPOOL_FULL
                    assert offset > line.claimed, "a claimed event was dropped"
                    line.gone[offset] = dropped.reason

    @rule()
    def checkpoint(self) -> None:
        self.outbox._writer.checkpoint._grown_bytes = 1 << 40
        self.outbox.checkpoint()

    @rule(data=st.data(), events_max=st.integers(1, 9), bytes_max=st.sampled_from([1, 5_000, 1 << 20]))
    def claim(self, data: st.DataObject, events_max: int, bytes_max: int) -> None:
        file, stream, line = self.pick(data, lambda line: line.committed > line.claimed)
        if stream not in file.drain.streams():
            return
        claim = file.drain.claim(stream, events_max=events_max, bytes_max=bytes_max)
        limit = line.committed if file.outbox is None else line.durable
        if claim is None:
            assert line.claimed >= limit
            return
        assert claim.first == line.claimed + 1
        assert claim.last <= line.committed
        taken = line.readable(claim.first, claim.last)
        assert all(offset <= limit for offset, _ in taken)
        assert len(taken) <= events_max
        line.claimed = claim.last
        self.check_claims(file, stream, line)

    def check_claims(self, file: File, stream: Stream, line: Line) -> list[Claim]:
        if stream not in file.drain.streams():
            return []
        claims = file.drain.claims(stream)
        position = line.acknowledged
        for claim in claims:
            assert claim.first == position + 1
            position = claim.last
            assert file.drain.read(claim) == line.readable(claim.first, claim.last)
        assert position == line.claimed
        return claims

    @rule(data=st.data(), share=st.floats(0, 1))
    def acknowledge(self, data: st.DataObject, share: float) -> None:
        file, stream, line = self.pick(data, lambda line: line.claimed > line.acknowledged)
        last = line.acknowledged + round(share * (line.claimed - line.acknowledged))
        if last > line.acknowledged:
            self.settle(file, stream, line, last)

    def settle(self, file: File, stream: Stream, line: Line, last: int) -> None:
        file.drain.acknowledge(stream, last)
        self.shipped += len(line.readable(line.acknowledged + 1, last))
        line.acknowledged = last

    @rule(data=st.data())
    def dead_letter(self, data: st.DataObject) -> None:
        file, stream, line = self.pick(data, lambda line: line.claimed > line.acknowledged)
        under_way = line.readable(line.acknowledged + 1, line.claimed)
        if under_way:
            offset = data.draw(st.sampled_from([offset for offset, _ in under_way]))
            file.drain.dead_letter(stream, offset, "malformed-batch", "because")
            line.gone[offset] = DropReason.DEAD_LETTER

    @rule(data=st.data())
    def restart_the_shipper(self, data: st.DataObject) -> None:
        file = data.draw(st.sampled_from(self.files))
        file.drain.close()
        file.drain = Drain.open(file.path, clock=self.clock)

    @rule(wall_us=st.integers(-(2**50), 2**55))
    def jump_the_clock(self, wall_us: int) -> None:
        self.clock.wall_us = wall_us

    @precondition(lambda self: len(self.files) < FILES_MAX)
    @rule()
    def stop_and_start(self) -> None:
        self.outbox.close()
        self.living.outbox = None
        self.note_committed()
        self.start()

    @precondition(lambda self: len(self.files) < FILES_MAX)
    @rule()
    def crash_and_start(self) -> None:
        """The files as `kill -9` leaves them, in another folder; the old ones are let go."""
        folder = self.root / str(int(self.folder.name) + 1)
        paths = [copy_as_killed(file.path, folder) for file in self.files]
        counters = self.folder / "counters.sqlite"
        if counters.exists():
            shutil.copy(counters, folder)
        self.let_go()
        for file, path in zip(self.files, paths, strict=True):
            file.path, file.outbox = path, None
            file.drain = Drain.open(path, clock=self.clock)
            for line in file.lines.values():
                del line.events[line.committed :]
        self.folder = folder
        self.start()

    @precondition(lambda self: len(self.files) > 1)
    @rule()
    def remove_drained(self) -> None:
        kept = []
        for file in self.files[:-1]:
            drained = all(line.acknowledged == line.committed for line in file.lines.values())
            assert file.drain.remove_if_drained() == drained
            assert file.path.exists() != drained
            if not drained:
                kept.append(file)
        self.files = [*kept, self.living]

    def pick(self, data: st.DataObject, wanted: Callable[[Line], bool]) -> tuple[File, Stream, Line]:
        """A line that is wanted, where there is one."""
        lines = [(file, stream, line) for file in self.files for stream, line in file.lines.items()]
        return data.draw(st.sampled_from([entry for entry in lines if wanted(entry[2])] or lines))

    @invariant()
    def nothing_is_lost_or_invented(self) -> None:
        for file in self.files:
            totals = {entry.stream: entry for entry in file.drain.totals()}
            for stream, line in file.lines.items():
                if line.committed == 0:
                    assert stream not in totals or totals[stream].appended == 0
                    continue
                entry = totals[stream]
                assert entry.appended == line.committed
                assert sum(entry.dropped.values()) == len(line.gone)
                assert entry.shipped + entry.spooled + len(line.gone) == line.committed
                waiting = line.readable(line.acknowledged + 1, line.committed)
                assert entry.spooled == len(waiting)

    def teardown(self) -> None:
        try:
            if self.files:
                self.drain_everything()
        finally:
            self.let_go()
            shutil.rmtree(self.root)

    def drain_everything(self) -> None:
        """At rest: appended = shipped ∪ counted-dropped ∪ dead letters, and the folder is empty again."""
        self.outbox.close()
        self.living.outbox = None
        self.note_committed()
        for file in self.files:
            for stream, line in file.lines.items():
                while line.acknowledged < line.committed:
                    self.check_claims(file, stream, line)
                    claim = file.drain.claim(stream, events_max=5, bytes_max=1 << 20)
                    line.claimed = claim.last if claim else line.claimed
                    assert line.claimed > line.acknowledged
                    self.settle(file, stream, line, line.claimed)
            assert file.drain.remove_if_drained()
        assert list_spools(self.folder) == []
        assert read_totals(self.folder).events.get(SHIPPED, 0) == self.shipped

    def let_go(self) -> None:
        for file in self.files:
            file.drain.close()
            if file.outbox:
                file.outbox.close()


@pytest.mark.slow
def test_any_sequence_of_acts_agrees_with_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without waiting for the disk: no power fails here, and there are many more examples a second."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(os, "fdatasync", lambda _: None)
    monkeypatch.setattr(layout, "_SYNCHRONOUS", "OFF")
    run_state_machine_as_test(
        SpoolMachine, settings=settings(max_examples=80, stateful_step_count=40, deadline=None)
    )
