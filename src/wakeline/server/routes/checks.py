"""Checks of stores: create, change, delete, and what they found."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from wakeline.core.clock import format_rfc3339
from wakeline.core.status import Status
from wakeline.core.window import Window
from wakeline.metadata.queries import checks, evaluations
from wakeline.metadata.queries.checks import ResultRow
from wakeline.metadata.tables.alerting import Check
from wakeline.monitoring.check_changes import change_check, create_check, delete_check
from wakeline.monitoring.checks import list_latest, read_rule
from wakeline.monitoring.ranges import Rule, Scope, describe_rule, list_presets
from wakeline.server.answers import Listed
from wakeline.server.dependencies import PartsDep, SessionDep
from wakeline.server.telling_answers import CheckAnswer, CheckResultAnswer, PresetAnswer
from wakeline.statistics.catalogue import Compared, find_metric
from wakeline.statistics.verdict import ROWS_MIN

RESULTS_MAX = 1_000

router = APIRouter(tags=["checks"])


class RuleBody(BaseModel, extra="forbid"):
    """`compared` to `change`: the reading minus the reference's. A bound that is null does not bind."""

    metric: str
    scope: Scope
    column: str | None = None
    compared: Compared = Compared.VALUE
    error_min: float | None = Field(default=None, allow_inf_nan=False)
    warning_min: float | None = Field(default=None, allow_inf_nan=False)
    warning_max: float | None = Field(default=None, allow_inf_nan=False)
    error_max: float | None = Field(default=None, allow_inf_nan=False)
    beyond_chance: bool = False
    rows_min: int = Field(default=ROWS_MIN, ge=0, le=2**31 - 1)
    consecutive: int = Field(default=1, ge=1, le=100)

    def to_rule(self) -> Rule:
        return Rule(**{name: getattr(self, name) for name in Rule.__dataclass_fields__})


class NewCheck(RuleBody):
    project: str
    store: str
    name: str


class CheckChange(BaseModel, extra="forbid"):
    """What is left out stays; a bound that is given as null goes."""

    name: str | None = None
    enabled: bool | None = None
    metric: str | None = None
    scope: Scope | None = None
    column: str | None = None
    compared: Compared | None = None
    error_min: float | None = Field(default=None, allow_inf_nan=False)
    warning_min: float | None = Field(default=None, allow_inf_nan=False)
    warning_max: float | None = Field(default=None, allow_inf_nan=False)
    error_max: float | None = Field(default=None, allow_inf_nan=False)
    beyond_chance: bool | None = None
    rows_min: int | None = Field(default=None, ge=0, le=2**31 - 1)
    consecutive: int | None = Field(default=None, ge=1, le=100)

    def list_changes(self) -> dict[str, Any]:
        """Only a column and a bound may be taken away."""
        optional = {"column", "error_min", "warning_min", "warning_max", "error_max"}
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: value for name, value in given.items() if value is not None or name in optional}


@router.get("/checks")
def list_checks(
    session: SessionDep, project: str | None = None, store: str | None = None
) -> Listed[CheckAnswer]:
    return Listed(items=describe_checks(session, list(checks.list_checks(session, project, store))))


@router.get("/checks/presets")
def list_check_presets() -> Listed[PresetAnswer]:
    """One a metric that has default thresholds."""
    return Listed(
        items=[
            PresetAnswer(name=find_metric(rule.metric).title, **describe_parts(rule))
            for rule in list_presets()
        ]
    )


@router.post("/checks", status_code=201)
def create(body: NewCheck, session: SessionDep, parts: PartsDep) -> CheckAnswer:
    """It is judged at once by what the store holds."""
    row = create_check(
        session, body.project, body.store, body.name, rule=body.to_rule(), now_us=parts.clock.now_us()
    )
    return describe_checks(session, [row])[0]


@router.get("/checks/{check_id}")
def show(check_id: str, session: SessionDep) -> CheckAnswer:
    return describe_checks(session, [checks.get_check(session, check_id)])[0]


@router.patch("/checks/{check_id}")
def change(check_id: str, body: CheckChange, session: SessionDep, parts: PartsDep) -> CheckAnswer:
    row = change_check(session, check_id, body.list_changes(), parts.clock.now_us())
    return describe_checks(session, [row])[0]


@router.delete("/checks/{check_id}", status_code=204)
def delete(check_id: str, session: SessionDep, parts: PartsDep) -> None:
    """With all that it found."""
    delete_check(session, check_id, parts.clock.now_us())


@router.get("/checks/{check_id}/results")
def list_results(
    check_id: str, session: SessionDep, limit: Annotated[int, Query(ge=1, le=RESULTS_MAX)] = 100
) -> Listed[CheckResultAnswer]:
    """Every look, the newest first."""
    row = checks.get_check(session, check_id)
    found = checks.list_results(session, check_id, limit=limit)
    return Listed(items=[_describe_result(row, entry) for entry in found])


@router.get("/evaluations/{evaluation_id}/checks")
def list_of_evaluation(
    evaluation_id: str, session: SessionDep, revision: Annotated[int | None, Query(ge=1)] = None
) -> Listed[CheckResultAnswer]:
    """What each check says of one revision, of the latest unless another is named."""
    row = evaluations.get_evaluation(session, evaluation_id, revision)
    results = checks.list_of_evaluation(session, evaluation_id, row.revision.revision)
    return Listed(
        items=[
            _describe_result(checks.get_check(session, result.check_id), ResultRow(result, row.evaluation))
            for result in results
        ]
    )


def describe_checks(session: Session, rows: list[Check]) -> list[CheckAnswer]:
    latest = list_latest(session, rows)
    return [
        CheckAnswer(
            id=row.id,
            project=row.project,
            store=row.store,
            name=row.name,
            enabled=row.enabled,
            latest=_describe_result(row, latest[row.id]) if row.id in latest else None,
            created_at=format_rfc3339(row.created_at_us),
            updated_at=format_rfc3339(row.updated_at_us),
            **describe_parts(read_rule(row)),
        )
        for row in rows
    ]


def describe_parts(rule: Rule) -> dict[str, Any]:
    fields = {name: getattr(rule, name) for name in Rule.__dataclass_fields__}
    return {**fields, "rule": describe_rule(rule)}


def _describe_result(check: Check, row: ResultRow) -> CheckResultAnswer:
    result, series = row.result, row.evaluation
    return CheckResultAnswer(
        check_id=check.id,
        name=check.name,
        enabled=check.enabled,
        evaluation_id=result.evaluation_id,
        revision=result.revision,
        window=str(Window(series.window_start, series.window_end)),
        outcome=Status(result.outcome),
        found=Status(result.found),
        column=result.column_name,
        value=result.value,
        reference_value=result.reference_value,
        rule=result.rule,
        sentence=result.sentence,
        created_at=format_rfc3339(result.created_at_us),
    )
