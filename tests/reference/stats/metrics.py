# SPDX-License-Identifier: BSD-3-Clause
# Numbers of tests/stats/test_metrics.cpp, AgreeWithPeers. scikit-learn 1.9.1, hydroeval 0.1.0.
import hydroeval
import numpy as np
from sklearn.metrics import mean_absolute_error, mean_pinball_loss, mean_squared_error

o = np.array([12.31, 12.44, 12.9, 13.37, 13.21, 12.78, 12.4, 12.12, 11.95, 11.9, 12.05, 12.6])
s = np.array([12.2, 12.6, 12.75, 13.1, 13.3, 12.95, 12.3, 12.3, 12.1, 11.7, 12.2, 12.45])
print("NSE", repr(float(hydroeval.evaluator(hydroeval.nse, s, o)[0])))
print("R2", repr(float(np.corrcoef(o, s)[0, 1] ** 2)))
print("RMSE", repr(float(np.sqrt(mean_squared_error(o, s)))))
print("MAE", repr(float(mean_absolute_error(o, s))))
print("KGE", repr(float(hydroeval.evaluator(hydroeval.kge, s, o)[0][0])))
print("KGE12", repr(float(hydroeval.evaluator(hydroeval.kgeprime, s, o)[0][0])))
print("PINBALL", repr(float(mean_pinball_loss(o, s, alpha=0.9))))
