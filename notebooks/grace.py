# SPDX-License-Identifier: BSD-3-Clause
# %% [markdown]
# # Groundwater storage from a GRACE cube
#
# From NetCDF files of several centres to the errors of each, groundwater storage, its trend and means over zones. The
# files here are a synthetic region that `phreatic.init` writes. Needs `phreatic`, xarray, netCDF4 and matplotlib.

# %%
import pathlib
import tempfile

import numpy as np
import phreatic
import xarray as xr

folder = pathlib.Path(tempfile.mkdtemp(prefix="grace-"))
study = phreatic.init("downscaling", folder / "study")


def cube(name, factor=1.0):
    with xr.open_dataset(study.parent / f"{name}.nc", decode_coords="all") as data:
        variable = next(n for n in data.data_vars if data[n].ndim == 3)
        return (data[variable] * factor).load()


products = [cube(f"products/product_{k}", 10) for k in "abc"]  # cm -> mm
products = list(xr.align(*products, join="inner"))
products[0].isel(time=0).plot(figsize=(6, 3));

# %% [markdown]
# ## How wrong is each product?
# The three-cornered hat gives the error of each without a truth. Products are combined with inverse variances.

# %%
hat = phreatic.tch(products)
hat.sd.mean(["latitude", "longitude"]).round(1).to_series()

# %%
weights = 1 / hat.sd.isel(product=slice(0, 3)) ** 2
water = sum(p * weights.isel(product=k) for k, p in enumerate(products)) / weights.sum("product")

# %% [markdown]
# ## Groundwater is what is left
# Anomalies of soil moisture and snow are taken off, each against its own mean.

# %%
storages = [cube("storages/soil_moisture"), cube("storages/snow")]
water, *storages = xr.align(water, *storages, join="inner")
groundwater = (water - water.mean("time")) - sum(s - s.mean("time") for s in storages)
groundwater.name = "groundwater"
groundwater.attrs["crs"] = "EPSG:4326"  # sums of DataArrays drop it
groundwater.mean(["latitude", "longitude"]).plot(figsize=(9, 2.5));

# %% [markdown]
# ## Trends, cell by cell
# Sen's slope per year and the test of Mann and Kendall, corrected for autocorrelation. With dask the same line works on
# chunks: `groundwater.chunk({"latitude": 4})`.

# %%
trend = phreatic.mann_kendall(groundwater, variance="hamed_rao")
trend.slope.where(trend.p < 0.05).plot(figsize=(6, 3), cbar_kwargs={"label": "mm per year, where p < 0.05"});

# %% [markdown]
# ## Means over zones
# A polygon weighs each cell by the share that it covers, on the sphere.

# %%
zones = phreatic.zonal(groundwater, study.parent / "zones.geojson", id="name", statistics=["mean", "covered"])
zones.sel(statistic="mean").plot(hue="zone", figsize=(9, 2.5));

# %% [markdown]
# ## Against what is known here
# The region is synthetic: its groundwater is known on finer cells, which are brought to these.

# %%
truth = phreatic.regrid(cube("truth/groundwater"), groundwater)
truth, ours = xr.align(truth, groundwater, join="inner")
truth, ours = truth - truth.mean("time"), ours - ours.mean("time")
error = float(np.sqrt(((ours - truth) ** 2).mean()))
print(f"root mean square error {error:.1f} mm, standard deviation of the truth {float(truth.std()):.1f} mm")

# %% [markdown]
# The whole chain with uncertainty, covariates and 0.1-degree maps that close at the coarse cells is `phreatic run` on
# `study.yml`.
