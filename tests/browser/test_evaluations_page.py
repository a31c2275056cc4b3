"""The page of a store's evaluations in a real browser, served by the real server."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import BARE_STORE, PROJECT, STORE
from tests.browser.documents import MONTHS, build_document
from tests.browser.visits import Scheme, Visit, check_accessible, check_width

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NEWEST_FIRST = ("December", "November", "October", "September", "August", "July", "June", "May", "April")


def find_evaluations(page: Page) -> Any:
    return page.get_by_label("Evaluations of the store")


def find_chart(page: Page) -> Any:
    return page.locator('div[role="img"]')


def read_query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_evaluations_and_verdicts(
    visit: Visit, look: tuple[Scheme, int], full_server: str, axe_source: str
) -> None:
    page = visit.page
    page.goto(f"{full_server}/evaluations")
    rows = find_evaluations(page)
    for month in MONTHS:
        document = build_document(month)
        expect(rows.get_by_text(document["sentence"])).to_be_visible()
    expect(rows.get_by_role("link")).to_have_text([f"{name} 2013" for name in NEWEST_FIRST])
    expect(rows.get_by_text("ERROR")).to_have_count(4)
    chart = find_chart(page)
    expect(chart).to_have_accessible_name(
        "ROC AUC over the windows: April 2013 0.662, May 2013 0.735, June 2013 0.718, July 2013 0.716, "
        "August 2013 0.695, September 2013 0.666, October 2013 0.654, November 2013 0.658"
    )
    expect(chart.locator("svg")).to_be_visible()
    expect(page.get_by_text("Dashed: the reference, 0.709.")).to_be_visible()
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_what_is_not_computed_says_why(visit: Visit, full_server: str) -> None:
    visit.page.goto(f"{full_server}/evaluations")
    row = find_evaluations(visit.page).get_by_role("row", name=re.compile("^December 2013"))
    expect(row.get_by_role("note").first).to_have_accessible_name(
        "not computed: no ground truth in the window yet"
    )


def test_each_view_is_a_link(visit: Visit, full_server: str) -> None:
    page = visit.page
    page.goto(f"{full_server}/evaluations")
    page.get_by_label("Metric of the chart").select_option("Log loss")
    expect(find_chart(page)).to_have_accessible_name(re.compile("^Log loss over the windows"))
    assert read_query(page)["metric"] == ["log_loss"]
    page.goto(page.url)
    expect(page.get_by_label("Metric of the chart")).to_have_value("log_loss")
    visit.check_quiet()


def test_only_metrics_of_the_models_task_are_offered(visit: Visit, full_server: str) -> None:
    visit.page.goto(f"{full_server}/evaluations?metric=rmse")
    metrics = visit.page.get_by_label("Metric of the chart")
    expect(metrics).to_have_value("roc_auc")
    assert metrics.locator("option").all_inner_texts() == [
        "ROC AUC",
        "Accuracy",
        "F1",
        "Log loss",
        "Domain classifier AUC",
    ]


def test_a_row_leads_to_the_evaluation_and_back_by_keyboard(visit: Visit, full_server: str) -> None:
    page = visit.page
    page.goto(f"{full_server}/evaluations")
    find_evaluations(page).get_by_role("link", name="April 2013").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="April 2013")).to_be_visible()
    page.go_back()
    expect(find_evaluations(page)).to_be_visible()
    visit.check_quiet()


def test_store_without_evaluations_says_what_to_do(
    visit: Visit, look: tuple[Scheme, int], full_server: str, axe_source: str
) -> None:
    page = visit.page
    page.goto(f"{full_server}/evaluations?project={PROJECT}&store={quote(BARE_STORE)}")
    expect(page.get_by_role("heading", name=f"{BARE_STORE} holds no evaluation yet")).to_be_visible()
    expect(page.get_by_label("Model evaluation store")).to_have_value(
        json.dumps([PROJECT, BARE_STORE], separators=(",", ":"), ensure_ascii=False)
    )
    page.get_by_label("Model evaluation store").select_option(STORE)
    expect(find_evaluations(page)).to_be_visible()
    page.go_back()
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_empty_home_says_what_to_do_first(
    visit: Visit, look: tuple[Scheme, int], empty_server: str, axe_source: str
) -> None:
    page = visit.page
    page.goto(f"{empty_server}/evaluations")
    expect(page.get_by_role("heading", name="Nothing is monitored yet")).to_be_visible()
    expect(page.get_by_text("wakeline demo", exact=True)).to_be_visible()
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_loading_is_shown(visit: Visit, full_server: str) -> None:
    page = visit.page
    held: list[Route] = []
    # A built-in method cannot carry the mark that Playwright puts on a handler.
    page.route("**/api/v1/stores", lambda route: held.append(route))  # noqa: PLW0108
    page.goto(f"{full_server}/evaluations")
    expect(page.get_by_role("status", name="Loading the evaluations")).to_be_visible()
    page.wait_for_timeout(100)
    for route in held:
        route.continue_()
    expect(find_evaluations(page)).to_be_visible()


@pytest.mark.parametrize("pattern", ["**/api/v1/stores", "**/api/v1/evaluations?*"])
def test_failure_is_told_and_can_be_tried_again(
    visit: Visit, look: tuple[Scheme, int], full_server: str, axe_source: str, pattern: str
) -> None:
    page = visit.page
    problem = {
        "type": "urn:wakeline:problem:internal",
        "title": "Internal error",
        "status": 500,
        "detail": "disk is full",
    }
    page.route(
        pattern,
        lambda route: route.fulfill(
            status=500, content_type="application/problem+json", body=json.dumps(problem)
        ),
    )
    page.goto(f"{full_server}/evaluations")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("internal error")
    expect(alert).to_contain_text("disk is full")
    check_width(page)
    check_accessible(page, axe_source)
    page.unroute(pattern)
    alert.get_by_role("button", name="Try again").click()
    expect(find_evaluations(page)).to_be_visible()
    expect(alert).to_have_count(0)


def test_unknown_addresses(visit: Visit, full_server: str) -> None:
    page = visit.page
    page.goto(f"{full_server}/no/such/page")
    expect(page.get_by_role("heading", name="There is no page here")).to_be_visible()
    page.goto(f"{full_server}/evaluations?project={PROJECT}&store=gone")
    expect(page.get_by_role("heading", name="The address names a store that is not here")).to_be_visible()


def test_first_load_is_light(visit: Visit, full_server: str) -> None:
    page = visit.page
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto(f"{full_server}/evaluations")
    expect(find_chart(page).locator("svg")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert len(sizes) <= 15
    assert sum(sizes) <= 400_000


def test_without_labels_the_chart_opens_on_what_has_values(visit: Visit, full_server: str) -> None:
    """Asked for by name, a metric without values says why it has none."""
    page = visit.page

    def strip(route: Route) -> None:
        answer = route.fetch()
        document = answer.json()
        for row in document["items"]:
            for reading in row["readings"]:
                if reading["metric"] not in {"drifted_share", "domain_classifier_auc"}:
                    reading |= {"value": None, "lower": None, "upper": None, "reference_value": None}
                    reading["not_computed"] = "no ground truth in the window yet"
        route.fulfill(response=answer, json=document)

    page.route(re.compile(r"/api/v1/evaluations\?"), strip)
    page.goto(f"{full_server}/evaluations")
    expect(page.get_by_label("Metric of the chart")).to_have_value("domain_classifier_auc")
    page.get_by_label("Metric of the chart").select_option("ROC AUC")
    expect(page.get_by_text("ROC AUC is not computed: no ground truth in the window yet")).to_be_visible()
    expect(page.get_by_text("Dashed: the reference")).to_have_count(0)
    expect(page.get_by_text("Whiskers")).to_have_count(0)
