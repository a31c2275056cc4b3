"""An evaluation as one HTML file that stands alone: no script, no request, charts as inline SVG.

Takes the document as it is stored and as REST answers it, so that what is mailed says what the page says.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wakeline.core.status import Status, find_worst
from wakeline.report.charts import draw_distribution, draw_intervals, list_notes
from wakeline.report.markup import Content, Markup, element, join
from wakeline.report.numbers import (
    describe_window,
    format_count,
    format_interval,
    format_measured,
    format_share,
    format_value,
    name_metric,
)
from wakeline.report.settings import list_settings

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
_PERFORMANCE = (
    "roc_auc",
    "roc_auc_ovr",
    "accuracy",
    "precision",
    "recall",
    "f1",
    "f1_macro",
    "log_loss",
    "mae",
    "rmse",
    "r2",
)
_OF_COLUMNS = {
    "psi": "PSI",
    "ks": "KS",
    "chi_square": "χ²",
    "jensen_shannon": "Jensen–Shannon",
    "wasserstein_normalised": "Wasserstein in sd",
}
_QUANTILES_SHOWN = {"5 %": 1, "median": 3, "95 %": 5}
"""Places in the quantiles that a distribution keeps."""

_MEANINGS = {"domain_classifier_auc": "0.5: cannot tell it from the reference"}
_PROBA = "proba."
_FEATURES_DRAWN_MAX = 120
"""So that the file can be mailed whatever the model."""

_STYLE = Path(__file__).with_name("page.css")

Document = Mapping[str, Any]


def render_evaluation(document: Document, checks: Sequence[Document] = ()) -> str:
    """`document` as `GET /evaluations/{id}` answers it, `checks` as `…/checks` lists them."""
    title = f"{describe_window(document['window'])} · {document['store']}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width,initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{title} · Wakeline"),
        element("style", Markup(_STYLE.read_text(encoding="utf-8"))),
    )
    sections = (
        _render_head(document, checks),
        _render_tiles(document),
        _render_checks(checks),
        _render_performance(document),
        _render_outputs(document),
        _render_features(document),
        _render_missing(document),
        _render_settings(document),
        _render_foot(document),
    )
    body = element("body", element("main", *sections))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _render_head(document: Document, checks: Sequence[Document]) -> Markup:
    rows, reference = format_count(document["row_count"]), format_count(document["reference_row_count"])
    return element(
        "header",
        element("p", f"{document['project']} / {document['store']}", class_="over"),
        element(
            "div",
            element("h1", describe_window(document["window"])),
            _render_verdict("Drift verdict", document["status"]),
            _render_verdict("Checks", find_outcome(checks)),
            class_="title",
        ),
        element("p", document["sentence"], class_="sentence"),
        element(
            "p",
            f"{rows} rows of {document['window']} (UTC, end excluded), answered by {document['model']} "
            f"{document['model_version']}, against {reference} of {_name_reference(document)}.",
            class_="dim",
        ),
    )


def _name_reference(document: Document) -> str:
    """The model version's, or a window of a log."""
    chosen = document["settings"].get("reference")
    if chosen is None:
        return "its reference"
    return f"{chosen['dataset']}, {describe_window(chosen['window'])}"


def find_outcome(checks: Sequence[Document]) -> str | None:
    """The worst of those that are on; None where none is."""
    found = [Status(check["outcome"]) for check in checks if check["enabled"]]
    return find_worst(found).value if found else None


def _render_verdict(title: str, status: str | None) -> Markup | None:
    return None if status is None else element("span", f"{title} ", _render_badge(status), class_="verdict")


def _render_badge(status: str) -> Markup:
    return element("span", status, class_=f"badge {status}")


def _render_tiles(document: Document) -> Markup:
    features, labels = document["features"], document["labels"]
    drifted = sum(feature["drifted"] for feature in features)
    unknown = sum(feature["status"] == "EMPTY" for feature in features)
    tiles = [
        *_list_performance_tiles(document),
        _render_tile(
            "Drifted features",
            f"{drifted} of {len(features)}",
            f"{unknown} without a verdict" if unknown else "of the model's inputs",
        ),
        *(_render_reading_tile(one) for one in _find_all(document, ("domain_classifier_auc",))),
    ]
    if labels is not None:
        known = labels["labelled"] + labels["waiting"]
        share = format_share(labels["labelled"] / known) if known else "none"
        counts = f"{format_count(labels['labelled'])} labelled, {format_count(labels['waiting'])} waiting"
        tiles.append(_render_tile("Ground truth", share, counts))
    return element("dl", *tiles, class_="tiles")


