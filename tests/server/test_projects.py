"""Projects over REST."""

from pathlib import Path

from fastapi.testclient import TestClient

from wakeline.metadata.session import locate_database, make_sessions, open_database
from wakeline.server.application import create_app
from wakeline.server.parts import Parts


def test_a_project_is_created_once(tmp_path: Path) -> None:
    sessions = make_sessions(open_database(locate_database(tmp_path)))
    client = TestClient(create_app(Parts(home=tmp_path, sessions=sessions)))
    assert client.post("/api/v1/projects", json={"key": "FLIGHTS", "name": "Flights"}).status_code == 201
    again = client.post("/api/v1/projects", json={"key": "FLIGHTS"})
    assert (again.status_code, again.json()["type"]) == (409, "urn:wakeline:problem:conflict")
    assert again.headers["content-type"] == "application/problem+json"
    assert [row["key"] for row in client.get("/api/v1/projects").json()["items"]] == ["FLIGHTS"]
    assert client.get("/api/v1/projects/NONE").status_code == 404
    assert client.post("/api/v1/projects", json={"key": "flights"}).status_code == 422
    assert (
        client.post(
            "/api/v1/projects", content=b"{", headers={"content-type": "application/json"}
        ).status_code
        == 400
    )
