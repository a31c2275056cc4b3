"""Every command once, over a small home with all processes: what it prints, and that --json is one value.

The tests stand in the order in which a user comes to the commands; each builds on those before it.
"""

import html
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import typer
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from tests.cli.running import Done, call
from tests.monitoring.receivers import receive_webhooks
from wakeline import Client, save_model
from wakeline.cli.main import build_command
from wakeline.core.errors import ConflictError
from wakeline.server.stack import Ports, Stack

pytestmark = pytest.mark.slow

LANDING_SECONDS_MAX = 60
QUERIES = 120
FILE_QUERIES = 130
ROWS = QUERIES + 3 + 2 * FILE_QUERIES + 1
PROCESSES = {"up", "demo", "server", "event-server", "api-node", "gateway"}
"""Commands that run until a signal; the flow, server, gateway and node tests run them."""


@dataclass(slots=True)
class Shop:
    stack: Stack
    folder: Path
    prediction_ids: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    labelled: int = 0

    def call(self, *arguments: str) -> Done:
        """As a user types it; a failure shows what was printed."""
        done = call(*arguments, "--url", self.stack.url)
        assert done.code == 0, done.err
        assert "Traceback" not in done.err
        words = [word for word in arguments[:3] if word.islower()]
        self.used |= {" ".join(words[:count]) for count in (1, 2, 3)}
        return done

    def ask(self, *arguments: str) -> Any:
        """The same with --json: exactly one value on stdout."""
        return self.call(*arguments, "--json").read_json()

    def show(self, *arguments: str) -> str:
        return self.call(*arguments).out


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    stack = Stack(folder / "a home", Ports.plan(0), commit_interval_s=0.5)
    try:
        stack.start()
        yield Shop(stack, folder)
    finally:
        stack.stop()


def train(folder: Path) -> None:
    """The version `v1` of a model of numbers and levels, both with gaps."""
    random = np.random.default_rng(11)
    rows = pd.DataFrame(
        {
            "amount": random.lognormal(3, 1, 400),
            "age": np.where(random.random(400) < 0.1, np.nan, random.normal(40, 10, 400)),
            "country": random.choice(["US", "DE", "FR"], 400),
        }
    )
    rows["fraud"] = (rows["amount"] + random.normal(0, 10, 400) > 25).astype(int)
    features = ["amount", "age", "country"]
    pipeline = make_pipeline(
        make_column_transformer(
            (SimpleImputer(), ["amount", "age"]), (OneHotEncoder(handle_unknown="ignore"), ["country"])
        ),
        LogisticRegression(max_iter=1000),
    ).fit(rows[features], rows["fraud"])
    save_model(
        pipeline, project="SHOP", name="risk", version="v1", reference=rows, target="fraud", path=folder
    )


def wait_for_rows(shop: Shop, count: int) -> None:
    deadline = time.monotonic() + LANDING_SECONDS_MAX
    while shop.ask("monitoring", "show", "SHOP-on-local", "-e", "risk")["log_row_count"] != count:
        assert time.monotonic() < deadline, "the events did not land"
        time.sleep(0.2)


def test_project_and_model(shop: Shop) -> None:
    assert "No project yet" in shop.show("project", "list")
    assert shop.ask("project", "create", "SHOP")["key"] == "SHOP"
    assert "EMPTY" in shop.show("project", "create", "EMPTY", "--name", "[nothing]")
    assert [row["key"] for row in shop.ask("project", "list")] == ["EMPTY", "SHOP"]
    assert "[nothing]" in shop.show("project", "list")
    train(shop.folder / "v1")
    uploaded = shop.ask("model", "upload", str(shop.folder / "v1"), "--name", "risk", "-p", "SHOP")
    assert uploaded["version"] == "v1"
    again = ("model", "upload", str(shop.folder / "v1"), "--name", "risk", "-p", "SHOP", "--version", "v2")
    assert "v2" in shop.show(*again)
    assert shop.ask("model", "activate", "risk", "v1", "-p", "SHOP")["active_version"] == "v1"
    assert "v1" in shop.show("model", "activate", "risk", "v1", "-p", "SHOP")
    assert [row["name"] for row in shop.ask("model", "list", "-p", "SHOP")] == ["risk"]
    assert shop.ask("model", "show", "risk", "-p", "SHOP")["active_version"] == "v1"
    assert "versions" in shop.show("model", "show", "risk", "-p", "SHOP")


