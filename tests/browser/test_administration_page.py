"""Administration in a real browser: the way of real events, processes, places."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

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
    for title in ("Event server", "Processes", "Destinations", "Connections", "Infrastructures"):
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    expect(page.get_by_text(f"node-{DEPLOYMENT}-0", exact=True)).to_be_visible()
    with Client(serving) as client:
        folder = client.list_destinations()[0]["path"]
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
    expect(counter).to_have_text("0", timeout=1_000) if counter.inner_text() == "0" else None
    before = int(counter.inner_text())
    with Client(serving) as client:
        for _ in range(3):
            client.query_deployment(DEPLOYMENT, ENDPOINT, {"amount": 1, "items": 1, "country": "DE"})
    expect(counter).to_have_text(str(before + 3), timeout=20_000)
    expect(page.get_by_role("region", name="Streams of the event server")).to_contain_text(
        f"api-node-query/{DEPLOYMENT}/{ENDPOINT}"
    )


def test_event_server_that_does_not_answer_is_said(visit: Visit, empty_server: str, axe_source: str) -> None:
    page = visit.page
    page.goto(f"{empty_server}/administration")
    expect(page.get_by_text("No report: event-server")).to_be_visible()
    expect(page.get_by_text("looks after no process yet")).to_be_visible()
    check_accessible(page, axe_source)
    visit.check_quiet()
