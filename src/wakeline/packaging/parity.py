"""The gate: an engine is taken only if it answers as the original does, on reference rows and boundary cases.

A difference above the tolerance, another class, or an answer where the original refuses (or the other way
round) refuses the engine, and the reason is kept in the model version. The same holds for the original as it
was saved, against the model that was given.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from wakeline.core.errors import InvalidInputError
from wakeline.core.schema import ModelSchema, Task
from wakeline.packaging.reference import list_rows
from wakeline.scoring.input_frame import build_input
from wakeline.scoring.manifest import OriginalInput
from wakeline.scoring.predictor import predict_frame, predict_rows
from wakeline.scoring.score import Score

TOLERANCE = 1e-6
REFERENCE_ROWS_MAX = 5_000
ROUND_TRIP_ROWS_MAX = 5_000
SAVED_BATCH_ROWS = 500
SAVED_SINGLES_MAX = 60
_TIMED_SECONDS = 0.15
_TIMED_ROWS_MAX = 200
_SEED = 11
_ALONE = ", asked alone,"

Row = dict[str, Any]
ScoreRows = Callable[[Sequence[Row]], list[Score]]
Outcome = Score | None
"""None: the row is refused."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`reason` is None if the engine agrees."""

    rows: int
    boundary_rows: int
    largest_difference: float
    flips: int
    reason: str | None


def sample_rows(rows: Sequence[Row]) -> list[Row]:
    if len(rows) <= REFERENCE_ROWS_MAX:
        return list(rows)
    return random.Random(_SEED).sample(list(rows), REFERENCE_ROWS_MAX)  # noqa: S311 - a sample, not a secret


def call_original(model: Any, schema: ModelSchema, expected: OriginalInput) -> Callable[[Row], Any]:
    """One row as one would serve the original without us: one call, nothing checked."""
    has_probas = schema.task is not Task.REGRESSION and hasattr(model, "predict_proba")
    predict = model.predict_proba if has_probas else model.predict
    return lambda row: predict(build_input([row], expected))


def score_original(model: Any, schema: ModelSchema, expected: OriginalInput) -> ScoreRows:
    """A row on which the model fails, in whatever way, is one that it refuses."""

    def score(rows: Sequence[Row]) -> list[Score]:
        try:
            return predict_rows(model, rows, expected, schema)
        except InvalidInputError:
            raise
        except Exception as error:
            raise InvalidInputError(f"the model fails: {type(error).__name__}: {error}") from error

    return score


def check_round_trip(
    model: Any, schema: ModelSchema, expected: OriginalInput, features: pd.DataFrame
) -> None:
    """The model has to answer the reference's own rows as it answers them once they came as JSON."""
    sample = features.iloc[:ROUND_TRIP_ROWS_MAX]
    given = predict_frame(model, sample.to_numpy() if expected.as_array else sample, schema)
    rebuilt = score_original(model, schema, expected)(list_rows(sample))
    for index, (wanted, found) in enumerate(zip(given, rebuilt, strict=True)):
        _, _, problem = _compare(schema, wanted, found, "")
        if problem is not None:
            raise InvalidInputError(
                f"row {index} of the reference gets another answer when its features come as JSON numbers, "
                "booleans and texts; expected a model that depends on nothing else, such as the index"
            )


def ask_each(score: ScoreRows, rows: Sequence[Row]) -> list[Outcome]:
    """All rows at once; where that is refused, halves, down to the refused rows."""
    if not rows:
        return []
    try:
        return list(score(rows))
    except InvalidInputError:
        if len(rows) == 1:
            return [None]
    middle = len(rows) // 2
    return ask_each(score, rows[:middle]) + ask_each(score, rows[middle:])


def ask_one_by_one(score: ScoreRows, rows: Sequence[Row]) -> list[Outcome]:
    return [outcome for row in rows for outcome in ask_each(score, [row])]


