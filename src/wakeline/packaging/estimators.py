"""Fitted scikit-learn estimators as the last part of a plan: linear ones as coefficients, trees as nodes.

Each conversion says how the model links raw numbers to its answer, which way a tie falls, and whether it
takes NaN. What is not listed here is `NotConvertibleError`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import (
    BayesianRidge,
    ElasticNet,
    ElasticNetCV,
    GammaRegressor,
    HuberRegressor,
    Lasso,
    LassoCV,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    PoissonRegressor,
    Ridge,
    RidgeCV,
    SGDRegressor,
)
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from wakeline.packaging.symbols import Column, NotConvertibleError
from wakeline.packaging.transformers import apply_transformer
from wakeline.scoring.plan import Linear, Link, Trees
from wakeline.scoring.tree_nodes import LEAF, TreeNodes, encode_nodes


@dataclass(frozen=True, slots=True)
class Converted:
    """`columns` are what the estimator compares or weighs, in its own order."""

    estimator: Linear | Trees
    link: Link
    columns: tuple[Column, ...]
    tie_positive: bool = False
    takes_nan: bool = False
    nodes: bytes | None = None


def convert_estimator(model: Any, columns: Sequence[Column]) -> Converted:
    for types, convert in _RULES:
        if type(model) in types:
            return convert(model, columns)
    raise NotConvertibleError(f"the estimator {type(model).__name__} is not known to the row plan")


def _convert_logistic(model: Any, columns: Sequence[Column]) -> Converted:
    link = Link.SIGMOID if len(model.classes_) == 2 else Link.SOFTMAX
    return Converted(_read_linear(model), link, tuple(columns))


def _convert_linear(model: Any, columns: Sequence[Column]) -> Converted:
    return Converted(_read_linear(model), Link.IDENTITY, tuple(columns))


def _convert_log_linear(model: Any, columns: Sequence[Column]) -> Converted:
    return Converted(_read_linear(model), Link.EXP, tuple(columns))


def _read_linear(model: Any) -> Linear:
    coefficients = np.atleast_2d(np.asarray(model.coef_, dtype=np.float64))
    intercepts = np.broadcast_to(
        np.asarray(model.intercept_, dtype=np.float64).reshape(-1), len(coefficients)
    )
    return Linear(
        coefficients=tuple(tuple(row) for row in coefficients.tolist()), intercepts=tuple(intercepts.tolist())
    )


def _convert_tree(model: Any, columns: Sequence[Column]) -> Converted:
    return _convert_forest_of([model], model, columns)


def _convert_forest(model: Any, columns: Sequence[Column]) -> Converted:
    return _convert_forest_of(list(model.estimators_), model, columns)


def _convert_forest_of(trees: list[Any], model: Any, columns: Sequence[Column]) -> Converted:
    if model.n_outputs_ != 1:
        raise NotConvertibleError("the model has several outputs")
    outputs = len(model.classes_) if is_classifier(model) else 1
    all_nodes = [_read_tree(tree.tree_, outputs, 1.0) for tree in trees]
    estimator = Trees(
        node_counts=tuple(len(nodes.feature) for nodes in all_nodes),
        leaf_count=sum(nodes.leaf_count for nodes in all_nodes),
        leaf_width=outputs,
        baseline=(0.0,) * outputs,
        divisor=float(len(trees)),
        narrow=True,
    )
    link = Link.SHARES if is_classifier(model) else Link.IDENTITY
    return Converted(
        estimator, link, tuple(columns), takes_nan=_takes_nan(trees[0]), nodes=encode_nodes(all_nodes)
    )


def _takes_nan(tree: Any) -> bool:
    return bool(tree.__sklearn_tags__().input_tags.allow_nan)


def _read_tree(tree: Any, outputs: int, scale: float) -> TreeNodes:
    is_leaf = tree.children_left == LEAF
    values = tree.value[:, 0, :outputs] * scale if scale != 1.0 else tree.value[:, 0, :outputs]
    leaf_index = np.cumsum(is_leaf) - 1
    missing_left = getattr(tree, "missing_go_to_left", np.zeros(tree.node_count, dtype=np.uint8))
    return TreeNodes.from_lists(
        feature=np.where(is_leaf, LEAF, tree.feature).tolist(),
        threshold=np.where(is_leaf, 0.0, tree.threshold).tolist(),
        left=np.where(is_leaf, leaf_index, tree.children_left).tolist(),
        right=np.where(is_leaf, leaf_index, tree.children_right).tolist(),
        missing_left=np.where(is_leaf, 0, missing_left).tolist(),
        categorical=[0] * tree.node_count,
        values=values[is_leaf].ravel().tolist(),
        leaf_count=int(is_leaf.sum()),
    )


def _convert_boosting(model: Any, columns: Sequence[Column]) -> Converted:
    baseline = _read_boosting_baseline(model, len(columns))
    outputs = len(baseline)
    all_nodes = [
        _read_tree(tree.tree_, 1, model.learning_rate) for stage in model.estimators_ for tree in stage
    ]
    link = Link.IDENTITY
    if is_classifier(model):
        single = Link.SIGMOID_TWICE if model.loss == "exponential" else Link.SIGMOID
        link = single if outputs == 1 else Link.SOFTMAX
    return Converted(
        _describe_boosting(all_nodes, baseline, narrow=True),
        link,
        tuple(columns),
        tie_positive=True,
        nodes=encode_nodes(all_nodes),
    )


def _read_boosting_baseline(model: Any, width: int) -> list[float]:
    """The raw numbers before the first tree; an `init` that looks at the row has none."""
    if not isinstance(model.init_, str) and type(model.init_).__name__ not in (
        "DummyClassifier",
        "DummyRegressor",
    ):
        raise NotConvertibleError("GradientBoosting starts from another model (init)")
    raw = model._raw_predict_init(np.zeros((1, width), dtype=np.float32))
    return [float(value) for value in raw[0]]


def _describe_boosting(
    all_nodes: list[TreeNodes],
    baseline: list[float],
    *,
    narrow: bool,
    category_sets: tuple[tuple[int, ...], ...] = (),
) -> Trees:
    return Trees(
        node_counts=tuple(len(nodes.feature) for nodes in all_nodes),
        leaf_count=sum(nodes.leaf_count for nodes in all_nodes),
        leaf_width=1,
        baseline=tuple(baseline),
        narrow=narrow,
        category_sets=category_sets,
    )


def _convert_hist(model: Any, columns: Sequence[Column]) -> Converted:
    category_sets: list[tuple[int, ...]] = []
    all_nodes = [
        _read_hist_tree(predictor, category_sets) for stage in model._predictors for predictor in stage
    ]
    baseline = [float(value) for value in model._baseline_prediction[0]]
    estimator = _describe_boosting(all_nodes, baseline, narrow=False, category_sets=tuple(category_sets))
    return Converted(
        estimator,
        _find_hist_link(model, len(baseline)),
        tuple(_encode_categories(model, columns)),
        takes_nan=True,
        nodes=encode_nodes(all_nodes),
    )


def _find_hist_link(model: Any, outputs: int) -> Link:
    if is_classifier(model):
        return Link.SIGMOID if outputs == 1 else Link.SOFTMAX
    return Link.EXP if model.loss in ("poisson", "gamma") else Link.IDENTITY


def _encode_categories(model: Any, columns: Sequence[Column]) -> list[Column]:
    """The model's own preprocessing: categorical columns first, as ordinal codes."""
    is_categorical = model.is_categorical_
    if is_categorical is None:
        return list(columns)
    encoder = model._preprocessor.named_transformers_["encoder"]
    categorical = [column for column, is_one in zip(columns, is_categorical, strict=True) if is_one]
    others = [column for column, is_one in zip(columns, is_categorical, strict=True) if not is_one]
    return [*apply_transformer(encoder, categorical, None), *others]


