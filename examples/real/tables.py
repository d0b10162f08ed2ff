#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Brings real data sets into the tables that phreatic reads, and scores Illinois' wells. Standard library only.

  examples/real/tables.py java SHARED OUT.csv        CSR mascons of Java: a row per cell, a column per solution
  examples/real/tables.py illinois SHARED OUT.csv    wells of Illinois: level anomaly beside storages and weather
  examples/real/tables.py wells OUT.csv RUN          gains of RUN/predictions.csv over GRACE's own storage, well by well
  examples/real/tables.py camels SHARED OUT/         four basins of CAMELS: discharge/ID.csv, drivers/ID.csv, attributes.csv
SHARED: the folder of the data (shared/data)."""
import csv
import math
import pathlib
import random
import statistics
import sys
from collections import defaultdict


def java(shared, out):
    cells, dates = defaultdict(dict), set()
    with open(f"{shared}/grace/java_csr_025deg/GRACE_CSR_2002.04_2024.09.csv") as file:
        for row in csv.DictReader(file):
            cells[f"{row['lon']} {row['lat']}"][row["time"]] = 10 * float(row["lwe_cm"])
            dates.add(row["time"])
    dates = sorted(dates)
    with open(out, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["cell"] + [f"mm {date}" for date in dates])
        for cell in sorted(cells):
            writer.writerow([cell] + [cells[cell].get(date, "") for date in dates])
    print(f"{len(cells)} cells, {len(dates)} solutions")


def illinois(shared, out):
    """Level and storage as anomalies of each well's own mean: the level's sign is turned, for depth was measured. Rows with an
    impossible surface temperature or without a level are left out, and said."""
    with open(f"{shared}/grace/illinois_wells/dgwlData.csv") as file:
        rows = list(csv.DictReader(file))
    kept, cold, dry = [], 0, 0
    for row in rows:
        try:
            level = -float(row["DGWL_m"])
        except ValueError:
            dry += 1
            continue
        if not -40 < float(row["LST"]) < 60:
            cold += 1
            continue
        storage = float(row["GRACE_TWSA"]) - float(row["SoilMoisture"]) - float(row["SWE"]) - float(row["Canopy"])
        kept.append((row, level, storage))
    wells = defaultdict(list)
    for row, level, storage in kept:
        wells[row["wellme"]].append((level, storage, float(row["GRACE_TWSA"])))
    mean = {well: [statistics.fmean(v[i] for v in values) for i in range(3)] for well, values in wells.items()}
    with open(out, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow("well longitude latitude month season_sine season_cosine level_m gwsa_mm twsa_mm rain_mm temperature "
                        "vegetation thickness_m".split())
        for row, level, storage in kept:
            m = mean[row["wellme"]]
            month = 12 * (int(row["Year"]) - 2002) + int(row["Month"])
            phase = 2 * math.pi * (int(row["Month"]) - 0.5) / 12
            writer.writerow([row["wellme"], row["Long"], row["Lat"], month, f"{math.sin(phase):.6f}", f"{math.cos(phase):.6f}",
                             f"{level - m[0]:.5f}", f"{storage - m[1]:.4f}", f"{float(row['GRACE_TWSA']) - m[2]:.4f}", row["TRMM"], row["LST"],
                             row["Vegetation"], row["Thickness"]])
    print(f"{len(kept)} rows of {len(wells)} wells; {dry} without level and {cold} with an impossible temperature left out")


def camels(shared, out):
    """Discharge in mm/d over the basin's area; weather of Daymet; numbers among the attributes, those of discharge left out."""
    source, folder = pathlib.Path(shared) / "wells/camels-us-4basins", pathlib.Path(out)
    for part in ("discharge", "drivers"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    attributes = defaultdict(dict)
    for path in sorted((source / "attributes").glob("camels_*.txt")):
        if path.stem in ("camels_hydro", "camels_name"):
            continue
        with open(path) as file:
            for row in csv.DictReader(file, delimiter=";"):
                for name, value in row.items():
                    try:
                        attributes[row["gauge_id"]][name] = float(value)
                    except ValueError:
                        pass
    names = [n for n in next(iter(attributes.values())) if n != "gauge_id" and all(n in a for a in attributes.values())]
    with open(folder / "attributes.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", *names])
        for gauge, values in sorted(attributes.items()):
            writer.writerow([gauge, *(values[n] for n in names)])
    for path in sorted((source / "usgs_streamflow").glob("*.txt")):
        gauge = path.name.split("_")[0]
        area = attributes[gauge]["area_gages2"] * 1e6  # m2
        rows = [line.split() for line in path.read_text().splitlines()]
        with open(folder / "discharge" / f"{gauge}.csv", "w") as file:
            file.write("date,discharge_mm\n")
            for _, year, month, day, flow, *_ in rows:
                depth = float(flow) * 0.028316846592 * 86400 / area * 1000
                file.write(f"{year}-{month}-{day}," + (f"{depth:.6g}" if float(flow) >= 0 else "") + "\n")
        weather = (source / "daymet" / f"{gauge}_lump_cida_forcing_leap.txt").read_text().splitlines()[4:]
        with open(folder / "drivers" / f"{gauge}.csv", "w") as file:
            file.write("date,prcp_mm,srad_w_m2,tmax_c,tmin_c,vp_pa\n")
            for year, month, day, _, _, rain, sun, _, warm, cold, vapour in (line.split() for line in weather):
                file.write(f"{year}-{month}-{day},{rain},{sun},{warm},{cold},{vapour}\n")
    print(f"{len(attributes)} basins, {len(names)} attributes")


