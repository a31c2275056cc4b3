"""A dataset in the browser: its days, its rows at any place, filters and columns, and what is taken away."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, Request, Response, expect

from tests.browser.conftest import LONG_LOG_ROWS
from tests.browser.logged import DATASET, QUERIES
from tests.browser.serving import PROJECT
from tests.browser.visits import Scheme, Visit, check_accessible, check_width

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ADDRESS = f"projects/{PROJECT}/datasets/{DATASET}"
LONG_ADDRESS = "projects/BENCH/datasets/queries"
FIRST_IN_VIEW = """box => [...box.querySelectorAll('tbody tr[aria-rowindex]')]
  .filter(row => row.getBoundingClientRect().top >= box.getBoundingClientRect().top + 73)
  .map(row => Number(row.getAttribute('aria-rowindex')) - 1)[0]"""
SCROLL_TO_SHARE = "(box, share) => { box.scrollTop = share * (box.scrollHeight - box.clientHeight) }"


def find_table(page: Page) -> Any:
    return page.get_by_role("table", name="Rows of the log")


def find_box(page: Page) -> Any:
    return page.get_by_role("region", name="Rows of the log")


def wait_for_rows(page: Page) -> None:
    """Every row that is drawn has come."""
    expect(find_box(page)).to_have_attribute("aria-busy", "false")
    expect(find_table(page).get_by_role("cell", name="…", exact=True)).to_have_count(0)


def read_page(url: str, **query: Any) -> dict[str, Any]:
    answer = httpx.get(f"{url}/api/v1/datasets/BENCH/queries/rows", params=query, timeout=30)
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def test_rows_days_and_columns(visit: Visit, look: tuple[Scheme, int], logged: str, axe_source: str) -> None:
    page, table = visit.page, find_table(visit.page)
    page.goto(f"{logged}/{ADDRESS}")
    amount = table.get_by_role("columnheader", name=re.compile("^features.amount"))
    expect(amount).to_contain_text("double")
    expect(amount.get_by_role("img")).to_have_accessible_name(
        re.compile(r"^0 to 395; mean 197.5; 80 distinct")
    )
    expect(page.get_by_text(f"All {QUERIES} rows.")).to_be_visible()
    assert table.get_attribute("aria-rowcount") == str(QUERIES + 1)
    day = datetime.now(UTC).date().isoformat()
    page.get_by_role("link", name=re.compile(rf"^{day}: ")).click()
    expect(page).to_have_url(re.compile(rf"from={day}&to={day}$"))
    page.get_by_label("Columns", exact=True).select_option("All columns")
    expect(table).to_have_attribute("aria-colcount", re.compile("^[3-9]."))
    expect(page.get_by_role("region", name="Code for DuckDB")).to_contain_text(day)
    with page.expect_download() as started:
        page.get_by_role("link", name="CSV").click()
    assert started.value.path().read_text().count("\n") == QUERIES + 1
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_sorted_by_a_click_on_the_head(visit: Visit, logged: str) -> None:
    page, table = visit.page, find_table(visit.page)
    page.goto(f"{logged}/{ADDRESS}?columns=chosen&column=features.amount")
    head = table.get_by_role("columnheader", name=re.compile("^features.amount"))
    for order, first in (("ascending", "0"), ("descending", "395"), ("none", None)):
        head.get_by_role("link").click()
        expect(head).to_have_attribute("aria-sort", order)
        if first is not None:
            expect(table.get_by_role("row").nth(1).get_by_role("cell")).to_have_text(first)
    expect(page).not_to_have_url(re.compile("sort="))
    visit.check_quiet()


def test_filters_are_made_linked_and_removed(
    visit: Visit, look: tuple[Scheme, int], logged: str, axe_source: str
) -> None:
    page = visit.page
    page.goto(f"{logged}/{ADDRESS}")
    page.get_by_role("button", name="Add filter").click()
    page.get_by_label("Column", exact=True).select_option("features.amount")
    page.get_by_label("Test").select_option("≥")
    page.get_by_label("Value").fill("300")
    check_accessible(page, axe_source)
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_text(f"20 of {QUERIES} rows.")).to_be_visible()
    page.reload()
    expect(page.get_by_text(f"20 of {QUERIES} rows.")).to_be_visible()
    page.get_by_role("button", name="Add filter").click()
    page.get_by_label("Column", exact=True).select_option("features.country")
    page.get_by_label("Value").fill("nowhere: at all")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_text("No row fits")).to_be_visible()
    check_width(page)
    check_accessible(page, axe_source)
    page.get_by_role("button", name="Remove the filter features.country = nowhere: at all").click()
    expect(page.get_by_text(f"20 of {QUERIES} rows.")).to_be_visible()
    page.get_by_role("button", name="All rows").click()
    expect(page.get_by_text(f"All {QUERIES} rows.")).to_be_visible()
    visit.check_quiet()


def test_a_filter_that_fits_no_column_is_told(visit: Visit, logged: str, axe_source: str) -> None:
    page = visit.page
    page.goto(f"{logged}/{ADDRESS}?filter=eq:nothing:1")
    expect(page.get_by_role("alert")).to_contain_text("the log has no column 'nothing'")
    check_accessible(page, axe_source)
    page.get_by_role("button", name="All rows").click()
    expect(page.get_by_text(f"All {QUERIES} rows.")).to_be_visible()


def test_a_click_shows_a_row_whole(
    visit: Visit, look: tuple[Scheme, int], logged: str, axe_source: str
) -> None:
    page = visit.page
    page.goto(f"{logged}/{ADDRESS}?sort=features.amount")
    find_table(page).get_by_role("row").nth(3).get_by_role("cell").first.click()
    whole = page.get_by_role("region", name="Row whole")
    expect(whole.get_by_role("heading", name="Row 3")).to_be_visible()
    expect(whole).to_contain_text("prediction_id")
    expect(
        whole.get_by_text("features.amount", exact=True).locator("xpath=following-sibling::dd")
    ).to_have_text("10")
    whole.get_by_role("button", name="Row after").click()
    expect(
        whole.get_by_text("features.amount", exact=True).locator("xpath=following-sibling::dd")
    ).to_have_text("15")
    page.reload()
    expect(whole.get_by_role("heading", name="Row 4")).to_be_visible()
    check_width(page)
    check_accessible(page, axe_source)
    whole.get_by_role("button", name="Close the row").click()
    expect(whole).to_have_count(0)
    visit.check_quiet()


def test_columns_of_ones_own_choice(
    visit: Visit, look: tuple[Scheme, int], logged: str, axe_source: str
) -> None:
    page = visit.page
    page.goto(f"{logged}/{ADDRESS}?columns=chosen&column=features.amount")
    expect(find_table(page)).to_have_attribute("aria-colcount", "2")
    page.get_by_label("Search columns").fill("prediction_")
    page.get_by_label("prediction_id (string)").check()
    expect(find_table(page)).to_have_attribute("aria-colcount", "3")
    expect(page).to_have_url(re.compile("column=prediction_id"))
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


def test_a_long_log_scrolls_to_any_place_without_a_failed_request(visit: Visit, long_log: str) -> None:
    """The rows shown are those that the server has at that place, unsorted and sorted."""
    page, box = visit.page, find_box(visit.page)
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(describe_request(request)))
    page.on(
        "response", lambda answer: failed.append(describe_answer(answer)) if answer.status >= 400 else None
    )
    for sort in (None, "features.number_02"):
        address = f"{long_log}/{LONG_ADDRESS}?columns=chosen&column=event_id"
        page.goto(address + (f"&sort={sort}" if sort else ""))
        for share in (0.5, 0.987, 1, 0.03, 0):
            wait_for_rows(page)
            box.evaluate(SCROLL_TO_SHARE, share)
            page.wait_for_timeout(150)
            wait_for_rows(page)
            row = box.evaluate(FIRST_IN_VIEW)
            assert abs(row - 1 - share * (LONG_LOG_ROWS - 17)) < 3, (share, row)
            shown = (
                find_table(page)
                .get_by_role("row", name=re.compile(rf"^Row {show_count(row)} "))
                .get_by_role("cell")
            )
            at = read_page(long_log, offset=row - 1, limit=1, **({"sort": sort} if sort else {}))
            expect(shown).to_have_text(at["rows"][0]["event_id"])
    assert failed == []
    visit.check_quiet()


def test_rows_that_cannot_be_read_are_told_and_asked_for_again(
    visit: Visit, look: tuple[Scheme, int], long_log: str, axe_source: str
) -> None:
    page, box = visit.page, find_box(visit.page)
    page.goto(f"{long_log}/{LONG_ADDRESS}?columns=chosen&column=event_id")
    wait_for_rows(page)
    page.route(
        "**/rows?offset=1*",
        lambda route: route.fulfill(status=500, json={"title": "Broken", "detail": "on purpose"}),
    )
    box.evaluate(SCROLL_TO_SHARE, 0.5)
    expect(page.get_by_role("alert")).to_contain_text("These rows could not be read: broken")
    check_width(page)
    check_accessible(page, axe_source)
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    wait_for_rows(page)


def test_small_steps_in_a_long_log_go_row_by_row(visit: Visit, long_log: str) -> None:
    page, box = visit.page, find_box(visit.page)
    page.goto(f"{long_log}/{LONG_ADDRESS}")
    page.get_by_label("Go to row").fill("123456")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.get_by_role("heading", name="Row 123\u202f456")).to_be_visible()
    wait_for_rows(page)
    before = box.evaluate(FIRST_IN_VIEW)
    assert before <= 123456 < before + 17
    box.hover()
    page.mouse.wheel(0, 300)
    page.wait_for_timeout(200)
    assert 9 <= box.evaluate(FIRST_IN_VIEW) - before <= 11
    visit.check_quiet()


def show_count(count: int) -> str:
    """For a pattern: thousands stand apart."""
    return f"{count:,}".replace(",", r"\s")


def describe_request(request: Request) -> str:
    return f"{request.failure} {request.url}"


def describe_answer(answer: Response) -> str:
    return f"{answer.status} {answer.url}"


def test_dataset_that_is_gone(visit: Visit, logged: str, axe_source: str) -> None:
    visit.page.goto(f"{logged}/projects/{PROJECT}/datasets/nothing")
    expect(visit.page.get_by_role("heading", name="There is no dataset nothing")).to_be_visible()
    check_accessible(visit.page, axe_source)


def test_dataset_without_rows(
    visit: Visit, look: tuple[Scheme, int], empty_log: str, axe_source: str
) -> None:
    page = visit.page
    page.goto(f"{empty_log}/projects/{PROJECT}/datasets/{quote('not yet')}")
    expect(page.get_by_text("No rows yet")).to_be_visible()
    check_width(page)
    check_accessible(page, axe_source)
    visit.check_quiet()


@pytest.fixture(scope="module")
def empty_log(logged: str) -> Iterator[str]:
    """With a dataset whose log has not come yet, which goes again."""
    with httpx.Client(base_url=f"{logged}/api/v1") as api:
        body = {
            "project": PROJECT,
            "name": "not yet",
            "connection_id": "local",
            "path": "api-node-query/none/yet",
        }
        api.post("/datasets", json=body).raise_for_status()
        yield logged
        api.delete(f"/datasets/{PROJECT}/{quote('not yet')}")