def test_service_and_deployment(shop: Shop) -> None:
    made = shop.ask("service", "create", "checkout", "-p", "SHOP", "-e", "risk=risk")
    assert made["endpoints"][0]["model"] == "risk"
    assert "beside" in shop.show("service", "create", "beside", "-p", "SHOP", "-e", "risk=risk@v2")
    assert shop.ask("service", "publish", "checkout", "-p", "SHOP")["generation"] == "v1"
    assert "v2" in shop.show("service", "publish", "checkout", "-p", "SHOP")
    assert "risk=risk@active" in shop.show("service", "list", "-p", "SHOP")
    assert len(shop.ask("service", "list", "-p", "SHOP")) == 2
    create = ("deployment", "create", "checkout", "-p", "SHOP", "--generation", "v1")
    assert shop.ask(*create)["deployment_id"] == "SHOP-on-local"
    assert "v2" in shop.show("deployment", "update", "SHOP-on-local", "--generation", "v2")
    assert shop.ask("deployment", "update", "SHOP-on-local", "--generation", "v1")["generation"] == "v1"
    assert "SHOP-on-local-0" in shop.show("deployment", "show", "SHOP-on-local")
    assert [row["generation"] for row in shop.ask("deployment", "list")] == ["v1"]


def test_query(shop: Shop) -> None:
    features = json.dumps({"amount": 12.5, "age": None, "country": "DE"})
    answer = shop.ask("query", "checkout/risk", "--features", features)
    assert set(answer["result"]["probas"]) == {"0", "1"}
    assert "total (µs)" in shop.show(
        "query", "checkout/risk", "--features", features, "--deployment", "SHOP-on-local"
    )
    for arguments, expected in (
        (["checkout/risk", "--features", '{"amount": "x", "aeg": 1}'], "feature: aeg"),
        (
            ["checkout/risk", "--features", features, "--deployment", "none"],
            "its deployments are: SHOP-on-local",
        ),
        (["checkout/nope", "--features", features], "expected one of checkout: risk"),
        (["nope/risk", "--features", features], "the service nope is not deployed"),
    ):
        refused = call("query", *arguments, "--url", shop.stack.url)
        assert (refused.code, refused.out, expected in refused.err) == (1, "", True), refused.err
    url = shop.ask("deployment", "show", "SHOP-on-local")["endpoints"][0]["url"]
    random = np.random.default_rng(5)
    with httpx.Client(trust_env=False) as http:
        for amount in random.lognormal(3, 1, QUERIES):
            body = {"features": {"amount": amount, "age": 40.0, "country": "US"}}
            shop.prediction_ids.append(http.post(url, json=body).json()["apiContext"]["predictionId"])
    # The two answers above, and the refusal of an endpoint that is there.
    wait_for_rows(shop, QUERIES + 3)


