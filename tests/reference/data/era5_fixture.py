# SPDX-License-Identifier: BSD-3-Clause
"""Makes tests/data/fixtures/input/era5.nc: made-up hourly values of January 2012 in the layout of ERA5-Land as the Climate
Data Store gives it out since 2024 (valid_time; tp in metres, accumulated since 00 UTC; t2m in kelvin; latitudes from north).

    .venv-peers/bin/python tests/reference/data/era5_fixture.py

On day d of January 0.1 d mm fall in each hour from 06 to 18 UTC, so that the day has 1.2 d mm; the temperature is
d / 10 degC at every hour of the day. The cells differ: the second row has twice the rain.
"""
import datetime
import pathlib

import netCDF4
import numpy

HOURS = 744
first = datetime.datetime(2012, 1, 1, 1)
rain = numpy.zeros((HOURS, 2, 2), dtype="f4")
warmth = numpy.zeros((HOURS, 2, 2), dtype="f4")
for h in range(HOURS):
    end = first + datetime.timedelta(hours=h)
    begin = end - datetime.timedelta(hours=1)
    wet = min(max(begin.hour + 1 - 6, 0), 12)
    for row in range(2):
        rain[h, row] = 1e-3 * 0.1 * begin.day * wet * (1 + row)
        warmth[h, row] = 273.15 + end.day / 10
target = pathlib.Path(__file__).resolve().parents[3] / "tests/data/fixtures/input/era5.nc"
with netCDF4.Dataset(target, "w") as file:
    for name, size in (("valid_time", HOURS), ("latitude", 2), ("longitude", 2)):
        file.createDimension(name, size)
    file.Conventions = "CF-1.7"
    time = file.createVariable("valid_time", "i8", ("valid_time",), zlib=True)
    time.standard_name, time.units, time.calendar = "time", "seconds since 1970-01-01", "proleptic_gregorian"
    time[:] = [int((first + datetime.timedelta(hours=h)).replace(tzinfo=datetime.timezone.utc).timestamp()) for h in range(HOURS)]
    for name, values, unit in (("latitude", [52.0, 51.9], "degrees_north"), ("longitude", [5.0, 5.1], "degrees_east")):
        variable = file.createVariable(name, "f8", (name,))
        variable.units, variable.standard_name = unit, name
        variable[:] = values
    for name, values, unit, what in (("tp", rain, "m", "Total precipitation"), ("t2m", warmth, "K", "2 metre temperature")):
        variable = file.createVariable(name, "f4", ("valid_time", "latitude", "longitude"), zlib=True, complevel=9, shuffle=True, fill_value=numpy.float32("nan"))
        variable.units, variable.long_name = unit, what
        variable[:] = values
