"""Connections over REST, with a real S3-compatible store: tested before they hold, secrets never told."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.loglake.stores import ACCESS_KEY, BUCKET, SECRET, Fault, run_proxy, run_store
from tests.server.running import run_server
from wakeline.client.client import Client
from wakeline.core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PreconditionFailedError,
    UnavailableError,
)
from wakeline.deployer.keys import read_keys
from wakeline.server.parts import Parts

STEPS = ["write", "read", "list", "conditional put", "conditional put in a race", "delete"]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with run_store() as found:
        yield found


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Client, Parts]]:
    with run_server(tmp_path) as found:
        yield found


def describe(store: str, **others: Any) -> dict[str, Any]:
    return {
        "bucket": BUCKET,
        "prefix": "/team/a/",
        "endpoint": store,
        "allow_http": True,
        "access_key_id": ACCESS_KEY,
        "secret_access_key": SECRET,
    } | others


def list_secrets(home: Path) -> list[Path]:
    return sorted((home / "connection-secrets").glob("*"))


def grep(home: Path, text: str) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def test_a_connection_is_made_tested_and_listed(running: tuple[Client, Parts], endpoint: str) -> None:
    client, parts = running
    made = client.create_connection("lake", **describe(endpoint))
    assert {name: made[name] for name in made if name not in {"test", "created_at", "etag"}} == {
        "id": "lake",
        "type": "s3",
        "root": None,
        "bucket": BUCKET,
        "prefix": "team/a",
        "endpoint": endpoint,
        "region": None,
        "allow_http": True,
        "path_style": True,
        "access_key_id": ACCESS_KEY,
        "has_secret": True,
    }
    assert made["test"]["passed"]
    assert [step["name"] for step in made["test"]["steps"]] == STEPS
    assert client.read_connection("lake") == made
    assert [row["id"] for row in client.list_connections()] == ["lake", "local"]
    assert httpx.get(f"{endpoint}/{BUCKET}", params={"prefix": "team/a/"}).text.count("<Key>") == 0
    with pytest.raises(ConflictError, match="exists already"):
        client.create_connection("lake", **describe(endpoint))
    with pytest.raises(NotFoundError, match="there are: lake, local"):
        client.read_connection("moon")
    assert len(list_secrets(parts.home)) == 1


def test_a_secret_goes_in_and_never_comes_out(
    running: tuple[Client, Parts], endpoint: str, caplog: pytest.LogCaptureFixture
) -> None:
    client, parts = running
    with caplog.at_level("DEBUG"):
        answers = [client.create_connection("lake", **describe(endpoint))]
        answers += [*client.list_connections(), client.test_connection("lake")]
        wrongs: list[dict[str, Any]] = [{"bucket": "nobody"}, {"endpoint": "http://127.0.0.1:9"}]
        for wrong in [*wrongs, {"colour": "red"}]:
            with pytest.raises((UnavailableError, InvalidInputError)) as caught:
                client.create_connection("other", **describe(endpoint, **wrong))
            answers.append({"error": str(caught.value), "details": caught.value.details})
            assert len(str(caught.value)) < 500
        wrongs = [{"secret_access_key": 7}, {"secret_access_key": SECRET + "\n"}, {"bucket": 7}]
        for wrong in wrongs:
            answer = httpx.post(
                f"{client.url}/api/v1/connections", json={"id": "x", **describe(endpoint, **wrong)}
            )
            assert answer.status_code == 422
            answers.append(answer.json())
        openapi = httpx.get(f"{client.url}/api/v1/openapi.json")
    assert SECRET not in json.dumps(answers)
    assert SECRET not in caplog.text
    assert SECRET not in openapi.text
    [secret] = list_secrets(parts.home)
    assert grep(parts.home, SECRET) == [secret]
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(secret.parent.stat().st_mode) == 0o700


def test_a_store_that_lets_two_creations_win_is_refused(running: tuple[Client, Parts], endpoint: str) -> None:
    client, parts = running
    fault = Fault(strips_conditions=True)
    with run_proxy(endpoint, fault) as weak:
        with pytest.raises(InvalidInputError, match="two creations of one key both succeeded") as caught:
            client.create_connection("weak", **describe(weak))
        assert "If-None-Match" in str(caught.value)
        assert "events would be lost" in str(caught.value)
        assert [row["id"] for row in client.list_connections()] == ["local"]
        assert list_secrets(parts.home) == []
        fault.strips_conditions = False
        client.create_connection("strong", **describe(weak))
        fault.strips_conditions = True
        found = client.test_connection("strong")["test"]
        assert not found["passed"]
        assert found["steps"][-1]["name"] == "conditional put"
        assert client.read_connection("strong")["test"] == found


def test_a_change_is_tested_and_bad_ones_change_nothing(running: tuple[Client, Parts], endpoint: str) -> None:
    client, parts = running
    client.create_connection("lake", **describe(endpoint))
    [first] = list_secrets(parts.home)
    for wrong, kind in (
        ({"bucket": "nobody"}, UnavailableError),
        ({"endpoint": "http://127.0.0.1:9"}, UnavailableError),
        ({"allow_http": False}, InvalidInputError),
        ({"access_key_id": None}, InvalidInputError),
        ({"secret_access_key": None}, InvalidInputError),
        ({"prefix": "../up"}, InvalidInputError),
        ({"bucket": "Not A Bucket"}, InvalidInputError),
        ({"endpoint": "https://user:word@host"}, InvalidInputError),
        ({"root": "events"}, InvalidInputError),
    ):
        before = client.read_connection("lake")
        with pytest.raises(kind):
            client.change_connection("lake", **wrong)
        assert client.read_connection("lake") == before
    assert list_secrets(parts.home) == [first]
    assert client.change_connection("lake", prefix="team/b")["prefix"] == "team/b"
    assert list_secrets(parts.home) == [first]
    client.change_connection("lake", access_key_id="other", secret_access_key="a fresh one")
    [second] = list_secrets(parts.home)
    assert second != first
    assert json.loads(second.read_text()) == {"secret_access_key": "a fresh one"}


def test_etags_keep_two_people_apart(running: tuple[Client, Parts], endpoint: str) -> None:
    client, _ = running
    client.create_connection("lake", **describe(endpoint))
    url = f"{client.url}/api/v1/connections/lake"
    seen = httpx.get(url).headers["etag"]
    assert client.read_connection("lake")["etag"] == seen
    first = httpx.patch(url, json={"prefix": "one"}, headers={"If-Match": seen})
    assert (first.status_code, first.json()["prefix"]) == (200, "one")
    second = httpx.patch(url, json={"prefix": "two"}, headers={"If-Match": seen})
    assert (second.status_code, second.json()["type"]) == (412, "urn:wakeline:problem:precondition-failed")
    third = httpx.patch(url, json={"prefix": "two"}, headers={"If-Match": first.headers["etag"]})
    assert third.json()["prefix"] == "two"
    assert PreconditionFailedError.code == "precondition-failed"


def test_a_connection_in_use_stays(running: tuple[Client, Parts], endpoint: str) -> None:
    client, parts = running
    client.create_connection("lake", **describe(endpoint))
    client.create_destination("archive", connection_id="lake", path="log")
    with pytest.raises(ConflictError, match="destination archive"):
        client.delete_connection("lake")
    client.delete_destination("archive")
    client.create_project("FLIGHTS", "Flights")
    client.create_dataset("FLIGHTS", "log", path="a/b/c", connection_id="lake")
    with pytest.raises(ConflictError, match=r"dataset FLIGHTS\.log"):
        client.delete_connection("lake")
    client.delete_dataset("FLIGHTS", "log")
    client.delete_connection("lake")
    assert list_secrets(parts.home) == []
    with pytest.raises(ConflictError, match="destination events"):
        client.delete_connection("local")


def test_event_servers_are_told_of_the_connections_in_use(
    running: tuple[Client, Parts], endpoint: str
) -> None:
    client, parts = running
    client.create_connection("lake", **describe(endpoint))
    client.create_connection("spare", **describe(endpoint, prefix="spare"))
    client.create_destination("archive", connection_id="lake", path="log")
    known = {"Authorization": f"Bearer {read_keys(parts.home).server_key}"}
    told = httpx.get(f"{client.url}/api/v1/event-server/configuration", headers=known).json()
    lake, local = told["connections"]
    assert lake == {
        "id": "lake",
        "type": "s3",
        "path": "",
        "bucket": BUCKET,
        "prefix": "team/a",
        "options": {
            "aws_endpoint": endpoint,
            "aws_access_key_id": ACCESS_KEY,
            "aws_secret_access_key": SECRET,
            "aws_allow_http": "true",
            "aws_virtual_hosted_style_request": "false",
        },
    }
    assert local["id"] == "local"


def test_a_folder_is_a_connection_too(running: tuple[Client, Parts], tmp_path: Path) -> None:
    client, parts = running
    elsewhere = tmp_path / "disk" / "logs"
    made = client.create_connection("disk", type="filesystem", root=str(elsewhere))
    assert (made["root"], made["test"]["passed"], made["bucket"]) == (str(elsewhere), True, None)
    assert list(elsewhere.iterdir()) == []
    assert client.change_connection("disk", root="more")["root"] == "more"
    assert (parts.home / "more").is_dir()
    (tmp_path / "file").write_text("in the way")
    for wrong in ({"root": ""}, {"root": "../out"}, {"root": "/a%20b"}, {"bucket": "lake"}):
        with pytest.raises(InvalidInputError):
            client.create_connection("wrong", type="filesystem", **wrong)
    with pytest.raises(UnavailableError, match="write"):
        client.create_connection("wrong", type="filesystem", root=str(tmp_path / "file" / "below"))
    with pytest.raises(InvalidInputError, match="expected one of filesystem, s3"):
        client.create_connection("wrong", type="carrier-pigeon")
    assert client.test_connection("local")["test"]["passed"]
