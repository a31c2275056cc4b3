"""The page of an API service in a real browser: monitoring panel with Configure, versions, deployments."""

import pytest
from playwright.sync_api import expect

from tests.browser.serving import DEPLOYMENT, ENDPOINT, PROJECT, SERVICE
from tests.browser.visits import Scheme, Visit, check_accessible, check_width
from wakeline.client.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ADDRESS = f"/services/{PROJECT}/{SERVICE}"


def test_endpoint_deployments_and_versions(
    visit: Visit, look: tuple[Scheme, int], serving: str, axe_source: str
) -> None:
    page = visit.page
    page.goto(f"{serving}{ADDRESS}")
    expect(page.get_by_role("heading", name=f"Monitoring of {ENDPOINT}")).to_be_visible()
    panel = page.get_by_role("list", name=f"Deployments of {ENDPOINT}")
    expect(panel.get_by_role("link", name=DEPLOYMENT)).to_be_visible()
    expect(page.get_by_role("region", name="Versions of the service")).to_contain_text(f"{ENDPOINT}: risk v1")
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_another_version_is_published_and_deployed_by_clicks(visit: Visit, serving: str) -> None:
    page = visit.page
    page.goto(f"{serving}{ADDRESS}")
    page.get_by_role("button", name="Publish a version").click()
    expect(page.get_by_text("v2 is published.")).to_be_visible()
    page.goto(f"{serving}/deployments/{DEPLOYMENT}?tab=settings")
    generation = page.get_by_role("form", name="Generation")
    generation.get_by_label("Version of the service").select_option("v2")
    generation.get_by_role("button", name="Deploy v2").click()
    expect(generation.get_by_text("v2 is deployed.")).to_be_visible(timeout=30_000)
    with Client(serving) as client:
        assert client.read_deployment(DEPLOYMENT)["generation"] == "v2"
    visit.check_quiet()


def test_configure_by_clicks_then_links_then_removed(visit: Visit, serving: str, axe_source: str) -> None:
    page = visit.page
    page.goto(f"{serving}{ADDRESS}")
    page.get_by_role("link", name="Configure", exact=True).click()
    plan = page.get_by_role("form", name=f"What Configure makes for {DEPLOYMENT}")
    expect(plan).to_contain_text(f"api-node-query/{DEPLOYMENT}/{ENDPOINT}")
    check_accessible(page, axe_source)
    plan.get_by_label("Zone", exact=True).fill("Watched")
    plan.get_by_label("When (cron)").fill("15 4 * * *")
    plan.get_by_role("checkbox", name="Missing values").uncheck()
    plan.get_by_label("Prediction drift: WARNING from").fill("0.15")
    plan.get_by_label("Tell, when the status changes").select_option("webhook")
    plan.get_by_label("Address").fill("http://127.0.0.1:9/hook")
    with Client(serving) as client:
        assert client.read_monitoring(DEPLOYMENT, ENDPOINT)["configured"] is False
        plan.get_by_role("button", name="Make it").click()
        expect(page.get_by_text("Nothing is evaluated yet")).to_be_visible()
        made = client.read_monitoring(DEPLOYMENT, ENDPOINT)
    assert (made["configured"], made["zone"], made["schedule"]["cron"]) == (True, "Watched", "15 4 * * *")
    checks = {check["name"]: check for check in made["checks"]}
    assert "Missing values" not in checks
    assert checks["Prediction drift"]["warning_max"] == 0.15
    assert made["alerts"][0]["target"]["url"] == "http://127.0.0.1:9/hook"
    check_accessible(page, axe_source)

    for part in ("dataset", "recipe", "store"):
        link = page.get_by_role("link", name=made[part], exact=True)
        link.click()
        expect(page.get_by_role("main").get_by_text(made[part]).first).to_be_visible()
        page.go_back()
    visit.check_quiet()

    page.get_by_role("button", name="Remove the monitoring").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_role("link", name="Configure", exact=True)).to_be_visible()
    with Client(serving) as client:
        assert client.read_monitoring(DEPLOYMENT, ENDPOINT)["configured"] is False


def test_refused_plan_says_why(visit: Visit, serving: str, axe_source: str) -> None:
    page = visit.page
    page.goto(f"{serving}{ADDRESS}?endpoint={ENDPOINT}&configure={DEPLOYMENT}")
    plan = page.get_by_role("form", name=f"What Configure makes for {DEPLOYMENT}")
    plan.get_by_label("When (cron)").fill("at night")
    plan.get_by_role("button", name="Make it").click()
    expect(plan.get_by_role("alert")).to_contain_text("at night")
    check_accessible(page, axe_source)


def test_unknown_service(visit: Visit, look: tuple[Scheme, int], serving: str, axe_source: str) -> None:
    page = visit.page
    page.goto(f"{serving}/services/{PROJECT}/nothing")
    expect(page.get_by_role("heading", name="There is no API service nothing")).to_be_visible()
    check_width(page)
    check_accessible(page, axe_source)
