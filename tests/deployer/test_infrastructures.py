"""An infrastructure's settings: what is refused, and a key that nobody else can read."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from wakeline.core.errors import InvalidInputError
from wakeline.deployer.infrastructures import InfrastructureSettings, build_reporting, change_settings
from wakeline.deployer.keys import hash_key
from wakeline.wire.configuration import read_key

KEY = "a key of sixteen and more letters"
OWN = ("http://127.0.0.1:4181",)


def test_by_default_everything_is_the_homes(tmp_path: Path) -> None:
    reporting = build_reporting(tmp_path, InfrastructureSettings(), OWN)
    assert (reporting.servers, reporting.key_name) == (OWN, "intake_key")
    assert Path(reporting.keys_file) == tmp_path / "keys.json"


def test_event_servers_elsewhere_with_a_key_of_their_own(tmp_path: Path) -> None:
    servers = [" https://events.example:4181/ ", "http://10.0.0.7:4181", "http://10.0.0.7:4181"]
    changed = change_settings(
        tmp_path, InfrastructureSettings(), {"event_servers": servers, "reporting_key": KEY}
    )
    reporting = build_reporting(tmp_path, changed, OWN)
    assert reporting.servers == ("https://events.example:4181", "http://10.0.0.7:4181")
    assert read_key(Path(reporting.keys_file), reporting.key_name) == KEY
    assert stat.S_IMODE(Path(reporting.keys_file).stat().st_mode) == 0o600
    assert changed.reporting_key is not None
    assert (changed.reporting_key.sha256, changed.reporting_key.ending) == (hash_key(KEY), "ters")
    other = change_settings(tmp_path, changed, {"reporting_key": KEY[::-1]})
    assert build_reporting(tmp_path, other, OWN).keys_file != reporting.keys_file
    back = change_settings(tmp_path, changed, {"event_servers": None, "reporting_key": None})
    assert back == InfrastructureSettings()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"event_servers": []}, "found 0 event servers; expected 1 to 16"),
        ({"event_servers": [f"http://h{number}" for number in range(17)]}, "found 17 event servers"),
        ({"event_servers": ["events.example:4181"]}, "is not the URL of an event server; expected http://"),
        ({"event_servers": ["ftp://events.example"]}, "is not the URL of an event server"),
        ({"event_servers": ["http://"]}, "is not the URL of an event server"),
        ({"event_servers": ["http://u:p@events.example"]}, "without user"),
        ({"event_servers": ["http://events.example:70000"]}, "is not the URL of an event server"),
        ({"event_servers": ["http://a b"]}, "is not the URL of an event server"),
        ({"event_servers": ["http://h?x=1"]}, "is not the URL of an event server"),
        ({"reporting_key": "short"}, "the reporting key has 5 characters; expected 16 to 512"),
        ({"reporting_key": "x" * 513}, "has 513 characters"),
        ({"reporting_key": "ü" * 20}, "printable ASCII"),
        ({"reporting_key": "line\nbreak and more letters"}, "printable ASCII"),
        ({"reporting_key": f" {KEY}"}, "begins or ends with a space"),
    ],
)
def test_what_is_refused(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        change_settings(tmp_path, InfrastructureSettings(), changes)
    assert words in refused.value.message
    assert KEY not in refused.value.message
    assert list(tmp_path.iterdir()) == []


def test_a_key_file_is_json_with_the_key_alone(tmp_path: Path) -> None:
    change_settings(tmp_path, InfrastructureSettings(), {"reporting_key": KEY})
    [path] = (tmp_path / "infrastructure-keys").iterdir()
    assert json.loads(path.read_text()) == {"reporting_key": KEY}
