"""Erasure by key: rows of every log table of a project, labels, and what was derived from them.

The key itself stands in a file of the home until the job is done, never in the metadata, whose record has its
hash. Order: ids are found, labels go, then queries, so that a run that was cut off finds the same again.
Evaluations of the days concerned get a revision. At the end the home is searched for what is left.
"""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from wakeline.core.clock import Clock
from wakeline.core.errors import BrokenFileError, InvalidInputError, NotFoundError
from wakeline.core.event import FEATURE_PREFIX, METADATA_COLUMNS, Topic
from wakeline.core.ids import mint_object_id
from wakeline.core.window import Window
from wakeline.deployer.destinations import locate_destination
from wakeline.evaluation.daily_profiles import ProfileFolder
from wakeline.evaluation.store import PROFILES_FOLDER
from wakeline.loglake.erasure import RowKey, erase_rows, find_prediction_ids
from wakeline.loglake.layout import read_stream
from wakeline.loglake.place import Place
from wakeline.loglake.tables import list_tables
from wakeline.metadata.queries import datasets, deployments, destinations, erasures, jobs, recipes
from wakeline.metadata.queries.projects import get_project
from wakeline.metadata.tables.monitoring import Evaluation
from wakeline.metadata.tables.upkeep import Erasure
from wakeline.monitoring.remains import NEEDLE_BYTES_MIN, find_remains
from wakeline.monitoring.schedules import EVALUATE

ERASE = "erase"
PREDICTION_IDS_MAX = 100_000
_FOLDER = "erasures"
_INTERRUPTED = "urn:wakeline:problem:interrupted"
_COLUMNS = frozenset(column.name for column in METADATA_COLUMNS)

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Request:
    """What is to go: rows with one of the ids, or where a column has a value (`column=value`)."""

    prediction_ids: tuple[str, ...] = ()
    where: str | None = None

    @property
    def key(self) -> RowKey:
        column, _, value = (self.where or "").partition("=")
        return RowKey(frozenset(self.prediction_ids), column or None, value)

    @property
    def key_columns(self) -> list[str]:
        chosen = self.key.column
        return [*(["prediction_id"] if self.prediction_ids else []), *([chosen] if chosen else [])]

    @property
    def needles(self) -> list[str]:
        """The texts that nothing should hold any more."""
        return [*self.prediction_ids, *([self.key.value] if self.where else [])]

    def take_hash(self) -> str:
        given = json.dumps([sorted(self.prediction_ids), self.where])
        return hashlib.sha256(given.encode()).hexdigest()


@dataclass(slots=True)
class _Found:
    rows: int = 0
    days: dict[Place, set[date]] = field(default_factory=dict)
    places: list[dict[str, Any]] = field(default_factory=list)


def request_erasure(
    session: Session, home: Path, project: str, request: Request, *, asked_by: str, now_us: int
) -> Erasure:
    """The audit record, and a job in the queue; raises `InvalidInputError` for a key that names nothing."""
    get_project(session, project)
    _check(request)
    erasure_id = mint_object_id()
    _write_request(home, erasure_id, request)
    job = jobs.add_job(session, ERASE, {"erasure": erasure_id}, project, now_us)
    return erasures.add_erasure(
        session,
        Erasure(
            id=erasure_id,
            project=project,
            asked_by=asked_by[:255],
            key_columns=request.key_columns,
            key_hash=request.take_hash(),
            job_id=job.id,
            state=erasures.RUNNING,
            row_count=0,
            places=[],
            created_at_us=now_us,
            finished_at_us=None,
        ),
    )


def run_erasure(
    sessions: sessionmaker[Session], home: Path, erasure_id: str, *, progress: Progress, clock: Clock
) -> dict[str, Any]:
    """Erases, and finishes the audit record; safe to repeat after a kill at any place."""
    with sessions() as session:
        project = erasures.get_erasure(session, erasure_id).project
        tables = list_project_tables(session, home, project)
    request = _read_request(home, erasure_id)
    progress(0.0, "looking for the rows")
    found = _erase_tables(tables, request, progress)
    progress(0.85, "profiles and evaluations")
    found.places += _drop_profiles(home, found.days, request.needles)
    with sessions.begin() as session:
        queued = _queue_evaluations(session, home, project, found.days, clock.now_us())
    found.places += [{"place": f"evaluation {name}", "queued": True} for name in queued]
    _shrink_log(sessions)
    progress(0.9, "searching the home for what is left")
    found.places += _report_remains(home, request.needles, besides=locate_request(home, erasure_id))
    with sessions.begin() as session:
        erasures.finish_erasure(
            session, erasure_id, erasures.DONE, clock.now_us(), row_count=found.rows, places=found.places
        )
    locate_request(home, erasure_id).unlink(missing_ok=True)
    return {"erasure": erasure_id, "row_count": found.rows, "places": found.places}


def _erase_tables(tables: Sequence[tuple[Place, str]], request: Request, progress: Progress) -> _Found:
    ids = set(request.prediction_ids).union(*(find_prediction_ids(root, request.key) for root, _ in tables))
    key = RowKey(frozenset(ids), request.key.column, request.key.value)
    found = _Found()
    for done, (root, name) in enumerate(tables):
        tell = partial(_tell, progress, done, len(tables), f"erasing from {name}")
        erased = erase_rows(root, key, step=tell)
        found.rows += erased.rows
        found.days[root] = erased.days
        if erased.rows or erased.files_deleted or erased.left:
            found.places.append(
                {
                    "place": name,
                    "rows": erased.rows,
                    "files_deleted": erased.files_deleted,
                    "days": sorted(day.isoformat() for day in erased.days),
                    "left": erased.left,
                }
            )
    return found


