"""Requests that no route takes: what was found, what was expected."""

import sqlite3
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from wakeline.server.application import create_app
from wakeline.server.parts import Addresses, compose


@pytest.fixture
def http(tmp_path: Path) -> TestClient:
    app = create_app(compose(tmp_path, Addresses(0, 1, 2)))
    return TestClient(app, base_url="http://127.0.0.1")


def test_a_wrong_method_names_the_right_ones(http: TestClient) -> None:
    answer = http.put("/api/v1/projects")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert answer.json()["detail"] == "found PUT /api/v1/projects, expected one of GET, POST"
    assert http.post("/api/v1/health").headers["allow"] == "GET"
    assert http.post("/").headers["allow"] == "GET"


@pytest.mark.parametrize("media_type", ["", "application/x-www-form-urlencoded", "text/plain"])
def test_a_body_that_is_not_called_json_says_so(media_type: str, http: TestClient) -> None:
    answer = http.post("/api/v1/projects", content=b'{"key": "SHOP"}', headers={"content-type": media_type})
    assert answer.status_code == 422
    assert answer.json()["detail"] == f"found the Content-Type {media_type!r}, expected application/json"


def test_json_of_another_form_names_the_place(http: TestClient) -> None:
    assert http.post("/api/v1/projects", json=[1]).json()["detail"].startswith("body: ")
    assert http.post("/api/v1/projects", json={"key": 5}).json()["detail"].startswith("body.key: ")


def test_a_full_disk_is_said_and_changes_nothing(tmp_path: Path) -> None:
    parts = compose(tmp_path, Addresses(0, 1, 2))
    http = TestClient(create_app(parts), base_url="http://127.0.0.1", raise_server_exceptions=False)
    engine = parts.sessions.kw["bind"]
    engine.dispose()

    def leave_no_room(connection: sqlite3.Connection, _record: object) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(engine, "connect", leave_no_room)
    # Rows find room in pages that exist, for a while.
    for number in range(200):
        answer = http.post("/api/v1/projects", json={"key": f"P{number}", "name": "x" * 200})
        if answer.status_code != 201:
            break
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:wakeline:problem:disk-full")
    assert f"the disk that holds {tmp_path} is full" in answer.json()["detail"]
    listed = http.get("/api/v1/projects").json()["items"]
    assert len(listed) == number
