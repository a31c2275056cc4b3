"""Every estimator over every transformer that the row plan knows, against scikit-learn itself.

The rows are new ones, with missing values, unseen levels and extremes; scikit-learn is asked through a frame
that the test builds, row plans through the saved folder, in batches and row by row.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector
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
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    ElasticNet,
    GammaRegressor,
    HuberRegressor,
    Lasso,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
)
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.packaging.flights import CARRIERS, NUMBERS, TEXTS, make_flights
from wakeline.core.errors import InvalidInputError
from wakeline.packaging.model_version import save_model
from wakeline.scoring.manifest import read_manifest
from wakeline.scoring.model import load_model

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:overflow encountered in exp"),
]

Build = Callable[[], Any]
FEATURES = [*NUMBERS, *TEXTS]
UNUSED = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2)
NAN_CODES = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)


def _prepare(numbers: Any, texts: Any, **settings: Any) -> ColumnTransformer:
    return ColumnTransformer([("numbers", numbers, NUMBERS), ("texts", texts, TEXTS)], **settings)


def _impute_and(*steps: Any, **settings: Any) -> Pipeline:
    return make_pipeline(SimpleImputer(**settings), *steps)


def _one_hot(**settings: Any) -> OneHotEncoder:
    return OneHotEncoder(handle_unknown="ignore", **settings)


PREPARATIONS: dict[str, Build] = {
    "standard, one-hot": lambda: _prepare(
        _impute_and(StandardScaler()), _impute_and(_one_hot(), strategy="most_frequent")
    ),
    "min-max, one-hot without a level": lambda: _prepare(
        _impute_and(MinMaxScaler(clip=True), strategy="median"),
        _impute_and(_one_hot(drop="first", sparse_output=False), strategy="constant", fill_value="none"),
    ),
    "robust with indicator, one-hot of missing": lambda: _prepare(
        _impute_and(RobustScaler(), add_indicator=True), _one_hot(drop="if_binary")
    ),
    "max-abs, ordinal with codes for missing": lambda: _prepare(
        _impute_and(MaxAbsScaler(), strategy="constant", fill_value=-1.0), UNUSED
    ),
    "one-hot scaled again": lambda: make_pipeline(
        _prepare(_impute_and(), _one_hot(sparse_output=False), sparse_threshold=0), StandardScaler()
    ),
    "no mean, columns left over": lambda: ColumnTransformer(
        [
            (
                "texts",
                _impute_and(_one_hot(), strategy="most_frequent"),
                make_column_selector("carrier|origin"),
            ),
            ("wind", _impute_and(StandardScaler(with_mean=False)), ["wind"]),
            ("distance", "drop", ["distance"]),
        ],
        remainder=_impute_and(),
    ),
    "union and selection": lambda: make_pipeline(
        _prepare(
            FeatureUnion([("mean", _impute_and()), ("most", _impute_and(strategy="most_frequent"))]),
            _one_hot(),
            sparse_threshold=0,
        ),
        VarianceThreshold(),
        FunctionTransformer(),
        SelectKBest(k=8),
    ),
}

CLASSIFIERS: dict[str, Build] = {
    "logistic": lambda: LogisticRegression(max_iter=1000),
    "tree": lambda: DecisionTreeClassifier(max_depth=6, random_state=0),
    "forest": lambda: RandomForestClassifier(n_estimators=10, random_state=0),
    "small forest": lambda: RandomForestClassifier(n_estimators=15, max_depth=4, random_state=0),
    "extra trees": lambda: ExtraTreesClassifier(n_estimators=10, max_depth=8, random_state=0),
    "boosting": lambda: GradientBoostingClassifier(n_estimators=10, random_state=0),
    "hist boosting": lambda: HistGradientBoostingClassifier(max_iter=10, random_state=0),
}

REGRESSORS: dict[str, Build] = {
    "linear": LinearRegression,
    "ridge": Ridge,
    "lasso": Lasso,
    "elastic net": ElasticNet,
    "huber": lambda: HuberRegressor(max_iter=5000),
    "poisson": lambda: PoissonRegressor(max_iter=1000),
    "gamma": lambda: GammaRegressor(max_iter=1000),
    "tree": lambda: DecisionTreeRegressor(random_state=0),
    "forest": lambda: RandomForestRegressor(n_estimators=10, random_state=0),
    "extra trees": lambda: ExtraTreesRegressor(n_estimators=10, max_depth=6, random_state=0),
    "boosting": lambda: GradientBoostingRegressor(n_estimators=10, random_state=0),
    "boosting, quantile": lambda: GradientBoostingRegressor(loss="quantile", n_estimators=10, random_state=0),
    "hist boosting": lambda: HistGradientBoostingRegressor(max_iter=10, random_state=0),
    "hist boosting, poisson": lambda: HistGradientBoostingRegressor(loss="poisson", max_iter=10),
    "hist boosting, large trees": lambda: HistGradientBoostingRegressor(
        max_iter=5, max_leaf_nodes=150, min_samples_leaf=2
    ),
}


def _make_rows(count: int = 400, seed: int = 0) -> pd.DataFrame:
    rows = make_flights(count, seed=seed)
    rows["amount"] = rows["delay"].clip(lower=0.5)
    return rows


def _make_questions() -> pd.DataFrame:
    """New flights, then single ones with something odd about them."""
    rows = _make_rows(150, seed=9)[FEATURES]
    odd = []
    for name in FEATURES:
        choices: list[Any] = [None, 0.0, -1e9, 1e9, 23.0]
        if name in TEXTS:
            choices = [None, "nobody's", "", *CARRIERS]
        odd += [{**rows.iloc[index].to_dict(), name: choice} for index, choice in enumerate(choices)]
    return pd.concat([rows, pd.DataFrame(odd)], ignore_index=True).astype(rows.dtypes.to_dict())


def _to_requests(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """As JSON would bring them: nothing for what is missing in every third row, null in the others."""
    requests = []
    for index, record in enumerate(frame.to_dict("records")):
        row = {str(name): None if pd.isna(value) else value for name, value in record.items()}
        requests.append(
            {name: value for name, value in row.items() if value is not None} if index % 3 == 0 else row
        )
    return requests


def _save(model: Any, target: str, reference: pd.DataFrame, path: Path) -> Any:
    version = save_model(
        model, project="FLIGHTS", name="m", reference=reference, target=target, path=path, version="v1"
    )
    assert version.engine == "row-plan", version.engine_reason
    parity = read_manifest(path).parity
    assert parity.flips == 0
    assert parity.largest_difference < 1e-9
    return load_model(path)


def _check_classes(model: Any, loaded: Any, questions: pd.DataFrame) -> None:
    requests = _to_requests(questions)
    probas = model.predict_proba(questions)
    labels = [
        str(label) if isinstance(label, str) else str(bool(label)).lower()
        for label in model.predict(questions)
    ]
    batch = loaded.score(requests)
    assert [score.prediction for score in batch] == labels
    assert np.array([score.probas for score in batch]) == pytest.approx(probas, abs=1e-9)
    singles = [loaded.score([request])[0] for request in requests]
    assert [score.prediction for score in singles] == labels
    assert np.array([score.probas for score in singles]) == pytest.approx(probas, abs=1e-9)


def _check_numbers(model: Any, loaded: Any, questions: pd.DataFrame) -> None:
    requests = _to_requests(questions)
    expected = model.predict(questions)
    finite = np.isfinite(expected)
    for answers in (
        loaded.score([request for request, one in zip(requests, finite, strict=True) if one]),
        [loaded.score([request])[0] for request, one in zip(requests, finite, strict=True) if one],
    ):
        assert np.array([score.prediction for score in answers]) == pytest.approx(expected[finite], rel=1e-9)
    for request, one in zip(requests, finite, strict=True):
        if not one:
            with pytest.raises(InvalidInputError):
                loaded.score([request])


_CASES = [(preparation, "late") for preparation in PREPARATIONS] + [("standard, one-hot", "kind")]


@pytest.mark.parametrize("classifier", CLASSIFIERS)
@pytest.mark.parametrize(("preparation", "target"), _CASES)
def test_classifiers(preparation: str, classifier: str, target: str, tmp_path: Path) -> None:
    rows = _make_rows()
    model = make_pipeline(PREPARATIONS[preparation](), CLASSIFIERS[classifier]())
    model.fit(rows[FEATURES], rows[target])
    loaded = _save(model, target, _make_rows(100, seed=1)[[*FEATURES, target]], tmp_path / "v1")
    _check_classes(model, loaded, _make_questions())


@pytest.mark.parametrize("regressor", REGRESSORS)
def test_regressors(regressor: str, tmp_path: Path) -> None:
    rows = _make_rows()
    model = make_pipeline(PREPARATIONS["standard, one-hot"](), REGRESSORS[regressor]())
    model.fit(rows[FEATURES], rows["amount"])
    loaded = _save(model, "amount", _make_rows(100, seed=1)[[*FEATURES, "amount"]], tmp_path / "v1")
    _check_numbers(model, loaded, _make_questions())


NAN_TAKERS: dict[str, Build] = {
    "tree": lambda: DecisionTreeClassifier(max_depth=8, random_state=0),
    "forest": lambda: RandomForestClassifier(n_estimators=10, random_state=0),
    "extra trees": lambda: ExtraTreesClassifier(n_estimators=10, max_depth=5, random_state=0),
    "hist boosting": lambda: HistGradientBoostingClassifier(max_iter=10, random_state=0),
    "hist boosting, categorical": lambda: HistGradientBoostingClassifier(
        max_iter=10, categorical_features=[3, 4], random_state=0
    ),
    "hist boosting, categorical, large trees": lambda: HistGradientBoostingClassifier(
        max_iter=4, max_leaf_nodes=120, min_samples_leaf=2, categorical_features=[3, 4], random_state=0
    ),
}


@pytest.mark.parametrize("estimator", NAN_TAKERS)
@pytest.mark.parametrize("numbers", ["passthrough", "scaled"])
def test_missing_values_reach_the_trees(estimator: str, numbers: str, tmp_path: Path) -> None:
    rows = _make_rows()
    rows.loc[::7, "hour"] = None
    preparation = _prepare(numbers if numbers == "passthrough" else StandardScaler(), NAN_CODES)
    model = make_pipeline(preparation, NAN_TAKERS[estimator]()).fit(rows[FEATURES], rows["late"])
    loaded = _save(model, "late", _make_rows(100, seed=1)[[*FEATURES, "late"]], tmp_path / "v1")
    _check_classes(model, loaded, _make_questions())


LEVELS = {"carrier": ["AA", "B6", "DL", "UA", "never seen"], "origin": ["EWR", "JFK", "LGA"]}


def _categorise(rows: pd.DataFrame) -> pd.DataFrame:
    """The texts as category columns, in which anything but their levels is missing."""
    columns = {
        name: pd.Categorical(rows[name].where(rows[name].isin(levels)), levels)
        for name, levels in LEVELS.items()
    }
    return rows.assign(**columns)


@pytest.mark.parametrize("target", ["late", "kind"])
def test_category_columns_go_straight_into_hist_boosting(target: str, tmp_path: Path) -> None:
    rows = _categorise(_make_rows())
    model = HistGradientBoostingClassifier(max_iter=10, random_state=0).fit(rows[FEATURES], rows[target])
    assert model.is_categorical_.sum() == 2
    reference = _categorise(_make_rows(100, seed=1))[[*FEATURES, target]]
    loaded = _save(model, target, reference, tmp_path / "v1")
    _check_classes(model, loaded, _categorise(_make_questions()))
    stranger = loaded.score([{"hour": 3.0, "distance": 100.0, "wind": 1.0, "carrier": "??", "origin": "JFK"}])
    without = loaded.score([{"hour": 3.0, "distance": 100.0, "wind": 1.0, "origin": "JFK"}])
    assert stranger == without


def test_category_columns_through_encoders(tmp_path: Path) -> None:
    rows = _categorise(_make_rows())
    preparation = _prepare(_impute_and(StandardScaler()), _impute_and(_one_hot(), strategy="most_frequent"))
    model = make_pipeline(preparation, LogisticRegression()).fit(rows[FEATURES], rows["late"])
    reference = _categorise(_make_rows(100, seed=1))[[*FEATURES, "late"]]
    loaded = _save(model, "late", reference, tmp_path / "v1")
    _check_classes(model, loaded, _categorise(_make_questions()))


def test_numbers_as_categories(tmp_path: Path) -> None:
    rows = _make_rows()
    rows["hour"] = rows["hour"].astype(int)
    preparation = ColumnTransformer(
        [("hour", _one_hot(), ["hour"]), ("wind", SimpleImputer(), ["wind"])], remainder="drop"
    )
    model = make_pipeline(preparation, LogisticRegression(max_iter=500)).fit(
        rows[["hour", "wind"]], rows["late"]
    )
    reference = rows[["hour", "wind", "late"]][:200]
    loaded = _save(model, "late", reference, tmp_path / "v1")
    questions = pd.DataFrame({"hour": [0, 5, 23, 24, -1], "wind": [1.0, None, 3.0, 4.0, 5.0]})
    _check_classes(model, loaded, questions)
    half = loaded.score([{"hour": 5.5, "wind": 1.0}])[0]
    unknown = loaded.score([{"hour": 99, "wind": 1.0}])[0]
    assert half == unknown


def test_hours_as_categories_of_hist_boosting(tmp_path: Path) -> None:
    rows = _make_rows()
    model = HistGradientBoostingClassifier(max_iter=10, categorical_features=["hour"], random_state=0)
    model.fit(rows[["wind", "hour"]], rows["late"])
    loaded = _save(model, "late", rows[["wind", "hour", "late"]][:200], tmp_path / "v1")
    questions = pd.DataFrame({"wind": [1.0, np.nan, 3.0, 9.0, 12.0], "hour": [0.0, 5.0, np.nan, 99.0, 5.5]})
    _check_classes(model, loaded, questions)


@pytest.mark.parametrize(
    "estimator", [LogisticRegression(), GradientBoostingClassifier(n_estimators=5, random_state=0)]
)
def test_unknown_levels_are_refused_as_by_the_model(estimator: Any, tmp_path: Path) -> None:
    rows = _make_rows()
    rows["carrier"] = rows["carrier"].fillna("none")
    preparation = _prepare(SimpleImputer(), OneHotEncoder())
    model = make_pipeline(preparation, estimator).fit(rows[FEATURES], rows["late"])
    loaded = _save(model, "late", rows[[*FEATURES, "late"]][:200], tmp_path / "v1")
    row = {"hour": 1.0, "distance": 2.0, "wind": 3.0, "carrier": "AA", "origin": "JFK"}
    loaded.score([row])
    with pytest.raises(InvalidInputError, match="unknown level 'ZZ'"):
        loaded.score([{**row, "carrier": "ZZ"}])
    with pytest.raises(InvalidInputError, match="'origin' is missing"):
        loaded.score([{**row, "origin": None}])
    with pytest.raises(ValueError, match="unknown categories"):
        model.predict(pd.DataFrame([{**row, "carrier": "ZZ"}]))


@pytest.mark.parametrize("marker", [None, math.nan])
def test_the_marker_of_missing_texts_is_the_trained_one(marker: Any, tmp_path: Path) -> None:
    """In object columns None and NaN are two levels to scikit-learn."""
    rows = _make_rows()
    texts = rows[TEXTS].astype(object)
    rows[TEXTS] = texts.where(texts.notna(), marker)
    rows = rows.astype(dict.fromkeys(TEXTS, object))
    preparation = _prepare(SimpleImputer(), _one_hot())
    model = make_pipeline(preparation, LogisticRegression(max_iter=500)).fit(rows[FEATURES], rows["late"])
    loaded = _save(model, "late", rows[[*FEATURES, "late"]][:200], tmp_path / "v1")
    questions = rows[FEATURES][200:300].reset_index(drop=True)
    assert questions["carrier"].isna().any()
    _check_classes(model, loaded, questions)


@pytest.mark.parametrize("dtype", ["float32", "int32", "Float64", "UInt8"])
@pytest.mark.parametrize("is_scaled", [True, False])
def test_other_number_types(dtype: str, is_scaled: bool, tmp_path: Path) -> None:
    """scikit-learn scales float32 columns in float32: there, and only there, the gate refuses the plan."""
    rows = _make_rows()[["hour", "distance", "late"]]
    if not dtype.lower().startswith("float"):
        rows["distance"] = (rows["distance"] // 20).clip(upper=255)
    rows = rows.astype({"hour": dtype, "distance": dtype})
    features = ["hour", "distance"]
    forest = RandomForestClassifier(n_estimators=10, random_state=0)
    model = make_pipeline(StandardScaler() if is_scaled else "passthrough", forest)
    model.fit(rows[features], rows["late"])
    version = save_model(
        model, project="FLIGHTS", name="m", reference=rows[:200], target="late", path=tmp_path / "v1"
    )
    if dtype == "float32" and is_scaled:
        assert version.engine == "original"
        assert "a boundary case" in version.engine_reason
        return
    assert version.engine == "row-plan", version.engine_reason
    _check_classes(model, load_model(tmp_path / "v1"), rows[features][200:260].reset_index(drop=True))


REFUSED: dict[str, tuple[Build, str]] = {
    "infrequent levels": (
        lambda: make_pipeline(
            _prepare(_impute_and(), OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=50)),
            LogisticRegression(),
        ),
        "groups infrequent levels",
    ),
    "constant that is no missing value": (
        lambda: make_pipeline(
            _prepare(_impute_and(SimpleImputer(missing_values=-1)), _one_hot()), LogisticRegression()
        ),
        "replaces -1",
    ),
    "boosting from another model": (
        lambda: make_pipeline(
            _prepare(_impute_and(), _one_hot()),
            GradientBoostingClassifier(n_estimators=3, init=LogisticRegression()),
        ),
        "starts from another model",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_plan_has_no_words_for(name: str, tmp_path: Path) -> None:
    build, reason = REFUSED[name]
    rows = _make_rows(300)
    model = build().fit(rows[FEATURES], rows["late"])
    version = save_model(
        model,
        project="FLIGHTS",
        name="m",
        reference=rows[[*FEATURES, "late"]],
        target="late",
        path=tmp_path / "v1",
    )
    assert version.engine == "original"
    assert reason in version.engine_reason
