"""Commit time of one table as its commits add up, with the table's own upkeep on: is it still flat?

`python bench/events/many_commits.py [--commits 20000] [--events 20] [--folder F] [--no-upkeep]`: each
commit is one batch of a shipper, written and synced as an event server does. Upkeep runs in a thread of
its own after each 50 commits, as there. A server keeps commit files and the names of replaced files for
an hour, which is 720 commits at one every 5 s; here for about as long as 720 commits take (`--kept-s`).
Prints medians of windows of 100 commits, and the ratio of the last to the first.
"""

import argparse
import json
import statistics
import tempfile
import threading
import time
from pathlib import Path

from wakeline.core.clock import SystemClock
from wakeline.core.event import Stream
from wakeline.loglake import commit
from wakeline.loglake.batch import Batch, check_batch
from wakeline.loglake.commit import LogWriter
from wakeline.loglake.layout import locate_table
from wakeline.loglake.rewrite import list_live_files
from wakeline.loglake.table import LOG_FOLDER, open_table
from wakeline.loglake.upkeep import TableUpkeep, UpkeepCounts
from wakeline.wire.frame import FrameHeader, decode_frame, encode_frame

STREAM = Stream("api-node-query", "BENCH-on-local", "bench")
WINDOW = 100
FEATURES = 15
COMMITS_BETWEEN = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commits", type=int, default=20_000)
    parser.add_argument("--events", type=int, default=20)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--no-upkeep", action="store_true")
    parser.add_argument("--kept-s", type=int, default=20)
    given = parser.parse_args()
    commit.TABLE_PROPERTIES = {
        **commit.TABLE_PROPERTIES,
        "delta.logRetentionDuration": f"interval {given.kept_s} seconds",
        "delta.deletedFileRetentionDuration": f"interval {given.kept_s} seconds",
    }
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        root = locate_table(Path(folder), STREAM)
        run(root, given.commits, given.events, is_kept=not given.no_upkeep)


def run(root: Path, commits: int, events: int, *, is_kept: bool) -> None:
    writer = LogWriter(root)
    upkeep = TableUpkeep(root, "bench", SystemClock())
    counts = UpkeepCounts()
    wake, stop = threading.Semaphore(0), threading.Event()

    def keep() -> None:
        while not stop.is_set():
            wake.acquire()
            counts.add(upkeep.run(should_stop=stop.is_set))

    thread = threading.Thread(target=keep)
    if is_kept:
        thread.start()
    try:
        medians = measure(writer, commits, events, wake if is_kept else None)
    finally:
        stop.set()
        wake.release()
        if is_kept:
            thread.join()
    table = open_table(root)
    print(f"{commits} commits of {events} events, upkeep {'on' if is_kept else 'off'}")
    print(f"files in the table: {len(list_live_files(table))}; files in the log: {count_log(root)}")
    print(f"upkeep: {counts}")
    print(f"ms a commit, median of {WINDOW}: first {medians[0]:.1f}, last {medians[-1]:.1f}")
    print(f"last over first: {medians[-1] / medians[0]:.2f}")


def measure(writer: LogWriter, commits: int, events: int, wake: threading.Semaphore | None) -> list[float]:
    medians: list[float] = []
    taken: list[float] = []
    for index in range(commits):
        batch = build_batch(index * events + 1, events)
        begun = time.perf_counter()
        writer.commit([batch])
        taken.append((time.perf_counter() - begun) * 1000)
        writer.checkpoint_if_due()
        if wake is not None and index % COMMITS_BETWEEN == COMMITS_BETWEEN - 1:
            wake.release()
        if len(taken) == WINDOW:
            medians.append(statistics.median(taken))
            taken = []
            if len(medians) % 10 == 0:
                print(f"{index + 1:>7} commits: {medians[-1]:6.1f} ms", flush=True)
    return medians


def build_batch(first: int, count: int) -> Batch:
    now_us = time.time_ns() // 1000
    header = FrameHeader(
        producer="b" * 32,
        topic=STREAM.topic,
        routing_key=STREAM.routing_key,
        endpoint=STREAM.endpoint,
        first=first,
        last=first + count - 1,
    )
    events = [
        (
            offset,
            json.dumps(
                {
                    "event_id": f"e{offset}",
                    "event_time": now_us,
                    "prediction": "yes",
                    "features": {f"f{index}": offset * index % 97 for index in range(FEATURES)},
                    "status": 200,
                }
            ).encode(),
        )
        for offset in range(first, first + count)
    ]
    batch = Batch(*decode_frame(encode_frame(header, events)), now_us)
    check_batch(batch)
    return batch


def count_log(root: Path) -> int:
    return sum(1 for _ in (root / LOG_FOLDER).iterdir())


if __name__ == "__main__":
    main()
