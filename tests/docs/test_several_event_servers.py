"""`docs/how-to/several-event-servers.md`, run as it stands: three servers, one of them killed."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.frontend.sources import ROOT
from tests.loglake.posted import STREAM, build_frame
from tests.server.running import run_server
from wakeline.core.ownership import rank_servers
from wakeline.deployer.keys import read_keys
from wakeline.loglake.layout import locate_table
from wakeline.loglake.window import LogSnapshot
from wakeline.server.stack import find_free_ports

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "how-to" / "several-event-servers.md"


def find_command(name: str) -> str:
    found = re.search(rf"^```sh {name}\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1].strip()


@contextmanager
def run_command(command: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["/bin/sh", "-c", f"exec {command}"], env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def await_list(url: str, count: int) -> list[str]:
    for _ in range(200):
        try:
            listed = httpx.get(f"{url}/v1/servers", trust_env=False).json()["servers"]
            if len(listed) == count:
                return sorted(server["url"] for server in listed)
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{url} does not list {count} servers")


def post(shipper: httpx.Client, url: str, body: bytes) -> tuple[object, str]:
    """What was answered, and by whom; the key goes along with a redirect."""
    answer = shipper.post(f"{url}/v1/events", content=body)
    while answer.status_code == 307:
        answer = shipper.post(answer.headers["location"], content=body)
    return answer.json(), str(answer.url).partition("/v1")[0]


def test_three_servers_of_which_one_is_killed_store_each_event_once(tmp_path: Path) -> None:
    ports = find_free_ports(3)
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    with run_server(tmp_path) as (client, _parts), ExitStack() as stack:
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "WAKELINE_HOME": str(tmp_path),
            "SERVER_PORT": client.url.rpartition(":")[2],
            **dict(zip(("FIRST_PORT", "SECOND_PORT", "THIRD_PORT"), map(str, ports), strict=True)),
        }
        names = ("first", "second", "third")
        processes = {
            url: stack.enter_context(run_command(find_command(name), environment))
            for name, url in zip(names, urls, strict=True)
        }
        for url in urls:
            assert await_list(url, 3) == sorted(urls)
        told = subprocess.run(
            ["/bin/sh", "-c", find_command("list")], env=environment, stdout=subprocess.PIPE, check=True
        )
        assert len(json.loads(told.stdout)["servers"]) == 3
        headers = {"Authorization": f"Bearer {read_keys(tmp_path).intake_key}"}
        owner, second, third = rank_servers(urls, STREAM)
        with httpx.Client(headers=headers, timeout=30, trust_env=False) as shipper:
            assert post(shipper, third, build_frame(1, 5)) == ({"stored_offset": 5}, owner)
            processes[owner].kill()
            processes[owner].wait(10)
            time.sleep(3.5)
            assert post(shipper, third, build_frame(4, 9)) == ({"stored_offset": 9}, second)
        snapshot = LogSnapshot.open(locate_table(tmp_path / "events", STREAM))
        assert snapshot.count() == 9
