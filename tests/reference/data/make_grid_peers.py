#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes tests/data/fixtures/zones.geojson, zonal_exactextract.csv and conservative_xarray_regrid.csv with
exactextract 0.3.0 (zonal statistics) and xarray-regrid 0.4.2 (conservative regridding), numpy, xarray.

  python3 tests/reference/data/make_grid_peers.py

The grids follow from the formula below, which the tests repeat: no file of values is kept.
"""
import json
import pathlib

import numpy as np
import xarray as xr
import xarray_regrid  # noqa: F401  (adds .regrid)
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "data" / "fixtures"


def values(rows, columns):
    r, c = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    v = ((r * 37 + c * 91) % 101) / 4.0 + r / 8.0 + (r * columns + c) / 65536.0  # no two are equal
    v[(r * 5 + c * 3) % 17 == 0] = np.nan
    return v


def classes(rows, columns):
    r, c = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    return ((r // 3 * 5 + c // 4 * 3) % 7).astype(float)


def polygon(*rings):
    return {"type": "Polygon", "coordinates": [list(map(list, ring)) for ring in rings]}


def zones():
    star = [(10 + (3 if k % 2 else 1.2) * np.cos(k * np.pi / 7), 50 + (2.4 if k % 2 else 1) * np.sin(k * np.pi / 7)) for k in range(14)]
    star.append(star[0])
    small = [(8.11, 51.13), (8.19, 51.12), (8.17, 51.2), (8.11, 51.13)]
    lake = [(9.2, 49.6), (10.9, 49.7), (10.4, 50.45), (9.2, 49.6)]
    far = [(12.3, 51.9), (13.35, 51.2), (13.9, 53.4), (12.3, 51.9)]
    shapes = {
        "star": polygon(star),
        "with a hole": polygon([(7.03, 48.21), (12.71, 48.07), (12.4, 51.77), (7.4, 51.6), (7.03, 48.21)], lake),
        "two parts": {"type": "MultiPolygon", "coordinates": [polygon(small)["coordinates"], polygon(far)["coordinates"]]},
        "inside one cell": polygon(small),
        "over the edge": polygon([(5.5, 47.2), (8.3, 47.4), (7.9, 49.05), (5.9, 49.5), (5.5, 47.2)]),
        "along cells": polygon([(8, 49), (9.5, 49), (9.5, 50.25), (8, 50.25), (8, 49)]),
    }
    return {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {"name": n}, "geometry": g} for n, g in shapes.items()],
    }


def zonal():
    layer = zones()
    (FIXTURES / "zones.geojson").write_text(json.dumps(layer) + "\n")
    raster = NumPyRasterSource(values(20, 28), xmin=6, ymin=47, xmax=13, ymax=52)
    statistics = ["count", "sum", "mean", "min", "max", "stdev", "variance", "median"]
    ops = statistics + ["quantile(q=0.05)", "quantile(q=0.95)"]
    rows = exact_extract(raster, layer["features"], ops, include_cols=["name"])
    kinds = NumPyRasterSource(classes(20, 28), xmin=6, ymin=47, xmax=13, ymax=52)
    more = exact_extract(kinds, layer["features"], ["majority", "variety", "values", "coverage"], include_cols=["name"])
    names = statistics + ["q05", "q95", "majority", "variety"]
    lines = ["zone," + ",".join(names)]
    for row, kind in zip(rows, more):
        p, k = row["properties"], kind["properties"]
        sums = sorted(sum(w for v, w in zip(k["values"], k["coverage"]) if v == u) for u in set(k["values"]))
        assert len(sums) == 1 or sums[-1] > sums[-2] + 1e-6, "two classes share the first place"
        keys = statistics + ["quantile_5", "quantile_95"]
        numbers = [p[key] for key in keys] + [k["majority"], k["variety"]]
        lines.append(p["name"] + "," + ",".join(repr(float(n)) for n in numbers))
    (FIXTURES / "zonal_exactextract.csv").write_text("\n".join(lines) + "\n")


def conservative():
    lat = 60 - 0.125 - 0.25 * np.arange(48)
    lon = 4 + 0.125 + 0.25 * np.arange(40)
    source = xr.DataArray(values(48, 40), coords={"latitude": lat, "longitude": lon}, dims=("latitude", "longitude"))
    target = xr.Dataset(coords={"latitude": 59.5 - np.arange(12), "longitude": 4.2 + 0.4 * np.arange(25)})
    out = source.regrid.conservative(target, latitude_coord="latitude", skipna=True, nan_threshold=1.0)
    rows = [",".join(repr(float(v)) for v in row) for row in out.transpose("latitude", "longitude").values]
    (FIXTURES / "conservative_xarray_regrid.csv").write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    zonal()
    conservative()
