"""What the demo reports: the object of `--json`, and the rows that people read."""

from typing import Any

from wakeline.demo.story import ENDPOINT, Outcome

NO_REFERENCE = "compares a window with the reference; the reference alone has none"


def build_summary(outcome: Outcome, url: str) -> dict[str, Any]:
    """The object of `wakeline demo --json`."""
    return {
        "deployment_id": outcome.deployment_id,
        "endpoint": ENDPOINT,
        "predictions_sent": outcome.predictions_sent,
        "events_in_log": outcome.events_in_log,
        "log_path": str(outcome.log_path),
        "evaluations": [_summarise(document) for document in outcome.evaluations],
        "reference": _summarise_reference(outcome.evaluations[-1]),
        "url": url,
    }


def build_rows(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """A row a month, as the terminal shows them."""
    rows = []
    for entry in summary["evaluations"]:
        readings = entry["readings"]
        interval = entry["intervals"].get("roc_auc")
        rows.append(
            {
                "window": entry["window"].partition("/")[0][:7],
                "rows": entry["row_count"],
                "status": entry["status"],
                "roc_auc": f"{readings['roc_auc']:.3f} ({interval[0]:.3f}–{interval[1]:.3f})"
                if interval
                else None,
                "accuracy": readings.get("accuracy"),
                "log_loss": readings.get("log_loss"),
                "domain_classifier_auc": readings.get("domain_classifier_auc"),
                "drifted_share": readings.get("drifted_share"),
            }
        )
    return rows


def _summarise(document: dict[str, Any]) -> dict[str, Any]:
    table = [entry for entry in document["readings"] if entry["column"] is None]
    return {
        "id": document["id"],
        "window": document["window"],
        "row_count": document["row_count"],
        "status": document["status"],
        "sentence": document["sentence"],
        "readings": {entry["metric"]: entry["value"] for entry in table if entry["value"] is not None},
        "intervals": {
            entry["metric"]: [entry["lower"], entry["upper"]] for entry in table if entry["lower"] is not None
        },
        "not_computed": {
            ".".join(part for part in (entry["metric"], entry["column"]) if part): entry["not_computed"]
            for entry in document["readings"]
            if entry["not_computed"] is not None
        },
    }


def _summarise_reference(document: dict[str, Any]) -> dict[str, Any]:
    table = [entry for entry in document["readings"] if entry["column"] is None]
    known = {entry["metric"]: entry for entry in table if entry["reference_value"] is not None}
    return {
        "row_count": document["reference_row_count"],
        "readings": {metric: entry["reference_value"] for metric, entry in known.items()},
        "intervals": {
            metric: [entry["reference_lower"], entry["reference_upper"]]
            for metric, entry in known.items()
            if entry.get("reference_lower") is not None
        },
        "not_computed": {entry["metric"]: NO_REFERENCE for entry in table if entry["metric"] not in known},
    }
