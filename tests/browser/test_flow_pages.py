"""Flow, Dataset and Recipe pages over a real log: each by itself, and the whole way by clicks."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.serving import DEPLOYMENT, ENDPOINT, MODEL, PROJECT, deploy_to, run_stack, save_to
from tests.browser.visits import Scheme, Visit, check_accessible, check_width

pytestmark = [pytest.mark.browser, pytest.mark.slow]

QUERIES = 80
WAIT_SECONDS = 60
LOG = f"api-node-query/{DEPLOYMENT}/{ENDPOINT}"
ZONE = "Made by requests"
DATASET = "risk-log"
RECIPE = "evaluate-risk"
STORE = "risk-store"
SHOWN_OF = {
    f"dataset:{DATASET}": LOG,
    f"recipe:{RECIPE}": "Latest runs",
    f"model:{MODEL}": "active",
    f"store:{STORE}": "Evaluations",
}


@pytest.fixture(scope="module")
def logged(bundle: None, small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """All processes, with a log of today's queries and one of each item over it."""
    with run_stack(tmp_path_factory.mktemp("logged")) as url:
        save_to(url, small_model)
        deploy_to(url)
        with httpx.Client(base_url=f"{url}/api/v1", timeout=30) as api:
            fill_log(api)
            make_items(api)
            run_today(api)
        yield url


def fill_log(api: httpx.Client) -> None:
    for number in range(QUERIES):
        features = {
            "amount": 5.0 * number,
            "items": float(1 + number % 8),
            "country": ("DE", "FR")[number % 2],
        }
        body = {"endpoint_id": ENDPOINT, "features": features}
        api.post(f"/deployments/{DEPLOYMENT}/actions/query", json=body).raise_for_status()
    wait_until(lambda: count_rows(api) == QUERIES)


def count_rows(api: httpx.Client) -> int:
    answer = api.get("/connections/local/browse", params={"path": LOG.rpartition("/")[0]})
    if answer.status_code != 200:
        return 0
    return int(next((entry["row_count"] or 0 for entry in answer.json()["entries"]), 0))


def make_items(api: httpx.Client) -> None:
    place: dict[str, Any] = {"project": PROJECT, "zone": ZONE}
    api.post("/zones", json={"project": PROJECT, "name": ZONE}).raise_for_status()
    dataset = {**place, "name": DATASET, "connection_id": "local", "path": LOG}
    api.post("/datasets", json=dataset).raise_for_status()
    api.post("/stores", json={**place, "name": STORE}).raise_for_status()
    recipe = {**place, "name": RECIPE, "dataset": DATASET, "model": MODEL, "store": STORE}
    api.post("/recipes", json=recipe).raise_for_status()


def run_today(api: httpx.Client) -> None:
    today = datetime.now(UTC).date().isoformat()
    job = (
        api.post(f"/recipes/{PROJECT}/{RECIPE}/actions/run", json={"window": today}).raise_for_status().json()
    )
    wait_until(lambda: api.get(f"/jobs/{job['id']}").json()["state"] == "done")


def wait_until(found: Any) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not found():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.2)


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


def test_rows_days_and_columns(visit: Visit, look: tuple[Scheme, int], logged: str, axe_source: str) -> None:
    page = visit.page
    page.goto(f"{logged}/projects/{PROJECT}/datasets/{DATASET}")
    table = page.get_by_role("table", name="Rows of the log")
    expect(table.get_by_role("columnheader", name="features.amount")).to_be_visible()
    expect(page.get_by_text(f"All {QUERIES} rows.")).to_be_visible()
    assert table.get_attribute("aria-rowcount") == str(QUERIES + 1)
    day = datetime.now(UTC).date().isoformat()
    page.get_by_role("link", name=re.compile(rf"^{day}: ")).click()
    expect(page).to_have_url(re.compile(rf"day={day}"))
    page.get_by_label("Columns of the table").select_option("All columns")
    expect(table.get_by_role("columnheader", name="prediction_id")).to_be_attached()
    expect(page.get_by_role("region", name="Code for DuckDB")).to_contain_text("delta_scan")
    with page.expect_download() as started:
        page.get_by_role("link", name="CSV").click()
    assert started.value.path().read_text().count("\n") == QUERIES + 1
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_dataset_that_is_gone(visit: Visit, logged: str, axe_source: str) -> None:
    visit.page.goto(f"{logged}/projects/{PROJECT}/datasets/nothing")
    expect(visit.page.get_by_role("alert")).to_contain_text("nothing")
    check_accessible(visit.page, axe_source)


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
