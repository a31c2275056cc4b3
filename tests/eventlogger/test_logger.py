"""The event logger against a real event server: what is logged stands in the table once, whatever dies."""

import json
import math
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import polars as pl
import pytest
import trustme

from tests.eventserver.running import SECRET, Running
from tests.frontend.sources import ROOT
from wakeline import EventLogger
from wakeline.core.errors import InvalidInputError
from wakeline.eventlogger.record import make_plain

DEPLOYMENT, ENDPOINT = "risk-api", "risk"


def make_logger(server: str, folder: Path, **options: Any) -> EventLogger:
    return EventLogger(DEPLOYMENT, endpoint=ENDPOINT, server=server, key=SECRET, folder=folder, **options)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("home")) as running:
        yield running


def read(server: Running) -> pl.DataFrame:
    return pl.read_delta(str(server.events / "api-node-query" / DEPLOYMENT / ENDPOINT))


def read_ids(server: Running) -> list[str]:
    return read(server)["prediction_id"].to_list()


@pytest.mark.slow
def test_what_is_logged_stands_in_the_table(server: Running, tmp_path: Path) -> None:
    moment = datetime(2024, 2, 29, 23, 59, 59, 123456, timezone(timedelta(hours=-1)))
    with make_logger(server.url, tmp_path, project="SHOP", model="SHOP.risk", model_version="v3") as logger:
        first = logger.log(
            {"amount": np.float64(12.5), "items": np.int64(3), "country": "DE", "age": math.nan},
            True,
            probabilities={True: 0.75, False: 0.25},
            context={"basket": 7},
            event_time=moment,
            timing={"score": 120},
        )
        second = logger.log({"amount": 1}, error="model not loaded", status=503)
    rows = {row["prediction_id"]: row for row in read(server).to_dicts()}
    answered, failed = rows[first], rows[second]
    assert answered["event_time"] == moment
    assert answered["day"] == date(2024, 3, 1)
    assert (answered["feature__amount"], answered["feature__items"]) == (12.5, 3)
    # A value that is none makes no column.
    assert answered.get("feature__age") is None
    assert (answered["feature__country"], answered["prediction"]) == ("DE", "true")
    assert (answered["proba__true"], answered["proba__false"]) == (0.75, 0.25)
    assert json.loads(answered["context"]) == {"basket": 7}
    assert (answered["model_id"], answered["model_version"], answered["project"]) == (
        "SHOP.risk",
        "v3",
        "SHOP",
    )
    assert (failed["prediction"], failed["status"], failed["error"]) == (None, 503, "model not loaded")
    assert abs(failed["event_time"] - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.slow
def test_a_number_without_probabilities_is_a_regressions(server: Running, tmp_path: Path) -> None:
    with EventLogger(DEPLOYMENT, endpoint="price", server=server.url, key=SECRET, folder=tmp_path) as logger:
        logger.log({"amount": 2}, np.int64(17))
        logger.log({"amount": 3}, 17.5)
    table = pl.read_delta(str(server.events / "api-node-query" / DEPLOYMENT / "price"))
    assert sorted(table["prediction"].to_list()) == [17.0, 17.5]


@pytest.mark.slow
def test_threads_share_one(server: Running, tmp_path: Path) -> None:
    found: list[list[str]] = [[] for _ in range(8)]
    with make_logger(server.url, tmp_path) as logger:

        def work(index: int) -> None:
            found[index] += [logger.log({"thread": index, "n": n}, "x") for n in range(200)]

        threads = [threading.Thread(target=work, args=(index,)) for index in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    logged = [prediction_id for part in found for prediction_id in part]
    stored = read_ids(server)
    assert len(set(logged)) == 1600
    assert sorted(entry for entry in stored if entry in set(logged)) == sorted(logged)


def log_in_child(logger: EventLogger, count: int, answers: Any) -> None:
    answers.put([logger.log({"pid": os.getpid()}, "x") for _ in range(count)])
    answers.close()
    answers.join_thread()
    os._exit(0)


@pytest.mark.slow
def test_forked_processes_write_files_of_their_own(server: Running, tmp_path: Path) -> None:
    """As the workers of a server that loads the application before it forks; each dies without a word."""
    context = multiprocessing.get_context("fork")
    with make_logger(server.url, tmp_path) as logger:
        answers: Any = context.Queue()
        children = [context.Process(target=log_in_child, args=(logger, 50, answers)) for _ in range(3)]
        for child in children:
            child.start()
        logged = [entry for _ in children for entry in answers.get(timeout=30)]
        logged.append(logger.log({"pid": 0}, "x"))
        for child in children:
            child.join(30)
        wait_for(lambda: set(logged) <= set(read_ids(server)))
    stored = [entry for entry in read_ids(server) if entry in set(logged)]
    assert len(stored) == len(logged) == 151


@pytest.mark.slow
def test_a_killed_process_loses_nothing(server: Running, tmp_path: Path) -> None:
    """It logs to a server that is not there; the next process of the folder ships what it left."""
    program = [sys.executable, "-m", "tests.eventlogger.endless", "http://127.0.0.1:9", str(tmp_path)]
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        logged = [process.stdout.readline().strip() for _ in range(500)]
        process.send_signal(signal.SIGKILL)
        # What it had printed by then was logged too; a line that is cut is none.
        logged += [line.strip() for line in process.stdout if line.endswith("\n")]
    with make_logger(server.url, tmp_path):
        wait_for(lambda: set(logged) <= set(read_ids(server)))
    stored = read_ids(server)
    assert [entry for entry in set(logged) if stored.count(entry) != 1] == []


def wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_what_it_needs_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAKELINE_INTAKE_KEY", raising=False)
    with pytest.raises(InvalidInputError, match="no intake key was given"):
        EventLogger(DEPLOYMENT, endpoint=ENDPOINT, folder=tmp_path)
    with pytest.raises(InvalidInputError, match="not an endpoint id"):
        EventLogger(DEPLOYMENT, endpoint="Not An Id", key="x", folder=tmp_path)
    logger = make_logger("http://127.0.0.1:9", tmp_path)
    with pytest.raises(InvalidInputError, match="no time zone"):
        logger.log({}, 1, event_time=datetime(2024, 1, 1))
    logger.log({"kept": 1}, 1)
    assert not logger.close(seconds_max=0)
    with pytest.raises(InvalidInputError, match="is closed"):
        logger.log({}, 1)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float32(0.5), 0.5),
        (np.float64(0.1), 0.1),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.array(3), 3),
        (math.inf, None),
        (np.float64("nan"), None),
        (pd.NaT, None),
        (pd.NA, "<NA>"),
        (pd.Timestamp("2024-01-02", tz="UTC"), "2024-01-02T00:00:00+00:00"),
        (date(2024, 1, 2), "2024-01-02"),
        (Decimal("1.50"), "1.50"),
        ({"a": (1, np.int8(2))}, {"a": [1, 2]}),
        (np.array([1, 2]), "[1 2]"),
    ],
)
def test_values_of_other_libraries(value: Any, plain: Any) -> None:
    found = make_plain(value)
    assert (found, type(found)) == (plain, type(plain))
    msgspec.json.encode(found)


def test_an_event_server_of_a_private_authority(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    running = Running(tmp_path / "home")
    running.command += [
        "--tls-certificate",
        str(tmp_path / "cert.pem"),
        "--tls-key",
        str(tmp_path / "key.pem"),
    ]
    with running:
        assert running.url.startswith("https://")
        with make_logger(running.url, tmp_path / "logger", ca_file=tmp_path / "ca.pem") as logger:
            logger.log({"amount": 1}, 2.0)
            logger.flush()
        assert read(running).height == 1
