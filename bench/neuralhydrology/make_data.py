# SPDX-License-Identifier: BSD-3-Clause
"""Writes the same synthetic daily wells as CSV for Phreatic and as NetCDF for NeuralHydrology, with settings for both.

    python bench/neuralhydrology/make_data.py FOLDER CELL HIDDEN EPOCHS

Five drivers and three static attributes; levels are the sum of two linear reservoirs filled by rain less evaporation.
neuralhydrology==1.13.0, numpy==2.4.6, pandas==3.1.1.
"""
import json
import pathlib
import sys

import numpy as np
import pandas as pd
import xarray

WELLS, DRIVERS, STATICS = 12, 5, 3
COMMON = dict(seq_length=365, batch_size=256, learning_rate=0.001, output_dropout=0.2, initial_forget_bias=3, clip_gradient_norm=1, seed=1)
TRAIN, VALIDATION, TEST = ("1991-01-01", "1993-12-31"), ("1994-01-01", "1994-12-31"), ("1995-01-01", "1995-12-31")


def well(random, days):
    season = 2 * np.pi * np.arange(days) / 365.25
    rain = random.gamma(0.7, 6, days) * (random.random(days) < 0.35)
    temperature = 9 - 11 * np.cos(season) + random.normal(0, 3, days)
    evaporation = np.clip(1.5 - 1.5 * np.cos(season) + random.normal(0, 0.3, days), 0, None)
    wind, humidity = random.gamma(4, 0.8, days), 75 + 10 * np.cos(season) + random.normal(0, 5, days)
    slow, quick = random.uniform(80, 200), random.uniform(10, 40)
    level, a, b = np.empty(days), 0.0, 0.0
    for t in range(days):
        recharge = rain[t] - 0.8 * evaporation[t]
        a += recharge / 50 - a / slow
        b += recharge / 80 - b / quick
        level[t] = a + b
    level += random.normal(0, 0.01, days)
    return [level, rain, temperature, evaporation, wind, humidity], [slow, quick, random.normal()]


def main():
    folder, cell, hidden, epochs = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    for part in ("csv", "nh/time_series", "nh/attributes"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    dates = pd.date_range("1990-01-01", TEST[1])
    names = ["level"] + [f"driver{i}" for i in range(DRIVERS)]
    random, statics = np.random.default_rng(1), {}
    ids = [f"W{i:02}" for i in range(WELLS)]
    for id_ in ids:
        columns, statics[id_] = well(random, len(dates))
        frame = pd.DataFrame(dict(zip(names, columns)), index=dates.rename("date")).round(4)
        frame.to_csv(folder / f"csv/{id_}.csv")
        xarray.Dataset.from_dataframe(frame).to_netcdf(folder / f"nh/time_series/{id_}.nc")
    attributes = pd.DataFrame.from_dict(statics, orient="index", columns=[f"static{i}" for i in range(STATICS)]).rename_axis("id")
    attributes.to_csv(folder / "csv/attributes.csv")
    attributes.to_csv(folder / "nh/attributes/attributes.csv")
    (folder / "wells.txt").write_text("\n".join(ids) + "\n")
    day = lambda text: pd.Timestamp(text).strftime("%d/%m/%Y")
    nh = dict(experiment_name="bench", run_dir=str(folder / "nh-runs"), device="cpu", dataset="generic", data_dir=str(folder / "nh"),
              train_start_date=day(TRAIN[0]), train_end_date=day(TRAIN[1]), validation_start_date=day(VALIDATION[0]),
              validation_end_date=day(VALIDATION[1]), test_start_date=day(TEST[0]), test_end_date=day(TEST[1]),
              dynamic_inputs=names[1:], static_attributes=list(attributes.columns), target_variables=["level"],
              model="cudalstm" if cell == "lstm" else "gru", head="regression", output_activation="linear", hidden_size=hidden, epochs=epochs,
              loss="MSE", optimizer="Adam", predict_last_n=1, num_workers=0, validate_every=1, validate_n_random_basins=WELLS,
              metrics=["NSE"], log_tensorboard=False, log_n_figures=0, log_interval=5, save_weights_every=1, **COMMON)
    for period in ("train", "validation", "test"):
        nh[f"{period}_basin_file"] = str(folder / "wells.txt")
    for workers in (0, 2):
        (folder / f"nh-{workers}.yml").write_text(json.dumps(dict(nh, num_workers=workers), indent=1))
    ours = dict(
        study="wells", scope="global",
        data=dict(step="daily", targets=[dict(files=str(folder / "csv/{id}.csv"), column="level", unit="m")],
                  drivers=[dict(files=str(folder / "csv/{id}.csv"), columns=[dict(column=n, name=n, unit="-") for n in names[1:]])],
                  attributes=[dict(file=str(folder / "csv/attributes.csv"))], wells_file=str(folder / "wells.txt"),
                  split=dict(zip(("train", "validation", "test"), (dict(first=a, last=b) for a, b in (TRAIN, VALIDATION, TEST))))),
        window=dict(mode="last_step", seq_length=COMMON["seq_length"]),
        model=dict(cell=cell, hidden_size=hidden, output_dropout=COMMON["output_dropout"], initial_forget_bias=COMMON["initial_forget_bias"]),
        loss=dict(kind="mse"), ensemble=dict(members=1),
        training=dict(epochs=epochs, early_stopping_patience=0, **{k: COMMON[k] for k in ("batch_size", "learning_rate", "clip_gradient_norm", "seed")}))
    (folder / "study.yml").write_text(json.dumps(ours, indent=1))


if __name__ == "__main__":
    main()
