"""Alerts, with real receivers: a breached check is told, a recovery too, failures are tried again."""

import email
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import replace
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.monitoring.receivers import WebhookReceiver, receive_mail, receive_webhooks
from tests.monitoring.revisions import LABEL, configure, create_check, drop_checks, save_day
from tests.monitoring.world import PROJECT, World, make_world
from wakeline.core.clock import ManualClock, parse_rfc3339
from wakeline.monitoring.messenger import PAUSES_SECONDS, Messenger

SECRET = "correct horse battery"


class _Sleeping(Messenger):
    """The server's own rounds send nothing: the test does."""

    def deliver_due(self) -> int:
        return 0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(parse_rfc3339("2013-05-01T00:00:00Z"))


@pytest.fixture
def world(tmp_path: Path, clock: ManualClock) -> World:
    made = make_world(tmp_path)
    quiet = _Sleeping(made.parts.sessions, clock, "http://127.0.0.1:4180")
    return replace(made, parts=replace(made.parts, clock=clock, messenger=quiet))


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with receive_webhooks() as received:
        yield received


def deliver(world: World, clock: ManualClock) -> int:
    return Messenger(world.parts.sessions, clock, "http://127.0.0.1:4180").deliver_due()


def set_up(client: TestClient, target: dict[str, Any]) -> dict[str, Any]:
    configure(client)
    drop_checks(client)
    create_check(client, warning_max=0.1, error_max=0.25)
    body = {"project": PROJECT, "store": LABEL, "name": "team", "target": target}
    answer = client.post("/api/v1/alerts", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def list_deliveries(client: TestClient, alert: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/v1/alerts/{alert['id']}/deliveries").json()["items"]
    return found


def test_a_breached_check_sends_a_signed_webhook(
    world: World, clock: ManualClock, receiver: WebhookReceiver
) -> None:
    with world.open_client() as client:
        alert = set_up(client, {"kind": "webhook", "url": receiver.url, "secret": SECRET})
        save_day(world, 0, 0.01)
        assert deliver(world, clock) == 0
        evaluation = save_day(world, 1, 0.4)
        assert [deliver(world, clock), deliver(world, clock)] == [1, 0]
        message = receiver.read_messages()[0]
        link = f"http://127.0.0.1:4180/evaluations/{evaluation}"
        assert message["text"].splitlines() == [
            f"Wakeline: {PROJECT} / {LABEL} is ERROR (was OK)",
            "2 Apr 2013: PSI of hour 0.4.",
            "ERROR drift: Population stability index (hour) is 0.4.",
            "Features that matter: hour (PSI 0.40, importance 0.20), carrier (PSI 0.04, importance 0.70)",
            link,
        ]
        assert (message["event"], message["status"], message["previous_status"]) == ("change", "ERROR", "OK")
        assert (message["link"], message["revision"]) == (link, 1)
        stamp, signature = receiver.headers[0]["X-Wakeline-Signature"].split(",")
        signed = stamp.removeprefix("t=").encode() + b"." + receiver.bodies[0]
        expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
        assert signature == f"v1={expected}"
        delivery = list_deliveries(client, alert)[0]
        assert (delivery["state"], delivery["attempts"]) == ("delivered", 1)
        assert receiver.headers[0]["X-Wakeline-Delivery"] == delivery["id"]


def test_only_changes_and_recoveries_are_told(
    world: World, clock: ManualClock, receiver: WebhookReceiver
) -> None:
    with world.open_client() as client:
        alert = set_up(client, {"kind": "webhook", "url": receiver.url})
        for day, psi in enumerate([0.01, 0.15, 0.15, 0.4, 0.4, 0.01, 0.01]):
            save_day(world, day, psi)
            deliver(world, clock)
        told = [(message["event"], message["status"]) for message in receiver.read_messages()]
        assert told == [("change", "WARNING"), ("change", "ERROR"), ("recovery", "OK")]
        assert "X-Wakeline-Signature" not in receiver.headers[0]
        assert receiver.read_messages()[2]["text"].startswith(
            f"Wakeline: {PROJECT} / {LABEL} has recovered (was ERROR)"
        )
        assert client.get(f"/api/v1/alerts/{alert['id']}").json()["told_status"] == "OK"


def test_a_status_that_changes_by_an_edited_check_is_told(
    world: World, clock: ManualClock, receiver: WebhookReceiver
) -> None:
    with world.open_client() as client:
        set_up(client, {"kind": "webhook", "url": receiver.url})
        save_day(world, 0, 0.4)
        deliver(world, clock)
        check = client.get("/api/v1/checks", params={"project": PROJECT}).json()["items"][0]
        place = f"/api/v1/checks/{check['id']}"
        for change in (
            {"error_max": 0.5},
            {"warning_max": 0.45},
            {"name": "renamed"},
            {"warning_max": 0.2, "error_max": 0.3},
        ):
            assert client.patch(place, json=change).status_code == 200
            deliver(world, clock)
        # Without checks the store's status is its evaluation's.
        assert client.delete(place).status_code == 204
        deliver(world, clock)
        told = [(message["event"], message["status"]) for message in receiver.read_messages()]
        assert told == [
            ("change", "ERROR"),
            ("change", "WARNING"),
            ("recovery", "OK"),
            ("change", "ERROR"),
            ("change", "WARNING"),
        ]


def test_a_test_is_no_all_clear(world: World, clock: ManualClock, receiver: WebhookReceiver) -> None:
    with world.open_client() as client:
        alert = set_up(client, {"kind": "webhook", "url": receiver.url})
        place = f"/api/v1/alerts/{alert['id']}/actions/test"
        assert client.post(place).status_code == 200
        save_day(world, 0, 0.4)
        assert client.post(place).status_code == 200
    tests = [message for message in receiver.read_messages() if message["event"] == "test"]
    assert [message["status"] for message in tests] == [None, "ERROR"]


def test_a_window_with_too_few_rows_says_nothing(
    world: World, clock: ManualClock, receiver: WebhookReceiver
) -> None:
    with world.open_client() as client:
        set_up(client, {"kind": "webhook", "url": receiver.url})
        save_day(world, 0, 0.4)
        save_day(world, 1, 0.4, rows=3)
        save_day(world, 2, 0.4)
        deliver(world, clock)
        assert [message["status"] for message in receiver.read_messages()] == ["ERROR"]


def test_a_failed_message_is_tried_again_with_growing_pauses(
    world: World, clock: ManualClock, receiver: WebhookReceiver
) -> None:
    with world.open_client() as client:
        alert = set_up(client, {"kind": "webhook", "url": receiver.url})
        receiver.answers += [500, 302]
        save_day(world, 0, 0.4)
        assert deliver(world, clock) == 1
        pending = list_deliveries(client, alert)[0]
        assert (pending["state"], pending["last_error"]) == ("pending", "the receiver answered 500")
        assert pending["next_attempt_at"] == "2013-05-01T00:00:10Z"
        assert deliver(world, clock) == 0
        clock.advance(10_000_000)
        assert deliver(world, clock) == 1
        clock.advance(59_000_000)
        assert deliver(world, clock) == 0
        clock.advance(1_000_000)
        assert deliver(world, clock) == 1
        done = list_deliveries(client, alert)[0]
        assert (done["state"], done["attempts"], done["last_error"]) == ("delivered", 3, None)
        assert len(set(receiver.bodies)) == 1
        assert len({headers["X-Wakeline-Delivery"] for headers in receiver.headers}) == 1


def test_it_is_given_up_after_the_last_attempt(world: World, clock: ManualClock) -> None:
    with receive_webhooks() as gone:
        pass
    with world.open_client() as client:
        alert = set_up(client, {"kind": "webhook", "url": gone.url})
        save_day(world, 0, 0.4)
        for pause in (*PAUSES_SECONDS, 86_400):
            deliver(world, clock)
            clock.advance(pause * 1_000_000)
        assert deliver(world, clock) == 0
        failed = list_deliveries(client, alert)[0]
        assert (failed["state"], failed["attempts"]) == ("failed", len(PAUSES_SECONDS) + 1)
        assert "ConnectError" in failed["last_error"]


def test_a_message_of_a_sender_that_died_is_taken_up_after_its_lease(
    world: World, clock: ManualClock, receiver: WebhookReceiver
) -> None:
    from wakeline.metadata.queries import alerts

    with world.open_client() as client:
        set_up(client, {"kind": "webhook", "url": receiver.url})
        save_day(world, 0, 0.4)
        with world.parts.sessions.begin() as session:
            assert alerts.claim_delivery(session, clock.now_us(), 60_000_000)
        assert deliver(world, clock) == 0
        clock.advance(60_000_000)
        assert deliver(world, clock) == 1


def test_the_test_action_sends_at_once_and_says_what_happened(
    world: World, clock: ManualClock, receiver: WebhookReceiver
) -> None:
    with world.open_client() as client:
        alert = set_up(client, {"kind": "webhook", "url": receiver.url, "secret": SECRET})
        path = f"/api/v1/alerts/{alert['id']}/actions/test"
        sent = client.post(path).json()
        assert (sent["state"], sent["event"], receiver.read_messages()[0]["event"]) == (
            "delivered",
            "test",
            "test",
        )
        receiver.answers.append(404)
        clock.advance(1)
        refused = client.post(path).json()
        assert (refused["state"], refused["last_error"]) == ("failed", "the receiver answered 404")
        assert client.get(f"/api/v1/alerts/{alert['id']}").json()["last_delivery"]["id"] == refused["id"]
        assert client.post("/api/v1/alerts/none/actions/test").status_code == 404


def test_secrets_go_in_and_never_come_out(world: World, receiver: WebhookReceiver) -> None:
    with world.open_client() as client:
        webhook = {"kind": "webhook", "url": receiver.url}
        alert = set_up(client, {**webhook, "secret": SECRET})
        path = f"/api/v1/alerts/{alert['id']}"
        mail = {
            "kind": "mail",
            "host": "127.0.0.1",
            "sender": "w@example.com",
            "recipients": ["a@example.com"],
        }
        answers = [
            client.get(path),
            client.get("/api/v1/alerts"),
            client.patch(path, json={"target": webhook}),
        ]
        assert alert["target"] == {**webhook, "signed": True}
        assert answers[-1].json()["target"]["signed"]
        client.post(f"{path}/actions/test").raise_for_status()
        assert "X-Wakeline-Signature" in receiver.headers[0]
        elsewhere = client.patch(path, json={"target": {**webhook, "url": receiver.url + "/elsewhere"}})
        assert not elsewhere.json()["target"]["signed"]
        posted = client.patch(path, json={"target": {**mail, "username": "u", "password": SECRET}})
        assert posted.json()["target"]["has_password"]
        answers += [elsewhere, posted, client.get(f"{path}/deliveries")]
        assert not any(SECRET in answer.text for answer in answers)


def test_mail_goes_to_each_recipient(world: World, clock: ManualClock) -> None:
    with receive_mail() as box, world.open_client() as client:
        target = {
            "kind": "mail",
            "host": "127.0.0.1",
            "port": box.port,
            "security": "none",
            "sender": "wakeline@example.com",
            "recipients": ["a@example.com", "b@example.com"],
        }
        alert = set_up(client, target)
        save_day(world, 0, 0.4)
        assert deliver(world, clock) == 1
        assert list_deliveries(client, alert)[0]["last_error"] is None
        assert box.recipients == ["a@example.com", "b@example.com"]
        mail = email.message_from_string(box.mails[0], policy=default)
        assert mail["Subject"] == f"Wakeline: {PROJECT} / {LABEL} is ERROR"
        assert "Features that matter: hour" in mail.get_content()


@pytest.mark.parametrize(
    "target",
    [
        {"kind": "webhook", "url": "ftp://127.0.0.1/x"},
        {"kind": "webhook", "url": "http://"},
        {"kind": "webhook", "url": "http://127.0.0.1/", "secret": "short"},
        {"kind": "mail", "host": "h", "sender": "a@b", "recipients": []},
        {"kind": "mail", "host": "h", "sender": "a@b\r\nBcc: c@d", "recipients": ["a@b"]},
        {"kind": "pigeon"},
    ],
)
def test_targets_are_checked(world: World, target: dict[str, Any]) -> None:
    with world.open_client() as client:
        configure(client)
        body = {"project": PROJECT, "store": LABEL, "name": "team", "target": target}
        assert client.post("/api/v1/alerts", json=body).status_code == 422


def test_switched_off_it_is_not_told_of_what_happened_meanwhile(
    world: World, clock: ManualClock, receiver: WebhookReceiver
) -> None:
    with world.open_client() as client:
        alert = set_up(client, {"kind": "webhook", "url": receiver.url})
        path = f"/api/v1/alerts/{alert['id']}"
        client.patch(path, json={"enabled": False}).raise_for_status()
        save_day(world, 0, 0.4)
        assert client.patch(path, json={"enabled": True}).json()["told_status"] == "ERROR"
        save_day(world, 1, 0.01)
        deliver(world, clock)
        assert [message["event"] for message in receiver.read_messages()] == ["recovery"]
        assert client.delete(path).status_code == 204
        assert client.get(path).status_code == 404


def test_the_server_sends_by_itself(tmp_path: Path, receiver: WebhookReceiver) -> None:
    import time

    world = make_world(tmp_path)
    with world.open_client() as client:
        set_up(client, {"kind": "webhook", "url": receiver.url})
        save_day(world, 0, 0.4)
        deadline = time.monotonic() + 20
        while not receiver.bodies:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert receiver.read_messages()[0]["status"] == "ERROR"
