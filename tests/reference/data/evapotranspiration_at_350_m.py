# SPDX-License-Identifier: BSD-3-Clause
"""Reference numbers at 350 m of tests/data/test_evapotranspiration.cpp.
python3 -m venv V; V/bin/pip install pyet==1.4.0; V/bin/python evapotranspiration_at_350_m.py"""
import numpy as np
import pandas as pd
import pyet

LATITUDE, ELEVATION = 50.8, 350.0
DAYS = pd.DatetimeIndex(["2001-01-15", "2001-04-10", "2001-07-06", "2001-10-31"])
HIGH = pd.Series([1.5, 14.2, 21.5, 12.0], DAYS)
LOW = pd.Series([-6.5, 3.1, 12.3, 5.5], DAYS)
SUN = pd.Series([2.9, 14.8, 22.07, 5.1], DAYS)
HUMIDITY = pd.Series([88.0, 65.0, 70.5558, 85.0], DAYS)
WIND = pd.Series([3.1, 2.5, 2.078, 4.2], DAYS)

mean, latitude = (HIGH + LOW) / 2, np.deg2rad(LATITUDE)
table = pd.DataFrame({
    "day_of_year": DAYS.day_of_year, "high_degC": HIGH, "low_degC": LOW, "radiation_mj_m2": SUN, "humidity_percent": HUMIDITY,
    "wind_m_s": WIND, "oudin": pyet.oudin(mean, latitude), "hargreaves": pyet.hargreaves(mean, HIGH, LOW, latitude),
    "makkink": pyet.makkink(mean, SUN, elevation=ELEVATION),
    "penman": pyet.pm_fao56(mean, WIND, rs=SUN, tmax=HIGH, tmin=LOW, rh=HUMIDITY, elevation=ELEVATION, lat=latitude)})
print(table.to_csv(index=False, float_format="%.8g"))
