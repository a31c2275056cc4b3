"""The intake frame: events of one stream as an Arrow IPC stream (lz4), between shipper and event server.

The header stands in the schema's metadata. Rows bear their `offset`; features, probabilities and timings
are flat columns under their original names (`features.<name>`), a value that does not fit its column stands
as JSON text in `features_text.<name>` (or `prediction_text`). Nothing here knows how a table names columns.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from wakeline.core.errors import InvalidInputError, TooLargeError, UnavailableError
from wakeline.core.event import (
    FEATURE_PREFIX,
    METADATA_COLUMNS,
    PREDICTION_COLUMN,
    PROBA_PREFIX,
    TIMING_PREFIX,
    ColumnKind,
    DroppedRange,
    Stream,
)
from wakeline.core.limits import INTAKE_BATCH_EVENTS_MAX, INTAKE_BODY_BYTES_MAX, INTAKE_HEADER_BYTES_MAX
from wakeline.wire.frame_size import sum_declared_bytes

FRAME_VERSION = 1
OFFSET_COLUMN = "offset"
FEATURE_TEXT_PREFIX = "features_text."
PREDICTION_TEXT_COLUMN = "prediction_text"
INTEGER_EXACT_MAX = 2**53

_HEADER_KEY = b"wakeline.frame"
_ARROW_TYPES: dict[ColumnKind, pa.DataType] = {
    ColumnKind.STRING: pa.string(),
    ColumnKind.JSON: pa.string(),
    ColumnKind.TIMESTAMP: pa.timestamp("us", tz="UTC"),
    ColumnKind.LONG: pa.int64(),
    ColumnKind.DOUBLE: pa.float64(),
    ColumnKind.BOOLEAN: pa.bool_(),
}
_CUT_SILENTLY: dict[pa.DataType, type] = {
    pa.int64(): float,
    pa.timestamp("us", tz="UTC"): float,
    pa.float64(): bool,
}
_SERVER_COLUMNS = frozenset({"server_timestamp", "topic", "routing_key"})
_JSON_ENCODER = msgspec.json.Encoder()


class FrameHeader(msgspec.Struct, frozen=True, kw_only=True):
    """`first`..`last` are the offsets that the frame settles: each has a row or lies in `dropped`.

    `rules_version` is the version of the destination rules under which the shipper made the batch (0: none
    known yet). `acknowledged` is the last offset that the producer knows to be stored: a table that has less
    has lost its state and says `unknown`. `replaces` then names, under a new id, every former one that was
    not acknowledged as replaced.
    """

    frame_version: int = FRAME_VERSION
    producer: str
    topic: str
    routing_key: str
    endpoint: str
    first: int
    last: int
    dropped: list[tuple[int, int, str]] = []
    rules_version: int = 0
    acknowledged: int = 0
    replaces: list[str] = []

    @property
    def stream(self) -> Stream:
        return Stream(self.topic, self.routing_key, self.endpoint)

    @property
    def dropped_ranges(self) -> list[DroppedRange]:
        return [DroppedRange(*entry) for entry in self.dropped]


class _Version(msgspec.Struct, frozen=True):
    """What headers of all versions share."""

    frame_version: int = FRAME_VERSION


class UnknownFrameVersionError(UnavailableError):
    """A frame of a newer (or older) client: a server that knows it may take it later."""

    code = "frame-version"


class BrokenEventError(InvalidInputError):
    """The payload at `offset` is not an event; it can only be dead-lettered."""

    code = "broken-event"

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(f"the event at offset {offset} is broken: {message}")
        self.offset = offset


def arrow_type(kind: ColumnKind) -> pa.DataType:
    """The Arrow type of a metadata column, in frames and in tables."""
    return _ARROW_TYPES[kind]


def encode_frame(header: FrameHeader, events: Sequence[tuple[int, bytes]]) -> bytes:
    """Packs (offset, JSON event) pairs, ascending; raises `BrokenEventError` at the first that cannot be."""
    rows = [_decode_event(offset, payload) for offset, payload in events]
    offsets = [offset for offset, _ in events]
    columns: dict[str, pa.Array] = {OFFSET_COLUMN: pa.array(offsets, pa.int64())}
    columns.update(_build_metadata_columns(rows, offsets))
    columns.update(_build_value_columns(PREDICTION_COLUMN, PREDICTION_TEXT_COLUMN, rows))
    features = [row.get("features") or {} for row in rows]
    for name in _collect_names(features):
        columns.update(
            _build_value_columns(FEATURE_PREFIX + name, FEATURE_TEXT_PREFIX + name, features, name)
        )
    probas = [row.get("probas") or {} for row in rows]
    columns.update(_build_number_columns(PROBA_PREFIX, probas, pa.float64(), offsets))
    timings = [row.get("timing") or {} for row in rows]
    columns.update(_build_number_columns(TIMING_PREFIX, timings, pa.int64(), offsets))
    table = pa.table(columns).replace_schema_metadata({_HEADER_KEY: _JSON_ENCODER.encode(header)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(table)
    frame: bytes = sink.getvalue().to_pybytes()
    return frame


def decode_frame(body: bytes) -> tuple[FrameHeader, pa.Table]:
    """The inverse of `encode_frame`; raises `InvalidInputError` for anything that is not a frame.

    Raises `UnknownFrameVersionError` for a frame of a version that is not known here, `TooLargeError` for one
    that would take too much memory, before it does.
    """
    try:
        _check_size("decoded", sum_declared_bytes(body), INTAKE_BODY_BYTES_MAX)
        reader = pa.ipc.open_stream(body)
        written = (reader.schema.metadata or {})[_HEADER_KEY]
        _check_size("in its header", len(written), INTAKE_HEADER_BYTES_MAX)
        _check_version(msgspec.json.decode(written, type=_Version).frame_version)
        header = msgspec.json.decode(written, type=FrameHeader)
        table = reader.read_all()
        if table.num_rows > INTAKE_BATCH_EVENTS_MAX:
            raise TooLargeError(
                f"the batch has {table.num_rows} rows; expected at most {INTAKE_BATCH_EVENTS_MAX}; halve it"
            )
        table.validate(full=True)
    except (pa.ArrowException, KeyError, OSError, ValueError, msgspec.MsgspecError) as error:
        raise InvalidInputError(f"the body is not an intake frame: {error}") from error
    if table.schema.names[:1] != [OFFSET_COLUMN] or table.schema.types[0] != pa.int64():
        raise InvalidInputError(f"the frame's first column is not {OFFSET_COLUMN!r} of type int64")
    return header, table


def _check_size(where: str, size: int, limit: int) -> None:
    if size > limit:
        raise TooLargeError(f"the batch has {size} bytes {where}; expected at most {limit}; halve it")


def _check_version(version: int) -> None:
    if version != FRAME_VERSION:
        raise UnknownFrameVersionError(f"frame version {version} is not known; expected {FRAME_VERSION}")


def _decode_event(offset: int, payload: bytes) -> dict[str, Any]:
    try:
        event = msgspec.json.decode(payload)
    except (ValueError, RecursionError) as error:
        raise BrokenEventError(offset, str(error)) from error
    if not isinstance(event, dict):
        raise BrokenEventError(offset, f"found {type(event).__name__}, expected an object")
    for name in ("event_id", "event_time"):
        if name not in event:
            raise BrokenEventError(offset, f"{name} is missing")
    for name in ("features", "probas", "timing"):
        if not isinstance(event.get(name, None), dict | None):
            raise BrokenEventError(offset, f"{name} is not an object")
    return event


def _build_metadata_columns(rows: list[dict[str, Any]], offsets: list[int]) -> dict[str, pa.Array]:
    columns: dict[str, pa.Array] = {}
    for column in METADATA_COLUMNS:
        values = [row.get(column.name) for row in rows]
        if column.name in _SERVER_COLUMNS or all(value is None for value in values):
            continue
        if column.kind is ColumnKind.JSON:
            values = [None if value is None else _to_json(value) for value in values]
        columns[column.name] = _build_column(column.name, values, arrow_type(column.kind), offsets)
    return columns


def _build_column(name: str, values: list[Any], type_: pa.DataType, offsets: list[int]) -> pa.Array:
    """Refuses what Arrow would cut without a word: fractions in integer columns, booleans among doubles."""
    cut = _CUT_SILENTLY.get(type_)
    for value, offset in zip(values, offsets, strict=True) if cut else ():
        if type(value) is cut:
            raise BrokenEventError(offset, f"{name}: found {value!r}, expected {type_}")
    try:
        return pa.array(values, type_)
    except (pa.ArrowException, OverflowError) as error:
        raise BrokenEventError(_find_misfit(values, offsets, type_), f"{name}: {error}") from error


def _find_misfit(values: list[Any], offsets: list[int], type_: pa.DataType) -> int:
    for value, offset in zip(values, offsets, strict=True):
        try:
            pa.array([value], type_)
        except (pa.ArrowException, OverflowError):
            return offset
    return offsets[0]


def _collect_names(objects: Iterable[dict[str, Any]]) -> list[str]:
    names: dict[str, None] = {}
    for entry in objects:
        names.update(dict.fromkeys(entry))
    return list(names)


def _build_value_columns(
    name: str, text_name: str, objects: list[dict[str, Any]], key: str | None = None
) -> dict[str, pa.Array]:
    """One typed column (double, boolean or string: the first value's type), and one for what does not fit."""
    values = [entry.get(name if key is None else key) for entry in objects]
    kind = next((found for value in values if (found := _classify(value)) is not None), None)
    if kind is None:
        texts = [None if value is None else _to_json(value) for value in values]
        return {} if all(text is None for text in texts) else {text_name: pa.array(texts, pa.string())}
    fitting = [value if _classify(value) is kind else None for value in values]
    columns = {name: pa.array([_widen(value) for value in fitting], kind)}
    if any(value is not None and fit is None for value, fit in zip(values, fitting, strict=True)):
        misfits = [
            _to_json(value) if value is not None and fit is None else None
            for value, fit in zip(values, fitting, strict=True)
        ]
        columns[text_name] = pa.array(misfits, pa.string())
    return columns


_DOUBLE, _BOOLEAN, _STRING = pa.float64(), pa.bool_(), pa.string()


def _classify(value: object) -> pa.DataType | None:
    """The column type that holds the value without loss, or None (null, nested, a huge integer)."""
    match value:
        case bool():
            return _BOOLEAN
        case int():
            return _DOUBLE if abs(value) <= INTEGER_EXACT_MAX else None
        case float():
            return _DOUBLE
        case str():
            return _STRING
        case _:
            return None


def _widen(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _build_number_columns(
    prefix: str, objects: list[dict[str, Any]], type_: pa.DataType, offsets: list[int]
) -> dict[str, pa.Array]:
    return {
        prefix + name: _build_column(prefix + name, [entry.get(name) for entry in objects], type_, offsets)
        for name in _collect_names(objects)
    }


def _to_json(value: Any) -> str:
    return _JSON_ENCODER.encode(value).decode()