def _list_performance_tiles(document: Document) -> list[Markup]:
    found = _find_all(document, _PERFORMANCE)
    if all(reading["value"] is None for reading in found):
        reason = found[0]["not_computed"] if found else "not measured"
        return [_render_tile("Performance", None, reason)]
    return [_render_reading_tile(reading) for reading in found]


def _render_reading_tile(reading: Document) -> Markup:
    metric = reading["metric"]
    title = name_metric(metric)
    if reading["value"] is None:
        return _render_tile(title, None, reading["not_computed"])
    notes = [format_interval(reading), _MEANINGS.get(metric)]
    if reading["reference_value"] is not None:
        interval = format_interval(reading, "reference_")
        beside = f" ({interval})" if interval else ""
        notes.append(f"reference {format_value(metric, reading['reference_value'])}{beside}")
    return _render_tile(title, format_value(metric, reading["value"]), *notes)


def _render_tile(title: str, value: str | None, *notes: str | None) -> Markup:
    shown = element("span", "not computed", class_="dim") if value is None else element("strong", value)
    small = [element("small", note) for note in notes if note]
    return element("div", element("dt", title), element("dd", shown, *small), class_="card")


def _render_checks(checks: Sequence[Document]) -> Markup | None:
    if not checks:
        return None
    rows = [
        element(
            "tr",
            _cell(check["name"] if check["enabled"] else f"{check['name']} (off)"),
            _cell(_render_badge(check["outcome"]) if check["enabled"] else "–"),
            _cell(join(element("p", check["sentence"]), element("p", f"{check['rule']}.", class_="dim"))),
        )
        for check in checks
    ]
    return _render_section(
        "Checks",
        _render_wide("Table of the checks", _render_table(("Check", "Outcome", "Reading and rule"), rows)),
    )


def _render_performance(document: Document) -> Markup:
    found = _find_all(document, _PERFORMANCE)
    known = [reading for reading in found if reading["value"] is not None]
    if not known:
        reason = found[0]["not_computed"] if found else "not measured"
        words = f"Not computed: {reason}. It needs the true outcomes of these predictions (labels)."
        return _render_section("Performance", element("p", words))
    rows = [
        element(
            "tr",
            _cell(name_metric(reading["metric"])),
            _cell(format_value(reading["metric"], reading["value"]), "number"),
            _cell(format_interval(reading) or "–", "number"),
            _cell(_show(reading, "reference_value"), "number"),
            _cell(format_interval(reading, "reference_") or "–", "number"),
            _cell(draw_intervals(reading)),
        )
        for reading in known
    ]
    heads = ("Metric", "Now", "95 % interval", "Reference", "95 % interval", "Side by side")
    table = _render_wide("Table of the performance", _render_table(heads, rows, numbers=(1, 2, 3, 4)))
    return _render_section("Performance", table, _render_keys())


def _render_outputs(document: Document) -> Markup | None:
    inputs = {feature["name"] for feature in document["features"]}
    columns = dict.fromkeys(
        reading["column"]
        for reading in document["readings"]
        if reading["column"] is not None and reading["column"] not in inputs
    )
    drawn = {one["column"]: one for one in document["distributions"] if one["is_output"]}
    cards = [
        _render_column(document, column, _name_output(column), drawn.get(column), None) for column in columns
    ]
    if not cards:
        return None
    intro = element("p", "What the model answers, on the reference and now.", class_="dim")
    return _render_section("Prediction drift", intro, _render_keys(), element("div", *cards, class_="grid"))


def _name_output(column: str) -> str:
    if column == "prediction":
        return "Prediction"
    return f"Probability of {column.removeprefix(_PROBA)}" if column.startswith(_PROBA) else column


def _render_features(document: Document) -> Markup | None:
    features = document["features"]
    if not features:
        return None
    psi = {one["column"]: one["value"] for one in document["readings"] if one["metric"] == "psi"}
    ordered = sorted(features, key=lambda feature: _weigh(feature, psi.get(feature["name"])))
    drawn = {one["column"]: one for one in document["distributions"] if not one["is_output"]}
    cards = [
        _render_column(document, feature["name"], feature["name"], drawn.get(feature["name"]), feature)
        for feature in ordered[:_FEATURES_DRAWN_MAX]
    ]
    more = [feature["name"] for feature in ordered[_FEATURES_DRAWN_MAX:]]
    drifted = sum(feature["drifted"] for feature in features)
    words = (
        f"{drifted} of {len(features)} drifted. First those that drifted most and matter most to the model."
    )
    intro = element("p", words if drawn else f"{words} This evaluation kept no distributions.", class_="dim")
    others = element("p", f"Not drawn, in this order: {', '.join(more)}.", class_="dim") if more else None
    return _render_section("Features", intro, _render_keys(), element("div", *cards, class_="grid"), others)


