# SPDX-License-Identifier: BSD-3-Clause
"""GWR of mgwr 2.2.1 (PyPI) on made rows: adaptive bisquare and gaussian, fixed N and N by AICc. python3 gwr.py > gwr.json"""
import json
import sys

import numpy as np
from mgwr.gwr import GWR
from mgwr.sel_bw import Sel_BW

rng = np.random.default_rng(4)
n = 90
xy = rng.uniform(0, 100, (n, 2))
z = rng.normal(size=(n, 2))
y = (1 + xy[:, 0] / 20) * z[:, 0] + np.sin(xy[:, 1] / 20) + 0.3 * rng.normal(size=n)
X = np.hstack((z, np.ones((n, 1))))
out = {"x": xy[:, 0].tolist(), "y": xy[:, 1].tolist(), "covariates": z.reshape(-1).tolist(), "target": y.tolist()}
for kernel in ("bisquare", "gaussian"):
    bw = int(Sel_BW(xy, y[:, None], X, kernel=kernel, fixed=False, constant=False).search(criterion="AICc", bw_min=12))
    for name, value in (("fixed", 40), ("chosen", bw)):
        r = GWR(xy, y[:, None], X, bw=value, kernel=kernel, fixed=False, constant=False).fit()
        out[f"{kernel} {name}"] = {"neighbours": value, "aicc": float(np.asarray(r.aicc).reshape(-1)[0]), "trace": float(np.asarray(r.tr_S).reshape(-1)[0]), "rss": float(np.asarray(r.resid_ss).reshape(-1)[0]),
                                   "coefficients": r.params[:5].reshape(-1).tolist(), "errors": r.bse[:5].reshape(-1).tolist()}
json.dump(out, sys.stdout)
