"""Bad input: for each its status, an error that says what was found and expected, and the logged event."""

import gzip
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.apinode.stand import (
    FEATURES,
    PREDICT,
    PREDICT_MULTI,
    STREAM,
    STREAM_OF_STRAYS,
    in_loop,
    open_stand,
)

_DEEP = b'{"features": {"dep hour": 1}, "context": ' + b'{"a":' * 60 + b"1" + b"}" * 61
_BODIES: list[tuple[str, bytes, int, str, str]] = [
    ("empty", b"", 400, "bad-json", "is empty"),
    ("blank", b" \n", 400, "bad-json", "is empty"),
    ("cut", b'{"features": {"dep hour": 1', 400, "bad-json", "not JSON"),
    ("trailing", b'{"features": {"dep hour": 1}} x', 400, "bad-json", "not JSON"),
    ("nan", b'{"features": {"dep hour": NaN}}', 400, "bad-json", "send null"),
    ("infinity", b'{"features": {"dep hour": -Infinity}}', 400, "bad-json", "send null"),
    ("latin-1", '{"features": {"carrier": "é"}}'.encode("latin-1"), 400, "bad-json", "UTF-8"),
    ("utf-16", '{"features": {}}'.encode("utf-16"), 400, "bad-json", "byte order mark"),
    ("mark", b'\xef\xbb\xbf{"features": {}}', 400, "bad-json", "byte order mark"),
    ("surrogate", b'{"features": {"carrier": "\\ud800"}}', 400, "bad-json", "not JSON"),
    ("deep", b"[" * 100_000, 422, "too-deeply-nested", "32 levels"),
    ("deep context", _DEEP, 422, "too-deeply-nested", "32 levels"),
    ("array", b"[]", 422, "wrong-type", "found an array of 0, expected an object"),
    ("text", b'"features"', 422, "wrong-type", "found a text ('features')"),
    ("no features", b"{}", 422, "missing-field", "'features' is missing"),
    ("unknown field", b'{"features": {}, "feature": 1}', 422, "unknown-field", "'feature'"),
    ("features null", b'{"features": null}', 422, "wrong-type", "features: found null"),
    (
        "unknown feature",
        b'{"features": {"dep hour": 1, "dep hours": 2}}',
        422,
        "unknown-feature",
        "did you mean 'dep hour'?",
    ),
    ("missing", b'{"features": {"temp": 2}}', 422, "missing-feature", "'dep hour': found nothing"),
    ("null", b'{"features": {"dep hour": null}}', 422, "missing-feature", "'dep hour': found null"),
    (
        "text for number",
        b'{"features": {"dep hour": "6"}}',
        422,
        "wrong-type",
        "found a text ('6'), expected a number",
    ),
    ("boolean for number", b'{"features": {"dep hour": true}}', 422, "wrong-type", "found a boolean (true)"),
    ("number for text", b'{"features": {"dep hour": 1, "carrier": 7}}', 422, "wrong-type", "expected a text"),
    (
        "number for boolean",
        b'{"features": {"dep hour": 1, "is.weekend": 1}}',
        422,
        "wrong-type",
        "expected true or false",
    ),
    ("nested", b'{"features": {"dep hour": [1]}}', 422, "wrong-type", "found an array of 1"),
    (
        "beyond 2^53",
        b'{"features": {"dep hour": 9007199254740993}}',
        422,
        "wrong-type",
        "found a number (9007199254740993)",
    ),
    (
        "beyond 64 bits",
        b'{"features": {"dep hour": 1' + b"0" * 400 + b"}}",
        422,
        "wrong-type",
        "a huge number",
    ),
    ("beyond doubles", b'{"features": {"dep hour": 1e999}}', 422, "number-out-of-range", "1.8e308"),
    (
        "beyond reason",
        b'{"features": {"dep hour": ' + b"9" * 5_000 + b"}}",
        422,
        "number-out-of-range",
        "range",
    ),
    (
        "context",
        b'{"features": {"dep hour": 1}, "context": 3}',
        422,
        "wrong-type",
        "context: found a number (3)",
    ),
    ("dispatch", b'{"features": {"dep hour": 1}, "dispatch": {"x": 1}}', 422, "wrong-type", "dispatch: "),
    (
        "generation",
        b'{"features": {"dep hour": 1}, "dispatch": {"forcedGeneration": "v9"}}',
        404,
        "not-found",
        "found 'v9', but the generation that is loaded is 'v1'",
    ),
    (
        "explanations",
        b'{"features": {"dep hour": 1}, "explanations": {"enabled": true}}',
        422,
        "explanations-not-available",
        "not available yet",
    ),
    (
        "explanations' steps",
        b'{"features": {"dep hour": 1}, "explanations": {"nMonteCarloSteps": 1}}',
        422,
        "wrong-type",
        ">= 25",
    ),
    ("item time", b'{"features": {"dep hour": 1}, "eventTime": "x"}', 422, "unknown-field", "'eventTime'"),
]


