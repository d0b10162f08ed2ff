# SPDX-License-Identifier: BSD-3-Clause
"""The package among others: every order of imports, memory that stays flat."""

import gc
import json
import os
import resource
import subprocess
import sys

import numpy as np
import phreatic
import pytest
from phreatic import _core

AMONG = ["torch", "rasterio", "netCDF4", "xarray", "phreatic._learn", "phreatic"]
WORK = """
import sys, json
for name in {order!r}:
    __import__(name)
import numpy as np, phreatic, phreatic.grids
assert phreatic.stl(np.tile([1.0, 2, 3, 4], 12), 4).ok
square = {{"type": "Polygon", "coordinates": [[[0, 0], [1.5, 0], [1.5, 2], [0, 2], [0, 0]]]}}
grid = phreatic.Grid.from_bounds(0, 0, 4, 2, 1, "EPSG:28992")
assert phreatic.zonal(np.ones((2, 4)), {{"a": square}}, source=grid)[1].shape == (1, 1)
if "torch" in sys.modules:
    import torch
    assert float((torch.ones(3, 3) @ torch.ones(3)).sum()) == 9
if "netCDF4" in sys.modules:
    import netCDF4, tempfile, os
    path = os.path.join(tempfile.mkdtemp(), "a.nc")
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("x", 3)
        file.createVariable("v", "f8", ("x",))[:] = [1, 2, 3]
    with netCDF4.Dataset(path) as file:
        assert file["v"][:].sum() == 6
if "rasterio" in sys.modules:
    import rasterio.crs
    assert rasterio.crs.CRS.from_epsg(4326).is_geographic
assert phreatic.Grid.from_bounds(0, 0, 4, 2, 1, "EPSG:4326").geographic
"""


@pytest.fixture(scope="module")
def elsewhere(root, torch_folder):
    """Environment in which torch and rasterio are found, too, where the checkout has them."""
    peers = sorted(root.glob(".venv-peers/lib/python3*/site-packages"))
    own = next(p for p in sys.path if p.endswith("site-packages"))
    folders = [own, *map(str, peers), *([torch_folder] if torch_folder else [])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}


def orders():
    """Phreatic first, last and between, and each other one first."""
    others = AMONG[:-1]
    yield from ([*others[k:], *others[:k], "phreatic"] for k in range(len(others)))
    yield ["phreatic", *others]
    yield ["phreatic", *reversed(others)]
    yield [others[0], "phreatic", *others[1:]]
    yield [*reversed(others), "phreatic"]


def test_every_order_of_imports_works(elsewhere):
    code = "import importlib.util, json; print(json.dumps([n for n in %r if importlib.util.find_spec(n)]))" % (AMONG,)
    there = json.loads(subprocess.run([sys.executable, "-c", code], env=elsewhere, capture_output=True, text=True).stdout)
    seen = set()
    for order in orders():
        order = tuple(name for name in order if name in there)
        if order in seen:
            continue
        seen.add(order)
        done = subprocess.run([sys.executable, "-c", WORK.format(order=order)], env=elsewhere, capture_output=True, text=True)
        assert done.returncode == 0, (order, done.stderr[-2000:])
    if set(AMONG) - set(there):
        pytest.skip(f"not installed: {', '.join(sorted(set(AMONG) - set(there)))}; {len(seen)} orders of the others work")


def test_an_import_error_of_networks_names_the_torch_that_is_wanted(tmp_path):
    (tmp_path / "torch-2.0.0.dist-info").mkdir()
    (tmp_path / "torch-2.0.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: torch\nVersion: 2.0.0\n")
    code = "import phreatic.networks as n\ntry:\n    n._extension()\nexcept ImportError as e:\n    print(e)"
    said = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(tmp_path)},
                          capture_output=True, text=True)  # fmt: skip
    assert said.stdout.strip() == "phreatic.networks needs torch 2.13.0, and torch 2.0.0 is installed: pip install torch==2.13.0"


SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [1.5, 0], [1.5, 2], [0, 2], [0, 0]]]}


