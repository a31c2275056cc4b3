"""An audit event as bytes: one JSON object an event in the spool, typed columns in the intake frame.

Only this package knows the JSON of events. Absent fields have their default and cost no bytes.
"""

from typing import Any

import msgspec

EVENT_SCHEMA_VERSION = 1


class Event(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """One prediction, refusal or label as the spool holds it. Times are µs since the epoch, UTC.

    `features` may be given as `msgspec.Raw`: the request's own bytes, embedded untouched.
    `server_timestamp`, `topic`, `routing_key` and `day` are the event server's to add.
    """

    event_schema: int = EVENT_SCHEMA_VERSION
    event_id: str
    event_time: int
    prediction_id: str | None = None
    query_id: str | None = None
    row_index: int | None = None
    msg_type: str | None = None
    project: str | None = None
    deployment_id: str | None = None
    infrastructure_id: str | None = None
    service_id: str | None = None
    endpoint_id: str | None = None
    generation: str | None = None
    arm: str | None = None
    model_id: str | None = None
    model_version: str | None = None
    engine: str | None = None
    node_id: str | None = None
    features: dict[str, Any] | msgspec.Raw | None = None
    raw_features: Any = None
    prediction: float | str | None = None
    probas: dict[str, float] | None = None
    ignored: bool | None = None
    threshold: float | None = None
    override: str | None = None
    explanations: Any = None
    timing: dict[str, int] | None = None
    time_flag: str | None = None
    context: Any = None
    request: Any = None
    response: Any = None
    violations: list[str] | None = None
    client_ip: str | None = None
    api_key_id: str | None = None
    client_id: str | None = None
    trace_id: str | None = None
    sample_rate: float | None = None
    status: int | None = None
    error: str | None = None
    label: str | None = None
    label_key: str | None = None
    label_time: int | None = None


_ENCODER = msgspec.json.Encoder()


def encode_event(event: Event) -> bytes:
    return _ENCODER.encode(event)
