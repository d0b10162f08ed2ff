# SPDX-License-Identifier: BSD-3-Clause
"""Forests: the command line's numbers, XGBoost's where it is installed, and what is refused."""

import csv
import pickle

import numpy as np
import pandas as pd
import phreatic
import phreatic.explain
import pytest


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model written by hand in XGBoost's JSON: two trees of two features with names."""
    import json

    def tree(feature, threshold, left, right, number):
        return {
            "base_weights": [0.0, left, right], "categories": [], "categories_nodes": [], "categories_segments": [],
            "categories_sizes": [], "default_left": [1, 0, 0], "id": number, "left_children": [1, -1, -1],
            "loss_changes": [1.0, 0.0, 0.0], "parents": [2147483647, 0, 0], "right_children": [2, -1, -1],
            "split_conditions": [threshold, left, right], "split_indices": [feature, 0, 0], "split_type": [0, 0, 0],
            "sum_hessian": [10.0, 4.0, 6.0],
            "tree_param": {"num_deleted": "0", "num_feature": "2", "num_nodes": "3", "size_leaf_vector": "1"},
        }  # fmt: skip

    learner = {
        "attributes": {}, "feature_names": ["rain", "depth"], "feature_types": ["float", "float"],
        "gradient_booster": {
            "model": {"gbtree_model_param": {"num_parallel_tree": "1", "num_trees": "2"}, "iteration_indptr": [0, 1, 2],
                      "tree_info": [0, 0], "trees": [tree(0, 0.5, -1.0, 2.0, 0), tree(1, 3.0, 0.25, -0.75, 1)]},
            "name": "gbtree"},
        "learner_model_param": {"base_score": "5E-1", "boost_from_average": "1", "num_class": "0", "num_feature": "2",
                                "num_target": "1"},
        "objective": {"name": "reg:squarederror", "reg_loss_param": {"scale_pos_weight": "1"}},
    }  # fmt: skip
    path = tmp_path_factory.mktemp("model") / "model.json"
    path.write_text(json.dumps({"learner": learner, "version": [2, 1, 4]}))
    return path


@pytest.fixture
def table():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"rain": rng.uniform(size=50), "depth": rng.uniform(size=50) * 6})
    frame.loc[3, "rain"] = np.nan
    return frame


def test_predictions_are_sums_of_leaves(model, table):
    forest = phreatic.Forest.load(model)
    assert len(forest) == 2 and forest.feature_names == ["rain", "depth"]
    wanted = 0.5 + np.where(table.rain >= 0.5, 2.0, -1.0) + np.where(table.depth < 3, 0.25, -0.75)
    np.testing.assert_array_equal(forest.predict(table), wanted.astype(np.float32))
    np.testing.assert_array_equal(forest.predict(table[["depth", "rain"]].assign(other="x")), forest.predict(table))
    np.testing.assert_array_equal(forest.predict(table.to_numpy()), forest.predict(table))


def test_shapley_values_sum_to_the_margin_and_are_those_of_the_command_line(model, table, tmp_path, command):
    forest = phreatic.Forest.load(model)
    found = phreatic.explain.tree_shap(forest, table)
    margins = forest.predict(table, output_margin=True)
    np.testing.assert_allclose(found.base_values + found.values.sum(1), margins, atol=1e-6)
    # One tree per feature: a feature's value is its leaf less the cover-weighted mean of both.
    mean = 0.4 * -1.0 + 0.6 * 2.0
    np.testing.assert_allclose(found.values[:, 0], np.where(table.rain >= 0.5, 2.0, -1.0) - mean, atol=1e-12)
    assert found.feature_names == ["rain", "depth"] and found.data.shape == (50, 2) and found[:3].shape == (3, 2)
    table.to_csv(tmp_path / "table.csv", index=False)
    command("trees", "explain", model, tmp_path / "table.csv", "-o", tmp_path / "out")
    with open(tmp_path / "out" / "contributions.csv") as file:
        rows = list(csv.DictReader(file))
    for name, column in (("rain", 0), ("depth", 1)):
        wanted = [float(row[name]) for row in rows]
        np.testing.assert_allclose(found.values[:, column], wanted, rtol=1e-6, atol=1e-9)
    whole = phreatic.explain.tree_shap(forest, table, interactions=True)
    np.testing.assert_allclose(whole.values.sum(2), found.values, atol=1e-12)


