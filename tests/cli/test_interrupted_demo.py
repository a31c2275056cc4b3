"""The demo, interrupted: it ends everything that it started and says how to go on."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wakeline.deployer.process import ProcessIdentity, is_alive

START_SECONDS_MAX = 120


@pytest.mark.slow
def test_ctrl_c_in_the_middle_leaves_no_process(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with subprocess.Popen(
        [sys.executable, "-m", "wakeline", "demo", "--home", str(home), "--port", "0", "--every", "50"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as demo:
        deadline = time.monotonic() + START_SECONDS_MAX
        while len(records := [*home.glob("run/up/*.json")]) < 4:
            assert time.monotonic() < deadline, "the processes did not start"
            time.sleep(0.1)
        started = [json.loads(path.read_text()) for path in records]
        demo.send_signal(signal.SIGINT)
        out, err = demo.communicate(timeout=START_SECONDS_MAX)
    assert (demo.returncode, out) == (130, ""), err
    assert "Stopped; the same command goes on where this one ended." in err
    assert "Traceback" not in err
    assert not any(is_alive(ProcessIdentity(found["pid"], found["started"])) for found in started)
