"""An Evaluate recipe in the browser: its settings by parts, its schedule, its runs."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.logged import DATASET, RECIPE, STORE
from tests.browser.serving import MODEL, PROJECT
from tests.browser.visits import Scheme, Visit, check_accessible, check_width

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OWN = "evaluate-by-hand"


@pytest.fixture
def own_recipe(logged: str) -> Iterator[str]:
    """The address of a recipe that this test alone changes; it goes again."""
    with httpx.Client(base_url=f"{logged}/api/v1", timeout=30) as api:
        body = {"project": PROJECT, "name": OWN, "dataset": DATASET, "model": MODEL, "store": STORE}
        api.post("/recipes", json=body).raise_for_status()
        yield f"{logged}/projects/{PROJECT}/recipes/{OWN}"
        api.delete(f"/recipes/{PROJECT}/{OWN}").raise_for_status()


def read_settings(logged: str) -> dict[str, object]:
    found: dict[str, object] = httpx.get(f"{logged}/api/v1/recipes/{PROJECT}/{OWN}").json()["settings"]
    return found


@pytest.mark.parametrize("tab", ["dataset", "model", "reference", "sampling", "output"])
def test_each_part_of_a_recipe(
    visit: Visit, look: tuple[Scheme, int], logged: str, axe_source: str, tab: str
) -> None:
    page = visit.page
    page.goto(f"{logged}/projects/{PROJECT}/recipes/{RECIPE}?tab={tab}")
    settings = page.get_by_role("region", name="Settings")
    expect(settings.get_by_role("heading", level=2)).to_be_visible()
    expect(settings.get_by_role("button", name="Save")).to_be_disabled()
    expect(page.get_by_role("region", name="Latest runs").get_by_role("link")).not_to_have_count(0)
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_what_was_detected_is_said_and_can_be_switched(visit: Visit, logged: str, own_recipe: str) -> None:
    page = visit.page
    page.goto(own_recipe)
    handling = page.get_by_label("Handle dataset as API node logs")
    expect(handling.locator("option").first).to_have_text("Detected: yes, it has their columns")
    handling.select_option("No")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    assert read_settings(logged)["handle_as_api_node_logs"] is False
    visit.check_quiet()


def test_settings_are_saved_and_stay(visit: Visit, logged: str, own_recipe: str) -> None:
    page = visit.page
    page.goto(f"{own_recipe}?tab=sampling")
    page.get_by_label("Seed").fill("7")
    page.get_by_role("link", name="Output").click()
    page.get_by_label("Skip performance metrics").select_option("Yes")
    page.get_by_role("link", name="Model", exact=True).click()
    page.get_by_label(f"Version of {MODEL}").select_option("All versions together")
    expect(page.get_by_label("Only rows that this version answered")).to_be_disabled()
    page.get_by_label("Only rows of the deployment").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_label(f"Version of {MODEL}")).to_have_value("all")
    found = read_settings(logged)
    assert (found["seed"], found["skip_performance"], found["filter_deployment_id"]) == (7, True, None)
    visit.check_quiet()


def test_a_window_of_the_log_as_the_reference(
    visit: Visit, logged: str, own_recipe: str, axe_source: str
) -> None:
    """The window that is evaluated, so that nothing has drifted."""
    page = visit.page
    today = datetime.now(UTC).date().isoformat()
    page.goto(f"{own_recipe}?tab=reference")
    page.get_by_label("A window of a log").check()
    page.get_by_label("First day").fill(today)
    page.get_by_label("Last day").fill(today)
    check_accessible(page, axe_source)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    page.get_by_role("button", name="Run", exact=True).click()
    progress = page.get_by_role("status", name="Progress of the run")
    expect(progress).to_contain_text("done", timeout=60_000)
    progress.get_by_role("link", name="Open the evaluation").click()
    expect(
        page.get_by_text(re.compile("0 of 3 features|[Nn]o (feature|input)|did not drift")).first
    ).to_be_visible()
    visit.check_quiet()


def test_a_schedule_is_made_changed_and_deleted(
    visit: Visit, look: tuple[Scheme, int], own_recipe: str, axe_source: str
) -> None:
    page = visit.page
    page.goto(f"{own_recipe}?tab=schedule")
    expect(page.get_by_text("The recipe runs only by hand.", exact=False)).to_be_visible()
    page.get_by_label("Runs", exact=True).select_option("At other times …")
    page.get_by_label("Cron").fill("nonsense")
    page.get_by_role("button", name="Make a schedule").click()
    expect(page.get_by_role("alert")).to_contain_text("nonsense")
    page.get_by_label("Cron").fill("15 4 * * *")
    page.get_by_role("button", name="Make a schedule").click()
    expect(page.get_by_text(re.compile(r"^Next: .* 04:15 UTC, on "))).to_be_visible()
    page.get_by_label("Window of a run").select_option("The previous month")
    page.get_by_label("Switched on").uncheck()
    page.get_by_role("button", name="Save the schedule").click()
    expect(page.get_by_text("Switched off: it does not run by itself.")).to_be_visible()
    expect(page.get_by_label("Window of a run")).to_have_value("previous-month")
    check_width(page)
    check_accessible(page, axe_source)
    page.get_by_role("button", name="Delete the schedule").click()
    page.get_by_role("button", name="Yes, delete it").click()
    expect(page.get_by_role("button", name="Make a schedule")).to_be_visible()
    refused = "error: Failed to load resource: the server responded with a status of 422"
    assert [one for one in visit.complaints if not one.startswith(refused)] == []


def test_recipe_that_is_gone(visit: Visit, look: tuple[Scheme, int], logged: str, axe_source: str) -> None:
    visit.page.goto(f"{logged}/projects/{PROJECT}/recipes/nothing")
    expect(visit.page.get_by_role("heading", name="There is no recipe nothing")).to_be_visible()
    check_width(visit.page)
    check_accessible(visit.page, axe_source)


def test_a_run_that_fails_at_once_is_listed_as_failed(visit: Visit, logged: str) -> None:
    page = visit.page
    page.goto(f"{logged}/projects/{PROJECT}/recipes/{RECIPE}")
    form = page.get_by_role("form", name="Run the recipe")
    form.get_by_label("Window").select_option("Other days …")
    form.get_by_label("First day").fill("2001-01-02")
    form.get_by_label("Last day").fill("2001-01-01")
    expect(form).to_contain_text("The last day is before the first.")
    form.get_by_label("Last day").fill("2001-01-02")
    form.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("status", name="Progress of the run")).to_contain_text("failed")
    runs = page.get_by_role("region", name="Latest runs")
    expect(runs.get_by_role("listitem").first).to_contain_text("failed", timeout=2_500)