@pytest.mark.parametrize(
    ("body", "status", "code", "words"), [row[1:] for row in _BODIES], ids=[row[0] for row in _BODIES]
)
@in_loop
async def test_a_bad_body_is_refused_and_logged(
    tmp_path: Path, body: bytes, status: int, code: str, words: str
) -> None:
    async with open_stand(tmp_path) as stand:
        response = await stand.post(PREDICT, body)
        error = response.json()["error"]
        assert (response.status_code, error["code"]) == (status, code)
        assert words in error["message"]
        (event,) = stand.read_events()
        assert (event["status"], event["stream"]) == (status, STREAM)
        assert event["error"].startswith(f"{code}: ")
        assert event.get("request", "") == body[:4096].decode(errors="replace")
        assert "prediction_id" not in event
        # The process goes on.
        assert (await stand.post(PREDICT, {"features": FEATURES})).status_code == 200


class _Batch(NamedTuple):
    """A refused `predict-multi`, and how many rows it leaves."""

    name: str
    body: Any
    status: int
    code: str
    words: str
    rows: int


_BATCHES = [
    _Batch("no items", {"items": []}, 422, "invalid-input", "found none", 1),
    _Batch("items missing", {}, 422, "missing-field", "'items' is missing", 1),
    _Batch("items object", {"items": {}}, 422, "wrong-type", "expected an array", 1),
    _Batch("too many", {"items": [{"features": {}}] * 10_001}, 413, "too-many-items", "at most 10000", 1),
    _Batch("item text", {"items": [{"features": FEATURES}, "x"]}, 422, "wrong-type", "item 1: ", 2),
    _Batch(
        "item feature",
        {"items": [{"features": FEATURES}, {"features": FEATURES}, {"features": {"dep hour": "6"}}]},
        422,
        "wrong-type",
        "item 2: feature 'dep hour': found a text ('6')",
        3,
    ),
    _Batch("item field", {"items": [{"features": FEATURES, "x": 1}]}, 422, "unknown-field", "item 0: ", 1),
    _Batch(
        "item time", {"items": [{"features": FEATURES, "eventTime": 3}]}, 422, "wrong-type", "eventTime", 1
    ),
    _Batch(
        "options",
        {"items": [{"features": FEATURES}] * 4, "dispatch": {"forcedGeneration": 3}},
        422,
        "wrong-type",
        "dispatch: ",
        4,
    ),
    _Batch(
        "generation",
        {"items": [{"features": FEATURES}] * 4, "dispatch": {"forcedGeneration": "v2"}},
        404,
        "not-found",
        "'v2'",
        4,
    ),
]


@pytest.mark.parametrize("batch", _BATCHES, ids=[batch.name for batch in _BATCHES])
@in_loop
async def test_one_bad_item_refuses_the_batch_and_every_row_bears_the_status(
    tmp_path: Path, batch: _Batch
) -> None:
    async with open_stand(tmp_path) as stand:
        response = await stand.post(PREDICT_MULTI, batch.body)
        error = response.json()["error"]
        assert (response.status_code, error["code"]) == (batch.status, batch.code)
        assert batch.words in error["message"]
        events = stand.read_events()
        assert [event["row_index"] for event in events] == list(range(batch.rows))
        assert {event["status"] for event in events} == {batch.status}
        assert len({event["query_id"] for event in events}) == 1
        assert ["request" in event for event in events] == [True] + [False] * (batch.rows - 1)


