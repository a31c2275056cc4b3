"""Event servers register with the server, are published while they live, and never see a lower version."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.running import run_server
from wakeline.core.errors import InvalidInputError
from wakeline.deployer.event_servers import LIVING_SECONDS, list_living
from wakeline.deployer.keys import read_keys


def test_the_living_are_published_and_a_restored_server_raises_its_version(tmp_path: Path) -> None:
    with run_server(tmp_path) as (client, parts):
        headers = {"Authorization": f"Bearer {read_keys(tmp_path).server_key}"}
        caller = httpx.Client(base_url=f"{client.url}/api/v1/event-server", headers=headers, trust_env=False)

        def tell(**sign: Any) -> int:
            return caller.post("/heartbeat", json=sign).status_code

        def read() -> tuple[int, list[str]]:
            document = caller.get("/configuration").json()
            return document["rules_version"], [server["url"] for server in document["servers"]]

        before, servers = read()
        assert servers == []
        assert tell(url="http://10.0.0.1:4181/", rules_version=before) == 204
        assert tell(url="http://10.0.0.2:4181", rules_version=0) == 204
        assert read() == (before, ["http://10.0.0.1:4181", "http://10.0.0.2:4181"])
        assert tell(url="http://10.0.0.2:4181", rules_version=before + 40) == 204
        assert read()[0] == before + 41
        assert tell(url="http://10.0.0.2:4181", rules_version=before + 41) == 204
        assert read()[0] == before + 41
        assert tell(url="http://10.0.0.1:4181", leaving=True) == 204
        assert read()[1] == ["http://10.0.0.2:4181"]
        assert tell(url="not a URL") == 422
        assert tell(url="http://x", rules_version=-1) == 422
        assert (
            httpx.post(f"{client.url}/api/v1/event-server/heartbeat", json={"url": "http://x"}).status_code
            == 401
        )
        now_us = parts.clock.now_us()
        for moment in (now_us + (LIVING_SECONDS + 5) * 10**6, now_us - 2 * 86_400 * 10**6):
            with parts.sessions() as session:
                assert list_living(session, moment) == []
        caller.close()


def test_a_destination_keeps_rows_for_some_days(tmp_path: Path) -> None:
    with run_server(tmp_path) as (client, _parts):
        assert client.read_destination("events")["retention_days"] is None
        assert client.change_destination("events", retention_days=90)["retention_days"] == 90
        key = read_keys(tmp_path).server_key
        rules = httpx.get(
            f"{client.url}/api/v1/event-server/configuration", headers={"Authorization": f"Bearer {key}"}
        ).json()
        assert [destination["retention_days"] for destination in rules["destinations"]] == [90]
        with pytest.raises(InvalidInputError, match="expected 1 to"):
            client.change_destination("events", retention_days=0)
        assert client.change_destination("events", retention_days=None)["retention_days"] is None
