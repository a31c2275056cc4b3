"""Rows at the places where two implementations of one model part: missing values, unseen levels, extremes,
every level of the plan, and every tree threshold, numbers with their neighbours one float away. Bounded and
seeded."""

import math
import random
from collections.abc import Iterator, Sequence
from typing import Any

from wakeline.core.schema import Feature, FeatureType, ModelSchema
from wakeline.scoring.narrow import narrow
from wakeline.scoring.plan import Level, LevelsBlock, NumberBlock, Plan, Step, StepKind
from wakeline.scoring.tree_nodes import LEAF, TreeNodes

Row = dict[str, Any]

BASE_ROWS = 3
THRESHOLD_CASES_MAX = 12_000
PLAN_LEVEL_CASES_MAX = 6_000
LEVEL_CASES_MAX = 2_000
UNSEEN_LEVEL = "\u2603 a level that nobody has seen"
_SEED = 7


def list_boundary_rows(
    schema: ModelSchema, rows: Sequence[Row], plan: Plan | None, trees: Sequence[TreeNodes]
) -> list[Row]:
    """Each is one of a few reference rows with one feature changed; `plan` (if any) tells thresholds and
    levels."""
    if not rows:
        return []
    generator = random.Random(_SEED)  # noqa: S311 - a sample, not a secret
    bases = generator.sample(list(rows), min(BASE_ROWS, len(rows)))
    cases = [
        {**base, feature.name: value}
        for feature in schema.features
        for value in _list_odd_values(feature)
        for base in bases
    ]
    cases += [dict.fromkeys(schema.feature_names)]
    if plan is None:
        return cases
    thresholds = list(_list_threshold_values(plan, trees))
    if len(thresholds) > THRESHOLD_CASES_MAX:
        thresholds = generator.sample(thresholds, THRESHOLD_CASES_MAX)
    levels = list(dict.fromkeys(_list_plan_levels(plan)))
    if len(levels) > PLAN_LEVEL_CASES_MAX:
        levels = generator.sample(levels, PLAN_LEVEL_CASES_MAX)
    changes = [*thresholds, *levels]
    everyone = generator.choices(list(rows), k=len(changes))
    return cases + [{**base, name: value} for base, (name, value) in zip(everyone, changes, strict=True)]


def _list_odd_values(feature: Feature) -> list[Any]:
    match feature.type:
        case FeatureType.BOOLEAN:
            return [None, True, False]
        case FeatureType.STRING:
            return [None, UNSEEN_LEVEL, "", *feature.levels[:LEVEL_CASES_MAX]]
        case FeatureType.DOUBLE:
            low, high = feature.minimum or 0.0, feature.maximum or 0.0
            span = max(abs(low), abs(high), 1.0)
            edges = [low, high, math.nextafter(low, -math.inf), math.nextafter(high, math.inf)]
            return [None, 0.0, -0.0, 0.5, *edges, low - span, high + span, -1e6 * span, 1e6 * span, 1e-300]


def _list_threshold_values(plan: Plan, trees: Sequence[TreeNodes]) -> Iterator[tuple[str, float]]:
    """(feature, value): each threshold brought back through the steps, one float64 and one float32 around."""
    blocks = {block.output: block for block in plan.blocks if isinstance(block, NumberBlock)}
    seen: set[tuple[int, float]] = set()
    for tree in trees:
        for feature, threshold, categorical in zip(
            tree.feature, tree.threshold, tree.categorical, strict=True
        ):
            block = blocks.get(feature)
            if feature == LEAF or block is None or categorical or not math.isfinite(threshold):
                continue
            if (feature, threshold) not in seen:
                seen.add((feature, threshold))
                for value in _list_neighbours(_undo_steps(block.steps, threshold)):
                    yield block.feature, value


def _list_plan_levels(plan: Plan) -> Iterator[tuple[str, Level]]:
    """(feature, level): all that the plan knows, those too that no row of the reference has."""
    for block in plan.blocks:
        for entry in block.levels if isinstance(block, LevelsBlock) else ():
            if isinstance(entry.level, float):
                for value in _list_neighbours(entry.level):
                    yield block.feature, value
            else:
                yield block.feature, entry.level


def _undo_steps(steps: Sequence[Step], value: float) -> float:
    for step in reversed(steps):
        match step.kind:
            case StepKind.SUBTRACT:
                value += step.first
            case StepKind.DIVIDE:
                value *= step.first
            case StepKind.MULTIPLY:
                value = value / step.first if step.first else value
            case StepKind.ADD:
                value -= step.first
            case StepKind.CLIP:
                pass
    return value


def _list_neighbours(value: float) -> list[float]:
    near = [math.nextafter(value, -math.inf), value, math.nextafter(value, math.inf)]
    single = narrow(value)
    step = abs(single) * 2.0**-24
    around = [single - 2 * step, single, single + step, single + 2 * step]
    return [one for one in [*near, *around] if math.isfinite(one)]
