"""The server never reads a huge body whole, whether or not its length is told."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server.running import run_server
from wakeline.core.limits import REQUEST_BODY_BYTES_MAX


@pytest.mark.parametrize("is_declared", [True, False])
def test_a_body_beyond_the_limit_is_refused(tmp_path: Path, is_declared: bool) -> None:
    sent = 0

    def dribble() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(64):
            sent += 1 << 20
            yield b" " * (1 << 20)

    with run_server(tmp_path) as (client, _):
        content = b" " * (REQUEST_BODY_BYTES_MAX + 1) if is_declared else dribble()
        answer = httpx.post(
            f"{client.url}/api/v1/projects",
            content=content,
            headers={"Content-Type": "application/json"},
            trust_env=False,
        )
        assert (answer.status_code, answer.json()["type"]) == (413, "urn:wakeline:problem:too-large")
        assert client.list_projects() == []
