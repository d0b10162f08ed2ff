# SPDX-License-Identifier: BSD-3-Clause
"""Zonal statistics with exactextract and conservative regridding with xarray-regrid, over the files of
`bench_grids generate`; prints "seconds sum_of_means".

    python bench/grids/peers.py zonal|regrid FOLDER [processor]      # processor: seconds of the process, not of the clock

exactextract==0.3.0, xarray-regrid==0.4.2, numpy, xarray. Values lie in memory when the clock starts.
"""
import json
import pathlib
import sys
import time

import numpy as np

what, folder = sys.argv[1], pathlib.Path(sys.argv[2])
clock = time.process_time if "processor" in sys.argv[3:] else time.perf_counter

if what == "zonal":
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    values = np.fromfile(folder / "values.bin").reshape(1800, 3600)
    start = clock()
    zones = json.loads((folder / "zones.geojson").read_text())["features"]
    raster = NumPyRasterSource(values, xmin=-180, ymin=-90, xmax=180, ymax=90)
    rows = exact_extract(raster, zones, ["mean", "count", "min", "max", "stdev"])
    seconds = clock() - start
    print(f"{seconds:.4f} {sum(row['properties']['mean'] for row in rows):.9g}")
else:
    import xarray as xr
    import xarray_regrid  # noqa: F401

    values = np.fromfile(folder / "months.bin").reshape(12, 720, 1440)
    lat, lon = 90 - 0.125 - 0.25 * np.arange(720), -180 + 0.125 + 0.25 * np.arange(1440)
    source = xr.DataArray(values, coords={"time": np.arange(12), "latitude": lat, "longitude": lon}, dims=("time", "latitude", "longitude"))
    target = xr.Dataset(coords={"latitude": 89.5 - np.arange(180), "longitude": -179.5 + np.arange(360)})
    start = clock()
    out = source.regrid.conservative(target, latitude_coord="latitude").compute()
    seconds = clock() - start
    print(f"{seconds:.4f} {float(out.sum()):.9g}")
