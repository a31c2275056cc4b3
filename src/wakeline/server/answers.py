"""The shapes that the monitoring routes answer with; the front end's types are generated from them.

Built from rows by attribute; times leave as RFC 3339 in UTC.
"""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, WithJsonSchema

from wakeline.core.clock import format_rfc3339
from wakeline.core.status import Status
from wakeline.evaluation.settings import EvaluateRecipe


def _format_moment(value: object) -> object:
    return format_rfc3339(value) if isinstance(value, int) else value


Moment = Annotated[
    str, BeforeValidator(_format_moment), WithJsonSchema({"type": "string", "format": "date-time"})
]
Item = TypeVar("Item")


class Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True, populate_by_name=True)


class Listed(Answer, Generic[Item]):
    """`next_cursor` is null on the last page."""

    items: list[Item]
    next_cursor: str | None = None


class BrowseEntry(Answer):
    """`name` as it was given, `path` as it lies on disk below the connection's root."""

    name: str
    kind: Literal["folder", "log-table"]
    path: str
    row_count: int | None = None


class BrowseAnswer(Answer):
    path: str
    kind: Literal["folder", "log-table"]
    entries: list[BrowseEntry]


class DatasetAnswer(Answer):
    project: str
    name: str
    kind: str
    connection_id: str
    path: str
    topic: str
    routing_key: str
    endpoint: str
    zone: str | None = None
    created_at: Moment = Field(validation_alias="created_at_us")


class LogColumnAnswer(Answer):
    name: str
    type: Literal["double", "string", "boolean", "long", "timestamp", "date"]


class LogPartitionAnswer(Answer):
    day: str
    row_count: int
    bytes: int
    file_count: int


class DatasetDetail(DatasetAnswer):
    """`state` is `empty` before the first event has arrived. `is_api_node_log`: its columns are those that
    API nodes fill for each query."""

    state: Literal["empty", "present"]
    is_api_node_log: bool
    row_count: int
    columns: list[LogColumnAnswer]
    partitions: list[LogPartitionAnswer]


Cell = bool | int | float | str | None


class PreviewAnswer(Answer):
    """The first rows by column name; `row_count` counts all of the window, or of the table."""

    columns: list[LogColumnAnswer]
    rows: list[dict[str, Cell]]
    row_count: int


class ZoneAnswer(Answer):
    id: str
    project: str
    name: str
    created_at: Moment = Field(validation_alias="created_at_us")


class PartAnswer(Answer):
    kind: str
    name: str


class FlowItemAnswer(PartAnswer):
    status: Status | None


class FlowZoneAnswer(Answer):
    """`id` is null for the default zone."""

    id: str | None
    name: str
    items: list[FlowItemAnswer]


class FlowEdgeAnswer(Answer):
    source: PartAnswer
    target: PartAnswer


class FlowAnswer(Answer):
    project: str
    zones: list[FlowZoneAnswer]
    edges: list[FlowEdgeAnswer]


class RecipeAnswer(Answer):
    project: str
    name: str
    kind: str
    dataset: str
    model: str
    store: str
    zone: str | None = None
    settings: EvaluateRecipe
    created_at: Moment = Field(validation_alias="created_at_us")
    updated_at: Moment = Field(validation_alias="updated_at_us")


class ReadingAnswer(Answer):
    """Exactly one of `value` and `not_computed` is set; `column` is null for a reading of the whole table."""

    metric: str
    column: str | None = None
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    p_value: float | None = None
    resolution: float | None = None
    reference_value: float | None = None
    reference_lower: float | None = None
    reference_upper: float | None = None
    not_computed: str | None = None


class FeatureVerdict(Answer):
    name: str
    role: str
    importance: float | None = None
    status: Status
    drifted: bool


class NumericalCountsAnswer(Answer):
    """`counts` by bin, `below` and `above` of all bins; `quantiles` at 1, 5, 25, 50, 75, 95 and 99 %."""

    counts: list[int]
    below: int
    above: int
    missing: int
    minimum: float | None
    maximum: float | None
    mean: float | None
    quantiles: list[float] | None


