"""What a model answers for one row."""

import msgspec


class Score(msgspec.Struct, frozen=True, gc=False):
    """`prediction` is a class's text, or the number of a regression; `probas` follow `schema.classes` and are
    None for a regression and for a model that gives none."""

    prediction: str | float
    probas: tuple[float, ...] | None = None
