"""The OpenAPI document says what the node really takes and answers."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.apinode.stand import FEATURES, PREDICT, PREDICT_MULTI, in_loop, open_stand


def _check(schema: dict[str, Any], value: Any, document: dict[str, Any]) -> None:
    """As much of JSON Schema as the document uses."""
    if "$ref" in schema:
        _check(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], value, document)
        return
    types = schema.get("type", [])
    assert _name_types(value) & set([types] if isinstance(types, str) else types)
    if isinstance(value, dict):
        assert set(schema.get("required", [])) <= set(value)
        if schema.get("additionalProperties") is False:
            assert set(value) <= set(schema["properties"])
        for name, entry in value.items():
            if name in schema.get("properties", {}):
                _check(schema["properties"][name], entry, document)
    if isinstance(value, list):
        for entry in value:
            _check(schema["items"], entry, document)
    assert "enum" not in schema or value in schema["enum"]


def _name_types(value: Any) -> set[str]:
    match value:
        case bool():
            return {"boolean"}
        case int():
            return {"integer", "number"}
        case float():
            return {"number"}
    return {{dict: "object", list: "array", str: "string", type(None): "null"}[type(value)]}


def _find(document: dict[str, Any], path: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    operation = document["paths"][path]["post"]
    request = operation["requestBody"]["content"]["application/json"]["schema"]
    answers = {
        status: entry["content"]["application/json"]["schema"]
        for status, entry in operation["responses"].items()
    }
    return request, answers, operation


@pytest.mark.parametrize(
    ("path", "body"),
    [(PREDICT, {"features": FEATURES}), (PREDICT_MULTI, {"items": [{"features": FEATURES, "context": {}}]})],
)
@in_loop
async def test_queries_and_answers_fit_the_document(tmp_path: Path, path: str, body: Any) -> None:
    async with open_stand(tmp_path) as stand:
        response = await stand.client.get("/public/api/v1/flight-delays/openapi.json")
        document = response.json()
        assert document["openapi"].startswith("3.1")
        request, answers, _ = _find(document, path)
        _check(request, json.loads(json.dumps(body)), document)
        answer = await stand.post(path, body)
        _check(answers[str(answer.status_code)], answer.json(), document)
        for wrong in (b"{", {"other": 1}):
            refusal = await stand.post(path, wrong)
            _check(answers[str(refusal.status_code)], refusal.json(), document)
        # The document itself is no query.
        assert {event["status"] for event in stand.read_events()} == {200, 400, 422}


@in_loop
async def test_features_are_told_with_type_range_and_levels(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        document = (await stand.client.get("/public/api/v1/flight-delays/openapi.json")).json()
        features = document["components"]["schemas"]["arrival-delay.features"]
        assert features["required"] == ["dep hour"]
        properties = features["properties"]
        assert properties["dep hour"]["type"] == "number"
        assert properties["dep hour"]["x-wakeline-range"] == [0, 23]
        assert properties["carrier"]["type"] == ["string", "null"]
        assert properties["carrier"]["x-wakeline-levels"] == ["UA", "AA"]
        assert properties["is.weekend"]["type"] == ["boolean", "null"]


@in_loop
async def test_only_a_loaded_service_has_a_document(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        assert (await stand.client.get("/public/api/v1/other/openapi.json")).status_code == 404
