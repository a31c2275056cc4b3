"""From a trained model and its held-out rows to a model version: the folder that a node can load.

The folder appears whole or not at all. What stands in it was measured here: schema, reference with the
model's answers, metrics, importance, and how exactly the engine agrees with the original.
"""

import platform
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pandas as pd

from wakeline.core.clock import Clock, SystemClock, format_rfc3339
from wakeline.core.errors import ConflictError, InvalidInputError
from wakeline.core.ids import check_object_id, check_project_key
from wakeline.core.schema import ModelSchema, Task
from wakeline.packaging.archive import pack_model
from wakeline.packaging.dump import Dump, dump_model
from wakeline.packaging.engine import ChosenEngine, choose_engine
from wakeline.packaging.importance import METHOD, measure_importance
from wakeline.packaging.metrics import compute_metrics
from wakeline.packaging.parity import score_original
from wakeline.packaging.reference import (
    ROWS_MIN,
    Reference,
    describe_input,
    list_rows,
    read_reference,
    to_pandas,
)
from wakeline.packaging.reference_file import write_reference
from wakeline.packaging.schema import derive_schema, name_label, try_missing
from wakeline.scoring.manifest import (
    MANIFEST_FORMAT,
    REFERENCE_NAME,
    Manifest,
    OriginalInput,
    ReferenceSummary,
    hash_file,
    write_manifest,
)
from wakeline.scoring.score import Score

_FOLDER_MODE = 0o755
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_LIBRARIES = ("scikit-learn", "numpy", "pandas", "scipy", "skops", "xgboost", "lightgbm", "wakeline")


class Uploader(Protocol):
    """What is needed of `wakeline.Client`."""

    def upload_model_version(
        self, project: str, name: str, archive_path: Path, version: str | None = None, activate: bool = True
    ) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """What was saved; `path` is None if it was only uploaded."""

    project: str
    name: str
    version: str
    path: Path | None
    engine: str
    engine_reason: str
    training_metrics: Mapping[str, float]
    importance: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Identity:
    project: str
    name: str
    version: str
    created_at: str


def save_model(
    model: Any,
    *,
    project: str,
    name: str,
    reference: Any,
    target: str,
    time_column: str | None = None,
    client: Uploader | None = None,
    path: str | Path | None = None,
    version: str | None = None,
    training: Any = None,
    threshold: float = 0.5,
    activate: bool = True,
    trust_pickle: bool = False,
    clock: Clock | None = None,
) -> ModelVersion:
    """Saves a fitted model with its reference: rows that it was not fitted on, with features and target.

    With `path` the version is written to that new folder, with `client` it is uploaded; with neither it is
    uploaded to a server on this machine. `training` are the rows for ranges and levels, where they are not
    the reference's. `time_column` is the event time, and no feature. Raises `InvalidInputError` for whatever
    does not fit, before anything is written.
    """
    _check_names(project, name, version, threshold)
    place = None if path is None else Path(path)
    if place is not None and place.exists():
        raise ConflictError(f"{path} exists already; a model version is never overwritten, choose another path")
    now = format_rfc3339((clock or SystemClock()).now_us())
    identity = _Identity(project, name, version or _mint_version(now), now)
    read = read_reference(reference, model, target=target, time_column=time_column)
    with tempfile.TemporaryDirectory(prefix="wakeline-") as temporary:
        parent = Path(temporary) if place is None else _make_parent(place)
        folder = Path(tempfile.mkdtemp(prefix=".model-", dir=parent))
        try:
            manifest = _Build(model, identity, read, trust_pickle).write(folder, training, threshold)
            uploaded = None
            if client is not None or place is None:
                uploaded = _upload(client, folder, manifest, version, activate=activate)
            if place is not None:
                folder.chmod(_FOLDER_MODE)
                folder.replace(place)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return _describe(manifest, uploaded or manifest.version, place)


def _check_names(project: str, name: str, version: str | None, threshold: float) -> None:
    check_project_key(project)
    check_object_id("model", name)
    if version is not None and not _VERSION.fullmatch(version):
        raise InvalidInputError(
            f"{version!r} is not a version; expected a letter or digit, then up to 62 of letters, digits, _ . -"
        )
    if not 0 < threshold < 1:
        raise InvalidInputError(f"the threshold is {threshold}; expected a probability between 0 and 1")


