"""Administration in a real browser: the way of real events, processes, places."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.browser.serving import DEPLOYMENT, ENDPOINT
from tests.browser.visits import Scheme, Visit, check_accessible, check_width
from wakeline.client.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_everything_at_a_glance(
    visit: Visit, look: tuple[Scheme, int], serving: str, axe_source: str
) -> None:
    page = visit.page
    page.goto(f"{serving}/administration")
    expect(page.get_by_text("Everyone here is administrator")).to_be_visible()
    for title in ("Event server", "Processes", "Destinations", "Connections", "API keys", "Infrastructures"):
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    expect(page.get_by_text(f"node-{DEPLOYMENT}-0", exact=True)).to_be_visible()
    processes = page.get_by_role("region", name="Processes that the server looks after")
    for name in ("server", "event server", "gateway"):
        expect(processes.get_by_role("row", name=re.compile(f"^{name} running"))).to_be_visible()
    expect(page.get_by_text("all well")).to_be_visible()
    expect(page.get_by_text("one table for each topic, routing key")).to_be_visible()
    local = page.get_by_role("article", name="Infrastructure local")
    expect(local).to_contain_text("this home's own")
    expect(local.get_by_role("link", name=DEPLOYMENT)).to_be_visible()
    with Client(serving) as client:
        folder = client.list_destinations()[0]["place"]
    assert Path(folder).is_absolute()
    expect(page.get_by_text(folder, exact=True)).to_be_visible()
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_counters_are_live(visit: Visit, serving: str) -> None:
    page = visit.page
    page.goto(f"{serving}/administration")
    counter = (
        page.get_by_role("region", name="Event server").locator("dl > div", has_text="Stored").locator("dd")
    )
    expect(counter).to_contain_text("safe in the log")
    before = int(counter.inner_text().split()[0])
    with Client(serving) as client:
        for _ in range(3):
            client.query_deployment(DEPLOYMENT, ENDPOINT, {"amount": 1, "items": 1, "country": "DE"})
    expect(counter).to_contain_text(re.compile(rf"^{before + 3}\D"), timeout=20_000)
    expect(page.get_by_role("region", name="Streams of the event server")).to_contain_text(
        f"api-node-query/{DEPLOYMENT}/{ENDPOINT}"
    )


def test_event_server_that_does_not_answer_is_said(visit: Visit, empty_server: str, axe_source: str) -> None:
    page = visit.page
    page.goto(f"{empty_server}/administration")
    expect(page.get_by_text("No report: event-server")).to_be_visible()
    expect(page.get_by_text("looks after no process yet")).to_be_visible()
    processes = page.get_by_role("region", name="Processes that the server looks after")
    expect(processes.get_by_role("row", name=re.compile("^event server no answer"))).to_be_visible()
    expect(page.get_by_text("2 of them do not answer")).to_be_visible()
    expect(page.get_by_text("No shipper has reported yet")).to_be_visible()
    expect(page.get_by_role("article", name="Infrastructure local")).to_contain_text("none yet")
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_defaults_of_an_infrastructure_are_changed_and_a_deployment_keeps_its_own(
    visit: Visit, look: tuple[Scheme, int], serving: str, axe_source: str
) -> None:
    page = visit.page
    page.goto(f"{serving}/administration")
    page.get_by_role("link", name="Change local").click()
    form = page.get_by_role("form", name="Change the infrastructure local")
    page.goto(page.url)
    form.get_by_label("Log outputs").uncheck()
    form.get_by_label("Reporting key").select_option("a key of its own")
    with Client(serving) as client:
        key = client.create_api_key("nodes")
    form.get_by_label(re.compile("^Key")).fill(key["secret"])
    form.get_by_label("Event servers", exact=True).select_option("others, by URL")
    form.get_by_label("URLs of the event servers").fill("nonsense")
    check_width(page)
    check_accessible(page, axe_source)
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_contain_text("'nonsense' is not the URL of an event server")
    visit.complaints.clear()  # The browser tells of every refusal.
    form.get_by_label("Event servers", exact=True).select_option("this home's own")
    form.get_by_role("button", name="Save").click()
    local = page.get_by_role("article", name="Infrastructure local")
    expect(local.get_by_role("status")).to_contain_text(f"Restarted with it: {DEPLOYMENT}", timeout=30_000)
    local.get_by_role("button", name="Close").click()
    expect(local).to_contain_text(f"its own, ends in …{key['ending']}")
    expect(local.locator("dl > div", has_text="Log outputs").locator("dd")).to_have_text("off")

    page.goto(f"{serving}/deployments/{DEPLOYMENT}?tab=settings")
    logging = page.get_by_role("form", name="Logging")
    expect(logging.get_by_label("Log outputs")).not_to_be_checked()
    expect(logging.get_by_text("As the infrastructure local says.").first).to_be_visible()
    logging.get_by_label("Log outputs").check()
    logging.get_by_role("button", name="Save").click()
    expect(logging.get_by_text("Set for this deployment alone.")).to_be_visible(timeout=30_000)
    check_accessible(page, axe_source)
    follow = logging.get_by_role("button", name="Let the log switches follow local")
    follow.click()
    expect(follow).to_have_count(0, timeout=30_000)
    with Client(serving) as client:
        client.change_infrastructure("local", log_outputs=True, reporting_key=None)
        client.delete_api_key("nodes")
    visit.check_quiet()


def test_loading_and_failing_are_told(visit: Visit, serving: str, axe_source: str) -> None:
    page = visit.page
    held: list[Route] = []
    page.route("**/api/v1/infrastructures", lambda route: held.append(route))  # noqa: PLW0108
    problem = {"type": "about:blank", "title": "Internal error", "status": 500, "detail": "disk is full"}
    page.route("**/api/v1/destinations", lambda route: route.fulfill(status=500, body=json.dumps(problem)))
    page.goto(f"{serving}/administration")
    expect(page.get_by_role("status", name="Loading: Infrastructures")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("disk is full")
    check_accessible(page, axe_source)
    page.unroute("**/api/v1/destinations")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("article", name="Destination events")).to_be_visible()
    for route in held:
        route.continue_()
    expect(page.get_by_role("article", name="Infrastructure local")).to_be_visible()


def test_a_key_and_its_destination_are_made_changed_and_deleted(
    visit: Visit, serving: str, axe_source: str
) -> None:
    page = visit.page
    page.goto(f"{serving}/administration?api-key=new")
    form = page.get_by_role("form", name="New API key")
    form.get_by_label("Id").fill("team-b")
    form.get_by_label("Events a second").fill("50")
    form.get_by_role("button", name="Make the key").click()
    secret = page.get_by_role("region", name="Secret of team-b").inner_text().strip()
    assert len(secret) >= 43
    check_accessible(page, axe_source)
    page.get_by_role("button", name="I have kept it").click()
    key = page.get_by_role("article", name="API key team-b")
    expect(key).to_contain_text("50 events a second")
    expect(page.get_by_role("region", name="Secret of team-b")).to_have_count(0)
    assert secret not in page.content()
    page.get_by_role("link", name="New destination").click()
    form = page.get_by_role("form", name="New destination")
    form.get_by_label("Id").fill("team-b")
    form.get_by_label("Path").fill("../out")
    form.get_by_label("API keys").fill("team-b")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_contain_text("not a path below a connection")
    form.get_by_label("Path").fill("team-b")
    form.get_by_label("Routing keys").fill("b-*")
    form.get_by_label("Days to keep rows").fill("90")
    form.get_by_role("button", name="Save").click()
    destination = page.get_by_role("article", name="Destination team-b")
    expect(destination).to_contain_text("b-*")
    expect(destination).to_contain_text("90 days")
    expect(key).to_contain_text("team-b")
    key.get_by_role("button", name="Rotate team-b").click()
    expect(key.get_by_role("region", name="Secret of team-b")).not_to_have_text(secret)
    key.get_by_role("button", name="Delete API key team-b").click()
    key.get_by_role("button", name="Yes, delete it").click()
    expect(key.get_by_role("alert")).to_contain_text("change its keys first")
    destination.get_by_role("button", name="Delete destination team-b").click()
    destination.get_by_role("button", name="Yes, delete it").click()
    expect(destination).to_have_count(0)
    key.get_by_role("button", name="Yes, delete it").click()
    expect(key).to_have_count(0)
    visit.complaints.clear()  # The browser tells of every refusal.
    visit.check_quiet()
