"""Log datasets: create, look at their table, preview its rows."""

import math
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
import pyarrow as pa
from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy.orm import Session

from wakeline.core.clock import format_rfc3339, parse_rfc3339
from wakeline.core.window import parse_window
from wakeline.evaluation.selection import is_api_node_log
from wakeline.loglake.batch import name_overflow
from wakeline.loglake.preview import preview
from wakeline.loglake.window import LogSnapshot
from wakeline.metadata.queries import datasets, zones
from wakeline.metadata.queries.projects import check_project
from wakeline.metadata.tables.monitoring import Dataset
from wakeline.monitoring import objects
from wakeline.monitoring.state import open_log
from wakeline.server.answers import (
    Cell,
    DatasetAnswer,
    DatasetDetail,
    Listed,
    LogColumnAnswer,
    LogPartitionAnswer,
    PreviewAnswer,
)
from wakeline.server.dependencies import HomeDep, PartsDep, SessionDep

PREVIEW_ROWS_MAX = 1_000

router = APIRouter(tags=["datasets"])


class NewDataset(BaseModel, extra="forbid"):
    """`zone` is the name of a zone; without one the dataset stands in the default zone."""

    project: str
    name: str
    kind: str = objects.DATASET_KIND
    connection_id: str
    path: str
    zone: str | None = None


@router.get("/datasets")
def list_datasets(session: SessionDep, project: str | None = None) -> Listed[DatasetAnswer]:
    check_project(session, project)
    return Listed(items=[_describe(session, row) for row in datasets.list_datasets(session, project)])


@router.post("/datasets", status_code=201)
def create_dataset(body: NewDataset, session: SessionDep, parts: PartsDep) -> DatasetAnswer:
    objects.check_kind("dataset", body.kind, objects.DATASET_KIND)
    row = objects.create_dataset(
        session,
        body.project,
        body.name,
        connection_id=body.connection_id,
        path=body.path,
        now_us=parts.clock.now_us(),
    )
    objects.place_item(session, body.project, body.zone, "dataset", row.name)
    return _describe(session, row)


@router.get("/datasets/{project}/{name}")
def show_dataset(project: str, name: str, session: SessionDep, home: HomeDep) -> DatasetDetail:
    row = datasets.get_dataset(session, project, name)
    snapshot = open_log(datasets.locate_dataset(session, home, row))
    return DatasetDetail(
        **_describe(session, row).model_dump(),
        state="empty" if snapshot is None else "present",
        is_api_node_log=snapshot is not None and is_api_node_log(snapshot),
        row_count=0 if snapshot is None else snapshot.count(),
        columns=_list_columns(snapshot),
        partitions=_list_partitions(snapshot),
    )


@router.delete("/datasets/{project}/{name}", status_code=204)
def delete_dataset(project: str, name: str, session: SessionDep) -> None:
    objects.delete_dataset(session, project, name)


@router.get("/datasets/{project}/{name}/preview")
def preview_dataset(
    project: str,
    name: str,
    session: SessionDep,
    home: HomeDep,
    *,
    limit: Annotated[int, Query(ge=0, le=PREVIEW_ROWS_MAX)] = 100,
    window: str | None = None,
) -> PreviewAnswer:
    chosen = None if window is None else parse_window(window)
    table = datasets.locate_dataset(session, home, datasets.get_dataset(session, project, name))
    snapshot = open_log(table)
    if snapshot is None:
        return PreviewAnswer(columns=[], rows=[], row_count=0)
    return answer_rows(snapshot, preview(table, limit=limit, window=chosen), snapshot.count(chosen))


def answer_rows(
    snapshot: LogSnapshot, rows: pa.Table, row_count: int, *, asked: Collection[str] = ()
) -> PreviewAnswer:
    """A value that did not fit its column's type, as of a feature that another model version gives another
    one, stands in the column where it belongs; the text columns that hold such values are shown if `asked`.
    """
    types = {column.name: column for column in _list_columns(snapshot)}
    texts = {name: text for name in rows.column_names if (text := name_overflow(name)) in rows.column_names}
    shown = [name for name in rows.column_names if name not in texts.values() or name in asked]
    return PreviewAnswer(
        columns=[types[name] for name in shown],
        rows=[{name: to_cell(_pick(row, name, texts)) for name in shown} for row in rows.to_pylist()],
        row_count=row_count,
    )


def _pick(row: dict[str, Any], name: str, texts: Mapping[str, str | None]) -> Any:
    value = row[name]
    text = row.get(texts[name] or "") if value is None and name in texts else None
    if text is None:
        return value
    decoded = msgspec.json.decode(text)
    return text if isinstance(decoded, dict | list) else decoded


def to_cell(value: Any) -> Cell:
    """A value that JSON can hold: times as RFC 3339, a number that is none as null."""
    match value:
        case float() if not math.isfinite(value):
            return None
        case datetime():
            return format_rfc3339(parse_rfc3339(value.isoformat()))
        case date():
            return value.isoformat()
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)


def _list_columns(snapshot: LogSnapshot | None) -> list[LogColumnAnswer]:
    columns = () if snapshot is None else snapshot.columns
    return [LogColumnAnswer.model_validate(column) for column in columns]


def _list_partitions(snapshot: LogSnapshot | None) -> list[LogPartitionAnswer]:
    partitions = [] if snapshot is None else snapshot.partitions()
    return [
        LogPartitionAnswer(
            day=partition.day.isoformat(),
            row_count=partition.row_count,
            bytes=partition.bytes,
            file_count=partition.file_count,
        )
        for partition in partitions
    ]


def _describe(session: Session, row: Dataset) -> DatasetAnswer:
    answer = DatasetAnswer.model_validate(row)
    zone = zones.find_zone_of(session, row.project, "dataset", row.name)
    answer.zone = None if zone is None else zone.name
    return answer
