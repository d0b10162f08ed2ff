# SPDX-License-Identifier: BSD-3-Clause
# Numbers of tests/stats/test_trend.cpp: series from a linear congruential generator that the test repeats, tested by
# pymannkendall. pymannkendall 1.4.3, numpy 2.4.6, scipy 1.17.1.
import numpy as np
import pymannkendall as mk


def series(n):
    state, x, level = 20240229, [], 0.0
    for i in range(n):
        state = (1103515245 * state + 12345) % 2**31
        level = 0.6 * level + (state + 0.5) / 2**31 - 0.5
        x.append(round(level + 0.002 * i, 2))
    return np.array(x)


x = series(180)
for name, test in (("original", mk.original_test), ("hamed rao", mk.hamed_rao_modification_test),
                   ("yue wang", mk.yue_wang_modification_test), ("lag one", mk.pre_whitening_modification_test),
                   ("trend free", mk.trend_free_pre_whitening_modification_test)):
    r = test(x)
    print(name, "S", r.s, "var", repr(float(r.var_s)), "z", repr(float(r.z)), "p", repr(float(r.p)), "tau", repr(float(r.Tau)), "slope", repr(float(r.slope)), "intercept", repr(float(r.intercept)))
r = mk.seasonal_test(x, period=12)
print("seasonal S", r.s, "var", repr(float(r.var_s)), "z", repr(float(r.z)), "p", repr(float(r.p)), "tau", repr(float(r.Tau)), "slope per season cycle", repr(float(r.slope)))
from scipy.stats import theilslopes, kendalltau
print("theilslopes", theilslopes(x, np.arange(180), 0.95), "tau_b", kendalltau(np.arange(180), x).statistic)
