# SPDX-License-Identifier: BSD-3-Clause
"""Writes the study of an ensemble of recharge sites on a model folder of make_models.py or of make_mar_mf6.py.

    python3 site_study.py MODEL ROWS COLUMNS DAYS SCENARIOS OUT.yml [LANES]

Sites are squares of 10 x 10 cells of 25 m that get 10 to 25 mm/d in the first half of the run, as those of bench_ensemble; heads
are kept at its middle and end.
"""
import sys

import numpy as np


def main():
    model, (rows, columns, days, count), out = sys.argv[1], map(int, sys.argv[2:6]), sys.argv[6]
    lanes = int(sys.argv[7]) if len(sys.argv) > 7 else 16
    random = np.random.default_rng(20)
    lines = [f"model: {model}", "ensemble:", f"  dates: [{days // 2}, {days}]", f"  lanes: {lanes}", "scenarios:"]
    for s in range(count):
        row, column = random.integers(10, rows - 10), random.integers(10, columns - 10)
        rate = 0.010 + 0.015 * random.random()
        lines += [f"  - name: site {s + 1}", "    sites:",
                  f"      - {{row: {row}, column: {column}, size: 250, rate: {rate:.4f}, from: 1, to: {days / 2:g}}}"]
    with open(out, "w") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
