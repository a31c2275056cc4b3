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


class EndpointOverviewAnswer(Answer):
    """The last 30 days with rows and the last 30 windows, in the order of time."""

    endpoint_id: str
    model: str | None
    configured: bool
    status: Status | None
    store: str | None
    row_count: int
    volume: list[VolumePointAnswer]
    drift: list[DriftPointAnswer]
    sentence: str | None


class DeploymentOverviewAnswer(Answer):
    deployment_id: str
    service_id: str
    infrastructure_id: str
    generation: str
    status: Status
    endpoints: list[EndpointOverviewAnswer]


class ProjectOverviewAnswer(Answer):
    key: str
    name: str
    status: Status
    model_count: int
    service_count: int
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
    """Days with rows, in order; `window` is null before the first event has arrived."""

    window: str | None
    row_count: int
    days: list[ActivityDayAnswer]
