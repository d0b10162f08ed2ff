# SPDX-License-Identifier: BSD-3-Clause
# %% [markdown]
# # Levels at wells, from weather
#
# One CSV file with levels per well and one with weather: what most people have. The files here are examples that
# `phreatic.init` writes; replace them by yours. Needs `phreatic` with its learning part, pandas and matplotlib.

# %%
import pathlib
import tempfile

import pandas as pd
import phreatic
import phreatic.wells

folder = pathlib.Path(tempfile.mkdtemp(prefix="levels-"))
study = phreatic.init("wells", folder / "files")


def table(kind, well):
    return pd.read_csv(study.parent / kind / f"{well}.csv", index_col="date", parse_dates=["date"])


wells = sorted(path.stem for path in (study.parent / "wells").glob("*.csv"))
heads = {well: table("wells", well)["level_m"] for well in wells}
weather = {well: table("drivers", well)[["precipitation_mm", "temperature_degC", "pet_mm"]] for well in wells}
heads["V03"].plot(figsize=(9, 2.5), ylabel="level, m", title="V03");

# %% [markdown]
# ## What the series says by itself
# A season, a trend, and whether the trend stands out. The slope is in metres a year, for the index has dates.

# %%
monthly = pd.DataFrame(heads).resample("MS").mean()
trend = phreatic.mann_kendall(monthly.to_numpy(), monthly.index.to_numpy(), axis=0, variance="hamed_rao")
pd.DataFrame({"slope, m/a": trend.slope, "p": trend.p}, index=monthly.columns).round(3)

# %%
parts = phreatic.stl(monthly["V03"].interpolate(), 12)
pd.DataFrame({"trend": parts.trend, "season": parts.seasonal}, index=monthly.index).plot(subplots=True, figsize=(9, 4));

# %% [markdown]
# ## A model of all wells
# Small and short, so that this page is done in seconds: see `phreatic help wells` for every setting. The last fifth of
# the record is kept for the test; bands come from the fifth before.

# %%
units = {"precipitation_mm": "mm/d", "temperature_degC": "degC", "pet_mm": "mm/d"}
names = {"precipitation_mm": "precipitation", "temperature_degC": "temperature", "pet_mm": "pet"}
settings = {
    "data": {"drivers": {"columns": [{"column": c, "name": names[c], "unit": u} for c, u in units.items()]}},
    "window": {"mode": "simulation", "seq_length": 365, "predict_last_n": 180, "stride": 30},
    "model": {"cell": "lstm", "hidden_size": 16},
    "training": {"epochs": 15, "batch_size": 32, "learning_rate": 0.01, "seed": 1},
    "ensemble": {"members": 1},
    "explain": {"period": "test", "stride": 120, "reference_windows": 16},
}
attributes = pd.read_csv(study.parent / "attributes.csv", index_col=0)
model = phreatic.wells.fit(heads, weather, attributes, units=units, settings=settings, folder=folder / "model")
model.metrics().xs("test", level="period")[["NSE", "KGE", "RMSE"]].round(2)

# %%
one = model.predict().query("well == 'V03'").set_index("date")
axes = one[["observed_m", "simulated_m"]].plot(figsize=(9, 3), ylabel="level, m")
axes.fill_between(one.index, one["lower_m"], one["upper_m"], alpha=0.2);

# %% [markdown]
# ## Which driver moved the level
# In metres, against the well's usual level; `residual_m` checks that the parts add up.

# %%
model.contributions("V03").round(3).tail()

# %% [markdown]
# ## Other weather
# The last winter without rain: nothing is trained again.

# %%
dry = {well: frame.copy() for well, frame in weather.items()}
last = max(frame.index[-1] for frame in dry.values())
for frame in dry.values():
    frame.loc[last - pd.Timedelta(days=180) :, "precipitation_mm"] = 0.0
scenario = model.predict(last - pd.Timedelta(days=180), drivers=dry).query("well == 'V03'").set_index("date")
difference = scenario["simulated_m"] - one["simulated_m"].reindex(scenario.index)
print(f"V03 at the end of a winter without rain: {difference.iloc[-1]:+.2f} m; report: {model.run.report.name}")
