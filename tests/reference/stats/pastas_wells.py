# SPDX-License-Identifier: BSD-3-Clause
# Fits pastas to the wells of real_wells.json (files below PHREATIC_SHARED_DATA/wells) and writes the NSE of the fit
# and of the test period to pastas_wells.json, which tests/stats/test_real_wells.cpp compares with. Linear recharge
# with a gamma response, and the Flex model (with snow where it freezes) with an exponential response; a river's
# stage with an exponential response; without an evaporation demand 0.15 mm/d for each degC above 0; no noise model; everything else as pastas has it by default. Series: daily
# means, gaps of drivers by linear interpolation. pastas 2.0.0, pandas 3.1.1, tqdm 4.70.1.
import json
import os
import pathlib
import sys

import pandas as pd
import pastas as ps

here = pathlib.Path(__file__).parent
data = pathlib.Path(os.environ.get("PHREATIC_SHARED_DATA", "../shared/data")) / "wells"
ps.set_log_level("ERROR")


def read(source):
    table = pd.read_csv(data / source["file"], index_col=0, parse_dates=True)
    series = (table[source["columns"]].mean(axis=1, skipna=False) + source["offset"]) * source["factor"]
    return series.dropna().groupby(series.dropna().index.normalize()).mean()


def drivers_of(well):
    series = {d["role"]: read(d) for d in well["drivers"]}
    first = max(s.index[0] for s in series.values())
    last = min(min(s.index[-1] for s in series.values()), pd.Timestamp(well["test"][1]))
    days = pd.date_range(first, last)
    filled = {role: s.reindex(days).interpolate() for role, s in series.items()}
    if "evaporation_demand" not in filled:
        filled["evaporation_demand"] = 0.15 * filled["temperature"].clip(lower=0)
    return filled, days


def nse(simulated, observed):
    simulated = simulated.reindex(observed.index)
    return 1 - ((observed - simulated) ** 2).sum() / ((observed - observed.mean()) ** 2).sum()


# Names of wells as arguments: only these are fitted again.
stored = here / "pastas_wells.json"
results = json.loads(stored.read_text()) if len(sys.argv) > 1 else {}
for well in json.loads((here / "real_wells.json").read_text()):
    if len(sys.argv) > 1 and well["well"] not in sys.argv[1:]:
        continue
    x, days = drivers_of(well)
    levels = read(well["head"])
    levels = levels[days[0] : days[-1]]
    fit, test = levels[: pd.Timestamp(well["test"][0]) - pd.Timedelta(days=1)], levels[well["test"][0] :]
    entry = {"fit_observations": len(fit), "test_observations": len(test)}
    for kind in ("linear", "flex"):
        model = ps.Model(fit)
        snow = kind == "flex" and "temperature" in x and (x["temperature"][: fit.index[-1]] < 0).mean() >= 0.02
        ps.RechargeModel(
            model,
            x["precipitation"],
            x["evaporation_demand"],
            temp=x["temperature"] if snow else None,
            rfunc=ps.Gamma() if kind == "linear" else ps.Exponential(),
            recharge=ps.rch.Linear() if kind == "linear" else ps.rch.FlexModel(snow=snow),
            name="r",
        )
        if "stage" in x:
            ps.StressModel(model, x["stage"], rfunc=ps.Exponential(), name="stage", settings="waterlevel")
        model.solve(report=False)
        level = model.simulate(tmin=days[0], tmax=days[-1])
        entry[kind] = {"fit": round(float(nse(level, fit)), 5), "test": round(float(nse(level, test)), 5)}
    print(well["well"], entry, flush=True)
    results[well["well"]] = entry
lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(entry)}" for name, entry in results.items())
stored.write_text("{\n" + lines + "\n}\n")
