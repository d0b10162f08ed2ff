# SPDX-License-Identifier: BSD-3-Clause
"""What each feature adds to each prediction, as objects that shap's plots take."""

import numpy as np

from phreatic._inputs import numbers
from phreatic.trees import Forest

__all__ = ["Explanation", "tree_shap"]


class Explanation:
    """``values`` [row, feature], ``base_values`` [row], ``data`` [row, feature], ``feature_names``.

    base_values + sum of the values over the features is the margin of each row. :meth:`to_shap` gives shap's own object.
    """

    def __init__(self, values, base_values, data, feature_names):
        self.values = values
        self.base_values = base_values
        self.data = data
        self.feature_names = feature_names

    @property
    def shape(self):
        return self.values.shape

    def __len__(self):
        return len(self.values)

    def __getitem__(self, rows):
        return Explanation(self.values[rows], self.base_values[rows], self.data[rows], self.feature_names)

    def to_shap(self):
        """As shap.Explanation: ``shap.plots.beeswarm(explanation.to_shap())``."""
        import shap

        return shap.Explanation(self.values, base_values=self.base_values, data=self.data,
                                feature_names=self.feature_names)  # fmt: skip


def tree_shap(model, X, background=None, *, interactions=False) -> Explanation:
    """Exact Shapley values of a model of boosted trees, for its margin.

    model: a Forest, an xgboost Booster or a fitted XGBModel. X: [row, feature], DataFrame or array.
    background: rows that stand for "not known" (interventional); without any the trees' own covers do (path-dependent).
    interactions: values [row, feature, feature]; on the diagonal what is left of each feature's own value.
    """
    forest = model if isinstance(model, Forest) else Forest.from_xgboost(model)
    rows = forest.table(X)
    none = np.zeros((0, rows.shape[1]), np.float32)
    behind = none if background is None else forest.table(background, "background")
    values, base = forest._core.shap(rows, behind, bool(interactions))
    data = numbers(X, "X") if getattr(X, "columns", None) is None else rows.astype(np.float64)
    return Explanation(values, np.full(len(rows), base), data, list(forest.feature_names))
