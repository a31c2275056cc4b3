"""What a model expects and answers: features with type, role, range and levels; task; classes."""

from dataclasses import dataclass
from enum import StrEnum


class FeatureType(StrEnum):
    """The JSON type of a feature, and its column's type in the log."""

    DOUBLE = "double"
    BOOLEAN = "boolean"
    STRING = "string"


class FeatureRole(StrEnum):
    """How drift treats a feature."""

    NUMERICAL = "numerical"
    CATEGORICAL = "categorical"


class MissingPolicy(StrEnum):
    """What a missing or null value gets: the model's own treatment, or a refusal."""

    AS_TRAINED = "as_trained"
    REFUSE = "refuse"


class Task(StrEnum):
    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"


@dataclass(frozen=True, slots=True)
class Feature:
    """One input of a model, as seen in its training rows.

    `minimum` and `maximum` are set for numbers, `levels` (most frequent first, at most 1 000) for texts.
    `missing_rate` is the share of null training rows, in [0, 1].
    """

    name: str
    type: FeatureType
    role: FeatureRole
    missing: MissingPolicy
    missing_rate: float
    minimum: float | None = None
    maximum: float | None = None
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelSchema:
    """`classes` are `class_name` texts in the order of the model's probabilities; empty for a regression.

    `threshold` is the probability of the positive class (the last of two) from which it is predicted.
    """

    task: Task
    features: tuple[Feature, ...]
    target: str
    classes: tuple[str, ...] = ()
    threshold: float | None = None

    @property
    def positive_class(self) -> str | None:
        return self.classes[1] if self.task is Task.BINARY else None

    @property
    def feature_names(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.features)
