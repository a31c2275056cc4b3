"""The pages as HTTP: one HTML for every address, a policy with its nonce, assets that may be kept."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from wakeline.server.pages import install_pages
from wakeline.server.problems import install_handlers

INDEX = (
    '<!doctype html><base href="/" /><meta name="csp-nonce" content="__CSP_NONCE__" /><div id="root"></div>'
)


@pytest.fixture
def static(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(INDEX)
    (tmp_path / "wakeline.svg").write_text("<svg/>")
    (tmp_path / "assets/index-1a2b.js").write_text("let a = 1;" * 100)
    return tmp_path


def fetch(
    folder: Path, address: str, *, root_path: str = "", accept_encoding: str = "gzip"
) -> httpx.Response:
    app = FastAPI()
    install_handlers(app)
    install_pages(app, folder)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, root_path=root_path)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(address, headers={"Accept-Encoding": accept_encoding})

    return asyncio.run(ask())


@pytest.mark.parametrize("address", ["/", "/evaluations?store=x", "/projects/FLIGHTS/flow"])
def test_every_address_answers_the_page(static: Path, address: str) -> None:
    answer = fetch(static, address)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"


def test_each_answer_has_a_nonce_of_its_own(static: Path) -> None:
    nonces = set()
    for _ in range(5):
        answer = fetch(static, "/")
        nonce = re.search(r'name="csp-nonce" content="([^"]+)"', answer.text)
        assert nonce is not None
        policy = answer.headers["content-security-policy"]
        assert f"'nonce-{nonce[1]}'" in policy
        assert "script-src 'self';" in policy
        nonces.add(nonce[1])
    assert len(nonces) == 5


def test_prefix_of_the_server_reaches_the_page(static: Path) -> None:
    assert '<base href="/monitor/" />' in fetch(static, "/", root_path="/monitor").text
    assert '<base href="/" />' in fetch(static, "/").text


def test_assets_may_be_kept_and_come_compressed(static: Path) -> None:
    answer = fetch(static, "/assets/index-1a2b.js")
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.text == "let a = 1;" * 100
    plain = fetch(static, "/assets/index-1a2b.js", accept_encoding="identity")
    assert "content-encoding" not in plain.headers
    assert plain.text == answer.text
    assert fetch(static, "/wakeline.svg").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "address",
    ["/api/v1/none", "/assets/none.js", "/assets/../index.html.bak", "/assets/%2e%2e/%2e%2e/etc/passwd"],
)
def test_unknown_data_and_assets_are_not_found(static: Path, address: str) -> None:
    answer = fetch(static, address)
    assert answer.status_code in {200, 404}
    assert "root:" not in answer.text
    if answer.status_code == 404:
        assert answer.json()["type"] == "urn:wakeline:problem:not-found"


def test_without_a_bundle_the_page_says_what_to_do(tmp_path: Path) -> None:
    answer = fetch(tmp_path, "/")
    assert answer.status_code == 503
    assert "hatch_build.py" in answer.text
