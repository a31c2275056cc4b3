"""Client calls of the serving half: projects, models, services, infrastructures, deployments, events."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from wakeline.client.calls import Calls, Document, join_path, without_missing

_UPLOAD_SECONDS_MAX = 600.0
_DEPLOY_SECONDS_MAX = 180.0
_CHUNK_BYTES = 1 << 20


class ServingCalls(Calls):
    """Each method answers what its route does."""

    def list_projects(self) -> list[Document]:
        return self._list("/projects")

    def create_project(self, key: str, name: str = "") -> Document:
        return self._post("/projects", {"key": key, "name": name})

    def read_project(self, key: str) -> Document:
        return self._get(join_path("projects", key))

    def list_models(self, project: str | None = None) -> list[Document]:
        return self._list("/models", project=project)

    def read_model(self, project: str, name: str) -> Document:
        return self._get(join_path("models", project, name))

    def read_model_version(self, project: str, name: str, version: str = "active") -> Document:
        return self._get(join_path("models", project, name, "versions", version))

    def upload_model_version(
        self,
        project: str,
        name: str,
        archive_path: bytes | Path,
        version: str | None = None,
        activate: bool = True,
        *,
        trust_pickle: bool = False,
    ) -> Document:
        """A zip of a model folder; a file is streamed. `version` replaces the archive's own."""
        made: Document = self._transport.call(
            "POST",
            join_path("models", project, name, "versions"),
            query={"version": version, "activate": activate, "trust_pickle": trust_pickle},
            content=archive_path if isinstance(archive_path, bytes) else _read_chunks(archive_path),
            seconds_max=_UPLOAD_SECONDS_MAX,
        )
        return made

    def activate_model_version(self, project: str, name: str, version: str) -> Document:
        return self._post(join_path("models", project, name, "actions", "activate"), {"version": version})

    def list_services(self, project: str | None = None) -> list[Document]:
        return self._list("/services", project=project)

    def create_service(
        self, project: str, service_id: str, endpoints: Sequence[Mapping[str, Any]]
    ) -> Document:
        """Each endpoint: `endpoint_id`, `model`, and perhaps `kind` and `version`."""
        listed = [dict(entry) for entry in endpoints]
        return self._post("/services", {"project": project, "service_id": service_id, "endpoints": listed})

    def read_service(self, project: str, service_id: str) -> Document:
        return self._get(join_path("services", project, service_id))

    def publish_service(self, project: str, service_id: str, generation: str | None = None) -> Document:
        """Without a name the generation is the next free `v<n>`."""
        path = join_path("services", project, service_id, "actions", "publish")
        return self._post(path, without_missing(generation=generation), seconds_max=_UPLOAD_SECONDS_MAX)

    def read_generation(self, project: str, service_id: str, generation: str) -> Document:
        return self._get(join_path("services", project, service_id, "generations", generation))

    def list_infrastructures(self) -> list[Document]:
        return self._list("/infrastructures")

    def create_infrastructure(
        self, infrastructure_id: str, *, kind: str = "local", stage: str | None = None
    ) -> Document:
        return self._post("/infrastructures", without_missing(id=infrastructure_id, type=kind, stage=stage))

    def read_infrastructure(self, infrastructure_id: str) -> Document:
        return self._get(join_path("infrastructures", infrastructure_id))

    def change_infrastructure(self, infrastructure_id: str, **changes: Any) -> Document:
        """Any of `stage`, `event_servers`, `reporting_key` (None: this home's) and the three log switches.

        Answers when the nodes that it concerns run with it.
        """
        path = join_path("infrastructures", infrastructure_id)
        return self._patch(path, changes, seconds_max=_DEPLOY_SECONDS_MAX)

    def list_deployments(self, project: str | None = None) -> list[Document]:
        return self._list("/deployments", project=project)

    def create_deployment(
        self,
        project: str,
        service_id: str,
        *,
        generation: str,
        infrastructure_id: str = "local",
        deployment_id: str | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> Document:
        """Answers when the deployment's node does."""
        body = without_missing(
            project=project,
            service_id=service_id,
            generation=generation,
            infrastructure_id=infrastructure_id,
            deployment_id=deployment_id,
            settings=None if settings is None else dict(settings),
        )
        return self._post("/deployments", body, seconds_max=_DEPLOY_SECONDS_MAX)

    def read_deployment(self, deployment_id: str) -> Document:
        return self._get(join_path("deployments", deployment_id))

    def change_deployment(self, deployment_id: str, settings: Mapping[str, Any]) -> Document:
        """Settings that are not named stay; the node restarts where one really changes."""
        path = join_path("deployments", deployment_id)
        return self._patch(path, {"settings": dict(settings)}, seconds_max=_DEPLOY_SECONDS_MAX)

    def delete_deployment(self, deployment_id: str, *, discard: bool = False) -> None:
        """Waits until the node's events are shipped; `discard` drops those that cannot be."""
        self._transport.call(
            "DELETE",
            join_path("deployments", deployment_id),
            query={"discard": discard},
            seconds_max=_DEPLOY_SECONDS_MAX,
        )

    def deploy_generation(self, deployment_id: str, generation: str) -> Document:
        path = join_path("deployments", deployment_id, "actions", "deploy")
        return self._post(path, {"generation": generation}, seconds_max=_DEPLOY_SECONDS_MAX)

    def query_deployment(self, deployment_id: str, endpoint_id: str, features: Mapping[str, Any]) -> Document:
        """One real query through the server; its `answer` is the node's, with the node's `status`."""
        path = join_path("deployments", deployment_id, "actions", "query")
        return self._post(path, {"endpoint_id": endpoint_id, "features": dict(features)})

    def read_event_status(self) -> Document:
        """How many events are accepted, stored, spooled, dropped, dead letters; each part's own report."""
        return self._get("/events/status")


def _read_chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
