"""Who is told of a store, in the browser: made, tested, changed, switched off, deleted."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PROJECT, STORE
from tests.browser.visits import Scheme, Visit, check_accessible, check_width
from tests.monitoring.receivers import receive_webhooks

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SECRET = "correct horse battery"


@pytest.fixture
def untold(full_server: str) -> Iterator[str]:
    """The address of the store's page; whatever alerts a test makes go again."""
    yield f"{full_server}/projects/{PROJECT}/stores/{STORE}"
    with httpx.Client(base_url=f"{full_server}/api/v1") as api:
        for alert in api.get("/alerts", params={"project": PROJECT}).json()["items"]:
            api.delete(f"/alerts/{alert['id']}")


def find_alerts(page: Page) -> Any:
    return page.get_by_role("region", name="Alert", exact=True)


def test_an_alert_is_made_tested_changed_and_deleted(visit: Visit, untold: str) -> None:
    page, alerts = visit.page, find_alerts(visit.page)
    with receive_webhooks() as receiver:
        page.goto(untold)
        expect(alerts).to_contain_text("Nobody is told yet.")
        alerts.get_by_role("button", name="Add an alert").click()
        alerts.get_by_label("Address").fill(receiver.url)
        alerts.get_by_label("Secret").fill(SECRET)
        alerts.get_by_role("button", name="Add the alert").click()
        line = alerts.get_by_role("list", name="Alerts of the store")
        expect(line).to_contain_text(f"Webhook {receiver.url}, signed")

        line.get_by_role("button", name="Test Alert").click()
        expect(line.get_by_role("status", name="Last message of Alert")).to_contain_text("delivered")
        line.get_by_text("Messages of Alert").click()
        expect(line.get_by_role("list", name="Messages of Alert")).to_contain_text(STORE)

        line.get_by_role("button", name="Change Alert").click()
        page.reload()
        line.get_by_label("Name").fill("The team")
        line.get_by_role("button", name="Save the alert").click()
        expect(line).to_contain_text("signed")
        line.get_by_role("button", name="Test The team").click()
        line.get_by_text("Messages of The team").click()
        expect(line.get_by_role("list", name="Messages of The team").get_by_role("listitem")).to_have_count(2)
    assert [message["event"] for message in receiver.read_messages()] == ["test", "test"]
    assert all("X-Wakeline-Signature" in headers for headers in receiver.headers)

    line.get_by_role("button", name="Switch off The team").click()
    expect(line).to_contain_text("(off)")
    line.get_by_role("button", name="Delete The team").dblclick()
    line.get_by_role("button", name="Keep it").click()
    line.get_by_role("button", name="Delete The team").click()
    line.get_by_role("button", name="Yes, delete The team").click()
    expect(line).to_have_count(0)
    visit.check_quiet()


def test_people_are_told_by_mail(
    visit: Visit, look: tuple[Scheme, int], untold: str, axe_source: str
) -> None:
    page, alerts = visit.page, find_alerts(visit.page)
    page.goto(f"{untold}?alert=new")
    alerts.get_by_label("Tell").select_option("People, by mail")
    alerts.get_by_label("To").fill("a@example.com, b@example.com")
    alerts.get_by_label("From").fill("nobody")
    alerts.get_by_label("Mail server").fill("mail.example.com")
    check_width(page)
    check_accessible(page, axe_source)
    alerts.get_by_role("button", name="Add the alert").click()
    expect(alerts.get_by_role("alert")).to_contain_text("is not a mail address")
    alerts.get_by_label("From").fill("wakeline@example.com")
    alerts.get_by_role("button", name="Add the alert").click()
    expect(alerts).to_contain_text("Mail to a@example.com, b@example.com by mail.example.com")
    expect(alerts).to_contain_text("Nothing was sent yet.")
    check_width(page)
    check_accessible(page, axe_source)
