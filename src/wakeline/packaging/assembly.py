"""The files of one model version, written into a folder in the order in which each needs the others.

Everything is measured on one thread, so that the figures are those of a node.
"""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from wakeline.core.errors import InvalidInputError
from wakeline.core.schema import MissingPolicy, ModelSchema, Task
from wakeline.packaging.dump import Dump, dump_model
from wakeline.packaging.engine import ChosenEngine, choose_engine
from wakeline.packaging.importance import METHOD, measure_importance
from wakeline.packaging.metrics import compute_metrics
from wakeline.packaging.parity import check_round_trip, score_original
from wakeline.packaging.reference import Reference, describe_input, find_type, list_rows
from wakeline.packaging.reference_file import write_reference
from wakeline.packaging.saved_original import check_saved, confirm_original, read_again
from wakeline.packaging.schema import derive_schema, name_label, settle_threshold, try_missing
from wakeline.scoring.manifest import (
    MANIFEST_FORMAT,
    REFERENCE_NAME,
    Engine,
    Manifest,
    OriginalInput,
    ReferenceSummary,
    hash_file,
    write_manifest,
)
from wakeline.scoring.score import Score

_Item = TypeVar("_Item")
_LIBRARIES = ("scikit-learn", "numpy", "pandas", "scipy", "skops", "xgboost", "lightgbm", "wakeline")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredients:
    """`training` are the rows whose ranges and levels count; None: the reference's."""

    model: Any
    project: str
    name: str
    version: str
    created_at: str
    reference: Reference
    training: pd.DataFrame | None
    threshold: float
    trust_pickle: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """The reference as a node would see it, and what was found about the model on it."""

    schema: ModelSchema
    expected: OriginalInput
    rows: list[dict[str, Any]]
    labels: list[str | float | None]
    chosen: ChosenEngine
    scores: list[Score]


def assemble_version(folder: Path, ingredients: Ingredients) -> Manifest:
    with threadpool_limits(1):
        return _assemble(folder, ingredients)


def _assemble(folder: Path, ingredients: Ingredients) -> Manifest:
    model, reference = ingredients.model, ingredients.reference
    rows = list_rows(reference.features)
    expected = describe_input(reference.features, model)
    schema = derive_schema(model, reference, _choose_training(ingredients), threshold=ingredients.threshold)
    check_round_trip(model, schema, expected, reference.features)
    original = score_original(model, schema, expected)
    schema = try_missing(original, schema, rows)
    _check_missing(schema, reference)
    dump = dump_model(model, folder, trust_pickle=ingredients.trust_pickle)
    chosen = choose_engine(model, schema, expected, rows, folder)
    if chosen.parity.engine is not Engine.ORIGINAL:
        saved = score_original(read_again(folder, dump), schema, expected)
        check_saved(original, saved, schema, rows)
    scores = chosen.score(rows)
    measured = _Measured(
        schema=settle_threshold(schema, scores),
        expected=expected,
        rows=rows,
        labels=list_labels(schema, reference),
        chosen=chosen,
        scores=scores,
    )
    write_reference(
        folder / REFERENCE_NAME,
        measured.schema,
        rows=rows,
        scores=measured.scores,
        labels=measured.labels,
        times=reference.times,
    )
    files = {path.name: hash_file(path) for path in sorted(folder.iterdir())}
    manifest = msgspec.structs.replace(_describe(ingredients, measured, dump), files=files)
    write_manifest(folder, manifest)
    if manifest.engine is Engine.ORIGINAL:
        manifest = confirm_original(folder, manifest, original, rows)
        write_manifest(folder, manifest)
    return manifest


def _choose_training(ingredients: Ingredients) -> pd.DataFrame:
    features = ingredients.reference.features
    if ingredients.training is None:
        return features
    missing = [name for name in features.columns if name not in ingredients.training.columns]
    if missing:
        raise InvalidInputError(f"the training rows lack the feature {missing[0]!r}")
    training = ingredients.training[list(features.columns)]
    for name in features.columns:
        given, asked = find_type(training[name]), find_type(features[name])
        if given is not asked and features[name].notna().any():
            raise InvalidInputError(
                f"the feature {name!r} holds {given} in the training rows and {asked} in the reference; "
                "expected the same, as the model was fitted on"
            )
    return training


def _check_missing(schema: ModelSchema, reference: Reference) -> None:
    """A reference with rows that the model refuses has no answers to compare anything with."""
    for feature in schema.features:
        count = int(reference.features[feature.name].isna().sum())
        if feature.missing is MissingPolicy.REFUSE and count:
            raise InvalidInputError(
                f"{count} rows of the reference lack the feature {feature.name!r}, and the model refuses "
                "missing values there; leave these rows out or impute in the model's pipeline"
            )


def _describe(ingredients: Ingredients, measured: _Measured, dump: Dump) -> Manifest:
    chosen, schema = measured.chosen, measured.schema
    labelled = [index for index, label in enumerate(measured.labels) if label is not None]
    truth = [label for label in measured.labels if label is not None]
    return Manifest(
        format=MANIFEST_FORMAT,
        project=ingredients.project,
        name=ingredients.name,
        version=ingredients.version,
        created_at=ingredients.created_at,
        schema=schema,
        engine=chosen.parity.engine,
        engine_reason=chosen.reason,
        parity=chosen.parity,
        original_input=measured.expected,
        training_metrics=compute_metrics(schema, _pick(measured.scores, labelled), truth),
        importance=measure_importance(chosen.score, schema, _pick(measured.rows, labelled), truth),
        importance_method=METHOD,
        library_versions=list_versions(),
        reference=ReferenceSummary(
            rows=len(measured.rows),
            labelled_rows=len(labelled),
            time_column=ingredients.reference.time_column,
        ),
        files={},
        trusted_types=dump.trusted_types,
        pickled=dump.pickled,
    )


def _pick(items: Sequence[_Item], indices: Sequence[int]) -> list[_Item]:
    return [items[index] for index in indices]


def list_labels(schema: ModelSchema, reference: Reference) -> list[str | float | None]:
    """Class texts, or numbers for a regression; None where the reference has no label."""
    present = reference.labels.notna().tolist()
    values = reference.labels.tolist()
    if schema.task is Task.REGRESSION:
        return [float(value) if there else None for value, there in zip(values, present, strict=True)]
    return [name_label(value) if there else None for value, there in zip(values, present, strict=True)]


def list_versions() -> dict[str, str]:
    """Python's and the libraries' that the model may depend on."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
