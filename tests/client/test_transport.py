"""The client's errors are ours, with the server's words."""

import json
import socket
from pathlib import Path

import pytest

from tests.server.running import run_server
from wakeline.client.client import Client
from wakeline.client.transport import build_error
from wakeline.core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    UnavailableError,
    WakelineError,
)
from wakeline.server.problems import STATUS_BY_ERROR, describe_problem


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        with pytest.raises(UnavailableError, match="is `wakeline up` running") as caught:
            Client(url).list_projects()
    assert url in caught.value.message


@pytest.mark.parametrize("url", ["", "127.0.0.1:4180", "ftp://127.0.0.1", "http://", "http://[::1"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(InvalidInputError, match="not a"):
        Client(url)


def test_the_environment_names_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAKELINE_URL", "http://127.0.0.1:5000")
    assert Client().url == "http://127.0.0.1:5000"
    assert Client("http://127.0.0.1:6000").url == "http://127.0.0.1:6000"
    monkeypatch.delenv("WAKELINE_URL")
    assert Client().url == "http://127.0.0.1:4180"


def test_a_proxy_is_not_asked_about_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with run_server(tmp_path) as (client, _):
        assert Client(client.url).list_projects() == []


@pytest.mark.parametrize("kind", STATUS_BY_ERROR)
def test_every_error_survives_the_wire(kind: type[WakelineError]) -> None:
    sent = kind("what was found", details={"found": 1})
    problem = describe_problem(sent)
    received = build_error(STATUS_BY_ERROR[kind], json.dumps(problem))
    assert (type(received), received.message, received.details) == (kind, sent.message, sent.details)


@pytest.mark.parametrize("text", ["", "<html>", "[]", '{"type": "about:blank"}'])
def test_an_answer_that_is_no_problem(text: str) -> None:
    assert isinstance(build_error(404, text), NotFoundError)
    assert isinstance(build_error(502, text), UnavailableError)


def test_errors_of_a_server(tmp_path: Path) -> None:
    with run_server(tmp_path) as (client, _):
        client.create_project("A")
        with pytest.raises(ConflictError, match="exists already"):
            client.create_project("A")
        with pytest.raises(InvalidInputError, match="not a project key"):
            client.create_project("small")
        with pytest.raises(NotFoundError, match="there are: A"):
            client.read_project("B ?")
        with pytest.raises(NotFoundError):
            client.read_job("none")
        with pytest.raises(NotFoundError):
            list(client.follow_job("none"))
