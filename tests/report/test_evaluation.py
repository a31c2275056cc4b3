"""A report: well formed, alone, small, and safe whatever the names in it are."""

import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.browser.documents import HOSTILE, build_document, describe_levels, describe_numbers
from wakeline.report.evaluation import render_evaluation
from wakeline.report.markup import element
from wakeline.report.numbers import describe_window, format_measured, format_share

EVIL = '"><img src=x onerror="alert(1)"> & \'ü\''


def build_whole(month: str = "2013-10", **given: Any) -> dict[str, Any]:
    """As REST answers it."""
    document = build_document(month)
    for reading in document["readings"]:
        reading |= {"reference_lower": None, "reference_upper": None}
    place = {
        "id": "e1",
        "project": "FLIGHTS",
        "store": EVIL,
        "name": month,
        "revision": 2,
        "created_at": "2014-01-02T03:00:00Z",
        "code_version": "0.1.0",
    }
    return {**document, **place, **given}


class Reader(HTMLParser):
    """What a browser would see: tags, their attributes, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


@pytest.mark.parametrize("month", ["2013-05", "2013-10", "2013-12"])
def test_nothing_is_asked_for_and_nothing_runs(month: str) -> None:
    page = render_evaluation(build_whole(month))
    reader = read(page)
    names = {name for name, _ in reader.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    attributes = {key for _, given in reader.tags for key in given}
    assert not {key for key in attributes if key.startswith("on")} | attributes & {"src", "href", "style"}
    assert "url(" not in page
    assert "@import" not in page
    policy = next(given for name, given in reader.tags if given.get("http-equiv"))
    assert policy["content"] is not None
    assert policy["content"].startswith("default-src 'none'")
    assert len(page.encode()) < 1_000_000


def test_names_of_others_are_words_only() -> None:
    document = build_whole(
        distributions=[describe_numbers(EVIL, 1.0), describe_levels("carrier")],
        features=[
            {"name": EVIL, "role": "numerical", "importance": 0.5, "status": "ERROR", "drifted": True},
            {"name": "carrier", "role": "categorical", "importance": 0.5, "status": "OK", "drifted": False},
        ],
        sentence=f"{HOSTILE} drifted.",
    )
    check = {"name": HOSTILE, "enabled": True, "outcome": "OK", "sentence": EVIL, "rule": HOSTILE}
    page = render_evaluation(document, [check])
    assert "<script" not in page
    assert "<img" not in page
    reader = read(page)
    assert EVIL in reader.text
    assert HOSTILE in reader.text
    labels = [given["aria-label"] for name, given in reader.tags if name == "svg" and "aria-label" in given]
    assert any(label is not None and EVIL in label for label in labels)
    assert any(label is not None and HOSTILE in label for label in labels)


def test_it_is_well_formed() -> None:
    page = render_evaluation(build_whole())
    body = page[page.index("<body>") : page.index("</html>")]
    tree = ElementTree.fromstring(body)
    assert len(tree.findall(".//article")) == len(build_document("2013-10")["features"]) + 1


def test_it_says_what_the_evaluation_says() -> None:
    document = build_whole("2013-12")
    text = read(render_evaluation(document)).text
    for words in (
        document["sentence"],
        "December 2013",
        "WARNING",
        "Not computed: no ground truth in the window yet. It needs the true outcomes",
        "27\u202f080 rows",
        "Evaluation e1, revision 2",
    ):
        assert words in text
    drawn = [feature["name"] for feature in document["features"]]
    assert all(name in text for name in drawn)
    assert text.index("pressure") < text.index("day_of_week"), "drift × importance comes first"


def describe_check(**given: Any) -> dict[str, Any]:
    check = {"name": "Drifted", "enabled": True, "outcome": "ERROR", "sentence": "The share is 50 %."}
    return {**check, "rule": "Share of drifted features: ERROR from 50 %", **given}


def test_checks_stand_beside_the_verdict_with_their_rules() -> None:
    off = describe_check(name="Old", enabled=False)
    warned = describe_check(name="Missing", outcome="WARNING")
    text = read(render_evaluation(build_whole("2013-12"), [off, warned])).text
    assert "Drift verdict WARNING" in text
    assert "Checks WARNING" in text, "what is off does not count"
    assert "The share is 50 %.Share of drifted features: ERROR from 50 %." in text
    assert "Old (off)" in text
    assert "Checks" not in read(render_evaluation(build_whole())).text


def test_a_new_level_is_named() -> None:
    text = read(render_evaluation(build_whole(distributions=[describe_levels("carrier")]))).text
    assert f"Levels that the reference does not have: 1 ({HOSTILE}), 20 % of now." in text


def test_metrics_of_another_task_are_left_out() -> None:
    readings = [
        {**build_whole()["readings"][0], "metric": metric, "value": value, "not_computed": reason}
        for metric, value, reason in (("rmse", 2.5, None), ("roc_auc", None, "defined for classifiers"))
    ]
    text = read(render_evaluation(build_whole(readings=readings))).text
    performance = text[text.index("Performance") : text.index("Features")]
    assert "Root mean squared error" in performance
    assert "ROC AUC" not in performance


def test_an_evaluation_without_distributions_or_labels_is_rendered() -> None:
    text = read(render_evaluation(build_whole(distributions=[], labels=None))).text
    assert "This evaluation kept no distributions." in text


def test_a_model_of_two_thousand_features_stays_small() -> None:
    names = [f"a feature with quite a long name, number {number}" for number in range(2000)]
    drift = {name: float(number) for number, name in enumerate(names)}
    verdict = {"role": "numerical", "importance": 0.0005, "status": "ERROR", "drifted": True}
    document = build_whole(
        features=[{"name": name, **verdict} for name in names],
        distributions=[describe_numbers(name, 1.0) for name in names],
        readings=[
            {**build_whole()["readings"][-1], "metric": "psi", "column": n, "value": drift[n]} for n in names
        ],
    )
    page = render_evaluation(document)
    assert len(page.encode()) < 1_000_000
    text = read(page).text
    assert text.index(names[-1]) < text.index("Not drawn, in this order") < text.index(names[0])


def test_a_window_as_the_reference_is_named() -> None:
    settings = {"seed": 2013, "reference": {"dataset": EVIL, "window": "2013-04-01/2013-05-01"}}
    text = read(render_evaluation(build_whole(settings=settings))).text
    assert f"against 14\u202f492 of {EVIL}, April 2013." in text
    assert "against 14\u202f492 of its reference." in read(render_evaluation(build_whole())).text


def test_a_column_that_is_not_logged_shows_the_reference_alone() -> None:
    unlogged = {**describe_numbers("temp", 0.0), "current": None, "not_computed": "inputs not logged"}
    levels = {
        **describe_levels("carrier"),
        "current": None,
        "not_computed": "inputs not logged",
        "unseen": None,
        "vanished": None,
    }
    page = render_evaluation(build_whole(distributions=[unlogged, levels]))
    assert "Nothing of this window: inputs not logged." in read(page).text


def test_a_column_without_any_value_is_told() -> None:
    nothing: dict[str, Any] = {"counts": [], "below": 0, "above": 0, "missing": 9}
    nothing |= {"minimum": None, "maximum": None, "mean": None, "quantiles": None}
    empty = {**describe_numbers("temp", 0.0), "edges": [], "reference": nothing, "current": nothing}
    assert "No values on either side." in read(render_evaluation(build_whole(distributions=[empty]))).text


def test_markup_escapes_text_and_attributes() -> None:
    assert element("p", "a < b", title='"', class_=None) == '<p title="&quot;">a &lt; b</p>'
    assert element("p", element("b", "&")) == "<p><b>&amp;</b></p>"


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ("2013-04-01/2013-05-01", "April 2013"),
        ("2013-12-01/2014-01-01", "December 2013"),
        ("2013-04-05/2013-04-06", "5 April 2013"),
        ("2013-04-01/2013-04-11", "1 April 2013 to 10 April 2013"),
        ("2013-01-01/2014-01-01", "1 January 2013 to 31 December 2013"),
    ],
)
def test_windows_in_words(window: str, words: str) -> None:
    assert describe_window(window) == words


def test_numbers_have_the_digits_that_matter() -> None:
    assert [format_share(value) for value in (0.0, 0.0042, 0.042, 0.42)] == ["0 %", "0.42 %", "4.2 %", "42 %"]
    assert [format_measured(value) for value in (0.0, 12.3456, 12345.678, 1e-9)] == [
        "0",
        "12.35",
        "12345.7",
        "1e-09",
    ]
    assert re.fullmatch(r"[\d.e+-]+", format_measured(1e300))
