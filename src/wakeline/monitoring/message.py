"""What an alert says: the status before and now, the sentence, the checks that are breached, the three
features that matter, and where to look. A document of plain JSON; `text` holds all of it for people.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from wakeline.core.status import BADNESS, Status
from wakeline.core.window import Window, describe_window, parse_window
from wakeline.metadata.queries.evaluations import EvaluationRow
from wakeline.metadata.tables.alerting import CheckResult

FEATURES_MAX = 3
CHANGE, RECOVERY, TEST = "change", "recovery", "test"

Document = dict[str, Any]


def build_message(
    row: EvaluationRow,
    breached: Sequence[tuple[str, CheckResult]],
    *,
    event: str,
    before: Status | None,
    now: Status,
) -> Document:
    """`breached`: name and result of each check that is at WARNING or ERROR."""
    series, revision = row.evaluation, row.revision
    message: Document = {
        "event": event,
        "project": series.project,
        "store": series.store,
        "status": now.value,
        "previous_status": before.value if before else None,
        "evaluation_id": series.id,
        "revision": revision.revision,
        "window": str(Window(series.window_start, series.window_end)),
        "sentence": revision.sentence,
        "features": rank_features(revision.document),
        "checks": [
            {"name": name, "outcome": result.outcome, "rule": result.rule, "sentence": result.sentence}
            for name, result in breached
        ],
        "path": f"/evaluations/{series.id}",
    }
    return message


def build_test_message(project: str, store: str, status: Status | None) -> Document:
    """With the status of the moment, None before the first evaluation: a test is no all-clear."""
    return {
        "event": TEST,
        "project": project,
        "store": store,
        "status": None if status is None else status.value,
        "previous_status": None,
        "evaluation_id": None,
        "revision": None,
        "window": None,
        "sentence": "This is a test: alerts of this store arrive here.",
        "features": [],
        "checks": [],
        "path": f"/projects/{project}/stores/{quote(store, safe='')}",
    }


def finish_message(message: Document, base_url: str) -> Document:
    """As it is sent: with its link and the text."""
    link = base_url.rstrip("/") + str(message["path"])
    fields = {name: value for name, value in message.items() if name != "path"}
    return {"text": render_text(message, link), **fields, "link": link}


def render_subject(message: Document) -> str:
    place = f"{message['project']} / {message['store']}"
    if message["event"] == TEST:
        return f"Wakeline: test of {place}"
    if message["event"] == RECOVERY:
        return f"Wakeline: {place} has recovered"
    return f"Wakeline: {place} is {message['status']}"


def render_text(message: Document, link: str) -> str:
    before = f" (was {message['previous_status']})" if message["previous_status"] else ""
    lines = [f"{render_subject(message)}{before if message['event'] != TEST else ''}"]
    window = f"{describe_window(parse_window(message['window']))}: " if message["window"] else ""
    lines.append(f"{window}{message['sentence']}")
    lines += [f"{check['outcome']} {check['name']}: {check['sentence']}" for check in message["checks"]]
    if message["features"]:
        named = ", ".join(_describe_feature(feature) for feature in message["features"])
        lines.append(f"Features that matter: {named}")
    return "\n".join([*lines, link])


def rank_features(document: Document) -> list[Document]:
    """By drift × importance; where the model knows no importance, by drift alone."""
    psi = {
        reading["column"]: reading["value"]
        for reading in document["readings"]
        if reading["metric"] == "psi" and reading["value"] is not None
    }
    known = any(feature["importance"] is not None for feature in document["features"])
    ranked = [
        {
            "name": feature["name"],
            "status": feature["status"],
            "psi": psi[feature["name"]],
            "importance": feature["importance"],
            "score": psi[feature["name"]] * (max(feature["importance"] or 0.0, 0.0) if known else 1.0),
        }
        for feature in document["features"]
        if feature["name"] in psi
    ]
    ranked.sort(key=lambda entry: (-entry["score"], -entry["psi"], entry["name"]))
    return ranked[:FEATURES_MAX]


def is_breached(result: CheckResult) -> bool:
    return BADNESS[Status(result.outcome)] > BADNESS[Status.OK]


def _describe_feature(feature: Document) -> str:
    importance = feature["importance"]
    weight = "" if importance is None else f", importance {importance:.2f}"
    return f"{feature['name']} (PSI {feature['psi']:.2f}{weight})"