def correlation(a, b):
    return statistics.correlation(a, b) if len(set(a)) > 1 and len(set(b)) > 1 else math.nan


def interval(values, draws=2000):
    rng = random.Random(1)
    medians = sorted(statistics.median(rng.choices(values, k=len(values))) for _ in range(draws))
    return f"{statistics.median(values):+.3f} (90 %: {medians[draws // 20]:+.3f} to {medians[-1 - draws // 20]:+.3f})"


def wells(table, run):
    """RMSE needs one unit: GRACE's storage is brought to metres of level by least squares over all training rows."""
    with open(table) as file:
        rows = list(csv.DictReader(file))
    with open(f"{run}/predictions.csv") as file:
        reader = csv.DictReader(file)
        predicted = list(reader)
        models = [c for c in reader.fieldnames[reader.fieldnames.index("observed") + 1:]]
    train = [p for p in predicted if p["part"] == "train"]
    store = lambda p: float(rows[int(p["row"])]["gwsa_mm"])  # noqa: E731
    scale = sum(store(p) * float(p["observed"]) for p in train) / sum(store(p) ** 2 for p in train)
    for model in models:
        groups = defaultdict(list)
        for p in predicted:
            if p["part"] == "test" and p[model]:
                groups[rows[int(p["row"])]["well"]].append((float(p["observed"]), store(p), float(p[model])))
        r_grace, r_model, rmse_gain = [], [], []
        for values in groups.values():
            if len(values) < 24:
                continue
            observed, grace, value = zip(*values)
            r_grace.append(correlation(observed, grace))
            r_model.append(correlation(observed, value))
            rmse = lambda f: math.sqrt(statistics.fmean((o - x) ** 2 for o, x in zip(observed, f)))  # noqa: E731
            rmse_gain.append(1 - rmse(value) / rmse([scale * g for g in grace]))
        gain = [b - a for a, b in zip(r_grace, r_model)]
        every = [v for values in groups.values() for v in values]
        observed, _, value = zip(*every)
        errors = sum((o - x) ** 2 for o, x in zip(observed, value))
        mean = statistics.fmean(observed)
        print(f"{model}: {len(gain)} wells; median r of GRACE's storage {statistics.median(r_grace):.3f}, of the model {statistics.median(r_model):.3f}; "
              f"gain in r {interval(gain)}; share of RMSE taken off {interval(rmse_gain)}; better in r {sum(g > 0 for g in gain)}, "
              f"in RMSE {sum(g > 0 for g in rmse_gain)}; all rows r {correlation(observed, value):.3f}, NSE {1 - errors / sum((o - mean) ** 2 for o in observed):.3f}")


if __name__ == "__main__":
    kinds = {"java": java, "illinois": illinois, "wells": wells, "camels": camels}
    if len(sys.argv) != 4 or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    kinds[sys.argv[1]](*sys.argv[2:])
