"""`docs/tutorial.md`, block after block as a reader pastes it, over real processes; what it says, comes."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.docs.reader import TUTORIAL, Reader, list_blocks
from tests.monitoring.receivers import WebhookReceiver, receive_webhooks
from wakeline.client.client import Client
from wakeline.server.stack import Ports, Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

DEPLOYMENT, ENDPOINT = "FLIGHTS-on-local", "arrival-delay"
QUERIES = 2_001
TELLING_SECONDS_MAX = 60


@dataclass(slots=True)
class Told:
    """What came of the steps: `evaluations` are what each run made, in order."""

    client: Client
    home: Path
    receiver: WebhookReceiver
    evaluations: list[dict[str, Any]] = field(default_factory=list)
    left: dict[str, Any] = field(default_factory=dict)
    """What monitors the endpoint once everything was taken away."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("tutorial")
    stack = Stack(folder / "home", Ports.plan(0), commit_interval_s=0.5)
    try:
        stack.start()
        with receive_webhooks() as receiver, Client(stack.url) as client:
            told = Told(client, stack.home, receiver)
            _follow(told, Reader.sit_down(folder / "work", stack, receiver.url))
            yield told
    finally:
        stack.stop()


def _follow(told: Told, reader: Reader) -> None:
    for text in reader.paste_all(told.client):
        if "evaluation run" in text:
            told.evaluations.append(_read_latest(told.client))
        if "check create" in text:
            _wait_for_message(told.receiver)
        if "monitoring remove" in text:
            told.left = told.client.read_monitoring(DEPLOYMENT, ENDPOINT)


def _read_latest(client: Client) -> dict[str, Any]:
    return client.read_evaluation(client.list_evaluations("FLIGHTS")[0]["id"])


def _wait_for_message(receiver: WebhookReceiver) -> None:
    deadline = time.monotonic() + TELLING_SECONDS_MAX
    while not receiver.bodies:
        assert time.monotonic() < deadline, "nobody was told"
        time.sleep(0.1)


def test_every_block_is_one_that_runs() -> None:
    kinds = [language for language, _ in list_blocks()]
    assert set(kinds) <= {"sh", "python", "sh first-terminal", "sh second-terminal"}
    assert kinds.count("sh") >= 12


def test_pictures_are_there() -> None:
    named = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", TUTORIAL.read_text(encoding="utf-8"))
    assert named
    assert [name for name in named if not (TUTORIAL.parent / name).is_file()] == []


def test_every_query_is_in_the_log(told: Told) -> None:
    log = pl.scan_delta(told.home / "events/api-node-query" / DEPLOYMENT / ENDPOINT).collect()
    assert log.height == log["prediction_id"].n_unique() == QUERIES


def test_the_drift_is_read_first_and_then_the_performance(told: Told) -> None:
    before, after, _ = told.evaluations
    assert before["id"] == after["id"]
    assert [(entry["revision"], entry["row_count"]) for entry in (before, after)] == [
        (1, QUERIES),
        (2, QUERIES),
    ]
    assert find_reading(before, "drifted_share")["value"] > 0
    assert "label" in find_reading(before, "roc_auc")["not_computed"]
    assert 0.5 < find_reading(after, "roc_auc")["value"] < 1


def find_reading(evaluation: dict[str, Any], metric: str) -> dict[str, Any]:
    found = (
        entry for entry in evaluation["readings"] if (entry["metric"], entry["column"]) == (metric, None)
    )
    return next(found)


def test_the_breach_was_told(told: Told) -> None:
    first = told.receiver.read_messages()[0]
    assert (first["store"], first["status"]) == (f"{DEPLOYMENT}-{ENDPOINT}", "ERROR")


def test_all_that_was_made_is_gone_and_the_log_stays(told: Told) -> None:
    assert (told.left["configured"], told.left["log_row_count"]) == (False, QUERIES)


def test_by_hand_gives_the_same_readings(told: Told) -> None:
    _, by_click, by_hand = told.evaluations
    assert by_hand["store"] == "mes_for_api_monitoring"
    assert list_values(by_click) == list_values(by_hand)


def list_values(evaluation: dict[str, Any]) -> dict[tuple[str, str | None], float | None]:
    return {(entry["metric"], entry["column"]): entry["value"] for entry in evaluation["readings"]}
