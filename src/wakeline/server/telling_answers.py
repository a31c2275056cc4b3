"""The shapes that the routes of checks, schedules and alerts answer with."""

from typing import Literal

from pydantic import Field

from wakeline.core.status import Status
from wakeline.monitoring.ranges import Scope
from wakeline.server.answers import Answer, Moment
from wakeline.statistics.catalogue import Compared


class RuleAnswer(Answer):
    """`rule` says all of it in words. A bound that is null does not bind; reaching one breaches it."""

    metric: str
    scope: Scope
    column: str | None = None
    compared: Compared
    error_min: float | None
    warning_min: float | None
    warning_max: float | None
    error_max: float | None
    beyond_chance: bool
    rows_min: int
    consecutive: int
    rule: str


class CheckResultAnswer(Answer):
    """`found` is the outcome by the range alone, `outcome` the one after consecutive runs.

    `enabled`: the check is on now, so that its outcome counts.
    """

    check_id: str
    name: str
    enabled: bool
    evaluation_id: str
    revision: int
    window: str
    outcome: Status
    found: Status
    column: str | None
    value: float | None
    reference_value: float | None
    rule: str
    sentence: str
    created_at: Moment


class CheckAnswer(RuleAnswer):
    """`latest` is null before the first evaluation, and while the check is switched off."""

    id: str
    project: str
    store: str
    name: str
    enabled: bool
    latest: CheckResultAnswer | None
    created_at: Moment
    updated_at: Moment


class PresetAnswer(RuleAnswer):
    """What the catalogue proposes for a metric."""

    name: str


class ScheduleRunAnswer(Answer):
    """`outcome`: `EMPTY` where the window had no rows; null until the job is done."""

    due_at: Moment
    window: str
    job_id: str
    state: str
    outcome: Status | None
    message: str
    attempt: int


class ScheduleAnswer(Answer):
    """`window_rule`: last-closed-day, last-<n>-days, previous-week or previous-month."""

    id: str
    project: str
    recipe: str
    cron: str
    time_zone: str
    window_rule: str
    enabled: bool
    next_due_at: Moment | None
    next_window: str | None
    last_run: ScheduleRunAnswer | None
    created_at: Moment = Field(validation_alias="created_at_us")
    updated_at: Moment = Field(validation_alias="updated_at_us")


class WebhookAnswer(Answer):
    """The secret never leaves; `signed` says whether there is one."""

    kind: Literal["webhook"]
    url: str
    signed: bool


class MailAnswer(Answer):
    """The password never leaves; `has_password` says whether there is one."""

    kind: Literal["mail"]
    host: str
    port: int
    security: Literal["none", "starttls", "tls"]
    username: str | None
    has_password: bool
    sender: str
    recipients: list[str]


class DeliveryAnswer(Answer):
    """`event`: change, recovery or test. `next_attempt_at` is null once it is delivered or given up."""

    id: str
    alert_id: str
    event: str
    state: Literal["pending", "delivered", "failed"]
    attempts: int
    text: str
    last_error: str | None
    next_attempt_at: Moment | None
    created_at: Moment
    finished_at: Moment | None


class AlertAnswer(Answer):
    """`told_status` is the last status that was told, or that stood when there was nothing to tell."""

    id: str
    project: str
    store: str
    name: str
    target: WebhookAnswer | MailAnswer = Field(discriminator="kind")
    enabled: bool
    told_status: Status | None
    last_delivery: DeliveryAnswer | None
    created_at: Moment
    updated_at: Moment
