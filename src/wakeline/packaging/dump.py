"""The original model as a file: skops by default; joblib's pickle only where the caller trusts one.

A pickle is code: it is written, and later opened, only under `trust_pickle`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wakeline.core.errors import InvalidInputError
from wakeline.scoring.manifest import PICKLE_NAME, SKOPS_NAME
from wakeline.scoring.predictor import find_foreign_types


@dataclass(frozen=True, slots=True)
class Dump:
    name: str
    trusted_types: tuple[str, ...] = ()
    pickled: bool = False


def dump_model(model: Any, folder: Path, *, trust_pickle: bool) -> Dump:
    """Writes the model into `folder`; says how, and which types skops has to build when it is loaded."""
    problem = _dump_skops(model, folder / SKOPS_NAME)
    if isinstance(problem, tuple):
        return Dump(SKOPS_NAME, trusted_types=problem)
    (folder / SKOPS_NAME).unlink(missing_ok=True)
    if not trust_pickle:
        raise InvalidInputError(
            f"{type(model).__name__} cannot be saved without a pickle: {problem}; if you trust this model's "
            "code on every machine that will load it, say trust_pickle=True"
        )
    _dump_pickle(model, folder / PICKLE_NAME)
    return Dump(PICKLE_NAME, pickled=True)


def _dump_skops(model: Any, path: Path) -> tuple[str, ...] | str:
    """The types that have to be trusted, or why skops will not do."""
    import skops.io

    try:
        skops.io.dump(model, path)
        types = skops.io.get_untrusted_types(file=path)
    except Exception as error:  # noqa: BLE001 - skops raises anything for what it cannot write
        return f"skops says {error!r}"
    foreign = find_foreign_types(types)
    if foreign:
        return f"it needs the types {', '.join(sorted(foreign)[:5])}"
    return tuple(types)


def _dump_pickle(model: Any, path: Path) -> None:
    import joblib

    try:
        joblib.dump(model, path)
    except Exception as error:
        raise InvalidInputError(
            f"{type(model).__name__} cannot be pickled: {error}; expected a model without open files, "
            "connections or lambdas"
        ) from error
