"""A reading: one number with its precision, or *not computed* with the reason. Never NaN, never silence."""

import math
from dataclasses import dataclass
from typing import Self

_NUMBERS = (
    "value",
    "lower",
    "upper",
    "p_value",
    "resolution",
    "reference_value",
    "reference_lower",
    "reference_upper",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """`metric` is a name of the catalogue; `column` is None for a reading of the whole table.

    Exactly one of `value` and `not_computed` is set. `lower` and `upper` bound the 95 % interval,
    `resolution` is how far a value derived from cells may be from the one of the rows (0: exact).
    `reference_value` is the same metric on the reference, where it has one, with its own 95 % interval.
    """

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

    def __post_init__(self) -> None:
        if (self.value is None) == (self.not_computed is None):
            raise AssertionError(f"reading {self.metric}: either a value or a reason, not both or neither")
        for name in _NUMBERS:
            number = getattr(self, name)
            if number is not None and not math.isfinite(number):
                raise AssertionError(f"reading {self.metric}: {name} is {number}")

    @classmethod
    def without_value(cls, metric: str, reason: str, column: str | None = None) -> Self:
        return cls(metric=metric, column=column, not_computed=reason)
