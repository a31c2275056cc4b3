"""How the events fare on their way: the reports of event server, gateway and every shipper, put side by side.

Adds nothing of its own but sums; a part that does not answer is named with the reason, and so is a shipper
whose report is old: its counts are of the time when it wrote them.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from wakeline.core.clock import parse_rfc3339
from wakeline.deployer.keys import ensure_keys
from wakeline.deployer.nodes import LocalNodes, read_shipper_report

_STATUS_SECONDS_MAX = 2.0
_REPORT_AGE_SECONDS_MAX = 10.0
_GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class EventStatus:
    accepted: int | None
    stored: int | None
    spooled: int
    dropped: int | None
    dead_letters: int
    event_server: dict[str, Any] | None
    gateway: dict[str, Any] | None
    shippers: list[dict[str, Any]]
    unavailable: dict[str, str]


def collect_event_status(
    nodes: LocalNodes, deployment_ids: Iterable[str], *, event_server_url: str, gateway_url: str
) -> EventStatus:
    unavailable: dict[str, str] = {}
    headers = {"Authorization": f"Bearer {ensure_keys(nodes.home).intake_key}"}
    event_server = _ask("event-server", event_server_url, headers, unavailable)
    gateway = _ask(_GATEWAY, gateway_url, headers, unavailable)
    shippers = _read_shippers(nodes, deployment_ids, unavailable)
    streams = _list_streams(event_server)
    return EventStatus(
        accepted=None if event_server is None else _sum(streams, "accepted"),
        stored=None if event_server is None else _sum(streams, "stored"),
        spooled=_sum(shippers, "spooled_events"),
        dropped=None if event_server is None else _sum(streams, "dropped"),
        dead_letters=_sum(shippers, "dead_letters"),
        event_server=event_server,
        gateway=gateway,
        shippers=shippers,
        unavailable=unavailable,
    )


def _ask(name: str, url: str, headers: dict[str, str], unavailable: dict[str, str]) -> dict[str, Any] | None:
    try:
        response = httpx.get(
            f"{url}/v1/status", headers=headers, timeout=_STATUS_SECONDS_MAX, trust_env=False
        )
        response.raise_for_status()
        return {"url": url} | msgspec.json.decode(response.content, type=dict[str, Any])
    except (httpx.HTTPError, ValueError) as error:
        unavailable[name] = f"{url} does not answer: {error or type(error).__name__}"
        return None


def _read_shippers(
    nodes: LocalNodes, deployment_ids: Iterable[str], unavailable: dict[str, str]
) -> list[dict[str, Any]]:
    found = []
    reports = {deployment_id: nodes.read_shipper_status(deployment_id) for deployment_id in deployment_ids}
    gateway = read_shipper_report(nodes.home / _GATEWAY)
    for of, report in (reports | ({} if gateway is None else {_GATEWAY: gateway})).items():
        if problem := _doubt(report):
            unavailable[f"shipper of {of}"] = problem
        if report is not None:
            found.append({"of": of} | report)
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


def _list_streams(event_server: dict[str, Any] | None) -> list[dict[str, Any]]:
    streams = (event_server or {}).get("streams", [])
    return list(streams.values()) if isinstance(streams, dict) else list(streams)


def _sum(reports: Sequence[dict[str, Any]], name: str) -> int:
    """Counters are numbers, or numbers by reason."""
    total = 0
    for report in reports:
        value = report.get(name) or 0
        total += sum(value.values()) if isinstance(value, dict) else int(value)
    return total
