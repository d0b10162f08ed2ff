#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Opens a predictions file as a user would, with every warning an error, and prints what it holds.

Needs xarray==2024.11.0, netCDF4==1.7.2, numpy==2.1.3, pandas==2.2.3. Run by tests/data/test_netcdf.cpp."""
import sys
import warnings

warnings.simplefilter("error")
with warnings.catch_warnings():  # the packages' own imports
    warnings.simplefilter("ignore")
    import netCDF4
    import numpy as np
    import xarray as xr

path, mode = sys.argv[1], sys.argv[2]
if mode == "write":  # a file per site as NeuralHydrology's generic layout has it, and ragged arrays as CF has them
    times = np.arange("2001-01-01", "2001-04-11", dtype="datetime64[D]").astype("datetime64[ns]")
    values = np.arange(100.0)
    values[7] = np.nan
    site = xr.Dataset({"level": ("date", values, {"units": "m"}), "rain": ("date", values * 2)}, coords={"date": times})
    site.to_netcdf(path)
else:
    with xr.open_dataset(path) as ds:
        assert ds.attrs["Conventions"] == "CF-1.8" and ds.attrs["featureType"] == "timeSeries", ds.attrs
        assert ds["station"].attrs["cf_role"] == "timeseries_id"
        assert ds["level"].dims == ("station", "time")
        assert np.issubdtype(ds["time"].dtype, np.datetime64), ds["time"]
        assert set(("longitude", "latitude", "elevation")) <= set(ds.coords), ds.coords
        print(str(ds["time"].values[0])[:10], str(ds["time"].values[-1])[:10], len(ds["time"]))
        print(",".join(ds["station"].values))
        print(ds["level"].attrs["units"], float(ds["level"].sel(station="B", time="2001-01-03")))
        print(int(np.isnan(ds["level"]).sum()), ds["level"].dtype)
        print(float(ds["longitude"][0]), bool(np.isnan(ds["elevation"][1])))
    with netCDF4.Dataset(path) as nc:
        bounds = netCDF4.num2date(nc["time_bounds"][0], nc["time"].units, nc["time"].calendar)
        print(bounds[0], bounds[1])
