# SPDX-License-Identifier: BSD-3-Clause
"""What improves on the damped anomaly when the weather to come is hidden: linear models of its error, pooled over the
wells of germany-weekly, fitted before three origins (2000, 2004, 2008) and scored in the four years after each, and
fitted with each fifth of 1990-2011 left out and scored there. Nothing after 2011 is read. Prints, by lead, the mean over
origins (over fifths) of the median over wells of the RMSE over that of the damped anomaly, and of the share of wells
with a smaller one: docs/methods/forecast.md. `python damping_season.py [prior]` with PHREATIC_SHARED_DATA; prior: rows
that no correction weighs, 300 (about six years). numpy 2.2.6, pandas 3.1.1."""
import os
import pathlib
import sys

import numpy as np
import pandas as pd

folder = pathlib.Path(os.environ.get("PHREATIC_SHARED_DATA", "../shared/data")) / "wells/germany-weekly"
weeks = pd.date_range("1990-01-01", "2011-12-31", freq="7D")
steps, years = len(weeks), weeks.year.values
day = np.minimum(weeks.day_of_year.values, 365) - 1
cos, sin = np.cos(2 * np.pi * day / 365), np.sin(2 * np.pi * day / 365)
apart = np.abs(np.arange(365)[:, None] - day[None])
apart = np.minimum(apart, 365 - apart) / 31.0
window = np.where(apart < 1, (1 - np.minimum(apart, 1) ** 3) ** 3, 0)
prior = float(sys.argv[1]) if len(sys.argv) > 1 else 300.0

SEASON = ["a", "a cos", "a sin"]
TWO = SEASON + ["a cos2", "a sin2"]
RECENT = ["fall 1", "fall 2", "fall 4", "P 1", "P 2", "P 4", "P 8", "T 4", "H 4"]
MODELS = {
    "the same all year": ["a"],
    "season, one harmonic": SEASON,
    "season, two harmonics": TWO,
    "two harmonics and size of the anomaly": TWO + ["a |a|"],
    "levels and weather of the last weeks": RECENT,
    "two harmonics, levels and weather": TWO + RECENT,
    "two harmonics and the last year's mean": TWO + ["mean 52", "mean 52 cos", "mean 52 sin"],
}


def read_wells():
    attributes = pd.read_csv(folder / "features/envfeat.csv", index_col=0, sep=";")
    for file in sorted((folder / "gw").glob("*_GW-Data.csv")):
        name = file.name[: -len("_GW-Data.csv")]
        level = pd.read_csv(file)
        level.index = pd.to_datetime(level.Date, dayfirst=True)
        level = level.GWL.dropna()
        if level.index[0] > pd.Timestamp("2000-12-31") or level.index[-1] < pd.Timestamp("2015-12-28"):
            continue
        if name not in attributes.index or attributes.loc[name].isna().any():
            continue
        weather = pd.read_csv(folder / f"hyras/{name}_weeklyData_HYRAS.csv")
        weather.index = pd.to_datetime(weather.Date, dayfirst=True)
        yield level.reindex(weeks).values.astype(float), weather[["P", "T", "rH"]].reindex(weeks).values.astype(float)


def usual(values, seen):
    ok = seen & ~np.isnan(values)
    weight = window[:, ok]
    return ((weight @ values[ok]) / weight.sum(1))[day]


def before(x, lead):
    return np.r_[np.full(lead, np.nan), x[:-lead]]


