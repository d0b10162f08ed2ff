# SPDX-License-Identifier: BSD-3-Clause
# Numbers of tests/stats/test_standard_index.cpp. pastas 2.0.0, pandas 3.1.1, tqdm 4.70.1.
# (pastas divides by zero when a month of the year has no value at all, so every month has one here.)
import numpy as np
import pandas as pd
import pastas as ps

t = np.arange(60)
level = np.round(100 + np.sin(2 * np.pi * t / 12) + 0.7 * np.cos(1.7 * t), 4)
level[[3, 17, 18, 40]] = np.nan
index = pd.date_range("2000-01-01", periods=60, freq="MS")
sgi = ps.stats.sgi(pd.Series(level, index)).reindex(index)
print([float(v) for v in sgi[:20]])
