"""The whole loop over real processes and real sockets, and its figures against SciPy and scikit-learn.

The rows are read by another engine (Polars) from the Delta table that the loop wrote.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial import distance
from sklearn import metrics

from tests.flow.conftest import EVERY, DemoRun, run_demo
from wakeline.client.client import Client
from wakeline.demo.flights import CATEGORICAL, NUMERICAL, load_flights, split_flights
from wakeline.demo.story import MONTHS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


def find_processes_of(home: Path) -> list[str]:
    """Command lines of living processes that name the home."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(home) in command and str(os.getpid()) != folder.name:
            found.append(command)
    return found


def read_log(demo: DemoRun) -> pl.DataFrame:
    return pl.scan_delta(demo.summary["log_path"]).collect()


def read_reference(demo: DemoRun) -> pl.DataFrame:
    return pl.read_parquet(next((demo.home / "models").rglob("reference.parquet")))


def select_month(log: pl.DataFrame, month: str) -> pl.DataFrame:
    return log.filter(pl.col("day").cast(pl.String).str.starts_with(month))


def pick(document: dict[str, Any], metric: str, column: str | None) -> dict[str, Any]:
    found = [
        entry for entry in document["readings"] if (entry["metric"], entry["column"]) == (metric, column)
    ]
    assert len(found) == 1, (metric, column)
    reading: dict[str, Any] = found[0]
    assert reading["value"] is not None, reading
    return reading


@pytest.fixture(scope="module")
def april(demo: DemoRun, client: Client) -> dict[str, Any]:
    return client.read_evaluation(demo.summary["evaluations"][0]["id"])


