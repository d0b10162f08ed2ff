# SPDX-License-Identifier: BSD-3-Clause
"""Writes small XGBoost models with XGBoost's own predictions, contributions and interactions.

    VENV/bin/python tests/reference/trees/make_models.py OUT_FOLDER

Run once with xgboost==1.7.6 (numpy<2) and once with the newest xgboost-cpu (3.4.1); the folders' contents are stored
as tests/reference/trees/data/xgboost-<version>. With shap==0.51.0 present, shap's interventional values are written too.
Per model <name>: <name>.json or <name>.ubj, and in expected.json margins, predictions, contributions (last one the
bias) and, for some, interactions of the rows of rows.json (null = missing).
"""
import json
import pathlib
import sys

import numpy as np
import xgboost as xgb

NAMES = ["rate", "area", "transmissivity", "depth", "yield"]


def data(n=300, seed=7):
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 1, (n, 5)).astype("f4")
    x[:, 3] = np.round(x[:, 3] * 20) / 4  # many ties: thresholds equal values under exact
    y = 2 * x[:, 0] * x[:, 1] + np.sin(5 * x[:, 2]) + 0.3 * x[:, 3] + 0.1 * rng.normal(size=n)
    x[rng.uniform(size=x.shape) < 0.06] = np.nan
    return x, y.astype("f4")


MODELS = {
    # name: parameters, rounds, format, transform of the target, interactions
    "squarederror": ({"objective": "reg:squarederror", "max_depth": 6}, 12, "json", None, True),
    "squarederror_ubj": ({"objective": "reg:squarederror", "max_depth": 4}, 20, "ubj", None, False),
    "exact": ({"objective": "reg:squarederror", "max_depth": 5, "tree_method": "exact", "base_score": 0.7}, 8, "json", None, True),
    "deep": ({"objective": "reg:squarederror", "max_depth": 12, "min_child_weight": 0, "lambda": 0}, 4, "ubj", None, True),
    "squaredlogerror": ({"objective": "reg:squaredlogerror", "max_depth": 3}, 10, "json", "positive", False),
    "pseudohuber": ({"objective": "reg:pseudohubererror", "max_depth": 3}, 10, "json", None, False),
    "logistic": ({"objective": "binary:logistic", "max_depth": 3, "base_score": 0.3}, 10, "json", "class", False),
    "logitraw": ({"objective": "binary:logitraw", "max_depth": 3, "base_score": 0.3}, 10, "ubj", "class", False),
    "hinge": ({"objective": "binary:hinge", "max_depth": 3}, 10, "json", "class", False),
    "poisson": ({"objective": "count:poisson", "max_depth": 3}, 10, "json", "count", False),
    "gamma": ({"objective": "reg:gamma", "max_depth": 3}, 10, "ubj", "positive", False),
    "tweedie": ({"objective": "reg:tweedie", "tweedie_variance_power": 1.3, "max_depth": 3}, 10, "json", "positive", False),
    "absoluteerror": ({"objective": "reg:absoluteerror", "max_depth": 3}, 10, "json", None, False),
    "dart": ({"objective": "reg:squarederror", "booster": "dart", "rate_drop": 0.3, "max_depth": 4, "seed": 3}, 20, "json", None, False),
    "forest": ({"objective": "reg:squarederror", "num_parallel_tree": 4, "subsample": 0.6, "max_depth": 4}, 5, "ubj", None, False),
    "pruned": ({"objective": "reg:squarederror", "tree_method": "exact", "gamma": 0.4, "max_depth": 6}, 10, "json", None, False),
}


