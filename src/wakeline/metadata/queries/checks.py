"""Checks of stores and their results: create, find, list, what each found last."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from wakeline.core.errors import ConflictError, NotFoundError
from wakeline.metadata.tables.alerting import Check, CheckResult
from wakeline.metadata.tables.monitoring import Evaluation


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A result and the evaluation that it judged."""

    result: CheckResult
    evaluation: Evaluation


def add_check(session: Session, check: Check) -> Check:
    if find_check(session, check.project, check.store, check.name) is not None:
        raise ConflictError(f"the store {check.store!r} has a check {check.name!r} already")
    session.add(check)
    session.flush()
    return check


def find_check(session: Session, project: str, store: str, name: str) -> Check | None:
    return session.scalar(
        select(Check).where(Check.project == project, Check.store == store, Check.name == name)
    )


def get_check(session: Session, check_id: str) -> Check:
    check = session.get(Check, check_id)
    if check is None:
        raise NotFoundError(f"there is no check with the id {check_id!r}; GET /checks lists them")
    return check


def list_checks(session: Session, project: str | None = None, store: str | None = None) -> Sequence[Check]:
    """In the order in which they were made."""
    query = select(Check).order_by(Check.project, Check.store, Check.created_at_us, Check.name)
    if project is not None:
        query = query.where(Check.project == project)
    if store is not None:
        query = query.where(Check.store == store)
    return session.scalars(query).all()


def delete_check(session: Session, check: Check) -> None:
    """With all that it found."""
    session.execute(delete(CheckResult).where(CheckResult.check_id == check.id))
    session.delete(check)
    session.flush()


def add_result(session: Session, result: CheckResult) -> CheckResult:
    session.add(result)
    session.flush()
    return result


def list_results(session: Session, check_id: str, *, limit: int) -> Sequence[ResultRow]:
    """Every look, the newest first."""
    query = (
        select(CheckResult, Evaluation)
        .join(Evaluation, Evaluation.id == CheckResult.evaluation_id)
        .where(CheckResult.check_id == check_id)
        .order_by(CheckResult.number.desc())
        .limit(limit)
    )
    return [ResultRow(result, evaluation) for result, evaluation in session.execute(query)]


def list_standing(session: Session, check_ids: Sequence[str]) -> Sequence[ResultRow]:
    """The last look at each evaluation by each of the checks, the latest window first."""
    last = (
        select(func.max(CheckResult.number))
        .where(CheckResult.check_id.in_(check_ids))
        .group_by(CheckResult.check_id, CheckResult.evaluation_id)
    )
    query = (
        select(CheckResult, Evaluation)
        .join(Evaluation, Evaluation.id == CheckResult.evaluation_id)
        .where(CheckResult.number.in_(last))
        .order_by(Evaluation.window_start.desc(), Evaluation.window_end.desc(), Evaluation.id.desc())
    )
    return [ResultRow(result, evaluation) for result, evaluation in session.execute(query)]


def list_of_evaluation(session: Session, evaluation_id: str, revision: int) -> Sequence[CheckResult]:
    """The last look of each check at this revision."""
    last = (
        select(func.max(CheckResult.number))
        .where(CheckResult.evaluation_id == evaluation_id, CheckResult.revision == revision)
        .group_by(CheckResult.check_id)
    )
    query = select(CheckResult).where(CheckResult.number.in_(last)).order_by(CheckResult.number)
    return session.scalars(query).all()
