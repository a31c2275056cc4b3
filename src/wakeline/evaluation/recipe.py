"""The Evaluate recipe: a window of a log against a model version's reference, in one pass from top to bottom.

Reads the log and the model's folder, writes profiles (which may be lost) and nothing else. Memory is bounded
by a file, the sample and the window's prediction ids. The same data and settings give the same readings.
"""

import hashlib
import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from wakeline import __version__
from wakeline.core.errors import InvalidInputError
from wakeline.core.reading import Reading
from wakeline.core.window import Window, describe_window
from wakeline.evaluation.comparison import (
    Comparison,
    classify_domains,
    compare_columns,
    describe_distributions,
    judge,
)
from wakeline.evaluation.daily_profiles import Key, ProfileFolder, WindowProfile, profile_window
from wakeline.evaluation.groundtruth import LabelledWindow, join_labels, locate_labels, open_labels
from wakeline.evaluation.label_matching import LabelledLog
from wakeline.evaluation.logged_columns import explain_absence
from wakeline.evaluation.reference import Reference, list_roles, read_labelled, read_reference
from wakeline.evaluation.result import EvaluationResult
from wakeline.evaluation.sample_rows import read_sample
from wakeline.evaluation.selection import Selection, is_api_node_log
from wakeline.evaluation.window_reference import WindowReference, read_window_reference
from wakeline.loglake.file_names import combine_data_ids
from wakeline.loglake.place import Place
from wakeline.loglake.window import LogSnapshot
from wakeline.scoring.manifest import Manifest, read_manifest
from wakeline.statistics.domain_classifier import ROWS_MAX, Sample
from wakeline.statistics.edges import (
    DEFINITION_VERSION,
    EdgeSet,
    extend_edge_set,
    refine_edge_set,
)
from wakeline.statistics.performance import Labelled, measure_performance, skip_performance
from wakeline.statistics.profile import build_profile, find_coarse, find_outgrown

EXACT_ROWS_MAX = 100_000
_LIBRARIES = ("numpy", "pyarrow", "scikit-learn", "scipy")
_DAYS_NAMED_MAX = 10


class NoRowsError(InvalidInputError):
    """The window has no row to evaluate."""


Progress = Callable[[float, str], None]
"""Told the share done and what is being done. It may raise to stop the run: nothing is half-written."""


@dataclass(frozen=True, slots=True)
class EvaluateSettings:
    """`dataset_root` is the log table's folder, `model_folder` the model version's.

    `filter_model_version` (of the folder's model) and `filter_deployment_id`: only rows of these; None: any.
    `skip_performance` None: skipped while the window has no labels. `handle_as_api_node_logs` None:
    recognised by its columns. `ground_truth` None: the table of the same endpoint under the topic
    `ground-truth`. `profiles` None: no profile is kept. Up to `exact_rows_max` rows are read for exact
    values; the domain classifier takes up to `sample_rows_max` rows a side. `reference` None: the model
    version's own. `business_key` is what labels may name instead of a prediction id.
    """

    dataset_root: Place
    model_folder: Path
    window: Window
    model_version_setting: str = "active"
    filter_model_version: str | None = None
    filter_deployment_id: str | None = None
    skip_performance: bool | None = None
    handle_as_api_node_logs: bool | None = None
    ground_truth: Place | None = None
    profiles: Path | None = None
    exact_rows_max: int = EXACT_ROWS_MAX
    sample_rows_max: int = ROWS_MAX
    seed: int = 0
    reference: WindowReference | None = None
    business_key: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Inputs:
    """Everything that is opened before the first row is read."""

    settings: EvaluateSettings
    snapshot: LogSnapshot
    labels: LogSnapshot | None
    manifest: Manifest
    reference: Reference
    known: Labelled
    """The reference's labelled rows."""
    selection: Selection


def evaluate(settings: EvaluateSettings, *, progress: Progress) -> EvaluationResult:
    """Raises `InvalidInputError` for a window without rows, naming the days that have some."""
    progress(0.0, "opening the log and the model version")
    inputs = _open_inputs(settings)
    comparison = _profile_sides(inputs, progress)
    readings = compare_columns(comparison, _scale(progress, 0.6, 0.7, "comparing columns"))
    progress(0.7, "telling the window from the reference")
    readings += classify_domains(comparison)
    progress(0.9, "joining labels")
    log = LabelledLog(
        inputs.snapshot, inputs.labels, settings.window, inputs.selection, settings.business_key
    )
    joined = join_labels(log, inputs.manifest.schema)
    readings += _measure_performance(inputs, joined)
    result = _conclude(inputs, comparison, readings, joined)
    progress(1.0, result.sentence)
    return result


