"""The page of an API service in a real browser: monitoring panel with Configure, versions, deployments."""

import json

import httpx
import pytest
from playwright.sync_api import Route, expect

from tests.browser.logged import wait_until
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
    expect(plan.get_by_role("heading", name="Configure the monitoring")).to_be_focused()
    check_accessible(page, axe_source)
    plan.get_by_text("More: what the recipe compares").click()
    check_accessible(page, axe_source)
    plan.get_by_label("Zone", exact=True).fill("Watched")
    expect(plan.get_by_label("Only rows of the deployment")).to_have_value(DEPLOYMENT)
    expect(plan).to_contain_text("prediction_id, by which labels find their prediction")
    plan.get_by_label("Model version").select_option("v1")
    plan.get_by_label("Skip performance metrics").select_option("true")
    plan.get_by_label("Sample, rows of each side at most").fill("2000")
    plan.get_by_label("Seed of the sample").fill("7")
    plan.get_by_label("Only rows that the evaluated version answered").uncheck()
    plan.get_by_label("Runs").select_option(label="At other times …")
    plan.get_by_label("Cron").fill("15 4 * * *")
    plan.get_by_label("On the queries of").select_option("previous-week")
    plan.get_by_role("checkbox", name="Missing values").uncheck()
    plan.get_by_label("Prediction drift: WARNING from").fill("0.15")
    plan.get_by_label("Tell, when the status changes").select_option("webhook")
    plan.get_by_label("Address").fill("http://127.0.0.1:9/hook")
    with Client(serving) as client:
        assert client.read_monitoring(DEPLOYMENT, ENDPOINT)["configured"] is False
        plan.get_by_role("button", name="Make it").click()
        expect(page.get_by_text("Nothing is evaluated yet")).to_be_in_viewport()
        made = client.read_monitoring(DEPLOYMENT, ENDPOINT)
        recipe = client.read_recipe(PROJECT, made["recipe"])["settings"]
    assert (recipe["model_version"], recipe["skip_performance"]) == ("v1", True)
    assert (recipe["sample_rows_max"], recipe["seed"]) == (2000, 7)
    assert (recipe["filter_model_version"], recipe["filter_deployment_id"]) == (False, DEPLOYMENT)
    assert made["schedule"]["window_rule"] == "previous-week"
    assert (made["configured"], made["zone"], made["schedule"]["cron"]) == (True, "Watched", "15 4 * * *")
    checks = {check["name"]: check for check in made["checks"]}
    assert "Missing values" not in checks
    assert checks["Prediction drift"]["warning_max"] == 0.15
    assert made["alerts"][0]["target"]["url"] == "http://127.0.0.1:9/hook"
    check_accessible(page, axe_source)

    for part in ("dataset", "recipe", "store"):
        link = page.get_by_role("link", name=made[part], exact=True)
        link.click()
        expect(page.get_by_role("heading", level=1, name=made[part])).to_be_visible()
        assert f"/{part}s/" in page.url
        page.go_back()
    visit.check_quiet()

    page.goto(f"{serving}{ADDRESS}?endpoint={ENDPOINT}&configure={DEPLOYMENT}")
    expect(plan.get_by_text("The recipe runs by itself already: 15 4 * * * (UTC).")).to_be_visible()
    expect(plan.get_by_text("Told already: http://127.0.0.1:9/hook.")).to_be_visible()
    plan.get_by_text("More: ").click()
    expect(plan.get_by_role("checkbox", name="Prediction drift")).to_be_disabled()
    plan.get_by_label("Tell, when the status changes").select_option("webhook")
    plan.get_by_label("Address").fill("http://127.0.0.1:9/other")
    plan.get_by_role("button", name="Make it").click()
    expect(page.get_by_text("http://127.0.0.1:9/other")).to_be_visible()
    with Client(serving) as client:
        alerts = client.read_monitoring(DEPLOYMENT, ENDPOINT)["alerts"]
    assert [alert["name"] for alert in alerts] == ["Alert", "Alert 2"]

    page.get_by_role("button", name="Remove the monitoring").click()
    removal = page.get_by_role("group", name="Remove the monitoring")
    for part in ("dataset", "recipe", "store", "zone"):
        expect(removal).to_contain_text(f"the {part} {made[part]}")
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_role("link", name="Configure", exact=True)).to_be_visible()
    expect(page.get_by_text(f"Removed: recipe {made['recipe']}")).to_be_visible()
    with Client(serving) as client:
        assert client.read_monitoring(DEPLOYMENT, ENDPOINT)["configured"] is False


