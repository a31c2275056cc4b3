"""Labels of an endpoint: the join report, and a check of ids before labels are sent.

The join's libraries are loaded at the first request, so that the server starts without them.
"""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from wakeline.core.window import parse_window
from wakeline.monitoring.watched import find_endpoint
from wakeline.server.answers import LabelsAnswer, UnknownAnswer
from wakeline.server.dependencies import HomeDep, SessionDep

CHECKED_IDS_MAX = 100_000

router = APIRouter(tags=["labels"])


class LabelCheck(BaseModel, extra="forbid"):
    prediction_ids: list[str] = Field(max_length=CHECKED_IDS_MAX)


@router.get("/deployments/{deployment_id}/endpoints/{endpoint_id}/labels")
def report_labels(
    deployment_id: str, endpoint_id: str, session: SessionDep, home: HomeDep, window: str | None = None
) -> LabelsAnswer:
    """Of the window's predictions, or of all."""
    from wakeline.monitoring.labels import report_endpoint

    endpoint = find_endpoint(session, deployment_id, endpoint_id)
    chosen = parse_window(window) if window else None
    return LabelsAnswer.model_validate(report_endpoint(session, home, endpoint, chosen))


@router.post("/deployments/{deployment_id}/endpoints/{endpoint_id}/actions/check-labels")
def check_labels(
    deployment_id: str, endpoint_id: str, body: LabelCheck, session: SessionDep, home: HomeDep
) -> UnknownAnswer:
    """Which of the prediction ids are nowhere in the log."""
    from wakeline.monitoring.labels import find_unknown

    endpoint = find_endpoint(session, deployment_id, endpoint_id)
    return UnknownAnswer(unknown=find_unknown(session, home, endpoint, body.prediction_ids))