def test_queries_of_a_file(shop: Shop) -> None:
    file = shop.folder / "queries.jsonl"
    send = ("query", "checkout/risk", "--file", str(file))
    items = [
        {"features": {"amount": float(n), "age": 30.0, "country": "FR"}, "context": {"n": n}}
        for n in range(FILE_QUERIES)
    ]
    file.write_text("\n".join(json.dumps(item) for item in [*items[:-1], {"feature": {}}]))
    refused = call(*send, "--url", shop.stack.url)
    assert (refused.code, f'line {FILE_QUERIES} of {file} lacks an object "features"' in refused.err) == (
        1,
        True,
    )
    assert call("query", "checkout/risk", "--url", shop.stack.url).code == 2
    file.write_text("\n".join(json.dumps(item) for item in items))
    answers = shop.ask(*send)
    alone = shop.ask("query", "checkout/risk", "--features", json.dumps(items[7]["features"]))
    assert answers[7]["probas"] == pytest.approx(alone["result"]["probas"])
    assert len({answer["predictionId"] for answer in answers}) == FILE_QUERIES
    assert "answers" in shop.show(*send)
    wait_for_rows(shop, ROWS)


def test_flow_by_hand(shop: Shop) -> None:
    path = "api-node-query/SHOP-on-local/risk"
    assert "api-node-query" in shop.show("dataset", "browse")
    assert [entry["path"] for entry in shop.ask("dataset", "browse", "api-node-query")["entries"]] == [
        "api-node-query/SHOP-on-local"
    ]
    assert "is a log table" in shop.show("dataset", "browse", path)
    assert "mine" in shop.show("zone", "create", "mine", "-p", "SHOP")
    assert shop.ask("zone", "create", "other", "-p", "SHOP")["name"] == "other"
    assert {row["name"] for row in shop.ask("zone", "list", "-p", "SHOP")} == {"mine", "other"}
    create = ("dataset", "create", "log", "-p", "SHOP", "--path", path, "--zone", "mine")
    assert shop.ask(*create)["zone"] == "mine"
    early = shop.call(
        "dataset", "create", "early", "-p", "SHOP", "--path", "api-node-query/SHOP-on-local/later"
    )
    assert "There is no log at" in early.err
    assert "mine" in shop.show("dataset", "list", "-p", "SHOP")
    assert shop.ask("dataset", "show", "log", "-p", "SHOP")["row_count"] == ROWS
    assert "features.amount" in shop.show("dataset", "show", "log", "-p", "SHOP")
    assert len(shop.ask("dataset", "preview", "log", "-p", "SHOP", "--limit", "3")["rows"]) == 3
    assert shop.prediction_ids[0] in shop.show("dataset", "preview", "log", "-p", "SHOP", "--limit", "1000")
    assert shop.ask("store", "create", "mine", "-p", "SHOP", "--zone", "mine")["zone"] == "mine"
    assert "mine" in shop.show("store", "list", "-p", "SHOP")
    recipe = ("-p", "SHOP", "--dataset", "log", "--model", "risk", "--store", "mine")
    assert shop.ask("recipe", "create", "evaluate", "mine", *recipe)["dataset"] == "log"
    assert "v1" in shop.show("recipe", "create", "evaluate", "old", *recipe, "--model-version", "v1")
    refused = call(
        *("recipe", "create", "evaluate", "new", *recipe, "--model-version", "v9"), "--url", shop.stack.url
    )
    assert (refused.code, "has no version 'v9'; it has: v1, v2" in refused.err) == (1, True), refused.err
    assert "mine" in shop.show("recipe", "list", "-p", "SHOP")
    assert shop.ask("zone", "move", "other", "recipe:mine", "store:mine", "-p", "SHOP")["name"] == "other"
    assert shop.ask("store", "list", "-p", "SHOP")[0]["zone"] == "other"
    assert shop.ask("zone", "rename", "other", "theirs", "-p", "SHOP")["name"] == "theirs"
    shop.show("zone", "delete", "theirs", "-p", "SHOP")
    assert shop.ask("store", "list", "-p", "SHOP")[0]["zone"] is None
    refused = call("dataset", "delete", "log", "-p", "SHOP", "--url", shop.stack.url)
    assert (refused.code, "mine" in refused.err) == (1, True)
    shop.show("dataset", "delete", "early", "-p", "SHOP")
    # The log of a deployed endpoint is a dataset without anybody's doing.
    listed = [row["name"] for row in shop.ask("dataset", "list", "-p", "SHOP")]
    assert listed == ["SHOP-on-local-risk-log", "log"]
    shop.show("recipe", "create", "evaluate", "brief", *recipe)
    shop.show("recipe", "delete", "brief", "-p", "SHOP")
    shop.show("store", "create", "brief", "-p", "SHOP")
    shop.show("store", "delete", "brief", "-p", "SHOP")
    assert [row["name"] for row in shop.ask("store", "list", "-p", "SHOP")] == ["mine"]


