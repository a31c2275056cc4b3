"""Store and Evaluation pages over the evaluations of nine months."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import BARE_STORE, PROJECT, STORE
from tests.browser.documents import (
    FEATURES,
    HOSTILE,
    PERFORMANCE,
    build_document,
    describe_numbers,
    measure,
    refuse,
)
from tests.browser.visits import Scheme, Visit, check_accessible, check_width
from wakeline.statistics.catalogue import find_metric

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHECK = "AUC holds"


@pytest.fixture(scope="module")
def checked(full_server: str) -> Iterator[str]:
    """With a check on the store, which goes again: other tests know the store without."""
    with httpx.Client(base_url=f"{full_server}/api/v1") as api:
        rule = {"metric": "roc_auc", "scope": "table", "compared": "change", "warning_min": -0.02}
        body = {**rule, "project": PROJECT, "store": STORE, "name": CHECK}
        check = api.post("/checks", json=body).raise_for_status().json()
        yield full_server
        api.delete(f"/checks/{check['id']}")


@dataclass(frozen=True)
class Evaluations:
    """The pages of the evaluations of the store, by month."""

    url: str
    ids: dict[str, str]

    def find(self, month: str) -> str:
        return f"{self.url}/evaluations/{self.ids[month]}"


@pytest.fixture(scope="module")
def evaluations(full_server: str) -> Evaluations:
    found = httpx.get(f"{full_server}/api/v1/evaluations", params={"project": PROJECT, "store": STORE}).json()
    return Evaluations(full_server, {row["window"][:7]: row["id"] for row in found["items"]})


def test_store_over_time(visit: Visit, look: tuple[Scheme, int], checked: str, axe_source: str) -> None:
    page = visit.page
    page.goto(f"{checked}/projects/{PROJECT}/stores/{STORE}")
    chart = page.locator('div[role="img"]')
    expect(chart).to_have_accessible_name(re.compile(r"^ROC AUC over the windows: April 2013 0\.662"))
    expect(chart.locator("svg")).to_be_visible()
    bound = f"{CHECK}: WARNING at \u22120.020 from the reference"
    expect(page.get_by_text(f"Dotted: bounds of the checks ({bound}).")).to_be_visible()
    expect(page.get_by_role("region", name="Checks")).to_contain_text(CHECK)
    expect(page.get_by_role("table").get_by_role("link")).to_have_count(9)
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_two_side_by_side_are_a_link(
    visit: Visit, look: tuple[Scheme, int], full_server: str, axe_source: str
) -> None:
    page = visit.page
    page.goto(f"{full_server}/projects/{PROJECT}/stores/{STORE}")
    page.get_by_label("Compare July 2013").check()
    page.get_by_label("Compare October 2013").check()
    both = page.get_by_role("region", name="Comparison")
    row = both.get_by_role("row", name=re.compile("^ROC AUC"))
    expect(row.get_by_role("cell")).to_have_text(["ROC AUC", "0.716", "0.654", "\u22120.062"])
    page.goto(page.url)
    expect(row).to_be_visible()
    check_width(page)
    check_accessible(page, axe_source)
    both.get_by_role("button", name="Close the comparison").click()
    expect(both).to_have_count(0)
    visit.check_quiet()


def test_store_without_evaluations(
    visit: Visit, look: tuple[Scheme, int], full_server: str, axe_source: str
) -> None:
    page = visit.page
    page.goto(f"{full_server}/projects/{PROJECT}/stores/{quote(BARE_STORE, safe='')}")
    expect(page.get_by_role("heading", name="The store holds no evaluation yet")).to_be_visible()
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_store_that_is_gone(visit: Visit, full_server: str, axe_source: str) -> None:
    visit.page.goto(f"{full_server}/projects/{PROJECT}/stores/nothing")
    expect(visit.page.get_by_role("heading", name="There is no store nothing")).to_be_visible()
    check_accessible(visit.page, axe_source)
    visit.check_quiet()


@pytest.mark.parametrize("month", ["2013-10", "2013-12"])
def test_evaluation_whole(
    visit: Visit, look: tuple[Scheme, int], evaluations: Evaluations, axe_source: str, month: str
) -> None:
    page = visit.page
    page.goto(f"{evaluations.find(month)}?feature=humid")
    expect(page.get_by_text(build_document(month)["sentence"])).to_be_visible()
    expect(page.get_by_role("region", name="Readings of humid")).to_contain_text("Jensen–Shannon distance")
    chart = page.get_by_role("img", name=re.compile("^Distribution of humid"))
    expect(chart).to_have_accessible_name(
        re.compile(r"Reference: median 10, nine of ten from 3 to 17\. Now: ")
    )
    expect(chart.locator("svg")).to_be_visible()
    expect(page.get_by_role("table", name="Quantiles of humid")).to_contain_text("Median")
    performance = page.get_by_role("region", name="Performance", exact=True)
    if month == "2013-12":
        expect(performance).to_contain_text("Not computed: no ground truth in the window yet.")
        expect(performance).to_contain_text(
            "wakeline label import labels.jsonl --deployment FLIGHTS-on-local"
        )
        expect(page.get_by_role("region", name="Not computed")).to_contain_text("ROC AUC, Accuracy")
    else:
        expect(performance).to_contain_text("0.709")
    expect(page.get_by_role("region", name="Revisions")).to_contain_text("shown here")
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_features_are_found_and_sorted_by_link(visit: Visit, evaluations: Evaluations) -> None:
    page = visit.page
    page.goto(evaluations.find("2013-07"))
    features = page.get_by_role("region", name="Table of the features")
    expect(features.get_by_role("link")).to_have_count(len(FEATURES))
    expect(features.get_by_role("link").first).to_have_text("dewp")
    page.get_by_label("Order of the features").select_option("By name")
    expect(features.get_by_role("link").first).to_have_text("block_minutes")
    page.get_by_label("Search features").fill("WIND")
    expect(features.get_by_role("link")).to_have_text(["wind_dir", "wind_gust", "wind_speed"])
    page.goto(page.url)
    expect(features.get_by_role("link")).to_have_text(["wind_dir", "wind_gust", "wind_speed"])
    page.get_by_label("Search features").fill("nothing of that name")
    expect(page.get_by_text("No feature has “nothing of that name” in its name.")).to_be_visible()
    visit.check_quiet()


def test_levels_stand_side_by_side_and_are_words_only(
    visit: Visit, look: tuple[Scheme, int], evaluations: Evaluations, axe_source: str
) -> None:
    page = visit.page
    page.goto(f"{evaluations.find('2013-10')}?feature=carrier")
    levels = page.get_by_role("img", name=re.compile("^Levels of carrier"))
    expect(levels).to_have_accessible_name(
        f"Levels of carrier, reference and now: UA 60 %, now 40 %; {HOSTILE} 0 %, now 20 %; "
        "B6 30 %, now 30 %; 2 others 10 %, now 10 %"
    )
    expect(
        page.get_by_text(f"1 level the reference does not have ({HOSTILE}): 20 % of now.").first
    ).to_be_visible()
    levels.locator("path").first.hover(force=True)
    expect(page.get_by_role("region", name="Prediction drift")).to_contain_text("Prediction")
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_an_evaluation_of_before_distributions_opens(visit: Visit, evaluations: Evaluations) -> None:
    page = visit.page

    def strip(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "distributions": []})

    page.route(re.compile(r"/api/v1/evaluations/[^/]+(\?.*)?$"), strip)
    page.goto(f"{evaluations.find('2013-10')}?feature=humid")
    expect(page.get_by_text("made before distributions were kept")).to_be_visible()
    expect(page.get_by_role("region", name="Readings of humid")).to_be_visible()


def test_a_regression_is_told_by_its_own_metrics(
    visit: Visit, look: tuple[Scheme, int], evaluations: Evaluations, axe_source: str
) -> None:
    page = visit.page

    def turn(route: Route) -> None:
        answer = route.fetch()
        document = answer.json()
        kept = [one for one in document["readings"] if one["metric"] not in PERFORMANCE]
        numbers = [measure(name, 4.25, margin=0.5, reference=3.5) for name in ("mae", "rmse", "r2")]
        others = [refuse("roc_auc", "defined for classifiers")]
        answers = {**describe_numbers("prediction", 3.0), "is_output": True}
        inputs = [one for one in document["distributions"] if not one["is_output"]]
        changed = {"readings": [*numbers, *others, *kept], "distributions": [*inputs, answers]}
        reference = {"dataset": "log", "window": "2013-04-01/2013-05-01"}
        settings = {**document["settings"], "reference": reference}
        route.fulfill(response=answer, json={**document, **changed, "settings": settings})

    page.route(re.compile(r"/api/v1/evaluations/[^/]+(\?.*)?$"), turn)
    page.goto(evaluations.find("2013-10"))
    tiles = page.locator("dl").first
    for title in ("Mean absolute error", "Root mean squared error", "R²"):
        expect(tiles.locator("div", has_text=title)).to_contain_text("4.250")
    expect(tiles.locator("div", has_text="R²")).to_contain_text("3.750 to 4.750")
    expect(tiles.locator("div", has_text="R²")).to_contain_text("reference 3.500")
    expect(tiles).not_to_contain_text("ROC AUC")
    expect(page.get_by_text("14 492 of log, April 2013".replace(" 492", "\u202f492"))).to_be_visible()
    expect(page.get_by_role("region", name="Performance", exact=True)).not_to_contain_text("ROC AUC")
    expect(page.get_by_role("img", name=re.compile("^Distribution of prediction"))).to_be_visible()
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_a_report_is_a_file_that_stands_alone(
    visit: Visit, look: tuple[Scheme, int], evaluations: Evaluations, axe_source: str, tmp_path: Path
) -> None:
    page = visit.page
    page.goto(evaluations.find("2013-10"))
    with page.expect_download() as coming:
        page.get_by_role("link", name="Share as a file").click()
    assert coming.value.suggested_filename == f"{STORE}-2013-10-01-2013-11-01.html"
    visit.check_quiet()
    coming.value.save_as(tmp_path / "report.html")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "report.html").as_uri())
    expect(page.get_by_role("heading", level=1, name="October 2013")).to_be_visible()
    expect(page.get_by_text(build_document("2013-10")["sentence"])).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^Levels of carrier"))).to_be_visible()
    assert asked == [(tmp_path / "report.html").as_uri()]
    assert page.locator("script").count() == 0
    check_width(page)
    check_report(page, axe_source)


def check_report(page: Page, axe_source: str) -> None:
    """Its own policy lets no script in, so axe looks at a copy without the policy."""
    policy = re.compile('<meta http-equiv="Content-Security-Policy"[^>]*>')
    content, found = policy.subn("", page.content())
    assert found == 1
    page.goto("about:blank")
    page.set_content(content)
    check_accessible(page, axe_source)


def test_evaluation_that_is_gone(
    visit: Visit, look: tuple[Scheme, int], full_server: str, axe_source: str
) -> None:
    page = visit.page
    page.goto(f"{full_server}/evaluations/nothing")
    expect(page.get_by_role("heading", name="There is no such evaluation")).to_be_visible()
    check_width(page)
    check_accessible(page, axe_source)


def test_first_load_is_light(visit: Visit, evaluations: Evaluations) -> None:
    page = visit.page
    store = f"{evaluations.url}/projects/{PROJECT}/stores/{STORE}"
    for address in (store, evaluations.find("2013-10")):
        sizes: dict[str, int] = {}

        def count(request: Any, sizes: dict[str, int] = sizes) -> None:
            sizes[request.url] = request.sizes()["responseBodySize"]

        page.on("requestfinished", count)
        page.goto(address)
        page.wait_for_load_state("networkidle")
        page.remove_listener("requestfinished", count)
        assert len(sizes) <= 15, list(sizes)
        assert sum(sizes.values()) <= 400_000, sizes


def test_charts_shrink_with_the_window(visit: Visit, evaluations: Evaluations) -> None:
    page = visit.page
    page.goto(f"{evaluations.find('2013-10')}?feature=humid")
    chart = page.get_by_role("img", name=re.compile("^Distribution of humid"))
    expect(chart.locator("svg")).to_be_visible()
    for width in (820, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(f"document.querySelector('div[role=img] svg').clientWidth < {width}")
        check_width(page)


def test_both_verdicts_stand_in_the_head_with_their_rules(
    visit: Visit, checked: str, evaluations: Evaluations
) -> None:
    page = visit.page
    page.goto(evaluations.find("2013-10"))
    expect(page.get_by_text("Drift verdict", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Checks")).to_contain_text("WARNING at -0.02 or below")
    psi = find_metric("psi").default_threshold
    assert psi is not None
    rule = f"PSI from {psi.warning} (ERROR from {psi.error})"
    expect(page.get_by_role("region", name="Features", exact=True)).to_contain_text(rule)


def test_bounds_out_of_order_are_told_at_the_field(visit: Visit, full_server: str) -> None:
    page = visit.page
    page.goto(f"{full_server}/projects/{PROJECT}/stores/{STORE}?check=new")
    form = page.get_by_role("form", name="Check")
    form.get_by_label("WARNING from").fill("95")
    form.get_by_label("ERROR from").fill("90")
    form.get_by_role("button", name="Add the check").click()
    expect(form).to_contain_text("must not be above “ERROR from”")
