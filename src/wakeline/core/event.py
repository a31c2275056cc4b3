"""What an audit event is made of: topics, arms, streams, and the literal list of columns.

The order here is the order of the columns in the log. `features.*` and `proba.*` follow `error`; their
physical names are `loglake`'s affair.
"""

from dataclasses import dataclass
from enum import StrEnum


class Topic(StrEnum):
    QUERY = "api-node-query"
    AUTH = "api-node-auth"
    ADMIN = "api-node-admin"
    GROUND_TRUTH = "ground-truth"


PREDICTION_MESSAGE = "prediction-query"
"""The `msg_type` of a query to a prediction endpoint, whoever logs it."""


class Arm(StrEnum):
    """`primary` answered the caller; `shadow` scored a copy."""

    PRIMARY = "primary"
    SHADOW = "shadow"


class TimeFlag(StrEnum):
    """Why `day` may not be the date of the node's clock."""

    CLIENT = "client"
    """The caller gave `event_time`, as the deployment allows."""
    SKEWED = "skewed"
    """`event_time` was too far from the event server's clock: `day` is the date of `server_timestamp`."""


class Durability(StrEnum):
    """What an answered query survives: nothing for 50 ms, a killed process, or a power loss."""

    BUFFERED = "buffered"
    WRITTEN = "written"
    FSYNC = "fsync"


class WhenFull(StrEnum):
    DROP_OLDEST = "drop_oldest"
    DROP_NEWEST = "drop_newest"
    REFUSE = "refuse"


class DropReason(StrEnum):
    SPOOL_FULL = "spool_full"
    DEAD_LETTER = "dead_letter"
    REJECTED = "rejected"
    LOST = "lost"
    """The spool file was damaged, or its disk failed."""


class ColumnKind(StrEnum):
    STRING = "string"
    TIMESTAMP = "timestamp"
    LONG = "long"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    JSON = "json"
    """A JSON text, stored as a string."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Topic, routing key and endpoint: the unit of order, and one log table."""

    topic: str
    routing_key: str
    endpoint: str

    def __str__(self) -> str:
        return f"{self.topic}/{self.routing_key}/{self.endpoint}"


@dataclass(frozen=True, slots=True)
class DroppedRange:
    """Offsets `first`..`last`, both included, that will never be sent."""

    first: int
    last: int
    reason: str


@dataclass(frozen=True, slots=True)
class EventColumn:
    name: str
    kind: ColumnKind


def _columns(kind: ColumnKind, *names: str) -> tuple[EventColumn, ...]:
    return tuple(EventColumn(name, kind) for name in names)


METADATA_COLUMNS: tuple[EventColumn, ...] = (
    *_columns(ColumnKind.LONG, "event_schema"),
    *_columns(ColumnKind.STRING, "event_id", "prediction_id", "query_id"),
    *_columns(ColumnKind.LONG, "row_index"),
    *_columns(ColumnKind.TIMESTAMP, "event_time", "server_timestamp"),
    *_columns(
        ColumnKind.STRING,
        "topic",
        "msg_type",
        "routing_key",
        "project",
        "deployment_id",
        "infrastructure_id",
        "service_id",
        "endpoint_id",
        "generation",
        "arm",
        "model_id",
        "model_version",
        "engine",
        "node_id",
    ),
    *_columns(ColumnKind.BOOLEAN, "ignored"),
    *_columns(ColumnKind.DOUBLE, "threshold"),
    *_columns(ColumnKind.STRING, "override", "time_flag"),
    *_columns(
        ColumnKind.JSON, "raw_features", "explanations", "context", "request", "response", "violations"
    ),
    *_columns(ColumnKind.STRING, "client_ip", "api_key_id", "client_id", "trace_id"),
    *_columns(ColumnKind.DOUBLE, "sample_rate"),
    *_columns(ColumnKind.LONG, "status"),
    *_columns(ColumnKind.STRING, "error"),
    *_columns(ColumnKind.STRING, "label", "label_key"),
    *_columns(ColumnKind.TIMESTAMP, "label_time"),
)
"""Beside these a row has `day` (the partition), `prediction` (double or string), `features.*`, `proba.*` and
`timing.*`. `label*` stand in `ground-truth` tables only."""

DAY_COLUMN = "day"
PREDICTION_COLUMN = "prediction"
FEATURE_PREFIX = "features."
PROBA_PREFIX = "proba."
TIMING_PREFIX = "timing."


def class_name(value: object) -> str:
    """The text of a class label, the same for a model's classes, its answers and the labels that arrive.

    `True` → `true`, `1` and `1.0` → `1`, any text → itself.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)
