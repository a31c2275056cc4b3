"""The page of a deployment in a real browser, over a real node: status, Run & Test, sample code, settings."""

import json
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.serving import DEPLOYMENT, ENDPOINT, PROJECT, SERVICE
from tests.browser.visits import Scheme, Visit, check_accessible, check_width
from wakeline.client.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TABS = {"status": "Nodes", "test": "Features", "code": "curl", "settings": "Logging"}
ODD_QUERY = {"amount": 250.5, "items": 2, "country": "O'Neill \u00fc"}


def open_tab(page: Page, url: str, tab: str, **parameters: str) -> None:
    query = "".join(f"&{name}={quote(value)}" for name, value in parameters.items())
    page.goto(f"{url}/deployments/{DEPLOYMENT}?tab={tab}{query}")


@pytest.mark.parametrize("tab", TABS)
def test_each_tab(visit: Visit, look: tuple[Scheme, int], serving: str, axe_source: str, tab: str) -> None:
    page = visit.page
    open_tab(page, serving, tab)
    expect(page.get_by_role("heading", level=1, name=DEPLOYMENT)).to_be_visible()
    expect(page.get_by_role("main").get_by_text(TABS[tab], exact=True)).to_be_visible()
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_tabs_are_links_and_keyboard_reaches_them(visit: Visit, serving: str) -> None:
    page = visit.page
    page.goto(f"{serving}/deployments/{DEPLOYMENT}")
    tab = page.get_by_role("link", name="Run & Test")
    tab.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Features")).to_be_visible()
    assert "tab=test" in page.url
    page.go_back()
    expect(page.get_by_role("heading", name="Nodes")).to_be_visible()


def test_status_of_node_and_endpoint(visit: Visit, serving: str) -> None:
    page = visit.page
    with Client(serving) as client:
        deployment = client.read_deployment(DEPLOYMENT)
    open_tab(page, serving, "status")
    nodes = page.get_by_role("region", name="The deployment's nodes")
    expect(nodes.get_by_text(deployment["nodes"][0]["url"])).to_be_visible()
    expect(nodes.get_by_text("running")).to_be_visible()
    expect(page.get_by_text(deployment["endpoints"][0]["url"])).to_be_visible()


def test_run_by_the_form(visit: Visit, look: tuple[Scheme, int], serving: str, axe_source: str) -> None:
    page = visit.page
    open_tab(page, serving, "test")
    form = page.get_by_role("form", name="Run & Test")
    form.get_by_label("amount").fill("499")
    form.get_by_label("items").fill("3")
    form.get_by_label("country").fill("FR")
    text = form.get_by_label("The same as JSON")
    assert json.loads(text.input_value()) == {"amount": 499, "items": 3, "country": "FR"}
    form.get_by_role("button", name="Run", exact=True).click()
    answer = page.get_by_role("region", name="Answer", exact=True)
    expect(answer.get_by_text("200 answered")).to_be_visible()
    raw = json.loads(answer.get_by_role("region", name="Raw answer").inner_text())
    assert raw["apiContext"]["serviceId"] == SERVICE
    shares = raw["result"]["probas"]
    expect(answer.get_by_role("list", name="Probabilities")).to_contain_text(f"{shares['true'] * 100:.1f} %")
    expect(answer.get_by_text("Round trip")).to_be_visible()
    expect(answer.get_by_text("total, on the node")).to_be_visible()
    expect(answer.get_by_text("changed since")).to_have_count(0)
    text.fill('{"amount": ')
    expect(answer.get_by_text("changed since")).to_be_visible()
    check_accessible(page, axe_source)
    text.fill('{"amount": 499, "items": 3, "country": "FR"}')
    expect(answer.get_by_text("changed since")).to_have_count(0)
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()

    page.goto(page.url)
    assert json.loads(text.input_value()) == {"amount": 499, "items": 3, "country": "FR"}
    expect(form.get_by_label("amount")).to_have_value("499")


def test_json_and_form_follow_each_other(visit: Visit, serving: str) -> None:
    page = visit.page
    open_tab(page, serving, "test")
    form = page.get_by_role("form", name="Run & Test")
    text = form.get_by_label("The same as JSON")
    text.fill('{"amount": 12.5, "country": "XX"}')
    expect(form.get_by_label("amount")).to_have_value("12.5")
    expect(form.get_by_label("items")).to_have_value("")
    expect(form.get_by_text("Not among the 3 trained levels")).to_be_visible()
    form.get_by_label("amount").fill("100000")
    expect(form.get_by_text("outside of what was trained")).to_be_visible()
    text.fill('{"amount": ')
    expect(form.get_by_text("The JSON cannot be read")).to_be_visible()
    expect(form.get_by_role("button", name="Run", exact=True)).to_be_disabled()
    text.fill("{}")
    expect(form.get_by_label("amount")).to_have_value("")
    form.get_by_role("button", name="Example values").click()
    expect(form.get_by_label("amount")).not_to_have_value("")


