"""Evaluations: the list with the readings of the whole table, and one revision whole."""

from typing import Any

from fastapi import APIRouter, Query

from wakeline.core.window import Window
from wakeline.metadata.queries import evaluations, stores
from wakeline.metadata.queries.evaluations import EvaluationRow
from wakeline.metadata.queries.paging import PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX
from wakeline.metadata.queries.projects import check_project
from wakeline.server.answers import EvaluationAnswer, EvaluationSummary, Listed, RevisionAnswer
from wakeline.server.dependencies import SessionDep

router = APIRouter(tags=["evaluations"])


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
    row = evaluations.get_evaluation(session, evaluation_id, revision)
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
