# SPDX-License-Identifier: BSD-3-Clause
"""Self-organising maps beside MiniSom and permutation entropy beside antropy: processor time, one thread, ours and the peer's in
turn. Maps: equal presentations, and both quantisation errors by the same few lines of numpy. Lag correlations: ours alone."""
import numpy as np

import harness

PEERS = [harness.PYTHON, harness.ROOT / "bench/analysis/peers.py"]
SOMS = {"som_online": ("SOM, online", 30, 60), "som_batch": ("SOM, batch", 5, 10)}


def run(runner, build, rounds):
    ours = build / "bin/bench_analysis"
    rows, verdicts = [], []
    for case, (what, must, aim) in SOMS.items():
        files = [build / f"bench-{case}-{who}.txt" for who in ("ours", "peer")]
        mine, others = [], []
        for _ in range(rounds or 3):
            mine.append(runner.lines([ours, case, files[0]])[0]["cpu_s"])
            others.append(runner.lines([*PEERS, case, files[1]])[0]["cpu_s"])
        errors = [runner.lines([*PEERS, "quantisation", file])[0]["error"] for file in files]
        ratio = harness.median(others) / harness.median(mine)
        rows.append((what, "MiniSom", f"{harness.median(mine):.3g} ({harness.spread(mine)})", f"{harness.median(others):.3g} ({harness.spread(others)})",
                     f"{ratio:.0f}", f"quantisation error {errors[0]:.4g}, MiniSom {errors[1]:.4g}"))
        verdicts.append(harness.verdict(f"{what}: MiniSom's time over ours", ratio, must, "x", aim=aim))
        verdicts.append(harness.verdict(f"{what}: quantisation error over MiniSom's", errors[0] / errors[1], 1.01, more_is_better=False))
    files = [build / f"bench-entropy-{who}.txt" for who in ("ours", "peer")]
    mine, others = [], []
    for _ in range(rounds or 3):
        mine.append(runner.lines([ours, "entropy", files[0]])[0]["cpu_s"])
        others.append(runner.lines([*PEERS, "entropy", files[1]])[0]["cpu_s"])
    a, b = (np.loadtxt(file) for file in files)
    difference = float(np.max(np.abs(a[:len(b)] - b)))
    assert difference < 1e-10, f"the entropies differ by {difference}"
    ratio = harness.median(others) / harness.median(mine)
    rows.append(("Permutation entropy, order 3", "antropy", f"{harness.median(mine):.3g} ({harness.spread(mine)})",
                 f"{harness.median(others):.3g} ({harness.spread(others)})", f"{ratio:.1f}", f"largest difference {difference:.1g}"))
    verdicts.append(harness.verdict("Permutation entropy: antropy's time over ours", ratio, 5, "x", aim=20))
    readings = [runner.lines([ours, "lags", 1000])[0] for _ in range(rounds or 3)]
    wall, cpu = ([r[key] for r in readings] for key in ("wall_s", "cpu_s"))
    rows.append(("Lag correlations", "none", f"{harness.median(cpu):.3g} ({harness.spread(cpu)})", "-", "-",
                 f"{harness.median(wall):.2f} s by the clock ({harness.spread(wall)}), all threads"))
    verdicts.append(harness.verdict("Lag correlations, 1,000 wells x 10 drivers x 13 lags x 4,000 steps", harness.median(wall), 2, " s", more_is_better=False, aim=0.5))
    text = ("Maps of 10 x 10 nodes, 1,000 series of 1,000 steps, 10 epochs; entropies of 10,000 series of 5,000 steps (the peer's time from 500 of "
            "them). MiniSom follows our schedule of radius and rate; the start of the map is counted in neither. Our online products are float32, MiniSom's float64.\n\n"
            + harness.table(("What", "Peer", "Ours, s of processor time", "Peer, s", "Peer over ours", ""), rows))
    harness.store("analysis", "Maps, entropy and lags", text, verdicts, runner, harness.versions("minisom", "antropy", "numpy"))
