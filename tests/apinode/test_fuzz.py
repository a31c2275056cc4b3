"""Whatever a body holds, the node answers below 500, in JSON, and logs the query once a row."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.apinode.stand import FEATURES, PREDICT, PREDICT_MULTI, open_stand

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)
_FEATURES = st.fixed_dictionaries(
    {"dep hour": _VALUES},
    optional={"temp": _VALUES, "carrier": _VALUES, "is.weekend": _VALUES, "other": _SCALARS},
)
_GOOD = st.fixed_dictionaries(
    {"dep hour": st.floats(allow_nan=False, allow_infinity=False)},
    optional={
        "temp": st.none() | st.integers(),
        "carrier": st.none() | st.text(),
        "is.weekend": st.booleans(),
    },
)
_ITEM = st.fixed_dictionaries(
    {"features": _GOOD | _FEATURES}, optional={"context": _VALUES, "eventTime": _SCALARS}
)
_OPTIONS = {"dispatch": _VALUES, "explanations": _VALUES, "context": _VALUES, "other": _SCALARS}
_DOCUMENTS = (
    st.fixed_dictionaries({"features": _GOOD | _FEATURES}, optional=_OPTIONS)
    | st.fixed_dictionaries({"items": st.lists(_ITEM, max_size=4)}, optional=_OPTIONS)
    | _VALUES
)
_BODIES = _DOCUMENTS.map(lambda document: json.dumps(document).encode()) | st.binary(max_size=64)


@st.composite
def _damage(draw: st.DrawFn) -> bytes:
    """A good body with a few bytes changed."""
    body = bytearray(json.dumps({"features": FEATURES, "context": {"a": [1, {"b": "é"}]}}).encode())
    for _ in range(draw(st.integers(1, 4))):
        body[draw(st.integers(0, len(body) - 1))] = draw(st.integers(0, 255))
    return bytes(body[: draw(st.integers(0, len(body)))])


async def _post_all(folder: Path, path: str, bodies: list[bytes]) -> None:
    async with open_stand(folder, client_event_time=True) as stand:
        for body in bodies:
            before = len(stand.read_events())
            response = await stand.post(path, body)
            events = stand.read_events()[before:]
            answer: dict[str, Any] = response.json()
            assert response.status_code in {200, 400, 404, 413, 422}, (body, response.text)
            assert len(events) >= 1
            assert {event["status"] for event in events} == {response.status_code}
            if response.status_code == 200:
                results = answer.get("results", [answer.get("result")])
                assert [event["prediction"] for event in events] == [row["prediction"] for row in results]
            else:
                assert answer["error"]["code"]
                assert answer["error"]["message"]


@pytest.mark.parametrize("path", [PREDICT, PREDICT_MULTI])
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(bodies=st.lists(_BODIES | _damage(), min_size=1, max_size=10))
def test_no_body_makes_the_node_fail(tmp_path: Path, path: str, bodies: list[bytes]) -> None:
    asyncio.run(_post_all(tmp_path, path, bodies))