def _tell(progress: Progress, done: int, count: int, words: str, part: float) -> None:
    progress(0.05 + 0.75 * (done + part) / count, words)


def fail_erasure(sessions: sessionmaker[Session], home: Path, erasure_id: str, now_us: int) -> None:
    """The key is forgotten; whoever asked asks again."""
    locate_request(home, erasure_id).unlink(missing_ok=True)
    with sessions.begin() as session:
        erasures.finish_erasure(session, erasure_id, erasures.FAILED, now_us, row_count=0, places=[])


def resume_erasures(sessions: sessionmaker[Session], now_us: int) -> int:
    """Queues those again whose job ended with its server; how many."""
    with sessions.begin() as session:
        cut_off = [
            (erasure, job)
            for erasure, job in erasures.list_running(session)
            if (job.error or {}).get("type") == _INTERRUPTED
        ]
        for erasure, _job in cut_off:
            fresh = jobs.add_job(session, ERASE, {"erasure": erasure.id}, erasure.project, now_us)
            erasure.job_id = fresh.id
        return len(cut_off)


def list_project_tables(session: Session, home: Path, project: str) -> list[tuple[Place, str]]:
    """Every log table of the project's deployments and datasets with its stream, labels first."""
    keys = {row.deployment_id for row in deployments.list_deployments(session, project)}
    own = {
        str(datasets.locate_dataset(session, home, row)) for row in datasets.list_datasets(session, project)
    }
    found: dict[str, tuple[bool, Place, str]] = {}
    for row in destinations.list_destinations(session):
        place = locate_destination(session, home, row)
        for root in list_tables(place):
            stream = read_stream(place, root)
            if stream.routing_key in keys or str(root) in own:
                found[str(root)] = (stream.topic != Topic.GROUND_TRUTH, root, str(stream))
    return [(root, name) for _, root, name in sorted(found.values(), key=lambda item: (item[0], item[2]))]


def locate_request(home: Path, erasure_id: str) -> Path:
    return home / _FOLDER / f"{erasure_id}.json"


def _check(request: Request) -> None:
    if not request.prediction_ids and request.where is None:
        raise InvalidInputError("found no key; expected prediction ids, or where: column=value")
    if len(request.prediction_ids) > PREDICTION_IDS_MAX or "" in request.prediction_ids:
        raise InvalidInputError(f"expected 1 to {PREDICTION_IDS_MAX} prediction ids, none of them empty")
    if request.where is None:
        return
    column, sign, value = request.where.partition("=")
    if not sign or not value or not (column in _COLUMNS or column.startswith(FEATURE_PREFIX)):
        raise InvalidInputError(
            "where is not a key; expected column=value with a column of the log, such as "
            "features.customer_id=C-17 or client_id=shop"
        )


def _write_request(home: Path, erasure_id: str, request: Request) -> None:
    path = locate_request(home, erasure_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"prediction_ids": list(request.prediction_ids), "where": request.where}, file)
        file.flush()
        os.fsync(file.fileno())


def _read_request(home: Path, erasure_id: str) -> Request:
    try:
        document = json.loads(locate_request(home, erasure_id).read_text(encoding="utf-8"))
        return Request(tuple(document["prediction_ids"]), document["where"])
    except FileNotFoundError as error:
        raise NotFoundError(f"the key of erasure {erasure_id} is gone; ask for it again") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BrokenFileError(f"the key of erasure {erasure_id} cannot be read: {error}") from error


def _drop_profiles(home: Path, days: dict[Place, set[date]], needles: Sequence[str]) -> list[dict[str, Any]]:
    """Profiles of the days concerned go; all of a table where its edge set names an erased value."""
    dropped: list[dict[str, Any]] = []
    for root, of_table in days.items():
        folder = ProfileFolder.locate(home / PROFILES_FOLDER, root)
        count = folder.drop_days(of_table, needles)
        if count:
            dropped.append({"place": str(folder.path.relative_to(home)), "files_deleted": count})
    return dropped


def _queue_evaluations(
    session: Session, home: Path, project: str, days: dict[Place, set[date]], now_us: int
) -> list[str]:
    """Each evaluation whose window has a day concerned is run again: it gets a revision."""
    names = {
        row.name: days.get(datasets.locate_dataset(session, home, row), set())
        for row in datasets.list_datasets(session, project)
    }
    of_recipe = {row.name: names.get(row.dataset, set()) for row in recipes.list_recipes(session, project)}
    queued: list[str] = []
    for row in session.query(Evaluation).filter(Evaluation.project == project):
        window = Window(row.window_start, row.window_end)
        if any(day in window for day in of_recipe.get(row.recipe, set())):
            arguments = {"recipe": row.recipe, "window": str(window), "scheduled": True}
            jobs.add_job(session, EVALUATE, arguments, project, now_us)
            queued.append(f"{row.store}/{row.name}")
    return queued


def _shrink_log(sessions: sessionmaker[Session]) -> None:
    """SQLite's log of changes holds former pages until it is folded in."""
    with sessions() as session:
        bind = session.get_bind()
        if bind.dialect.name == "sqlite":
            session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))


def _report_remains(home: Path, needles: Sequence[str], besides: Path) -> list[dict[str, Any]]:
    searched = [needle for needle in needles if len(needle.encode()) >= NEEDLE_BYTES_MIN]
    found: list[dict[str, Any]] = [
        {"place": path, "left": True} for path in find_remains(home, searched) if home / path != besides
    ]
    if len(searched) < len(needles):
        found.append({"place": "home", "not_searched": f"keys of under {NEEDLE_BYTES_MIN} bytes"})
    return found