class LevelCountsAnswer(Answer):
    counts: list[int]
    rest: int
    missing: int


class LevelsAndRowsAnswer(Answer):
    levels: int
    rows: int


class ColumnDistributionAnswer(Answer):
    """`is_output`: of the model's answer. Without a current side `not_computed` says why."""

    column: str
    is_output: bool
    not_computed: str | None


class NumericalDistributionAnswer(ColumnDistributionAnswer):
    """Bin i holds what lies above edge i and up to edge i + 1; where `single`, only its upper edge."""

    role: Literal["numerical"]
    edges: list[float]
    single: bool
    reference: NumericalCountsAnswer
    current: NumericalCountsAnswer | None


class LevelDistributionAnswer(ColumnDistributionAnswer):
    """`levels`: the most frequent. `unseen` stand in the current side alone, `vanished` in the reference."""

    role: Literal["categorical"]
    levels: list[str]
    rest_levels: int | None
    unseen: LevelsAndRowsAnswer | None
    vanished: LevelsAndRowsAnswer | None
    reference: LevelCountsAnswer
    current: LevelCountsAnswer | None


DistributionAnswer = Annotated[
    NumericalDistributionAnswer | LevelDistributionAnswer, Field(discriminator="role")
]


class LabelsAnswer(Answer):
    """The join of a window's predictions with the labels: a sample of the unmatched ids, all counted."""

    labelled: int
    waiting: int
    unmatched: int
    unmatched_ids: list[str]
    corrected: int = 0


class EvaluationSummary(Answer):
    """The latest revision of an evaluation, with the readings of the whole table."""

    id: str
    project: str
    store: str
    name: str
    recipe: str
    window: str
    status: Status
    sentence: str
    row_count: int
    model: str
    model_version: str
    revision: int
    readings: list[ReadingAnswer]
    created_at: Moment


class RevisionAnswer(Answer):
    revision: int
    status: Status
    sentence: str
    row_count: int
    model_version: str
    created_at: Moment = Field(validation_alias="created_at_us")


class EvaluationAnswer(EvaluationSummary):
    """One revision whole: every reading, every feature's verdict, and what it was made from.

    `distributions` is empty in evaluations of before they were kept.
    """

    reference_row_count: int
    model_version_setting: str
    deployment_id: str | None
    features: list[FeatureVerdict]
    distributions: list[DistributionAnswer] = []
    labels: LabelsAnswer | None
    settings: dict[str, JsonValue]
    fingerprint: str
    library_versions: dict[str, str]
    code_version: str
    job_id: str | None
    revisions: list[RevisionAnswer]


class StoreAnswer(Answer):
    """`latest` is the evaluation of the latest window; `status` the worst of the checks' latest outcomes, or
    the latest evaluation's where there is no check, null before the first evaluation."""

    project: str
    name: str
    zone: str | None = None
    status: Status | None
    evaluation_count: int
    latest: EvaluationSummary | None
    recipes: list[str]
    created_at: Moment


class ProblemAnswer(Answer):
    """RFC 9457, as in a failed request."""

    type: str
    title: str
    status: int
    detail: str
    details: dict[str, JsonValue] = {}


class JobLineAnswer(Answer):
    at: Moment = Field(validation_alias="at_us")
    text: str


class JobSummary(Answer):
    id: str
    project: str | None
    kind: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    progress: float
    message: str
    arguments: dict[str, JsonValue]
    result: dict[str, JsonValue] | None
    error: ProblemAnswer | None
    cancel_requested: bool
    created_at: Moment = Field(validation_alias="created_at_us")
    started_at: Moment | None = Field(validation_alias="started_at_us")
    finished_at: Moment | None = Field(validation_alias="finished_at_us")


class JobAnswer(JobSummary):
    log: list[JobLineAnswer] = []
