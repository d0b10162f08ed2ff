# SPDX-License-Identifier: BSD-3-Clause
"""Reads the files of `bench_csv generate` with pandas, polars or pyarrow and prints "seconds peak_MB".

    python bench/csv/peers.py pandas|polars|pyarrow wells|long FOLDER THREADS

pandas==3.1.1, polars==2.1.0, pyarrow==26.0.1. Ends where ours does: dates parsed, values as doubles in one array
[well][day] for each variable.
"""
import concurrent.futures
import pathlib
import resource
import sys
import time

import numpy as np

peer, case, folder, threads = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), int(sys.argv[4])
VARIABLES = ["level", "precipitation", "temperature", "evaporation"]

if peer == "polars":
    import os

    os.environ["POLARS_MAX_THREADS"] = str(threads)
    import polars as pl

    def table(path):
        return pl.read_csv(path, try_parse_dates=True)

    def columns(t, names):
        return t.select(names).to_numpy()

    def pivot(t):
        return t.pivot(on="unique_id", index="ds", values="y").drop("ds").to_numpy().T

elif peer == "pyarrow":
    import pyarrow as pa
    import pyarrow.csv

    pa.set_cpu_count(threads)

    def table(path):
        return pyarrow.csv.read_csv(path)

    def columns(t, names):
        return np.stack([t[n].to_numpy() for n in names], 1)

    def pivot(t):  # days of a well stand together and are complete: no more than a reshape
        return t["y"].to_numpy().reshape(len(t["unique_id"].unique()), -1)

else:
    import pandas as pd

    def table(path):
        return pd.read_csv(path, parse_dates=["ds" if case == "long" else "date"])

    def columns(t, names):
        return t[names].to_numpy()

    def pivot(t):
        return t.pivot(index="unique_id", columns="ds", values="y").to_numpy()


def read_one(path):
    return columns(table(path), VARIABLES)


start = time.perf_counter()
if case == "long":
    panel = pivot(table(folder / "long.csv"))
else:
    paths = sorted((folder / "wells").glob("*.csv"))
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        panel = np.stack(list(pool.map(read_one, paths)))
seconds = time.perf_counter() - start
assert np.isfinite(panel).all()
print(f"{seconds:.3f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f}")
