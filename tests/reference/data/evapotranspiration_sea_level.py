# SPDX-License-Identifier: BSD-3-Clause
"""Reference numbers of tests/data/test_evapotranspiration.cpp.
python3 -m venv V; V/bin/pip install pyet==1.3.1 pandas==2.2.2 numpy==1.26.4; V/bin/python evapotranspiration_sea_level.py"""
import numpy as np
import pandas as pd
import pyet

days = pd.to_datetime(["2011-01-15", "2011-04-10", "2011-07-06", "2011-10-20"])


def series(values):
    return pd.Series(values, index=days)


mean = series([-18.5, 7.25, 22.4, 5.1])
span = series([11.0, 14.0, 9.5, 12.5])
radiation = series([6.2, 18.4, 22.07, 10.3])
wind = series([2.6, 4.1, 2.078, 3.3])
humidity = series([66.0, 48.0, 73.5, 58.0])
latitude = np.deg2rad(45.5)
top = series(pyet.extraterrestrial_r(days, latitude).values)
saturated = (pyet.calc_e0(mean + span / 2) + pyet.calc_e0(mean - span / 2)) / 2
print("Ra", top.values)
print("pm", pyet.pm_fao56(mean, wind, rs=radiation, tmax=mean + span / 2, tmin=mean - span / 2,
                          ea=saturated * humidity / 100, pressure=101.325, elevation=0, lat=latitude,
                          rso=0.75 * top, clip_zero=True).values)
print("makkink", pyet.makkink(mean, radiation, pressure=101.325, elevation=0).values)
print("hargreaves", pyet.hargreaves(mean, mean + span / 2, mean - span / 2, lat=latitude).values)
