"""The examples of `docs/how-to`, run as they stand, against a real event server."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import polars as pl
import pytest

from tests.eventserver.running import SECRET, Running
from tests.frontend.sources import ROOT
from wakeline.server.stack import find_free_ports

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "how-to" / "log-from-your-application.md"
START_SECONDS_MAX = 30


def find_example(name: str) -> str:
    found = re.search(rf"^```python {name}\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with Running(tmp_path / "home") as running:
        yield running


def read_log(server: Running, deployment: str) -> pl.DataFrame:
    return pl.read_delta(str(server.events / "api-node-query" / deployment / "risk"))


def make_environment(server: Running, folder: Path) -> dict[str, str]:
    """The example's user has a home of its own, so that nothing is logged below this machine's."""
    told = {"WAKELINE_EVENT_SERVER": server.url, "WAKELINE_INTAKE_KEY": SECRET, "HOME": str(folder)}
    return os.environ | told


def test_batch_job(server: Running, tmp_path: Path) -> None:
    command = [sys.executable, "-c", find_example("batch")]
    subprocess.run(command, env=make_environment(server, tmp_path), cwd=tmp_path, check=True, timeout=60)
    log = read_log(server, "nightly-risk").sort("event_time")
    assert log["prediction"].to_list() == [30.0, 120.0]
    assert log["feature__country"].to_list() == ["DE", None]
    assert log["day"].unique().to_list() == [date(2024, 5, 1)]
    assert log["context"].to_list() == ['{"order":17}', '{"order":18}']


def test_fastapi_service(server: Running, tmp_path: Path) -> None:
    (tmp_path / "service.py").write_text(find_example("fastapi"))
    (port,) = find_free_ports(1)
    command = [sys.executable, "-m", "uvicorn", "service:app", "--port", str(port), "--log-level", "warning"]
    process = subprocess.Popen(command, env=make_environment(server, tmp_path), cwd=tmp_path)
    try:
        transport = httpx.HTTPTransport(retries=0)
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", transport=transport, trust_env=False
        ) as caller:
            _wait_until_up(caller)
            answers = [caller.post("/score", json={"amount": amount}).json() for amount in (100.0, 400.0)]
    finally:
        process.terminate()
        process.wait(30)
    log = read_log(server, "risk-api")
    found = dict(zip(log["prediction_id"], log["prediction"], strict=True))
    assert found == {answers[0]["prediction_id"]: "false", answers[1]["prediction_id"]: "true"}
    assert sorted(log["proba__true"].to_list()) == [0.2, 0.8]


BENTOML = Path(os.environ.get("WAKELINE_BENTOML", f"{sys.prefix}/bentoml")) / "bin" / "python"
"""BentoML pins libraries that others need newer: it has an environment of its own, from lock/bentoml.txt."""


@pytest.mark.skipif(not BENTOML.exists(), reason="BentoML is not installed: make bentoml")
def test_bentoml_service(server: Running, tmp_path: Path) -> None:
    (tmp_path / "service.py").write_text(find_example("bentoml"))
    (port,) = find_free_ports(1)
    told = {"BENTOML_DO_NOT_TRACK": "True", "PYTHONPATH": str(ROOT / "src")}
    command = [str(BENTOML), "-m", "bentoml", "serve", "service:Risk", "--port", str(port)]
    with (tmp_path / "bentoml.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1"],
            env=make_environment(server, tmp_path) | told,
            cwd=tmp_path,
            stdout=log,
            stderr=log,
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as caller:
            _wait_until_up(caller)
            bodies = [{"features": {"amount": amount, "country": "DE"}} for amount in (100.0, 400.0)]
            answers = [caller.post("/score", json=body).json() for body in bodies]
    finally:
        process.terminate()
        process.wait(30)
    log_table = read_log(server, "risk-bento")
    found = dict(zip(log_table["prediction_id"], log_table["prediction"], strict=True))
    assert found == {answers[0]["prediction_id"]: "false", answers[1]["prediction_id"]: "true"}


def _wait_until_up(caller: httpx.Client) -> None:
    for _ in range(START_SECONDS_MAX * 10):
        try:
            caller.get("/docs")
            return
        except httpx.ConnectError:
            time.sleep(0.1)
    raise AssertionError("the service did not start")
