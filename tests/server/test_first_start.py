"""What an empty home has after the first start, and what the event server is told."""

import json
import stat
from hashlib import sha256
from pathlib import Path

import httpx

from tests.server.running import run_server


def test_an_empty_home_is_seeded_once(tmp_path: Path) -> None:
    home = tmp_path / "a home"
    for _ in range(2):
        with run_server(home) as (client, _parts):
            assert [row["id"] for row in client.list_infrastructures()] == ["local"]
            assert [row["id"] for row in client.list_connections()] == ["local"]
            (destination,) = client.list_destinations()
            assert (destination["id"], destination["place"]) == ("events", str(home / "events"))
            assert client.read_health()["status"] == "ok"
    assert stat.S_IMODE((home / "keys.json").stat().st_mode) == 0o600


def test_the_event_servers_configuration(tmp_path: Path) -> None:
    with run_server(tmp_path) as (client, _):
        url = f"{client.url}/api/v1/event-server/configuration"
        keys = json.loads((tmp_path / "keys.json").read_text())
        assert httpx.get(url).status_code == 401
        assert httpx.get(url, headers={"Authorization": "Bearer wrong"}).status_code == 401
        known = {"Authorization": f"Bearer {keys['server_key']}"}
        answer = httpx.get(url, headers=known)
        told = answer.json()
        for entry in [*told["keys"], *told["destinations"]]:
            for name in [name for name, value in entry.items() if value is None]:
                del entry[name]
        assert told == {
            "rules_version": 1,
            "keys": [{"id": "intake", "sha256": sha256(keys["intake_key"].encode()).hexdigest()}],
            "connections": [
                {
                    "id": "local",
                    "type": "filesystem",
                    "path": str(tmp_path / "events"),
                    "bucket": "",
                    "prefix": "",
                    "options": {},
                }
            ],
            "destinations": [{"id": "events", "connection": "local", "path": ""}],
            "servers": [],
        }
        assert keys["intake_key"] not in answer.text
        again = httpx.get(url, headers=known | {"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_the_status_of_events_names_what_does_not_answer(tmp_path: Path) -> None:
    with run_server(tmp_path) as (client, _):
        status = client.read_event_status()
        assert set(status["unavailable"]) == {"event-server", "gateway"}
        assert (status["accepted"], status["stored"], status["spooled"]) == (0, 0, 0)
