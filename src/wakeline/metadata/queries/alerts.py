"""Alerts of stores, and the deliveries of their messages: a queue from which one sender takes each."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from wakeline.core.errors import ConflictError, NotFoundError
from wakeline.core.ids import mint_object_id
from wakeline.metadata.tables.alerting import Alert, Delivery


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


def add_alert(session: Session, alert: Alert) -> Alert:
    if find_alert(session, alert.project, alert.store, alert.name) is not None:
        raise ConflictError(f"the store {alert.store!r} has an alert {alert.name!r} already")
    session.add(alert)
    session.flush()
    return alert


def find_alert(session: Session, project: str, store: str, name: str) -> Alert | None:
    return session.scalar(
        select(Alert).where(Alert.project == project, Alert.store == store, Alert.name == name)
    )


def get_alert(session: Session, alert_id: str) -> Alert:
    alert = session.get(Alert, alert_id)
    if alert is None:
        raise NotFoundError(f"there is no alert with the id {alert_id!r}; GET /alerts lists them")
    return alert


def list_alerts(session: Session, project: str | None = None, store: str | None = None) -> Sequence[Alert]:
    query = select(Alert).order_by(Alert.project, Alert.store, Alert.created_at_us, Alert.name)
    if project is not None:
        query = query.where(Alert.project == project)
    if store is not None:
        query = query.where(Alert.store == store)
    return session.scalars(query).all()


def delete_alert(session: Session, alert: Alert) -> None:
    """With the record of its deliveries; what was not sent yet is not sent."""
    session.execute(delete(Delivery).where(Delivery.alert_id == alert.id))
    session.delete(alert)
    session.flush()


def add_delivery(
    session: Session, alert: Alert, event: str, message: dict[str, Any], now_us: int
) -> Delivery:
    delivery = Delivery(
        id=mint_object_id(),
        alert_id=alert.id,
        event=event,
        message=message,
        state=DeliveryState.PENDING,
        attempts=0,
        next_attempt_at_us=now_us,
        created_at_us=now_us,
    )
    session.add(delivery)
    session.flush()
    return delivery


def get_delivery(session: Session, delivery_id: str) -> Delivery:
    delivery = session.get(Delivery, delivery_id)
    if delivery is None:
        raise NotFoundError(f"there is no delivery {delivery_id!r}")
    return delivery


def list_deliveries(session: Session, alert_id: str, *, limit: int) -> Sequence[Delivery]:
    """The newest first."""
    query = select(Delivery).where(Delivery.alert_id == alert_id)
    return session.scalars(
        query.order_by(Delivery.created_at_us.desc(), Delivery.id.desc()).limit(limit)
    ).all()


def claim_delivery(session: Session, now_us: int, lease_us: int) -> Delivery | None:
    """One that is due, counted as attempted. Until the lease ends no other sender takes it."""
    query = select(Delivery.id).where(
        Delivery.state == DeliveryState.PENDING, Delivery.next_attempt_at_us <= now_us
    )
    delivery_id = session.scalar(query.order_by(Delivery.next_attempt_at_us, Delivery.id).limit(1))
    return None if delivery_id is None else claim_this(session, delivery_id, now_us, lease_us)


def claim_this(session: Session, delivery_id: str, now_us: int, lease_us: int) -> Delivery | None:
    """None where another sender has it."""
    claimed = session.execute(
        update(Delivery)
        .where(
            Delivery.id == delivery_id,
            Delivery.state == DeliveryState.PENDING,
            Delivery.next_attempt_at_us <= now_us,
        )
        .values(attempts=Delivery.attempts + 1, next_attempt_at_us=now_us + lease_us)
        .returning(Delivery.id)
    ).all()
    return session.get(Delivery, delivery_id, populate_existing=True) if claimed else None
