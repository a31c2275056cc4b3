"""Saved models of a home: an uploaded archive becomes an immutable version, whole or not at all."""

import re
import shutil
from pathlib import Path

import msgspec
from sqlalchemy.orm import Session

from wakeline.core.errors import ConflictError, InvalidInputError, NotPermittedError
from wakeline.core.ids import check_object_id
from wakeline.deployer.layout import check_version_name, locate_incoming, locate_model, move_folder
from wakeline.metadata.queries import models
from wakeline.metadata.queries.projects import get_project
from wakeline.metadata.tables.serving import ModelVersion
from wakeline.packaging.archive import unpack_model
from wakeline.scoring.manifest import Manifest, encode_manifest, write_manifest

ARCHIVE_BYTES_MAX = 2 * 1024**3
_NUMBERED = re.compile(r"v(\d+)")


def store_model_version(
    session: Session,
    home: Path,
    archive: Path,
    *,
    project: str,
    name: str,
    version: str | None,
    activate: bool,
    now_us: int,
    trust_pickle: bool = False,
) -> ModelVersion:
    """`version` replaces the archive's own; a name that is taken is refused. The archive is not removed.

    A pickle is code that a node would run, so an archive with one is refused unless `trust_pickle`.
    """
    get_project(session, project)
    check_object_id("model", name)
    incoming = locate_incoming(home, "models")
    try:
        manifest = _unpack(archive, incoming, project, name)
        if manifest.pickled and not trust_pickle:
            raise NotPermittedError(
                f"the model {manifest.model_id} is a pickle, which is code that a node would run; "
                "save it with skops, or upload it with trust_pickle if you trust its maker"
            )
        manifest = _rename(session, incoming, manifest, version)
        target = locate_model(home, project, name, manifest.version)
        if target.exists():
            shutil.rmtree(target)  # its row was never committed, so nobody has used it
        row = models.add_version(
            session,
            ModelVersion(
                project=project,
                name=name,
                version=manifest.version,
                path=str(target.relative_to(home)),
                manifest=msgspec.json.decode(encode_manifest(manifest)),
                created_at_us=now_us,
            ),
            activate=activate,
        )
        move_folder(incoming, target)
        return row
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def _unpack(archive: Path, incoming: Path, project: str, name: str) -> Manifest:
    manifest = unpack_model(archive, incoming)
    if (manifest.project, manifest.name) != (project, name):
        raise InvalidInputError(
            f"the archive holds the model {manifest.model_id}; expected {project}.{name}, as in the address"
        )
    return manifest


def _rename(session: Session, folder: Path, manifest: Manifest, version: str | None) -> Manifest:
    """The manifest under the version's final name, checked to be free."""
    taken = {row.version.lower() for row in models.list_versions(session, manifest.project, manifest.name)}
    wanted = version or manifest.version or _name_next(taken)
    check_version_name("model version", wanted)
    if wanted.lower() in taken:
        raise ConflictError(
            f"the model {manifest.model_id} has a version {wanted} already; versions are never changed: "
            "choose another name with ?version="
        )
    if wanted == manifest.version:
        return manifest
    renamed = msgspec.structs.replace(manifest, version=wanted)
    write_manifest(folder, renamed)
    return renamed


def _name_next(taken: set[str]) -> str:
    numbers = [int(match[1]) for text in taken if (match := _NUMBERED.fullmatch(text))]
    return f"v{max(numbers, default=0) + 1}"
