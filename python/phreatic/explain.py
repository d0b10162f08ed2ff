# SPDX-License-Identifier: BSD-3-Clause
"""What each feature adds to each prediction, as objects that shap's plots take."""

import contextlib
import functools
import sys

import numpy as np

from phreatic import _core
from phreatic._errors import problem
from phreatic._inputs import numbers, settings
from phreatic.trees import Forest

__all__ = ["Explanation", "expected_gradients", "tree_shap"]


class Explanation:
    """``values`` [row, feature], ``base_values`` [row], ``data`` [row, feature], ``feature_names``.

    base_values + sum of the values over the features is the margin of each row (of expected gradients: up to
    ``residual`` [row]). Where shap is imported before it is made it is a shap.Explanation too, which shap's plots take as it
    is; :meth:`to_shap` gives shap's own object at any time. ``standard_errors`` [row, last axis of the values],
    ``converged`` [row] and ``draws`` [row] are of expected gradients; None otherwise.
    """

    def __init__(self, values, base_values, data, feature_names, *, standard_errors=None, residual=None, converged=None,
                 draws=None):  # fmt: skip
        self.values = values
        self.base_values = base_values
        self.data = data
        self.feature_names = feature_names
        self.standard_errors = standard_errors
        self.residual = residual
        self.converged = converged
        self.draws = draws

    @property
    def shape(self):
        return self.values.shape

    def __len__(self):
        return len(self.values)

    def __getitem__(self, rows):
        values, base_values = self.values[rows], self.base_values[rows]
        return Explanation(values, base_values, self.data[rows], self.feature_names, **_more_of(self, rows))

    def to_shap(self):
        """As shap.Explanation: ``shap.plots.beeswarm(explanation.to_shap())``."""
        import shap

        return shap.Explanation(self.values, base_values=self.base_values, data=self.data,
                                feature_names=self.feature_names)  # fmt: skip


_MORE = ("standard_errors", "residual", "converged", "draws")  # what we know more than shap


def _more_of(explanation, rows):
    there = {name: getattr(explanation, name) for name in _MORE}
    return {name: value if value is None else value[rows] for name, value in there.items()}


@functools.cache
def _class_of_shap():
    """Our Explanation as a class of shap's."""
    import shap

    class ShapExplanation(shap.Explanation, Explanation):
        def __init__(self, values, base_values, data, feature_names, **more):
            shap.Explanation.__init__(self, values, base_values=base_values, data=data, feature_names=feature_names)
            for name in _MORE:
                setattr(self, name, more.get(name))

        def __getitem__(self, key):
            found = shap.Explanation.__getitem__(self, key)
            rows = key[0] if isinstance(key, tuple) else key
            whole = isinstance(rows, (int, slice, np.ndarray, np.integer, list)) and not isinstance(key, tuple)
            for name, value in (_more_of(self, rows) if whole else dict.fromkeys(_MORE)).items():
                setattr(found, name, value)
            return found

        def __copy__(self):
            new = self.__class__.__new__(self.__class__)
            new.__dict__.update(self.__dict__, op_history=list(self.op_history))
            return new

        def __reduce__(self):
            more = {name: getattr(self, name) for name in _MORE}
            return _explanation, (self.values, self.base_values, self.data, self.feature_names, more)

    return ShapExplanation


def _explanation(values, base_values, data, feature_names, more):
    kind = _class_of_shap() if "shap" in sys.modules and feature_names is not None else Explanation
    return kind(values, base_values, data, feature_names, **more)


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
    return _explanation(values, np.full(len(rows), base), data, list(forest.feature_names), {})