def _weigh(feature: Document, psi: float | None) -> tuple[float, str]:
    drift = -1.0 if psi is None else psi
    importance = feature["importance"]
    return (-(drift * importance if importance is not None and psi is not None else drift), feature["name"])


def _render_column(
    document: Document, column: str, title: str, distribution: Document | None, feature: Document | None
) -> Markup:
    readings = {one["metric"]: one for one in document["readings"] if one["column"] == column}
    status = _render_badge(feature["status"]) if feature and feature["drifted"] else None
    facts = [
        f"{short} {format_value(name, readings[name]['value'])}"
        for name, short in _OF_COLUMNS.items()
        if name in readings and readings[name]["value"] is not None
    ]
    if feature and feature["importance"] is not None:
        facts.insert(0, f"importance {format_share(feature['importance'])}")
    reasons = dict.fromkeys(one["not_computed"] for one in readings.values() if one["not_computed"])
    notes = list_notes(distribution) if distribution else []
    return element(
        "article",
        element("div", element("h3", title), status, class_="head"),
        element("p", " · ".join(facts), class_="dim") if facts else None,
        element("p", f"Not computed: {'; '.join(reasons)}.", class_="dim") if reasons else None,
        draw_distribution(distribution) if distribution else None,
        _render_spread(distribution) if distribution and distribution["role"] == "numerical" else None,
        element("p", " ".join(notes), class_="dim") if notes else None,
        class_="column",
    )


def _render_spread(distribution: Document) -> Markup:
    sides = [side for side in (distribution["reference"], distribution["current"]) if side]
    rows = [
        element("tr", _cell(name), *(_cell(_read_spread(side, place), "number") for side in sides))
        for name, place in _QUANTILES_SHOWN.items()
    ]
    heads = ("Quantile", "Reference", "Now")[: len(sides) + 1]
    return _render_table(heads, rows, numbers=(1, 2))


def _read_spread(side: Document, place: int) -> str:
    return "–" if side["quantiles"] is None else format_measured(side["quantiles"][place])


def _render_missing(document: Document) -> Markup | None:
    reasons: dict[str, list[str]] = {}
    for reading in document["readings"]:
        if reading["not_computed"] is not None:
            title = name_metric(reading["metric"])
            name = title if reading["column"] is None else f"{reading['column']} ({title})"
            reasons.setdefault(reading["not_computed"], []).append(name)
    if not reasons:
        return None
    items = [
        element("li", reason, ": ", element("span", ", ".join(names), class_="dim"))
        for reason, names in reasons.items()
    ]
    return _render_section("Not computed", element("ul", *items))


def _render_settings(document: Document) -> Markup:
    entries = [
        element("div", element("dt", name), element("dd", value)) for name, value in list_settings(document)
    ]
    return _render_section("Settings", element("dl", *entries, class_="facts"))


def _render_foot(document: Document) -> Markup:
    return element(
        "footer",
        f"Evaluation {document['id']}, revision {document['revision']}, saved {document['created_at']} by "
        f"Wakeline {document['code_version']}. Fingerprint {document['fingerprint']}.",
    )


def _find_all(document: Document, metrics: Sequence[str]) -> list[Document]:
    """Of the whole table, in this order; without those of another kind of model."""
    known = {one["metric"]: one for one in document["readings"] if one["column"] is None}
    return [
        known[name]
        for name in metrics
        if name in known and not (known[name]["not_computed"] or "").startswith("defined for ")
    ]


def _show(reading: Document, name: str) -> str:
    return "–" if reading[name] is None else format_value(reading["metric"], reading[name])


def _render_section(title: str, *content: Content) -> Markup:
    return element("section", element("h2", title), *content, class_="card")


def _render_table(heads: Sequence[str], rows: Sequence[Markup], numbers: Sequence[int] = ()) -> Markup:
    cells = [
        element("th", head, scope="col", class_="number" if place in numbers else None)
        for place, head in enumerate(heads)
    ]
    return element("table", element("thead", element("tr", *cells)), element("tbody", *rows))


def _render_wide(label: str, table: Markup) -> Markup:
    """Scrolls in itself where the page is narrow, by keyboard too."""
    return element("div", table, class_="scroll", tabindex=0, role="region", aria_label=label)


def _render_keys() -> Markup:
    keys = join(element("span", "reference"), element("span", "now", class_="now"))
    return element("div", keys, class_="keys", aria_hidden="true")


def _cell(content: Content, class_: str | None = None) -> Markup:
    return element("td", content, class_=class_)
