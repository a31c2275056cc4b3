"""From a trained model and its held-out rows to a model version: the folder that a node can load.

The folder appears whole or not at all. What stands in it was measured here: schema, reference with the
model's answers, metrics, importance, and how exactly the engine agrees with the original.
"""

import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from wakeline.core.clock import Clock, SystemClock, format_rfc3339
from wakeline.core.errors import ConflictError, InvalidInputError
from wakeline.core.ids import check_object_id, check_project_key
from wakeline.packaging.archive import pack_model
from wakeline.packaging.assembly import Ingredients, assemble_version
from wakeline.packaging.reference import read_reference, to_pandas
from wakeline.scoring.manifest import Manifest

_FOLDER_MODE = 0o755
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")


class Uploader(Protocol):
    """What is needed of `wakeline.Client`."""

    def upload_model_version(
        self,
        project: str,
        name: str,
        archive_path: Path,
        version: str | None = None,
        activate: bool = True,
        *,
        trust_pickle: bool = False,
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
    uploaded to a server on this machine. Without `version` a server numbers it, and a folder is called by its
    time. `training` are the rows for ranges and levels, where they are not
    the reference's. `time_column` is the event time, and no feature. Raises `InvalidInputError` for whatever
    does not fit, before anything is written.
    """
    _check_names(project, name, version, threshold)
    place = None if path is None else Path(path)
    if place is not None and place.exists():
        raise ConflictError(
            f"{path} exists already; a model version is never overwritten, choose another path"
        )
    now = format_rfc3339((clock or SystemClock()).now_us())
    ingredients = Ingredients(
        model=model,
        project=project,
        name=name,
        version=version or (_mint_version(now) if place else ""),
        created_at=now,
        reference=read_reference(reference, model, target=target, time_column=time_column),
        training=None if training is None else to_pandas(training),
        threshold=threshold,
        trust_pickle=trust_pickle,
    )
    with tempfile.TemporaryDirectory(prefix="wakeline-") as temporary:
        parent = Path(temporary) if place is None else _make_parent(place)
        folder = Path(tempfile.mkdtemp(prefix=".model-", dir=parent))
        try:
            manifest = assemble_version(folder, ingredients)
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
            f"{version!r} is not a version; expected a letter or digit, then up to 62 of letters, digits, "
            "_, . and -"
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
            manifest.project,
            manifest.name,
            archive,
            version=version,
            activate=activate,
            trust_pickle=manifest.pickled,
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