def _open_inputs(settings: EvaluateSettings) -> _Inputs:
    snapshot = LogSnapshot.open(settings.dataset_root)
    if not snapshot.files(settings.window):
        raise _report_no_rows(snapshot, settings.window)
    manifest = read_manifest(settings.model_folder)
    as_logs = settings.handle_as_api_node_logs
    where = settings.ground_truth or locate_labels(settings.dataset_root, settings.filter_deployment_id)
    reference, known = _read_reference(settings, manifest)
    return _Inputs(
        settings=settings,
        snapshot=snapshot,
        labels=open_labels(where),
        manifest=manifest,
        reference=reference,
        known=known,
        selection=Selection(
            answered_only=is_api_node_log(snapshot) if as_logs is None else as_logs,
            model_id=None if settings.filter_model_version is None else manifest.model_id,
            model_version=settings.filter_model_version,
            deployment_id=settings.filter_deployment_id,
        ),
    )


def _read_reference(settings: EvaluateSettings, manifest: Manifest) -> tuple[Reference, Labelled]:
    if settings.reference is not None:
        return read_window_reference(
            settings.reference, manifest, rows_max=settings.exact_rows_max, seed=settings.seed
        )
    reference = read_reference(settings.model_folder, manifest)
    return reference, read_labelled(reference.table, manifest.schema)


def _profile_sides(inputs: _Inputs, progress: Progress) -> Comparison:
    """Both sides on one edge set: the endpoint's own, refined first where the window has outgrown it."""
    settings = inputs.settings
    folder = ProfileFolder.locate(settings.profiles, settings.dataset_root) if settings.profiles else None
    edge_set = _open_edge_set(inputs, folder)
    current = _profile_log(inputs, edge_set, folder, _scale(progress, 0.0, 0.4, "profiling days"))
    sample = _read_sample(inputs, current.selected.row_count)
    outgrown = [name for name in find_outgrown(current.selected) if name in sample.table.column_names]
    if outgrown:
        edge_set = refine_edge_set(edge_set, sample.table, outgrown)
        if folder:
            folder.save_edge_set(edge_set)
        current = _profile_log(inputs, edge_set, folder, _scale(progress, 0.4, 0.6, "refining profiles"))
    return Comparison(
        snapshot=inputs.snapshot,
        window=settings.window,
        selection=inputs.selection,
        schema=inputs.manifest.schema,
        reference=inputs.reference,
        before=build_profile(inputs.reference.table, edge_set),
        now=current.selected,
        sample=sample,
        exact=current.selected.row_count <= settings.exact_rows_max,
        sample_rows_max=settings.sample_rows_max,
        seed=settings.seed,
    )


def _open_edge_set(inputs: _Inputs, folder: ProfileFolder | None) -> EdgeSet:
    """The edge set that the endpoint has, with cells for this model's columns if it lacks them, and finer
    ones where they say too little of this reference."""
    known = (folder.load_edge_set() if folder else None) or EdgeSet({})
    table, roles = inputs.reference.table, list_roles(inputs.manifest.schema)
    edge_set = extend_edge_set(known, table, roles)
    coarse = [name for name in find_coarse(build_profile(table, edge_set)) if name in roles]
    if coarse:
        edge_set = refine_edge_set(edge_set, table, coarse)
    if folder and edge_set is not known:
        folder.save_edge_set(edge_set)
    return edge_set


def _profile_log(
    inputs: _Inputs, edge_set: EdgeSet, folder: ProfileFolder | None, step: Callable[[float], None]
) -> WindowProfile:
    window = inputs.settings.window
    found = profile_window(inputs.snapshot, window, edge_set, inputs.selection, folder, step=step)
    if not found.selected.row_count:
        raise _report_none_selected(inputs, found.keys)
    return found


def _read_sample(inputs: _Inputs, row_count: int) -> Sample:
    """All rows if they are few enough to be exact, else as many as the domain classifier takes."""
    settings, roles = inputs.settings, list_roles(inputs.manifest.schema)
    exact = row_count <= settings.exact_rows_max
    return read_sample(
        inputs.snapshot,
        settings.window,
        inputs.selection,
        [name for name, role in roles.items() if explain_absence(inputs.snapshot, name, role) is None],
        rows_max=row_count if exact else settings.sample_rows_max,
        seed=settings.seed,
    )


def _measure_performance(inputs: _Inputs, joined: LabelledWindow) -> list[Reading]:
    schema = inputs.manifest.schema
    known = inputs.known
    if inputs.settings.skip_performance:
        return skip_performance(schema.task, "skipped by the settings", joined.rows, known)
    if not len(joined.rows) and joined.strangers:
        wanted = f"one of the classes {_quote(schema.classes)}" if schema.classes else "a number"
        reason = f"no label is {wanted}; found {_quote(joined.strangers)}"
        return skip_performance(schema.task, reason, joined.rows, known)
    return measure_performance(schema.task, joined.rows, known)


