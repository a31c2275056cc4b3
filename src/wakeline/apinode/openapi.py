"""A service as an OpenAPI 3.1 document: its paths, and each endpoint's features as its model knows them."""

from collections.abc import Mapping
from typing import Any

import msgspec

from wakeline.core.limits import PREDICT_MULTI_ITEMS_MAX
from wakeline.core.schema import Feature, FeatureType, MissingPolicy, ModelSchema, Task

_JSON_TYPES = {
    FeatureType.DOUBLE: "number",
    FeatureType.BOOLEAN: "boolean",
    FeatureType.STRING: "string",
}
_REFUSALS = {
    "400": "The body is not JSON",
    "403": "A client event time where the deployment does not take one",
    "404": "The forced generation is not loaded",
    "413": "The body or the number of items is too large",
    "415": "The body is compressed",
    "422": "A feature is unknown, missing or of another type",
    "503": "The query cannot be logged now",
}
_EVENT_TIME = {
    "name": "X-Wakeline-Event-Time",
    "in": "header",
    "description": "RFC 3339; taken only where the deployment allows client event time.",
    "schema": {"type": "string", "format": "date-time"},
}


def describe_service(service_id: str, generation: str, schemas: Mapping[str, ModelSchema]) -> bytes:
    """The document as JSON; `schemas` by endpoint id."""
    paths: dict[str, Any] = {}
    components: dict[str, Any] = {"Error": _ERROR, **_OPTIONS}
    for endpoint_id, schema in schemas.items():
        base = f"/public/api/v1/{service_id}/{endpoint_id}"
        components |= _describe_schemas(endpoint_id, schema)
        paths[f"{base}/predict"] = _describe_path(endpoint_id, "predict", "Score one row")
        paths[f"{base}/predict-multi"] = _describe_path(endpoint_id, "predict-multi", "Score several rows")
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": service_id, "version": generation},
            "paths": paths,
            "components": {"schemas": components},
        }
    )


def _describe_path(endpoint_id: str, action: str, summary: str) -> dict[str, Any]:
    answers = {"200": _with_content("The answer", _refer(f"{endpoint_id}.{action}.answer"))}
    answers |= {status: _with_content(text, _refer("Error")) for status, text in _REFUSALS.items()}
    return {
        "post": {
            "operationId": f"{endpoint_id}.{action}",
            "summary": summary,
            "parameters": [_EVENT_TIME],
            "requestBody": _with_content(None, _refer(f"{endpoint_id}.{action}")) | {"required": True},
            "responses": answers,
        }
    }


def _describe_schemas(endpoint_id: str, schema: ModelSchema) -> dict[str, Any]:
    features = _refer(f"{endpoint_id}.features")
    context = {"type": ["object", "null"], "description": "Logged, not used for scoring."}
    options = {"dispatch": _refer("Dispatch"), "explanations": _refer("Explanations")}
    time = {"type": ["string", "null"], "format": "date-time"}
    item = _object({"features": features, "context": context, "eventTime": time}, ["features"])
    items = {"type": "array", "items": item, "minItems": 1, "maxItems": PREDICT_MULTI_ITEMS_MAX}
    result = _describe_result(schema)
    results = {"type": "array", "items": _describe_result(schema, {"predictionId": {"type": "string"}})}
    tail = {"timing": _TIMING, "apiContext": _API_CONTEXT}
    return {
        f"{endpoint_id}.features": _describe_features(schema),
        f"{endpoint_id}.predict": _object(
            {"features": features, "context": context, **options}, ["features"]
        ),
        f"{endpoint_id}.predict-multi": _object({"items": items, **options}, ["items"]),
        f"{endpoint_id}.predict.answer": _object({"result": result, **tail}, ["result", *tail]),
        f"{endpoint_id}.predict-multi.answer": _object({"results": results, **tail}, ["results", *tail]),
    }


def _describe_features(schema: ModelSchema) -> dict[str, Any]:
    required = [feature.name for feature in schema.features if feature.missing is MissingPolicy.REFUSE]
    return _object({feature.name: _describe_feature(feature) for feature in schema.features}, required)


def _describe_feature(feature: Feature) -> dict[str, Any]:
    """The training range and levels are told, not enforced: other values are scored too."""
    name = _JSON_TYPES[feature.type]
    document: dict[str, Any] = {"type": name if feature.missing is MissingPolicy.REFUSE else [name, "null"]}
    document["x-wakeline-role"] = feature.role.value
    document["x-wakeline-missing-rate"] = feature.missing_rate
    if feature.minimum is not None and feature.maximum is not None:
        document["x-wakeline-range"] = [feature.minimum, feature.maximum]
    if feature.levels:
        document["x-wakeline-levels"] = feature.levels
        document["examples"] = feature.levels[:1]
    return document


def _describe_result(schema: ModelSchema, more: dict[str, Any] | None = None) -> dict[str, Any]:
    if schema.task is Task.REGRESSION:
        return _object({"prediction": {"type": "number"}, **(more or {})}, ["prediction", *(more or {})])
    share = {"type": "number", "minimum": 0, "maximum": 1}
    properties = {
        "prediction": {"type": "string", "enum": schema.classes},
        "probas": _object(dict.fromkeys(schema.classes, share), list(schema.classes)),
        **(more or {}),
    }
    # A classifier may give no probabilities; its schema does not say so.
    return _object(properties, [name for name in properties if name != "probas"])


def _with_content(description: str | None, schema: dict[str, Any]) -> dict[str, Any]:
    content = {"content": {"application/json": {"schema": schema}}}
    return content if description is None else {"description": description, **content}


def _refer(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


_TEXT = {"type": "string"}
_TIMING = {"type": "object", "description": "µs", "additionalProperties": {"type": "integer"}}
_API_CONTEXT = {
    "type": "object",
    "properties": dict.fromkeys(
        ("serviceId", "endpointId", "serviceGeneration", "predictionId", "queryId"), _TEXT
    ),
    "required": ["serviceId", "endpointId", "serviceGeneration"],
}
_ERROR = _object(
    {"error": _object({"code": _TEXT, "message": _TEXT, "details": {"type": "object"}}, ["code", "message"])},
    ["error"],
)
_OPTIONS = {
    "Dispatch": _object(
        {"forcedGeneration": {"type": ["string", "null"]}, "dispatchKey": {"type": ["string", "null"]}}, []
    ),
    "Explanations": _object(
        {
            "enabled": {"type": "boolean", "description": "Not available yet: true is refused."},
            "method": {"enum": ["SHAPLEY", "ICE"]},
            "nExplanations": {"type": "integer", "minimum": 1},
            "nMonteCarloSteps": {"type": "integer", "minimum": 25, "maximum": 1000},
        },
        [],
    ),
}
