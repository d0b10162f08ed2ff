# SPDX-License-Identifier: BSD-3-Clause
"""The peers' side of bench/trees, one measurement a process; see compare.py.

    python peers.py make FOLDER                       models of 500 rows and 1.6 million rows to evaluate
    python peers.py PEER WHAT FOLDER MODEL ROWS THREADS

PEER: xgboost, onedal (scikit-learn-intelex), tl2cgen, woodelf. WHAT: predict, shap, interventional, interactions.
Prints {"seconds", "cpu_seconds"} of the call alone; models, tables and compiled code are ready before.
"""
import json
import os
import pathlib
import resource
import sys
import time

import numpy as np

FEATURES, ROWS, BACKGROUND = 9, 1_600_000, 500


def make(folder):
    import xgboost as xgb

    rng = np.random.default_rng(11)
    folder.mkdir(parents=True, exist_ok=True)

    def rows(n):
        return rng.uniform(0, 1, (n, FEATURES)).astype("f4")

    x = rows(500)
    y = (2 * x[:, 0] * x[:, 1] + np.sin(6 * x[:, 2]) + x[:, 3] ** 2 * (x[:, 4] > 0.5) + 0.3 * x[:, 5] * x[:, 6]
         + 0.05 * rng.normal(size=500)).astype("f4")
    for depth, trees in ((6, 500), (4, 200)):
        booster = xgb.train({"max_depth": depth, "eta": 0.05, "nthread": 1}, xgb.DMatrix(x, y), trees)
        booster.save_model(folder / f"d{depth}.json")
    rows(ROWS).tofile(folder / "rows.f32")
    x[:BACKGROUND].tofile(folder / "background.f32")


def call_of(peer, what, folder, model, x, threads):
    """A function to be timed that gives the values."""
    background = np.fromfile(folder / "background.f32", "f4").reshape(-1, FEATURES)
    path = folder / f"{model}.json"
    if peer == "xgboost":
        import xgboost as xgb

        booster = xgb.Booster({"nthread": threads}, model_file=path)
        booster.set_param({"nthread": threads})
        if what == "predict":
            return lambda: booster.inplace_predict(x)
        matrix = xgb.DMatrix(x, nthread=threads)
        return lambda: booster.predict(matrix, **{"shap": {"pred_contribs": True}, "interactions": {"pred_interactions": True}}[what])
    if peer == "onedal":
        import daal4py
        import xgboost as xgb

        daal4py.daalinit(threads)
        fitted = daal4py.mb.convert_model(xgb.Booster(model_file=path))
        return lambda: fitted.predict(x)
    if peer == "tl2cgen":
        import tl2cgen
        import treelite

        library = folder / f"{model}-tl2cgen.so"
        if not library.exists():
            tl2cgen.export_lib(treelite.frontend.load_xgboost_model(path, format_choice="use_suffix"), toolchain="gcc",
                               libpath=library, params={"parallel_comp": 16})
        predictor = tl2cgen.Predictor(library, nthread=threads)
        matrix = tl2cgen.DMatrix(x, dtype="float32")
        return lambda: predictor.predict(matrix)
    import pandas as pd
    import xgboost as xgb
    from woodelf import WoodelfExplainer

    names = [f"f{i}" for i in range(FEATURES)]
    booster = xgb.Booster(model_file=path)
    booster.feature_names = names
    frame = pd.DataFrame(x, columns=names)
    if what == "interventional":
        explainer = WoodelfExplainer(booster, pd.DataFrame(background, columns=names), feature_perturbation="interventional")
    else:
        explainer = WoodelfExplainer(booster, feature_perturbation="tree_path_dependent")
    if what == "interactions":
        return lambda: explainer.shap_interaction_values(frame)
    return lambda: explainer.shap_values(frame)


def main():
    if sys.argv[1] == "make":
        make(pathlib.Path(sys.argv[2]))
        return
    peer, what, folder, model, rows, threads = sys.argv[1:7]
    folder = pathlib.Path(folder)
    x = np.fromfile(folder / "rows.f32", "f4", count=int(rows) * FEATURES).reshape(-1, FEATURES)
    call = call_of(peer, what, folder, model, x, int(threads))

    def cpu():
        u = resource.getrusage(resource.RUSAGE_SELF)
        return u.ru_utime + u.ru_stime

    start, used = time.perf_counter(), cpu()
    out = call()
    seconds, used = time.perf_counter() - start, cpu() - used
    np.asarray(out, dtype="f4")[:1000].tofile(folder / f"{peer}-{what}-{model}.f32")
    print(json.dumps({"peer": peer, "what": what, "rows": len(x), "seconds": seconds, "cpu_seconds": used, "pid": os.getpid()}))


main()
