"""Alerts of a store: made, changed, and told when the store's status changes.

A message is queued in the transaction that found the change, and sent after it. EMPTY says nothing: neither
that something broke nor that it recovered.
"""

from sqlalchemy.orm import Session

from wakeline.core.ids import mint_object_id
from wakeline.core.status import BADNESS, Status
from wakeline.metadata.queries import alerts, checks, evaluations, stores
from wakeline.metadata.queries.evaluations import EvaluationRow
from wakeline.metadata.queries.locking import lock_project
from wakeline.metadata.tables.alerting import Alert, CheckResult, Delivery
from wakeline.monitoring.checks import judge_revision, list_latest
from wakeline.monitoring.message import CHANGE, RECOVERY, TEST, build_message, build_test_message, is_breached
from wakeline.monitoring.objects import check_name
from wakeline.monitoring.status import read_store_status
from wakeline.monitoring.targets import Target, change_target, read_target


def create_alert(
    session: Session, project: str, store: str, name: str, *, target: Target, now_us: int
) -> Alert:
    """The status of the moment is taken as told: only changes from here on are."""
    lock_project(session, project)
    stores.get_store(session, project, store)
    status = read_store_status(session, project, store)
    row = Alert(
        id=mint_object_id(),
        project=project,
        store=store,
        name=check_name("alert", name),
        kind=target.kind,
        settings=target.model_dump(),
        enabled=True,
        told_status=None if status in {None, Status.EMPTY} else status,
        created_at_us=now_us,
        updated_at_us=now_us,
    )
    return alerts.add_alert(session, row)


def change_alert(
    session: Session,
    alert_id: str,
    *,
    name: str | None,
    enabled: bool | None,
    target: Target | None,
    now_us: int,
) -> Alert:
    """None leaves a part as it is. Switched on again, it tells changes from that moment on."""
    lock_project(session, alerts.get_alert(session, alert_id).project)
    row = alerts.get_alert(session, alert_id)
    if name is not None and name != row.name:
        row.name = check_name("alert", name)
    if target is not None:
        chosen = change_target(read_target(row.settings), target)
        row.kind, row.settings = chosen.kind, chosen.model_dump()
    if enabled is not None and enabled != row.enabled:
        row.enabled = enabled
        status = read_store_status(session, row.project, row.store)
        row.told_status = None if status in {None, Status.EMPTY} else status
    row.updated_at_us = now_us
    session.flush()
    return row


def delete_alert(session: Session, alert_id: str) -> None:
    alerts.delete_alert(session, alerts.get_alert(session, alert_id))


def queue_test(session: Session, alert_id: str, now_us: int) -> Delivery:
    row = alerts.get_alert(session, alert_id)
    status = read_store_status(session, row.project, row.store)
    return alerts.add_delivery(session, row, TEST, build_test_message(row.project, row.store, status), now_us)


def judge_and_tell(session: Session, row: EvaluationRow, now_us: int) -> None:
    """After a new revision, in its transaction: every check judges it, then whoever wants to know is told."""
    judge_revision(session, row, now_us)
    tell(session, row, now_us)


def tell(session: Session, row: EvaluationRow, now_us: int) -> list[Delivery]:
    """Queues a message for each alert whose store's status is not the one that it was told last."""
    project, store = row.evaluation.project, row.evaluation.store
    status = read_store_status(session, project, store)
    if status is None or status is Status.EMPTY:
        return []
    told = []
    for alert in alerts.list_alerts(session, project, store):
        before = Status(alert.told_status) if alert.told_status else None
        if not alert.enabled or before is status:
            continue
        alert.told_status = status.value
        if before is None and status is Status.OK:
            continue
        event = RECOVERY if status is Status.OK else CHANGE
        message = build_message(row, _list_breached(session, row), event=event, before=before, now=status)
        told.append(alerts.add_delivery(session, alert, event, message, now_us))
    session.flush()
    return told


def tell_latest(session: Session, project: str, store: str, now_us: int) -> list[Delivery]:
    """After a change of the store's checks: as `tell`, by the latest evaluation."""
    latest = evaluations.list_latest_ids(session, project, store, limit=1)
    return tell(session, evaluations.get_evaluation(session, latest[0]), now_us) if latest else []


def _list_breached(session: Session, row: EvaluationRow) -> list[tuple[str, CheckResult]]:
    """Standing results at WARNING or ERROR, the worst first."""
    rows = checks.list_checks(session, row.evaluation.project, row.evaluation.store)
    names = {check.id: check.name for check in rows}
    found = [entry.result for entry in list_latest(session, rows).values() if is_breached(entry.result)]
    found.sort(key=lambda result: (-BADNESS[Status(result.outcome)], names[result.check_id]))
    return [(names[result.check_id], result) for result in found]
