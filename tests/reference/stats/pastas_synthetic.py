# SPDX-License-Identifier: BSD-3-Clause
# Numbers of tests/stats/test_transfer_function.cpp: weather from a linear congruential generator that the test
# repeats, levels simulated and fitted by pastas. pastas 2.0.0, pandas 3.1.1, numpy 2.4.6, tqdm 4.70.1.
import warnings

import numpy as np
import pandas as pd
import pastas as ps

warnings.simplefilter("ignore")
ps.set_log_level("ERROR")
DAYS = 4500


class Generator:
    def __init__(self):
        self.state = 20240229

    def uniform(self):
        self.state = (1103515245 * self.state + 12345) % 2**31
        return (self.state + 0.5) / 2**31


g = Generator()
rain, evaporation, stage, noise = np.zeros((4, DAYS))
for t in range(DAYS):
    wet, amount = g.uniform(), g.uniform()
    rain[t] = round(-5 * np.log(amount), 3) if wet < 0.4 else 0
    evaporation[t] = round(1.6 - 1.4 * np.cos(2 * np.pi * t / 365.25) + 0.4 * g.uniform(), 3)
    stage[t] = round((0.95 * stage[t - 1] if t else 0) + g.uniform() - 0.5, 3)
    noise[t] = (0.9 * noise[t - 1] if t else 0) + 0.1 * (g.uniform() - 0.5)

index = pd.date_range("1990-01-01", periods=DAYS, freq="D")
rain, evaporation, stage = (pd.Series(v, index) for v in (rain, evaporation, stage))
print("check", rain.sum(), evaporation.sum(), stage.sum(), noise.sum())


def model(heads, river, noise_model=False):
    m = ps.Model(heads)
    ps.RechargeModel(m, rain, evaporation, rfunc=ps.Gamma(cutoff=0.9999999), recharge=ps.rch.Linear(), name="r")
    if river:
        ps.StressModel(m, stage, rfunc=ps.Exponential(cutoff=0.9999999), name="s", settings="waterlevel")
    if noise_model:
        ps.ArNoiseModel(m)
    return m


truth = {"r_A": 0.4, "r_n": 1.5, "r_a": 60.0, "r_f": -0.8, "constant_d": 101.5, "s_A": 0.7, "s_a": 8.0}
parameters = ["r_A", "r_n", "r_a", "r_f", "s_A", "s_a", "constant_d"]
m = model(pd.Series(0.0, index[1000:]), True)
level = m.simulate(p=[truth[k] for k in parameters], tmin=index[0], tmax=index[-1], warmup=20000)
print("level", [float(level.iloc[t]) for t in (0, 1, 10, 400, 2000, 4499)])

# Observed: with the noise, irregularly: every step that is 0, 3 or 4 modulo 13, from step 800 to 3999.
steps = np.array([t for t in range(800, 4000) if t % 13 in (0, 3, 4)])
heads = pd.Series(level.to_numpy()[steps] + noise[steps], index[steps])
for with_noise in (False, True):
    m = model(heads, True, with_noise)
    m.solve(report=False)
    print("fit", with_noise, {k: float(v) for k, v in m.parameters.optimal.items()})
    r = m.noise() * m._noise_weights() if with_noise else m.residuals()
    print("   sum of squares", repr(float((r**2).sum())), len(r))
