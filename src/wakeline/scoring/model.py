"""A model version as something to call: rows in, scores out, whichever engine does it.

Loading reads only what the engine needs and checks it; the reference is never opened here.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from wakeline.core.schema import ModelSchema
from wakeline.scoring.manifest import Engine, read_manifest, verify_files
from wakeline.scoring.score import Score


class ScoringModel(Protocol):
    """`score` answers in order and raises `InvalidInputError` for a row that the model cannot take.

    The row plan answers in the caller's thread within microseconds; the original blocks for milliseconds, so
    an event loop calls it from a thread (`blocks` says which).
    """

    @property
    def schema(self) -> ModelSchema: ...

    @property
    def engine(self) -> str: ...

    @property
    def model_id(self) -> str: ...

    @property
    def model_version(self) -> str: ...

    @property
    def blocks(self) -> bool: ...

    def score(self, rows: Sequence[Mapping[str, Any]]) -> list[Score]: ...

    def close(self) -> None: ...


def load_model(folder: Path | str, *, worker_python: str | None = None) -> ScoringModel:
    """`worker_python` runs the original's worker process, where the engine is the original."""
    place = Path(folder)
    manifest = read_manifest(place)
    match manifest.engine:
        case Engine.ROW_PLAN:
            from wakeline.scoring.row_plan import load_row_plan

            return load_row_plan(place, manifest)
        case Engine.ORIGINAL:
            from wakeline.scoring.original import OriginalModel

            verify_files(place, manifest, [manifest.original_file])
            return OriginalModel(place, manifest, python=worker_python or sys.executable)
