# SPDX-License-Identifier: BSD-3-Clause
# Fits pastas' linear recharge model with a gamma response to wells of ../shared/data, training period only; the
# numbers stand in docs/methods/baselines.md. pastas 2.0.0, pandas 3.1.1, tqdm 4.70.1.
import os
import sys
import time

import pandas as pd
import pastas as ps

data = os.environ.get("PHREATIC_SHARED_DATA", "../shared/data")
ps.set_log_level("ERROR")


def read(path):
    series = pd.read_csv(path, index_col=0, parse_dates=True).iloc[:, 0].dropna()
    return series[~series.index.duplicated()]


def well(name):
    folder = f"{data}/wells/gw-challenge-2022/{name}"
    x = pd.read_csv(f"{folder}/input_data.csv", index_col=0, parse_dates=True)
    heads = read(f"{folder}/heads.csv")  # the calibration part only
    return heads, x.rr, x.et, heads.index[-1] - pd.Timedelta(days=4 * 365)


for name in sys.argv[1:] or ["Germany", "Netherlands"]:
    heads, rain, evaporation, end = well(name)
    for noise in (False, True):
        model = ps.Model(heads)
        ps.RechargeModel(model, rain, evaporation, rfunc=ps.Gamma(cutoff=0.999999), recharge=ps.rch.Linear(), name="r")
        if noise:
            ps.ArNoiseModel(model)
        started = time.time()
        model.solve(tmax=end, report=False)
        p = model.parameters.optimal.to_dict()
        residuals = model.residuals(tmax=end)
        observed = heads[:end]
        print(name, "noise" if noise else "plain", f"{time.time() - started:.1f} s", p)
        print("  training NSE", 1 - (residuals**2).sum() / ((observed - observed.mean()) ** 2).sum())
