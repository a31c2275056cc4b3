"""Payloads of inference servers as rows, one an instance: KServe v1 and the Open Inference Protocol v2.

Values without a name are called `x0`, `x1`, … by their place; of a v2 tensor with several values a row,
`<name>_0`, `<name>_1`, … . What is in neither form makes one row without features.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

_PREDICTION_OUTPUTS = ("predict", "prediction", "predictions", "label", "labels", "class")
_PROBABILITY_OUTPUTS = ("predict_proba", "probabilities", "probas", "proba")
ROWS_MAX = 10_000


@dataclass(slots=True)
class Row:
    """`prediction` None: none that could be told from the answer."""

    features: dict[str, Any] = field(default_factory=dict)
    prediction: Any = None
    probas: dict[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Inference:
    """`unread` says which payload was in no known form; it stands in the event as it came."""

    rows: list[Row]
    model_id: str | None = None
    model_version: str | None = None
    unread: tuple[str, ...] = ()


def read_inference(request: Any, response: Any) -> Inference:
    """Either may be None where it is missing."""
    inputs, answers = _read_request(request), _read_response(response)
    unread = [
        name
        for name, payload, read in (("request", request, inputs), ("response", response, answers))
        if payload is not None and read is None
    ]
    count = max(len(inputs or ()), len(answers or ()), 1)
    if inputs and answers and len(inputs) != len(answers):
        unread.append(f"response has {len(answers)} rows for {len(inputs)} instances")
    rows = [Row() for _ in range(count)]
    for row, features in zip(rows, inputs or (), strict=False):
        row.features = features
    for row, answer in zip(rows, answers or (), strict=False):
        row.prediction, row.probas = answer.prediction, answer.probas
    known = response if isinstance(response, dict) else {}
    return Inference(
        rows, _to_text(known.get("model_name")), _to_text(known.get("model_version")), tuple(unread)
    )


def _read_request(payload: Any) -> list[dict[str, Any]] | None:
    if not isinstance(payload, dict):
        return None
    instances, inputs = payload.get("instances"), payload.get("inputs")
    if isinstance(instances, list) and 1 <= len(instances) <= ROWS_MAX:
        return [_name_values(instance) for instance in instances]
    tensors = _read_tensors(inputs)
    if not tensors:
        return None
    rows: list[dict[str, Any]] = [{} for _ in tensors[0].rows]
    for tensor in tensors:
        for row, values in zip(rows, tensor.rows, strict=True):
            row.update(_name_tensor_values(tensor.name, values))
    return rows


def _name_values(instance: Any) -> dict[str, Any]:
    if isinstance(instance, dict):
        return {str(name): value for name, value in instance.items()}
    values = instance if isinstance(instance, list) else [instance]
    return {f"x{index}": value for index, value in enumerate(values)}


def _read_response(payload: Any) -> list[Row] | None:
    if not isinstance(payload, dict):
        return None
    predictions = payload.get("predictions")
    if isinstance(predictions, list) and 1 <= len(predictions) <= ROWS_MAX:
        return [_read_prediction(entry) for entry in predictions]
    tensors = _read_tensors(payload.get("outputs"))
    return _read_outputs(tensors) if tensors else None


def _read_prediction(entry: Any) -> Row:
    """A v1 prediction may be an object that names its parts."""
    if not isinstance(entry, dict):
        return Row(prediction=_unwrap(entry))
    prediction = next((entry[name] for name in _PREDICTION_OUTPUTS if name in entry), None)
    probas = next((entry[name] for name in _PROBABILITY_OUTPUTS if name in entry), None)
    if prediction is None and probas is None:
        return Row(prediction=entry)
    return Row(prediction=prediction, probas=_read_probabilities(probas))


def _read_outputs(tensors: Sequence["_Tensor"]) -> list[Row]:
    by_name = {tensor.name: tensor for tensor in tensors}
    probabilities = next((by_name[name] for name in _PROBABILITY_OUTPUTS if name in by_name), None)
    others = [tensor for tensor in tensors if tensor is not probabilities]
    predicted = next((by_name[name] for name in _PREDICTION_OUTPUTS if name in by_name), None)
    if predicted is None and others:
        predicted = others[0]
    rows = [Row() for _ in tensors[0].rows]
    for index, row in enumerate(rows):
        if predicted is not None:
            row.prediction = _unwrap(predicted.rows[index])
        if probabilities is not None:
            row.probas = _read_probabilities(probabilities.rows[index])
    return rows


def _unwrap(value: Any) -> Any:
    """A list of one value is that value."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _read_probabilities(found: Any) -> dict[str, float] | None:
    """By class, or by the place of the class."""
    pairs = found.items() if isinstance(found, dict) else enumerate(found if isinstance(found, list) else ())
    probas = {str(name): float(value) for name, value in pairs if _is_number(value)}
    return probas or None


@dataclass(frozen=True, slots=True)
class _Tensor:
    name: str
    rows: list[list[Any]]


def _read_tensors(found: Any) -> list[_Tensor] | None:
    """None unless every tensor has the form of the protocol and all have as many rows."""
    if not isinstance(found, list) or not found:
        return None
    tensors = [_read_tensor(entry) for entry in found]
    known = [tensor for tensor in tensors if tensor is not None]
    if len(known) < len(tensors) or any(len(tensor.rows) != len(known[0].rows) for tensor in known):
        return None
    return known


def _read_tensor(entry: Any) -> _Tensor | None:
    if not isinstance(entry, dict):
        return None
    name, shape, data = entry.get("name"), entry.get("shape"), entry.get("data")
    if not isinstance(name, str) or not isinstance(data, list) or not isinstance(shape, list):
        return None
    if not shape or not all(_is_size(size) for size in shape):
        return None
    values = _flatten(data)
    if len(values) != prod(shape) or not 1 <= shape[0] <= ROWS_MAX:
        return None
    width = len(values) // shape[0]
    return _Tensor(name, [values[start : start + width] for start in range(0, len(values), width)])


def _is_size(size: Any) -> bool:
    return isinstance(size, int) and not isinstance(size, bool) and 0 < size < 2**31


def _flatten(data: list[Any]) -> list[Any]:
    """Level by level: data may be nested as the shape says, or flat."""
    while any(isinstance(value, list) for value in data):
        data = [inner for value in data for inner in (value if isinstance(value, list) else [value])]
    return data


def _name_tensor_values(name: str, values: list[Any]) -> dict[str, Any]:
    if len(values) == 1:
        return {name: values[0]}
    return {f"{name}_{index}": value for index, value in enumerate(values)}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _to_text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
