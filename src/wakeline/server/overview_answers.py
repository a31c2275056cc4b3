"""The shapes of the overview and of an endpoint's activity."""

from typing import Annotated

from pydantic import BeforeValidator

from wakeline.core.status import Status
from wakeline.server.answers import Answer

Day = Annotated[str, BeforeValidator(str)]


class VolumePointAnswer(Answer):
    day: Day
    row_count: int


class DriftPointAnswer(Answer):
    """`value` is the share of drifted features, null where it was not computed."""

    evaluation_id: str
    window: str
    value: float | None
    status: Status


class VerdictAnswer(Answer):
    """The evaluation of the latest window; `status` is its own, not the checks'."""

    evaluation_id: str
    window: str
    status: Status
    sentence: str


class EndpointOverviewAnswer(Answer):
    """The last 90 days with rows and the last 30 windows, in the order of time. `status` is the worst of the
    checks' latest outcomes, null before the first evaluation."""

    endpoint_id: str
    model: str
    model_version: str
    configured: bool
    status: Status | None
    store: str | None
    row_count: int
    volume: list[VolumePointAnswer]
    drift: list[DriftPointAnswer]
    latest: VerdictAnswer | None


class DeploymentOverviewAnswer(Answer):
    deployment_id: str
    service_id: str
    infrastructure_id: str
    generation: str
    node_states: list[str]
    status: Status
    endpoints: list[EndpointOverviewAnswer]


class ServiceOverviewAnswer(Answer):
    service_id: str
    generation_count: int


class ModelOverviewAnswer(Answer):
    name: str
    active_version: str | None


class ProjectOverviewAnswer(Answer):
    key: str
    name: str
    status: Status
    models: list[ModelOverviewAnswer]
    services: list[ServiceOverviewAnswer]
    deployments: list[DeploymentOverviewAnswer]


class OverviewAnswer(Answer):
    """`status` is the worst of all."""

    status: Status
    projects: list[ProjectOverviewAnswer]


class ActivityDayAnswer(Answer):
    """`p50_us` and `p95_us` are of the node's own time for a query, null where timings are not logged."""

    day: Day
    row_count: int
    error_count: int
    error_share: float
    p50_us: float | None
    p95_us: float | None
    distinct_ips: int
    distinct_keys: int
    generations: list[str]


class ActivityAnswer(Answer):
    """Days with rows, in order. `first_day` and `last_day` are the whole log's; they and `window` are null
    before the first event has arrived."""

    window: str | None
    first_day: str | None
    last_day: str | None
    row_count: int
    days: list[ActivityDayAnswer]
