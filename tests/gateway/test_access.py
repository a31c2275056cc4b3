"""Keys at the gateway: a rotated one holds at once, a tied one brings its own streams, a rate is held."""

import hashlib
import json
from pathlib import Path
from typing import Any

from tests.apinode.stand import in_loop
from tests.gateway.stand import KEY, NOW_US, open_stand
from wakeline.core.clock import format_rfc3339


def hash_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def write_rules(path: Path, *, takes_home: bool = True) -> Path:
    key: dict[str, Any] = {"id": "team-a", "sha256": hash_secret("secret a"), "events_per_second": 2}
    keys = ["team-a", "intake"] if takes_home else ["team-a"]
    destinations = [{"id": "open"}, {"id": "team-a", "routing_keys": ["a-*"], "keys": keys}]
    path.write_text(json.dumps({"rules_version": 1, "keys": [key], "destinations": destinations}))
    return path


def as_key(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


@in_loop
async def test_a_tied_key_brings_its_own_streams_only(tmp_path: Path) -> None:
    rules = write_rules(tmp_path / "rules.json")
    async with open_stand(tmp_path, rules_file=rules) as stand:

        async def post(routing_key: str, secret: str) -> int:
            path = f"/v1/ingest/clicks/{routing_key}"
            return (await stand.post({"features": {"x": 1}}, as_key(secret), path)).status_code

        assert await post("a-x", "secret a") == 202
        assert await post("b-x", "secret a") == 403
        assert await post("b-x", KEY) == 202
        assert await post("a-x", "unknown") == 401
        write_rules(rules, takes_home=False)
        stand.clock.advance(10_000_000)
        # What the gateway could not bring there by the home's key is not taken in.
        assert await post("a-x", "secret a") == 403
        rules.write_text("no rules")
        assert await post("b-x", KEY) == 202
        assert len(stand.read_events()) == 3


@in_loop
async def test_a_rate_is_held_and_told(tmp_path: Path) -> None:
    async with open_stand(tmp_path, rules_file=write_rules(tmp_path / "rules.json")) as stand:
        path = "/v1/ingest/clicks/a-x"
        many = [{"features": {"x": n}} for n in range(22)]
        assert (await stand.post(many, as_key("secret a"), path)).status_code == 202
        refused = await stand.post(many, as_key("secret a"), path)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "11")
        assert refused.json()["error"]["code"] == "overloaded"
        stand.clock.advance(10_500_000)
        assert (await stand.post(many, as_key("secret a"), path)).status_code == 202


@in_loop
async def test_the_homes_key_is_read_again_when_it_is_rotated(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        path = "/v1/ingest/clicks/a-x"

        async def post(secret: str) -> int:
            return (await stand.post({"features": {"x": 1}}, as_key(secret), path)).status_code

        former = {"sha256": hash_secret(KEY), "until_us": NOW_US + 60_000_000}
        content = {"intake_key": "the next", "server_key": "s", "former_intake_key": former}
        (tmp_path / "keys.json").write_text(json.dumps(content))
        assert [await post(secret) for secret in (KEY, "the next", format_rfc3339(0))] == [202, 202, 401]
        stand.clock.advance(61_000_000)
        assert [await post(secret) for secret in (KEY, "the next")] == [401, 202]
