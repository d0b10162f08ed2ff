# SPDX-License-Identifier: BSD-3-Clause
"""STL beside statsmodels and Mann-Kendall with Sen's slope beside pymannkendall: processor time per series of 261 months,
one thread, ours and the peer's in turn; numbers of ten series are compared each time. Ours gives the slope's interval too."""
import numpy as np

import harness

CASES = {"plain": ("STL, plain", "statsmodels", 40000, 100, 20, 40),
         "robust": ("STL, robust", "statsmodels", 8000, 50, 50, 100),
         "trend": ("Mann-Kendall and Sen", "pymannkendall", 16000, 100, 50, 200)}


def run(runner, build, rounds):
    rows, verdicts = [], []
    for case, (what, peer, ours, theirs, must, aim) in CASES.items():
        files = [build / f"bench-series-{who}.txt" for who in ("ours", "peer")]
        mine, others, difference = [], [], 0.0
        for _ in range(rounds or 5):
            for command, count, file, times in (([build / "bin/bench_series"], ours, files[0], mine),
                                                ([harness.PYTHON, harness.ROOT / "bench/series/peers.py"], theirs, files[1], others)):
                reading = runner.lines([*command, case, count, 261, file])[0]
                times.append(1e6 * reading["cpu_s"] / reading["series"])
            a, b = (np.loadtxt(file) for file in files)
            difference = max(difference, float(np.max(np.abs(a - b) / np.maximum(1, np.abs(b)))))
        assert difference < 1e-10, f"{case}: the numbers differ by {difference}"
        ratio = harness.median(others) / harness.median(mine)
        rows.append((what, peer, f"{harness.median(mine):.1f} ({harness.spread(mine)})", f"{harness.median(others):.0f} ({harness.spread(others)})",
                     f"{ratio:.0f}", f"{difference:.1g}"))
        verdicts.append(harness.verdict(f"{what} of 261 months: {peer} over ours", ratio, must, "x", aim=aim))
    hats = [runner.lines([build / "bin/bench_series", "hats", 18000, 200, "-"])[0] for _ in range(rounds or 5)]
    assert all(reading["solved"] == 18000 for reading in hats)
    seconds = [reading["cpu_s"] for reading in hats]
    rows.append(("Three-cornered hat, 18,000 cells x 4 products x 200 months, s", "none", f"{harness.median(seconds):.2f} ({harness.spread(seconds)})", "", "", ""))
    verdicts.append(harness.verdict("Three-cornered hat of 18,000 cells x 4 products x 200 months, one thread", harness.median(seconds), 5, " s", False, 1))
    harness.store("series", "Series", harness.table(("What", "Peer", "Ours, us a series", "Peer, us a series", "Peer over ours", "Largest difference"), rows),
                  verdicts, runner, harness.versions("statsmodels", "pymannkendall", "numpy"))
