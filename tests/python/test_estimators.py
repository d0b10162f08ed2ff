# SPDX-License-Identifier: BSD-3-Clause
"""Estimators: scikit-learn's own checks, and coefficients that are known."""

import pickle

import numpy as np
import phreatic
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")
from phreatic.estimators import GNNWRRegressor, GTNNWRRegressor, SSVAERegressor  # noqa: E402
from sklearn.utils.estimator_checks import check_estimator  # noqa: E402


@pytest.mark.parametrize("kind", [GNNWRRegressor, GTNNWRRegressor])
def test_scikit_learns_checks_pass(kind):
    results = check_estimator(kind(epochs=20, hidden=[8]), on_skip=None)
    assert len(results) > 40
    left = [r["check_name"] for r in results if r["status"] != "passed"]
    assert set(left) <= {"check_array_api_input"}, left  # skipped unless SCIPY_ARRAY_API is set


@pytest.fixture
def rows():
    """y = (1 + x) a - 2 b, with x from 0 to 1."""
    rng = np.random.default_rng(0)
    X = rng.uniform(size=(300, 4))
    return X, (1 + X[:, 0]) * X[:, 2] - 2 * X[:, 3]


def test_coefficients_follow_those_that_made_the_rows(rows):
    X, y = rows
    model = GNNWRRegressor(epochs=300, hidden=[16, 8], members=3, random_state=1).fit(X[:220], y[:220])
    assert model.score(X[220:], y[220:]) > 0.97
    found = model.coefficients(X)
    assert found.shape == (300, 3)
    assert np.corrcoef(found[:, 0], 1 + X[:, 0])[0, 1] > 0.9
    np.testing.assert_allclose((found[:, :2] * X[:, 2:]).sum(1) + found[:, 2], model.predict(X), atol=1e-4)
    value, spread = model.predict(X, return_std=True)
    assert (spread >= 0).all() and spread.max() > 0 and value.shape == (300,)
    assert model.diagnostics_["r2"] > model.diagnostics_["r2_ols"]


def test_the_same_seed_gives_the_same_bits_and_so_does_a_pickle(rows):
    X, y = rows
    one = GNNWRRegressor(epochs=10, hidden=[8], random_state=3).fit(X, y)
    two = GNNWRRegressor(epochs=10, hidden=[8], random_state=3).fit(X, y)
    np.testing.assert_array_equal(one.predict(X), two.predict(X))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(one)).predict(X), one.predict(X))


def test_bad_settings_are_told(rows):
    with pytest.raises(phreatic.InputError, match="optimizer"):
        GNNWRRegressor(optimizer="newton").fit(*rows)
    with pytest.raises(phreatic.InputError, match="validation_fraction"):
        GNNWRRegressor(validation_fraction=1.5).fit(*rows)
    with pytest.raises(phreatic.InputError, match="validation_fraction: 0 of 300 rows"):
        GNNWRRegressor(validation_fraction=0).fit(*rows)
    assert GNNWRRegressor(epochs=2).fit(rows[0][:8], rows[1][:8]).warnings_ == []  # two of eight rows validate
    with pytest.raises(ValueError, match="minimum of 2 is required"):
        GTNNWRRegressor().fit(rows[0][:, :1], rows[1])


def test_scikit_learns_checks_pass_for_the_autoencoder():
    results = check_estimator(SSVAERegressor(epochs=60), on_skip=None)
    assert len(results) > 40
    left = [r["check_name"] for r in results if r["status"] != "passed"]
    assert set(left) <= {"check_array_api_input"}, left


@pytest.fixture
def curve():
    """y = sin of a direction in six columns + noise of a known size; many rows without y."""
    rng = np.random.default_rng(4)
    X = rng.normal(size=(3000, 6))
    y = np.sin(1.5 * X[:, 0] + X[:, 1]) + 0.1 * rng.normal(size=3000)
    return X, y


def test_the_autoencoder_learns_a_curve_and_tells_its_error(curve):
    X, y = curve
    model = SSVAERegressor(random_state=1, epochs=150, share=(32, 16)).fit(X[:1500], y[:1500], unlabelled=X[1500:2500])
    assert model.score(X[2500:], y[2500:]) > 0.8
    value, sd = model.predict(X[2500:], return_std=True)
    inside = np.abs(value - y[2500:]) < 1.645 * sd
    assert 0.8 < inside.mean() < 0.99  # bands of 90 %
    again = SSVAERegressor(random_state=1, epochs=150, share=(32, 16)).fit(X[:1500], y[:1500], unlabelled=X[1500:2500])
    np.testing.assert_array_equal(again.predict(X[:50]), model.predict(X[:50]))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X[:50]), model.predict(X[:50]))
    alone = SSVAERegressor(random_state=1, epochs=5).fit(X[:1500], y[:1500])
    assert not np.array_equal(alone.predict(X[:50]), model.predict(X[:50]))


def test_settings_of_the_autoencoder_are_checked(curve):
    X, y = curve
    with pytest.raises(phreatic.InputError, match="divergence, entropy"):
        SSVAERegressor(unlabelled="both").fit(X[:50], y[:50])
    with pytest.raises(phreatic.InputError, match="validation_fraction"):
        SSVAERegressor(validation_fraction=1).fit(X[:50], y[:50])
    with pytest.raises(ValueError, match="6 features"):
        SSVAERegressor(epochs=2).fit(X[:50], y[:50], unlabelled=X[:, :3])


def test_pipelines_searches_pickles_and_pools_take_the_estimators(rows):
    from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X, y = rows
    whole = make_pipeline(StandardScaler(), GNNWRRegressor(epochs=15, hidden=8, random_state=0))
    grid = {"gnnwrregressor__learning_rate": [0.05, 0.1]}
    alone = GridSearchCV(whole, grid, cv=3).fit(X, y)
    shared = GridSearchCV(whole, grid, cv=3, n_jobs=2).fit(X, y)
    np.testing.assert_array_equal(shared.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(shared)).predict(X), alone.predict(X))
    groups = np.arange(len(y)) % 5
    scores = [cross_val_score(SSVAERegressor(epochs=5, random_state=0), X, y, cv=GroupKFold(3), groups=groups, n_jobs=n)
              for n in (None, 2)]  # fmt: skip
    np.testing.assert_array_equal(*scores)


def test_layouts_and_kinds_of_numbers_change_nothing(rows):
    X, y = rows
    X = X.astype(np.float32).astype(np.float64)
    wanted = GNNWRRegressor(epochs=5, hidden=[8], random_state=0).fit(X, y).predict(X)
    for given in (np.asfortranarray(X), np.repeat(X, 2, 1)[:, ::2], X.astype(np.float32), X.tolist()):
        found = GNNWRRegressor(epochs=5, hidden=8, random_state=0).fit(given, y).predict(given)
        np.testing.assert_array_equal(found, wanted)
    with pytest.raises(phreatic.InputError, match="hidden: 'wide'"):
        GNNWRRegressor(hidden="wide").fit(X, y)
    with pytest.raises(phreatic.InputError, match="share: None"):
        SSVAERegressor(share=None).fit(X, y)