def mean_of_last(x, k):
    return pd.Series(x).rolling(k, min_periods=max(1, k // 2)).mean().values


def prepare(level, weather, seen):
    """Anomalies in units of their deviation, and what was known on each date."""
    c = usual(level, seen)
    c = np.where(np.isnan(c), np.nanmean(level[seen]), c)
    anomaly = level - c
    deviation = np.nanstd(anomaly[seen])
    known = pd.Series(anomaly).ffill().values / deviation
    x = {"a": known, "a cos": known * cos, "a sin": known * sin, "a |a|": known * np.abs(known)}
    x |= {"a cos2": known * (2 * cos**2 - 1), "a sin2": known * 2 * sin * cos}
    for k in (1, 2, 4):
        x[f"fall {k}"] = known - before(known, k)
    x["mean 52"] = mean_of_last(known, 52)
    x |= {"mean 52 cos": x["mean 52"] * cos, "mean 52 sin": x["mean 52"] * sin}
    for j, name in enumerate("PTH"):
        w = weather[:, j] - usual(weather[:, j], seen)
        for k in (1, 2, 4, 8):
            x[f"{name} {k}"] = mean_of_last(w / np.nanstd(w[seen]), k) * np.sqrt(k)
    return anomaly / deviation, known, x


def rho(anomaly, seen, lead):
    a = np.where(seen, anomaly, np.nan)
    products, squares = a[lead:] * a[:-lead], a[:-lead] ** 2
    ok = ~np.isnan(products)
    return np.clip(products[ok].sum() / squares[ok].sum(), 0, 1)


def compare(wells, lead, seen_of, scored_of):
    parts = []
    for i, (level, anomaly, known, x) in enumerate(wells):
        seen, scored = seen_of(i), scored_of(i) & ~np.isnan(level)
        if scored.sum() < 50 or anomaly is None:
            continue
        damped = rho(anomaly, seen, lead) * before(known, lead)
        error = anomaly - damped
        learnt = seen & before(seen.astype(float), lead).astype(bool) & ~np.isnan(error)
        spread = np.sqrt(np.mean(error[learnt] ** 2))
        parts.append((error / spread, learnt, scored & ~np.isnan(damped), x))
    base = np.array([np.sqrt(np.mean(r[s] ** 2)) for r, _, s, _ in parts])
    out = {}
    for name, columns in MODELS.items():
        rows = [np.stack([before(x[c], lead) for c in columns], 1) for *_, x in parts]
        kept = [learnt & ~np.isnan(z).any(1) for (_, learnt, _, _), z in zip(parts, rows)]
        z = np.concatenate([z[k] for z, k in zip(rows, kept)])
        y = np.concatenate([r[k] for (r, *_), k in zip(parts, kept)])
        g = np.linalg.solve(z.T @ z + prior * np.eye(len(columns)), z.T @ y)
        rmse = np.array([np.sqrt(np.mean((r - np.nan_to_num(z) @ g)[s] ** 2)) for (r, _, s, _), z in zip(parts, rows)])
        out[name] = np.median(rmse / base), np.mean(rmse < base)
    return out


data = list(read_wells())
splits = [("origin", lambda i, y=y: years < y, lambda i, y=y: (years >= y) & (years < y + 4)) for y in (2000, 2004, 2008)]


def fifth(i, k):
    observed = np.flatnonzero(~np.isnan(data[i][0]))
    edges = [0] + [observed[j * len(observed) // 5] for j in range(1, 5)] + [steps]
    inside = np.zeros(steps, bool)
    inside[edges[k] : edges[k + 1]] = True
    return inside


splits += [("fifth", lambda i, k=k: ~fifth(i, k), lambda i, k=k: fifth(i, k)) for k in range(5)]
results = {}
for kind, seen_of, scored_of in splits:
    wells = []
    for i, (level, weather) in enumerate(data):
        enough = np.sum(~np.isnan(level[seen_of(i)])) >= 200
        wells.append((level, *(prepare(level, weather, seen_of(i)) if enough else (None, None, None))))
    for lead in (1, 4, 8, 12):
        for name, value in compare(wells, lead, seen_of, scored_of).items():
            results.setdefault((name, lead), {}).setdefault(kind, []).append(value)
for name in MODELS:
    print(f"| {name} |", end="")
    for lead in (1, 4, 8, 12):
        cells = [np.mean(results[name, lead][kind], axis=0) for kind in ("origin", "fifth")]
        print(" " + ", ".join(f"{ratio:.3f} ({share:.0%})" for ratio, share in cells), end=" |")
    print()
