"""What a dataset holds: rows page by page, the statistics of its columns, a selection as a file, as code."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from wakeline.core.errors import InvalidInputError, NotFoundError
from wakeline.core.window import Window, parse_window
from wakeline.loglake.column_statistics import describe_columns
from wakeline.loglake.export import FORMATS
from wakeline.loglake.row_query import (
    ROWS_MAX,
    Filter,
    Operator,
    RowQuery,
    list_with_overflow,
    read_page,
    stream_rows,
)
from wakeline.loglake.snippets import render_snippets
from wakeline.loglake.window import LogSnapshot
from wakeline.metadata.queries import datasets
from wakeline.monitoring.state import open_log
from wakeline.server.answers import Answer, Cell, Listed, LogColumnAnswer
from wakeline.server.dependencies import HomeDep, PartsDep, SessionDep
from wakeline.server.routes.datasets import answer_rows

router = APIRouter(tags=["datasets"])
_PLACE = "/datasets/{project}/{name}"


class FilterBody(BaseModel, extra="forbid"):
    """Operators: eq, ne, lt, le, gt, ge, contains (any case), is-null, not-null. Times and days are texts."""

    column: str
    operator: Operator = Operator.EQUAL
    value: bool | float | str | None = None


class RowsAnswer(Answer):
    """`row_count` counts all rows that the filters leave. `version` is the table's: asked for again, the
    pages that follow are of the same rows, whatever has been logged meanwhile; null before the first."""

    columns: list[LogColumnAnswer]
    rows: list[dict[str, Cell]]
    row_count: int
    offset: int
    version: int | None


class LevelAnswer(Answer):
    value: str
    count: int


class ColumnStatisticsAnswer(LogColumnAnswer):
    """Counts are of the sample. Numbers have `edges` (one more than `counts`), others their top `levels`."""

    null_count: int
    distinct_count: int
    minimum: float | str | None
    maximum: float | str | None
    mean: float | None
    edges: list[float]
    counts: list[int]
    levels: list[LevelAnswer]


class StatisticsAnswer(Answer):
    """`sampled_rows` of `row_count` rows were looked at."""

    row_count: int
    sampled_rows: int
    columns: list[ColumnStatisticsAnswer]


class SnippetAnswer(Answer):
    engine: Literal["duckdb", "polars", "pandas", "spark"]
    code: str


FilterTexts = Annotated[
    str | None,
    Query(alias="filters", description='JSON: [{"column": "status", "operator": "ge", "value": 400}]'),
]
ColumnNames = Annotated[list[str] | None, Query(alias="column", description="May be given several times.")]
_FILTERS: TypeAdapter[list[FilterBody]] = TypeAdapter(list[FilterBody])


@router.get(_PLACE + "/rows")
def list_rows(
    project: str,
    name: str,
    session: SessionDep,
    parts: PartsDep,
    *,
    limit: Annotated[int, Query(ge=0, le=ROWS_MAX)] = 100,
    offset: Annotated[int, Query(ge=0)] = 0,
    sort: str | None = None,
    descending: bool = False,
    filters: FilterTexts = None,
    columns: ColumnNames = None,
    window: str | None = None,
    version: Annotated[int | None, Query(ge=0)] = None,
) -> RowsAnswer:
    """One page; without `sort` in the order of days and commits."""
    snapshot = _open(session, parts.home, project, name, version)
    if snapshot is None:
        return RowsAnswer(columns=[], rows=[], row_count=0, offset=offset, version=None)
    read = None if columns is None else list_with_overflow(snapshot, columns)
    query = RowQuery(read, _read_filters(filters), _read_window(window), sort, descending)
    page = read_page(snapshot, query, limit=limit, offset=offset, orders=parts.orders)
    answer = answer_rows(snapshot, page.rows, page.row_count, asked=columns or ())
    return RowsAnswer(
        columns=answer.columns,
        rows=answer.rows,
        row_count=page.row_count,
        offset=offset,
        version=snapshot.version,
    )


@router.get(_PLACE + "/statistics")
def show_statistics(
    project: str,
    name: str,
    session: SessionDep,
    home: HomeDep,
    *,
    columns: ColumnNames = None,
    window: str | None = None,
) -> StatisticsAnswer:
    """Of each column: nulls, range, histogram or top levels, from a sample of bounded size."""
    snapshot = _open(session, home, project, name)
    if snapshot is None:
        return StatisticsAnswer(row_count=0, sampled_rows=0, columns=[])
    return StatisticsAnswer.model_validate(describe_columns(snapshot, _read_window(window), columns))


@router.get(
    _PLACE + "/download",
    response_class=StreamingResponse,
    responses={200: {"content": {form.media_type: {} for form in FORMATS.values()}}},
)
def download(
    project: str,
    name: str,
    session: SessionDep,
    home: HomeDep,
    *,
    form: Annotated[Literal["csv", "parquet", "arrow"], Query(alias="format")] = "csv",
    filters: FilterTexts = None,
    columns: ColumnNames = None,
    window: str | None = None,
) -> StreamingResponse:
    """The selection as one file, streamed."""
    query = RowQuery(columns, _read_filters(filters), _read_window(window))
    snapshot = _open(session, home, project, name)
    if snapshot is None:
        raise NotFoundError(f"the dataset {name!r} has no rows yet")
    batches = stream_rows(snapshot, query)
    first = next(batches)
    chosen = FORMATS[form]
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return StreamingResponse(chosen.write(first, batches), media_type=chosen.media_type, headers=headers)


@router.get(_PLACE + "/snippets")
def list_snippets(
    project: str, name: str, session: SessionDep, home: HomeDep, window: str | None = None
) -> Listed[SnippetAnswer]:
    """How to read the log, or some days of it, without Wakeline."""
    row = datasets.get_dataset(session, project, name)
    folder = datasets.locate_dataset(session, home, row)
    snippets: list[Any] = [
        {"engine": engine, "code": code}
        for engine, code in render_snippets(folder, _read_window(window)).items()
    ]
    return Listed(items=[SnippetAnswer.model_validate(entry) for entry in snippets])


def _open(
    session: Session, home: Path, project: str, name: str, version: int | None = None
) -> LogSnapshot | None:
    row = datasets.get_dataset(session, project, name)
    return open_log(datasets.locate_dataset(session, home, row), version)


def _read_window(text: str | None) -> Window | None:
    return None if text is None else parse_window(text)


def _read_filters(text: str | None) -> list[Filter]:
    try:
        found = _FILTERS.validate_python(json.loads(text)) if text else []
    except (ValueError, ValidationError) as error:
        raise InvalidInputError(
            f"the filters {text!r} cannot be read; "
            'expected JSON such as [{"column": "status", "operator": "ge", "value": 400}]'
        ) from error
    return [Filter(entry.column, entry.operator, entry.value) for entry in found]
