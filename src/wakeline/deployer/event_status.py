"""How the events fare on their way: what the spools of this home hold, and what each part reports.

Accepted, stored, spooled, dropped and dead letters come from the spool files, which outlive every process:
whenever nothing is in flight, accepted = stored + spooled + dropped + dead letters. Stored are events whose
commit was acknowledged. Beside them stand the event server's counters since its start.
"""

import shutil
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

from wakeline.core.clock import parse_rfc3339
from wakeline.core.errors import WakelineError
from wakeline.core.event import Stream
from wakeline.deployer.keys import ensure_keys
from wakeline.deployer.layout import locate_node
from wakeline.deployer.nodes import SPOOL_FOLDER, LocalNodes, read_shipper_report
from wakeline.spool.inventory import Inventory, StreamAccount, take_inventory

_STATUS_SECONDS_MAX = 2.0
_REPORT_AGE_SECONDS_MAX = 10.0
_GATEWAY = "gateway"
_FREE_BYTES_MIN = 256_000_000


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """`accepted` to `oldest_age_s` since the spools exist, the rest since the event server's start.

    `here` is false for a stream that this home's spools have never held: it comes from elsewhere, and
    `accepted` and `stored` are the event server's own.
    """

    stream: str
    topic: str
    routing_key: str
    endpoint: str
    here: bool
    accepted: int
    stored: int
    spooled: int
    dropped: dict[str, int]
    dead_letters: int
    oldest_age_s: float | None
    duplicate: int
    gaps: int
    lag_s: float | None
    last_commit: str | None
    last_error: str | None
    destinations: list[str]
    has_destination: bool


@dataclass(frozen=True, slots=True)
class EventStatus:
    """Totals are of this home's spools."""

    accepted: int
    stored: int
    spooled: int
    dropped: int
    dropped_by_reason: dict[str, int]
    dead_letters: int
    streams: list[StreamStatus]
    warnings: list[str]
    event_server: dict[str, Any] | None
    gateway: dict[str, Any] | None
    shippers: list[dict[str, Any]]
    unavailable: dict[str, str]


def collect_event_status(
    nodes: LocalNodes, deployment_ids: Iterable[str], *, event_server_url: str, gateway_url: str
) -> EventStatus:
    unavailable: dict[str, str] = {}
    headers = {"Authorization": f"Bearer {ensure_keys(nodes.home).intake_key}"}
    event_server = _ask("event-server", event_server_url, headers, unavailable, nodes.ca_file)
    gateway = _ask(_GATEWAY, gateway_url, headers, unavailable)
    folders = {id_: locate_node(nodes.home, id_) for id_ in deployment_ids} | {
        _GATEWAY: nodes.home / _GATEWAY
    }
    inventory = _take_inventories(folders, unavailable)
    shippers = _read_shippers(folders, unavailable)
    accounts = inventory.streams.values()
    dropped: dict[str, int] = {}
    for account in accounts:
        for reason, events in account.dropped.items():
            dropped[reason] = dropped.get(reason, 0) + events
    return EventStatus(
        accepted=sum(account.appended for account in accounts),
        stored=sum(account.shipped for account in accounts),
        spooled=sum(account.spooled for account in accounts),
        dropped=sum(dropped.values()),
        dropped_by_reason=dropped,
        dead_letters=sum(account.dead_letters for account in accounts),
        streams=_list_streams(inventory, event_server or {}),
        warnings=_list_warnings(event_server or {}, nodes.home),
        event_server=event_server,
        gateway=gateway,
        shippers=shippers,
        unavailable=unavailable,
    )


def _ask(
    name: str,
    url: str,
    headers: dict[str, str],
    unavailable: dict[str, str],
    ca_file: str | None = None,
) -> dict[str, Any] | None:
    try:
        verify = True if ca_file is None else ssl.create_default_context(cafile=ca_file)
        response = httpx.get(
            f"{url}/v1/status",
            headers=headers,
            timeout=_STATUS_SECONDS_MAX,
            trust_env=False,
            verify=verify,
        )
        response.raise_for_status()
        return {"url": url} | msgspec.json.decode(response.content, type=dict[str, Any])
    except (httpx.HTTPError, ValueError, OSError) as error:
        unavailable[name] = f"{url} does not answer: {error or type(error).__name__}"
        return None


