# SPDX-License-Identifier: BSD-3-Clause
# Numbers of tests/stats/test_special.cpp and test_correlation.cpp. scipy 1.17.1, numpy 2.4.6.
import numpy as np
from scipy import special, stats

for a, x in [(0.5, 0.2), (1.0, 1.0), (2.5, 10.0), (30.0, 25.0), (1e-3, 1e-5), (300.0, 320.0)]:
    print(f"{{{a}, {x}, {float(special.gammainc(a, x))!r}}},")
for a, b, x in [(0.5, 0.5, 0.3), (2, 3, 0.9), (50, 0.5, 0.99), (0.1, 20, 1e-4)]:
    print(f"{{{a}, {b}, {x}, {float(special.betainc(a, b, x))!r}}},")
for p in [1e-12, 0.001, 0.025, 0.3, 0.5, 0.9, 0.999999]:
    print(f"{{{p}, {float(stats.norm.ppf(p))!r}}},")
for t, d in [(0.0, 3), (2.0, 10), (-1.3, 2.5), (30.0, 7)]:
    print(f"{{{t}, {d}, {float(2 * stats.t.sf(abs(t), d))!r}}},")

x = np.array([2.1, 3.4, 3.4, 5.0, 1.2, 0.3, 4.4, 4.9])
y = np.array([1.0, 2.2, 2.9, 2.2, 1.5, 0.1, 3.8, 3.0])
print("spearman", repr(float(stats.spearmanr(x, y)[0])))
print("pearson p", repr(float(stats.pearsonr([1, 0, -1, 0, 1, 0, -1, 0], y)[1])))
d = x - x.mean()
print("acf", [repr(float((d[k:] * d[: len(d) - k]).sum() / (d * d).sum())) for k in range(4)])
p = np.array([0.01, 0.04, 0.03, 0.2, 0.005, 0.9])
print("bh", [repr(float(v)) for v in stats.false_discovery_control(p)])
