"""`model.json`: what a model version says about itself, and the checksums of its files.

A folder is a model version only if its manifest reads and the files that are used have the checksums named
here; anything else is a `BrokenFileError`. Nothing in it is NaN: what was not computed is left out.
"""

import hashlib
import os
import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import msgspec

from wakeline.core.errors import BrokenFileError, NotFoundError
from wakeline.core.schema import ModelSchema

MANIFEST_FORMAT = 1
MANIFEST_NAME = "model.json"
PLAN_NAME = "plan.json"
TREES_NAME = "trees.bin"
SKOPS_NAME = "model.skops"
PICKLE_NAME = "model.pickle"
REFERENCE_NAME = "reference.parquet"

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_CHUNK_BYTES = 1 << 20


class Engine(StrEnum):
    """What scores: the row plan in the node's own process, or the original object in a worker."""

    ROW_PLAN = "row-plan"
    ORIGINAL = "original"


class MissingMarker(StrEnum):
    """What stands for a missing value in a column that the original model is given."""

    NAN = "nan"
    NONE = "none"
    NA = "na"


class InputColumn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A column of the frame that the original model was fitted on; `dtype` is pandas' name of its type."""

    name: str
    dtype: str
    missing: MissingMarker = MissingMarker.NAN
    categories: tuple[str | float | bool, ...] | None = None
    ordered: bool = False


class OriginalInput(msgspec.Struct, frozen=True, kw_only=True):
    """How the original is fed: a frame with names, or a bare array of numbers in this order."""

    columns: tuple[InputColumn, ...]
    as_array: bool = False


class Refusal(msgspec.Struct, frozen=True):
    """An engine that was tried first, and why it was not taken."""

    engine: str
    reason: str


class Parity(msgspec.Struct, frozen=True, kw_only=True):
    """How far the engine is from the original, on reference rows and boundary cases."""

    engine: Engine
    rows: int
    boundary_rows: int
    largest_difference: float
    flips: int
    tolerance: float
    us_per_row_before: float
    us_per_row_after: float
    refused: tuple[Refusal, ...] = ()


class ReferenceSummary(msgspec.Struct, frozen=True, kw_only=True):
    rows: int
    labelled_rows: int
    time_column: str | None = None


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`files` maps each other file of the folder to its SHA-256. `importance` are shares that sum to 1 (or
    all 0). `trusted_types` are what skops may build when the original is loaded."""

    format: int
    project: str
    name: str
    version: str
    created_at: str
    schema: ModelSchema
    engine: Engine
    engine_reason: str
    parity: Parity
    original_input: OriginalInput
    training_metrics: dict[str, float]
    importance: dict[str, float]
    importance_method: str
    library_versions: dict[str, str]
    reference: ReferenceSummary
    files: dict[str, str]
    trusted_types: tuple[str, ...] = ()
    pickled: bool = False

    @property
    def model_id(self) -> str:
        return f"{self.project}.{self.name}"

    @property
    def original_file(self) -> str:
        return PICKLE_NAME if self.pickled else SKOPS_NAME


def read_manifest(folder: Path | str) -> Manifest:
    """Reads and checks the manifest itself; `verify_files` checks what it names."""
    path = Path(folder) / MANIFEST_NAME
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError as error:
        raise NotFoundError(f"{folder} holds no model version: there is no {MANIFEST_NAME}") from error
    except (OSError, msgspec.MsgspecError) as error:
        raise BrokenFileError(f"{path} is not a model version's manifest: {error}") from error
    if manifest.format != MANIFEST_FORMAT:
        raise BrokenFileError(f"{path} has format {manifest.format}; this Wakeline reads {MANIFEST_FORMAT}")
    for name in manifest.files:
        if not _FILE_NAME.fullmatch(name) or name == MANIFEST_NAME:
            raise BrokenFileError(f"{path} names the file {name!r}; expected a plain file name")
    return manifest


def encode_manifest(manifest: Manifest) -> bytes:
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def write_manifest(folder: Path | str, manifest: Manifest) -> None:
    """Replaces the manifest as a whole: a reader sees the old one or the new one."""
    path = Path(folder) / MANIFEST_NAME
    temporary = path.with_suffix(".json.tmp")
    with temporary.open("wb") as stream:
        stream.write(encode_manifest(manifest))
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


def hash_file(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def verify_files(folder: Path | str, manifest: Manifest, names: Iterable[str] | None = None) -> None:
    """Raises `BrokenFileError` for the first file (of `names`, or all) that is not as it was saved."""
    for name in manifest.files if names is None else names:
        expected = manifest.files.get(name)
        path = Path(folder) / name
        if expected is None or not path.is_file() or path.is_symlink():
            raise BrokenFileError(f"{folder} lacks the file {name!r} of its model version")
        found = hash_file(path)
        if found != expected:
            raise BrokenFileError(
                f"{path} is not the file that was saved: its SHA-256 is {found[:12]}…, "
                f"expected {expected[:12]}…; copy the model version again"
            )
