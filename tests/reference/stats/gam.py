# SPDX-License-Identifier: BSD-3-Clause
"""Fitted values of pygam's LinearGAM with given smoothing parameters, for tests/stats/test_additive.cpp.

    pip install pygam==0.9.1 numpy; python gam.py
"""
import numpy as np
from pygam import LinearGAM, s

rng = np.random.default_rng(5)
n = 60
x = np.column_stack([rng.uniform(-1, 3, n), rng.normal(0, 2, n)])
y = np.sin(2 * x[:, 0]) + 0.3 * x[:, 1] ** 2 + rng.normal(0, 0.1, n)
gam = LinearGAM(s(0, n_splines=10, lam=0.6) + s(1, n_splines=10, lam=20)).fit(x, y)
out = {"x0": x[:, 0], "x1": x[:, 1], "y": y, "fit": gam.predict(x)}
for name, values in out.items():
    print(f"const std::vector<double> {name} = {{" + ", ".join(f"{v:.12g}" for v in values) + "};")
print("edf", gam.statistics_["edof"])
