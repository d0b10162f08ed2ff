# SPDX-License-Identifier: BSD-3-Clause
"""Regressions of rows as scikit-learn's estimators: neural network weighted, and by a semi-supervised autoencoder."""

import pathlib
import tempfile

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, check_random_state, validate_data

from phreatic import _core
from phreatic._errors import problem
from phreatic._inputs import settings

__all__ = ["GNNWRRegressor", "GTNNWRRegressor", "SSVAERegressor"]


def _split(y, fraction, random):
    """Rows in the order drawn, how many of the first validate, and what there is to say. Constant rows validate nothing."""
    if not 0 <= fraction < 1:
        raise problem("validation_fraction", f"{fraction}", allowed="0 to below 1")
    held = max(2, int(round(len(y) * fraction))) if fraction > 0 else 0  # one row alone has no score
    for _ in range(20):
        order = random.permutation(len(y)).astype(np.int64)
        if held == 0 or (np.ptp(y[order[:held]]) > 0 and np.ptp(y[order[held:]]) > 0):
            return order, held, []
    return order, 0, [f"no {held} rows differ in y and leave others that do: trained for all epochs without validation"]


def _sizes(name, given):
    """Sizes of layers: one number is one layer."""
    try:
        return [int(size) for size in np.atleast_1d(given)]
    except (TypeError, ValueError):
        raise problem(name, f"{given!r}", allowed="whole numbers, one for each layer") from None


class GNNWRRegressor(RegressorMixin, BaseEstimator):
    """Linear regression whose coefficients vary in space: y = sum_k w_k(place) beta_k x_k.

    The first two columns of X are the place (x, y; with ``geographic`` longitude and latitude), the others covariates;
    without others the place itself is the covariate.

    hidden: sizes of the hidden layers (None: from the number of reference points). references: "rows", "kmeans" or
    "subsample", ``reference_count`` of them. validation_fraction: share of the rows, drawn at random, two at least, that ends
    the training and chooses its epoch; above 0. members: networks whose mean is taken. random_state: as everywhere in scikit-learn.

    Fitted: ``n_features_in_``, ``diagnostics_`` (aicc, r2, r2_ols ...), ``n_iter_``, ``warnings_``.
    """

    _PLACES = 2

    def __init__(self, *, geographic=False, hidden=None, references="rows", reference_count=500, epochs=500, batch_size=32,
                 learning_rate=0.1, optimizer="adagrad", weight_decay=1e-3, dropout=0.2, patience=100,
                 validation_fraction=0.15, members=1, random_state=None):  # fmt: skip
        self.geographic = geographic
        self.hidden = hidden
        self.references = references
        self.reference_count = reference_count
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.optimizer = optimizer
        self.weight_decay = weight_decay
        self.dropout = dropout
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.members = members
        self.random_state = random_state

    def _parts(self, X):
        """(places, covariates), contiguous."""
        if X.shape[1] < 2:
            raise ValueError(
                f"X has {X.shape[1]} feature(s) (shape={X.shape}) while a minimum of 2 is required: the place comes first"
            )
        places = X[:, : self._PLACES]
        if places.shape[1] < self._PLACES:  # a place on a line, and a time
            places = np.column_stack([X[:, 0], np.zeros(len(X)), X[:, 1]])
        covariates = X[:, self._PLACES :] if X.shape[1] > self._PLACES else X
        return np.ascontiguousarray(places), np.ascontiguousarray(covariates)

    def _settings(self, seed):
        training = {"epochs": self.epochs, "batch_size": self.batch_size, "learning_rate": self.learning_rate,
                    "optimizer": self.optimizer, "weight_decay": self.weight_decay, "patience": self.patience,
                    "seed": seed}  # fmt: skip
        references = {"choice": self.references, "count": self.reference_count}
        return settings(hidden=None if self.hidden is None else _sizes("hidden", self.hidden), references=references,
                        dropout=self.dropout, members=self.members, training=training,
                        distance="great_circle" if self.geographic else "planar")  # fmt: skip

    def fit(self, X, y):
        """Trains on rows X [row, feature] and y [row]."""
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=4)
        places, covariates = self._parts(X)
        random = check_random_state(self.random_state)
        order, held, said = _split(y, self.validation_fraction, random)
        if held == 0:
            raise problem("validation_fraction", f"{self.validation_fraction} of {len(y)} rows leaves none that differ in y",
                          allowed="above 0: they say when training stops")  # fmt: skip
        names = [f"x{k}" for k in range(covariates.shape[1])]
        self._core = _core.Gnnwr.fit(
            places, covariates, names, np.ascontiguousarray(y, dtype=np.float64), np.sort(order[held:]),
            np.sort(order[:held]), bool(self.geographic), self._settings(int(random.randint(1, 2**31 - 1))),
        )  # fmt: skip
        self.diagnostics_ = self._core.diagnostics
        self.warnings_ = said + self._core.warnings
        self.n_iter_ = max(self._core.epochs)
        return self

    def _evaluate(self, X):
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return self._core.predict(*self._parts(X), bool(self.geographic))

    def predict(self, X, return_std=False):
        """Predictions; with ``return_std`` also their standard deviation over the members."""
        value, spread, _ = self._evaluate(X)
        return (value, spread) if return_std else value

    def coefficients(self, X) -> np.ndarray:
        """Local coefficients [row, covariate + 1] per unit of each covariate, the intercept last."""
        return self._evaluate(X)[2]

    def save(self, folder):
        """Writes the trained model as studies do: gnnwr.json and a file of weights for each member."""
        check_is_fitted(self)
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        self._core.save(str(folder))

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_core")

    def __getstate__(self):
        state = dict(super().__getstate__())
        core = state.pop("_core", None)
        if core is not None:
            with tempfile.TemporaryDirectory() as folder:
                core.save(folder)
                state["_model"] = {p.name: p.read_bytes() for p in pathlib.Path(folder).iterdir()}
        return state

    def __setstate__(self, state):
        state = dict(state)
        files = state.pop("_model", None)
        super().__setstate__(state)
        if files is not None:
            with tempfile.TemporaryDirectory() as folder:
                for name, content in files.items():
                    (pathlib.Path(folder) / name).write_bytes(content)
                self._core = _core.Gnnwr.load(folder)