def _take_inventories(folders: dict[str, Path], unavailable: dict[str, str]) -> Inventory:
    inventory = Inventory()
    for name, folder in folders.items():
        try:
            take_inventory(folder / SPOOL_FOLDER, inventory)
        except WakelineError as error:
            unavailable[f"spool of {name}"] = error.message
    unavailable.update({f"spool file {path}": reason for path, reason in inventory.unread.items()})
    return inventory


def _read_shippers(folders: dict[str, Path], unavailable: dict[str, str]) -> list[dict[str, Any]]:
    found = []
    for name, folder in folders.items():
        report = read_shipper_report(folder)
        if report is None and name == _GATEWAY:
            continue
        if problem := _doubt(report):
            unavailable[f"shipper of {name}"] = problem
        if report is not None:
            found.append({"of": name} | report)
    return found


def _doubt(report: dict[str, Any] | None) -> str | None:
    if report is None:
        return "it has not reported yet"
    age = time.time() - parse_rfc3339(report["updated_at"]) / 1e6
    if age > _REPORT_AGE_SECONDS_MAX:
        return f"its last report is {age:.0f} s old; expected one each second"
    if unread := report.get("unread_files", 0):
        return f"{unread} spool file(s) could not be read yet; their events are in no count"
    return None


def _list_streams(inventory: Inventory, event_server: dict[str, Any]) -> list[StreamStatus]:
    intakes: dict[Stream, list[dict[str, Any]]] = {}
    for entry in event_server.get("streams", []):
        stream = Stream(entry["topic"], entry["routing_key"], entry["endpoint"])
        intakes.setdefault(stream, []).append(entry)
    homeless = {entry["stream"] for entry in event_server.get("no_destination", [])}
    known = sorted({*inventory.streams, *intakes}, key=str)
    return [
        _describe(stream, inventory.streams.get(stream), intakes.get(stream, []), str(stream) in homeless)
        for stream in known
    ]


def _describe(
    stream: Stream, account: StreamAccount | None, intakes: list[dict[str, Any]], is_homeless: bool
) -> StreamStatus:
    """Of several destinations the one that has stored least tells what is stored."""
    if account is None:
        found = {name: min(int(entry[name]) for entry in intakes) for name in ("accepted", "stored")}
        return _build(stream, StreamAccount(), intakes, is_homeless, here=False, **found)
    return _build(
        stream, account, intakes, is_homeless, here=True, accepted=account.appended, stored=account.shipped
    )


def _build(
    stream: Stream,
    account: StreamAccount,
    intakes: list[dict[str, Any]],
    is_homeless: bool,
    *,
    here: bool,
    accepted: int,
    stored: int,
) -> StreamStatus:
    oldest = account.oldest_at_us
    lags = [entry["lag_s"] for entry in intakes if entry.get("lag_s") is not None]
    return StreamStatus(
        stream=str(stream),
        topic=stream.topic,
        routing_key=stream.routing_key,
        endpoint=stream.endpoint,
        here=here,
        accepted=accepted,
        stored=stored,
        spooled=account.spooled,
        dropped=account.dropped,
        dead_letters=account.dead_letters,
        oldest_age_s=None if oldest is None else max(0.0, time.time() - oldest / 1e6),
        duplicate=sum(int(entry["duplicate"]) for entry in intakes),
        gaps=sum(int(entry["gaps"]) for entry in intakes),
        lag_s=max(lags, default=None),
        last_commit=max((entry["last_commit"] for entry in intakes if entry["last_commit"]), default=None),
        last_error=next((entry["last_error"] for entry in intakes if entry["last_error"]), None),
        destinations=[entry["destination"] for entry in intakes],
        has_destination=not is_homeless,
    )


def _list_warnings(event_server: dict[str, Any], home: Path) -> list[str]:
    warnings = [
        f"no destination takes {entry['stream']}; its events wait since {entry['since']} until one does"
        for entry in event_server.get("no_destination", [])
    ]
    full = [entry["last_error"] for entry in event_server.get("streams", []) if entry.get("is_disk_full")]
    warnings += dict.fromkeys(full)
    free = shutil.disk_usage(home).free
    if free < _FREE_BYTES_MIN:
        warnings.append(
            f"the disk that holds {home} has {free // 1_000_000} MB left: spools, metadata and the log stop "
            "when it is full; free some space there"
        )
    return warnings