def expected_gradients(model, X, background, *, output=0, tolerance=None, min_draws=None, max_draws=None, seed=None,
                       batch=4096) -> Explanation:  # fmt: skip
    """Expected gradients (Erion et al. 2021) of any torch module, with standard errors and the completeness residual.

    model: a torch module (or a function of a tensor) from [row, ...] to [row] or [row, output]; ``output`` says which.
    It is asked in evaluation mode and in the precision of its parameters. X, background: rows that are explained and
    rows that stand for "not known", arrays, tensors or DataFrames [row, feature], [row, step, feature] or of any
    further shape. tolerance: standard error of a feature's sum over the steps as a share of the range over the
    background (0.01); after max_draws (4096) a row is given up: ``converged`` is false. batch: rows at once.
    Values are of the shape of X and add up to f(x) - mean f(background), but for ``residual``.

    >>> import torch
    >>> found = phreatic.explain.expected_gradients(lambda x: 2 * x[:, 0] - x[:, 1], [[1.0, 1]], [[0.0, 0], [0, 2]])
    >>> found.values.round(3), found.base_values
    (array([[2., 0.]]), array([-1.]))
    """
    import torch

    rows, names = _rows(X, "X")
    behind, _ = _rows(background, "background")
    if rows.ndim < 2 or rows.shape[1:] != behind.shape[1:] or len(behind) < 2:
        raise problem("X and background", f"have the shapes {rows.shape} and {behind.shape}",
                      allowed="rows of one shape, two or more in the background")  # fmt: skip
    if len(rows) == 0:
        raise problem("X", "has no row")
    if not callable(model):
        raise problem("model", f"is a {type(model).__name__}", allowed="a torch module, or a function of a tensor")
    for value, name, least in ((output, "output", None), (batch, "batch", 1)):
        if not isinstance(value, (int, np.integer)) or (least is not None and value < least):
            raise problem(name, f"{value!r}", allowed="a whole number" + ("" if least is None else f" from {least} on"))
    for array, name in ((rows, "X"), (behind, "background")):
        if not np.isfinite(array).all():
            raise problem(name, "has values that are missing or infinite", mend="Fill or leave them out")
    shape = rows.shape[1:]
    cells = (1, rows[0].size) if rows.ndim != 3 else shape
    parameter = next(iter(model.parameters()), None) if hasattr(model, "parameters") else None
    place = {} if parameter is None else {"dtype": parameter.dtype, "device": parameter.device}

    def call(inputs, with_gradients):
        values, gradients = [], []
        for start in range(0, len(inputs), batch):
            part = torch.as_tensor(inputs[start : start + batch].reshape(-1, *shape)).to(**place)
            value, gradient = _evaluate(torch, model, part, output, with_gradients)
            values.append(value)
            gradients.append(gradient)
        flat = np.concatenate(gradients).reshape(len(inputs), *cells) if with_gradients else None
        return np.concatenate(values), flat

    text = settings(tolerance=tolerance, min_draws=min_draws, max_draws=max_draws, seed=seed)
    with _evaluation(torch, model):
        spread = float(np.ptp(call(behind, False)[0])) or 1.0
        blocks = [np.ascontiguousarray(a.reshape(len(a), *cells)) for a in (rows, behind)]
        out = _core.expected_gradients(call, *blocks, spread, text)
    data = rows.astype(np.float64)
    more = {"standard_errors": out["errors"], "residual": out["residual"], "converged": out["converged"].astype(bool),
            "draws": out["draws"]}  # fmt: skip
    return _explanation(out["values"].reshape(rows.shape), out["base"], data, names, more)


def _rows(values, where):
    """float32 [row, ...] and the names of the features."""
    names = [str(name) for name in values.columns] if hasattr(values, "columns") else None
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    rows = numbers(values, where, np.float32)
    if names is None and rows.ndim > 1:
        names = [f"f{k}" for k in range(rows.shape[-1])]
    return rows, names


def _evaluate(torch, model, part, output, with_gradients):
    part.requires_grad_(with_gradients)
    with torch.set_grad_enabled(with_gradients):
        found = model(part)
        if not isinstance(found, torch.Tensor) or found.shape[:1] != part.shape[:1] or found.ndim > 2:
            raise problem("model", f"gives {type(found).__name__} of the shape {tuple(getattr(found, 'shape', ()))}",
                          allowed="a tensor [row] or [row, output]")  # fmt: skip
        if found.ndim == 2:
            if not -found.shape[1] <= output < found.shape[1]:
                raise problem("output", f"{output}", allowed=f"0 to {found.shape[1] - 1}")
            found = found[:, output]
        gradient = torch.autograd.grad(found.sum(), part)[0] if with_gradients else None

    def plain(tensor):
        return tensor.detach().to("cpu", torch.float32).contiguous().numpy()

    return plain(found), plain(gradient) if with_gradients else None


@contextlib.contextmanager
def _evaluation(torch, model):
    """Evaluation mode (dropout off), as it was afterwards."""
    training = [part for part in model.modules() if part.training] if hasattr(model, "modules") else []
    for part in training:
        part.training = False
    try:
        with torch.backends.cudnn.flags(enabled=False):  # recurrent layers give no gradients otherwise
            yield
    finally:
        for part in training:
            part.training = True
