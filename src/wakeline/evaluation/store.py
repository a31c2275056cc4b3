"""Runs an Evaluate recipe for a window and keeps what it found.

Three steps that never overlap: read what the recipe says, compute without any transaction, then write the
evaluation and its revision in one. A run that fails, or is cancelled, has written nothing.
"""

import calendar
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from wakeline import __version__
from wakeline.core.clock import Clock, day_of
from wakeline.core.errors import InvalidInputError
from wakeline.core.window import Window, describe_window, parse_window
from wakeline.evaluation.recipe import EvaluateSettings, evaluate
from wakeline.evaluation.result import EvaluationResult
from wakeline.evaluation.settings import ACTIVE_VERSION, ALL_VERSIONS, Choice, EvaluateRecipe
from wakeline.evaluation.window_reference import WindowReference
from wakeline.loglake.names import unescape_name
from wakeline.metadata.queries import datasets, deployments, evaluations, models, recipes
from wakeline.metadata.queries.evaluations import EvaluationRow, NewRevision
from wakeline.metadata.queries.locking import lock_project
from wakeline.metadata.tables.monitoring import Dataset

PROFILES_FOLDER = "profiles"

Progress = Callable[[float, str], None]
AfterSave = Callable[[Session, EvaluationRow], None]
"""Called with a new revision, in the transaction that saves it."""


@dataclass(frozen=True, slots=True)
class RecipeRun:
    """A recipe with everything resolved as it is at the moment of the run."""

    project: str
    recipe: str
    store: str
    settings: EvaluateSettings


@dataclass(frozen=True, slots=True)
class SavedEvaluation:
    """`changed` is False where the run found what the latest revision holds already."""

    evaluation_id: str
    revision: int
    changed: bool
    status: str
    sentence: str


def run_recipe(
    sessions: sessionmaker[Session],
    home: Path,
    project: str,
    recipe: str,
    window: Window,
    *,
    progress: Progress,
    clock: Clock,
    job_id: str | None = None,
    after_save: AfterSave | None = None,
) -> SavedEvaluation:
    """Adds a revision to the evaluation of this recipe and window; the first run makes the evaluation."""
    check_window(window, clock)
    with sessions() as session:
        run = resolve_run(session, home, project, recipe, window)
    result = evaluate(run.settings, progress=progress)
    with sessions.begin() as session:
        lock_project(session, project)
        recipes.get_recipe(session, project, recipe)
        found = _describe_result(run, window, result, job_id)
        row, changed = evaluations.save_revision(session, found, clock.now_us())
        if changed and after_save is not None:
            after_save(session, row)
        return SavedEvaluation(
            evaluation_id=row.evaluation.id,
            revision=row.revision.revision,
            changed=changed,
            status=row.revision.status,
            sentence=row.revision.sentence,
        )


def check_window(window: Window, clock: Clock) -> None:
    """Raises `InvalidInputError` for a window that has not begun."""
    today = day_of(clock.now_us())
    if window.start > today:
        raise InvalidInputError(
            f"{describe_window(window)} lies in the future: today is {today} (UTC); "
            "expected a window that has begun"
        )


def resolve_run(session: Session, home: Path, project: str, name: str, window: Window) -> RecipeRun:
    """`active`, and `all`, become the version that is active now; `auto` is left to the data."""
    recipe = recipes.get_recipe(session, project, name)
    chosen = EvaluateRecipe.model_validate(recipe.settings)
    dataset = datasets.get_dataset(session, project, recipe.dataset)
    of_all = chosen.model_version == ALL_VERSIONS
    named = ACTIVE_VERSION if of_all else chosen.model_version
    version = models.get_version(session, project, recipe.model, named)
    return RecipeRun(
        project=project,
        recipe=name,
        store=recipe.store,
        settings=EvaluateSettings(
            dataset_root=datasets.locate_dataset(session, home, dataset),
            model_folder=home / version.path,
            window=window,
            model_version_setting=chosen.model_version,
            filter_model_version=version.version if chosen.filter_model_version and not of_all else None,
            filter_deployment_id=chosen.filter_deployment_id,
            skip_performance=_decide(chosen.skip_performance),
            handle_as_api_node_logs=_decide(chosen.handle_as_api_node_logs),
            profiles=home / PROFILES_FOLDER,
            sample_rows_max=chosen.sample_rows_max,
            seed=chosen.seed,
            reference=_locate_reference(session, home, project, chosen),
            business_key=_find_business_key(session, dataset, chosen.filter_deployment_id),
        ),
    )


def _locate_reference(
    session: Session, home: Path, project: str, chosen: EvaluateRecipe
) -> WindowReference | None:
    if chosen.reference is None:
        return None
    dataset = datasets.get_dataset(session, project, chosen.reference.dataset)
    return WindowReference(
        dataset=dataset.name,
        root=datasets.locate_dataset(session, home, dataset),
        window=parse_window(chosen.reference.window),
        business_key=_find_business_key(session, dataset, None),
    )


def _find_business_key(session: Session, dataset: Dataset, deployment_id: str | None) -> str | None:
    """The one of the endpoint whose log the dataset is; its table's folders tell which that is."""
    routing_key, endpoint_id = (unescape_name(part) for part in dataset.path.split("/")[-2:])
    return deployments.find_business_key(session, deployment_id or routing_key, endpoint_id)


def _decide(choice: Choice) -> bool | None:
    """None leaves it to the data."""
    return choice if isinstance(choice, bool) else None


def name_window(window: Window) -> str:
    """The shortest form: `2013-04` for a whole month, `2013-04-01` for a day."""
    start = window.start
    if window.day_count == 1:
        return start.isoformat()
    if start.day == 1 and window.day_count == calendar.monthrange(start.year, start.month)[1]:
        return f"{start:%Y-%m}"
    return f"{start.isoformat()} to {(window.end - timedelta(days=1)).isoformat()}"


def _describe_result(
    run: RecipeRun, window: Window, result: EvaluationResult, job_id: str | None
) -> NewRevision:
    document: dict[str, Any] = result.to_dict()
    headline = [asdict(reading) for reading in result.readings if reading.column is None]
    return NewRevision(
        project=run.project,
        store=run.store,
        name=name_window(window),
        recipe=run.recipe,
        window=window,
        status=document["status"],
        sentence=document["sentence"],
        row_count=document["row_count"],
        model=document["model"],
        model_version=document["model_version"],
        headline=headline,
        document=document,
        job_id=job_id,
        code_version=__version__,
    )
