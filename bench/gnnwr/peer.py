# SPDX-License-Identifier: BSD-3-Clause
"""Seconds of an epoch of gnnwr 0.1.17 (PyPI), validation included: as bench_gnnwr, with all training rows as references.

    python3 peer.py ROWS VALIDATION TERMS TIME HIDDEN(a,b,c) BATCH EPOCHS THREADS
"""
import json
import os
import resource
import sys
import tempfile
import time
import warnings

warnings.simplefilter("ignore")
rows, validation, terms, with_time = (int(v) for v in sys.argv[1:5])
hidden = [int(v) for v in sys.argv[5].split(",")]
batch, epochs, threads = (int(v) for v in sys.argv[6:9])

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import torch  # noqa: E402
from gnnwr import datasets, models  # noqa: E402

torch.set_num_threads(threads)
os.chdir(tempfile.mkdtemp())
rng = np.random.default_rng(1)
test = 2
n = rows + validation + test
names = [f"c{k}" for k in range(terms - 1)]
data = pd.DataFrame(rng.normal(size=(n, terms - 1)), columns=names)
data["x"], data["y"], data["t"] = rng.random(n), rng.random(n), rng.random(n)
data["target"] = data[names].mul(data["x"], axis=0).sum(axis=1) + rng.normal(size=n)
more = {"temp_column": ["t"], "use_model": "gtnnwr"} if with_time else {}
sets = datasets.init_dataset(data, test / n + 1e-9, validation / (n - test) + 1e-9, names, ["target"], spatial_column=["x", "y"], batch_size=batch, **more)
kind, layers = (models.GTNNWR, [[3], hidden]) if with_time else (models.GNNWR, hidden)
model = kind(*sets, dense_layers=layers, optimizer="Adagrad", use_gpu=False)


def seconds(count):
    user, start = resource.getrusage(resource.RUSAGE_SELF).ru_utime, time.perf_counter()
    model.run(count)
    return time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_utime - user


sys.stdout, out = open(os.devnull, "w"), sys.stdout
one = seconds(1)
all_of_them = seconds(1 + epochs)
print(json.dumps({"wall_s": (all_of_them[0] - one[0]) / epochs, "user_s": (all_of_them[1] - one[1]) / epochs}), file=out)
