"""The shapes that the serving routes answer with; the front end's types are generated from them."""

from typing import Literal

from pydantic import Field, JsonValue

from wakeline.server.answers import Answer, Moment


class ProcessAnswer(Answer):
    name: str
    pid: int | None
    state: str
    port: int | None
    restarts: int


class HealthAnswer(Answer):
    """`degraded` while a supervised process is not running."""

    status: Literal["ok", "degraded"]
    version: str
    home: str
    processes: list[ProcessAnswer]


class ProjectAnswer(Answer):
    key: str
    name: str
    created_at: Moment = Field(validation_alias="created_at_us")


class ModelAnswer(Answer):
    project: str
    name: str
    active_version: str | None
    created_at: Moment = Field(validation_alias="created_at_us")


class ModelVersionSummary(Answer):
    version: str
    active: bool
    task: str
    engine: str
    engine_reason: str
    reference_rows: int
    created_at: Moment


class ModelDetail(Answer):
    project: str
    name: str
    active_version: str | None
    created_at: Moment
    versions: list[ModelVersionSummary]


class ModelVersionAnswer(ModelVersionSummary):
    """`manifest` is the version's `model.json`."""

    project: str
    name: str
    manifest: dict[str, JsonValue]


class EndpointAnswer(Answer):
    endpoint_id: str
    kind: str
    model: str
    version: str


class PublishedEndpointAnswer(Answer):
    endpoint_id: str
    kind: str
    model: str
    model_version: str


class GenerationAnswer(Answer):
    project: str
    service_id: str
    generation: str
    endpoints: list[PublishedEndpointAnswer]
    created_at: Moment = Field(validation_alias="created_at_us")


class ServiceAnswer(Answer):
    """`generations` are the names of what is published, oldest first."""

    project: str
    service_id: str
    endpoints: list[EndpointAnswer]
    generations: list[str]
    created_at: Moment


class ReportingKeyAnswer(Answer):
    """Which key the shippers show. A key is never answered; `ending` are the last letters of an own one."""

    source: Literal["home", "own"]
    ending: str | None


class InfrastructureAnswer(Answer):
    """`event_servers` is null for the home's own; the log switches hold for deployments that set none."""

    id: str
    type: str
    stage: str
    event_servers: list[str] | None
    reporting_key: ReportingKeyAnswer
    ca_file: str | None
    log_queries: bool
    log_inputs: bool
    log_outputs: bool
    created_at: Moment


class ChangedInfrastructureAnswer(InfrastructureAnswer):
    """`restarted`: the deployments whose nodes run with the new settings now."""

    restarted: list[str]


class NodeAnswer(Answer):
    """`state`: running, starting (it does not answer yet), restarting (it ended), stopped."""

    node_id: str
    url: str
    admin_url: str
    pid: int | None
    state: str
    restarts: int


class DeployedEndpointAnswer(PublishedEndpointAnswer):
    """`url` is what callers post queries to, on the deployment's first node."""

    url: str


class DeploymentAnswer(Answer):
    """`shipper` is the shipper's own report, null before its first. `settings` are those that hold; the ones
    named in `inherited` are the infrastructure's."""

    deployment_id: str
    project: str
    service_id: str
    generation: str
    infrastructure_id: str
    settings: dict[str, JsonValue]
    inherited: list[str]
    created_at: Moment
    endpoints: list[DeployedEndpointAnswer]
    nodes: list[NodeAnswer]
    shipper: dict[str, JsonValue] | None


class DeployedAnswer(DeploymentAnswer):
    """`changed` is false where the generation was there already."""

    changed: bool


class QueryAnswer(Answer):
    """What the node answered, with its status, to the one call that was made."""

    url: str
    status: int
    elapsed_ms: float
    answer: JsonValue


class StreamStatusAnswer(Answer):
    """`accepted` to `oldest_age_s` since the spools exist, the rest since the event server's start. `here` is
    false for a stream that comes from elsewhere: `accepted` and `stored` are then the event server's own.
    """

    stream: str
    topic: str
    routing_key: str
    endpoint: str
    here: bool
    accepted: int
    stored: int
    spooled: int
    dropped: dict[str, int]
    dead_letters: int
    oldest_age_s: float | None
    duplicate: int
    gaps: int
    lag_s: float | None
    last_commit: str | None
    last_error: str | None
    destinations: list[str]
    has_destination: bool


class EventsStatusAnswer(Answer):
    """Each part's own report; null with the reason in `unavailable` where it does not answer.

    The counts are those of this home's spools since they exist; while nothing is in flight, `accepted` =
    `stored` + `spooled` + `dropped` + `dead_letters`.
    """

    accepted: int
    stored: int
    spooled: int
    dropped: int
    dropped_by_reason: dict[str, int]
    dead_letters: int
    streams: list[StreamStatusAnswer]
    warnings: list[str]
    event_server: dict[str, JsonValue] | None
    gateway: dict[str, JsonValue] | None
    shippers: list[dict[str, JsonValue]]
    unavailable: dict[str, str]