def test_a_background_is_averaged_over(model, table):
    found = phreatic.explain.tree_shap(phreatic.Forest.load(model), table, background=table[:20])
    margins = phreatic.Forest.load(model).predict(table, output_margin=True)
    assert found.base_values[0] == pytest.approx(margins[:20].mean(), rel=1e-6)
    np.testing.assert_allclose(found.base_values + found.values.sum(1), margins, atol=1e-6)


def test_a_forest_is_pickled_and_saved(model, table, tmp_path):
    forest = phreatic.Forest.load(model)
    again = pickle.loads(pickle.dumps(forest))
    np.testing.assert_array_equal(again.predict(table), forest.predict(table))
    forest.save(tmp_path / "m.json")
    np.testing.assert_array_equal(phreatic.Forest.load(tmp_path / "m.json").predict(table), forest.predict(table))


def test_what_does_not_fit_is_refused(model, table, tmp_path):
    forest = phreatic.Forest.load(model)
    for bad, says in (
        (table.drop(columns="depth"), "no column depth"),
        (table.assign(rain="much"), "rain"),
        (table.assign(rain=pd.Categorical(["a"] * 50)), "rain"),
        (table.to_numpy()[:, :1], "columns"),
        (table.to_numpy()[0], "row, feature"),
        (table.replace({np.nan: np.inf}), "infinite"),
        (pd.concat([table, table.rain], axis=1), "twice"),
    ):
        with pytest.raises(phreatic.InputError, match=says):
            forest.predict(bad)
    (tmp_path / "cut.json").write_text(model.read_text()[:200])
    with pytest.raises(phreatic.InputError) as caught:
        phreatic.Forest.load(tmp_path / "cut.json")
    assert caught.value.file.endswith("cut.json")
    with pytest.raises(phreatic.InputError, match="there|read"):
        phreatic.Forest.load(tmp_path / "none.json")


def test_xgboosts_own_numbers():
    xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed (pip install xgboost-cpu)")
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 6)).astype(np.float32)
    x[::17, 2] = np.nan
    y = x[:, 0] * 2 - np.nan_to_num(x[:, 2]) + rng.normal(size=400) * 0.1
    fitted = xgboost.XGBRegressor(n_estimators=40, max_depth=4, n_jobs=1).fit(x, y)
    forest = phreatic.Forest.from_xgboost(fitted)
    np.testing.assert_array_equal(forest.predict(x), fitted.predict(x))
    ours = phreatic.explain.tree_shap(fitted, x)
    theirs = fitted.get_booster().predict(xgboost.DMatrix(x), pred_contribs=True)
    np.testing.assert_allclose(ours.values, theirs[:, :-1], atol=2e-5)
    np.testing.assert_allclose(ours.base_values, theirs[:, -1], atol=2e-5)
    with pytest.raises(phreatic.InputError, match="fitted"):
        phreatic.Forest.from_xgboost("model.json")


def test_a_model_that_stopped_early_predicts_by_its_best_trees():
    xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed (pip install xgboost-cpu)")
    rng = np.random.default_rng(3)
    x = rng.normal(size=(200, 4)).astype(np.float32)
    y = x[:, 0] + rng.normal(size=200)
    fitted = xgboost.XGBRegressor(n_estimators=100, max_depth=6, early_stopping_rounds=3, n_jobs=1)
    fitted.fit(x[:150], y[:150], eval_set=[(x[150:], y[150:])], verbose=False)
    assert fitted.best_iteration + 1 < fitted.get_booster().num_boosted_rounds()
    np.testing.assert_array_equal(phreatic.Forest.from_xgboost(fitted).predict(x), fitted.predict(x))
    whole = phreatic.Forest.from_xgboost(fitted.get_booster())
    np.testing.assert_array_equal(whole.predict(x), fitted.get_booster().predict(xgboost.DMatrix(x)))


def test_rows_come_as_people_have_them(model, table):
    xarray = pytest.importorskip("xarray", reason="xarray is not installed")
    forest = phreatic.Forest.load(model)
    rows = table.to_numpy()
    wanted = forest.predict(rows)
    masked = np.ma.masked_invalid(rows)
    for given in (rows.tolist(), np.asfortranarray(rows), np.repeat(rows, 2, 1)[:, ::2], rows.astype(np.float32), masked,
                  xarray.DataArray(rows), rows.astype(">f8")):  # fmt: skip
        np.testing.assert_array_equal(forest.predict(given), wanted)
