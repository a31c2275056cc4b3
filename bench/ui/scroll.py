"""Scrolls a log of a million rows in headless Chromium: requests that failed, and the wait for rows.

Usage: python bench/ui/scroll.py HOME [--rows 1000000] [--places 40] [--json]

HOME is new, or one that this or `bench/million_rows.py` filled. Half of the places are a page down from the
one before, as a reader goes; the others are anywhere in the log, as a thumb that is dragged.
"""

import argparse
import json
import random
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page

sys.path.insert(0, str(Path(__file__).parents[1]))
from million_rows import PAGE, ROWS, write_log
from pages import open_browser, run_stack, settle, watch

WAIT_SECONDS_MAX = 20


def main() -> None:
    arguments = _parse_arguments()
    print(f"a log of {arguments.rows} rows in {arguments.home} …", file=sys.stderr)
    write_log(arguments.home, arguments.rows)
    with run_stack(arguments.home) as url, open_browser() as browser:
        found = scroll(browser, url + PAGE, arguments.rows, arguments.places)
    if arguments.json:
        print(json.dumps(found, indent=1))
    else:
        for name, value in found.items():
            print(f"{name:<20} {value}")


def scroll(browser: Browser, address: str, rows: int, places: int) -> dict[str, Any]:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    watch(page)
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(f"{request.url}: {request.failure}"))
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    page.goto(address)
    settle(page)
    box = page.get_by_role("region", name="Rows of the log")
    near = [_wait_for_rows(page, box, "box.scrollTop + box.clientHeight") for _ in range(places // 2)]
    chooser = random.Random(2024)
    far = [
        _wait_for_rows(page, box, f"box.scrollHeight * {chooser.random():.6f}")
        for _ in range(places - len(near))
    ]
    return {
        "rows": rows,
        "places": places,
        "failed_requests": len([words for words in failed if "ERR_ABORTED" not in words]),
        "overtaken_requests": len([words for words in failed if "ERR_ABORTED" in words]),
        "page_down_ms": round(statistics.median(near)),
        "anywhere_ms": round(statistics.median(far)),
        "slowest_ms": round(max(near + far)),
        "last_row_seen": _read_last_row(page, box),
    }


def _wait_for_rows(page: Page, box: Locator, place: str) -> float:
    """Milliseconds from the scroll until every row in view has its cells."""
    started = time.perf_counter()
    box.evaluate(f"(box) => {{ box.scrollTop = {place}; }}")
    while not box.evaluate(SHOWN):
        if time.perf_counter() - started > WAIT_SECONDS_MAX:
            raise SystemExit(f"no rows after {WAIT_SECONDS_MAX} s at scrollTop = {place}")
        page.wait_for_timeout(5)
    return (time.perf_counter() - started) * 1000


# Every row in view has its cells; one that is not there yet shows dots in each.
SHOWN = """(box) => {
  const view = box.getBoundingClientRect();
  const rows = [...box.querySelectorAll("tbody tr")].filter((row) => {
    const { top, bottom } = row.getBoundingClientRect();
    return bottom > view.top + 60 && top < view.bottom && bottom - top > 0 && bottom - top < 200;
  });
  const shown = rows.filter((row) => row.querySelector("a") &&
    ![...row.querySelectorAll("td")].some((cell) => cell.textContent === "…"));
  return rows.length * 20 > view.height / 4 && shown.length === rows.length;
}"""


def _read_last_row(page: Page, box: Locator) -> str:
    box.evaluate("(box) => { box.scrollTop = box.scrollHeight; }")
    settle(page)
    words: str = box.evaluate(
        "(box) => [...box.querySelectorAll('tbody a')].at(-1)?.getAttribute('aria-label') ?? ''"
    )
    return words


def _parse_arguments() -> Any:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "home", type=Path, help="home with the log of a million rows; made where it is missing"
    )
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the log when it is made")
    parser.add_argument("--places", type=int, default=40, help="places that are scrolled to")
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    return parser.parse_args()


if __name__ == "__main__":
    main()