def wide():
    """A tree ensemble with more than eight features on a path."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(400, 14)).astype("f4")
    y = (x @ rng.normal(size=14) + x[:, 0] * x[:, 1]).astype("f4")
    return x, y


def encode(a):
    return [[None if np.isnan(v) else float(v) for v in row] for row in np.atleast_2d(np.asarray(a, dtype="f8"))]


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    x, y = data()
    rows = x[:24]
    targets = {None: y, "positive": np.exp(y / 2), "class": (y > np.median(y)).astype("f4"), "count": np.floor(np.exp(y / 2))}
    expected = {}

    def write(name, booster, rows, interactions):
        dm = xgb.DMatrix(rows, feature_names=booster.feature_names)
        e = {"margin": booster.predict(dm, output_margin=True).tolist(), "prediction": booster.predict(dm).tolist(),
             "contributions": np.asarray(booster.predict(dm, pred_contribs=True), dtype="f8").tolist()}
        if interactions:
            e["interactions"] = np.round(np.asarray(booster.predict(dm, pred_interactions=True), dtype="f8")[:8], 8).tolist()
        expected[name] = e

    for name, (params, rounds, kind, target, interactions) in MODELS.items():
        booster = xgb.train({"nthread": 1, **params}, xgb.DMatrix(x, targets[target], feature_names=NAMES), rounds)
        booster.save_model(out / f"{name}.{kind}")
        if name == "exact":  # put thresholds into the rows
            trees = json.loads(bytes(booster.save_raw("json")))["learner"]["gradient_booster"]["model"]["trees"]
            for r in range(0, 24, 3):
                tree = trees[r % len(trees)]
                rows[r, tree["split_indices"][0]] = np.float32(tree["split_conditions"][0])
    for name, (params, rounds, kind, target, interactions) in MODELS.items():
        booster = xgb.Booster(model_file=out / f"{name}.{kind}")
        write(name, booster, rows, interactions)
    wx, wy = wide()
    booster = xgb.train({"nthread": 1, "max_depth": 12, "min_child_weight": 0}, xgb.DMatrix(wx, wy), 6)
    booster.save_model(out / "wide.ubj")
    write("wide", booster, wx[:10], True)
    (out / "rows.json").write_text(json.dumps({"rows": encode(rows), "wide": encode(wx[:10]), "names": NAMES}))
    # What must be refused.
    booster = xgb.train({"objective": "multi:softprob", "num_class": 3, "max_depth": 2}, xgb.DMatrix(x, np.arange(300) % 3), 2)
    booster.save_model(out / "refused_classes.json")
    import pandas as pd
    frame = pd.DataFrame({"a": x[:, 0], "soil": pd.Categorical.from_codes(np.arange(300) % 4, ["p", "q", "r", "s"])})
    booster = xgb.train({"tree_method": "hist", "max_depth": 3, "max_cat_to_onehot": 1},
                        xgb.DMatrix(frame, y + (np.arange(300) % 4 == 2) * 3, enable_categorical=True), 3)
    booster.save_model(out / "refused_categories.json")
    if not xgb.__version__.startswith("1."):
        booster = xgb.train({"tree_method": "hist", "multi_strategy": "multi_output_tree", "max_depth": 2},
                            xgb.DMatrix(x, np.stack([y, -y], 1)), 2)
        booster.save_model(out / "refused_vectors.json")
    booster = xgb.train({"booster": "gblinear"}, xgb.DMatrix(np.nan_to_num(x), y), 2)
    booster.save_model(out / "refused_linear.json")
    try:
        import shap
    except ImportError:
        shap = None
    if shap is not None:
        full = np.nan_to_num(rows, nan=0.5)
        background = np.nan_to_num(x[100:130], nan=0.5)
        for name in ("squarederror", "exact"):
            booster = xgb.Booster(model_file=out / f"{name}.json")
            explainer = shap.TreeExplainer(booster, background, feature_perturbation="interventional")
            expected[name]["interventional"] = {"background": encode(background), "rows": encode(full),
                                                "values": explainer.shap_values(full).tolist(),
                                                "base": float(np.ravel(explainer.expected_value)[0])}
    (out / "expected.json").write_text(json.dumps(expected))


main()