class GTNNWRRegressor(GNNWRRegressor):
    """As :class:`GNNWRRegressor` with coefficients that vary in space and time: the third column of X is the time.

    Two columns alone are a place on a line and a time.
    """

    _PLACES = 3


class SSVAERegressor(RegressorMixin, BaseEstimator):
    """Semi-supervised variational autoencoder for regression (docs/methods/ssvaer.md): rows without a target teach, too.

    share, decoder: sizes of hidden layers; hidden: of each head; latent: dimensions of the latent space. unlabelled:
    loss of rows without target, "divergence" or "entropy" (as published), with ``unlabelled_weight``.
    divergence_weight: of the latent divergences. validation_fraction: share of the rows with a target, drawn at random,
    whose least loss chooses the epoch; 0: the training rows' loss does, in all epochs. random_state: as everywhere.

    Fitted: ``n_features_in_``, ``n_iter_``, ``loss_``, ``validation_loss_`` (by epoch), ``warnings_``.
    """

    def __init__(self, *, share=(10, 7), hidden=4, latent=4, decoder=(4, 7, 10), unlabelled="divergence",
                 unlabelled_weight=0.1, divergence_weight=1.0, learning_rate=0.01, final_rate=1e-4, warm_up=10, epochs=100,
                 batch_size=200, patience=30, validation_fraction=0.15, random_state=None):  # fmt: skip
        self.share = share
        self.hidden = hidden
        self.latent = latent
        self.decoder = decoder
        self.unlabelled = unlabelled
        self.unlabelled_weight = unlabelled_weight
        self.divergence_weight = divergence_weight
        self.learning_rate = learning_rate
        self.final_rate = final_rate
        self.warm_up = warm_up
        self.epochs = epochs
        self.batch_size = batch_size
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def _settings(self, seed, validated):
        return settings(share=_sizes("share", self.share), hidden=self.hidden, latent=self.latent, decoder=_sizes("decoder", self.decoder),
                        unlabelled=self.unlabelled, unlabelled_weight=self.unlabelled_weight,
                        divergence_weight=self.divergence_weight, learning_rate=self.learning_rate,
                        final_rate=self.final_rate, warm_up=self.warm_up, epochs=self.epochs, batch_size=self.batch_size,
                        patience=self.patience if validated else 0, seed=seed)  # fmt: skip

    def fit(self, X, y, *, unlabelled=None):
        """Trains on rows X [row, feature] with y [row], and on rows ``unlabelled`` [row, feature] that have no target."""
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=3)
        y = np.ascontiguousarray(y, dtype=np.float64)
        more = np.zeros((0, X.shape[1]))
        if unlabelled is not None:
            more = validate_data(self, unlabelled, dtype=np.float64, reset=False)
        random = check_random_state(self.random_state)
        order, held, self.warnings_ = _split(y, self.validation_fraction, random)
        training, validation = np.sort(order[held:]), np.sort(order[:held] if held else order)
        rows = np.ascontiguousarray(np.concatenate([X[training], more]))
        targets = np.concatenate([y[training], np.full(len(more), np.nan)])
        self._core = _core.Ssvaer.fit(
            rows, targets, np.zeros(0, np.int64), np.ascontiguousarray(X[validation]), y[validation], 2,
            self._settings(int(random.randint(1, 2**31 - 1)), held > 0),
        )  # fmt: skip
        self.loss_, self.validation_loss_ = np.array(self._core.loss), np.array(self._core.validation)
        self.n_iter_ = len(self.loss_)
        return self

    def predict(self, X, return_std=False):
        """Predictions; with ``return_std`` also the standard deviation that the network gives each of them."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        value, spread = self._core.predict(np.ascontiguousarray(X))
        return (value, spread) if return_std else value

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_core")

    def __getstate__(self):
        state = dict(super().__getstate__())
        if "_core" in state:
            state["_core"] = state["_core"].state()
        return state

    def __setstate__(self, state):
        state = dict(state)
        if "_core" in state:
            state["_core"] = _core.Ssvaer.restore(*state["_core"])
        super().__setstate__(state)
