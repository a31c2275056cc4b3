"""Evaluations: the list with the readings of the whole table, and one revision whole."""

import re
from typing import Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from wakeline.core.window import Window
from wakeline.metadata.queries import evaluations, stores
from wakeline.metadata.queries.evaluations import EvaluationRow
from wakeline.metadata.queries.paging import PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX
from wakeline.metadata.queries.projects import check_project
from wakeline.report.evaluation import POLICY as REPORT_POLICY
from wakeline.report.evaluation import render_evaluation
from wakeline.server.answers import EvaluationAnswer, EvaluationSummary, Listed, RevisionAnswer
from wakeline.server.dependencies import SessionDep
from wakeline.server.routes.checks import list_of_evaluation

router = APIRouter(tags=["evaluations"])
_UNSAFE = re.compile(r"[^A-Za-z0-9._]+")


@router.get("/evaluations")
def list_evaluations(
    session: SessionDep,
    project: str | None = None,
    store: str | None = None,
    limit: int = Query(default=PAGE_ROWS_DEFAULT, ge=1, le=PAGE_ROWS_MAX),
    cursor: str | None = None,
) -> Listed[EvaluationSummary]:
    """Each with its latest revision, the latest window first."""
    check_project(session, project)
    if project is not None and store is not None:
        stores.get_store(session, project, store)
    page = evaluations.list_evaluations(session, project, store, limit=limit, cursor=cursor)
    return Listed(items=[summarize(row) for row in page.items], next_cursor=page.next_cursor)


@router.get("/evaluations/{evaluation_id}")
def show_evaluation(
    evaluation_id: str, session: SessionDep, revision: int | None = Query(default=None, ge=1)
) -> EvaluationAnswer:
    """The latest revision unless another is named."""
    return _show(session, evaluations.get_evaluation(session, evaluation_id, revision))


@router.get(
    "/evaluations/{evaluation_id}/report",
    response_class=HTMLResponse,
    responses={200: {"content": {"text/html": {}}}},
)
def download_report(
    evaluation_id: str, session: SessionDep, revision: int | None = Query(default=None, ge=1)
) -> HTMLResponse:
    """The same as one HTML file that needs nothing else: no script, no request, charts within."""
    row = evaluations.get_evaluation(session, evaluation_id, revision)
    found = list_of_evaluation(evaluation_id, session, row.revision.revision).items
    page = render_evaluation(
        _show(session, row).model_dump(mode="json"), [check.model_dump(mode="json") for check in found]
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{_name_file(row)}"',
        "Content-Security-Policy": REPORT_POLICY,
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(page, headers=headers)


def _name_file(row: EvaluationRow) -> str:
    """Store and window, in letters that every file system has."""
    text = f"{row.evaluation.store}-{row.evaluation.name}"
    return f"{_UNSAFE.sub('-', text).strip('-') or 'evaluation'}.html"


def _show(session: Session, row: EvaluationRow) -> EvaluationAnswer:
    revisions = evaluations.list_revisions(session, row.evaluation)
    place = _describe_place(row)
    return EvaluationAnswer.model_validate(
        {
            **row.revision.document,
            **place,
            "code_version": row.revision.code_version,
            "job_id": row.revision.job_id,
            "revisions": [RevisionAnswer.model_validate(entry) for entry in revisions],
        }
    )


def summarize(row: EvaluationRow) -> EvaluationSummary:
    return EvaluationSummary.model_validate({**_describe_place(row), "readings": row.revision.headline})


def _describe_place(row: EvaluationRow) -> dict[str, Any]:
    series, revision = row.evaluation, row.revision
    return {
        "id": series.id,
        "project": series.project,
        "store": series.store,
        "name": series.name,
        "recipe": series.recipe,
        "window": str(Window(series.window_start, series.window_end)),
        "status": revision.status,
        "sentence": revision.sentence,
        "row_count": revision.row_count,
        "model": revision.model,
        "model_version": revision.model_version,
        "revision": revision.revision,
        "created_at": revision.created_at_us,
    }
