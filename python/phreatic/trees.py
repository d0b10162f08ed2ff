# SPDX-License-Identifier: BSD-3-Clause
"""Forests of boosted trees: XGBoost's models read as they are, evaluated to XGBoost's bits, explained exactly."""

import os

import numpy as np

from phreatic import _core
from phreatic._errors import problem
from phreatic._inputs import numbers

__all__ = ["Forest"]


class Forest:
    """A model of boosted trees. Made by :meth:`load` or :meth:`from_xgboost`."""

    def __init__(self, core):
        self._core = core

    @classmethod
    def load(cls, path) -> "Forest":
        """From XGBoost's model file, .json or .ubj. Raises InputError for what cannot be evaluated exactly."""
        return cls(_core.Forest.load(os.fspath(path)))

    @classmethod
    def from_xgboost(cls, booster) -> "Forest":
        """From a Booster, or a fitted XGBRegressor or XGBClassifier (of two classes).

        Of a fitted model that stopped early the trees up to its best iteration, by which it predicts; of a Booster all.
        """
        if hasattr(booster, "get_booster"):
            fitted, booster = booster, booster.get_booster()
            best = getattr(fitted, "best_iteration", None) if booster.attr("best_iteration") is not None else None
            booster = booster if best is None else booster[: best + 1]
        if not hasattr(booster, "save_raw"):
            raise problem("booster", f"is a {type(booster).__name__}", allowed="an xgboost.Booster or a fitted model")
        return cls(_core.Forest.parse(bytes(booster.save_raw("ubj")), "the booster"))

    def save(self, path):
        """Writes XGBoost's format: .json as JSON, every other name as UBJSON."""
        self._core.save(os.fspath(path))

    @property
    def feature_names(self) -> list[str]:
        """The model's names, or f0, f1 ... where it has none."""
        return self._core.feature_names

    @property
    def objective(self) -> str:
        return self._core.objective

    def __len__(self):
        """Number of trees."""
        return self._core.trees

    def __getstate__(self):
        return self._core.to_bytes()

    def __setstate__(self, state):
        self._core = _core.Forest.parse(state, "a pickled forest")

    def table(self, X, where="X"):
        """Rows as the model takes them: columns of a DataFrame by name, of an array by place; single precision."""
        if getattr(X, "columns", None) is not None and self._core.has_names:
            columns = [str(name) for name in X.columns]
            missing = [name for name in self.feature_names if name not in columns]
            if missing:
                raise problem(where, f"has no column {', '.join(missing)}", allowed=", ".join(self.feature_names))
            twice = sorted({name for name in columns if columns.count(name) > 1 and name in self.feature_names})
            if twice:
                raise problem(where, f"has the column {', '.join(twice)} twice")
            X = X.iloc[:, [columns.index(name) for name in self.feature_names]]
        rows = numbers(X, where, np.float32)
        if rows.ndim != 2:
            raise problem(where, f"has the shape {rows.shape}", allowed="[row, feature]")
        if np.isinf(rows).any():
            at = tuple(int(i) for i in np.argwhere(np.isinf(rows))[0])
            raise problem(where, f"is infinite (in single precision) at row {at[0]}, column {at[1]}",
                          allowed="finite numbers; NaN = missing")  # fmt: skip
        return rows

    def predict(self, X, *, output_margin=False) -> np.ndarray:
        """Predictions of the rows, or with ``output_margin`` the sums of the leaves; float32 as XGBoost's."""
        return self._core.predict(self.table(X), bool(output_margin))

    def __repr__(self):
        return f"<phreatic.Forest of {len(self)} trees, {len(self.feature_names)} features, {self.objective}>"
