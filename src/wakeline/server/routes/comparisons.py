"""Two evaluations side by side, reading by reading."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from wakeline.metadata.queries import evaluations
from wakeline.metadata.queries.evaluations import EvaluationRow
from wakeline.server.answers import Answer, EvaluationSummary
from wakeline.server.dependencies import SessionDep
from wakeline.server.routes.evaluations import summarize

router = APIRouter(tags=["evaluations"])


class ComparedReading(Answer):
    """Null where an evaluation has no such reading or did not compute it; `difference`: right minus left."""

    metric: str
    column: str | None
    left: float | None
    right: float | None
    difference: float | None


class ComparisonAnswer(Answer):
    left: EvaluationSummary
    right: EvaluationSummary
    readings: list[ComparedReading]


@router.get("/evaluations/{evaluation_id}/compare")
def compare(
    evaluation_id: str,
    session: SessionDep,
    other: Annotated[str, Query(description="The evaluation on the right.")],
) -> ComparisonAnswer:
    """The latest revisions; readings in the order of the left one, then those that only the right one has."""
    left = evaluations.get_evaluation(session, evaluation_id)
    right = evaluations.get_evaluation(session, other)
    ours, theirs = _index(left), _index(right)
    return ComparisonAnswer(
        left=summarize(left),
        right=summarize(right),
        readings=[_compare(key, ours.get(key), theirs.get(key)) for key in dict.fromkeys([*ours, *theirs])],
    )


def _index(row: EvaluationRow) -> dict[tuple[str, str | None], float | None]:
    readings: list[dict[str, Any]] = row.revision.document["readings"]
    return {(entry["metric"], entry.get("column")): entry.get("value") for entry in readings}


def _compare(key: tuple[str, str | None], left: float | None, right: float | None) -> ComparedReading:
    difference = None if left is None or right is None else right - left
    return ComparedReading(metric=key[0], column=key[1], left=left, right=right, difference=difference)
