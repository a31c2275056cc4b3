"""Evaluations and their revisions: a series a recipe and window, to which revisions are only ever added."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, delete, func, or_, select
from sqlalchemy.orm import Session, defer

from wakeline.core.errors import NotFoundError
from wakeline.core.ids import mint_object_id
from wakeline.core.window import Window
from wakeline.metadata.queries.paging import Page, check_limit, cut_page, decode_cursor
from wakeline.metadata.tables.monitoring import Evaluation, EvaluationRevision

_NOT_SYNCHRONIZED: dict[str, Any] = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """A series and one of its revisions."""

    evaluation: Evaluation
    revision: EvaluationRevision


@dataclass(frozen=True, slots=True)
class NewRevision:
    """What a run found; everything that `EvaluationRevision` holds beside its place in the series."""

    project: str
    store: str
    name: str
    recipe: str
    window: Window
    status: str
    sentence: str
    row_count: int
    model: str
    model_version: str
    headline: list[Any]
    document: dict[str, Any]
    job_id: str | None
    code_version: str


def save_revision(session: Session, found: NewRevision, now_us: int) -> tuple[EvaluationRow, bool]:
    """Adds a revision, and the evaluation where it is the first one of its recipe and window.

    False with the latest revision where the document is the same as that one's.
    """
    digest = _digest_document(found.document)
    series = find_series(session, found.project, found.store, found.recipe, found.window)
    if series is None:
        series = _start_series(session, found, now_us)
    else:
        latest = _load_revision(session, series, series.latest_revision)
        if latest.digest == digest:
            return EvaluationRow(series, latest), False
        series.latest_revision += 1
    revision = _build_revision(series, found, digest, now_us)
    session.add(revision)
    session.flush()
    return EvaluationRow(series, revision), True


def find_series(session: Session, project: str, store: str, recipe: str, window: Window) -> Evaluation | None:
    return session.scalar(
        select(Evaluation).where(
            Evaluation.project == project,
            Evaluation.store == store,
            Evaluation.recipe == recipe,
            Evaluation.window_start == window.start,
            Evaluation.window_end == window.end,
        )
    )


def get_evaluation(session: Session, evaluation_id: str, revision: int | None = None) -> EvaluationRow:
    """The latest revision unless another is named."""
    series = session.get(Evaluation, evaluation_id)
    if series is None:
        raise NotFoundError(f"there is no evaluation {evaluation_id!r}")
    return EvaluationRow(series, _load_revision(session, series, revision or series.latest_revision))


def list_revisions(session: Session, series: Evaluation) -> Sequence[EvaluationRevision]:
    """The newest first, without their documents."""
    return session.scalars(
        select(EvaluationRevision)
        .options(defer(EvaluationRevision.document, raiseload=True))
        .where(EvaluationRevision.evaluation_id == series.id)
        .order_by(EvaluationRevision.revision.desc())
    ).all()


def list_evaluations(
    session: Session,
    project: str | None = None,
    store: str | None = None,
    *,
    limit: int,
    cursor: str | None = None,
) -> Page[EvaluationRow]:
    """Each series with its latest revision (without the document), the latest window first."""
    query = _select_latest().limit(check_limit(limit) + 1)
    if project is not None:
        query = query.where(Evaluation.project == project)
    if store is not None:
        query = query.where(Evaluation.store == store)
    if cursor:
        query = query.where(_stand_behind(cursor))
    rows = [EvaluationRow(series, revision) for series, revision in session.execute(query)]
    return cut_page(rows, limit, _build_sort_key)


def find_latest(session: Session, project: str, store: str) -> EvaluationRow | None:
    """The evaluation of the store's latest window."""
    return next(iter(list_evaluations(session, project, store, limit=1).items), None)


def list_latest_ids(session: Session, project: str, store: str, *, limit: int) -> Sequence[str]:
    """Of the evaluations with the latest windows, the latest first."""
    query = select(Evaluation.id).where(Evaluation.project == project, Evaluation.store == store)
    order = (Evaluation.window_start.desc(), Evaluation.window_end.desc(), Evaluation.id.desc())
    return session.scalars(query.order_by(*order).limit(limit)).all()


def count_evaluations(session: Session, project: str, store: str) -> int:
    query = select(func.count()).select_from(Evaluation)
    return session.scalar(query.where(Evaluation.project == project, Evaluation.store == store)) or 0


def delete_evaluations(session: Session, project: str, store: str) -> None:
    """All of a store, with their revisions; what checks said of them has to be gone already."""
    ids = select(Evaluation.id).where(Evaluation.project == project, Evaluation.store == store)
    of_store = EvaluationRevision.evaluation_id.in_(ids)
    session.execute(delete(EvaluationRevision).where(of_store), execution_options=_NOT_SYNCHRONIZED)
    chosen = (Evaluation.project == project, Evaluation.store == store)
    session.execute(delete(Evaluation).where(*chosen), execution_options=_NOT_SYNCHRONIZED)
    session.expire_all()


def _digest_document(document: dict[str, Any]) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _start_series(session: Session, found: NewRevision, now_us: int) -> Evaluation:
    series = Evaluation(
        id=mint_object_id(),
        project=found.project,
        store=found.store,
        name=found.name,
        recipe=found.recipe,
        window_start=found.window.start,
        window_end=found.window.end,
        latest_revision=1,
        created_at_us=now_us,
    )
    session.add(series)
    session.flush()
    return series


def _build_revision(series: Evaluation, found: NewRevision, digest: str, now_us: int) -> EvaluationRevision:
    return EvaluationRevision(
        evaluation_id=series.id,
        revision=series.latest_revision,
        status=found.status,
        sentence=found.sentence,
        row_count=found.row_count,
        model=found.model,
        model_version=found.model_version,
        headline=found.headline,
        document=found.document,
        digest=digest,
        job_id=found.job_id,
        code_version=found.code_version,
        created_at_us=now_us,
    )


def _load_revision(session: Session, series: Evaluation, revision: int) -> EvaluationRevision:
    row = session.get(EvaluationRevision, (series.id, revision))
    if row is None:
        raise NotFoundError(
            f"the evaluation {series.id} has no revision {revision}; it has 1 to {series.latest_revision}"
        )
    return row


def _select_latest() -> Select[Evaluation, EvaluationRevision]:
    return (
        select(Evaluation, EvaluationRevision)
        .options(defer(EvaluationRevision.document, raiseload=True))
        .join(
            EvaluationRevision,
            and_(
                EvaluationRevision.evaluation_id == Evaluation.id,
                EvaluationRevision.revision == Evaluation.latest_revision,
            ),
        )
        .order_by(Evaluation.window_start.desc(), Evaluation.window_end.desc(), Evaluation.id.desc())
    )


def _build_sort_key(row: EvaluationRow) -> tuple[date, date, str]:
    series = row.evaluation
    return series.window_start, series.window_end, series.id


def _stand_behind(cursor: str) -> Any:
    start, end, evaluation_id = decode_cursor(cursor, date, date, str)
    return or_(
        Evaluation.window_start < start,
        and_(
            Evaluation.window_start == start,
            or_(
                Evaluation.window_end < end,
                and_(Evaluation.window_end == end, Evaluation.id < evaluation_id),
            ),
        ),
    )
