"""Answers of the user API as JSON: results, timing and where the answer comes from."""

import msgspec

_ENCODER = msgspec.json.Encoder()


class Result(msgspec.Struct, omit_defaults=True, kw_only=True, rename="camel", gc=False):
    """`probas` by class name, absent for a regression; `prediction_id` only in a `predict-multi`."""

    prediction: str | float
    probas: dict[str, float] | None = None
    prediction_id: str | None = None


class ApiContext(msgspec.Struct, omit_defaults=True, kw_only=True, rename="camel", gc=False):
    service_id: str
    endpoint_id: str
    service_generation: str
    prediction_id: str | None = None
    query_id: str | None = None


class PredictAnswer(msgspec.Struct, kw_only=True, rename="camel", gc=False):
    """`timing` is in µs: `decode`, `score` and `total`, as in the log."""

    result: Result
    timing: dict[str, int]
    api_context: ApiContext


class PredictMultiAnswer(msgspec.Struct, kw_only=True, rename="camel", gc=False):
    results: list[Result]
    timing: dict[str, int]
    api_context: ApiContext


def encode_answer(answer: PredictAnswer | PredictMultiAnswer) -> bytes:
    return _ENCODER.encode(answer)