def test_infrastructures(shop: Shop, tmp_path: Path) -> None:
    assert "development" in shop.show("infrastructure", "list")
    assert shop.ask("infrastructure", "create", "edge", "--stage", "production")["stage"] == "production"
    changed = shop.ask("infrastructure", "change", "local", "--no-log-outputs", "--stage", "staging")
    assert (changed["restarted"], changed["log_outputs"]) == (["SHOP-on-local"], False)
    assert shop.ask("infrastructure", "change", "local", "--log-outputs")["restarted"] == ["SHOP-on-local"]
    key = tmp_path / "key"
    key.write_text(shop.show("api-key", "create", "nodes"), encoding="utf-8")
    ending = shop.ask("api-key", "show", "nodes")["ending"]
    changed = shop.ask("infrastructure", "change", "local", "--reporting-key-file", str(key))
    assert changed["reporting_key"] == {"source": "own", "ending": ending}
    assert shop.ask("infrastructure", "change", "local", "--home-key")["reporting_key"]["source"] == "home"
    assert shop.ask("infrastructure", "show", "local")["stage"] == "staging"
    for arguments, code, words in (
        ((), 2, "nothing is to be changed"),
        (("--home-key", "--reporting-key-file", str(key)), 2, "expected one of them"),
        (("--event-server", "here"), 1, "is not the URL of an event server"),
        (("--reporting-key-file", str(tmp_path / "none")), 1, "cannot be read"),
    ):
        refused = call("infrastructure", "change", "local", *arguments, "--url", shop.stack.url)
        assert (refused.code, words in refused.err) == (code, True), refused.err


def test_monitoring_and_evaluations(shop: Shop, tmp_path: Path) -> None:
    configure = ("monitoring", "configure", "SHOP-on-local", "-e", "risk")
    made = shop.ask(*configure)
    # What was made by hand is taken in, not made twice.
    assert (made["changed"], made["dataset"], made["store"]) == (True, "log", "mine")
    assert "nothing was changed" in shop.show(*configure)
    assert "yes" in shop.show("monitoring", "show", "SHOP-on-local", "-e", "risk")
    month = f"{datetime.now(UTC):%Y-%m}"
    found = shop.ask("evaluation", "run", made["recipe"], "-p", "SHOP", "-w", month)
    assert found["row_count"] >= QUERIES
    shown = shop.show("evaluation", "run", "old", "-p", "SHOP", "-w", month)
    assert "domain_classifier_auc" in shown
    assert "no labels yet" in shown
    assert {row["recipe"] for row in shop.ask("evaluation", "list", "-p", "SHOP")} == {"mine", "old"}
    assert found["id"] in shop.show("evaluation", "list", "-p", "SHOP", "--store", "mine")
    assert shop.ask("evaluation", "show", found["id"])["id"] == found["id"]
    report = tmp_path / "report.html"
    written = shop.ask("evaluation", "report", found["id"], "--output", str(report))
    assert written == {"file": str(report), "bytes": report.stat().st_size}
    assert found["sentence"] in html.unescape(report.read_text(encoding="utf-8"))
    again = call("evaluation", "report", found["id"], "-o", str(report), "--url", shop.stack.url)
    assert (again.code, "is there already" in again.err) == (1, True), again.err
    for window, expected in (
        ("2013-04", "the log has rows on"),
        ("2999-01", "lies in the future"),
        ("9999-12", "is not a window"),
        ("yesterday", "is not a window"),
        ("2026-02-02/2026-02-01", "expected an end after its start"),
    ):
        refused = call(
            "evaluation", "run", "mine", "-p", "SHOP", "-w", window, "--json", "--url", shop.stack.url
        )
        assert (refused.code, refused.out) == (1, "")
        assert expected in refused.err


