# SPDX-License-Identifier: BSD-3-Clause
"""A scan of a region of 1.6 million cells of 25 m by two surrogates from raw maps, and the search of trees' parameters
(500 samples of a Latin hypercube x 10 folds x 5) exactly and as a race beside the bare fits, two threads. The exact search
and the bare fits are taken of 20 samples; their share of time does not depend on how many there are."""
import os

import harness


def run(runner, build, rounds):
    os.environ.setdefault("PHREATIC_XGBOOST", str(harness.ROOT / ".venv/xgboost/xgboost/lib/libxgboost.so"))
    ours = build / "bin/bench_recharge"
    rows, verdicts = [], []
    for name, words, must in (("two models of 500 trees, depth 6", (1000, 1600, 500, 6), 2.5), ("two models of 350 trees, depth 3", (1000, 1600, 350, 3), None)):
        found = [runner.lines([ours, "scan", *words, 2])[0] for _ in range(rounds or 3)]
        wall, cpu, memory = (harness.median([f[key] for f in found]) for key in ("wall_s", "cpu_s", "memory_mb"))
        rows.append((f"scan, {name}", f"{wall:.2f}", f"{cpu:.2f}", f"{memory:.0f}"))
        if must:
            verdicts.append(harness.verdict(f"Scan of 1.6 million cells, {name}", wall, must, " s", more_is_better=False, aim=1))
            verdicts.append(harness.verdict("Memory of the scan", memory, 1000, " MB", more_is_better=False))
    exact, bare = [], []
    for _ in range(rounds or 3):
        exact.append(runner.lines([ours, "tuning", "exact", 20, 10, 5, 2])[0]["cpu_s"])
        bare.append(runner.lines([ours, "tuning", "bare", 20, 10, 5, 2])[0]["cpu_s"])
    rows.append(("1,000 fits of 20 samples, exact search", "", f"{harness.median(exact):.1f} ({harness.spread(exact)})", ""))
    rows.append(("the same fits, bare", "", f"{harness.median(bare):.1f} ({harness.spread(bare)})", ""))
    verdicts.append(harness.verdict("Exact search over its bare fits", harness.median(exact) / harness.median(bare), 1.1, "x", more_is_better=False))
    race = runner.lines([ours, "tuning", "racing", 500, 10, 5, 2])[0]
    whole = harness.median(bare) * 25
    rows.append((f"race of 500 samples: {race['fits']} of {race['all_fits']} fits", f"{race['wall_s']:.1f}", f"{race['cpu_s']:.1f}", f"{race['memory_mb']:.0f}"))
    verdicts.append(harness.verdict("Race of 25,000 fits over the bare fits (25 times those of 20 samples)", race["cpu_s"] / whole, 1 / 6, "x", more_is_better=False))
    text = harness.table(["What", "Wall, s", "Processor, s", "Memory, MB"], rows)
    harness.store("recharge", "Recharge", text, verdicts, runner, "XGBoost's library (the wheel in .venv/xgboost)")