def test_ten_thousand_calls_on_grids_keep_memory_flat():
    grid = phreatic.Grid.from_bounds(0, 0, 40, 20, 1, geographic=False)
    coarse = phreatic.Grid.from_bounds(0, 0, 40, 20, 5, geographic=False)
    values = np.ones((2, 20, 40))
    zones = phreatic.grids._zones_on(grid, {"a": SQUARE}, None, None, None, False)[0]._core

    def calls(count):
        for _ in range(count):
            phreatic.regrid(values, coarse, source=grid)
            _core.zonal(values, zones, '{"statistics": ["mean", "median"]}')
            try:
                phreatic.regrid(values[:, 1:], coarse, source=grid)
            except phreatic.InputError:
                pass
        gc.collect()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    before = calls(1000)
    assert calls(10000) - before < 4096  # kB


def forest_of(rng):
    xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed (pip install xgboost-cpu)")
    x = rng.normal(size=(200, 3)).astype(np.float32)
    return phreatic.Forest.from_xgboost(xgboost.XGBRegressor(n_estimators=5, n_jobs=1).fit(x, x[:, 0]))


def called_on_trees(rng, tmp_path):
    forest, rows = forest_of(rng), rng.normal(size=(20, 3)).astype(np.float32)

    def call():
        forest.predict(rows)
        phreatic.explain.tree_shap(forest, rows, rows[:5])
        phreatic.Forest.load(tmp_path / "m.ubj")

    forest.save(tmp_path / "m.ubj")
    return call


def called_on_estimators(rng, tmp_path):
    estimators = pytest.importorskip("phreatic.estimators", reason="scikit-learn is not installed")
    X = rng.uniform(size=(60, 4))
    models = [kind(epochs=2, random_state=0).fit(X, X[:, 2]) for kind in (estimators.GNNWRRegressor, estimators.SSVAERegressor)]

    def call():
        for model in models:
            model.predict(X)

    return call


def called_on_flow(rng, tmp_path):
    flopy = pytest.importorskip("flopy", reason="flopy is not installed")
    sim = flopy.mf6.MFSimulation(sim_name="m", sim_ws=str(tmp_path))
    flopy.mf6.ModflowTdis(sim, perioddata=[(1e5, 100_000, 1.0)])
    flopy.mf6.ModflowIms(sim)
    gwf = flopy.mf6.ModflowGwf(sim, modelname="m")
    flopy.mf6.ModflowGwfdis(gwf, ncol=5, nrow=1, nlay=1)
    flopy.mf6.ModflowGwfic(gwf, strt=1)
    flopy.mf6.ModflowGwfnpf(gwf)
    flopy.mf6.ModflowGwfchd(gwf, stress_period_data=[((0, 0, 0), 1.0)])
    flopy.mf6.ModflowGwfwel(gwf, stress_period_data=[((0, 0, 3), -0.1)])
    sim.write_simulation(silent=True)
    model = phreatic.flow.Simulation(tmp_path)

    def call():
        model.set("WEL_0", -0.2)
        model.step()
        model.values("WEL_0"), model.flows(), model.saturation(), model.head.sum()

    return call


@pytest.mark.parametrize("kind", [called_on_trees, called_on_estimators, called_on_flow])
def test_ten_thousand_calls_of_objects_keep_memory_flat(kind, tmp_path):
    call = kind(np.random.default_rng(0), tmp_path)

    def calls(count):
        for _ in range(count):
            call()
        gc.collect()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    before = calls(1000)
    assert calls(10000) - before < 4096  # kB


def test_contiguous_doubles_are_not_copied():
    from phreatic._inputs import numbers, series

    y = np.ones((50, 100))
    assert np.shares_memory(series(y, -1, "y")[0], y) and np.shares_memory(numbers(y, "y"), y)
    locked = y.copy()
    locked.flags.writeable = False
    assert np.shares_memory(series(locked, -1, "y")[0], locked)
    assert not np.shares_memory(series(y.T, -1, "y")[0], y)  # columns of a matrix by rows