def test_jobs(shop: Shop) -> None:
    listed = shop.ask("job", "list")
    assert {row["state"] for row in listed} == {"done", "failed"}
    done = next(row for row in listed if row["state"] == "done")
    assert "evaluation_id" in shop.ask("job", "show", done["id"])["result"]
    assert "log" in shop.show("job", "show", done["id"])
    refused = call("job", "cancel", done["id"], "--url", shop.stack.url)
    assert (refused.code, "is done already" in refused.err) == (1, True)
    shop.used.add("job cancel")


def test_labels(shop: Shop) -> None:
    """Neither the event server nor the home is named: the server knows both."""
    sample = shop.folder / "to-label.csv"
    place = ("SHOP-on-local", "-e", "risk")
    shop.ask("label", "sample", *place, "--output", str(sample), "--rows", "1", "--strategy", "uncertain")
    header, row = sample.read_text().splitlines()
    shop.labelled = len({*shop.prediction_ids, row.split(",")[0].strip('"')})
    assert header.split(",")[0].strip('"') == "prediction_id"
    assert header.rstrip().endswith('"label"')
    sample.write_text(f"{header}\n{row}1\n")
    load = ("label", "import", "-d", "SHOP-on-local", "-e", "risk")
    first = shop.ask(*load, str(sample))
    assert (first["files"][0]["stored"], first["joined"]["labelled"]) == (1, 1)
    file = shop.folder / "labels.jsonl"
    lines = [
        json.dumps({"prediction_id": prediction_id, "label": index % 2, "event_id": f"label-{index}"})
        for index, prediction_id in enumerate([*shop.prediction_ids, "nobody"])
    ]
    file.write_text("\ufeff" + "\r\n\r\n".join(lines), encoding="utf-8")
    assert shop.ask(*load, str(file), "--dry-run")["files"][0]["read"] == QUERIES + 1
    for _ in range(2):
        joined = shop.ask(*load, str(file))["joined"]
        assert (joined["labelled"], joined["unmatched_ids"]) == (shop.labelled, ["nobody"])
    assert "nobody" in shop.show(*load, str(file))
    report = ("label", "report", *place)
    found = shop.ask(*report)
    assert sum(day["labelled"] for day in found["days"]) == shop.labelled
    assert found["business_key"] is None
    assert "delay median s" in shop.show(*report, "--window", f"{datetime.now(UTC):%Y-%m}")


def test_labels_by_business_key(shop: Shop) -> None:
    file = shop.folder / "by-key.csv"
    feature = "features.amount"
    file.write_text("amount,label\n-1234567,1\n")
    load = ("label", "import", str(file), "-d", "SHOP-on-local", "-e", "risk", "--key", feature)
    refused = call(*load, "--url", shop.stack.url)
    assert (refused.code, "none is declared; declare it with" in refused.err) == (1, True)
    declare = ("label", "declare", "SHOP-on-local", "-e", "risk")
    assert shop.ask(*declare, "--key", feature) == {"business_keys": {"risk": feature}}
    assert shop.ask(*load)["files"][0]["stored"] == 1
    report = shop.ask("label", "report", "SHOP-on-local", "-e", "risk")
    assert (report["business_key"], "-1234567" in report["unmatched_ids"]) == (feature, True)
    assert "business keys" in shop.show(*declare)


