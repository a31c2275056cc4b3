"""The original model: read from its dump, and asked for scores. Loads whatever library the model needs.

skops builds only classes of `TRUSTED_ROOTS` and a few functions, and of them only those that the manifest
recorded; a pickle is opened only where the version says that its importer trusted one.
"""

import importlib
import math
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wakeline.core.errors import BrokenFileError, InvalidInputError, NotPermittedError
from wakeline.core.event import class_name
from wakeline.core.schema import ModelSchema, Task
from wakeline.scoring.input_frame import build_input, group_rows
from wakeline.scoring.manifest import Manifest, OriginalInput
from wakeline.scoring.score import Score

TRUSTED_ROOTS = frozenset({"sklearn", "numpy", "scipy", "pandas", "xgboost", "lightgbm", "catboost"})
TRUSTED_FUNCTIONS = frozenset(
    {
        "functools.partial",
        "sklearn.utils.validation.check_array",
        "sklearn.feature_selection._univariate_selection.chi2",
        "sklearn.feature_selection._univariate_selection.f_classif",
        "sklearn.feature_selection._univariate_selection.f_regression",
        "sklearn.feature_selection._mutual_info.mutual_info_classif",
        "sklearn.feature_selection._mutual_info.mutual_info_regression",
        "scipy._lib.array_api_compat.numpy._aliases.asarray",
        "numpy.nan_to_num",
        "numpy.clip",
        "numpy.round",
    }
)
DEFAULT_THRESHOLD = 0.5


def find_foreign_types(types: Sequence[str]) -> list[str]:
    """Those that may not be built from a dump: functions but for a few, classes of any other library."""
    return [name for name in types if name not in TRUSTED_FUNCTIONS and not _is_trusted_class(name)]


def _is_trusted_class(name: str) -> bool:
    module, _, attribute = name.rpartition(".")
    if module.split(".", 1)[0] not in TRUSTED_ROOTS:
        return False
    try:
        return isinstance(getattr(importlib.import_module(module), attribute, None), type)
    except ImportError:
        return False


def load_original(folder: Path, manifest: Manifest) -> Any:
    path = folder / manifest.original_file
    return load_dump(path, pickled=manifest.pickled, trusted_types=manifest.trusted_types)


def load_dump(path: Path, *, pickled: bool, trusted_types: Sequence[str]) -> Any:
    if pickled:
        import joblib

        return joblib.load(path)
    import skops.io

    try:
        needed = skops.io.get_untrusted_types(file=path)
    except Exception as error:
        raise BrokenFileError(f"{path} is not a model dump: {error}") from error
    refused = find_foreign_types(needed) + [name for name in needed if name not in trusted_types]
    if refused:
        raise NotPermittedError(
            f"{path} would build {', '.join(sorted(set(refused))[:5])}, which the model version does not "
            "declare"
        )
    try:
        return skops.io.load(path, trusted=needed)
    except Exception as error:
        raise BrokenFileError(f"{path} is not a model dump: {error}") from error


def predict_rows(
    model: Any, rows: Sequence[Mapping[str, Any]], expected: OriginalInput, schema: ModelSchema
) -> list[Score]:
    """Scores of rows as they came as JSON, each as if it had been asked alone."""
    scores: dict[int, Score] = {}
    for group in group_rows(rows, expected):
        frame = build_input([rows[index] for index in group], expected)
        scores.update(zip(group, predict_frame(model, frame, schema), strict=True))
    return [scores[index] for index in range(len(rows))]


def predict_frame(model: Any, frame: Any, schema: ModelSchema) -> list[Score]:
    """Scores of a whole frame; raises `InvalidInputError` with the model's own words if it refuses a row."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _ask(model, frame, schema)
    except (ValueError, TypeError, OverflowError, KeyError) as error:
        raise InvalidInputError(f"the model refuses the row: {_first_line(error)}") from error


def _ask(model: Any, frame: Any, schema: ModelSchema) -> list[Score]:
    if schema.task is Task.REGRESSION:
        numbers = [float(value) for value in model.predict(frame)]
        _check_finite(numbers)
        return [Score(number) for number in numbers]
    probas = _ask_probas(model, frame, schema)
    threshold = schema.threshold
    if probas is not None and schema.task is Task.BINARY and threshold not in (None, DEFAULT_THRESHOLD):
        return [Score(schema.classes[row[1] >= (threshold or 0.0)], row) for row in probas]
    labels = [class_name(to_python(label)) for label in model.predict(frame)]
    if probas is None:
        return [Score(label) for label in labels]
    return [Score(label, row) for label, row in zip(labels, probas, strict=True)]


def _ask_probas(model: Any, frame: Any, schema: ModelSchema) -> list[tuple[float, ...]] | None:
    if not hasattr(model, "predict_proba"):
        return None
    rows = [tuple(float(share) for share in row) for row in model.predict_proba(frame)]
    for row in rows:
        if len(row) != len(schema.classes):
            raise ValueError(f"predict_proba gives {len(row)} numbers for {len(schema.classes)} classes")
        _check_finite(row)
    return rows


def to_python(value: Any) -> Any:
    """A library's scalar as the plain Python value, so that `class_name` is the same everywhere."""
    item = getattr(value, "item", None)
    return item() if callable(item) else value


def _check_finite(numbers: Sequence[float]) -> None:
    if not all(map(math.isfinite, numbers)):
        raise ValueError("its answer is not a finite number")


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
