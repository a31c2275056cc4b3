"""Saved models and their immutable versions: add, find, list, activate."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from wakeline.core.errors import ConflictError, NotFoundError
from wakeline.metadata.queries.projects import get_project
from wakeline.metadata.tables.serving import ModelVersion, SavedModel

ACTIVE = "active"
"""The word that stands for whatever version is active when it is resolved."""


def list_models(session: Session, project: str | None = None) -> Sequence[SavedModel]:
    query = select(SavedModel).order_by(SavedModel.project, SavedModel.name)
    return session.scalars(query if project is None else query.where(SavedModel.project == project)).all()


def get_model(session: Session, project: str, name: str) -> SavedModel:
    model = session.get(SavedModel, (project, name))
    if model is None:
        get_project(session, project)
        known = ", ".join(row.name for row in list_models(session, project)) or "none"
        raise NotFoundError(f"the project {project} has no model {name!r}; it has: {known}")
    return model


def list_versions(session: Session, project: str, name: str) -> Sequence[ModelVersion]:
    """Oldest first."""
    return session.scalars(
        select(ModelVersion)
        .where(ModelVersion.project == project, ModelVersion.name == name)
        .order_by(ModelVersion.created_at_us, ModelVersion.version)
    ).all()


def get_version(session: Session, project: str, name: str, version: str = ACTIVE) -> ModelVersion:
    """The version of that name, or the one that `active` stands for now."""
    model = get_model(session, project, name)
    wanted = model.active_version if version == ACTIVE else version
    if wanted is None:
        raise NotFoundError(f"the model {project}.{name} has no active version; activate one of its versions")
    found = session.get(ModelVersion, (project, name, wanted))
    if found is None:
        known = ", ".join(row.version for row in list_versions(session, project, name)) or "none"
        raise NotFoundError(f"the model {project}.{name} has no version {wanted!r}; it has: {known}")
    return found


def add_version(session: Session, version: ModelVersion, *, activate: bool) -> ModelVersion:
    """Adds the version, and the model with its first one; the first version is always active."""
    model = session.get(SavedModel, (version.project, version.name))
    if model is None:
        model = SavedModel(
            project=version.project,
            name=version.name,
            active_version=None,
            created_at_us=version.created_at_us,
        )
        session.add(model)
        session.flush()
    if session.get(ModelVersion, (version.project, version.name, version.version)) is not None:
        raise ConflictError(
            f"the model {version.project}.{version.name} has a version {version.version} already; "
            "versions are never changed: choose another name"
        )
    session.add(version)
    if activate or model.active_version is None:
        model.active_version = version.version
    session.flush()
    return version


def activate_version(session: Session, project: str, name: str, version: str) -> SavedModel:
    model = get_model(session, project, name)
    model.active_version = get_version(session, project, name, version).version
    session.flush()
    return model
