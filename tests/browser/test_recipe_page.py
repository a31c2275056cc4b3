"""An Evaluate recipe in the browser: its settings by parts, its runs."""

import pytest
from playwright.sync_api import expect

from tests.browser.logged import RECIPE
from tests.browser.serving import PROJECT
from tests.browser.visits import Scheme, Visit, check_accessible, check_width

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("tab", ["dataset", "model", "sampling", "output"])
def test_each_part_of_a_recipe(
    visit: Visit, look: tuple[Scheme, int], logged: str, axe_source: str, tab: str
) -> None:
    page = visit.page
    page.goto(f"{logged}/projects/{PROJECT}/recipes/{RECIPE}?tab={tab}")
    settings = page.get_by_role("region", name="Settings")
    expect(settings.get_by_role("heading", level=2)).to_be_visible()
    expect(settings.get_by_role("button", name="Save")).to_be_disabled()
    expect(page.get_by_role("region", name="Latest runs").get_by_role("link")).to_have_count(1)
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_settings_are_saved_and_stay(visit: Visit, logged: str) -> None:
    page = visit.page
    page.goto(f"{logged}/projects/{PROJECT}/recipes/{RECIPE}?tab=sampling")
    page.get_by_label("Seed").fill("7")
    page.get_by_role("link", name="Output").click()
    page.get_by_label("Skip performance metrics").select_option("Yes")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Skip performance metrics")).to_have_value("true")
    page.get_by_role("link", name="Sampling").click()
    expect(page.get_by_label("Seed")).to_have_value("7")
    visit.check_quiet()
