"""Labels of an endpoint: the join report, rows to label, and labelled rows to train on.

The join's libraries are loaded at the first request, so that the server starts without them.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from wakeline.core.window import Window, parse_window
from wakeline.monitoring.watched import find_endpoint
from wakeline.server.dependencies import HomeDep, SessionDep
from wakeline.server.label_answers import LabelReportAnswer

SAMPLE_ROWS_MAX = 100_000
_PLACE = "/deployments/{deployment_id}/endpoints/{endpoint_id}"
_CSV_TYPE, _PARQUET_TYPE = "text/csv", "application/vnd.apache.parquet"
_FILE: dict[str, Any] = {"content": {_CSV_TYPE: {}, _PARQUET_TYPE: {}}}

router = APIRouter(tags=["labels"])


@router.get(_PLACE + "/labels")
def report_labels(
    deployment_id: str, endpoint_id: str, session: SessionDep, home: HomeDep, window: str | None = None
) -> LabelReportAnswer:
    """Of the window's predictions, or of all; by day, with delays."""
    from wakeline.monitoring.labels import report_endpoint

    endpoint = find_endpoint(session, deployment_id, endpoint_id)
    found = report_endpoint(session, home, endpoint, _read_window(window))
    return LabelReportAnswer.build(found.report, found.business_key)


@router.get(_PLACE + "/labels/sample", response_class=StreamingResponse, responses={200: _FILE})
def sample_rows(
    deployment_id: str,
    endpoint_id: str,
    session: SessionDep,
    home: HomeDep,
    *,
    rows: Annotated[int, Query(ge=1, le=SAMPLE_ROWS_MAX)] = 100,
    strategy: Literal["random", "uncertain", "newest"] = "random",
    window: str | None = None,
    form: Annotated[Literal["csv", "parquet"], Query(alias="format")] = "csv",
) -> StreamingResponse:
    """Predictions that wait for a label, with an empty column for it."""
    from wakeline.evaluation.label_sample import Strategy
    from wakeline.monitoring.labelling import sample_endpoint

    endpoint = find_endpoint(session, deployment_id, endpoint_id)
    batches = sample_endpoint(
        session, home, endpoint, _read_window(window), count=rows, strategy=Strategy(strategy)
    )
    return _answer_file(batches, form, f"{endpoint_id}-to-label")


@router.get(_PLACE + "/training", response_class=StreamingResponse, responses={200: _FILE})
def download_training(
    deployment_id: str, endpoint_id: str, session: SessionDep, home: HomeDep, *, window: str | None = None
) -> StreamingResponse:
    """Labelled rows with the model's own names and types, as Parquet."""
    from wakeline.monitoring.labelling import stream_training

    endpoint = find_endpoint(session, deployment_id, endpoint_id)
    batches = stream_training(session, home, endpoint, _read_window(window))
    return _answer_file(batches, "parquet", f"{endpoint_id}-training")


def _answer_file(batches: Iterator[Any], form: str, name: str) -> StreamingResponse:
    """The first batch comes before the answer begins, so that a refusal still is one."""
    from wakeline.loglake.export import write_csv, write_parquet

    first = next(batches)
    write, media_type = (write_csv, _CSV_TYPE) if form == "csv" else (write_parquet, _PARQUET_TYPE)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return StreamingResponse(write(first, batches), media_type=media_type, headers=headers)


def _read_window(text: str | None) -> Window | None:
    return None if text is None else parse_window(text)