def test_training_rows(shop: Shop) -> None:
    file = shop.folder / "training.parquet"
    made = shop.ask("dataset", "training", "SHOP-on-local", "-e", "risk", "--output", str(file))
    assert made["bytes"] == file.stat().st_size
    assert pq.read_table(file).num_rows == shop.labelled
    assert "bytes" in shop.show("dataset", "training", "SHOP-on-local", "-e", "risk", "--output", str(file))


def test_event_import(shop: Shop) -> None:
    file = shop.folder / "old.csv"
    file.write_text("when,age,answer\n2024-05-01T06:00:00Z,40,1.5\nnoon,41,2.5\n")
    place = ("-d", "old-model", "-e", "risk", "--time-column", "when")
    maps = ("--map", "answer=prediction", "--map", "*=features.*")
    load = ("event", "import", str(file), *place, *maps, "--rejects", str(shop.folder / "bad.jsonl"))
    assert "features.age" in shop.show(*load, "--dry-run")
    (found,) = shop.ask(*load)["files"]
    assert (found["read"], found["stored"], found["rejected"], found["days"]) == (2, 1, 1, {"2024-05-01": 1})
    assert "1 rows were rejected" in call(*load, "--url", shop.stack.url).err


def test_keys_and_destinations(shop: Shop) -> None:
    made = shop.ask("api-key", "create", "team-a", "--label", "Team A", "--events-per-second", "100")
    assert len(made["secret"]) >= 43
    assert "Team A" in shop.show("api-key", "list")
    place = ("--path", "team-a", "--routing-key", "a-*")
    assert shop.ask("destination", "create", "team-a", *place, "--key", "team-a")["keys"] == ["team-a"]
    assert "a-*" in shop.show("destination", "list")
    assert shop.ask("api-key", "show", "team-a")["tied_to"] == ["team-a"]
    changed = shop.ask("destination", "change", "team-a", "--any-key", "--topic", "clicks")
    assert (changed["keys"], changed["topics"], changed["routing_keys"]) == (None, ["clicks"], ["a-*"])
    assert shop.ask("destination", "show", "team-a") == changed
    assert shop.ask("api-key", "change", "team-a", "--no-limit", "--no-tie")["events_per_second"] is None
    rotated = shop.show("api-key", "rotate", "team-a", "--grace", "0")
    assert rotated.strip() not in {"", made["secret"]}
    shop.show("destination", "delete", "team-a")
    shop.show("api-key", "delete", "team-a")
    assert [row["id"] for row in shop.ask("api-key", "list")] == ["intake", "nodes"]
    for arguments, code, words in (
        (("api-key", "change", "nodes"), 1, "nothing to change"),
        (("api-key", "change", "nodes", "--no-limit", "--events-per-second", "1"), 2, "expected one"),
        (("api-key", "delete", "intake"), 1, "the home's own key"),
        (("destination", "create", "x", "--path", ".."), 1, "not a path below"),
    ):
        refused = call(*arguments, "--url", shop.stack.url)
        assert (refused.code, words in refused.err) == (code, True), refused.err


def test_event_status_and_doctor(shop: Shop) -> None:
    status = shop.ask("event", "status")
    assert (status["unavailable"], status["warnings"]) == ({}, [])
    parts = ("stored", "spooled", "dropped", "dead_letters")
    assert status["accepted"] == sum(status[name] for name in parts) > 0
    shown = shop.show("event", "status")
    assert "api-node-query/SHOP-on-local/risk" in shown
    assert f"accepted {status['accepted']}, stored" in shown
    assert shop.ask("doctor", "--home", str(shop.stack.home))["server"]["faults"] == []
    assert "Server at" in shop.show("doctor", "--home", str(shop.stack.home))


