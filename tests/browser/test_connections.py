"""Connections in a real browser, with a real store: made, refused, tested, changed, deleted."""

import os
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.visits import Scheme, Visit, check_accessible, check_width
from tests.loglake.stores import ACCESS_KEY, BUCKET, SECRET, Fault, run_proxy, run_store

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_connection_from_the_first_field_to_its_end(
    visit: Visit, look: tuple[Scheme, int], empty_server: str, axe_source: str
) -> None:
    page, name, fault = visit.page, f"lake-{uuid.uuid4().hex[:6]}", Fault(strips_conditions=True)
    with run_store() as store, run_proxy(store, fault) as endpoint:
        page.goto(f"{empty_server}/administration")
        page.get_by_role("link", name="New connection").click()
        form = page.get_by_role("form", name="New connection")
        form.get_by_role("textbox", name="Id", exact=True).fill(name)
        form.get_by_role("textbox", name="Bucket").fill(BUCKET)
        form.get_by_label("Prefix").fill("team")
        form.get_by_role("textbox", name="Endpoint").fill(endpoint)
        form.get_by_label("Allow an endpoint without encryption").check()
        form.get_by_label("Access key id").fill(ACCESS_KEY)
        form.get_by_role("textbox", name="Secret").fill(SECRET)
        check_width(page)
        check_accessible(page, axe_source)
        take_picture(visit, f"form-{look[0]}-{look[1]}")
        form.get_by_role("button", name="Test and save").click()
        expect(form.get_by_role("alert")).to_contain_text("two creations of one key both succeeded")
        visit.complaints.clear()  # The browser tells of every refusal.
        fault.strips_conditions = False
        form.get_by_role("button", name="Test and save").click()
        lake = page.get_by_role("article", name=f"Connection {name}")
        expect(lake).to_contain_text("test passed", timeout=20_000)
        expect(lake).to_contain_text(ACCESS_KEY)
        expect(form).to_have_count(0)
        assert SECRET not in page.content()
        fault.is_dead = True
        lake.get_by_role("button", name=f"Test {name}").click()
        expect(lake).to_contain_text("test failed", timeout=20_000)
        expect(lake.get_by_role("status")).to_contain_text("write: ")
        check_width(page)
        check_accessible(page, axe_source)
        take_picture(visit, f"list-{look[0]}-{look[1]}")
        fault.is_dead = False
        lake.get_by_role("link", name=f"Change connection {name}").click()
        change = page.get_by_role("form", name=f"Change the connection {name}")
        change.get_by_label("Prefix").fill("other")
        change.get_by_role("button", name="Test and save").click()
        expect(lake.locator("dl > div", has_text="Prefix").locator("dd")).to_have_text("other")
        expect(lake).to_contain_text("test passed")
        lake.get_by_role("button", name=f"Delete connection {name}").click()
        lake.get_by_role("button", name="Yes, delete it").click()
        expect(lake).to_have_count(0)
        local = page.get_by_role("article", name="Connection local")
        local.get_by_role("button", name="Delete connection local").click()
        local.get_by_role("button", name="Yes, delete it").click()
        expect(local.get_by_role("alert")).to_contain_text("used by destination events")
        visit.complaints.clear()
        visit.check_quiet()


def take_picture(visit: Visit, name: str) -> None:
    """Only where somebody wants to look."""
    folder = os.environ.get("WAKELINE_TEST_PICTURES")
    if folder:
        visit.page.screenshot(path=Path(folder) / f"connection-{name}.png", full_page=True)
