"""The event server looks after its tables by itself, and says what it did."""

import time
from pathlib import Path
from typing import Any

from tests.eventserver.running import Running
from tests.loglake.posted import STREAM, build_frame, describe
from wakeline.loglake.layout import locate_table
from wakeline.loglake.window import LogSnapshot


def test_many_small_files_of_an_open_day_become_few(tmp_path: Path) -> None:
    def now(offset: int) -> dict[str, Any]:
        return describe(offset) | {"event_time": time.time_ns() // 1000, "time_flag": None}

    root = locate_table(tmp_path / "events", STREAM)
    with Running(tmp_path, interval_s=0.01) as running:
        for offset in range(1, 64):
            assert running.post(build_frame(offset, offset, event=now)).status_code == 200
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            upkeep = running.client.get("/v1/status").json()["upkeep"]
            if upkeep["files_merged"] >= 20:
                break
            time.sleep(0.1)
        assert upkeep["files_merged"] >= 20
        assert upkeep["last_error"] is None
        assert upkeep["last_run"] is not None
        assert running.post(build_frame(60, 65, event=now)).json() == {"stored_offset": 65}
    snapshot = LogSnapshot.open(root)
    assert len(snapshot.files()) < 46
    ids = [
        n for file in snapshot.files() for n in snapshot.read_file(file, ["event_id"]).column(0).to_pylist()
    ]
    assert sorted(ids) == sorted(f"e{n}" for n in range(1, 66))


def test_upkeep_can_be_switched_off(tmp_path: Path) -> None:
    with Running(tmp_path, interval_s=0.01, WAKELINE_UPKEEP="false") as running:
        assert running.post(build_frame(1, 1)).status_code == 200
        time.sleep(2.5)
        upkeep = running.client.get("/v1/status").json()["upkeep"]
    assert (upkeep["runs"], upkeep["tables"]) == (0, 0)
