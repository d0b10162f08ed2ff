# SPDX-License-Identifier: BSD-3-Clause
# Numbers of tests/stats/test_stl.cpp: a series from a linear congruential generator that the test repeats, decomposed
# by statsmodels. statsmodels 0.15.0, numpy 2.4.6.
import numpy as np
from statsmodels.tsa.seasonal import STL

state, y = 20240229, []
for i in range(150):
    state = (1103515245 * state + 12345) % 2**31
    noise = (state + 0.5) / 2**31 - 0.5
    y.append(10 * np.cos(2 * np.pi * i / 12) + 0.05 * i + 4 * noise + (40 if i == 70 else 0))
y = np.array(y)
for name, model in {
    "plain 7": STL(y, period=12).fit(),
    "robust 13": STL(y, period=12, seasonal=13, robust=True).fit(),
    "constant season": STL(y, period=12, seasonal=25, seasonal_deg=0).fit(),
}.items():
    for part in ("trend", "seasonal"):
        print(name, part, [float(getattr(model, part)[i]) for i in (0, 70, 149)])
    print(name, "weight of 70", float(model.weights[70]))
