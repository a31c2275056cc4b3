"""Evaluation documents as a run leaves them, with figures like those of the demo: April to December 2013.

December has no labels yet, so its performance is not computed; the wind gusts of May are too few.
"""

import math
from typing import Any

from wakeline.core.window import Window, parse_window

# month: rows, ROC AUC, accuracy, log loss, F1, domain classifier AUC
MONTHS = {
    "2013-04": (27_587, 0.662, 0.733, 0.581, 0.137, 0.904),
    "2013-05": (28_119, 0.735, 0.798, 0.462, 0.288, 0.981),
    "2013-06": (27_075, 0.718, 0.719, 0.564, 0.272, 0.997),
    "2013-07": (28_280, 0.716, 0.711, 0.579, 0.249, 0.999),
    "2013-08": (28_810, 0.695, 0.770, 0.503, 0.222, 0.998),
    "2013-09": (26_966, 0.666, 0.858, 0.390, 0.158, 0.993),
    "2013-10": (28_635, 0.654, 0.819, 0.441, 0.174, 0.972),
    "2013-11": (26_901, 0.658, 0.823, 0.441, 0.162, 0.871),
    "2013-12": (27_080, 0.706, 0.702, 0.593, 0.228, 0.893),
}
WITHOUT_LABELS = {"2013-12"}
REFERENCE = {"roc_auc": 0.709, "accuracy": 0.784, "log_loss": 0.479, "f1": 0.115}
PERFORMANCE = ("roc_auc", "accuracy", "log_loss", "f1")
# feature: role, importance, PSI of a spring month and of a summer month
FEATURES = {
    "dep_hour": ("numerical", 0.31, 0.002, 0.004),
    "dep_minute": ("numerical", 0.03, 0.006, 0.022),
    "day_of_week": ("numerical", 0.04, 0.055, 0.060),
    "distance": ("numerical", 0.02, 0.005, 0.022),
    "block_minutes": ("numerical", 0.03, 0.013, 0.052),
    "temp": ("numerical", 0.05, 1.985, 8.215),
    "dewp": ("numerical", 0.07, 1.179, 7.947),
    "humid": ("numerical", 0.06, 0.363, 0.843),
    "wind_dir": ("numerical", 0.03, 0.840, 1.037),
    "wind_speed": ("numerical", 0.04, 0.103, 0.278),
    "wind_gust": ("numerical", 0.01, 0.060, 0.404),
    "precip": ("numerical", 0.02, 0.001, 0.004),
    "pressure": ("numerical", 0.08, 1.344, 0.778),
    "visib": ("numerical", 0.03, 0.014, 0.005),
    "plane_age": ("numerical", 0.01, 0.002, 0.010),
    "seats": ("numerical", 0.01, 0.002, 0.013),
    "carrier": ("categorical", 0.12, 0.004, 0.008),
    "origin": ("categorical", 0.02, 0.001, 0.000),
    "dest": ("categorical", 0.02, 0.022, 0.086),
}
PSI_DRIFTED = 0.2
HOSTILE = "<script>alert(1)</script>"


def build_documents() -> list[tuple[Window, dict[str, Any]]]:
    return [(parse_window(month), build_document(month)) for month in MONTHS]


def build_document(month: str) -> dict[str, Any]:
    rows = MONTHS[month][0]
    drift = find_drift(month)
    drifted = [name for name, psi in drift.items() if psi is not None and psi > PSI_DRIFTED]
    share = len(drifted) / len(FEATURES)
    status, sentence = judge(month, drifted)
    labelled = 0 if month in WITHOUT_LABELS else rows - 12
    return {
        "window": str(parse_window(month)),
        "row_count": rows,
        "reference_row_count": 14_492,
        "model": "FLIGHTS.arrival-delay",
        "model_version": "v1",
        "model_version_setting": "active",
        "deployment_id": "FLIGHTS-on-local",
        "status": status,
        "sentence": sentence,
        "readings": [*read_table(month, share), *read_columns({**drift, "prediction": 0.02})],
        "features": [
            {
                "name": name,
                "role": role,
                "importance": importance,
                "status": "WARNING" if name in drifted else "OK",
                "drifted": name in drifted,
            }
            for name, (role, importance, _, _) in FEATURES.items()
        ],
        "distributions": [*build_distributions(drift), describe_answers()],
        "labels": {
            "labelled": labelled,
            "waiting": rows - labelled,
            "unmatched": 2 if month == "2013-06" else 0,
            "unmatched_ids": ["0198a-1", "0198a-2"] if month == "2013-06" else [],
        },
        "settings": {"seed": 2013},
        "fingerprint": "0" * 64,
        "library_versions": {"numpy": "2.0"},
    }