def test_checks(shop: Shop) -> None:
    place = ("-p", "SHOP", "-s", "mine")
    made = shop.ask(
        "check", "create", "strict", *place, "-m", "psi", "--scope", "any-feature", "--error-max", "9"
    )
    assert (made["error_max"], made["latest"]["outcome"]) == (9.0, "OK")
    assert "strict" in shop.show("check", "list", *place)
    assert {row["name"] for row in shop.ask("check", "list", "-p", "SHOP")} > {"strict"}
    windows = {row["window"] for row in shop.ask("check", "results", made["id"])}
    assert len(windows) == 1
    change = ("check", "change", made["id"])
    changed = shop.ask(*change, "--warning-max", "8", "--without", "error-max", "--off")
    assert (changed["warning_max"], changed["error_max"], changed["enabled"]) == (8.0, None, False)
    assert "nothing to change" in call(*change, "--url", shop.stack.url).err
    assert "is not a bound" in call(*change, "--without", "max", "--url", shop.stack.url).err
    shop.show("check", "delete", made["id"])
    assert "strict" not in shop.show("check", "list", *place)


def test_schedules(shop: Shop) -> None:
    made = shop.ask("schedule", "list", "-p", "SHOP")[0]
    assert (made["recipe"], made["cron"]) == ("mine", "30 2 * * *")
    shop.show("schedule", "delete", made["id"])
    anew = shop.ask("schedule", "create", "mine", "-p", "SHOP", "--window", "previous-month")
    assert anew["window_rule"] == "previous-month"
    changed = shop.ask("schedule", "change", anew["id"], "--time-zone", "Europe/Berlin", "--off")
    assert (changed["time_zone"], changed["enabled"], changed["window_rule"]) == (
        "Europe/Berlin",
        False,
        "previous-month",
    )
    assert shop.ask("schedule", "runs", anew["id"]) == []
    assert "previous-month" in shop.show("schedule", "list", "-p", "SHOP")


def test_alerts(shop: Shop) -> None:
    place = ("-p", "SHOP", "-s", "mine")
    with receive_webhooks() as receiver:
        hook = shop.ask("alert", "create", "webhook", "team", *place, "--to", receiver.url)
        assert shop.ask("alert", "test", hook["id"])["state"] == "delivered"
        receiver.answers.append(500)
        assert call("alert", "test", hook["id"], "--url", shop.stack.url).code == 1
    assert [row["state"] for row in shop.ask("alert", "deliveries", hook["id"])] == ["failed", "delivered"]
    smtp = ("--host", "127.0.0.1", "--from", "w@example.com", "--to", "a@example.com")
    mail = shop.ask("alert", "create", "mail", "box", *place, *smtp)
    assert "a@example.com" in shop.show("alert", "list", "-p", "SHOP")
    assert shop.ask("alert", "change", mail["id"], "--name", "post", "--off")["name"] == "post"
    shop.show("alert", "delete", mail["id"])
    assert [row["name"] for row in shop.ask("alert", "list", *place)] == ["team"]


def test_monitoring_is_taken_away(shop: Shop) -> None:
    endpoint = ("SHOP-on-local", "-e", "risk")
    assert shop.ask("monitoring", "plan", *endpoint)["changes"] is False
    gone = shop.ask("monitoring", "remove", *endpoint)
    assert {"recipe", "schedule"} <= {part["kind"] for part in gone["removed"]}
    assert {part["kind"] for part in gone["kept"]} <= {"store", "dataset", "zone"}
    assert "kind" in shop.show("monitoring", "remove", *endpoint)


def test_a_deployment_is_deleted(shop: Shop) -> None:
    create = ("deployment", "create", "beside", "-p", "SHOP", "--generation", "v1")
    shop.show("service", "publish", "beside", "-p", "SHOP")
    made = shop.ask(*create)["deployment_id"]
    shop.show("query", "beside/risk", "--features", '{"amount": 1, "age": 2, "country": "DE"}')
    shop.show("deployment", "delete", made)
    assert [row["deployment_id"] for row in shop.ask("deployment", "list")] == ["SHOP-on-local"]
    # Its event was brought away first.
    (log,) = shop.ask("dataset", "browse", f"api-node-query/{made}")["entries"]
    assert (log["name"], log["row_count"]) == ("risk", 1)


