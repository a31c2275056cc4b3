"""docs/how-to/node-on-a-second-machine.md, followed: two homes, two keys, TLS between them."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import polars as pl
import pytest
import trustme

from tests.eventserver.test_access import as_key
from tests.frontend.sources import ROOT
from tests.loglake.posted import build_frame
from tests.server.running import run_server
from tests.server.test_deployments import ask, deploy, publish
from wakeline.core.event import Stream
from wakeline.server.stack import find_free_ports
from wakeline.shipper.courier import trust_only

pytestmark = pytest.mark.slow
PAGE = ROOT / "docs" / "how-to" / "node-on-a-second-machine.md"
QUERIES = 5
SECONDS_MAX = 40


def paste(name: str, folder: Path, server_url: str, event_server_url: str) -> None:
    found = re.search(rf"^```sh {name}\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None
    text = found[1].replace("https://events.example:4181", event_server_url)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=folder,
        env=os.environ | {"PATH": path, "WAKELINE_URL": server_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@contextmanager
def run_event_server(home: Path, port: int, server_url: str, desk: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "wakeline.eventserver", "--home", str(home), "--server-url", server_url]
    command += ["--host", "0.0.0.0", "--port", str(port), "--public-name", "localhost"]
    command += ["--tls-certificate", str(desk / "cert.pem"), "--tls-key", str(desk / "key.pem")]
    environment = os.environ | {"WAKELINE_CA_FILE": str(desk / "ca.pem")}
    with (desk / "event-server.log").open("w") as log:
        process = subprocess.Popen([*command, "--commit-interval", "0.2"], env=environment, stderr=log)
    try:
        deadline = time.monotonic() + SECONDS_MAX
        while "rules version" not in (desk / "event-server.log").read_text():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield f"https://localhost:{port}"
    finally:
        process.terminate()
        process.wait(20)


def issue_certificate(desk: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(desk / "ca.pem")
    issued.cert_chain_pems[0].write_to_path(desk / "cert.pem")
    issued.private_key_pem.write_to_path(desk / "key.pem")


def test_a_node_reports_to_another_machine(tmp_path: Path, model_archive: Path) -> None:
    desk = tmp_path / "desk"
    desk.mkdir()
    issue_certificate(desk)
    (port,) = find_free_ports(1)
    home_a, home_b = tmp_path / "a", tmp_path / "b"
    with (
        run_server(home_a) as (client_a, _),
        run_event_server(home_a, port, client_a.url, desk) as url,
        run_server(home_b) as (client_b, _),
    ):
        paste("a", desk, client_a.url, url)
        secret = (desk / "machine-b.key").read_text().strip()
        paste("b", desk, client_b.url, url)
        publish(client_b, model_archive, "v1")
        deployment = deploy(client_b)
        for _ in range(QUERIES):
            assert ask(deployment).status_code == 200
        deadline = time.monotonic() + SECONDS_MAX
        while (status := client_b.read_event_status())["stored"] < QUERIES:
            assert time.monotonic() < deadline, status
            time.sleep(0.1)
        assert (status["accepted"], status["spooled"]) == (QUERIES, 0)
        with httpx.Client(base_url=url, verify=trust_only(desk / "ca.pem"), trust_env=False) as caller:
            frame = build_frame(1, 2, stream=Stream("api-node-query", "SHOP-on-local", "e"))
            refused = caller.post("/v1/events", content=frame, headers=as_key(secret))
            assert (refused.status_code, refused.json()["type"]) == (
                403,
                "urn:wakeline:problem:not-permitted",
            )
            seen = caller.get("/v1/status", headers=as_key(secret)).json()["streams"]
            assert [entry["destination"] for entry in seen] == ["machine-b"]
    root = home_a / "events" / "machine-b" / "api-node-query" / "FLIGHTS-on-local" / "arrival-delay"
    rows = pl.read_delta(str(root))
    assert rows["event_id"].n_unique() == rows.height == QUERIES
    assert not (home_a / "events" / "api-node-query").exists()
    assert not (home_b / "events").exists()
