# SPDX-License-Identifier: BSD-3-Clause
"""Evaluation and explanation of boosted trees beside XGBoost, oneDAL, tl2cgen and woodelf-explainer, two threads.

Ratios are of processor time per row (user and system), which company on the machine disturbs least; ours and the
peer's run in turn. Peers explain fewer rows, for they would take minutes; our time holds preparing the tables, theirs the call.
xgboost is the wheel in .venv/xgboost (tools/setup), the others come from bench/peers.txt.
"""

import os
import pathlib

import numpy as np

import harness

PEERS = harness.ROOT / "bench/trees/peers.py"
# what, peer, rows of ours, rows of the peer, target, aim
CASES = [
    ("predict", "xgboost", 1_600_000, 400_000, 2, 5),
    ("predict", "onedal", 1_600_000, 400_000, 2, 5),
    ("predict", "tl2cgen", 1_600_000, 100_000, 2, 5),
    ("shap", "xgboost", 1_600_000, 4_000, 15, None),
    ("shap", "woodelf", 1_600_000, 40_000, 3, None),
    ("interventional", "woodelf", 1_600_000, 40_000, 3, None),
    ("interactions", "xgboost", 40_000, 400, 5, 20),
]


def run(runner, build, rounds):
    os.environ["PYTHONPATH"] = str(harness.ROOT / ".venv/xgboost")
    folder = build / "bench-trees"
    if not (folder / "rows.f32").exists():
        runner.prepare([harness.PYTHON, PEERS, "make", folder])
    ours = build / "bin/bench_trees"
    rows_table, verdicts, wall = [], [], {}
    for model in ("d6", "d4"):
        for what, peer, n, m, target, aim in CASES:
            mine, theirs = [], []
            for _ in range(rounds or 3):
                first = runner.lines([ours, what, folder / f"{model}.json", folder / "rows.f32", n, 2, folder / "ours.f32", folder / "background.f32"])[0]
                second = runner.lines([harness.PYTHON, PEERS, peer, what, folder, model, m, 2])[0]
                mine.append(1e6 * first["cpu_seconds"] / first["rows"])
                theirs.append(1e6 * second["cpu_seconds"] / second["rows"])
                wall.setdefault((what, model), []).append(first["seconds"])
            difference = compare(folder, peer, what, model)
            ratio = harness.median(theirs) / harness.median(mine)
            rows_table.append([what, model, peer, f"{harness.median(mine):.3g} ({harness.spread(mine)})",
                               f"{harness.median(theirs):.3g} ({harness.spread(theirs)})", f"{ratio:.3g}", f"{difference:.2g}"])
            verdicts.append(harness.verdict(f"{what} {model}, {peer}'s time over ours", ratio, target, "x", aim=aim))
    for model, aim in (("d6", 40), ("d4", 5)):
        verdicts.append(harness.verdict(f"shap {model} of 1.6 million rows", harness.median(wall[("shap", model)]), aim, " s", more_is_better=False))
    text = harness.table(["What", "Model", "Peer", "Ours, CPU us a row", "Peer's", "Ratio", "Largest difference"], rows_table)
    text += "\n\nd6: 500 trees of depth 6, d4: 200 of depth 4, trained on 500 rows with 9 features; interventional with 500 background rows."
    harness.store("trees", "Boosted trees", text, verdicts, runner,
                  "xgboost-cpu 3.4.1, " + harness.versions("scikit-learn-intelex", "tl2cgen", "woodelf-explainer"))


def compare(folder, peer, what, model):
    a = np.fromfile(folder / "ours.f32", "f4")
    b = np.fromfile(folder / f"{peer}-{what}-{model}.f32", "f4")
    features = 9
    if peer == "xgboost" and what != "predict":  # the bias stands in the last column
        side = features + 1
        b = b.reshape((-1,) + (side,) * (2 if what == "interactions" else 1))
        b = b[:, :features] if what == "shap" else b[:, :features, :features]
    n = min(a.size, b.size)
    return float(np.abs(a[:n] - b.ravel()[:n]).max())
