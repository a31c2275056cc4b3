"""The settings of an Evaluate recipe as they are stored and as the API takes them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from wakeline.core.errors import InvalidInputError
from wakeline.core.window import parse_window

ACTIVE_VERSION = "active"
ALL_VERSIONS = "all"
Choice = Literal["auto"] | bool


def _check_window(text: str) -> str:
    try:
        return str(parse_window(text))
    except InvalidInputError as error:
        raise ValueError(error.message) from error


class ReferenceWindow(BaseModel, extra="forbid", frozen=True):
    """The answered rows of a window of a log dataset of the same project."""

    dataset: str = Field(min_length=1, max_length=255)
    window: Annotated[str, AfterValidator(_check_window)]


class EvaluateRecipe(BaseModel, extra="forbid", frozen=True):
    """What stays the same from run to run; the window is given with each run."""

    model_version: str = Field(default=ACTIVE_VERSION, min_length=1, max_length=255)
    """`active` (resolved at each run; the evaluation keeps what it was), the id of a version, or `all`: rows
    of every version together, against the reference of the active one."""

    handle_as_api_node_logs: Choice = "auto"
    """Read the dataset as the log of API nodes; `auto`: where it has their columns."""

    reference: ReferenceWindow | None = None
    """What the window is compared with; null: the reference of the model version."""

    filter_model_version: bool = True
    """Only rows that the evaluated version answered; for `all` it says nothing."""

    filter_deployment_id: str | None = None
    """Only rows of this deployment; null: of all."""

    skip_performance: Choice = "auto"
    """`auto`: skipped while there is no ground truth for the window."""

    sample_rows_max: int = Field(default=50_000, ge=1_000, le=1_000_000)
    """Rows of each side that what needs rows (the domain classifier) may take."""

    seed: int = Field(default=2013, ge=0, lt=2**32)
    """Of the sample; the same settings over the same rows give the same readings."""
