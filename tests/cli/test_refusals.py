"""Wrong usage and wrong input: one sentence, the right exit code, never a traceback."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import call
from tests.server.running import CLOSED_PORT, run_server

NOBODY = f"http://127.0.0.1:{CLOSED_PORT}"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the project SHOP and nothing in it."""
    with run_server(tmp_path_factory.mktemp("home")) as (client, _):
        client.create_project("SHOP")
        yield client.url


def test_without_a_command_it_helps() -> None:
    done = call()
    assert done.code == 2
    assert "wakeline demo" in done.out + done.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["nonsense"], "No such command"),
        (["job", "list", "--nonsense"], "No such option"),
        (["query", "checkout/risk"], "--features"),
        (["up", "--port", "70000"], "--port"),
        (["demo", "--port", "-1"], "--port"),
        (["demo", "--every", "0"], "--every"),
    ],
)
def test_wrong_usage_is_2(arguments: list[str], expected: str) -> None:
    done = call(*arguments)
    assert (done.code, done.out) == (2, "")
    assert expected in done.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["project", "list", "--url", NOBODY], "is `wakeline up` running?"),
        (["project", "list", "--url", "garbage"], "'garbage' is not a server's URL"),
        (["doctor", "--url", "garbage"], "'garbage' is not a server's URL"),
        (["query", "checkout", "--features", "{}"], "expected SERVICE/ENDPOINT"),
        (["query", "a/b", "--features", "nope"], "--features is not JSON"),
        (["query", "a/b", "--features", "[]"], "expected an object"),
        (["query", "a/b", "--features", '{"amount": NaN}'], "--features is not JSON"),
        (["query", "a/b", "--features", '{"amount": 1e999}'], "--features is not JSON"),
        (["service", "create", "s", "-p", "SHOP", "-e", "risk"], "expected ENDPOINT=MODEL"),
        (["model", "upload", "nowhere", "--name", "m", "-p", "SHOP"], "there is no folder nowhere"),
        (["api-node", "--config", "nowhere"], "nowhere cannot be read"),
        (["gateway", "--config", "nowhere"], "nowhere cannot be read"),
    ],
)
def test_wrong_input_is_1_with_a_sentence(arguments: list[str], expected: str) -> None:
    done = call(*arguments)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Error: ")
    assert expected in done.err


@pytest.mark.parametrize("noun", ["dataset", "evaluation", "model", "recipe", "service", "store", "zone"])
def test_the_list_of_an_unknown_project_is_refused(noun: str, url: str) -> None:
    done = call(noun, "list", "--project", "NOPE", "--url", url)
    assert (done.code, done.out) == (1, "")
    assert "there is no project 'NOPE'; there are: SHOP" in done.err
    assert call(noun, "list", "--project", "SHOP", "--url", url).code == 0


def test_the_evaluations_of_an_unknown_store_are_refused(url: str) -> None:
    done = call("evaluation", "list", "--project", "SHOP", "--store", "nope", "--url", url)
    assert (done.code, "no store 'nope'" in done.err) == (1, True)


def test_the_settings_name_the_server(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAKELINE_URL", raising=False)
    monkeypatch.setenv("WAKELINE_PORT", url.rpartition(":")[2])
    assert [row["key"] for row in call("project", "list", "--json").read_json()] == ["SHOP"]


def test_doctor_fails_while_a_part_does_not_answer(url: str, tmp_path: Path) -> None:
    done = call("doctor", "--url", url, "--home", str(tmp_path))
    assert done.code == 1
    assert "Not well: event-server" in done.out
    assert "Not well: gateway" in done.out


def test_doctor_without_a_server_says_so(tmp_path: Path) -> None:
    found = call("doctor", "--url", NOBODY, "--home", str(tmp_path), "--json").read_json()
    assert found["server"]["answers"] is False


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.jsonl", b"", "the file has no row"),
        ("a.csv", b"", "has no header"),
        ("a.csv", b"age\n1\n", "found the columns 'age', which are no names of the log"),
        ("a.txt", b"x", "does not tell a format"),
        ("a.parquet", b"x", "cannot be read as parquet"),
    ],
)
def test_a_file_that_cannot_be_imported_is_told_before_any_server_is_asked(
    name: str, content: bytes, expected: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    done = call("event", "import", str(file), "-d", "SHOP-on-local", "-e", "risk", "--url", NOBODY)
    assert (done.code, done.out) == (1, "")
    assert expected in done.err
    assert str(file) in done.err


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), "expected --deployment, or --topic with --routing-key"),
        (("-d", "a", "--topic", "clicks"), "name another topic with --routing-key"),
        (("--topic", "ground-truth", "--routing-key", "a"), "wakeline label import"),
        (("-d", "a"), "found no --endpoint"),
        (("-d", "a", "-e", "b", "--format", "xml"), "found the format 'xml', expected csv, parquet, jsonl"),
        (("-d", "a", "-e", "b", "--map", "x"), "found the mapping 'x'"),
    ],
)
def test_a_place_that_takes_no_import_is_told(
    options: tuple[str, ...], expected: str, tmp_path: Path
) -> None:
    done = call("event", "import", str(tmp_path / "a.csv"), *options, "--url", NOBODY)
    assert (done.code, done.out) == (1, "")
    assert expected in done.err


def test_a_configuration_that_is_none_starts_nothing(tmp_path: Path) -> None:
    file = tmp_path / "node.json"
    file.write_text(json.dumps({"name": "no node"}))
    for noun in ("api-node", "gateway"):
        done = call(noun, "--config", str(file))
        assert (done.code, "is not what was expected" in done.err) == (1, True)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("arguments", [["up"], ["demo", "--exit"]])
def test_a_home_that_is_no_folder_is_refused(arguments: list[str], tmp_path: Path) -> None:
    file = tmp_path / "home"
    file.write_text("not a folder")
    done = call(*arguments, "--home", str(file), "--port", "0")
    assert done.code == 1
    assert f"the home {file} cannot be used: Not a directory" in done.err


@pytest.mark.parametrize("noun", ["server", "event-server"])
@pytest.mark.parametrize("option", [["--host", "0.0.0.0"], ["--port", "99999"]])
def test_servers_refuse_foreign_addresses_and_ports_that_are_none(
    noun: str, option: list[str], tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "wakeline", noun, "--home", str(tmp_path), "--port", "0", *option],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_reader_that_leaves_ends_it_quietly(url: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as stream:
        done = subprocess.run(
            [sys.executable, "-m", "wakeline", "project", "list", "--url", url],
            stdout=stream,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.stderr == ""
