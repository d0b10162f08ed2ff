# SPDX-License-Identifier: BSD-3-Clause
# Numbers of tests/stats/test_response.cpp and test_transfer_function.cpp: snow, melt and recharge of pastas' Flex model.
# Its root zone starts half full; ours is first run over the same days, so the series is given twice and the second
# half is taken. No snow is left at its end. pastas 2.0.0, numpy 2.4.6.
import numpy as np
import pastas as ps

i = np.arange(60)
rain = np.where(i % 3 == 0, (7.0 * i) % 23, 0.0)
warmth = np.where(i < 45, 4 * np.sin(i / 4.0) - 1, 8.0)
demand = 1.5 + np.sin(i / 9.0)
store, snow, melt = ps.rch.FlexModel.get_snow_balance(rain, warmth, 0.0, 2.5)
for name, values in (("rain", rain - snow), ("melt", -melt)):
    print(name, [round(float(v), 9) for v in values[12:36]])
twice = lambda x: np.concatenate([x, x])  # noqa: E731
model = ps.rch.FlexModel(snow=True)
p = np.array([90.0, 0.25, 40.0, 2.2, 0.9, 2.0, 0.0, 2.5])  # srmax lp ks gamma kv simax tt k
recharge = model.simulate(twice(rain), twice(demand), twice(warmth), p)[60:]
print("recharge", [round(float(v), 9) for v in recharge[::5]])