def test_refused_query_says_which_feature(
    visit: Visit, look: tuple[Scheme, int], serving: str, axe_source: str
) -> None:
    page = visit.page
    open_tab(page, serving, "test", query=json.dumps({"amount": "much", "items": 1, "country": "DE"}))
    page.get_by_role("button", name="Run", exact=True).click()
    answer = page.get_by_role("region", name="Answer", exact=True)
    expect(answer.get_by_text("422 refused")).to_be_visible()
    expect(answer.get_by_role("alert")).to_contain_text("amount: found a text ('much'), expected a number")
    expect(page.get_by_label("amount")).to_have_attribute("aria-invalid", "true")
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_a_query_is_kept_as_a_test_query(visit: Visit, serving: str) -> None:
    page = visit.page
    open_tab(page, serving, "test", query=json.dumps(ODD_QUERY))
    form = page.get_by_role("form", name="Keep this query")
    form.get_by_label("Keep this query as a test query").fill("odd")
    form.get_by_role("button", name="Keep").click()
    expect(form.get_by_text(f"odd is kept with {ENDPOINT}.")).to_be_visible()
    address = f"{serving}/api/v1/services/{PROJECT}/{SERVICE}/endpoints/{ENDPOINT}/test-queries"
    (kept,) = httpx.get(address).json()["items"]
    assert (kept["name"], kept["features"]) == ("odd", ODD_QUERY)
    visit.check_quiet()
    open_tab(page, serving, "test")
    page.get_by_label("A kept test query").select_option(label="odd")
    assert json.loads(page.get_by_label("The same as JSON").input_value()) == ODD_QUERY
    form.get_by_label("Keep this query as a test query").fill("odd")
    form.get_by_role("button", name="Keep").click()
    expect(form.get_by_role("alert")).to_contain_text("odd")
    httpx.delete(f"{serving}/api/v1/test-queries/{kept['id']}")


@pytest.mark.parametrize("language", ["curl", "python", "javascript"])
def test_sample_code_is_the_servers_with_the_query_that_was_tried(
    visit: Visit, serving: str, language: str
) -> None:
    page = visit.page
    query = json.dumps(ODD_QUERY)
    open_tab(page, serving, "code", language=language, query=query)
    expect(page.get_by_text("With the query that you tried.")).to_be_visible()
    address = f"{serving}/api/v1/deployments/{DEPLOYMENT}/endpoints/{ENDPOINT}/sample-code"
    found = httpx.get(address, params={"features": query}).json()
    codes = {item["language"]: item["code"] for item in found["items"]}
    shown = page.get_by_role("region", name="Sample code in").inner_text()
    assert shown.strip() == codes[language].strip()
    visit.check_quiet()


def test_a_pages_own_styles_win_over_the_components(visit: Visit, serving: str) -> None:
    """The button to copy stands in the corner of its code, not above it."""
    page = visit.page
    open_tab(page, serving, "code")
    button = page.get_by_role("button", name="Copy").bounding_box()
    code = page.get_by_role("region", name="Sample code in curl").bounding_box()
    assert button is not None
    assert code is not None
    assert button["y"] > code["y"]
    assert button["x"] + button["width"] > code["x"] + code["width"] - 40


def test_sample_code_without_a_query_says_where_its_values_are_from(visit: Visit, serving: str) -> None:
    page = visit.page
    open_tab(page, serving, "code")
    expect(page.get_by_text("With a row of the model's reference.")).to_be_visible()
    page.get_by_role("link", name="Python").click()
    expect(page.get_by_role("region", name="Sample code in Python")).to_contain_text("urlopen")
    assert "language=python" in page.url


def test_settings_are_saved_and_stay(visit: Visit, serving: str) -> None:
    page = visit.page
    open_tab(page, serving, "settings")
    logging = page.get_by_role("form", name="Logging")
    save = logging.get_by_role("button", name="Save")
    expect(save).to_be_disabled()
    logging.get_by_label("Honour the callers' own event time").check()
    logging.get_by_label("When the spool is full").select_option("drop_newest")
    logging.get_by_label("Size of the spool").fill("64")
    save.click()
    expect(logging.get_by_text("Saved; the node runs with the new settings.")).to_be_visible(timeout=30_000)
    with Client(serving) as client:
        settings = client.read_deployment(DEPLOYMENT)["settings"]
    assert (settings["client_event_time"], settings["when_full"]) == (True, "drop_newest")
    assert settings["spool_bytes_max"] == 64 * 1024**2
    page.reload()
    expect(logging.get_by_label("Honour the callers' own event time")).to_be_checked()
    visit.check_quiet()


def test_unknown_deployment(visit: Visit, look: tuple[Scheme, int], serving: str, axe_source: str) -> None:
    page = visit.page
    page.goto(f"{serving}/deployments/nobody")
    expect(page.get_by_role("heading", name="There is no deployment nobody")).to_be_visible()
    check_width(page)
    check_accessible(page, axe_source)


def test_failure_is_told_and_can_be_tried_again(visit: Visit, serving: str, axe_source: str) -> None:
    page = visit.page
    pattern = "**/api/v1/models/**"
    body = json.dumps({"title": "Internal error", "status": 500, "detail": "disk is full"})
    page.route(pattern, lambda route: route.fulfill(status=500, body=body))
    open_tab(page, serving, "test")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("disk is full")
    check_accessible(page, axe_source)
    page.unroute(pattern)
    alert.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Features")).to_be_visible()
