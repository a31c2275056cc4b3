"""Alerts of stores: create, change, delete, test, and what was sent."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from wakeline.core.clock import format_rfc3339
from wakeline.core.status import Status
from wakeline.metadata.queries import alerts
from wakeline.metadata.queries.alerts import DeliveryState
from wakeline.metadata.tables.alerting import Alert, Delivery
from wakeline.monitoring.alerts import change_alert, create_alert, delete_alert, queue_test
from wakeline.monitoring.message import finish_message
from wakeline.monitoring.targets import Mail, Webhook, read_target
from wakeline.server.answers import Listed
from wakeline.server.dependencies import PartsDep, SessionDep
from wakeline.server.parts import Parts
from wakeline.server.telling_answers import AlertAnswer, DeliveryAnswer, MailAnswer, WebhookAnswer

DELIVERIES_MAX = 1_000

router = APIRouter(tags=["alerts"])

TargetBody = Annotated[Webhook | Mail, Field(discriminator="kind")]


class NewAlert(BaseModel, extra="forbid"):
    project: str
    store: str
    name: str
    target: TargetBody


class AlertChange(BaseModel, extra="forbid"):
    """What is left out stays; so does a secret that is not given, while the place is the same."""

    name: str | None = None
    enabled: bool | None = None
    target: TargetBody | None = None


@router.get("/alerts")
def list_alerts(
    session: SessionDep, parts: PartsDep, project: str | None = None, store: str | None = None
) -> Listed[AlertAnswer]:
    rows = alerts.list_alerts(session, project, store)
    return Listed(items=[describe_alert(session, parts, row) for row in rows])


@router.post("/alerts", status_code=201)
def create(body: NewAlert, session: SessionDep, parts: PartsDep) -> AlertAnswer:
    """Changes of the store's status from now on are told."""
    row = create_alert(
        session, body.project, body.store, body.name, target=body.target, now_us=parts.clock.now_us()
    )
    return describe_alert(session, parts, row)


@router.get("/alerts/{alert_id}")
def show(alert_id: str, session: SessionDep, parts: PartsDep) -> AlertAnswer:
    return describe_alert(session, parts, alerts.get_alert(session, alert_id))


@router.patch("/alerts/{alert_id}")
def change(alert_id: str, body: AlertChange, session: SessionDep, parts: PartsDep) -> AlertAnswer:
    row = change_alert(
        session,
        alert_id,
        name=body.name,
        enabled=body.enabled,
        target=body.target,
        now_us=parts.clock.now_us(),
    )
    return describe_alert(session, parts, row)


@router.delete("/alerts/{alert_id}", status_code=204)
def delete(alert_id: str, session: SessionDep) -> None:
    """With the record of its deliveries."""
    delete_alert(session, alert_id)


@router.post("/alerts/{alert_id}/actions/test")
def test(alert_id: str, parts: PartsDep) -> DeliveryAnswer:
    """Sends one message at once and says what became of it."""
    with parts.sessions.begin() as session:
        delivery_id = queue_test(session, alert_id, parts.clock.now_us()).id
    parts.messenger.deliver_now(delivery_id)
    with parts.sessions() as session:
        return _describe_delivery(parts, alerts.get_delivery(session, delivery_id))


@router.get("/alerts/{alert_id}/deliveries")
def list_deliveries(
    alert_id: str,
    session: SessionDep,
    parts: PartsDep,
    limit: Annotated[int, Query(ge=1, le=DELIVERIES_MAX)] = 100,
) -> Listed[DeliveryAnswer]:
    """The newest first."""
    alerts.get_alert(session, alert_id)
    rows = alerts.list_deliveries(session, alert_id, limit=limit)
    return Listed(items=[_describe_delivery(parts, row) for row in rows])


def describe_alert(session: Session, parts: Parts, row: Alert) -> AlertAnswer:
    last = alerts.list_deliveries(session, row.id, limit=1)
    return AlertAnswer(
        id=row.id,
        project=row.project,
        store=row.store,
        name=row.name,
        target=describe_target(read_target(row.settings)),
        enabled=row.enabled,
        told_status=Status(row.told_status) if row.told_status else None,
        last_delivery=_describe_delivery(parts, last[0]) if last else None,
        created_at=format_rfc3339(row.created_at_us),
        updated_at=format_rfc3339(row.updated_at_us),
    )


def describe_target(target: Webhook | Mail) -> WebhookAnswer | MailAnswer:
    if isinstance(target, Webhook):
        return WebhookAnswer(kind="webhook", url=target.url, signed=bool(target.secret))
    return MailAnswer(
        kind="mail",
        host=target.host,
        port=target.port,
        security=target.security,
        username=target.username,
        has_password=bool(target.password),
        sender=target.sender,
        recipients=target.recipients,
    )


def _describe_delivery(parts: Parts, row: Delivery) -> DeliveryAnswer:
    states: dict[str, Literal["pending", "delivered", "failed"]] = {
        DeliveryState.PENDING: "pending",
        DeliveryState.DELIVERED: "delivered",
        DeliveryState.FAILED: "failed",
    }
    pending = row.state == DeliveryState.PENDING
    return DeliveryAnswer(
        id=row.id,
        alert_id=row.alert_id,
        event=row.event,
        state=states[row.state],
        attempts=row.attempts,
        text=str(finish_message(row.message, parts.addresses.server_url)["text"]),
        last_error=row.last_error,
        next_attempt_at=format_rfc3339(row.next_attempt_at_us) if pending else None,
        created_at=format_rfc3339(row.created_at_us),
        finished_at=None if row.finished_at_us is None else format_rfc3339(row.finished_at_us),
    )
