# SPDX-License-Identifier: BSD-3-Clause
# Numbers of tests/stats/test_baselines.cpp, RidgeAgreesWithScikitLearn. scikit-learn 1.9.1, numpy 2.4.6.
import numpy as np
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

t = np.arange(60)
driver = np.round(np.sin(0.9 * t) + np.cos(0.37 * t * t), 6)
target = np.round(100 + 0.5 * driver + 0.8 * np.roll(driver, 1) + 0.3 * np.sin(1.3 * t), 6)
x = np.column_stack([driver[3:], driver[2:-1], np.convolve(driver, np.ones(4) / 4, "valid")])
y = target[3:]
train = slice(0, 37)  # steps 3..39
for penalty in (0.01, 0.1):
    # scikit-learn's alpha multiplies sum b^2 beside the sum of squares: n lambda.
    scaler = StandardScaler().fit(x[train])
    model = Ridge(alpha=37 * penalty).fit(scaler.transform(x[train]), y[train])
    simulated = model.predict(scaler.transform(x))
    print(penalty, [float(v) for v in model.coef_], float(model.intercept_), float(simulated[-1]))
    z = scaler.transform(x[train])
    left = cross_val_predict(Ridge(alpha=37 * penalty), z, y[train], cv=LeaveOneOut())
    print("  loo rmse", float(np.sqrt(np.mean((left - y[train]) ** 2))))
