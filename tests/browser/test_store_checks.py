"""Checks of a store in the browser: made from presets, changed, switched off, deleted; why a status is so."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import BARE_STORE, PROJECT, STORE
from tests.browser.visits import Scheme, Visit, check_accessible, check_width

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHARE = "Share of drifted features"


@pytest.fixture
def unchecked(full_server: str) -> Iterator[str]:
    """The address of the store's page; whatever checks a test makes go again."""
    yield f"{full_server}/projects/{PROJECT}/stores/{STORE}"
    with httpx.Client(base_url=f"{full_server}/api/v1") as api:
        for check in api.get("/checks", params={"project": PROJECT}).json()["items"]:
            api.delete(f"/checks/{check['id']}")


def find_checks(page: Page) -> Any:
    return page.get_by_role("region", name="Checks")


def find_reason(page: Page) -> Any:
    return page.get_by_role("status", name="Why this status")


def test_a_check_from_a_preset_with_other_bounds(
    visit: Visit, look: tuple[Scheme, int], unchecked: str, axe_source: str
) -> None:
    """The last month has five of nineteen features drifted: 26 %."""
    page, checks = visit.page, find_checks(visit.page)
    page.goto(unchecked)
    expect(find_reason(page)).to_contain_text(
        "The store is WARNING since the drift verdict of its latest evaluation is"
    )
    checks.get_by_role("button", name="Add a check").click()
    checks.get_by_label("Metric").select_option(SHARE)
    checks.get_by_label("ERROR from").fill("20")
    checks.get_by_label("WARNING from").fill("10")
    check_width(page)
    check_accessible(page, axe_source)
    checks.get_by_role("button", name="Add the check").click()
    line = checks.get_by_role("list", name="Checks of the store")
    expect(line).to_contain_text("WARNING from 10 %, ERROR from 20 %")
    expect(find_reason(page)).to_have_text(
        f"The store is ERROR because of its check {SHARE}. The drift verdict of the latest evaluation "
        "is WARNING: it goes by default thresholds, the checks by their own bounds, rows and runs in a row."
    )
    expect(page.get_by_text(f"{SHARE}: WARNING at 10 %, {SHARE}: ERROR at 20 %")).to_be_visible()
    expect(page.locator("svg path[stroke-dasharray]").first).to_be_attached()
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_a_check_is_changed_switched_off_and_deleted(visit: Visit, unchecked: str) -> None:
    page, checks = visit.page, find_checks(visit.page)
    page.goto(f"{unchecked}?check=new")
    checks.get_by_label("Metric").select_option("Accuracy (own bounds)")
    checks.get_by_label("Name").fill("Right often enough")
    checks.get_by_role("button", name="Add the check").click()
    expect(checks.get_by_role("alert")).to_contain_text("the range has no bound")
    checks.get_by_label("ERROR at or below").fill("0.5")
    checks.get_by_role("button", name="Add the check").click()
    line = checks.get_by_role("list", name="Checks of the store")
    expect(line).to_contain_text("Accuracy: ERROR at 0.5 or below; at least 50 rows")

    line.get_by_role("button", name="Change Right often enough").click()
    page.reload()
    line.get_by_label("ERROR at or below").fill("")
    line.get_by_label("WARNING at or below").fill("0.9")
    line.get_by_label("Rows at least").fill("200")
    line.get_by_label("Windows in a row").fill("3")
    line.get_by_role("button", name="Save the check").click()
    expect(line).to_contain_text("WARNING at 0.9 or below; at least 200 rows; 3 times in a row")
    expect(line.get_by_role("form", name="Check")).to_have_count(0)

    line.get_by_role("button", name="Switch off Right often enough").click()
    expect(line).to_contain_text("(off)")
    expect(find_reason(page)).to_contain_text("all its checks are switched off")
    line.get_by_role("button", name="Delete Right often enough").click()
    line.get_by_role("button", name="Yes, delete Right often enough").click()
    expect(line).to_have_count(0)


def test_a_store_without_evaluations_takes_checks(visit: Visit, unchecked: str, axe_source: str) -> None:
    page = visit.page
    page.goto(f"{unchecked.removesuffix(STORE)}{quote(BARE_STORE, safe='')}")
    expect(find_checks(page).get_by_text("None yet.", exact=False)).to_be_visible()
    check_accessible(page, axe_source)
