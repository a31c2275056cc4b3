"""The row plan as a model: `plan.json` (and `trees.bin`) built into closures when the version is loaded.

Holds no array library for linear models; trees load numpy, for batches only. Every answer is finite.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from wakeline.core.errors import BrokenFileError, InvalidInputError
from wakeline.core.schema import FeatureType, ModelSchema, Task
from wakeline.scoring.blocks import Row
from wakeline.scoring.linear import build_linear
from wakeline.scoring.links import Decision, apply_regression_link, build_decision
from wakeline.scoring.manifest import PLAN_NAME, TREES_NAME, Engine, Manifest, verify_files
from wakeline.scoring.plan import Linear, Plan, decode_plan
from wakeline.scoring.score import Score

Compute = Callable[[Row], Sequence[float]]
ComputeBatch = Callable[[Sequence[Row]], Sequence[Sequence[float]]]

BATCH_ROWS_MIN = 8
DEFAULT_THRESHOLD = 0.5


class RowPlanModel:
    """A loaded plan; it holds nothing that must be closed and may be called from any thread."""

    blocks = False
    engine = str(Engine.ROW_PLAN)

    def __init__(
        self, plan: Plan, nodes: bytes | None, schema: ModelSchema, identity: tuple[str, str]
    ) -> None:
        self.schema = schema
        self.model_id, self.model_version = identity
        self._compute, self._compute_batch = _build_estimator(plan, nodes)
        self._answer = _build_answer(plan, schema)

    def score(self, rows: Sequence[Mapping[str, Any]]) -> list[Score]:
        answer = self._answer
        try:
            if self._compute_batch is not None and len(rows) >= BATCH_ROWS_MIN:
                return [answer(raw) for raw in self._compute_batch(rows)]
            compute = self._compute
            return [answer(compute(row)) for row in rows]
        except (TypeError, ValueError, OverflowError) as error:
            raise find_misfit(self.schema, rows, error) from error

    def close(self) -> None:
        """Nothing to give back."""


def load_row_plan(folder: Path, manifest: Manifest) -> RowPlanModel:
    names = [name for name in (PLAN_NAME, TREES_NAME) if name in manifest.files or name == PLAN_NAME]
    verify_files(folder, manifest, names)
    plan = decode_plan((folder / PLAN_NAME).read_bytes())
    nodes = (folder / TREES_NAME).read_bytes() if TREES_NAME in names else None
    return RowPlanModel(plan, nodes, manifest.schema, (manifest.model_id, manifest.version))


def find_misfit(schema: ModelSchema, rows: Sequence[Row], error: Exception) -> InvalidInputError:
    """Names the first value whose type is not the schema's, after a row could not be scored."""
    for index, row in enumerate(rows):
        for feature in schema.features:
            value = row.get(feature.name)
            if value is not None and not _fits(value, feature.type):
                return InvalidInputError(
                    f"the feature {feature.name!r} is {value!r}; expected a {feature.type}",
                    details={"feature": feature.name, "row": index},
                )
    return InvalidInputError(f"the row cannot be scored: {error}")


def _fits(value: object, type_: FeatureType) -> bool:
    match type_:
        case FeatureType.STRING:
            return isinstance(value, str)
        case FeatureType.BOOLEAN:
            return isinstance(value, bool)
        case FeatureType.DOUBLE:
            return isinstance(value, int | float)


def _build_estimator(plan: Plan, nodes: bytes | None) -> tuple[Compute, ComputeBatch | None]:
    if isinstance(plan.estimator, Linear):
        return build_linear(plan, plan.estimator), None
    if nodes is None:
        raise BrokenFileError(f"the row plan has trees, but there is no {TREES_NAME}")
    from wakeline.scoring.trees import build_trees

    return build_trees(plan, plan.estimator, nodes)


def _build_answer(plan: Plan, schema: ModelSchema) -> Callable[[Sequence[float]], Score]:
    if schema.task is Task.REGRESSION:
        return _build_regression_answer(plan)
    decide = build_decision(plan.link, tie_positive=plan.tie_positive)
    classes = schema.classes
    if schema.task is Task.BINARY and schema.threshold not in (None, DEFAULT_THRESHOLD):
        return _build_threshold_answer(decide, classes, schema.threshold or 0.0)

    def answer(raw: Sequence[float]) -> Score:
        probas, winner = decide(raw)
        if not math.isfinite(probas[0]):
            raise InvalidInputError("the model's answer is not a finite number for this row")
        return Score(classes[winner], probas)

    return answer


def _build_threshold_answer(
    decide: Callable[[Sequence[float]], Decision], classes: Sequence[str], threshold: float
) -> Callable[[Sequence[float]], Score]:
    """With a threshold of its own the positive class is answered from that probability on."""

    def answer(raw: Sequence[float]) -> Score:
        probas, _ = decide(raw)
        if not math.isfinite(probas[1]):
            raise InvalidInputError("the model's answer is not a finite number for this row")
        return Score(classes[probas[1] >= threshold], probas)

    return answer


def _build_regression_answer(plan: Plan) -> Callable[[Sequence[float]], Score]:
    link = plan.link

    def answer(raw: Sequence[float]) -> Score:
        prediction = apply_regression_link(link, raw[0])
        if not math.isfinite(prediction):
            raise InvalidInputError("the model's answer is not a finite number for this row")
        return Score(prediction)

    return answer
