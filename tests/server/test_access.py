"""Only this machine, and no foreign page through a browser."""

from pathlib import Path

import httpx
import pytest

from tests.server.running import run_server
from wakeline.server.access import is_loopback_host


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1", True),
        ("127.0.0.1:4180", True),
        ("localhost:1", True),
        ("LOCALHOST", True),
        ("[::1]:4180", True),
        ("[::1]", True),
        ("", False),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost@evil.example", False),
        ("127.0.0.1:port", False),
        ("127.0.0.2", False),
    ],
)
def test_hosts(host: str, allowed: bool) -> None:
    assert is_loopback_host(host) is allowed


def test_foreign_hosts_and_origins_are_refused(tmp_path: Path) -> None:
    with run_server(tmp_path) as (client, _):
        url = f"{client.url}/api/v1/projects"
        rebound = httpx.get(url, headers={"Host": "rebound.example"})
        assert (rebound.status_code, rebound.json()["type"]) == (403, "urn:wakeline:problem:not-permitted")
        project = {"key": "A", "name": "a"}
        for origin in ("http://evil.example", "null", "http://127.0.0.1:1"):
            assert httpx.post(url, json=project, headers={"Origin": origin}).status_code == 403
        assert httpx.get(url, headers={"Origin": "http://evil.example"}).status_code == 200
        assert client.list_projects() == []
        assert httpx.post(url, json=project, headers={"Origin": client.url}).status_code == 201


def test_unknown_paths_of_the_api_are_problems(tmp_path: Path) -> None:
    with run_server(tmp_path) as (client, _):
        answer = httpx.get(f"{client.url}/api/v1/nonsense")
        assert (answer.status_code, answer.json()["title"]) == (404, "Not found")
        assert answer.headers["content-type"] == "application/problem+json"
        wrong = httpx.delete(f"{client.url}/api/v1/projects")
        assert (wrong.status_code, wrong.json()["type"]) == (405, "urn:wakeline:problem:method-not-allowed")
