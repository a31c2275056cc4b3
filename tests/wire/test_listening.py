"""Which addresses are bound, what TLS needs, and that slow or endless headers hold nothing for ever."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
import uvicorn

from wakeline.core.errors import InvalidInputError, NotPermittedError, WakelineError
from wakeline.wire import asgi, http_protocol
from wakeline.wire.asgi import Exchange, check_caller, read_body_in_time, send_error, send_json
from wakeline.wire.http_protocol import BoundedProtocol
from wakeline.wire.listening import LOCAL, Exposure, bind, expose, list_hosts, name_url


@pytest.fixture
def tls(tmp_path: Path) -> tuple[Path, Path, Path]:
    """CA, certificate, key."""
    authority = trustme.CA()
    issued = authority.issue_cert("events.example", "127.0.0.1")
    paths = tmp_path / "ca.pem", tmp_path / "cert.pem", tmp_path / "key.pem"
    authority.cert_pem.write_to_path(paths[0])
    issued.cert_chain_pems[0].write_to_path(paths[1])
    issued.private_key_pem.write_to_path(paths[2])
    return paths


async def answer(scope: Any, receive: Any, send: Any) -> None:
    exchange = Exchange.begin(scope, receive, send)
    try:
        check_caller(exchange.headers, frozenset({"events.example"}))
        body = await read_body_in_time(exchange, bytes_max=1_000)
    except WakelineError as error:
        await send_error(exchange, error)
    else:
        await send_json(exchange, 200, b"%d" % len(body))


@contextmanager
def serve(exposure: Exposure = LOCAL) -> Iterator[socket.socket]:
    listener = bind("127.0.0.1", 0, exposure)
    server = uvicorn.Server(
        uvicorn.Config(
            answer, http=BoundedProtocol, lifespan="off", log_config=None, **exposure.uvicorn_options
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield listener
    finally:
        server.should_exit = True
        thread.join(10)


def test_other_addresses_need_tls_or_a_loud_word(tls: tuple[Path, Path, Path]) -> None:
    with pytest.raises(NotPermittedError, match="need TLS"):
        bind("0.0.0.0", 0)
    for exposure in (expose(tls[1], tls[2]), expose(None, None, trusted_network_without_tls=True)):
        bind("0.0.0.0", 0, exposure).close()
    with pytest.raises(InvalidInputError, match="only one of"):
        expose(tls[1], None)
    with pytest.raises(InvalidInputError, match="there is no file"):
        expose(tls[1], tls[1].with_name("none.pem"))


def test_tls_is_verified_and_names_are_known(tls: tuple[Path, Path, Path]) -> None:
    exposure = expose(tls[1], tls[2], ["events.example"])
    with serve(exposure) as listener:
        url = name_url(listener, exposure)
        port = listener.getsockname()[1]
        assert url == f"https://events.example:{port}"
        assert list_hosts(listener, exposure) == {"events.example", "127.0.0.1"}
        context = ssl.create_default_context(cafile=str(tls[0]))
        with httpx.Client(verify=context, trust_env=False, base_url=f"https://127.0.0.1:{port}") as client:
            assert client.post("/", content=b"abc").json() == 3
            assert client.post("/", headers={"Host": f"events.example:{port}"}).status_code == 200
            assert client.post("/", headers={"Host": "evil.example"}).status_code == 403
        with pytest.raises(httpx.ConnectError, match=r"(?i:certificate)"):
            httpx.get(f"https://127.0.0.1:{port}", trust_env=False)


def test_a_body_that_dribbles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "HTTP_BODY_SECONDS_MIN", 0.3)
    with serve() as listener, socket.create_connection(listener.getsockname(), 10) as caller:
        caller.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\nx")
        received = b""
        while piece := caller.recv(4096):
            received += piece
        assert received.startswith(b"HTTP/1.1 408 ")
        assert b"too-slow" in received


def test_headers_that_never_end_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "HTTP_HEADER_SECONDS_MAX", 0.3)
    with serve() as listener:
        for begin in (b"", b"POST / HT", b"\r\n"):
            with socket.create_connection(listener.getsockname(), 10) as caller:
                caller.sendall(begin)
                assert caller.recv(4096) == b""
        # One that asked something whole is kept.
        with socket.create_connection(listener.getsockname(), 10) as caller:
            for _ in range(2):
                caller.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
                assert caller.recv(4096).startswith(b"HTTP/1.1 200")


def test_endless_headers_are_refused() -> None:
    with serve() as listener, socket.create_connection(listener.getsockname(), 10) as caller:
        caller.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\n")
        received = b""
        try:
            for number in range(400):
                caller.sendall(b"X-%d: %s\r\n" % (number, b"y" * 1_000))
            received = caller.recv(4096)
        except ConnectionError:
            return
        assert received.startswith(b"HTTP/1.1 431") or received == b""


def test_connections_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "HTTP_CONNECTIONS_MAX", 3)
    with serve() as listener:
        held = [socket.create_connection(listener.getsockname(), 10) for _ in range(3)]
        time.sleep(0.2)
        with suppress(ConnectionError), socket.create_connection(listener.getsockname(), 10) as caller:
            assert caller.recv(1) == b""
        for one in held:
            one.close()
        time.sleep(0.2)
        assert httpx.post(name_url(listener), content=b"ab", trust_env=False).json() == 2