def test_test_queries_are_made_run_and_deleted(
    visit: Visit, look: tuple[Scheme, int], serving: str, axe_source: str
) -> None:
    page = visit.page
    page.goto(f"{serving}{ADDRESS}")
    section = page.get_by_role("region", name=f"Test queries of {ENDPOINT}", exact=True)
    expect(section.get_by_text("There is none yet.")).to_be_visible()
    check_width(page)
    check_accessible(page, axe_source)

    section.get_by_label("How many rows").fill("2")
    section.get_by_role("button", name="Generate").click()
    rows = section.get_by_role("region", name="Stored test queries").get_by_role("row")
    expect(rows).to_have_count(3)
    section.get_by_role("link", name="Add").click()
    assert "new=query" in page.url
    section.get_by_label("Name").fill("odd one")
    section.get_by_label("Features").fill("[1]")
    section.get_by_role("button", name="Keep it").click()
    expect(section.get_by_text("Expected an object")).to_be_visible()
    section.get_by_label("Features").fill('{"amuont": 1}')
    expect(section.get_by_role("note")).to_contain_text("“amuont” is no feature of the model.")
    section.get_by_label("Features").fill('{"amount": "much", "items": 2, "country": "DE"}')
    expect(section.get_by_role("note")).to_contain_text('amount: found "much", expected a number.')
    section.get_by_role("button", name="Keep it").click()
    expect(section.get_by_text("odd one is kept.")).to_be_visible()
    section.get_by_label("Name").fill("odd one ")
    expect(section.get_by_text("odd one is kept.")).to_have_count(0)
    section.get_by_label("Name").fill("odd one")
    section.get_by_role("button", name="Keep it").click()
    expect(section.get_by_role("alert")).to_contain_text("odd one")
    section.get_by_role("link", name="Done").click()

    section.get_by_role("button", name=f"Run all on {DEPLOYMENT}").click()
    expect(rows.nth(3)).to_contain_text("422: feature 'amount': found a text")
    with Client(serving) as client:
        address = f"{serving}/api/v1/services/{PROJECT}/{SERVICE}/endpoints/{ENDPOINT}/test-queries"
        stored = httpx.get(address).json()["items"]
        assert [one["name"] for one in stored] == ["Reference 1", "Reference 2", "odd one"]
        answer = client.query_deployment(DEPLOYMENT, ENDPOINT, stored[0]["features"])["answer"]["result"]
    share = answer["probas"][str(answer["prediction"]).lower()]
    expect(rows.nth(1)).to_contain_text(f"({share * 100:.1f} %)")
    check_width(page)
    check_accessible(page, axe_source)

    section.get_by_role("link", name="Open Reference 1 in Run & Test").click()
    text = page.get_by_role("form", name="Run & Test").get_by_label("The same as JSON")
    assert json.loads(text.input_value()) == stored[0]["features"]
    page.go_back()
    for query in stored:
        section.get_by_role("button", name=f"Delete {query['name']}").click()
        expect(section.get_by_role("button", name=f"Delete {query['name']}")).to_have_count(0)
    expect(section.get_by_text("There is none yet.")).to_be_visible()
    assert [line for line in visit.complaints if "409" not in line] == []


@pytest.mark.parametrize(
    ("pattern", "loading", "shown"),
    [
        ("**/test-queries", "Loading the test queries", "How many rows"),
        ("**/api/v1/monitoring*", "Loading the monitoring", "Not monitored yet."),
        ("**/generations", "Loading the versions", f"{ENDPOINT}: risk v1"),
    ],
)
def test_waiting_and_failing_are_told(
    visit: Visit, serving: str, axe_source: str, *, pattern: str, loading: str, shown: str
) -> None:
    page = visit.page
    held: list[Route] = []
    # A built-in method cannot carry the mark that Playwright puts on a handler.
    page.route(pattern, lambda route: held.append(route))  # noqa: PLW0108
    page.goto(f"{serving}{ADDRESS}")
    expect(page.get_by_role("status", name=loading)).to_be_visible()
    held[0].fulfill(status=500, json={"title": "Internal error", "status": 500, "detail": "disk is full"})
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("disk is full")
    check_accessible(page, axe_source)
    page.unroute(pattern)
    alert.get_by_role("button", name="Try again").click()
    expect(page.get_by_text(shown).first).to_be_visible()