def _conclude(
    inputs: _Inputs, comparison: Comparison, readings: list[Reading], joined: LabelledWindow
) -> EvaluationResult:
    features, verdict = judge(comparison, readings, inputs.manifest.importance)
    settings = _describe_settings(inputs)
    return EvaluationResult(
        window=inputs.settings.window,
        row_count=comparison.now.row_count,
        reference_row_count=inputs.reference.row_count,
        model=inputs.manifest.model_id,
        model_version=inputs.manifest.version,
        model_version_setting=inputs.settings.model_version_setting,
        deployment_id=inputs.settings.filter_deployment_id,
        status=verdict.status,
        sentence=verdict.sentence,
        readings=(verdict.drifted_share, *readings),
        features=tuple(features),
        distributions=tuple(describe_distributions(comparison)),
        labels=joined.report,
        settings=settings,
        fingerprint=_take_fingerprint(inputs, comparison, settings),
        library_versions=_list_versions(),
    )


def _describe_settings(inputs: _Inputs) -> dict[str, Any]:
    settings, reference = inputs.settings, inputs.settings.reference
    described = {"dataset": reference.dataset, "window": str(reference.window)} if reference else None
    return {
        **({"reference": described} if described else {}),
        "window": str(settings.window),
        "model_version": settings.model_version_setting,
        "filter_model_version": settings.filter_model_version,
        "filter_deployment_id": settings.filter_deployment_id,
        "skip_performance": "auto" if settings.skip_performance is None else settings.skip_performance,
        "handle_as_api_node_logs": inputs.selection.answered_only,
        "exact_rows_max": settings.exact_rows_max,
        "sample_rows_max": settings.sample_rows_max,
        "seed": settings.seed,
        "definition_version": DEFINITION_VERSION,
        **({"business_key": settings.business_key} if settings.business_key else {}),
    }


def _take_fingerprint(inputs: _Inputs, comparison: Comparison, settings: dict[str, Any]) -> str:
    """Data ids stand for the data, however its files are merged. Of the edges only those of the model's own
    columns count."""
    labels = inputs.labels.files() if inputs.labels else []
    profiled = comparison.before.columns
    edges = EdgeSet({name: profiled[name].cells for name in list_roles(inputs.manifest.schema)})
    parts = {
        "log": combine_data_ids(file.data_id for file in inputs.snapshot.files(inputs.settings.window)),
        "labels": combine_data_ids(file.data_id for file in labels),
        "model": [inputs.manifest.model_id, inputs.manifest.version],
        "reference": inputs.reference.checksum,
        "edges": edges.id,
        "settings": settings,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _list_versions() -> dict[str, str]:
    found = {name: version(name) for name in _LIBRARIES}
    return {"python": platform.python_version(), "wakeline": __version__, **found}


def _report_no_rows(snapshot: LogSnapshot, window: Window) -> NoRowsError:
    days = [partition.day.isoformat() for partition in snapshot.partitions()]
    return NoRowsError(
        f"{describe_window(window)} has no rows; expected one with rows: the log has {_describe_days(days)}",
        details={"days": days[:1000], "day_count": len(days)},
    )


def _describe_days(days: Sequence[str]) -> str:
    if not days:
        return "none at all"
    if len(days) <= _DAYS_NAMED_MAX:
        return f"rows on {', '.join(days)}"
    return f"rows on {len(days)} days from {days[0]} to {days[-1]}"


def _report_none_selected(inputs: _Inputs, keys: Sequence[Key]) -> InvalidInputError:
    chosen = inputs.selection
    wanted = []
    if chosen.model_version is not None:
        wanted.append(f"model version {chosen.model_version!r} of {chosen.model_id}")
    if chosen.deployment_id is not None:
        wanted.append(f"deployment {chosen.deployment_id!r}")
    of = f" of {' and '.join(wanted)}" if wanted else ""
    seen = sorted({_describe_key(key) for key in keys})
    return InvalidInputError(
        f"{describe_window(inputs.settings.window)} has no answered rows{of}; "
        + (f"it has some of {'; '.join(seen[:5])}" if seen else "all of its queries were refused or failed"),
        details={"found": seen[:20]},
    )


def _describe_key(key: Key) -> str:
    of = f" of {key['model_id']}" if key["model_id"] is not None else ""
    return f"model version {key['model_version']!r}{of} of deployment {key['deployment_id']!r}"


def _quote(texts: Sequence[str]) -> str:
    return ", ".join(repr(text) for text in texts)


def _scale(progress: Progress, start: float, end: float, message: str) -> Callable[[float], None]:
    return lambda share: progress(start + (end - start) * share, message)
