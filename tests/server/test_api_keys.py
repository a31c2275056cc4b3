"""Keys and destinations over REST: secrets told once, a rotation with a grace, edits checked and counted."""

import stat
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.running import run_server
from wakeline.client.client import Client
from wakeline.core.clock import SystemClock, format_rfc3339
from wakeline.core.errors import ConflictError, InvalidInputError, NotFoundError
from wakeline.deployer.keys import hash_key, read_keys
from wakeline.eventserver.rules import Rules, decode_rules


def read_rules(client: Client, home: Path) -> Rules:
    url = f"{client.url}/api/v1/event-server/configuration"
    key = read_keys(home).server_key
    answer = httpx.get(url, headers={"Authorization": f"Bearer {key}"}, trust_env=False)
    return decode_rules(answer.raise_for_status().content)


def find_id(rules: Rules, secret: str, later_s: int = 0) -> str | None:
    found = rules.find_key(secret, SystemClock().now_us() + later_s * 1_000_000)
    return None if found is None else found.id


def test_a_key_from_its_making_to_its_end(tmp_path: Path) -> None:
    with run_server(tmp_path) as (client, _):
        [home] = client.list_api_keys()
        assert (home["id"], home["home"], home["tied_to"]) == ("intake", True, None)
        made = client.create_api_key("team-a", label="Team A", events_per_second=100)
        secret = made.pop("secret")
        assert len(secret) >= 43
        assert client.read_api_key("team-a") == made
        everything = str(client.list_api_keys()) + str(client.read_api_key("team-a"))
        assert secret not in everything
        assert hash_key(secret) not in everything
        assert secret.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("metadata*"))
        rules = read_rules(client, tmp_path)
        assert (find_id(rules, secret), rules.keys[-1].events_per_second) == ("team-a", 100)
        rotated = client.rotate_api_key("team-a")
        assert rotated["former_until"] is not None
        rules = read_rules(client, tmp_path)
        assert (find_id(rules, secret), find_id(rules, rotated["secret"])) == ("team-a", "team-a")
        assert find_id(rules, secret, later_s=86_401) is None
        last = client.rotate_api_key("team-a", grace_seconds=0)["secret"]
        rules = read_rules(client, tmp_path)
        assert [find_id(rules, each) for each in (secret, rotated["secret"], last)] == [None, None, "team-a"]
        soon = format_rfc3339(SystemClock().now_us() + 60_000_000)
        assert client.change_api_key("team-a", expires_at=soon, label="A")["events_per_second"] == 100
        assert find_id(read_rules(client, tmp_path), last, later_s=61) is None
        client.delete_api_key("team-a")
        assert find_id(read_rules(client, tmp_path), last) is None
        with pytest.raises(NotFoundError):
            client.read_api_key("team-a")


def test_the_homes_own_key_is_rotated_in_its_file(tmp_path: Path) -> None:
    with run_server(tmp_path) as (client, _):
        first = read_keys(tmp_path)
        made = client.rotate_api_key("intake", grace_seconds=60)
        second = read_keys(tmp_path)
        assert (made["secret"], made["ending"]) == (None, second.intake_key[-4:])
        assert (first.intake_key != second.intake_key, first.server_key == second.server_key) == (True, True)
        assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
        rules = read_rules(client, tmp_path)
        assert [find_id(rules, each.intake_key) for each in (first, second)] == ["intake", "intake"]
        assert find_id(rules, first.intake_key, later_s=61) is None
        for act in (client.delete_api_key, lambda id_: client.change_api_key(id_, label="x")):
            with pytest.raises(ConflictError, match="the home's own key"):
                act("intake")


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "Team A"},
        {"events_per_second": 0},
        {"events_per_second": -1},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": "soon"},
        {"destinations": []},
        {"destinations": ["moon"]},
        {"colour": "red"},
        {"label": "x" * 300},
    ],
)
def test_what_makes_no_key_changes_nothing(tmp_path: Path, fields: dict[str, Any]) -> None:
    with run_server(tmp_path) as (client, _):
        before = read_rules(client, tmp_path)
        with pytest.raises((InvalidInputError, NotFoundError)):
            client.create_api_key(fields.get("id", "k"), **{k: v for k, v in fields.items() if k != "id"})
        assert read_rules(client, tmp_path) == before
        with pytest.raises(InvalidInputError):
            client.rotate_api_key("intake", grace_seconds=-1)


def test_each_edit_of_destinations_raises_the_version(tmp_path: Path) -> None:
    with run_server(tmp_path) as (client, _):
        versions = [read_rules(client, tmp_path).rules_version]

        def look() -> Rules:
            rules = read_rules(client, tmp_path)
            versions.append(rules.rules_version)
            return rules

        client.create_api_key("team-a")
        look()
        made = client.create_destination("team-a", path="team-a", routing_keys=["a-*"], keys=["team-a"])
        assert made["place"] == str(tmp_path / "events" / "team-a")
        assert look().destinations[0].reserved_topics == ["team-a"]
        assert client.read_api_key("team-a")["tied_to"] == ["team-a"]
        with pytest.raises(ConflictError, match="destination team-a takes events by"):
            client.delete_api_key("team-a")
        client.change_destination("team-a", topics=["api-node-query"], keys=None)
        look()
        # The key stays tied, to nothing now, rather than gain what others write.
        assert client.read_api_key("team-a")["tied_to"] == []
        client.delete_destination("events")
        assert [each.id for each in look().destinations] == ["team-a"]
        client.delete_destination("team-a")
        assert look().destinations == []
        assert versions == sorted(set(versions))
        assert versions[-1] == look().rules_version


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({}, ConflictError, "both write the same streams"),
        ({"routing_keys": ["x"]}, ConflictError, "both write the same streams"),
        ({"path": ".."}, InvalidInputError, "not a path below"),
        ({"path": "a/../b"}, InvalidInputError, "not a path below"),
        ({"path": "/etc"}, InvalidInputError, "not a path below"),
        ({"path": "a%2e"}, InvalidInputError, "not a path below"),
        ({"path": "a", "connection_id": "moon"}, NotFoundError, "no connection"),
        ({"path": "a", "keys": ["moon"]}, NotFoundError, "no api key"),
        ({"path": "a", "keys": []}, InvalidInputError, "nobody could write"),
        ({"path": "a", "topics": []}, InvalidInputError, "expected 1 to"),
        ({"path": "a", "routing_keys": ["a*b"]}, InvalidInputError, "one \\* at the end"),
        ({"path": "a", "topics": [".."]}, InvalidInputError, "is no name"),
    ],
)
def test_a_destination_that_cannot_be_is_refused(
    tmp_path: Path, fields: dict[str, Any], error: type[Exception], words: str
) -> None:
    with run_server(tmp_path) as (client, _):
        before = read_rules(client, tmp_path)
        with pytest.raises(error, match=words):
            client.create_destination("second", **fields)
        client.create_destination("other", path="other")
        with pytest.raises(error, match=words):
            client.change_destination("other", **({"path": ""} | fields))
        client.delete_destination("other")
        after = read_rules(client, tmp_path)
        assert (after.keys, after.destinations) == (before.keys, before.destinations)
