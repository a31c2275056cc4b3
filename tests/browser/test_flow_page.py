"""The Flow of a project: its graph, what stands beside it, and the whole way by clicks."""

import re
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.logged import DATASET, LOG, QUERIES, RECIPE, STORE, ZONE
from tests.browser.serving import DEPLOYMENT, ENDPOINT, MODEL, PROJECT
from tests.browser.visits import Scheme, Visit, check_accessible, check_width

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHOWN_OF = {
    f"dataset:{DATASET}": LOG,
    f"recipe:{RECIPE}": "Latest runs",
    f"model:{MODEL}": "active",
    f"store:{STORE}": "Evaluations",
}


def find_graph(page: Page) -> Any:
    return page.get_by_label(f"Flow of {PROJECT}")


def find_panel(page: Page) -> Any:
    return page.get_by_role("region", name="Details")


def test_graph_of_the_zones(visit: Visit, look: tuple[Scheme, int], logged: str, axe_source: str) -> None:
    page = visit.page
    page.goto(f"{logged}/flow")
    graph = find_graph(page)
    expect(graph.get_by_role("heading", name=ZONE)).to_be_visible()
    for name in (DATASET, RECIPE, STORE, MODEL):
        expect(graph.get_by_role("link", name=re.compile(rf"^{name}\s"))).to_be_visible()
    assert page.url == f"{logged}/projects/{PROJECT}/flow"
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


@pytest.mark.parametrize("item", list(SHOWN_OF))
def test_details_of_each_kind(
    visit: Visit, look: tuple[Scheme, int], logged: str, axe_source: str, item: str
) -> None:
    page = visit.page
    page.goto(f"{logged}/projects/{PROJECT}/flow?item={quote(item)}")
    expect(find_panel(page).get_by_text(SHOWN_OF[item]).first).to_be_visible()
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_keyboard_opens_and_closes_details(visit: Visit, logged: str) -> None:
    page = visit.page
    page.goto(f"{logged}/projects/{PROJECT}/flow")
    find_graph(page).get_by_role("link", name=re.compile(f"^{STORE}")).focus()
    page.keyboard.press("Enter")
    expect(find_panel(page).get_by_role("heading", name=STORE)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(find_panel(page)).to_have_count(0)


def test_a_taken_name_is_told(visit: Visit, logged: str) -> None:
    page = visit.page
    page.goto(f"{logged}/projects/{PROJECT}/flow?new=zone")
    find_panel(page).get_by_label("Name").fill(ZONE)
    find_panel(page).get_by_role("button", name="Create zone").click()
    expect(find_panel(page).get_by_role("alert")).to_contain_text(ZONE)


def test_zone_is_renamed_and_deleted(visit: Visit, logged: str, axe_source: str) -> None:
    page, panel = visit.page, find_panel(visit.page)
    httpx.post(f"{logged}/api/v1/zones", json={"project": PROJECT, "name": "Passing"}).raise_for_status()
    page.goto(f"{logged}/projects/{PROJECT}/flow")
    find_graph(page).get_by_role("link", name="Passing").click()
    panel.get_by_label("Name").fill("Renamed")
    panel.get_by_role("button", name="Rename").click()
    expect(find_graph(page).get_by_role("link", name="Renamed")).to_be_visible()
    check_accessible(page, axe_source)
    panel.get_by_role("button", name="Delete zone").click()
    panel.get_by_role("button", name="Yes, delete it").click()
    expect(find_graph(page).get_by_role("link", name="Renamed")).to_have_count(0)
    visit.check_quiet()


def test_the_whole_way_by_clicks(visit: Visit, logged: str, axe_source: str) -> None:
    page, panel = visit.page, find_panel(visit.page)
    page.goto(f"{logged}/projects/{PROJECT}/flow")
    page.get_by_role("link", name="New zone").click()
    panel.get_by_label("Name").fill("By hand")
    panel.get_by_role("button", name="Create zone").click()

    for folder in LOG.split("/"):
        panel.get_by_role("list", name="Folder").get_by_role("link", name=folder).click()
    expect(panel.get_by_label("Name")).to_have_value(f"{DEPLOYMENT}-{ENDPOINT}-log")
    expect(panel.get_by_label("Zone")).to_have_value("By hand")
    check_accessible(page, axe_source)
    panel.get_by_role("button", name="Create dataset").click()
    expect(panel.get_by_text(f"{QUERIES}", exact=True)).to_be_visible()

    panel.get_by_role("link", name="New recipe").click()
    expect(panel.get_by_label("Evaluation dataset")).to_have_value(f"{DEPLOYMENT}-{ENDPOINT}-log")
    expect(panel.get_by_label("Name of the new store")).to_have_value("mes_for_api_monitoring")
    check_accessible(page, axe_source)
    panel.get_by_role("button", name="Create recipe").click()
    expect(panel.get_by_role("heading", name="evaluate", exact=True)).to_be_visible()
    graph = find_graph(page)
    expect(graph.get_by_role("link", name=re.compile("^mes_for_api_monitoring"))).to_be_visible()

    panel.get_by_role("button", name="Run", exact=True).click()
    panel.get_by_role("link", name="Open the evaluation").click(timeout=60_000)
    expect(page.get_by_role("heading", name="Features")).to_be_visible()
    expect(page.get_by_role("link", name="mes_for_api_monitoring")).to_be_visible()
    check_accessible(page, axe_source)
    visit.check_quiet()


@pytest.mark.parametrize(
    "address", ["flow", f"datasets/{DATASET}", f"recipes/{RECIPE}"], ids=lambda address: address.split("/")[0]
)
def test_first_load_is_light(visit: Visit, logged: str, address: str) -> None:
    page = visit.page
    sizes: dict[str, int] = {}
    page.on(
        "requestfinished", lambda request: sizes.update({request.url: request.sizes()["responseBodySize"]})
    )
    page.goto(f"{logged}/projects/{PROJECT}/{address}")
    page.wait_for_load_state("networkidle")
    assert len(sizes) <= 15, list(sizes)
    assert sum(sizes.values()) <= 400_000
    assert not [name for name in sizes if "chart" in name]


def test_empty_home_has_no_flow(
    visit: Visit, look: tuple[Scheme, int], empty_server: str, axe_source: str
) -> None:
    visit.page.goto(f"{empty_server}/flow")
    expect(visit.page.get_by_role("heading", name="There is no project yet")).to_be_visible()
    check_width(visit.page)
    check_accessible(visit.page, axe_source)
    visit.check_quiet()
