"""Deployments over REST, with real nodes and shippers."""

import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.running import run_server
from wakeline.client.client import Client
from wakeline.core.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError
from wakeline.deployer.ports import NodePorts, PortPlan
from wakeline.deployer.process import identify_process

pytestmark = pytest.mark.slow
FLIGHT = {"dep_hour": 18.0, "carrier": "AA"}
PREDICTION = "public/api/v1/flight-delays/arrival-delay/predict"


def publish(client: Client, archive: Path, *generations: str) -> None:
    client.create_project("FLIGHTS")
    client.upload_model_version("FLIGHTS", "arrival-delay", archive)
    client.create_service(
        "FLIGHTS", "flight-delays", [{"endpoint_id": "arrival-delay", "model": "arrival-delay"}]
    )
    for generation in generations:
        client.publish_service("FLIGHTS", "flight-delays", generation)


def deploy(client: Client, **fields: Any) -> dict[str, Any]:
    return client.create_deployment("FLIGHTS", "flight-delays", generation="v1", **fields)


def ask(deployment: dict[str, Any], **headers: str) -> httpx.Response:
    url = deployment["endpoints"][0]["url"]
    return httpx.post(url, json={"features": FLIGHT}, headers=headers)


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def list_pids(client: Client) -> list[int]:
    return [process["pid"] for process in client.read_health()["processes"]]


def test_a_deployment_answers_queries_and_leaves_no_process(tmp_path: Path, model_archive: Path) -> None:
    with run_server(tmp_path) as (client, _):
        publish(client, model_archive, "v1", "v2")
        made = deploy(client, settings={"client_event_time": True})
        assert (made["deployment_id"], made["nodes"][0]["state"]) == ("FLIGHTS-on-local", "running")
        past = {"X-Wakeline-Event-Time": "2013-04-01T06:00:00Z"}
        answer = ask(made, **past)
        assert answer.status_code == 200, answer.text
        assert answer.json()["apiContext"]["serviceGeneration"] == "v1"
        tried = client.query_deployment("FLIGHTS-on-local", "arrival-delay", FLIGHT)
        assert (tried["status"], tried["answer"]["result"]) == (200, answer.json()["result"])
        refused = client.query_deployment("FLIGHTS-on-local", "arrival-delay", {"dep_hour": "late"})
        assert 400 <= refused["status"] < 500
        changed = client.change_deployment("FLIGHTS-on-local", {"client_event_time": False})
        assert changed["settings"]["client_event_time"] is False
        assert ask(changed, **past).status_code == 403
        deployed = client.deploy_generation("FLIGHTS-on-local", "v2")
        assert (deployed["generation"], deployed["changed"]) == ("v2", True)
        assert ask(deployed).json()["apiContext"]["serviceGeneration"] == "v2"
        assert client.deploy_generation("FLIGHTS-on-local", "v2")["changed"] is False
        pids = list_pids(client)
        assert len(pids) == 2
    assert [pid for pid in pids if identify_process(pid)] == []


def test_events_that_wait_keep_a_deployment(tmp_path: Path, model_archive: Path) -> None:
    """No event server listens, so nothing can be shipped."""
    with run_server(tmp_path, drain_seconds_max=1.5) as (client, _):
        publish(client, model_archive, "v1")
        made = deploy(client)
        assert ask(made).status_code == 200
        wait_for(lambda: client.read_event_status()["spooled"] == 1)
        with pytest.raises(UnavailableError, match=r"events of FLIGHTS-on-local wait in 1 spool file"):
            client.delete_deployment("FLIGHTS-on-local")
        wait_for(lambda: client.read_deployment("FLIGHTS-on-local")["nodes"][0]["state"] == "running")
        client.delete_deployment("FLIGHTS-on-local", discard=True)
        assert client.list_deployments() == []
        assert client.read_health()["processes"] == []
        assert not (tmp_path / "nodes" / "FLIGHTS-on-local").exists()


def test_a_killed_node_comes_back(tmp_path: Path, model_archive: Path) -> None:
    with run_server(tmp_path) as (client, _):
        publish(client, model_archive, "v1")
        made = deploy(client)
        pid = made["nodes"][0]["pid"]
        os.kill(pid, signal.SIGKILL)

        def is_back() -> bool:
            node = client.read_deployment("FLIGHTS-on-local")["nodes"][0]
            return bool(node["state"] == "running" and node["pid"] != pid)

        wait_for(is_back)
        assert ask(made).status_code == 200
        assert client.read_deployment("FLIGHTS-on-local")["nodes"][0]["restarts"] == 1


def test_ids_ports_and_refusals(tmp_path: Path, model_archive: Path) -> None:
    with run_server(tmp_path) as (client, _):
        publish(client, model_archive, "v1")
        with pytest.raises(NotFoundError, match="published are: v1"):
            client.create_deployment("FLIGHTS", "flight-delays", generation="v9")
        with pytest.raises(InvalidInputError, match="sample_rate"):
            deploy(client, settings={"sample_rate": 0})
        with pytest.raises(InvalidInputError, match="known are"):
            deploy(client, settings={"log_everything": True})
        with pytest.raises(NotFoundError, match="there are: local"):
            deploy(client, infrastructure_id="moon")
        first, second = deploy(client), deploy(client)
        assert second["deployment_id"] == "FLIGHTS-flight-delays-on-local"
        with pytest.raises(ConflictError):
            deploy(client)
        with pytest.raises(ConflictError):
            deploy(client, deployment_id="flights-ON-local")
        assert first["nodes"][0]["url"] != second["nodes"][0]["url"]
        assert [ask(row).status_code for row in (first, second)] == [200, 200]
        with pytest.raises(NotFoundError, match="it has: arrival-delay"):
            client.query_deployment("FLIGHTS-on-local", "other", FLIGHT)


def test_a_busy_port_is_named_and_nothing_is_left(tmp_path: Path, model_archive: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with run_server(tmp_path, plan=PortPlan(NodePorts(port, port), None)) as (client, _):
            publish(client, model_archive, "v1")
            with pytest.raises(ConflictError, match=f"port {port} on 127.0.0.1"):
                deploy(client)
            assert (client.list_deployments(), client.read_health()["processes"]) == ([], [])
        assert not (tmp_path / "nodes" / "FLIGHTS-on-local").exists()


def test_a_node_that_cannot_start_says_why_and_the_former_stays(tmp_path: Path, model_archive: Path) -> None:
    with run_server(tmp_path) as (client, _):
        publish(client, model_archive, "v1", "v2")
        made = deploy(client)
        (tmp_path / "packages/FLIGHTS/flight-delays/v2/service.json").write_text("{")
        with pytest.raises(UnavailableError, match=r"its log ends with:\n(.|\n)*service\.json"):
            client.deploy_generation("FLIGHTS-on-local", "v2")
        wait_for(lambda: client.read_deployment("FLIGHTS-on-local")["nodes"][0]["state"] == "running")
        assert client.read_deployment("FLIGHTS-on-local")["generation"] == "v1"
        assert ask(made).json()["apiContext"]["serviceGeneration"] == "v1"
