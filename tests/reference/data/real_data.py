#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Numbers that tests/data/test_real_data.cpp expects. Needs pandas==2.2.3; run in the repository's folder."""
import os

import pandas as pd

shared = os.environ.get("PHREATIC_SHARED_DATA", "../shared/data") + "/wells/"

head = pd.read_csv(shared + "pastas-examples/netherlands_river/nb5_head.csv", index_col=0, parse_dates=True).iloc[:, 0]
daily = head.resample("D").mean().dropna()
print("nb5_head: days", len(daily), "mean of daily means %.12f" % daily.mean())
for well in ("Netherlands", "Germany", "USA", "Sweden_1", "Sweden_2"):
    frame = pd.read_csv(shared + f"gw-challenge-2022/{well}/heads.csv", index_col=0, parse_dates=True)
    print(well, "heads.csv: values", frame.iloc[:, 0].count(), "mean %.12f" % frame.iloc[:, 0].mean())
full = pd.read_csv(shared + "gw-challenge-2022/Sweden_1/heads_full.csv", index_col=0, parse_dates=True)
print("Sweden_1 heads_full.csv: dates", full.index.nunique())
for well in ("Sweden_1", "Sweden_2"):
    drivers = pd.read_csv(shared + f"gw-challenge-2022/{well}/input_data.csv", index_col=0, parse_dates=True)
    missing = drivers.index[drivers["qq"].isna()]
    inside = missing[(missing > drivers["qq"].first_valid_index()) & (missing < drivers["qq"].last_valid_index())]
    print(well, "qq missing", len(missing), "inside", len(inside), [str(d.date()) for d in inside[:3]])
for well in ("AEK201", "AFL259", "APK309", "APK310"):
    frame = pd.read_csv(shared + f"spokane-river-aquifer/{well}_daily.csv")
    print(well, "rows", len(frame), "mean level %.12f" % (-0.3048 * frame["avg_well_depth"].mean()))