def build_distributions(drift: dict[str, float | None]) -> list[dict[str, Any]]:
    """A bell that moves with the drift, or a few levels of which one is as hostile as a level can be."""
    return [
        describe_numbers(name, drift[name] or 0.0) if role == "numerical" else describe_levels(name)
        for name, (role, *_) in FEATURES.items()
    ]


def describe_numbers(name: str, moved: float) -> dict[str, Any]:
    edges = [float(edge) for edge in range(31)]
    sides = [
        {
            "counts": [round(1000 * math.exp(-(((place - centre) / 5) ** 2))) for place in range(30)],
            "below": 0,
            "above": 3,
            "missing": 12,
            "minimum": 0.5,
            "maximum": 40.0,
            "mean": centre,
            "quantiles": [centre + step for step in (-9.0, -7.0, -3.0, 0.0, 3.0, 7.0, 9.0)],
        }
        for centre in (10.0, 10.0 + min(moved, 8.0))
    ]
    head = {"column": name, "role": "numerical", "is_output": False, "not_computed": None}
    return {**head, "edges": edges, "single": False, "reference": sides[0], "current": sides[1]}


def describe_levels(name: str, *, is_output: bool = False) -> dict[str, Any]:
    return {
        "column": name,
        "role": "categorical",
        "is_output": is_output,
        "not_computed": None,
        "levels": ["UA", HOSTILE, "B6"],
        "rest_levels": 2,
        "unseen": {"levels": 1, "rows": 200},
        "vanished": {"levels": 0, "rows": 0},
        "reference": {"counts": [600, 0, 300], "rest": 100, "missing": 0},
        "current": {"counts": [400, 200, 300], "rest": 100, "missing": 5},
    }


def describe_answers() -> dict[str, Any]:
    return describe_levels("prediction", is_output=True)


def find_drift(month: str) -> dict[str, float | None]:
    summer = 1 - abs(int(month[-2:]) - 7) / 5
    found: dict[str, float | None] = {
        name: spring + (high - spring) * max(summer, 0.0) for name, (_, _, spring, high) in FEATURES.items()
    }
    return {**found, "wind_gust": None} if month == "2013-05" else found


def judge(month: str, drifted: list[str]) -> tuple[str, str]:
    few = ", ".join(drifted[:3])
    share = f"{len(drifted)} of {len(FEATURES)} features drifted ({few}, …)"
    if month in WITHOUT_LABELS:
        return "WARNING", f"{share}; performance is not known without labels."
    auc = MONTHS[month][1]
    if auc < 0.69:
        return "ERROR", f"ROC AUC fell to {auc:.3f} from {REFERENCE['roc_auc']} on the reference; {share}."
    return "WARNING", f"ROC AUC holds at {auc:.3f}; {share}."


def read_table(month: str, share: float) -> list[dict[str, Any]]:
    rows, *values = MONTHS[month]
    found = [
        measure(name, value, margin=0.9 / math.sqrt(rows), reference=REFERENCE[name])
        for name, value in zip(PERFORMANCE, values, strict=False)
    ]
    if month in WITHOUT_LABELS:
        found = [refuse(name, "no ground truth in the window yet") for name in PERFORMANCE]
    return [
        *found,
        measure("domain_classifier_auc", values[-1], margin=0.004),
        measure("drifted_share", share),
    ]


def read_columns(drift: dict[str, float | None]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name, psi in drift.items():
        if psi is None:
            found += [refuse(metric, "too few rows", name) for metric in ("psi", "jensen_shannon")]
        else:
            found += [measure("psi", psi, name), measure("jensen_shannon", 1 - math.exp(-psi), name)]
    return found


def measure(
    metric: str,
    value: float,
    column: str | None = None,
    *,
    margin: float | None = None,
    reference: float | None = None,
) -> dict[str, Any]:
    return {
        "metric": metric,
        "column": column,
        "value": value,
        "lower": None if margin is None else value - margin,
        "upper": None if margin is None else value + margin,
        "p_value": None,
        "resolution": None,
        "reference_value": reference,
        "not_computed": None,
    }


def refuse(metric: str, reason: str, column: str | None = None) -> dict[str, Any]:
    return {**measure(metric, 0.0, column), "value": None, "not_computed": reason}
