"""The original as it was saved: read again and asked, since a file may hold less than the model had.

A version that the original serves is asked as a node asks it: in the worker process, in batches and row by
row. What answers otherwise, or not at all, is refused before anything is kept.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from wakeline.core.errors import InvalidInputError, UnavailableError
from wakeline.core.schema import ModelSchema
from wakeline.packaging.boundary import list_boundary_rows
from wakeline.packaging.dump import Dump
from wakeline.packaging.parity import (
    Comparison,
    ScoreRows,
    compare_saved,
    sample_rows,
)
from wakeline.scoring.manifest import Manifest
from wakeline.scoring.original import OriginalModel
from wakeline.scoring.predictor import load_dump
from wakeline.scoring.score import Score

Row = dict[str, Any]


def read_again(folder: Path, dump: Dump) -> Any:
    """The model as its file holds it, read in this process."""
    try:
        return load_dump(folder / dump.name, pickled=dump.pickled, trusted_types=dump.trusted_types)
    except Exception as error:
        raise _refuse(f"it cannot be read again: {error}") from error


def check_saved(original: ScoreRows, saved: ScoreRows, schema: ModelSchema, rows: Sequence[Row]) -> None:
    """For a version that its row plan serves."""
    _check(compare_saved(original, saved, schema, sample_rows(rows), ()))


def confirm_original(folder: Path, manifest: Manifest, original: ScoreRows, rows: Sequence[Row]) -> Manifest:
    """Asks the worker process; the manifest with what was compared."""
    sample = sample_rows(rows)
    boundary = list_boundary_rows(manifest.schema, sample, None, ())
    worker = OriginalModel(folder, manifest, python=sys.executable)
    try:
        worker.score(sample[:1])
        comparison = compare_saved(original, _call_safely(worker.score), manifest.schema, sample, boundary)
    except UnavailableError as error:
        raise _refuse(f"no node could ask it: {error.message}") from error
    finally:
        worker.close()
    _check(comparison)
    parity = msgspec.structs.replace(
        manifest.parity,
        rows=comparison.rows,
        boundary_rows=comparison.boundary_rows,
        largest_difference=comparison.largest_difference,
    )
    reason = (
        f"{manifest.engine_reason}; the original, as it was saved, answers {comparison.rows} reference rows "
        f"and {comparison.boundary_rows} boundary cases as the model that was given"
    )
    return msgspec.structs.replace(manifest, parity=parity, engine_reason=reason)


def _call_safely(score: Callable[[Sequence[Row]], list[Score]]) -> ScoreRows:
    """A row on which the model fails in its own way is a row that it refuses."""

    def call(rows: Sequence[Row]) -> list[Score]:
        try:
            return score(rows)
        except UnavailableError as error:
            raise InvalidInputError(error.message) from error

    return call


def _check(comparison: Comparison) -> None:
    if comparison.reason is not None:
        raise _refuse(comparison.reason)


def _refuse(reason: str) -> InvalidInputError:
    return InvalidInputError(
        f"the model, as it was saved, does not answer as the one that was given: {reason}; expected one that "
        "its file holds whole and whose answer to a row depends on that row alone"
    )
