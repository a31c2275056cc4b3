"""Projects over REST."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fastapi.testclient import TestClient

from tests.server.running import run_server
from wakeline.core.errors import ConflictError
from wakeline.server.application import create_app
from wakeline.server.parts import Addresses, compose


def test_a_project_is_created_once(tmp_path: Path) -> None:
    app = create_app(compose(tmp_path, Addresses(0, 1, 2)))
    client = TestClient(app, base_url="http://127.0.0.1")
    assert client.post("/api/v1/projects", json={"key": "FLIGHTS", "name": "Flights"}).status_code == 201
    again = client.post("/api/v1/projects", json={"key": "FLIGHTS"})
    assert (again.status_code, again.json()["type"]) == (409, "urn:wakeline:problem:conflict")
    assert again.headers["content-type"] == "application/problem+json"
    assert [row["key"] for row in client.get("/api/v1/projects").json()["items"]] == ["FLIGHTS"]
    assert client.get("/api/v1/projects/NONE").status_code == 404
    assert client.post("/api/v1/projects", json={"key": "flights"}).status_code == 422
    broken = client.post("/api/v1/projects", content=b"{", headers={"content-type": "application/json"})
    assert (broken.status_code, broken.json()["type"]) == (400, "urn:wakeline:problem:bad-json")


def test_of_racing_creations_one_wins(tmp_path: Path) -> None:
    with run_server(tmp_path) as (client, _):

        def create(_: int) -> bool:
            try:
                return bool(client.create_project("FLIGHTS"))
            except ConflictError:
                return False

        with ThreadPoolExecutor(12) as pool:
            assert sum(pool.map(create, range(36))) == 1
