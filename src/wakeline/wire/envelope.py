"""The two envelopes in which the reference system's nodes log their queries, read as fields of our events.

The log file's has `message`, `timestamp`, `callTime`, `mdc`; its event server's has `clientEvent`,
`serverTimestamp`, `origAddress`. Both come nested, or flat with dotted names. Fields without a place of their
own are kept in `request`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_LOG_FILE, _EVENT_SERVER = "message", "clientEvent"
_FEATURES = ("features", "feature", "postEnrichmentFeatures")
_RESULT = "result"
_PROBA = "proba_"
_DOTTED = {_LOG_FILE: f"{_LOG_FILE}.", _EVENT_SERVER: f"{_EVENT_SERVER}."}
_GROUPS = frozenset({*_FEATURES, _RESULT, "timing", "context", "mdc"})
_TIMES = frozenset({"timestamp", "serverTimestamp", "callTime"})
_ENVELOPE_ONLY = frozenset({"severity", "logger", "topic", "routingKey"})
_OF_THE_PLACE = frozenset({"deploymentId", "endpointId"})
_NAMES = {
    "projectKey": "project",
    "serviceId": "service_id",
    "infraId": "infrastructure_id",
    "infrastructureId": "infrastructure_id",
    "generation": "generation",
    "serviceGeneration": "generation",
    "smId": "model_id",
    "savedModelId": "model_id",
    "modelId": "model_id",
    "smVersion": "model_version",
    "smVersionId": "model_version",
    "savedModelVersion": "model_version",
    "modelVersion": "model_version",
    "msgType": "msg_type",
    "queryId": "query_id",
    "apiKeyId": "api_key_id",
    "clientId": "client_id",
    "clientIP": "client_ip",
    "callerIP": "client_ip",
    "originalIP": "client_ip",
    "origAddress": "node_id",
    "error": "error",
    "status": "status",
}

_RESULT_NAMES = {"prediction": "prediction", "ignored": "ignored", "explanations": "explanations"}


def open_envelope(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """The fields of the event inside; None where the item is no such envelope."""
    for prefix in (_LOG_FILE, _EVENT_SERVER):
        if isinstance(item.get(prefix), dict) or any(name.startswith(_DOTTED[prefix]) for name in item):
            return _read(_unwrap(item, prefix))
    return None


def is_envelope_name(name: str) -> bool:
    """Whether a column of this name belongs to an envelope, whose other columns then do so too."""
    return name in {_LOG_FILE, _EVENT_SERVER} or name.startswith((f"{_LOG_FILE}.", f"{_EVENT_SERVER}."))


def _unwrap(item: Mapping[str, Any], prefix: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Path within the message → value; dotted names are split where a group begins, and nowhere else."""
    for name, value in item.items():
        is_group = name in _GROUPS or not isinstance(value, dict)
        if not is_group and (name == prefix or _GROUPS & value.keys()):
            yield from _unwrap(value, prefix)
        else:
            yield _split(name.removeprefix(f"{prefix}.")), value


def _split(name: str) -> tuple[str, ...]:
    """`features.a.b` → `features`, `a.b`; what stands before the first group is dropped."""
    starts = {f".{name}".find(f".{group}."): group for group in _GROUPS if f".{group}." in f".{name}"}
    if not starts:
        return (name,)
    start = min(starts)
    return starts[start], name[start + len(starts[start]) + 1 :]


def _read(parts: Iterator[tuple[tuple[str, ...], Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    times: dict[str, Any] = {}
    for path, value in parts:
        name = path[0]
        if value is None or name in _ENVELOPE_ONLY:
            continue
        if name in _GROUPS:
            _read_group(fields, rest, path, value)
        elif name in _TIMES:
            times[name] = value
        elif name in _NAMES:
            fields.setdefault(_NAMES[name], _to_text(_NAMES[name], value))
        elif name not in _OF_THE_PLACE:
            rest[name] = value
    _read_times(fields, times)
    if "timing" in fields:
        fields["timing"] = _read_timing(fields["timing"], rest)
    return fields | ({"request": rest} if rest else {})


def _read_group(fields: dict[str, Any], rest: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    name = path[0]
    if name in _FEATURES:
        _add(fields, "features", path, value)
    elif name == _RESULT:
        for inner, entry in _open(path, value).items():
            _read_result(fields, rest, inner, entry)
    elif name == "mdc":
        rest.setdefault("mdc", {}).update(_open(path, value))
    else:
        _add(fields, name, path, value)


def _open(path: tuple[str, ...], value: Any) -> Mapping[str, Any]:
    if len(path) > 1:
        return {path[1]: value}
    return value if isinstance(value, dict) else {"": value}


def _add(fields: dict[str, Any], group: str, path: tuple[str, ...], value: Any) -> None:
    if len(path) == 1 and not isinstance(value, dict):
        fields.setdefault(group, value)
        return
    known = fields.get(group)
    fields[group] = (known if isinstance(known, dict) else {}) | dict(_open(path, value))


def _read_result(fields: dict[str, Any], rest: dict[str, Any], name: str, value: Any) -> None:
    """`proba_<class>` flat, or `probas` nested."""
    if value is None:
        return
    if name.startswith(_PROBA):
        fields.setdefault("probas", {})[name.removeprefix(_PROBA)] = value
    elif name.startswith("probas."):
        fields.setdefault("probas", {})[name.removeprefix("probas.")] = value
    elif name == "probas" and isinstance(value, dict):
        fields["probas"] = fields.get("probas", {}) | value
    elif name in _RESULT_NAMES:
        fields[_RESULT_NAMES[name]] = value
    else:
        rest.setdefault(_RESULT, {})[name] = value


def _read_times(fields: dict[str, Any], times: Mapping[str, Any]) -> None:
    """The node's own time where there is one; `callTime` is in ms."""
    moment = times.get("timestamp", times.get("serverTimestamp"))
    if moment is not None:
        fields["event_time"] = moment
    took = times.get("callTime")
    if isinstance(took, int | float) and not isinstance(took, bool):
        fields["timing"] = fields.get("timing", {}) | {"call": round(took * 1000)}


def _read_timing(found: Any, rest: dict[str, Any]) -> dict[str, int]:
    """Their stages are whole µs or fractions; what is no number is kept beside them."""
    timing: dict[str, int] = {}
    for name, value in found.items() if isinstance(found, dict) else ():
        if isinstance(value, int | float) and not isinstance(value, bool):
            timing[name] = round(value)
        else:
            rest.setdefault("timing", {})[name] = value
    return timing


def _to_text(name: str, value: Any) -> Any:
    """Identifiers that they write as numbers are texts here."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number and name != "status" else value
