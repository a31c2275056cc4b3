"""What serves: projects, saved models, services, infrastructures, deployments, and where their events go.

Model versions and service versions are immutable rows; the files they describe stand under the home at
`path`, always relative to it, so that a home can be moved.
"""

from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Integer
from sqlalchemy.orm import Mapped, mapped_column

from wakeline.metadata.record import MomentUs, Name, ProjectKey, Record


class Project(Record):
    __tablename__ = "projects"

    key: Mapped[ProjectKey] = mapped_column(primary_key=True)
    name: Mapped[Name]
    created_at_us: Mapped[MomentUs]


class SavedModel(Record):
    """`active_version` is what a service or recipe set to `active` resolves to."""

    __tablename__ = "models"

    project: Mapped[ProjectKey] = mapped_column(ForeignKey("projects.key"), primary_key=True)
    name: Mapped[Name] = mapped_column(primary_key=True)
    active_version: Mapped[Name | None]
    created_at_us: Mapped[MomentUs]


class ModelVersion(Record):
    """`manifest` is the version's `model.json` as it was when the version arrived."""

    __tablename__ = "model_versions"
    __table_args__ = (ForeignKeyConstraint(["project", "name"], ["models.project", "models.name"]),)

    project: Mapped[ProjectKey] = mapped_column(primary_key=True)
    name: Mapped[Name] = mapped_column(primary_key=True)
    version: Mapped[Name] = mapped_column(primary_key=True)
    path: Mapped[Name]
    manifest: Mapped[dict[str, Any]]
    created_at_us: Mapped[MomentUs]


class Service(Record):
    __tablename__ = "services"

    project: Mapped[ProjectKey] = mapped_column(ForeignKey("projects.key"), primary_key=True)
    service_id: Mapped[Name] = mapped_column(primary_key=True)
    created_at_us: Mapped[MomentUs]


class ServiceEndpoint(Record):
    """`version` is `active` or a model version; it is resolved when the service is published."""

    __tablename__ = "service_endpoints"
    __table_args__ = (
        ForeignKeyConstraint(["project", "service_id"], ["services.project", "services.service_id"]),
    )

    project: Mapped[ProjectKey] = mapped_column(primary_key=True)
    service_id: Mapped[Name] = mapped_column(primary_key=True)
    endpoint_id: Mapped[Name] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[Name]
    model: Mapped[Name]
    version: Mapped[Name]


class ServiceVersion(Record):
    """A published package; `endpoints` holds each endpoint with the model version that it was given."""

    __tablename__ = "service_versions"
    __table_args__ = (
        ForeignKeyConstraint(["project", "service_id"], ["services.project", "services.service_id"]),
    )

    project: Mapped[ProjectKey] = mapped_column(primary_key=True)
    service_id: Mapped[Name] = mapped_column(primary_key=True)
    generation: Mapped[Name] = mapped_column(primary_key=True)
    path: Mapped[Name]
    endpoints: Mapped[list[Any]]
    created_at_us: Mapped[MomentUs]


class Infrastructure(Record):
    """`settings` as in `deployer.infrastructures`."""

    __tablename__ = "infrastructures"

    id: Mapped[Name] = mapped_column(primary_key=True)
    type: Mapped[Name]
    stage: Mapped[Name]
    settings: Mapped[dict[str, Any]]
    created_at_us: Mapped[MomentUs]


class Deployment(Record):
    """A service's generation on an infrastructure; `settings` as in `deployer.deployments`: its own alone."""

    __tablename__ = "deployments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["project", "service_id", "generation"],
            ["service_versions.project", "service_versions.service_id", "service_versions.generation"],
        ),
    )

    deployment_id: Mapped[Name] = mapped_column(primary_key=True)
    project: Mapped[ProjectKey]
    service_id: Mapped[Name]
    generation: Mapped[Name]
    infrastructure_id: Mapped[Name] = mapped_column(ForeignKey("infrastructures.id"))
    settings: Mapped[dict[str, Any]]
    created_at_us: Mapped[MomentUs]


class Node(Record):
    """An API node of a deployment and the ports that it keeps; `slot` counts a machine's nodes from 0."""

    __tablename__ = "nodes"

    node_id: Mapped[Name] = mapped_column(primary_key=True)
    deployment_id: Mapped[Name] = mapped_column(ForeignKey("deployments.deployment_id"), index=True)
    slot: Mapped[int] = mapped_column(Integer, unique=True)
    port: Mapped[int] = mapped_column(Integer)
    admin_port: Mapped[int] = mapped_column(Integer)


class Connection(Record):
    """A place. `settings` of a folder: {"root": path, absolute or relative to the home}; of a bucket:
    `queries.places.S3Settings`, without its secret. `tested`: what the last test found, null before one."""

    __tablename__ = "connections"

    id: Mapped[Name] = mapped_column(primary_key=True)
    type: Mapped[Name]
    settings: Mapped[dict[str, Any]]
    tested: Mapped[dict[str, Any] | None]
    created_at_us: Mapped[MomentUs]


class Destination(Record):
    """Where events go. `topics` and `routing_keys` are filters, null for all; `keys` are the ids of those
    that it takes events from, null for any that is not tied.

    Rows are kept for `retention_days` from their arrival, null for ever. `since_rules_version` is the version
    of the rules that brought it.
    """

    __tablename__ = "destinations"

    id: Mapped[Name] = mapped_column(primary_key=True)
    connection_id: Mapped[Name] = mapped_column(ForeignKey("connections.id"))
    path: Mapped[Name]
    topics: Mapped[list[str] | None]
    routing_keys: Mapped[list[str] | None]
    keys: Mapped[list[str] | None]
    retention_days: Mapped[int | None]
    since_rules_version: Mapped[int] = mapped_column(Integer)
    created_at_us: Mapped[MomentUs]
