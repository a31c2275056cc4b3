"""Which engine a model version gets: the row plan if it passes the gate, else the original in a worker.

Writes the plan's files, builds the very model that a node would load from them, and compares.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wakeline.core.errors import WakelineError
from wakeline.core.schema import ModelSchema
from wakeline.packaging.boundary import list_boundary_rows
from wakeline.packaging.parity import (
    TOLERANCE,
    Comparison,
    ScoreRows,
    call_original,
    compare_engine,
    sample_rows,
    score_original,
    time_one_row,
)
from wakeline.scoring.manifest import PLAN_NAME, TREES_NAME, Engine, OriginalInput, Parity, Refusal
from wakeline.scoring.plan import Plan, Trees, decode_plan, encode_plan
from wakeline.scoring.row_plan import RowPlanModel
from wakeline.scoring.tree_nodes import TreeNodes, decode_nodes

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChosenEngine:
    """`score` is the engine as a node would run it (the original: in this process)."""

    parity: Parity
    reason: str
    score: ScoreRows
    files: tuple[str, ...]


def choose_engine(
    model: Any, schema: ModelSchema, expected: OriginalInput, rows: Sequence[Row], folder: Path
) -> ChosenEngine:
    original = score_original(model, schema, expected)
    time_before = time_one_row(call_original(model, schema, expected), rows)
    files, refusal = _write_plan(model, schema, expected, folder)
    if refusal is None:
        plan, nodes = _read_plan(folder, files)
        comparison, engine = _try_plan(original, schema, rows, plan, nodes)
        if comparison.reason is None:
            return _accept(engine, comparison, rows, files, time_before=time_before)
        refusal = comparison.reason
    for name in files:
        (folder / name).unlink()
    return _fall_back(original, refusal, time_before=time_before)


def _write_plan(
    model: Any, schema: ModelSchema, expected: OriginalInput, folder: Path
) -> tuple[tuple[str, ...], str | None]:
    """The files written, or why there is no plan."""
    from wakeline.packaging.conversion import convert_model
    from wakeline.packaging.symbols import NotConvertibleError

    try:
        converted = convert_model(model, schema, expected)
        data = encode_plan(converted.plan)
        decode_plan(data)
    except NotConvertibleError as error:
        return (), str(error)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, WakelineError) as error:
        # The shape of a fitted model is its library's affair: what we do not understand we do not convert.
        return (), f"the model could not be read: {type(error).__name__}: {error}"
    (folder / PLAN_NAME).write_bytes(data)
    if converted.nodes is None:
        return (PLAN_NAME,), None
    (folder / TREES_NAME).write_bytes(converted.nodes)
    return (PLAN_NAME, TREES_NAME), None


def _read_plan(folder: Path, files: Sequence[str]) -> tuple[Plan, bytes | None]:
    nodes = (folder / TREES_NAME).read_bytes() if TREES_NAME in files else None
    return decode_plan((folder / PLAN_NAME).read_bytes()), nodes


def _try_plan(
    original: ScoreRows,
    schema: ModelSchema,
    rows: Sequence[Row],
    plan: Plan,
    nodes: bytes | None,
) -> tuple[Comparison, ScoreRows]:
    engine = RowPlanModel(plan, nodes, schema, ("", "")).score
    sample = sample_rows(rows)
    boundary = list_boundary_rows(schema, sample, plan, _list_trees(plan, nodes))
    return compare_engine(original, engine, schema, sample, boundary), engine


def _list_trees(plan: Plan, nodes: bytes | None) -> list[TreeNodes]:
    if nodes is None or not isinstance(plan.estimator, Trees):
        return []
    return decode_nodes(nodes, plan.estimator, plan.width)


def _accept(
    engine: ScoreRows,
    comparison: Comparison,
    rows: Sequence[Row],
    files: tuple[str, ...],
    *,
    time_before: float,
) -> ChosenEngine:
    parity = Parity(
        engine=Engine.ROW_PLAN,
        rows=comparison.rows,
        boundary_rows=comparison.boundary_rows,
        largest_difference=comparison.largest_difference,
        flips=comparison.flips,
        tolerance=TOLERANCE,
        us_per_row_before=time_before,
        us_per_row_after=time_one_row(lambda row: engine([row]), rows),
    )
    reason = (
        f"the row plan agrees with the original on {comparison.rows} reference rows and "
        f"{comparison.boundary_rows} boundary cases: largest difference {comparison.largest_difference:.1g}, "
        "no other class"
    )
    return ChosenEngine(parity, reason, engine, files)


def _fall_back(original: ScoreRows, refusal: str, *, time_before: float) -> ChosenEngine:
    """What the original answers once it was saved is compared later; its time is the same."""
    parity = Parity(
        engine=Engine.ORIGINAL,
        rows=0,
        boundary_rows=0,
        largest_difference=0.0,
        flips=0,
        tolerance=TOLERANCE,
        us_per_row_before=time_before,
        us_per_row_after=time_before,
        refused=(Refusal(str(Engine.ROW_PLAN), refusal),),
    )
    return ChosenEngine(parity, f"the row plan was refused: {refusal}", original, ())