def test_first_load_has_few_requests(visit: Visit, serving: str) -> None:
    page = visit.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{serving}{ADDRESS}")
    expect(page.get_by_role("region", name="Versions of the service")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert len(asked) <= 15, asked


def test_refused_plan_says_why(visit: Visit, serving: str, axe_source: str) -> None:
    page = visit.page
    page.goto(f"{serving}{ADDRESS}?endpoint={ENDPOINT}&configure={DEPLOYMENT}")
    plan = page.get_by_role("form", name=f"What Configure makes for {DEPLOYMENT}")
    plan.get_by_label("Runs").select_option(label="At other times …")
    cron = plan.get_by_label("Cron")
    for wrong in ("at night", "99 2 * * *", "30 2 * *"):
        cron.fill(wrong)
        expect(plan.get_by_text(f"Found “{wrong}”; expected minute, hour")).to_be_visible()
    plan.get_by_role("button", name="Make it").click()
    expect(cron).to_be_focused()
    expect(cron).to_have_attribute("aria-invalid", "true")
    cron.fill("30 2 31 2 *")
    plan.get_by_role("button", name="Make it").click()
    expect(plan.get_by_role("alert")).to_contain_text("30 2 31 2 *")
    plan.get_by_label("Time zone").fill("Berlin")
    expect(plan.get_by_text("“Berlin” is no time zone")).to_be_visible()
    check_accessible(page, axe_source)


def test_escape_closes_the_plan(visit: Visit, serving: str) -> None:
    page = visit.page
    page.goto(f"{serving}{ADDRESS}?endpoint={ENDPOINT}&configure={DEPLOYMENT}")
    plan = page.get_by_role("form", name=f"What Configure makes for {DEPLOYMENT}")
    expect(plan.get_by_role("heading", name="Configure the monitoring")).to_be_focused()
    page.keyboard.press("Escape")
    expect(plan).to_have_count(0)
    expect(page.get_by_role("link", name="Configure", exact=True)).to_be_visible()


def test_configured_then_run_at_one_click_then_a_check_off(
    visit: Visit, serving: str, axe_source: str
) -> None:
    page = visit.page
    with Client(serving) as client:
        client.query_deployment(DEPLOYMENT, ENDPOINT, {"amount": 1.0, "items": 2.0, "country": "DE"})
        wait_until(lambda: client.read_monitoring(DEPLOYMENT, ENDPOINT)["log_row_count"])
    page.goto(f"{serving}/deployments/{DEPLOYMENT}")
    page.get_by_role("link", name="Configure monitoring").click()
    page.get_by_role("button", name="Make it").click()
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_role("link", name="Open the evaluation")).to_be_visible(timeout=60_000)
    check_accessible(page, axe_source)
    with Client(serving) as client:
        made = client.read_monitoring(DEPLOYMENT, ENDPOINT)
        assert made["evaluation_count"] == 1
        first, *others = made["checks"]
        address = f"{serving}/api/v1/checks"
        httpx.patch(f"{address}/{first['id']}", json={"enabled": False}).raise_for_status()
        page.reload()
        expect(page.get_by_role("listitem").filter(has_text=first["rule"]).last).to_contain_text("(off)")
        expect(page.get_by_text("(off)")).to_have_count(1)
        assert others
        client.remove_monitoring(DEPLOYMENT, ENDPOINT)


def test_links_within_the_page_stay_on_it(visit: Visit, serving: str) -> None:
    page = visit.page
    page.goto(f"{serving}{ADDRESS}")
    heading = page.get_by_role("heading", level=1, name=SERVICE)
    expect(heading).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(heading).to_be_visible()
    assert page.url == f"{serving}{ADDRESS}#content"


def test_what_is_not_deployed_shows_its_versions_first(visit: Visit, serving: str) -> None:
    page = visit.page
    service = "not-deployed"
    with Client(serving) as client:
        client.create_service(PROJECT, service, [{"endpoint_id": ENDPOINT, "model": "risk"}])
        client.publish_service(PROJECT, service)
    place = f"{serving}/services/{PROJECT}/{service}"
    page.goto(place)
    expect(page.get_by_role("heading", level=2)).to_have_text(
        ["Versions", f"Monitoring of {ENDPOINT}", f"Test queries of {ENDPOINT}"]
    )
    expect(page.get_by_role("textbox", name="Id")).to_have_value(f"{DEPLOYMENT}-2")
    page.get_by_role("textbox", name="Id").fill(DEPLOYMENT)
    expect(page.get_by_text("There is one already; give another id")).to_be_visible()
    page.get_by_role("button", name="Generate").click()
    page.get_by_role("link", name="Deploy a version").click()
    assert page.url == f"{place}#versions"
    expect(page.get_by_role("heading", name="Versions")).to_be_in_viewport()


def test_unknown_service(visit: Visit, look: tuple[Scheme, int], serving: str, axe_source: str) -> None:
    page = visit.page
    page.goto(f"{serving}/services/{PROJECT}/nothing")
    expect(page.get_by_role("heading", name="There is no API service nothing")).to_be_visible()
    check_width(page)
    check_accessible(page, axe_source)