@in_loop
async def test_an_error_lists_every_fault_of_an_item(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        features = {"dep hour": None, "temp": "warm", "wind": 3}
        response = await stand.post(
            PREDICT_MULTI, {"items": [{"features": FEATURES}, {"features": features}]}
        )
        details = response.json()["error"]["details"]
        assert details["item"] == 1
        assert [(fault["code"], fault["feature"]) for fault in details["faults"]] == [
            ("unknown-feature", "wind"),
            ("missing-feature", "dep hour"),
            ("wrong-type", "temp"),
        ]
        assert stand.read_last_event()["violations"] == [
            "unknown-feature: wind",
            "missing-feature: dep hour",
            "wrong-type: temp",
        ]


@pytest.mark.parametrize("is_declared", [True, False])
@in_loop
async def test_a_body_over_the_limit_is_refused_while_it_streams(tmp_path: Path, is_declared: bool) -> None:
    sent = 0

    async def stream() -> Any:
        nonlocal sent
        for _ in range(64):
            sent += 1
            yield b"x" * 2**20

    async with open_stand(tmp_path) as stand:
        headers = {"content-length": str(64 * 2**20)} if is_declared else {}
        response = await stand.client.post(PREDICT, content=stream(), headers=headers)
        assert response.status_code == 413
        assert response.json()["error"]["code"] == "too-large"
        assert "10485760 bytes" in response.json()["error"]["message"]
        assert sent <= (2 if is_declared else 12)
        event = stand.read_last_event()
        assert (event["status"], event["request"]) == (413, "x" * 4096)


@in_loop
async def test_an_event_that_the_spool_does_not_take_is_refused(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        body = {"features": FEATURES, "context": {"ballast": "x" * 5_000_000}}
        response = await stand.post(PREDICT, body)
        assert (response.status_code, response.json()["error"]["code"]) == (413, "too-large")
        assert stand.read_last_event()["status"] == 413


@in_loop
async def test_a_compressed_body_is_refused(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        response = await stand.post(PREDICT, gzip.compress(b"{}"), {"content-encoding": "gzip"})
        assert response.status_code == 415
        assert "'gzip'" in response.json()["error"]["message"]
        assert stand.read_last_event()["status"] == 415


@pytest.mark.parametrize(
    ("path", "words", "stream"),
    [
        (
            "/public/api/v1/other/arrival-delay/predict",
            "'other', expected one of this node: flight-delays",
            "_",
        ),
        ("/public/api/v1/flight-delays/other/predict", "'other', expected one of flight-delays", "_"),
        ("/public/api/v1/flight-delays/arrival-delay/explain", "predict or predict-multi", "arrival-delay"),
        ("/public/api/v1/flight-delays/arrival-delay", "predict or predict-multi", "arrival-delay"),
        ("/public/api/v1/", "''", "_"),
        ("/public/api/v1/%ff%00/%2e%2e/predict", "expected one of this node", "_"),
    ],
)
@in_loop
async def test_a_query_for_nothing_that_is_here_is_logged(
    tmp_path: Path, path: str, words: str, stream: str
) -> None:
    async with open_stand(tmp_path) as stand:
        response = await stand.post(path, b"x" * 5_000)
        assert response.status_code == 404
        assert words in response.json()["error"]["message"]
        (event,) = stand.read_events()
        assert event["stream"] == (STREAM if stream == "arrival-delay" else STREAM_OF_STRAYS)
        assert (event["status"], event["request"]) == (404, "x" * 4096)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
@in_loop
async def test_a_wrong_method_is_refused_and_logged(tmp_path: Path, method: str) -> None:
    async with open_stand(tmp_path) as stand:
        response = await stand.client.request(method, PREDICT)
        assert response.status_code == 405
        assert response.headers["allow"] == "POST"
        assert response.json()["error"]["message"] == f"found {method}, expected POST"
        assert stand.read_last_event()["status"] == 405
        assert (await stand.client.post("/public/api/v1/flight-delays/openapi.json")).headers[
            "allow"
        ] == "GET"


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1@evil.example", ""])
@in_loop
async def test_a_host_that_is_not_this_machine_is_refused(tmp_path: Path, host: str) -> None:
    async with open_stand(tmp_path) as stand:
        response = await stand.post(PREDICT, {"features": FEATURES}, {"host": host})
        assert response.status_code == 403
        assert "expected one of localhost, 127.0.0.1" in response.json()["error"]["message"]
        assert stand.read_events() == []


@in_loop
async def test_an_origin_that_is_not_this_machine_is_refused(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        for origin, status in (("https://evil.example", 403), ("null", 403), ("http://localhost:4180", 200)):
            response = await stand.post(PREDICT, {"features": FEATURES}, {"origin": origin})
            assert response.status_code == status
        for host in ("localhost", "localhost:4182", "[::1]:4182", "127.0.0.1"):
            assert (await stand.post(PREDICT, {"features": FEATURES}, {"host": host})).status_code == 200


@in_loop
async def test_paths_beside_the_user_api_are_not_queries(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        response = await stand.client.get("/favicon.ico")
        assert response.status_code == 404
        assert "/favicon.ico" in response.json()["error"]["message"]
        assert stand.read_events() == []
