"""Models with habits that a file, or rows asked one by one, bring to light."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

Probabilities = npt.NDArray[np.float64]


class Scorer(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Answers by a logistic curve over `measure`, whatever it was fitted on."""

    def fit(self, X: pd.DataFrame, y: Any) -> "Scorer":
        self.classes_ = np.unique(y)
        self.feature_names_in_ = np.array(X.columns, dtype=object)
        return self

    def measure(self, X: pd.DataFrame) -> Any:
        return X.iloc[:, 0]

    def predict_proba(self, X: pd.DataFrame) -> Probabilities:
        positive = 1 / (1 + np.exp(-np.asarray(self.measure(X), dtype=np.float64)))
        return np.column_stack([1 - positive, positive])

    def predict(self, X: pd.DataFrame) -> Any:
        return self.classes_[(self.predict_proba(X)[:, 1] > 0.5).astype(int)]


class Forgetful(Scorer):
    """Loses what it learned on the way to a file and back."""

    def fit(self, X: pd.DataFrame, y: Any) -> "Forgetful":
        super().fit(X, y)
        self.shift = 3.0
        return self

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "shift": 0.0}

    def measure(self, X: pd.DataFrame) -> Any:
        return X.iloc[:, 0] - self.shift


class Relative(Scorer):
    """Looks at a row beside the others of its call."""

    def measure(self, X: pd.DataFrame) -> Any:
        return X.iloc[:, 0] - X.iloc[:, 0].mean()


class Literal(Scorer):
    """Reads numbers as texts, so that `5` and `5.0` are two things."""

    def measure(self, X: pd.DataFrame) -> Any:
        return X.iloc[:, 0].astype(str).map(lambda text: 2.0 if text in {"5", "True"} else -2.0)
