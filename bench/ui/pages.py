"""Each page in headless Chromium over a finished demo: what a first load costs, and what axe says.

Usage: python bench/ui/pages.py HOME [--repeats 5] [--json], where HOME is that of a finished `wakeline demo`.

A first load is a new browser context with an empty cache. Bytes are those on the wire, headers included.
A page is settled at its last response or change of the document before a second without either. axe and the
content security policy are asked once in light and once in dark, at 1440 and at 390 pixels.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import which
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from wakeline.client.client import Client
from wakeline.demo.story import ENDPOINT, PROJECT, SERVICE
from wakeline.server.stack import Ports, Stack

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
AXE = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"
QUIET_MS = 1000
SETTLE_SECONDS_MAX = 20
LOOKS = (("light", 1440), ("dark", 1440), ("light", 390), ("dark", 390))
DEPLOYMENT_TABS = ("status", "test", "code", "activity", "tail", "settings")
RECIPE_TABS = ("dataset", "model", "reference", "window", "schedule", "output")

WATCH = """
window.lastChange = 0;
window.policyViolations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.policyViolations.push(`${event.violatedDirective} ${event.blockedURI}`));
const note = () => { window.lastChange = performance.now(); };
new MutationObserver(note).observe(document,
  { subtree: true, childList: true, attributes: true, characterData: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.lastChange = Math.max(window.lastChange, entry.responseEnd);
}).observe({ type: "resource", buffered: true });
"""
SETTLED = f"performance.now() - window.lastChange >= {QUIET_MS} && document.readyState === 'complete'"
VIOLATIONS = "async () => (await axe.run()).violations.map((found) => `${found.id} (${found.nodes.length})`)"


@dataclass(frozen=True, slots=True)
class Load:
    requests: int
    kilobytes: float
    settled_s: float
    failed: int


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians over the repeats; `violations` of axe and of the content security policy over all looks."""

    page: str
    address: str
    requests: int
    kilobytes: float
    settled_s: float
    failed: int
    violations: list[str]


def main() -> None:
    arguments = _parse_arguments()
    with run_stack(arguments.home) as url, open_browser() as browser:
        addresses = list_addresses(Client(url))
        found = []
        for name, address in addresses.items():
            loads = [load_page(browser, url + address) for _ in range(arguments.repeats)]
            found.append(summarise(name, address, loads, audit_page(browser, url + address)))
            print(f"{name:<24} {len(found)}/{len(addresses)}", file=sys.stderr)
    if arguments.json:
        print(json.dumps([asdict(one) for one in found], indent=1))
    else:
        _print_table(found)


@contextmanager
def run_stack(home: Path) -> Iterator[str]:
    """All processes over the home; the address of the server."""
    stack = Stack(home, Ports.plan(0))
    try:
        stack.start()
        yield stack.url
    finally:
        stack.stop()


def list_addresses(client: Client) -> dict[str, str]:
    """Every page by name, with the demo's own objects in its address."""
    deployment = client.list_deployments(PROJECT)[0]["deployment_id"]
    monitoring = client.read_monitoring(deployment, ENDPOINT)
    evaluation = client.list_evaluations(PROJECT, monitoring["store"])[0]["id"]
    place = f"/projects/{PROJECT}"
    return {
        "Home": "/",
        "API service": f"/services/{PROJECT}/{SERVICE}",
        **{f"Deployment, {tab}": f"/deployments/{deployment}?tab={tab}" for tab in DEPLOYMENT_TABS},
        "Flow": f"{place}/flow",
        "Dataset": f"{place}/datasets/{monitoring['dataset']}",
        **{f"Recipe, {tab}": f"{place}/recipes/{monitoring['recipe']}?tab={tab}" for tab in RECIPE_TABS},
        "Store": f"{place}/stores/{monitoring['store']}",
        "Evaluation": f"/evaluations/{evaluation}",
        "Evaluations": "/evaluations",
        "Administration": "/administration",
    }


@contextmanager
def open_browser() -> Iterator[Browser]:
    path = next((found for name in CHROMIUM if (found := which(name))), None)
    if path is None:
        raise SystemExit("no Chromium on PATH; as root on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


def load_page(browser: Browser, address: str) -> Load:
    """One first load, with an empty cache."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    watch(page)
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    sizes: list[float] = []
    failed: list[str] = []
    wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    page.goto(address)
    settled_ms = settle(page)
    context.close()
    return Load(len(sizes), sum(sizes) / 1000, settled_ms / 1000, len(failed))


def watch(page: Page) -> None:
    """Before the first `goto`: notes every response and change of the document."""
    page.add_init_script(WATCH)


def settle(page: Page) -> float:
    """Milliseconds from navigation to the last change before the quiet."""
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    # Asked from here: a wait inside the page would need the `eval` that its policy forbids.
    while not page.evaluate(SETTLED):
        if time.monotonic() > deadline:
            raise SystemExit(f"{page.url} still changes after {SETTLE_SECONDS_MAX} s")
        page.wait_for_timeout(50)
    return float(page.evaluate("window.lastChange"))


def audit_page(browser: Browser, address: str) -> list[str]:
    found: list[str] = []
    for scheme, width in LOOKS:
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
        page = context.new_page()
        watch(page)
        page.goto(address)
        settle(page)
        policy: list[str] = page.evaluate("window.policyViolations")
        page.evaluate(AXE.read_text(encoding="utf-8"))
        accessible: list[str] = page.evaluate(VIOLATIONS)
        found += [f"{scheme} {width}: {words}" for words in [*policy, *accessible]]
        context.close()
    return found


def summarise(name: str, address: str, loads: list[Load], violations: list[str]) -> Measured:
    def middle(values: list[float]) -> float:
        return statistics.median(values)

    return Measured(
        page=name,
        address=address,
        requests=int(middle([load.requests for load in loads])),
        kilobytes=round(middle([load.kilobytes for load in loads]), 1),
        settled_s=round(middle([load.settled_s for load in loads]), 2),
        failed=sum(load.failed for load in loads),
        violations=violations,
    )


def _print_table(found: list[Measured]) -> None:
    print(f"{'page':<22} {'requests':>8} {'kB':>7} {'settled s':>9} {'failed':>6}  violations")
    for one in found:
        print(
            f"{one.page:<22} {one.requests:>8} {one.kilobytes:>7.1f} {one.settled_s:>9.2f} {one.failed:>6}  "
            f"{'; '.join(one.violations) or 'none'}"
        )


def _parse_arguments() -> Any:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("home", type=Path, help="home of a finished `wakeline demo`")
    parser.add_argument("--repeats", type=int, default=5, help="first loads of each page")
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    return parser.parse_args()


if __name__ == "__main__":
    main()