def _mint_version(now: str) -> str:
    """The moment as a version, such as `20130401T060000.123456Z`."""
    return re.sub(r"[-:]", "", now)


def _make_parent(place: Path) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    return place.parent


def _upload(
    client: Uploader | None, folder: Path, manifest: Manifest, version: str | None, *, activate: bool
) -> str:
    """The version under which the server keeps it."""
    if client is None:
        from wakeline.client.client import Client

        client = Client()
    archive = pack_model(folder)
    try:
        answer = client.upload_model_version(
            manifest.project, manifest.name, archive, version=version, activate=activate
        )
    finally:
        archive.unlink(missing_ok=True)
    return str(answer["version"])


def _describe(manifest: Manifest, version: str, place: Path | None) -> ModelVersion:
    return ModelVersion(
        project=manifest.project,
        name=manifest.name,
        version=version,
        path=place,
        engine=str(manifest.engine),
        engine_reason=manifest.engine_reason,
        training_metrics=manifest.training_metrics,
        importance=manifest.importance,
    )


@dataclass(frozen=True, slots=True)
class _Build:
    """One model version in the making: what it is made of, and the steps in their order."""

    model: Any
    identity: _Identity
    reference: Reference
    trust_pickle: bool

    def write(self, folder: Path, training: Any, threshold: float) -> Manifest:
        expected = describe_input(self.reference.features, self.model)
        rows = list_rows(self.reference.features)
        schema = derive_schema(
            self.model, self.reference, self._choose_training(training), threshold=threshold
        )
        score_original(self.model, schema, expected)(rows[:ROWS_MIN])
        schema = try_missing(self.model, schema, expected, rows)
        dump = dump_model(self.model, folder, trust_pickle=self.trust_pickle)
        chosen = choose_engine(self.model, schema, expected, rows, folder)
        scores = chosen.score(rows)
        labels = list_labels(schema, self.reference)
        write_reference(folder / REFERENCE_NAME, schema, rows, scores, labels, self.reference.times)
        manifest = self._describe(schema, expected, chosen, dump, rows, scores, labels)
        files = {path.name: hash_file(path) for path in sorted(folder.iterdir())}
        manifest = msgspec.structs.replace(manifest, files=files)
        write_manifest(folder, manifest)
        return manifest

    def _choose_training(self, training: Any) -> pd.DataFrame:
        if training is None:
            return self.reference.features
        frame = to_pandas(training)
        missing = [name for name in self.reference.features.columns if name not in frame.columns]
        if missing:
            raise InvalidInputError(f"the training rows lack the feature {missing[0]!r}")
        return frame[list(self.reference.features.columns)]

    def _describe(
        self,
        schema: ModelSchema,
        expected: OriginalInput,
        chosen: ChosenEngine,
        dump: Dump,
        rows: Sequence[dict[str, Any]],
        scores: Sequence[Score],
        labels: Sequence[str | float | None],
    ) -> Manifest:
        labelled = [index for index, label in enumerate(labels) if label is not None]
        truth = [label for label in labels if label is not None]
        identity = self.identity
        return Manifest(
            format=MANIFEST_FORMAT,
            project=identity.project,
            name=identity.name,
            version=identity.version,
            created_at=identity.created_at,
            schema=schema,
            engine=chosen.parity.engine,
            engine_reason=chosen.reason,
            parity=chosen.parity,
            original_input=expected,
            training_metrics=compute_metrics(schema, [scores[index] for index in labelled], truth),
            importance=measure_importance(chosen.score, schema, [rows[index] for index in labelled], truth),
            importance_method=METHOD,
            library_versions=_list_versions(),
            reference=ReferenceSummary(
                rows=len(rows), labelled_rows=len(labelled), time_column=self.reference.time_column
            ),
            files={},
            trusted_types=dump.trusted_types,
            pickled=dump.pickled,
        )


def list_labels(schema: ModelSchema, reference: Reference) -> list[str | float | None]:
    """Class texts, or numbers for a regression; None where the reference has no label."""
    present = reference.labels.notna().tolist()
    values = reference.labels.tolist()
    if schema.task is Task.REGRESSION:
        return [float(value) if there else None for value, there in zip(values, present, strict=True)]
    return [name_label(value) if there else None for value, there in zip(values, present, strict=True)]


def _list_versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
