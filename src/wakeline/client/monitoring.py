"""Client calls of the monitoring half: datasets, Flow, recipes, stores, evaluations, jobs, labels."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from wakeline.client.calls import Calls, Document, join_path, without_missing
from wakeline.client.transport import build_error
from wakeline.core.errors import ConflictError, InvalidInputError, UnavailableError

_POLL_SECONDS = 0.2


class MonitoringCalls(Calls):
    """Each method answers what its route does."""

    def list_datasets(self, project: str | None = None) -> list[Document]:
        return self._list("/datasets", project=project)

    def create_dataset(
        self, project: str, name: str, *, path: str, connection_id: str = "local", zone: str | None = None
    ) -> Document:
        """`path` is topic/routing key/endpoint below the connection."""
        body = without_missing(
            project=project, name=name, kind="log", connection_id=connection_id, path=path, zone=zone
        )
        return self._post("/datasets", body)

    def read_dataset(self, project: str, name: str) -> Document:
        return self._get(join_path("datasets", project, name))

    def preview_dataset(
        self, project: str, name: str, *, limit: int = 100, window: str | None = None
    ) -> Document:
        return self._get(join_path("datasets", project, name, "preview"), limit=limit, window=window)

    def delete_dataset(self, project: str, name: str) -> None:
        """The dataset goes; the log that it looks at stays."""
        self._transport.call("DELETE", join_path("datasets", project, name))

    def list_zones(self, project: str) -> list[Document]:
        return self._list("/zones", project=project)

    def create_zone(self, project: str, name: str) -> Document:
        return self._post("/zones", {"project": project, "name": name})

    def rename_zone(self, zone_id: str, name: str) -> Document:
        return self._patch(join_path("zones", zone_id), {"name": name})

    def delete_zone(self, zone_id: str) -> None:
        """Its items stand in the default zone afterwards."""
        self._transport.call("DELETE", join_path("zones", zone_id))

    def move_items(self, zone_id: str, items: Sequence[Mapping[str, str]]) -> Document:
        """Each item: `kind` and `name`."""
        body = {"items": [dict(item) for item in items]}
        return self._post(join_path("zones", zone_id, "actions", "move"), body)

    def read_flow(self, project: str) -> Document:
        return self._get("/flow", project=project)

    def list_recipes(self, project: str | None = None) -> list[Document]:
        return self._list("/recipes", project=project)

    def create_recipe(
        self,
        project: str,
        name: str,
        *,
        dataset: str,
        model: str,
        store: str,
        settings: Mapping[str, Any] | None = None,
        zone: str | None = None,
    ) -> Document:
        body = without_missing(
            project=project,
            name=name,
            kind="evaluate",
            dataset=dataset,
            model=model,
            store=store,
            settings=None if settings is None else dict(settings),
            zone=zone,
        )
        return self._post("/recipes", body)

    def read_recipe(self, project: str, name: str) -> Document:
        return self._get(join_path("recipes", project, name))

    def change_recipe(self, project: str, name: str, settings: Mapping[str, Any]) -> Document:
        return self._patch(join_path("recipes", project, name), {"settings": dict(settings)})

    def delete_recipe(self, project: str, name: str) -> None:
        """With its schedules; the evaluations that it made stay in their store."""
        self._transport.call("DELETE", join_path("recipes", project, name))

    def run_recipe(self, project: str, name: str, window: str) -> Document:
        """The job that evaluates the window; `wait_for_job` waits for it."""
        return self._post(join_path("recipes", project, name, "actions", "run"), {"window": window})

    def list_stores(self, project: str | None = None) -> list[Document]:
        return self._list("/stores", project=project)

    def create_store(self, project: str, name: str, *, zone: str | None = None) -> Document:
        return self._post("/stores", without_missing(project=project, name=name, zone=zone))

    def read_store(self, project: str, name: str) -> Document:
        return self._get(join_path("stores", project, name))

    def delete_store(self, project: str, name: str) -> None:
        """With its evaluations, checks and alerts; `ConflictError` while a recipe fills it."""
        self._transport.call("DELETE", join_path("stores", project, name))

    def list_evaluations(
        self, project: str | None = None, store: str | None = None, *, limit: int | None = None
    ) -> list[Document]:
        """The latest window first; all of them unless `limit` says otherwise."""
        return self._transport.list_all("/evaluations", {"project": project, "store": store}, limit)

    def read_evaluation(self, evaluation_id: str, revision: int | None = None) -> Document:
        """The latest revision unless another is named."""
        return self._get(join_path("evaluations", evaluation_id), revision=revision)

    def read_report(self, evaluation_id: str, revision: int | None = None) -> str:
        """An evaluation as one HTML file that needs nothing else."""
        path = join_path("evaluations", evaluation_id, "report")
        return self._transport.read_text(path, {"revision": revision})

    def list_jobs(self, project: str | None = None, *, limit: int | None = None) -> list[Document]:
        return self._transport.list_all("/jobs", {"project": project}, limit)

    def read_job(self, job_id: str) -> Document:
        return self._get(join_path("jobs", job_id))

    def cancel_job(self, job_id: str) -> Document:
        return self._post(join_path("jobs", job_id, "actions", "cancel"))

    def follow_job(self, job_id: str) -> Iterator[Document]:
        """The whole job at each change, the last time in its final state."""
        return self._transport.follow(join_path("jobs", job_id, "events"))

    def wait_for_job(
        self,
        job_id: str,
        *,
        progress: Callable[[float, str], None] | None = None,
        seconds_max: float | None = None,
    ) -> Document:
        """The job once it is done; a failed one raises its own error, a cancelled one `ConflictError`."""
        deadline = None if seconds_max is None else time.monotonic() + seconds_max
        while True:
            job = self.read_job(job_id)
            if progress is not None:
                progress(float(job["progress"]), str(job["message"]))
            match job["state"]:
                case "done":
                    return job
                case "failed":
                    raise _explain_failure(job)
                case "cancelled":
                    raise ConflictError(f"the job {job_id} was cancelled; run it again")
            if deadline is not None and time.monotonic() > deadline:
                raise UnavailableError(
                    f"the job {job_id} is {job['state']} after {seconds_max:g} s; it goes on"
                )
            time.sleep(_POLL_SECONDS)

    def configure_monitoring(self, deployment_id: str, endpoint_id: str, **wishes: Any) -> Document:
        """Makes what is missing to watch the endpoint; a second call changes nothing and says so.

        `wishes` change parts of the plan: zone, dataset, recipe, store, schedule, checks, alert."""
        path = join_path("deployments", deployment_id, "endpoints", endpoint_id)
        return self._post(f"{path}/actions/configure-monitoring", wishes)

    def plan_monitoring(self, deployment_id: str, endpoint_id: str) -> Document:
        """What Configure will make."""
        return self._get(
            join_path("deployments", deployment_id, "endpoints", endpoint_id, "monitoring", "plan")
        )

    def remove_monitoring(self, deployment_id: str, endpoint_id: str) -> Document:
        """Takes all of it away, evaluations too; the logs stay."""
        path = join_path("deployments", deployment_id, "endpoints", endpoint_id)
        return self._post(f"{path}/actions/remove-monitoring")

    def read_overview(self) -> Document:
        return self._get("/overview")

    def read_activity(self, deployment_id: str, endpoint_id: str, *, window: str | None = None) -> Document:
        """By day: rows, errors, latency, callers, generations."""
        path = join_path("deployments", deployment_id, "endpoints", endpoint_id, "activity")
        return self._get(path, window=window)

    def read_monitoring(self, deployment_id: str, endpoint_id: str) -> Document:
        return self._get(join_path("deployments", deployment_id, "endpoints", endpoint_id, "monitoring"))

    def read_label_report(
        self, deployment_id: str, endpoint_id: str, *, window: str | None = None
    ) -> Document:
        """How many predictions are labelled or waiting, by day too; which labels match none; delays."""
        path = join_path("deployments", deployment_id, "endpoints", endpoint_id, "labels")
        return self._get(path, window=window)

    def sample_labels(
        self,
        deployment_id: str,
        endpoint_id: str,
        path: str | Path,
        *,
        rows: int = 100,
        window: str | None = None,
        strategy: str = "random",
    ) -> int:
        """Writes rows to label to a CSV or Parquet file, by the name's ending; returns its bytes.

        `strategy`: `random`, `uncertain` or `newest`. `wakeline label import` takes the file back.
        """
        query = {"rows": rows, "window": window, "strategy": strategy, "format": _find_form(path)}
        place = join_path("deployments", deployment_id, "endpoints", endpoint_id, "labels", "sample")
        return self._transport.download(place, query, Path(path))

    def download_training_rows(
        self, deployment_id: str, endpoint_id: str, path: str | Path, *, window: str | None = None
    ) -> int:
        """Writes the labelled rows as Parquet, with the model's own names and types; returns its bytes."""
        place = join_path("deployments", deployment_id, "endpoints", endpoint_id, "training")
        return self._transport.download(place, {"window": window}, Path(path))


def _find_form(path: str | Path) -> str:
    suffix = Path(path).suffix.lower()
    if suffix not in {".csv", ".parquet"}:
        raise InvalidInputError(
            f"found the file {str(path)!r}, expected a name that ends in .csv or .parquet"
        )
    return suffix.removeprefix(".")


def _explain_failure(job: Document) -> Exception:
    problem = job.get("error") or {}
    return build_error(int(problem.get("status", 500)), json.dumps(problem))
