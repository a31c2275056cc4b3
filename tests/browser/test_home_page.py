"""Home in a real browser: projects and deployments, the first steps, and each state of the page."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.browser.serving import DEPLOYMENT, ENDPOINT, MODEL, PROJECT, SERVICE, run_stack, save_to
from tests.browser.visits import Scheme, Visit, check_accessible, check_width
from wakeline.client.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_deployments_with_their_state(
    visit: Visit, look: tuple[Scheme, int], serving: str, axe_source: str
) -> None:
    page = visit.page
    page.goto(serving)
    section = page.get_by_role("region", name="Shop")
    deployments = section.get_by_role("list", name="Deployments of Shop")
    expect(deployments.get_by_role("link", name=DEPLOYMENT)).to_be_visible()
    expect(deployments.get_by_text("running")).to_be_visible()
    expect(section.get_by_role("link", name=SERVICE, exact=True)).to_be_visible()
    expect(section.get_by_text(f"{MODEL} v1", exact=True)).to_be_visible()
    expect(page.get_by_text("1 deployment.")).to_be_visible()
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_every_place_of_the_banner_is_a_page(visit: Visit, look: tuple[Scheme, int], serving: str) -> None:
    page = visit.page
    page.goto(serving)
    places = page.get_by_role("navigation", name="Places")
    expect(places.get_by_role("link", name="Administration")).to_be_visible()
    names = places.get_by_role("link").all_inner_texts()
    for name in names:
        places.get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("heading", name="There is no page here")).to_have_count(0)
        expect(places.locator("[aria-current]")).to_have_text(name)
    visit.check_quiet()


def test_empty_home_says_what_to_do_first(
    visit: Visit, look: tuple[Scheme, int], empty_server: str, axe_source: str
) -> None:
    page = visit.page
    page.goto(empty_server)
    expect(page.get_by_role("heading", name="Nothing is served yet")).to_be_visible()
    expect(page.get_by_text("wakeline demo", exact=True)).to_be_visible()
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_refused_project_says_why(visit: Visit, empty_server: str, axe_source: str) -> None:
    page = visit.page
    page.goto(empty_server)
    page.get_by_label("Key").fill("1 NO KEY")
    expect(page.get_by_label("Key")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Create the project").click()
    expect(page.get_by_role("alert")).to_contain_text("1 NO KEY")
    check_accessible(page, axe_source)


def test_from_a_saved_model_to_a_deployment_by_clicks(
    visit: Visit, bundle: None, small_model: Path, tmp_path: Path
) -> None:
    page = visit.page
    with run_stack(tmp_path) as url:
        page.goto(url)
        expect(page.get_by_text("wakeline demo", exact=True)).to_be_visible()
        page.get_by_label("Key").fill("first")
        page.get_by_role("button", name="Create the project").click()
        expect(page.get_by_role("heading", name="FIRST")).to_be_visible()
        expect(page.get_by_text("Next: save a trained model")).to_be_visible()
        code = page.get_by_role("region", name="Python that saves a model of FIRST").inner_text()
        assert code.startswith("import wakeline\n")
        assert f'client=wakeline.Client("{url}")' in code
        compile(code, "page", "exec")

        save_to(url, small_model)
        page.reload()
        shop = page.get_by_role("region", name="Shop")
        shop.get_by_role("textbox", name="Service").fill(SERVICE)
        shop.get_by_role("textbox", name="Endpoint").fill(ENDPOINT)
        shop.get_by_role("button", name="Create the API service").click()
        expect(page.get_by_role("heading", level=1, name=SERVICE)).to_be_visible()
        page.get_by_role("button", name="Publish a version").click()
        expect(page.get_by_text("v1 is published.")).to_be_visible()
        page.get_by_role("button", name="Deploy", exact=True).click()
        expect(page.get_by_role("heading", level=1, name=DEPLOYMENT)).to_be_visible(timeout=30_000)
        with Client(url) as client:
            assert client.read_deployment(DEPLOYMENT)["nodes"][0]["state"] == "running"
    assert [line for line in visit.complaints if "Failed to load resource" not in line] == []


def test_loading_is_shown(visit: Visit, serving: str) -> None:
    page = visit.page
    held: list[Route] = []
    # A built-in method cannot carry the mark that Playwright puts on a handler.
    page.route("**/api/v1/overview", lambda route: held.append(route))  # noqa: PLW0108
    page.goto(serving)
    expect(page.get_by_role("status", name="Loading the projects")).to_be_visible()
    page.wait_for_timeout(100)
    for route in held:
        route.continue_()
    expect(page.get_by_role("link", name=DEPLOYMENT)).to_be_visible()


def test_failure_is_told_and_can_be_tried_again(
    visit: Visit, look: tuple[Scheme, int], serving: str, axe_source: str
) -> None:
    page = visit.page
    pattern = "**/api/v1/overview"
    problem = {"title": "Internal error", "status": 500, "detail": "disk is full"}
    page.route(pattern, lambda route: route.fulfill(status=500, body=json.dumps(problem)))
    page.goto(serving)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("internal error")
    expect(alert).to_contain_text("disk is full")
    check_width(page)
    check_accessible(page, axe_source)
    page.unroute(pattern)
    alert.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("link", name=DEPLOYMENT)).to_be_visible()


def test_a_new_project_is_always_in_reach(
    visit: Visit, look: tuple[Scheme, int], serving: str, axe_source: str
) -> None:
    page = visit.page
    key = f"MORE_{look[0]}_{look[1]}".upper()
    page.goto(serving)
    page.get_by_role("link", name="New project").click()
    form = page.get_by_role("form", name="New project")
    assert page.url.endswith("?new=project")
    expect(form.get_by_label("Key")).to_be_focused()
    page.keyboard.press("Escape")
    expect(form).to_have_count(0)
    page.get_by_role("link", name="New project").click()
    check_width(page)
    check_accessible(page, axe_source)
    form.get_by_label("Key").fill(key)
    form.get_by_role("button", name="Create the project").click()
    expect(page.get_by_role("heading", name=key)).to_be_visible()
    expect(form).to_have_count(0)
    visit.check_quiet()


def test_a_service_with_several_endpoints_by_clicks(
    visit: Visit, look: tuple[Scheme, int], serving: str, axe_source: str
) -> None:
    page = visit.page
    service = f"second-{look[0]}-{look[1]}"
    page.goto(serving)
    page.get_by_role("region", name="Shop").get_by_role("link", name="New API service").click()
    form = page.get_by_role("form", name="New API service")
    form.get_by_label("Service").fill(service)
    form.get_by_role("button", name="Add an endpoint").click()
    form.get_by_role("button", name="Add an endpoint").click()
    form.get_by_role("button", name="Remove endpoint 2").click()
    first, second = form.get_by_role("group").all()
    first.get_by_role("textbox", name="Endpoint").fill("now")
    second.get_by_role("textbox", name="Endpoint").fill("pinned")
    second.get_by_label("Version").select_option("v1")
    check_width(page)
    check_accessible(page, axe_source)
    form.get_by_role("button", name="Create the API service").click()
    expect(page.get_by_role("heading", level=1, name=service)).to_be_visible()
    expect(page.get_by_role("navigation", name="Endpoints").get_by_role("link")).to_have_text(
        ["now", "pinned"]
    )
    with Client(serving) as client:
        made = next(one for one in client.list_services() if one["service_id"] == service)
    assert [(one["endpoint_id"], one["version"]) for one in made["endpoints"]] == [
        ("now", "active"),
        ("pinned", "v1"),
    ]
    visit.check_quiet()


def test_refused_service_says_why(visit: Visit, serving: str, axe_source: str) -> None:
    page = visit.page
    page.goto(f"{serving}/?new=service&in={PROJECT}")
    form = page.get_by_role("form", name="New API service")
    form.get_by_label("Service").fill("Not An Id")
    form.get_by_role("button", name="Create the API service").click()
    expect(form.get_by_role("alert")).to_contain_text("Not An Id")
    check_accessible(page, axe_source)


def test_many_endpoints_cost_no_more_requests(visit: Visit, serving: str) -> None:
    """The real answer, with its one deployment twenty times."""
    page = visit.page
    pages = "**/api/v1/overview"
    asked: list[str] = []

    def multiply(route: Route) -> None:
        found = route.fetch().json()
        project = next(one for one in found["projects"] if one["key"] == PROJECT)
        row = project["deployments"][0]
        project["deployments"] = [{**row, "deployment_id": f"{DEPLOYMENT}-{at}"} for at in range(20)]
        route.fulfill(json=found)

    page.route(pages, multiply)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(serving)
    expect(page.get_by_role("link", name=f"{DEPLOYMENT}-19")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert len(asked) <= 15, asked
    assert len([url for url in asked if "/api/" in url]) == 1


def test_first_load_is_light(visit: Visit, serving: str) -> None:
    page = visit.page
    sizes: list[int] = []
    names: list[str] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.on("requestfinished", lambda request: names.append(request.url))
    page.goto(serving)
    expect(page.get_by_role("link", name=DEPLOYMENT)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert len(sizes) <= 15, names
    assert sum(sizes) <= 400_000
    assert not [name for name in names if "chart" in name]