def compare_engine(
    original: ScoreRows, engine: ScoreRows, schema: ModelSchema, rows: Sequence[Row], boundary: Sequence[Row]
) -> Comparison:
    """The engine is asked in batches and row by row: both have to agree with the original."""
    cases = [*rows, *boundary]
    expected = ask_each(original, cases)
    together, alone = ask_each(engine, cases), ask_one_by_one(engine, cases)
    parts = [("", list(enumerate(together))), (_ALONE, list(enumerate(alone)))]
    return _compare_answers(schema, expected, parts, (len(rows), len(boundary)), "the row plan")


def compare_saved(
    original: ScoreRows, saved: ScoreRows, schema: ModelSchema, rows: Sequence[Row], boundary: Sequence[Row]
) -> Comparison:
    """As an engine, but for the time that an original takes: some rows only are asked alone."""
    cases = [*rows, *boundary]
    expected = ask_each(original, cases)
    batches = [cases[start : start + SAVED_BATCH_ROWS] for start in range(0, len(cases), SAVED_BATCH_ROWS)]
    together = [outcome for batch in batches for outcome in ask_each(saved, batch)]
    chosen = random.Random(_SEED).sample(range(len(cases)), min(len(cases), SAVED_SINGLES_MAX))  # noqa: S311
    alone = [(case, ask_each(saved, [cases[case]])[0]) for case in chosen]
    parts = [("", list(enumerate(together))), (_ALONE, alone)]
    return _compare_answers(schema, expected, parts, (len(rows), len(boundary)), "the saved model")


def _compare_answers(
    schema: ModelSchema,
    expected: Sequence[Outcome],
    parts: Sequence[tuple[str, Sequence[tuple[int, Outcome]]]],
    counts: tuple[int, int],
    engine: str,
) -> Comparison:
    """`parts` are answers by the number of their case, each with how they were asked for."""
    largest, flips, reason = 0.0, 0, None
    for manner, answers in parts:
        for case, found in answers:
            difference, flipped, problem = _compare(schema, expected[case], found, engine)
            largest = max(largest, difference)
            flips += flipped
            if reason is None and problem is not None:
                place = "a reference row" if case < counts[0] else "a boundary case"
                reason = f"{place}{manner} {problem}"
    return Comparison(*counts, largest, flips, reason)


def _compare(
    schema: ModelSchema, wanted: Outcome, found: Outcome, engine: str
) -> tuple[float, int, str | None]:
    if wanted is None or found is None:
        same = wanted is found
        who = (
            "is refused by the original and answered"
            if wanted is None
            else "is answered by the original and refused"
        )
        return 0.0, 0, None if same else f"{who} by {engine}"
    if schema.task is Task.REGRESSION:
        number = float(wanted.prediction)
        difference = abs(number - float(found.prediction)) / max(1.0, abs(number))
        return difference, 0, None if difference <= TOLERANCE else f"differs by {difference:.2g} (relative)"
    difference = _compare_probas(wanted, found)
    if wanted.prediction != found.prediction:
        return (
            difference,
            1,
            f"is {wanted.prediction!r} for the original and {found.prediction!r} for {engine}",
        )
    return difference, 0, None if difference <= TOLERANCE else f"differs by {difference:.2g} in a probability"


def _compare_probas(wanted: Score, found: Score) -> float:
    if wanted.probas is None or found.probas is None:
        return 0.0
    return max(abs(one - other) for one, other in zip(wanted.probas, found.probas, strict=True))


def time_one_row(call: Callable[[Row], Any], rows: Sequence[Row]) -> float:
    """Median CPU microseconds of one row scored alone."""
    durations: list[int] = []
    deadline = time.monotonic() + _TIMED_SECONDS
    for row in list(rows)[:_TIMED_ROWS_MAX] * 2:
        start = time.process_time_ns()
        call(row)
        durations.append(time.process_time_ns() - start)
        if time.monotonic() > deadline and len(durations) >= 5:
            break
    return sorted(durations)[len(durations) // 2] / 1000 if durations else 0.0