def test_connections(shop: Shop, tmp_path: Path) -> None:
    made = shop.ask("connection", "create", "disk", "--type", "filesystem", "--root", str(tmp_path / "logs"))
    assert (made["id"], made["type"]) == ("disk", "filesystem")
    assert "disk" in shop.show("connection", "list")
    assert {row["id"] for row in shop.ask("connection", "list")} == {"local", "disk"}
    assert str(tmp_path / "logs") in json.dumps(shop.ask("connection", "show", "disk"))
    assert shop.ask("connection", "test", "disk")
    shop.ask("connection", "change", "disk", "--root", str(tmp_path / "other"))
    assert str(tmp_path / "other") in shop.show("connection", "show", "disk")
    used = call("connection", "delete", "local", "--url", shop.stack.url)
    assert (used.code, "destination" in used.err) == (1, True), used.err
    shop.show("connection", "delete", "disk")
    assert {row["id"] for row in shop.ask("connection", "list")} == {"local"}


def test_erasing(shop: Shop) -> None:
    before = shop.ask("dataset", "show", "SHOP-on-local-risk-log", "-p", "SHOP")["row_count"]
    asked = shop.call("event", "erase", "-p", "SHOP", "--prediction-id", shop.prediction_ids[0], "--yes")
    assert asked.code == 0, asked.err
    assert shop.ask("dataset", "show", "SHOP-on-local-risk-log", "-p", "SHOP")["row_count"] == before - 1
    (record,) = shop.ask("event", "erasures", "-p", "SHOP")
    assert shop.prediction_ids[0] not in json.dumps(record)
    assert shop.show("event", "erasures", "-p", "SHOP")


def test_every_command_was_run(shop: Shop) -> None:
    assert [path for path in list_commands() if path not in shop.used | PROCESSES] == []


def list_commands() -> Iterator[str]:
    """Of the commands that end by themselves, and of those that do not."""
    group = build_command()
    context = typer.Context(group)
    for name in group.list_commands(context):
        yield from _list_leaves(group.get_command(context, name), name)


def _list_leaves(command: Any, path: str) -> Iterator[str]:
    if not hasattr(command, "list_commands"):
        yield path
        return
    context = typer.Context(command)
    for name in command.list_commands(context):
        yield from _list_leaves(command.get_command(context, name), f"{path} {name}")


@pytest.mark.parametrize("path", [*list_commands()])
def test_help(path: str) -> None:
    done = call(*path.split(), "--help")
    assert (done.code, done.err) == (0, "")
    assert "Usage: wakeline" in done.out


def test_a_second_start_on_the_home_leaves_the_first_alone(shop: Shop) -> None:
    before = shop.ask("deployment", "show", "SHOP-on-local")["nodes"]
    second = Stack(shop.stack.home, Ports.plan(0))
    with pytest.raises(ConflictError, match="runs already"):
        second.start()
    second.stop()
    assert call("up", "--home", str(shop.stack.home), "--port", "0").code == 1
    time.sleep(1)
    assert shop.ask("deployment", "show", "SHOP-on-local")["nodes"] == before


def test_whatever_is_killed_comes_again(shop: Shop) -> None:
    records = [*shop.stack.home.glob("run/*/*.json")]
    assert len(records) == 6
    for path in records:
        os.kill(json.loads(path.read_text())["pid"], signal.SIGKILL)
    deadline = time.monotonic() + LANDING_SECONDS_MAX
    while not _is_well(shop):
        assert time.monotonic() < deadline, "not everything came again"
        time.sleep(0.2)
    assert Client(shop.stack.url).read_health()["status"] == "ok"


def _is_well(shop: Shop) -> bool:
    done = call("doctor", "--home", str(shop.stack.home), "--url", shop.stack.url, "--json")
    return done.code == 0 and json.loads(done.out)["server"]["answers"]
