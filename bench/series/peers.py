# SPDX-License-Identifier: BSD-3-Clause
"""statsmodels' STL and pymannkendall's original_test on the series of bench_series: plain|robust|trend SERIES STEPS OUT."""
import json
import sys
import time

import numpy as np

what, series, steps, path = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
state = 1


def draw():
    global state
    state = (1103515245 * state + 12345) % 2**31
    return (state + 0.5) / 2**31 - 0.5


made, season = [], 20 * np.cos(2 * np.pi * np.arange(steps) / 12)
for _ in range(series):
    level, row = 0.0, []
    for t in range(steps):
        level += 10 * draw()
        row.append(level + season[t] + 15 * draw())
    made.append(np.array(row))
shown, seconds = [], 0.0
if what == "trend":
    import pymannkendall
    call = pymannkendall.original_test
else:
    from statsmodels.tsa.seasonal import STL
    call = lambda y: STL(y, period=12, seasonal=13, robust=what == "robust").fit()  # noqa: E731
call(made[0])
for k, y in enumerate(made):
    start = time.process_time()
    found = call(y)
    seconds += time.process_time() - start
    if k < 10:
        shown += [found.s, found.z, found.slope] if what == "trend" else np.column_stack([found.trend, found.seasonal]).ravel().tolist()
open(path, "w").write("\n".join(repr(float(v)) for v in shown) + "\n")
print(json.dumps({"series": series, "cpu_s": seconds}))
