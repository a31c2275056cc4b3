"""Checks of a store, judged at each revision of an evaluation, in its transaction.

What a check found is kept for good. With consecutive runs an outcome counts once that many windows in a row
have it at least; windows follow each other within one recipe.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from wakeline.core.reading import Reading
from wakeline.core.status import BADNESS, Status
from wakeline.metadata.queries import checks, evaluations
from wakeline.metadata.queries.checks import ResultRow
from wakeline.metadata.queries.evaluations import EvaluationRow
from wakeline.metadata.tables.alerting import Check, CheckResult
from wakeline.monitoring.ranges import Found, Rule, Scope, describe_rule, judge_rule
from wakeline.statistics.catalogue import Compared

_JUDGED_AT_ONCE_MAX = 30


def read_rule(row: Check) -> Rule:
    return Rule(
        metric=row.metric,
        scope=Scope(row.scope),
        column=row.column_name,
        compared=Compared(row.compared),
        error_min=row.error_min,
        warning_min=row.warning_min,
        warning_max=row.warning_max,
        error_max=row.error_max,
        beyond_chance=row.beyond_chance,
        rows_min=row.rows_min,
        consecutive=row.consecutive,
    )


def judge_revision(session: Session, row: EvaluationRow, now_us: int) -> list[CheckResult]:
    """By every check of the store that is switched on."""
    series = row.evaluation
    rows = [check for check in checks.list_checks(session, series.project, series.store) if check.enabled]
    return [_judge(session, check, row, now_us) for check in rows]


def judge_store(session: Session, check: Check, now_us: int) -> None:
    """The latest revisions of the store's evaluations, the oldest window first."""
    if not check.enabled:
        return
    ids = evaluations.list_latest_ids(session, check.project, check.store, limit=_JUDGED_AT_ONCE_MAX)
    for evaluation_id in reversed(ids):
        _judge(session, check, evaluations.get_evaluation(session, evaluation_id), now_us)


def list_latest(session: Session, rows: Sequence[Check]) -> dict[str, ResultRow]:
    """By check the standing result: of the latest window, the worst where several recipes fill the store."""
    latest: dict[tuple[str, str], ResultRow] = {}
    for entry in checks.list_standing(session, [row.id for row in rows if row.enabled]):
        latest.setdefault((entry.result.check_id, entry.evaluation.recipe), entry)
    standing: dict[str, ResultRow] = {}
    for (check_id, _), entry in latest.items():
        known = standing.get(check_id)
        if known is None or _is_worse(entry.result, known.result):
            standing[check_id] = entry
    return standing


def _is_worse(result: CheckResult, other: CheckResult) -> bool:
    return BADNESS[Status(result.outcome)] > BADNESS[Status(other.outcome)]


def _judge(session: Session, check: Check, row: EvaluationRow, now_us: int) -> CheckResult:
    rule, document = read_rule(check), row.revision.document
    readings = [Reading(**reading) for reading in document["readings"]]
    features = [feature["name"] for feature in document["features"]]
    found = judge_rule(rule, readings, features, row.revision.row_count)
    outcome, sentence = _hold_against_earlier(session, check, row, found)
    result = CheckResult(
        check_id=check.id,
        evaluation_id=row.evaluation.id,
        revision=row.revision.revision,
        outcome=outcome.value,
        found=found.outcome.value,
        column_name=found.reading.column if found.reading else None,
        value=found.reading.value if found.reading else None,
        reference_value=found.reading.reference_value if found.reading else None,
        rule=describe_rule(rule),
        sentence=sentence,
        created_at_us=now_us,
    )
    return checks.add_result(session, result)


def _hold_against_earlier(
    session: Session, check: Check, row: EvaluationRow, found: Found
) -> tuple[Status, str]:
    """The mildest of this window's outcome and of those before it, as many as the check asks for."""
    if check.consecutive <= 1 or BADNESS[found.outcome] <= BADNESS[Status.OK]:
        return found.outcome, found.sentence
    earlier = [
        Status(entry.result.found)
        for entry in checks.list_standing(session, [check.id])
        if entry.evaluation.recipe == row.evaluation.recipe
        and entry.evaluation.window_end <= row.evaluation.window_start
    ]
    streak = [found.outcome]
    for outcome in earlier[: check.consecutive - 1]:
        if BADNESS[outcome] <= BADNESS[Status.OK]:
            break
        streak.append(outcome)
    if len(streak) < check.consecutive:
        return Status.OK, f"{found.sentence} {len(streak)} of {check.consecutive} in a row."
    return min(streak, key=BADNESS.__getitem__), found.sentence
