"""Infrastructures over REST, with real nodes: defaults hold at once, and a deployment's own settings win."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import msgspec
import pytest

from tests.server.running import run_server
from tests.server.test_deployments import deploy, publish
from wakeline.client.client import Client
from wakeline.core.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError
from wakeline.deployer.keys import hash_key, read_keys
from wakeline.deployer.nodes import LocalNodes
from wakeline.wire.configuration import NodeConfiguration, read_node_configuration

DEPLOYMENT = "FLIGHTS-on-local"
KEY = "a key of sixteen and more letters"
ELSEWHERE = "http://127.0.0.1:9"


def read_node(home: Path) -> NodeConfiguration:
    return read_node_configuration(home / "nodes" / DEPLOYMENT / "node.json")


def find_pid(client: Client) -> int:
    [node] = client.read_deployment(DEPLOYMENT)["nodes"]
    return int(node["pid"])


def test_defaults_of_a_home(tmp_path: Path) -> None:
    with run_server(tmp_path) as (client, _):
        [local] = client.list_infrastructures()
        assert local == client.read_infrastructure("local")
        assert {name: local[name] for name in local if name != "created_at"} == {
            "id": "local",
            "type": "local",
            "stage": "development",
            "event_servers": None,
            "reporting_key": {"source": "home", "ending": None},
            "ca_file": None,
            "log_queries": True,
            "log_inputs": True,
            "log_outputs": True,
        }
        changed = client.change_infrastructure("local", stage="production")
        assert (changed["stage"], changed["restarted"]) == ("production", [])
        assert client.change_infrastructure("local", stage="")["stage"] == "development"
        with pytest.raises(NotFoundError, match="there are: local"):
            client.read_infrastructure("moon")
        with pytest.raises(NotFoundError):
            client.change_infrastructure("moon", log_inputs=False)
        for wrong in ({"log_inputs": None}, {"event_servers": ["x"]}, {"colour": "red"}, {"stage": None}):
            with pytest.raises(InvalidInputError):
                client.change_infrastructure("local", **wrong)


@pytest.mark.slow
def test_a_change_reaches_the_nodes_that_it_concerns(tmp_path: Path, model_archive: Path) -> None:
    with run_server(tmp_path) as (client, parts):
        publish(client, model_archive, "v1")
        made = deploy(client)
        assert made["inherited"] == ["log_queries", "log_inputs", "log_outputs"]
        first = find_pid(client)
        changed = client.change_infrastructure("local", log_inputs=False)
        assert changed["restarted"] == [DEPLOYMENT]
        assert read_node(tmp_path).log_inputs is False
        assert client.read_deployment(DEPLOYMENT)["settings"]["log_inputs"] is False
        second = find_pid(client)
        assert second != first
        assert client.change_infrastructure("local", log_inputs=False)["restarted"] == []
        # The deployment's own setting wins, and setting what holds already restarts nothing.
        own = client.change_deployment(DEPLOYMENT, {"log_inputs": False})
        assert own["inherited"] == ["log_queries", "log_outputs"]
        assert client.change_infrastructure("local", log_inputs=True)["restarted"] == []
        assert read_node(tmp_path).log_inputs is False
        assert find_pid(client) == second
        follows = client.change_deployment(DEPLOYMENT, {"log_inputs": None})
        assert (follows["settings"]["log_inputs"], "log_inputs" in follows["inherited"]) == (True, True)
        # Another key and another event server.
        changed = client.change_infrastructure("local", event_servers=[ELSEWHERE], reporting_key=KEY)
        assert changed["reporting_key"] == {"source": "own", "ending": "ters"}
        assert KEY not in str(client.list_infrastructures()) + str(client.read_deployment(DEPLOYMENT))
        reporting = read_node(tmp_path).reporting
        assert reporting is not None
        assert reporting.servers == (ELSEWHERE,)
        assert msgspec.json.decode(Path(reporting.keys_file).read_bytes()) == {"reporting_key": KEY}
        # A key from elsewhere opens nothing here, and one of this home's own does.
        told = ask_configuration(client, read_keys(tmp_path).server_key)
        assert hash_key(KEY) not in {key["sha256"] for key in told["keys"]}
        with pytest.raises(InvalidInputError, match="none of this home's"):
            client.change_infrastructure("local", event_servers=None)
        made = client.create_api_key("team-a")
        client.change_infrastructure("local", event_servers=None, reporting_key=made["secret"])
        with pytest.raises(ConflictError, match="infrastructure local show the key"):
            client.delete_api_key("team-a")
        client.change_infrastructure("local", event_servers=None, reporting_key=None)
        assert list((tmp_path / "infrastructure-keys").iterdir()) == []
        reporting = read_node(tmp_path).reporting
        assert reporting is not None
        assert (reporting.servers, reporting.key_name) == (parts.nodes.event_servers, "intake_key")


@pytest.mark.slow
def test_a_node_that_does_not_start_takes_the_change_back(tmp_path: Path, model_archive: Path) -> None:
    launch = LocalNodes.launch

    def refuse(nodes: LocalNodes, configuration: NodeConfiguration) -> None:
        if not configuration.log_outputs:
            raise UnavailableError("the node did not answer")
        launch(nodes, configuration)

    with run_server(tmp_path) as (client, _):
        publish(client, model_archive, "v1")
        deploy(client)
        key = client.create_api_key("team-a")["secret"]
        with (
            patch.object(LocalNodes, "launch", refuse),
            pytest.raises(UnavailableError, match="did not answer"),
        ):
            client.change_infrastructure("local", log_outputs=False, reporting_key=key)
        local = client.read_infrastructure("local")
        assert (local["log_outputs"], local["reporting_key"]["source"]) == (True, "home")
        assert read_node(tmp_path).log_outputs is True
        assert list((tmp_path / "infrastructure-keys").iterdir()) == []


def ask_configuration(client: Client, key: str) -> dict[str, Any]:
    url = f"{client.url}/api/v1/event-server/configuration"
    answer = httpx.get(url, headers={"Authorization": f"Bearer {key}"}, trust_env=False)
    found: dict[str, Any] = answer.raise_for_status().json()
    return found
