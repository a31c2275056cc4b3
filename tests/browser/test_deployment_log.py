"""A deployment's activity, the tail of its log and its deletion in a real browser, over real nodes."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.serving import DEPLOYMENT, ENDPOINT, PROJECT, SERVICE, deploy_to, run_stack, save_to
from tests.browser.visits import Scheme, Visit, check_accessible, check_width
from tests.server.running import run_server
from wakeline.client.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROUTES = f"**/api/v1/deployments/{DEPLOYMENT}/endpoints/{ENDPOINT}"
GOOD = {"amount": 250.5, "items": 2, "country": "DE"}
BAD = {"amount": "much", "items": 2, "country": "DE"}
QUERIES = {"2013-04-01": [GOOD] * 3, "2013-04-02": [GOOD, BAD], "2013-04-05": [GOOD]}


@pytest.fixture(scope="module")
def logged(bundle: None, small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """All processes, with six queries on three days of April 2013 in the log."""
    with run_stack(tmp_path_factory.mktemp("logged")) as url, Client(url) as client:
        save_to(url, small_model)
        deploy_to(url)
        client.change_deployment(DEPLOYMENT, {"client_event_time": True})
        address = client.read_deployment(DEPLOYMENT)["endpoints"][0]["url"]
        for day, queries in QUERIES.items():
            for minute, features in enumerate(queries):
                headers = {"X-Wakeline-Event-Time": f"{day}T12:{minute:02}:00Z"}
                httpx.post(address, json={"features": features}, headers=headers)
        wait_for_rows(client, 6)
        yield url


def wait_for_rows(client: Client, count: int) -> None:
    deadline = time.monotonic() + 30
    while client.read_activity(DEPLOYMENT, ENDPOINT)["row_count"] < count:
        assert time.monotonic() < deadline, "the events did not reach the log in time"
        time.sleep(0.1)


def open_tab(page: Page, url: str, tab: str, parameters: str = "") -> None:
    page.goto(f"{url}/deployments/{DEPLOYMENT}?tab={tab}{parameters}")


def test_activity_shows_each_day(
    visit: Visit, look: tuple[Scheme, int], logged: str, axe_source: str
) -> None:
    page = visit.page
    open_tab(page, logged, "activity")
    expect(page.get_by_text("6 queries on the last 3 days that have any.")).to_be_visible()
    chart = page.get_by_role(
        "img", name="6 rows from 2013-04-01 to 2013-04-05, at most 3 on 2013-04-01; 1 errors"
    )
    expect(chart).to_be_visible()
    rows = page.get_by_role("region", name="Days of the activity").get_by_role("row")
    expect(rows).to_have_count(4)
    expect(rows.nth(2)).to_contain_text("2013-04-02")
    expect(rows.nth(2)).to_contain_text("1 (50 %)")
    expect(rows.nth(3).get_by_role("cell").nth(1)).to_have_text("3")
    expect(rows.nth(3).get_by_role("cell").nth(5)).to_have_text("1")
    expect(rows.nth(3)).to_contain_text("v1")
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_days_of_the_activity_are_chosen_and_stand_in_the_address(visit: Visit, logged: str) -> None:
    page = visit.page
    open_tab(page, logged, "activity")
    days = page.get_by_role("form", name="Days of the activity")
    expect(days.get_by_label("First day")).to_have_value("2013-04-01")
    expect(days.get_by_label("Last day")).to_have_value("2013-04-05")
    days.get_by_label("First day").fill("2013-04-02")
    days.get_by_label("Last day").fill("2013-04-04")
    days.get_by_role("button", name="Show").click()
    expect(page.get_by_text("2 queries on 1 day of 2 Apr – 4 Apr 2013.")).to_be_visible()
    assert "window=2013-04-02%2F2013-04-05" in page.url
    page.reload()
    expect(days.get_by_label("First day")).to_have_value("2013-04-02")
    days.get_by_label("First day").fill("2013-04-10")
    expect(days.get_by_text("Before the first")).to_be_visible()
    expect(days.get_by_role("button", name="Show")).to_be_disabled()
    days.get_by_role("link", name="All days").click()
    expect(page.get_by_role("region", name="Days of the activity").get_by_role("row")).to_have_count(4)
    open_tab(page, logged, "activity", "&window=2013-06")
    expect(page.get_by_text("The log has rows from 2013-04-01 to 2013-04-05")).to_be_visible()
    visit.check_quiet()


def test_tail_has_the_newest_first_and_one_event_in_full(
    visit: Visit, look: tuple[Scheme, int], logged: str, axe_source: str
) -> None:
    page = visit.page
    open_tab(page, logged, "tail")
    rows = page.get_by_role("region", name="Events of the log").get_by_role("row")
    expect(rows).to_have_count(7)
    expect(rows.nth(1)).to_contain_text("2013-04-05 12:00:00")
    expect(rows.nth(2)).to_contain_text("422 refused")
    rows.nth(3).get_by_role("link").click()
    event = page.get_by_role("region", name="Event", exact=True)
    expect(event.get_by_role("heading", name="Event")).to_be_focused()
    row = json.loads(event.get_by_role("region", name="The event as JSON").inner_text())
    assert (row["event_time"], row["features.amount"]) == ("2013-04-02T12:00:00Z", 250.5)
    assert row["event_id"] in page.url
    check_width(page)
    check_accessible(page, axe_source)
    page.reload()
    expect(event).to_contain_text("250.5")
    event.get_by_role("link", name="Close").click()
    expect(event).to_have_count(0)
    open_tab(page, logged, "tail", "&event=nothing")
    expect(page.get_by_role("heading", name="This event is not here")).to_be_visible()
    visit.check_quiet()


def test_tail_follows_the_log(visit: Visit, logged: str) -> None:
    page = visit.page
    open_tab(page, logged, "tail", "&last=10")
    expect(page.get_by_text("of 6,")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/tail" in request.url else None)
    page.get_by_label("Refresh by itself").check()
    assert "follow=on" in page.url
    page.wait_for_timeout(7_000)
    assert len([url for url in asked if "limit=10" in url]) >= 2
    page.get_by_label("Refresh by itself").uncheck()
    page.get_by_label("Events", exact=True).select_option("200")
    expect(page.get_by_text("The newest 6 of 6")).to_be_visible()
    assert "last=200" in page.url


@pytest.mark.parametrize(
    ("tab", "heading"), [("activity", "No query is logged yet"), ("tail", "No event is in the log yet")]
)
def test_a_log_that_is_to_come(
    visit: Visit, look: tuple[Scheme, int], *, serving: str, axe_source: str, tab: str, heading: str
) -> None:
    """The other tests send no query by now; where one did, the route is answered as before it."""
    page = visit.page
    page.route(f"{ROUTES}/{tab}*", answer_nothing)
    open_tab(page, serving, tab)
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name="Run & Test")).to_have_count(2)
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_the_first_event_shows_up_by_itself(visit: Visit, logged: str) -> None:
    page = visit.page
    page.route(f"{ROUTES}/activity*", answer_nothing)
    open_tab(page, logged, "activity")
    expect(page.get_by_role("heading", name="No query is logged yet")).to_be_visible()
    page.unroute(f"{ROUTES}/activity*")
    expect(page.get_by_role("heading", name="Activity per day")).to_be_visible(timeout=10_000)


def answer_nothing(route: Route) -> None:
    body: dict[str, object] = {
        "window": None,
        "first_day": None,
        "last_day": None,
        "row_count": 0,
        "days": [],
    }
    route.fulfill(json={**body, "columns": [], "rows": []})


@pytest.mark.parametrize(
    ("tab", "loading", "shown"),
    [
        ("activity", "Loading the activity", "Activity per day"),
        ("tail", "Loading the latest events", "Latest events"),
    ],
)
def test_waiting_and_failing_are_told(
    visit: Visit, logged: str, *, axe_source: str, tab: str, loading: str, shown: str
) -> None:
    page = visit.page
    held: list[Route] = []
    # A built-in method cannot carry the mark that Playwright puts on a handler.
    page.route(f"{ROUTES}/{tab}*", lambda route: held.append(route))  # noqa: PLW0108
    open_tab(page, logged, tab)
    expect(page.get_by_role("status", name=loading)).to_be_visible()
    check_accessible(page, axe_source)
    held[0].fulfill(status=500, json={"title": "Internal error", "status": 500, "detail": "disk is full"})
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("disk is full")
    check_accessible(page, axe_source)
    page.unroute(f"{ROUTES}/{tab}*")
    alert.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name=shown)).to_be_visible()


def test_the_plan_may_compare_with_days_of_the_log_and_a_day_leads_to_its_rows(
    visit: Visit, look: tuple[Scheme, int], logged: str, axe_source: str
) -> None:
    page = visit.page
    page.goto(f"{logged}/services/{PROJECT}/{SERVICE}?endpoint={ENDPOINT}&configure={DEPLOYMENT}")
    plan = page.get_by_role("form", name=f"What Configure makes for {DEPLOYMENT}")
    plan.get_by_text("More: what the recipe compares").click()
    plan.get_by_label("Model version").select_option("all")
    expect(plan.get_by_label("Only rows that the evaluated version answered")).to_be_disabled()
    plan.get_by_label("Reference", exact=True).select_option("log")
    expect(plan.get_by_label("Reference, first day")).to_have_value("2013-04-01")
    plan.get_by_label("Reference, last day").fill("2013-04-02")
    check_width(page)
    check_accessible(page, axe_source)
    plan.get_by_role("button", name="Make it").click()
    expect(page.get_by_text("Nothing is evaluated yet.")).to_be_visible()
    with Client(logged) as client:
        made = client.read_monitoring(DEPLOYMENT, ENDPOINT)
        settings = client.read_recipe(PROJECT, made["recipe"])["settings"]
        open_tab(page, logged, "activity")
        page.get_by_role("region", name="Days of the activity").get_by_role(
            "link", name="2 rows of 2013-04-02"
        ).click()
        expect(page.get_by_role("heading", level=1, name=f"{DEPLOYMENT}-{ENDPOINT}-log")).to_be_visible()
        expect(page.get_by_text("2 of 6 rows.")).to_be_visible()
        client.remove_monitoring(DEPLOYMENT, ENDPOINT)
    assert settings["model_version"] == "all"
    assert settings["reference"] == {
        "dataset": f"{DEPLOYMENT}-{ENDPOINT}-log",
        "window": "2013-04-01/2013-04-03",
    }
    visit.check_quiet()


def test_deletion_is_confirmed_refused_while_events_wait_then_discarded(
    visit: Visit, bundle: None, *, small_model: Path, tmp_path: Path, axe_source: str
) -> None:
    """No event server listens, so nothing can be shipped."""
    page = visit.page
    with run_server(tmp_path, drain_seconds_max=1.0) as (client, _):
        save_to(client.url, small_model)
        deploy_to(client.url)
        assert client.query_deployment(DEPLOYMENT, ENDPOINT, GOOD)["status"] == 200
        open_tab(page, client.url, "settings")
        page.get_by_role("button", name="Delete …").click()
        form = page.get_by_role("form", name="Delete the deployment")
        delete = form.get_by_role("button", name=f"Delete {DEPLOYMENT}")
        form.get_by_label(f"Type {DEPLOYMENT} to confirm").fill("SHOP")
        expect(delete).to_be_disabled()
        form.get_by_label(f"Type {DEPLOYMENT} to confirm").fill(DEPLOYMENT)
        delete.click()
        expect(form.get_by_role("alert")).to_contain_text("does not take them", timeout=30_000)
        expect(form.get_by_role("group", name="Events that wait")).to_contain_text(
            "missing from every evaluation"
        )
        check_width(page)
        check_accessible(page, axe_source)
        assert len(client.list_deployments()) == 1
        form.get_by_role("button", name="Discard the events and delete").click()
        heading = page.get_by_role("heading", name="Projects and deployments")
        expect(heading).to_be_visible(timeout=30_000)
        expect(page.get_by_text("1 project, 0 deployments.")).to_be_visible()
        expect(page.get_by_text(f"{DEPLOYMENT} is deleted.")).to_be_visible()
        assert client.list_deployments() == []
    assert [line for line in visit.complaints if "Failed to load resource" not in line] == []
