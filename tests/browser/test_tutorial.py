"""The whole tutorial by clicks: from an empty project with a saved model to the drift report.

Once with Configure and its alert, once by hand in the Flow. What is no click is what no click can do: the
application that asks the endpoint, and the receiver that is told.
"""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.serving import DEPLOYMENT, ENDPOINT, SERVICE, run_stack, save_to
from tests.browser.visits import Visit
from tests.monitoring.receivers import receive_webhooks
from wakeline.client.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

TRAFFIC = 400
LANDING_SECONDS_MAX = 60
JOB_MS_MAX = 60_000


@pytest.fixture
def project(bundle: None, small_model: Path, tmp_path: Path) -> object:
    """The address of a server with a project that has a saved model and nothing else."""
    with run_stack(tmp_path) as url:
        save_to(url, small_model)
        yield url


def serve_by_clicks(page: Page, url: str) -> None:
    """From home: a service, a version of it, a deployment."""
    page.goto(url)
    shop = page.get_by_role("region", name="Shop")
    shop.get_by_role("textbox", name="Service").fill(SERVICE)
    shop.get_by_role("textbox", name="Endpoint").fill(ENDPOINT)
    shop.get_by_role("button", name="Create the API service").click()
    page.get_by_role("button", name="Publish a version").click()
    expect(page.get_by_text("v1 is published.")).to_be_visible()
    page.get_by_role("button", name="Deploy", exact=True).click()
    expect(page.get_by_role("heading", level=1, name=DEPLOYMENT)).to_be_visible(timeout=30_000)


def ask_by_clicks(page: Page) -> None:
    """One test query with the form's example values."""
    page.get_by_role("link", name="Run & Test").click()
    page.get_by_role("button", name="Example values").click()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text("200 answered")).to_be_visible()


def send_traffic(url: str) -> None:
    """The application: three times the amounts that the model was trained on."""
    random = np.random.default_rng(3)
    with Client(url) as client:
        endpoint = client.read_deployment(DEPLOYMENT)["endpoints"][0]["url"]
        items = [
            {"features": {"amount": 3 * amount, "items": 2.0, "country": "FR"}}
            for amount in random.uniform(1, 500, TRAFFIC)
        ]
        answer = httpx.post(f"{endpoint.removesuffix('/predict')}/predict-multi", json={"items": items})
        assert answer.status_code == 200, answer.text
        wait_until(lambda: count_rows(client) == TRAFFIC + 1, "the events did not land")


def count_rows(client: Client) -> int:
    return int(client.read_monitoring(DEPLOYMENT, ENDPOINT)["log_row_count"] or 0)


def wait_until(holds: Callable[[], bool], words: str) -> None:
    deadline = time.monotonic() + LANDING_SECONDS_MAX
    while not holds():
        assert time.monotonic() < deadline, words
        time.sleep(0.1)


def read_the_drift(page: Page) -> None:
    """The evaluation's page: the verdict, and the feature that the application changed at the top."""
    expect(page.get_by_role("heading", name="Features")).to_be_visible(timeout=JOB_MS_MAX)
    expect(page.get_by_role("main")).to_contain_text(re.compile("drift"))
    features = page.get_by_role("region", name="Table of the features")
    expect(features.get_by_role("row").nth(1)).to_contain_text("amount")


def test_with_configure(visit: Visit, project: str) -> None:
    page = visit.page
    serve_by_clicks(page, project)
    ask_by_clicks(page)
    send_traffic(project)
    with receive_webhooks() as receiver:
        page.get_by_role("navigation", name="Where this page stands").get_by_role(
            "link", name=SERVICE
        ).click()
        expect(page.get_by_role("link", name="Configure", exact=True)).to_be_visible(timeout=12_000)
        page.get_by_role("link", name="Configure", exact=True).click()
        plan = page.get_by_role("form", name=f"What Configure makes for {DEPLOYMENT}")
        plan.get_by_label("Tell, when the status changes").select_option("webhook")
        plan.get_by_label("Address").fill(receiver.url)
        plan.get_by_role("button", name="Make it").click()
        expect(page.get_by_text("Nothing is evaluated yet")).to_be_visible()

        page.get_by_role("link", name=f"{DEPLOYMENT}-{ENDPOINT}-log", exact=True).click()
        expect(page.get_by_role("main")).to_contain_text(f"{TRAFFIC + 1} rows")
        page.go_back()

        page.get_by_role("link", name=f"evaluate-{DEPLOYMENT}-{ENDPOINT}", exact=True).click()
        run_latest(page)
        read_the_drift(page)

        page.get_by_role("link", name=f"{DEPLOYMENT}-{ENDPOINT}", exact=True).first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(f"{DEPLOYMENT}-{ENDPOINT}")
        wait_until(lambda: bool(receiver.bodies), "nobody was told")
    message = receiver.read_messages()[0]
    assert (message["store"], message["status"]) == (f"{DEPLOYMENT}-{ENDPOINT}", "ERROR")
    assert "amount" in json.dumps(message)
    visit.check_quiet()


def run_latest(page: Page) -> None:
    """The recipe on the month that the log ends with, which is offered first."""
    page.get_by_role("form", name="Run the recipe").get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("link", name="Open the evaluation").click(timeout=JOB_MS_MAX)


def test_by_hand(visit: Visit, project: str) -> None:
    page = visit.page
    serve_by_clicks(page, project)
    ask_by_clicks(page)
    send_traffic(project)
    page.get_by_role("navigation", name="Places").get_by_role("link", name="Flow").click()
    panel = page.get_by_role("region", name="Details")
    log = re.compile(rf"^{DEPLOYMENT}-{ENDPOINT}-log\b")
    page.get_by_label(re.compile("^Flow of")).get_by_role("link", name=log).click()
    panel.get_by_role("link", name="New recipe").click()
    expect(panel.get_by_label("Name of the new store")).to_have_value(f"{DEPLOYMENT}-{ENDPOINT}")
    panel.get_by_role("button", name="Create recipe").click()
    expect(panel.get_by_role("heading", name=f"evaluate-{DEPLOYMENT}-{ENDPOINT}", exact=True)).to_be_visible()
    panel.get_by_role("button", name="Run", exact=True).click()
    panel.get_by_role("link", name="Open the evaluation").click(timeout=JOB_MS_MAX)
    read_the_drift(page)
    visit.check_quiet()
