#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Log densities of Optuna's multivariate tree-structured Parzen estimator, for tests/stats/test_search.cpp.

Needs optuna 5.0 (pip install optuna); writes tests/reference/stats/parzen.json.
"""
import functools
import json
import math
import pathlib
import random

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers._tpe.parzen_estimator import _ParzenEstimator, _ParzenEstimatorParameters

SPACE = {
    "rate": FloatDistribution(1e-4, 1e-1, log=True),
    "dropout": FloatDistribution(0.0, 0.6),
    "step": FloatDistribution(0.0, 1.0, step=0.25),
    "hidden": IntDistribution(4, 256, log=True),
    "layers": IntDistribution(1, 4),
    "cell": CategoricalDistribution(["lstm", "gru", "tft"]),
}


def point(rng):
    return [math.exp(rng.uniform(math.log(1e-4), math.log(1e-1))), rng.uniform(0, 0.6), 0.25 * rng.randrange(5),
            round(math.exp(rng.uniform(math.log(4), math.log(256)))), rng.randint(1, 4), rng.randrange(3)]


def main():
    rng = random.Random(3)
    cases = []
    np.argsort = functools.partial(np.argsort, kind="stable")  # numpy leaves the order of equal values open
    space = SPACE
    for n in (0, 1, 7, 15, 40):
        points = [point(rng) for _ in range(n)]
        asked = [point(rng) for _ in range(6)]

        def columns(rows):
            return {name: np.array([r[i] for r in rows], dtype=float) for i, name in enumerate(space)}

        parameters = _ParzenEstimatorParameters(
            prior_weight=1.0, consider_magic_clip=True, consider_endpoints=False,
            weights=optuna.samplers._tpe.sampler.default_weights, multivariate=True)
        estimator = _ParzenEstimator(columns(points), space, parameters)
        cases.append({"points": points, "asked": asked, "log_density": estimator.log_pdf(columns(asked)).tolist()})
    out = {"made_by": f"tests/reference/stats/parzen.py, optuna {optuna.__version__}", "cases": cases}
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")


main()