def _read_hist_tree(predictor: Any, category_sets: list[tuple[int, ...]]) -> TreeNodes:
    nodes = predictor.nodes
    is_leaf = nodes["is_leaf"].astype(bool)
    categorical = nodes["is_categorical"].astype(bool) & ~is_leaf
    first_set = len(category_sets)
    category_sets.extend(_read_bits(bits) for bits in predictor.raw_left_cat_bitsets)
    threshold = np.where(categorical, nodes["bitset_idx"] + float(first_set), nodes["num_threshold"])
    leaf_index = np.cumsum(is_leaf) - 1
    return TreeNodes.from_lists(
        feature=np.where(is_leaf, LEAF, nodes["feature_idx"]).tolist(),
        threshold=np.where(is_leaf, 0.0, threshold).tolist(),
        left=np.where(is_leaf, leaf_index, nodes["left"]).tolist(),
        right=np.where(is_leaf, leaf_index, nodes["right"]).tolist(),
        missing_left=np.where(is_leaf, 0, nodes["missing_go_to_left"]).tolist(),
        categorical=categorical.astype(int).tolist(),
        values=nodes["value"][is_leaf].tolist(),
        leaf_count=int(is_leaf.sum()),
    )


def _read_bits(words: Any) -> tuple[int, ...]:
    """The members of a bit set of eight 32-bit words."""
    return tuple(
        32 * index + bit for index, word in enumerate(words.tolist()) for bit in range(32) if word >> bit & 1
    )


_Rule = Callable[[Any, Sequence[Column]], Converted]
_RULES: tuple[tuple[tuple[type, ...], _Rule], ...] = (
    ((LogisticRegression, LogisticRegressionCV), _convert_logistic),
    (
        (
            LinearRegression,
            Ridge,
            RidgeCV,
            Lasso,
            LassoCV,
            ElasticNet,
            ElasticNetCV,
            BayesianRidge,
            HuberRegressor,
            SGDRegressor,
        ),
        _convert_linear,
    ),
    ((PoissonRegressor, GammaRegressor), _convert_log_linear),
    (
        (DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor),
        _convert_tree,
    ),
    (
        (RandomForestClassifier, RandomForestRegressor, ExtraTreesClassifier, ExtraTreesRegressor),
        _convert_forest,
    ),
    ((GradientBoostingClassifier, GradientBoostingRegressor), _convert_boosting),
    ((HistGradientBoostingClassifier, HistGradientBoostingRegressor), _convert_hist),
)
