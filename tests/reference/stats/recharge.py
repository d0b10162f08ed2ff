# SPDX-License-Identifier: BSD-3-Clause
# Numbers of tests/stats/test_regression.cpp. statsmodels 0.14.4, scipy 1.15.3, pandas 2.3.3, numpy 2.3.5.
import numpy as np
import statsmodels.api as sm
from statsmodels.stats.outliers_influence import variance_inflation_factor

i = np.arange(25)
x = 7.0 * i
y = np.round(12.3 - 0.011 * x + 0.05 * np.sin(1.7 * i * i) + np.where(i % 9 == 4, 0.8, 0) - np.where(i == 20, 1.5, 0), 4)
design = sm.add_constant(x)
fit = sm.RLM(y, design, M=sm.robust.norms.HuberT(t=1.345)).fit(maxiter=20, tol=1e-14, scale_est="mad")
print("huber", [repr(float(v)) for v in fit.params], "scale", repr(float(fit.scale)), "weights", [repr(float(v)) for v in fit.weights[[3, 4, 20]]])

j = np.arange(40)
a = np.sin(j * j)
b = np.round(0.7 * a + 0.4 * np.cos(3.1 * j), 3)
c = np.round(np.cos(j * j * 0.3) + 5, 3)
z = sm.add_constant(np.column_stack([a, b, c]))
print("vif", [repr(float(variance_inflation_factor(z, k))) for k in (1, 2, 3)])
target = np.round(1 + 2 * a - b + 0.1 * c + 0.2 * np.sin(j), 3)
ols = sm.OLS(target, z).fit()
print("ols", [repr(float(v)) for v in ols.params], "r2", repr(float(ols.rsquared)))
