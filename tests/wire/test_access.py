"""Who may write where: ties, destinations' own keys, expiry, and places that never meet."""

import hashlib

import msgspec
import pytest

from wakeline.core.clock import parse_rfc3339
from wakeline.core.errors import ConflictError, InvalidInputError, NotPermittedError, UnauthenticatedError
from wakeline.core.event import Stream
from wakeline.core.rate import KeyRates
from wakeline.wire.access import AccessRules, KeyRule, StreamFilter, decode_access, read_bearer
from wakeline.wire.overlap import check_overlaps, find_reserved


def key(id_: str, **fields: object) -> KeyRule:
    return msgspec.convert({"id": id_, "sha256": hashlib.sha256(id_.encode()).hexdigest()} | fields, KeyRule)


def take(id_: str, **fields: object) -> StreamFilter:
    return msgspec.convert({"id": id_} | fields, StreamFilter)


KEYS = [key("intake"), key("a"), key("b", destinations=["open"]), key("free"), key("none", destinations=[])]
DESTINATIONS = [
    take("open"),
    take("team-a", routing_keys=["a-*"], keys=["a"]),
    take("both", routing_keys=["shared"], keys=["a", "intake"]),
]
RULES = AccessRules(rules_version=1, keys=KEYS, destinations=DESTINATIONS)


@pytest.mark.parametrize(
    ("who", "routing_key", "expected"),
    [
        ("intake", "a-x", ["open"]),
        ("intake", "shared", ["open", "both"]),
        ("a", "a-x", ["team-a"]),
        ("a", "shared", ["both"]),
        ("a", "other", None),
        ("b", "a-x", ["open"]),
        ("free", "anything", ["open"]),
        ("none", "anything", None),
    ],
)
def test_a_key_writes_where_it_may(who: str, routing_key: str, expected: list[str] | None) -> None:
    found = next(each for each in KEYS if each.id == who)
    stream = Stream("api-node-query", routing_key, "e")
    if expected is None:
        with pytest.raises(NotPermittedError, match="may not write"):
            RULES.find_takers(found, stream)
    else:
        assert [each.id for each in RULES.find_takers(found, stream)] == expected
    assert RULES.may_see(found, stream) == (expected is not None)


def test_nobody_takes_it_is_no_matter_of_the_key() -> None:
    rules = AccessRules(rules_version=1, keys=KEYS, destinations=[take("x", topics=["t"], keys=["a"])])
    stream = Stream("other", "r", "e")
    assert rules.find_takers(KEYS[0], stream) == []
    with pytest.raises(NotPermittedError):
        rules.find_takers(KEYS[1], stream)
    with pytest.raises(NotPermittedError):
        rules.find_takers(KEYS[0], Stream("t", "r", "e"))
    assert rules.may_see(KEYS[0], stream)


def test_an_expired_secret_is_none_and_the_other_of_the_same_key_goes_on() -> None:
    old = key("a", expires_at="2026-01-01T00:00:00Z")
    fresh = msgspec.structs.replace(old, sha256=hashlib.sha256(b"new").hexdigest(), expires_at=None)
    rules = AccessRules(rules_version=1, keys=[fresh, old], destinations=[])
    before, after = (parse_rfc3339(f"{year}-06-01T00:00:00Z") for year in (2025, 2026))
    assert rules.find_key("a", before) == old
    assert rules.find_key("a", after) is None
    assert rules.find_key("new", after) == fresh


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (({}, "/p"), ({}, "/p"), True),
        (({"topics": ["t"]}, "/p"), ({"topics": ["u"]}, "/p"), False),
        (({"routing_keys": ["a-*"]}, "/p/"), ({"routing_keys": ["a-x"]}, "/p"), True),
        (({"routing_keys": ["a-*"]}, "/p"), ({"routing_keys": ["a*"]}, "/p"), True),
        (({"routing_keys": ["a-*"]}, "/p"), ({"routing_keys": ["b-*", "a"]}, "/p"), False),
        (({"routing_keys": ["a"]}, "/p"), ({"routing_keys": ["a"], "keys": ["k"]}, "/p"), True),
        (({}, "/p"), ({}, "/q"), False),
        (({"topics": ["q"]}, "/p"), ({}, "/p/q/r"), True),
        (({"topics": ["q"]}, "/p"), ({}, "/p/other"), False),
        (({}, "s3://bucket/p"), ({}, "s3://bucket/pp"), False),
    ],
)
def test_two_destinations_never_write_one_table(
    one: tuple[dict[str, object], str], other: tuple[dict[str, object], str], meet: bool
) -> None:
    placed = [(take("one", **one[0]), one[1]), (take("other", **other[0]), other[1])]
    if meet:
        with pytest.raises(ConflictError, match="one"):
            check_overlaps(placed)
    else:
        check_overlaps(placed)


def test_a_destination_leaves_the_folders_of_others_alone() -> None:
    placed = [(take("events"), "/events"), (take("a"), "/events/team-a"), (take("b"), "/elsewhere")]
    assert find_reserved(*placed[0], placed) == ["team-a"]
    assert find_reserved(*placed[1], placed) is None
    events = msgspec.structs.replace(placed[0][0], reserved_topics=["team-a"])
    assert not events.takes(Stream("team-a", "r", "e"))
    assert events.takes(Stream("team-b", "r", "e"))


@pytest.mark.parametrize(
    "changes", [{"sha256": "x"}, {"expires_at": "soon"}, {"events_per_second": 0}, {"destinations": "all"}]
)
def test_broken_keys_are_refused(changes: dict[str, object]) -> None:
    document = {"rules_version": 1, "keys": [msgspec.to_builtins(KEYS[0]) | changes], "destinations": []}
    with pytest.raises(InvalidInputError):
        decode_access(msgspec.json.encode(document))


@pytest.mark.parametrize("header", [b"", b"Bearer", b"Bearer  ", b"Basic x"])
def test_a_header_without_a_secret_is_unauthenticated(header: bytes) -> None:
    with pytest.raises(UnauthenticatedError):
        read_bearer(header)


def test_a_rate_is_held_on_average_whatever_the_size_of_a_batch() -> None:
    rates = KeyRates()
    assert rates.find("free", None, 0) is None
    taken, now_us, batch = 0, 0, 5_000
    while now_us < 600_000_000:
        bucket = rates.find("a", 100.0, now_us)
        assert bucket is not None
        wait = bucket.wait_seconds(now_us)
        if wait:
            now_us += round(wait * 1e6)
            continue
        bucket.take(batch)
        taken += batch
    assert 600 * 100 <= taken <= 600 * 100 + 2 * batch
