"""Takes the tutorial's pictures anew, from a browser beside a reader who follows it: `make pictures`."""

import tempfile
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Error, Page

from tests.browser.chromium import launch_chromium
from tests.docs.reader import Reader
from tests.frontend.sources import ROOT, load_hook
from tests.monitoring.receivers import receive_webhooks
from wakeline.client.client import Client
from wakeline.server.stack import Ports, Stack

FOLDER = ROOT / "docs" / "images" / "tutorial"
WIDTH, HEIGHT = 1280, 860
DEPLOYMENT, ENDPOINT, LABEL = "FLIGHTS-on-local", "arrival-delay", "FLIGHTS-on-local-arrival-delay"
SERVICE = "/services/FLIGHTS/flight-delays"
PLACE = "/projects/FLIGHTS"
QUERY = '{"dep_hour":18,"distance":760,"carrier":"EV","origin":"EWR","dest":"ATL"}'


class Photographer:
    """One window in light colours; a picture is taken when nothing has moved for a while."""

    def __init__(self, page: Page, url: str) -> None:
        self._page = page
        self._url = url

    def take(self, name: str, address: str, *clicks: str) -> None:
        self._page.goto(self._url + address)
        self._rest()
        for button in clicks:
            self._page.get_by_role("button", name=button, exact=True).click()
            self._rest()
        self._page.screenshot(path=FOLDER / f"{name}.png")
        print(f"{name}.png")

    def _rest(self) -> None:
        with suppress(Error):
            self._page.wait_for_load_state("networkidle", timeout=5_000)
        self._page.wait_for_timeout(1_500)


def main() -> None:
    load_hook().build_front_end(ROOT)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        receive_webhooks() as receiver,
        launch_chromium() as browser,
    ):
        stack = Stack(Path(folder) / "home", Ports.plan(0), commit_interval_s=0.5)
        try:
            stack.start()
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
            with Client(stack.url) as client:
                reader = Reader.sit_down(Path(folder) / "work", stack, receiver.url)
                _follow(reader, client, Photographer(page, stack.url))
        finally:
            stack.stop()


def _follow(reader: Reader, client: Client, photographer: Photographer) -> None:
    for text in reader.paste_all(client):
        if "deployment create" in text:
            photographer.take("service", SERVICE)
            photographer.take("run-and-test", f"/deployments/{DEPLOYMENT}?tab=test&query={QUERY}", "Run")
        elif "dataset browse" in text and "event status" in text:
            photographer.take("activity", f"/deployments/{DEPLOYMENT}?tab=activity")
            photographer.take("configure", f"{SERVICE}?endpoint={ENDPOINT}&configure={DEPLOYMENT}")
        elif "monitoring configure" in text:
            photographer.take("flow", f"{PLACE}/flow")
            photographer.take("dataset", f"{PLACE}/datasets/{LABEL}-log")
        elif "evaluation list" in text:
            photographer.take("store", f"{PLACE}/stores/{LABEL}")
            evaluation = client.list_evaluations("FLIGHTS")[0]["id"]
            photographer.take("evaluation", f"/evaluations/{evaluation}")
            return


if __name__ == "__main__":
    main()
