"""Client calls of what tells: checks, schedules, alerts."""

from collections.abc import Mapping
from typing import Any

from wakeline.client.calls import Calls, Document, join_path


class TellingCalls(Calls):
    """Each method answers what its route does. Ids are those that the lists show."""

    def list_checks(self, project: str | None = None, store: str | None = None) -> list[Document]:
        return self._list("/checks", project=project, store=store)

    def create_check(self, project: str, store: str, name: str, **rule: Any) -> Document:
        """`rule`: `metric`, `scope`, and any of the rule's other fields."""
        return self._post("/checks", {"project": project, "store": store, "name": name, **rule})

    def read_check(self, check_id: str) -> Document:
        return self._get(join_path("checks", check_id))

    def change_check(self, check_id: str, **changes: Any) -> Document:
        return self._patch(join_path("checks", check_id), changes)

    def delete_check(self, check_id: str) -> None:
        self._transport.call("DELETE", join_path("checks", check_id))

    def list_check_results(self, check_id: str) -> list[Document]:
        """The newest first."""
        return self._list(join_path("checks", check_id, "results"))

    def list_check_presets(self) -> list[Document]:
        return self._list("/checks/presets")

    def list_schedules(self, project: str | None = None) -> list[Document]:
        return self._list("/schedules", project=project)

    def create_schedule(self, project: str, recipe: str, **fields: str) -> Document:
        """`fields`: any of `cron`, `time_zone`, `window_rule`."""
        return self._post("/schedules", {"project": project, "recipe": recipe, **fields})

    def read_schedule(self, schedule_id: str) -> Document:
        return self._get(join_path("schedules", schedule_id))

    def change_schedule(self, schedule_id: str, **changes: Any) -> Document:
        return self._patch(join_path("schedules", schedule_id), changes)

    def delete_schedule(self, schedule_id: str) -> None:
        self._transport.call("DELETE", join_path("schedules", schedule_id))

    def list_schedule_runs(self, schedule_id: str) -> list[Document]:
        """The latest due time first."""
        return self._list(join_path("schedules", schedule_id, "runs"))

    def list_alerts(self, project: str | None = None, store: str | None = None) -> list[Document]:
        return self._list("/alerts", project=project, store=store)

    def create_alert(self, project: str, store: str, name: str, target: Mapping[str, Any]) -> Document:
        """`target`: `kind` (webhook or mail) and its fields."""
        body = {"project": project, "store": store, "name": name, "target": dict(target)}
        return self._post("/alerts", body)

    def read_alert(self, alert_id: str) -> Document:
        return self._get(join_path("alerts", alert_id))

    def change_alert(self, alert_id: str, **changes: Any) -> Document:
        return self._patch(join_path("alerts", alert_id), changes)

    def delete_alert(self, alert_id: str) -> None:
        self._transport.call("DELETE", join_path("alerts", alert_id))

    def test_alert(self, alert_id: str) -> Document:
        """Sends one message at once; the delivery that it became."""
        return self._post(join_path("alerts", alert_id, "actions", "test"))

    def list_deliveries(self, alert_id: str) -> list[Document]:
        """The newest first."""
        return self._list(join_path("alerts", alert_id, "deliveries"))
