"""Checks of a store made, changed and deleted.

What the store holds is judged at once, and whoever wants to know is told where its status changes by that.
"""

from dataclasses import asdict, replace
from typing import Any

from sqlalchemy.orm import Session

from wakeline.core.errors import InvalidInputError
from wakeline.core.ids import mint_object_id
from wakeline.metadata.queries import checks, stores
from wakeline.metadata.queries.locking import lock_project
from wakeline.metadata.tables.alerting import Check
from wakeline.monitoring.alerts import tell_latest
from wakeline.monitoring.checks import judge_store, read_rule
from wakeline.monitoring.objects import check_name
from wakeline.monitoring.ranges import Rule, check_rule

_RULE_FIELDS = tuple(Rule.__dataclass_fields__)


def create_check(session: Session, project: str, store: str, name: str, *, rule: Rule, now_us: int) -> Check:
    """Judges what the store holds at once, so that the check has a status from its first moment."""
    lock_project(session, project)
    stores.get_store(session, project, store)
    row = Check(
        id=mint_object_id(),
        project=project,
        store=store,
        name=check_name("check", name),
        enabled=True,
        created_at_us=now_us,
        updated_at_us=now_us,
        **_to_columns(check_rule(rule)),
    )
    checks.add_check(session, row)
    judge_store(session, row, now_us)
    tell_latest(session, project, store, now_us)
    return row


def change_check(session: Session, check_id: str, changes: dict[str, Any], now_us: int) -> Check:
    """`changes`: any of `name`, `enabled` and the fields of a rule; what is left out stays."""
    lock_project(session, checks.get_check(session, check_id).project)
    row = checks.get_check(session, check_id)
    known = {"name", "enabled", *_RULE_FIELDS}
    unknown = sorted(changes.keys() - known)
    if unknown:
        raise InvalidInputError(f"a check has no {', '.join(unknown)}; it has: {', '.join(sorted(known))}")
    if "name" in changes and changes["name"] != row.name:
        row.name = check_name("check", changes["name"])
    row.enabled = changes.get("enabled", row.enabled)
    rule_changes = {name: value for name, value in changes.items() if name in _RULE_FIELDS}
    rule = check_rule(replace(read_rule(row), **rule_changes))
    for name, value in _to_columns(rule).items():
        setattr(row, name, value)
    row.updated_at_us = now_us
    session.flush()
    judge_store(session, row, now_us)
    tell_latest(session, row.project, row.store, now_us)
    return row


def delete_check(session: Session, check_id: str, now_us: int) -> None:
    row = checks.get_check(session, check_id)
    project, store = row.project, row.store
    lock_project(session, project)
    checks.delete_check(session, row)
    tell_latest(session, project, store, now_us)


def _to_columns(rule: Rule) -> dict[str, Any]:
    fields = asdict(rule)
    column = fields.pop("column")
    return {**fields, "scope": rule.scope.value, "compared": rule.compared.value, "column_name": column}
