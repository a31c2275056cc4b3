"""The Flow of a project: its graph, what stands beside it, and the whole way by clicks."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.logged import DATASET, LOG, QUERIES, RECIPE, STORE, ZONE
from tests.browser.serving import DEPLOYMENT, ENDPOINT, MODEL, PROJECT, save_to
from tests.browser.visits import Scheme, Visit, check_accessible, check_width

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MADE = f"{DEPLOYMENT}-{ENDPOINT}-2"
"""What a new recipe and its store are named after."""

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
    find_graph(page).get_by_role("link", name=re.compile(f"^{STORE}")).press("Enter")
    expect(find_panel(page).get_by_role("heading", name=STORE)).to_be_focused()
    page.keyboard.press("Escape")
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
    panel.get_by_role("button", name="Delete zone").dblclick()
    panel.get_by_role("button", name="Keep it").click()
    panel.get_by_role("button", name="Delete zone").click()
    panel.get_by_role("button", name="Yes, delete it").click()
    expect(find_graph(page).get_by_role("link", name="Renamed")).to_have_count(0)
    visit.check_quiet()


def test_an_item_moves_to_a_zone_and_back(visit: Visit, logged: str) -> None:
    page, panel = visit.page, find_panel(visit.page)
    with httpx.Client(base_url=f"{logged}/api/v1") as api:
        api.post("/stores", json={"project": PROJECT, "name": "wanderer"}).raise_for_status()
        page.goto(f"{logged}/projects/{PROJECT}/flow?item=store:wanderer")
        for title, zone in ((ZONE, ZONE), ("Default zone", None)):
            panel.get_by_label("Move to zone").select_option(title)
            panel.get_by_role("button", name="Move").click()
            expect(panel.get_by_label("Move to zone").locator("option", has_text=title)).to_have_count(0)
            assert api.get(f"/stores/{PROJECT}/wanderer").json()["zone"] == zone
        api.delete(f"/stores/{PROJECT}/wanderer").raise_for_status()
    visit.check_quiet()


def test_recipe_store_and_dataset_are_deleted_in_turn(
    visit: Visit, look: tuple[Scheme, int], logged: str, axe_source: str
) -> None:
    """A store that a recipe fills is not deleted, and the page says why."""
    page, panel, graph = visit.page, find_panel(visit.page), find_graph(visit.page)
    with httpx.Client(base_url=f"{logged}/api/v1") as api:
        place = {"project": PROJECT, "connection_id": "local", "path": LOG}
        api.post("/datasets", json={**place, "name": "old-log"}).raise_for_status()
        api.post("/stores", json={"project": PROJECT, "name": "old-store"}).raise_for_status()
        recipe = {"name": "old-recipe", "dataset": "old-log", "model": MODEL, "store": "old-store"}
        api.post("/recipes", json={"project": PROJECT, **recipe}).raise_for_status()
    page.goto(f"{logged}/projects/{PROJECT}/flow?item=store:old-store")
    panel.get_by_role("button", name="Delete store").click()
    expect(panel.get_by_text("Its evaluations, checks and alerts go with it.")).to_be_visible()
    panel.get_by_role("button", name="Yes, delete it").click()
    expect(panel.get_by_role("alert")).to_contain_text("old-recipe")
    check_width(page)
    check_accessible(page, axe_source)
    for kind, name in (("recipe", "old-recipe"), ("store", "old-store"), ("dataset", "old-log")):
        graph.get_by_role("link", name=re.compile(rf"^{name}\s")).click()
        panel.get_by_role("button", name=f"Delete {kind}").click()
        panel.get_by_role("button", name="Yes, delete it").click()
        expect(graph.get_by_role("link", name=re.compile(rf"^{name}\s"))).to_have_count(0)
        expect(panel).to_have_count(0)


def test_a_running_job_is_cancelled(visit: Visit, long_log: str, small_model: Path, axe_source: str) -> None:
    """Nothing is kept of it. The log is long, so that the run takes seconds."""
    page, panel = visit.page, find_panel(visit.page)
    save_to(long_log, small_model)
    with httpx.Client(base_url=f"{long_log}/api/v1") as api:
        path = "api-node-query/BENCH-on-local/score"
        dataset = {"project": PROJECT, "name": "long", "connection_id": "local", "path": path}
        api.post("/datasets", json=dataset).raise_for_status()
        api.post("/stores", json={"project": PROJECT, "name": "none-yet"}).raise_for_status()
        recipe = {"name": "slow", "dataset": "long", "model": MODEL, "store": "none-yet"}
        settings = {"filter_model_version": False, "sample_rows_max": 1_000_000}
        api.post("/recipes", json={"project": PROJECT, **recipe, "settings": settings}).raise_for_status()
        page.goto(f"{long_log}/projects/{PROJECT}/flow?item=recipe:slow")
        panel.get_by_label("Window").select_option("2024-01-01/2024-04-10")
        panel.get_by_role("button", name="Run", exact=True).click()
        progress = panel.get_by_role("status", name="Progress of the run")
        expect(progress).to_contain_text("running")
        check_accessible(page, axe_source)
        progress.get_by_role("button", name="Cancel").click()
        expect(progress).to_contain_text("cancelled", timeout=20_000)
        assert api.get(f"/stores/{PROJECT}/none-yet").json()["evaluation_count"] == 0
    visit.check_quiet()


def test_the_whole_way_by_clicks(visit: Visit, logged: str, axe_source: str) -> None:
    page, panel = visit.page, find_panel(visit.page)
    page.goto(f"{logged}/projects/{PROJECT}/flow")
    page.get_by_role("link", name="New zone").click()
    panel.get_by_label("Name").fill("By hand")
    panel.get_by_role("button", name="Create zone").click()
    expect(panel.get_by_role("heading", name="By hand")).to_be_focused()
    panel.get_by_role("link", name="New dataset here").click()

    for folder in LOG.split("/"):
        panel.get_by_role("list", name="Folder").get_by_role("link", name=folder).click()
    # The deployment's own dataset of the log has the plain name.
    expect(panel.get_by_label("Name")).to_have_value(f"{DEPLOYMENT}-{ENDPOINT}-log-2")
    expect(panel.get_by_label("Zone")).to_have_value("By hand")
    check_accessible(page, axe_source)
    panel.get_by_role("button", name="Create dataset").click()
    expect(panel.get_by_text(f"{QUERIES}", exact=True)).to_be_visible()

    panel.get_by_role("link", name="New recipe").click()
    expect(panel.get_by_label("Evaluation dataset")).to_have_value(f"{DEPLOYMENT}-{ENDPOINT}-log-2")
    expect(panel.get_by_label("Name of the new store")).to_have_value(MADE)
    check_accessible(page, axe_source)
    panel.get_by_role("button", name="Create recipe").click()
    expect(panel.get_by_role("heading", name=f"evaluate-{MADE}", exact=True)).to_be_visible()
    graph = find_graph(page)
    expect(graph.get_by_role("link", name=re.compile(rf"^{MADE}\s"))).to_be_visible()

    panel.get_by_role("button", name="Run", exact=True).click()
    panel.get_by_role("link", name="Open the evaluation").click(timeout=60_000)
    expect(page.get_by_role("heading", name="Features")).to_be_visible()
    expect(page.get_by_role("link", name=MADE, exact=True)).to_be_visible()
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


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("NOPE/flow", "There is no project NOPE"),
        (f"{PROJECT}/recipes/nope", "There is no recipe nope"),
        (f"{PROJECT}/datasets/nope", "There is no dataset nope"),
        (f"{PROJECT}/stores/nope", "There is no store nope"),
    ],
)
def test_what_is_not_there_is_told_alike(visit: Visit, logged: str, address: str, words: str) -> None:
    page = visit.page
    page.goto(f"{logged}/projects/{address}")
    expect(page.get_by_role("heading", level=1, name=words)).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^See the"))).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    expect(page.get_by_role("link", name="New dataset")).to_have_count(0)
