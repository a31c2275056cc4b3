"""What went through an endpoint: activity by day, and the latest events."""

from typing import Annotated

from fastapi import APIRouter, Query

from wakeline.core.window import parse_window
from wakeline.loglake.row_query import read_tail
from wakeline.monitoring.activity import read_activity
from wakeline.monitoring.state import locate_log, open_log
from wakeline.monitoring.watched import find_endpoint
from wakeline.server.answers import PreviewAnswer
from wakeline.server.dependencies import HomeDep, SessionDep
from wakeline.server.overview_answers import ActivityAnswer, ActivityDayAnswer
from wakeline.server.routes.datasets import answer_rows

TAIL_ROWS_MAX = 1_000

router = APIRouter(tags=["activity"])
_PLACE = "/deployments/{deployment_id}/endpoints/{endpoint_id}"


@router.get(_PLACE + "/activity")
def show_activity(
    deployment_id: str, endpoint_id: str, session: SessionDep, home: HomeDep, window: str | None = None
) -> ActivityAnswer:
    """A day with rows an entry; without a window the last 30 days that have any."""
    chosen = None if window is None else parse_window(window)
    endpoint = find_endpoint(session, deployment_id, endpoint_id)
    found = read_activity(open_log(locate_log(session, home, endpoint)), chosen)
    return ActivityAnswer(
        window=None if found.window is None else str(found.window),
        first_day=None if found.first_day is None else found.first_day.isoformat(),
        last_day=None if found.last_day is None else found.last_day.isoformat(),
        row_count=found.row_count,
        days=[ActivityDayAnswer.model_validate(day) for day in found.days],
    )


@router.get(_PLACE + "/tail")
def show_tail(
    deployment_id: str,
    endpoint_id: str,
    session: SessionDep,
    home: HomeDep,
    limit: Annotated[int, Query(ge=1, le=TAIL_ROWS_MAX)] = 50,
) -> PreviewAnswer:
    """The latest events, the newest first."""
    endpoint = find_endpoint(session, deployment_id, endpoint_id)
    snapshot = open_log(locate_log(session, home, endpoint))
    if snapshot is None:
        return PreviewAnswer(columns=[], rows=[], row_count=0)
    return answer_rows(snapshot, read_tail(snapshot, limit), snapshot.count())
