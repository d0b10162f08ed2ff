# SPDX-License-Identifier: BSD-3-Clause
"""Expected gradients of torch modules against integrals that are known; what shap's plots take."""

import pickle
import sys

import numpy as np
import pandas as pd
import phreatic.explain
import pytest


@pytest.fixture
def torch(torch_folder):
    """The torch that phreatic-learn is built with, or an installed one."""
    if torch_folder and torch_folder not in sys.path:
        sys.path.append(torch_folder)
    return pytest.importorskip("torch", reason="torch is not installed")


@pytest.fixture
def rows():
    rng = np.random.default_rng(2)
    return rng.normal(size=(6, 4)), rng.normal(size=(50, 4))


def test_a_linear_module_gives_its_weights_times_the_distance_from_the_mean(torch, rows):
    x, behind = rows
    model = torch.nn.Linear(4, 2).double()
    found = phreatic.explain.expected_gradients(model, x, behind, output=1)
    weights = model.weight[1].detach().numpy()
    np.testing.assert_allclose(found.values, weights * (x - behind.mean(0)), atol=2e-5)
    np.testing.assert_allclose(found.base_values, model(torch.tensor(behind))[:, 1].mean().item(), atol=1e-6)
    assert found.converged.all() and np.abs(found.residual).max() < 1e-5
    assert model.training


def test_a_product_is_shared_as_its_integral_is(torch):
    # against one reference 0: phi_1 = phi_2 = int x1 alpha x2 d alpha = x1 x2 / 2
    x = np.array([[2.0, 3.0, 7.0], [-1.0, 4.0, 7.0]])
    found = phreatic.explain.expected_gradients(lambda t: t[:, 0] * t[:, 1], x, np.zeros((2, 3)), tolerance=0.001)
    np.testing.assert_allclose(found.values[:, :2], np.outer(x[:, 0] * x[:, 1] / 2, [1, 1]), atol=0.02)
    np.testing.assert_array_equal(found.values[:, 2], 0)
    part = found[1:]
    assert len(part) == 1 and part.residual[0] == found.residual[1]


def test_a_recurrent_network_is_explained_by_step_and_adds_up(torch):
    torch.manual_seed(1)

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = torch.nn.LSTM(3, 8, batch_first=True)
            self.head = torch.nn.Sequential(torch.nn.Dropout(0.5), torch.nn.Linear(8, 1))

        def forward(self, x):
            return self.head(self.lstm(x)[0][:, -1])

    rng = np.random.default_rng(3)
    x, behind = rng.normal(size=(4, 20, 3)), rng.normal(size=(40, 20, 3))
    model = Net()
    found = phreatic.explain.expected_gradients(model, x, behind, seed=1, max_draws=20000)
    assert found.values.shape == x.shape and found.standard_errors.shape == (4, 3)
    model.eval()
    value = model(torch.tensor(x, dtype=torch.float32))[:, 0].detach().numpy()
    total = found.values.sum((1, 2)) + found.base_values - found.residual
    np.testing.assert_allclose(total, value, atol=1e-5)
    assert (np.abs(found.residual) < 5 * np.sqrt((found.standard_errors**2).sum(1))).all()
    again = phreatic.explain.expected_gradients(model, x, behind, seed=1, max_draws=20000, batch=64)
    np.testing.assert_allclose(again.values, found.values, atol=1e-5)


def test_shaps_plots_take_what_comes_back(torch, rows):
    shap = pytest.importorskip("shap", reason="shap is not installed")
    pyplot = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is not installed")
    pyplot.switch_backend("Agg")
    x, behind = rows
    table = pd.DataFrame(x, columns=["rain", "snow", "river", "pumping"])
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    found = phreatic.explain.expected_gradients(model, table, behind).to_shap()
    assert isinstance(found, shap.Explanation) and found.feature_names == list(table)
    shap.plots.beeswarm(found, show=False)
    shap.plots.bar(found, show=False)
    shap.plots.waterfall(found[0], show=False)
    shap.plots.scatter(found[:, "rain"], show=False)
    pyplot.close("all")


def test_where_shap_is_there_its_plots_take_explanations_as_they_are(torch, rows):
    shap = pytest.importorskip("shap", reason="shap is not installed")
    pyplot = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is not installed")
    pyplot.switch_backend("Agg")
    x, behind = rows
    table = pd.DataFrame(x, columns=["rain", "snow", "river", "pumping"])
    found = phreatic.explain.expected_gradients(torch.nn.Linear(4, 1), table, behind)
    assert isinstance(found, shap.Explanation) and isinstance(found, phreatic.explain.Explanation)
    np.testing.assert_array_equal(found.abs.mean(0).values, np.abs(found.values).mean(0))
    np.testing.assert_array_equal(found[:, "snow"].values, found.values[:, 1])
    np.testing.assert_array_equal(found[2:4].residual, found.residual[2:4])
    np.testing.assert_array_equal(found[found.converged].values, found.values)
    again = pickle.loads(pickle.dumps(found))
    assert isinstance(again, shap.Explanation) and again.feature_names == found.feature_names
    np.testing.assert_array_equal(again.standard_errors, found.standard_errors)
    for draw in (shap.plots.beeswarm, shap.plots.bar, shap.plots.heatmap, shap.plots.violin):
        draw(found, show=False)
        pyplot.close("all")
    shap.plots.waterfall(found[0], show=False)
    shap.plots.scatter(found[:, "rain"], show=False)
    pyplot.close("all")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda m, x, b: (m, x[:, :2], b), "rows of one shape"),
        (lambda m, x, b: (m, x, b[:1]), "two or more"),
        (lambda m, x, b: (m, np.where(x > 0, np.nan, x), b), "missing or infinite"),
        (lambda m, x, b: (lambda t: 3.0, x, b), "a tensor"),
        (lambda m, x, b: (lambda t: t, x, b), "output: 9"),
        (lambda m, x, b: (m, x[:0], b), "X: has no row"),
        (lambda m, x, b: ("m", x, b), "model: is a str"),
    ],
)
def test_what_cannot_be_explained_is_refused(torch, rows, change, says):
    model, x, behind = change(torch.nn.Linear(4, 1), *rows)
    with pytest.raises(phreatic.InputError, match=says):
        phreatic.explain.expected_gradients(model, x, behind, output=9 if "9" in says else 0)


def test_what_a_module_raises_arrives_as_it_is(torch, rows):
    def broken(tensor):
        if tensor.requires_grad:
            raise KeyError("inside")
        return tensor[:, 0]

    with pytest.raises(KeyError, match="inside"):
        phreatic.explain.expected_gradients(broken, *rows)
