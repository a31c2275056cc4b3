"""The shapes that the monitoring panel reads: the plan, what Configure made, how it stands, what went."""

from typing import Literal

from wakeline.core.status import Status
from wakeline.evaluation.settings import EvaluateRecipe
from wakeline.server.answers import Answer, EvaluationSummary, Moment, PartAnswer
from wakeline.server.telling_answers import (
    AlertAnswer,
    CheckAnswer,
    MailAnswer,
    PresetAnswer,
    ScheduleAnswer,
    WebhookAnswer,
)


class PlannedPart(Answer):
    """`exists`: it stands already and is taken over as it is."""

    name: str
    exists: bool


class PlannedDataset(PlannedPart):
    connection_id: str
    path: str


class PlannedRecipe(PlannedPart):
    dataset: str
    model: str
    store: str
    settings: EvaluateRecipe


class PlannedSchedule(Answer):
    exists: bool
    cron: str
    time_zone: str
    window_rule: str
    next_due_at: Moment | None
    next_window: str | None


class PlannedCheck(PresetAnswer):
    exists: bool


class PlannedAlert(PlannedPart):
    target: WebhookAnswer | MailAnswer


class PlanAnswer(Answer):
    """What Configure will make, or would with the changes of its body. Without an address there is no alert.

    `changes` is false where everything stands already."""

    deployment_id: str
    endpoint_id: str
    project: str
    model: str
    zone: PlannedPart
    dataset: PlannedDataset
    recipe: PlannedRecipe
    store: PlannedPart
    schedule: PlannedSchedule | None
    checks: list[PlannedCheck]
    alerts: list[PlannedAlert]
    ground_truth_key: Literal["prediction_id"]
    changes: bool


class ConfiguredAnswer(Answer):
    """`moved`: objects that stood in no zone and were put into the monitoring's."""

    created: list[PartAnswer]
    existing: list[PartAnswer]
    moved: list[PartAnswer]
    zone: str
    dataset: str
    recipe: str
    store: str
    changed: bool


class KeptAnswer(PartAnswer):
    reason: str


class RemovedAnswer(Answer):
    """`kept`: parts that something else still needs. Logs and labels always stay."""

    removed: list[PartAnswer]
    kept: list[KeptAnswer]
    changed: bool


class MonitoringAnswer(Answer):
    """What watches an endpoint. The log's figures are null before the first event has arrived; `status` is
    null before the first evaluation."""

    deployment_id: str
    endpoint_id: str
    project: str
    model: str
    configured: bool
    status: Status | None
    zone: str | None
    dataset: str | None
    recipe: str | None
    store: str | None
    schedule: ScheduleAnswer | None
    checks: list[CheckAnswer]
    alerts: list[AlertAnswer]
    ground_truth_key: Literal["prediction_id"] = "prediction_id"
    log_path: str
    log_row_count: int | None
    log_first_day: str | None
    log_last_day: str | None
    evaluation_count: int
    latest: EvaluationSummary | None