def test_every_answer_has_one_event(demo: DemoRun) -> None:
    expected = -(-split_flights(load_flights()).replay.num_rows // EVERY)
    log = read_log(demo)
    assert demo.summary["predictions_sent"] == demo.summary["events_in_log"] == expected == log.height
    assert log["prediction_id"].n_unique() == log.height
    assert log["day"].n_unique() >= 270
    assert (log["event_time"].dt.date() == log["day"]).all()
    assert log.select(pl.col("server_timestamp").min() > pl.col("event_time").max()).item()
    assert Path(demo.summary["log_path"]).relative_to(demo.home) == Path(
        "events/api-node-query/FLIGHTS-on-local/arrival-delay"
    )


def test_no_process_is_left(demo: DemoRun) -> None:
    run = [json.loads(path.read_text())["pid"] for path in (demo.home / "run").rglob("*.json")]
    assert [pid for pid in run if Path(f"/proc/{pid}").exists()] == []


def test_summary_has_every_month_and_a_reason_for_what_is_missing(demo: DemoRun) -> None:
    assert [entry["window"][:7] for entry in demo.summary["evaluations"]] == list(MONTHS)
    for entry in demo.summary["evaluations"]:
        assert entry["row_count"] > 0
        for name in ("roc_auc", "accuracy", "log_loss", "domain_classifier_auc", "drifted_share"):
            assert isinstance(entry["readings"][name], float)
        assert all(entry["not_computed"].values())
    assert {"roc_auc", "accuracy", "log_loss"} <= set(demo.summary["reference"]["readings"])


@pytest.mark.parametrize("column", NUMERICAL)
def test_numerical_drift_is_scipys(demo: DemoRun, april: dict[str, Any], column: str) -> None:
    current = select_month(read_log(demo), "2013-04")[f"feature__{column}"].drop_nulls().to_numpy()
    reference = read_reference(demo)[f"features.{column}"].drop_nulls().to_numpy()
    truth = stats.ks_2samp(reference, current, method="asymp")
    ks = pick(april, "ks", column)
    assert abs(ks["value"] - truth.statistic) <= (ks["resolution"] or 0) + 1e-9
    if not ks["resolution"]:
        assert ks["p_value"] == pytest.approx(truth.pvalue, abs=1e-4)
    assert pick(april, "wasserstein", column)["value"] == pytest.approx(
        stats.wasserstein_distance(reference, current), rel=0.02, abs=0.02
    )


@pytest.mark.parametrize("column", CATEGORICAL)
def test_categorical_drift_is_scipys(demo: DemoRun, april: dict[str, Any], column: str) -> None:
    current = select_month(read_log(demo), "2013-04")[f"feature__{column}"].drop_nulls()
    reference = read_reference(demo)[f"features.{column}"].drop_nulls()
    levels = sorted({*current.unique(), *reference.unique()})
    counts = np.array([[(rows == level).sum() for level in levels] for rows in (reference, current)])
    truth = stats.chi2_contingency(counts, correction=False)
    chi_square = pick(april, "chi_square", column)
    assert chi_square["value"] == pytest.approx(truth.statistic, rel=1e-9)
    assert chi_square["p_value"] == pytest.approx(truth.pvalue, abs=1e-9)
    shares = counts / counts.sum(axis=1, keepdims=True)
    assert pick(april, "jensen_shannon", column)["value"] == pytest.approx(
        distance.jensenshannon(shares[0], shares[1], base=2), rel=1e-9
    )
    floored = np.maximum(shares, 1e-4)
    psi = float(((floored[1] - floored[0]) * np.log(floored[1] / floored[0])).sum())
    assert pick(april, "psi", column)["value"] == pytest.approx(psi, rel=1e-6)


def join_labels(demo: DemoRun, month: str) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    labels = pl.scan_delta(demo.home / "events/ground-truth/FLIGHTS-on-local/arrival-delay").collect()
    rows = select_month(read_log(demo), month).join(
        labels.select("prediction_id", "label"), on="prediction_id"
    )
    return (rows["label"] == "true").to_numpy(), rows["proba__true"].to_numpy()


def test_performance_is_scikit_learns(demo: DemoRun, april: dict[str, Any]) -> None:
    truth, proba = join_labels(demo, "2013-04")
    predicted = proba >= 0.5
    assert truth.size == april["row_count"]
    expected = {
        "roc_auc": metrics.roc_auc_score(truth, proba),
        "accuracy": metrics.accuracy_score(truth, predicted),
        "precision": metrics.precision_score(truth, predicted),
        "recall": metrics.recall_score(truth, predicted),
        "f1": metrics.f1_score(truth, predicted),
        "log_loss": metrics.log_loss(truth, proba),
    }
    for metric, value in expected.items():
        assert pick(april, metric, None)["value"] == pytest.approx(value, abs=1e-9), metric


def test_labels_are_the_true_delays(demo: DemoRun) -> None:
    labels = pl.scan_delta(demo.home / "events/ground-truth/FLIGHTS-on-local/arrival-delay").collect()
    contexts = read_log(demo).select("prediction_id", "context")
    late = dict(
        zip(
            *(split_flights(load_flights()).replay[name].to_pylist() for name in ("flight_id", "late")),
            strict=True,
        )
    )
    joined = labels.join(contexts, on="prediction_id")
    assert joined.height == demo.summary["predictions_sent"]
    for context, label in joined.select("context", "label").iter_rows():
        assert late[json.loads(context)["flight_id"]] == (label == "true")


def test_evaluation_before_labels_is_kept_as_the_first_revision(demo: DemoRun, client: Client) -> None:
    evaluation_id = demo.summary["evaluations"][0]["id"]
    first = client.read_evaluation(evaluation_id, revision=1)
    readings = {entry["metric"]: entry for entry in first["readings"] if entry["column"] is None}
    assert readings["roc_auc"]["value"] is None
    assert "label" in readings["roc_auc"]["not_computed"]
    assert readings["domain_classifier_auc"]["value"] is not None
    assert client.read_evaluation(evaluation_id)["revision"] == 2


def test_configuring_again_changes_nothing(demo: DemoRun, client: Client) -> None:
    again = client.configure_monitoring("FLIGHTS-on-local", "arrival-delay")
    assert not again["changed"]
    assert again["created"] == []
    assert again["zone"] == "API Endpoint Monitoring: FLIGHTS-on-local"
    assert again["store"] == "FLIGHTS-on-local-arrival-delay"


def test_second_run_sends_nothing_twice(tmp_path: Path) -> None:
    """Cut off in the middle of the replay, the next run sends the rest; a third has nothing to send."""
    home = tmp_path / "demo"
    command = [sys.executable, "-m", "wakeline", "demo", "--home", str(home), "--every", "40", "--port", "0"]
    first = subprocess.Popen(
        [*command, "--exit", "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    journal = home / "demo" / "answered.txt"
    deadline = time.monotonic() + 120
    while not (journal.exists() and journal.stat().st_size > 10_000) and time.monotonic() < deadline:
        time.sleep(0.02)
    first.send_signal(signal.SIGINT)
    first.wait(timeout=60)
    assert first.returncode != 0
    assert find_processes_of(home) == []
    sent_before = len(journal.read_text().split())
    second = subprocess.run([*command, "--exit", "--json"], capture_output=True, text=True, check=False)
    assert second.returncode == 0, second.stderr
    summary = json.loads(second.stdout)
    expected = -(-split_flights(load_flights()).replay.num_rows // 40)
    assert sent_before < summary["predictions_sent"] == summary["events_in_log"] == expected


def test_busy_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run_demo(tmp_path / "demo", "--port", str(port), "--exit", "--json")
    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert done.stdout == ""
    assert find_processes_of(tmp_path / "demo") == []
