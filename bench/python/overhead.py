# SPDX-License-Identifier: BSD-3-Clause
"""Seconds that every public function of the Python package takes over the call of the library that it makes.

Both are taken in one and the same call: what is called below is replaced by something that counts the time in it. Studies
run as programs, so that their time is compared with that of the same command. One thread. Run by the Python that the package
is installed in (tools/check_python makes .venv-python); prints a JSON line for each function:

Seconds on the clock; with --processor those of the processor, of programs too, which others on the machine do not matter to.

  {"name": "stl", "over_s": 0.0001, "library_s": 0.002}    or    {"name": "tree_shap", "skipped": "xgboost is not installed"}
"""

import contextlib
import inspect
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time
import unittest.mock

import numpy as np
import phreatic

ARRAYS = {"stl", "mann_kendall", "sen_slope", "permutation_entropy", "lag_correlations", "tch", "som"}
LARGE = {f"{name}, large" for name in ("stl", "permutation_entropy", "regrid", "Forest.predict")}
GRIDS = {"regrid", "shares", "zonal", "Grid"}
TREES = {"Forest.load", "Forest.from_xgboost", "Forest.save", "Forest.predict", "tree_shap", "Forest.table"}
ESTIMATORS = {f"{kind}.{call}" for kind in ("GNNWRRegressor", "GTNNWRRegressor", "SSVAERegressor") for call in ("fit", "predict")} | {
    f"{kind}.{call}" for kind in ("GNNWRRegressor", "GTNNWRRegressor") for call in ("coefficients", "save")}  # fmt: skip
NETWORKS = {"SeriesNetwork.fit", "SeriesNetwork.predict", "SeriesNetwork.value_and_gradient", "SeriesNetwork.load"}
STEPS = {f"Simulation.{call}" for call in ("step", "run", "set", "values", "flows", "saturation", "heads")}
PROGRAMS = {"check", "run", "init", "flow.check", "flow.run", "wells.fit"}
MEASURED = ARRAYS | GRIDS | TREES | {"expected_gradients"} | ESTIMATORS | NETWORKS | STEPS | PROGRAMS
# As the ones above: one program with arguments and files, by the same _program.call.
AS_PROGRAMS = {"apply", "ensemble", "adjoint", "tune", "optimize", "Model.apply"}
# No function of the library behind them: files by pandas, xarray or shap, names, settings of threads, made by others.
OWN = {"executable", "program", "version", "set_threads", "threads", "Run.table", "Run.metrics", "Run.dataset", "FlowRun.heads",
       "FlowRun.file", "Ensemble.dataset", "Adjoint.table", "Adjoint.maps", "Explanation.to_shap", "Grid.of", "Grid.from_bounds",
       "Model.load", "Model.metrics", "Model.predict", "Model.contributions", "Model.forecast", "Search.trials",
       "Search.to_optuna", "Search.table", "Search.metrics", "Search.dataset"}  # fmt: skip


def public():
    """Functions, and methods of classes, in ``__all__`` of the package and its modules."""
    found = set()
    for module in (phreatic, *(getattr(phreatic, name) for name in phreatic._MODULES)):
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isclass(value):
                if issubclass(value, (tuple, BaseException)) or hasattr(value, "__dataclass_fields__") and name != "Grid":
                    continue
                own = {n for kind in value.__mro__ if kind.__module__.startswith("phreatic") for n in vars(kind)}
                methods = (n for n in own if not n.startswith("_") and (inspect.isfunction(getattr(value, n)) or
                           inspect.ismethod(getattr(value, n))) and not n.endswith("_request"))  # of scikit-learn
                found |= {f"{name}.{n}" for n in methods}
            elif callable(value):
                where = {"phreatic.flow": "flow.", "phreatic.wells": "wells."}.get(module.__name__, "")
                found.add(name if f"{where}{name}" not in PROGRAMS | AS_PROGRAMS else f"{where}{name}")
    return found


def processor():
    """Seconds of this process and of the programs that it has run to the end."""
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in usage)


clock = processor if "--processor" in sys.argv else time.perf_counter


class Timed:
    """Stands in for a module, a class or an object of an extension; adds up the time of the calls."""

    spent = 0.0
    inside = False

    def __init__(self, of):
        self._of = of

    def __call__(self, *arguments):
        if Timed.inside:
            return self._of(*arguments)
        Timed.inside = True
        start = clock()
        try:
            return self._of(*arguments)
        finally:
            Timed.spent += clock() - start
            Timed.inside = False

    def __getattr__(self, name):
        value = getattr(self._of, name)
        return Timed(value) if callable(value) else value


def timed(place):
    """``_core`` of a module of the package, timed as long as the context lasts."""
    return unittest.mock.patch(f"phreatic.{place}._core", Timed(phreatic._core))


class Skip(Exception):
    """Something that a case needs is not installed."""


def needed(name, package):
    try:
        return __import__(name)
    except ImportError:
        raise Skip(f"{package} is not installed") from None


def of_arrays(name, stack, folder):
    stack.enter_context(timed("arrays"))
    large = name.endswith(", large")
    rows = {"stl, large": 4000, "permutation_entropy, large": 20000}.get(name, 40)
    y = np.random.default_rng(1).normal(size=(rows, 240)).cumsum(1)
    return {
        "stl": lambda: phreatic.stl(y, 12),
        "mann_kendall": lambda: phreatic.mann_kendall(y),
        "sen_slope": lambda: phreatic.sen_slope(y),
        "permutation_entropy": lambda: phreatic.permutation_entropy(y),
        "lag_correlations": lambda: phreatic.lag_correlations(y, y, 12),
        "tch": lambda: phreatic.tch([y + 1, y * 2, y]),
        "som": lambda: phreatic.som(np.ascontiguousarray(y[:, :6]), 3, 3),
    }[name.removesuffix(", large")], 3 if large else 7


def of_grids(name, stack, folder):
    stack.enter_context(timed("grids"))
    rng = np.random.default_rng(1)
    if name == "regrid, large":
        large = rng.normal(size=(60, 300, 400))
        fine = phreatic.Grid(400, 300, (0, 1, 0, 300, 0, -1), geographic=False)
        fifth = phreatic.Grid(80, 60, (0, 5, 0, 300, 0, -5), geographic=False)
        return lambda: phreatic.regrid(large, fifth, source=fine), 3
    cube = rng.normal(size=(24, 60, 80))
    grid = phreatic.Grid.from_bounds(0, 0, 80, 60, 1, geographic=False)
    coarse = phreatic.Grid.from_bounds(0, 0, 80, 60, 5, geographic=False)
    square = {"type": "Polygon", "coordinates": [[[0, 0], [40.5, 0], [40.5, 30], [0, 30], [0, 0]]]}
    return {
        "regrid": lambda: phreatic.regrid(cube, coarse, source=grid),
        "shares": lambda: phreatic.shares(cube[0].round(), coarse, [-1, 0, 1], source=grid),
        "zonal": lambda: phreatic.zonal(cube, {"a": square}, source=grid),
        "Grid": lambda: phreatic.Grid.from_bounds(0, 0, 80, 60, 1, geographic=False),
    }[name], 7


def of_trees(name, stack, folder):
    xgboost = needed("xgboost", "xgboost")
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2000, 6)).astype(np.float32)
    forest = phreatic.Forest.from_xgboost(xgboost.XGBRegressor(n_estimators=60, max_depth=5, n_jobs=1).fit(x, x[:, 0] * x[:, 1]))
    rows = rng.normal(size=(400_000 if name.endswith("large") else 2000, 6)).astype(np.float32)
    forest.save(folder / "model.json")
    stack.enter_context(timed("trees"))
    booster = xgboost.Booster(model_file=str(folder / "model.json"))
    raw = booster.save_raw("ubj")
    stack.enter_context(unittest.mock.patch.object(type(booster), "save_raw", lambda self, kind: raw))  # XGBoost's own time
    forest._core = Timed(forest._core)
    return {
        "Forest.load": lambda: phreatic.Forest.load(folder / "model.json"),
        "Forest.from_xgboost": lambda: phreatic.Forest.from_xgboost(booster),
        "Forest.save": lambda: forest.save(folder / "again.ubj"),
        "Forest.predict": lambda: forest.predict(rows),
        "Forest.table": lambda: (forest.table(rows), forest._core.predict(rows, False)),
        "tree_shap": lambda: phreatic.explain.tree_shap(forest, rows[:200]),
    }[name.removesuffix(", large")], 7


def of_gradients(name, stack, folder):
    """The module's time is no wrapper's, whether the library asks it or the range over the background is looked up."""
    torch = needed("torch", "torch")
    stack.enter_context(timed("explain"))
    rng = np.random.default_rng(1)
    module = torch.nn.Sequential(torch.nn.Linear(6, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
    x, behind = rng.normal(size=(20, 6)).astype(np.float32), rng.normal(size=(100, 6)).astype(np.float32)
    return lambda: phreatic.explain.expected_gradients(Timed(module), x, behind), 3


def of_estimators(name, stack, folder):
    needed("sklearn", "scikit-learn")
    kind, call = name.split(".")
    rng = np.random.default_rng(1)
    X = rng.uniform(size=(400, 5))
    y = X[:, 2] * (1 + X[:, 0]) - X[:, 4]
    model = getattr(phreatic.estimators, kind)(epochs=30, random_state=0)
    if call == "fit":
        stack.enter_context(timed("estimators"))
        return lambda: model.fit(X, y), 3
    model.fit(X, y)
    model._core = Timed(model._core)
    argument = (folder / "model") if call == "save" else X
    return lambda: getattr(model, call)(argument), 7


def of_networks(name, stack, folder):
    needed("torch", "torch")
    try:
        learn = phreatic.networks._extension()
    except ImportError as error:
        raise Skip(str(error)) from None
    stack.enter_context(unittest.mock.patch("phreatic.networks._extension", lambda: Timed(learn)))
    rain = np.random.default_rng(1).gamma(0.5, 4, 1500)
    inputs, targets = {"rain": rain}, {"level": np.convolve(rain, 0.9 ** np.arange(60))[:1500]}
    small = {"window": {"seq_length": 90}, "model": {"hidden_size": 16}, "training": {"epochs": 2}, "ensemble": {"members": 1}}
    network = phreatic.networks.SeriesNetwork(small, folder / "network").fit(inputs, targets)
    network._network = Timed(network._network)
    windows = np.stack([rain[k : k + 90, None] for k in range(0, 1200, 20)])
    return {
        "SeriesNetwork.fit": lambda: phreatic.networks.SeriesNetwork(small, folder / "again").fit(inputs, targets),
        "SeriesNetwork.predict": lambda: network.predict(inputs),
        "SeriesNetwork.value_and_gradient": lambda: network.value_and_gradient(windows),
        "SeriesNetwork.load": lambda: phreatic.networks.SeriesNetwork.load(folder / "network"),
    }[name], 3


def flow_model(folder):
    flopy = needed("flopy", "flopy")
    sim = flopy.mf6.MFSimulation(sim_name="m", sim_ws=str(folder / "m"))
    flopy.mf6.ModflowTdis(sim, nper=1, perioddata=[(100.0, 20, 1.0)])
    flopy.mf6.ModflowIms(sim)
    gwf = flopy.mf6.ModflowGwf(sim, modelname="m")
    flopy.mf6.ModflowGwfdis(gwf, nlay=1, nrow=60, ncol=60, delr=100, delc=100, top=20, botm=[0])
    flopy.mf6.ModflowGwfic(gwf, strt=15)
    flopy.mf6.ModflowGwfnpf(gwf, k=8)
    flopy.mf6.ModflowGwfsto(gwf, transient={0: True})
    flopy.mf6.ModflowGwfchd(gwf, stress_period_data=[((0, i, 0), 15.0) for i in range(60)])
    flopy.mf6.ModflowGwfwel(gwf, stress_period_data=[((0, 30, 30), -200.0)])
    flopy.mf6.ModflowGwfoc(gwf, head_filerecord="m.hds", saverecord=[("HEAD", "ALL")])
    sim.write_simulation(silent=True)
    return folder / "m"


def of_steps(name, stack, folder):
    sim = phreatic.flow.Simulation(flow_model(folder))
    sim._core = Timed(sim._core)
    sim.step()
    return {
        "step": sim.step,
        "run": lambda: sim.run(lambda step: step.index % 3 == 2),
        "set": lambda: (sim.set("WEL_0", -100.0), sim.step()),
        "values": lambda: sim.values("WEL_0"),
        "flows": sim.flows,
        "saturation": sim.saturation,
        "heads": lambda: (sim.heads(), sim.saturation()),
    }[name.split(".")[1]], 2


def inner(call, repeats):
    """(seconds over the library's, seconds of the library) of the call that was hindered least by others on the machine."""
    found = []
    for _ in range(repeats):
        Timed.spent = 0.0
        start = clock()
        call()
        found.append((clock() - start - Timed.spent, Timed.spent))
    return min(found)


def seconds(call):
    start = clock()
    call()
    return clock() - start


def wells_fit(folder):
    pandas = needed("pandas", "pandas")
    try:
        phreatic.program("phreatic-learn")
    except phreatic.RunError as error:
        raise Skip(str(error)) from None
    days = pandas.date_range("2004-01-01", "2009-12-31")
    rain = np.random.default_rng(0).gamma(0.3, 8, len(days))
    heads = pandas.Series(np.convolve(rain, 0.98 ** np.arange(300))[: len(days)] * 0.01 + 10, days, name="A")
    small = {"training": {"epochs": 3}, "ensemble": {"members": 1}, "explain": {"enabled": False}, "window": {"seq_length": 90}}
    call = lambda: phreatic.wells.fit(heads, pandas.DataFrame({"precipitation": rain}, days), units={"precipitation": "mm/d"},  # noqa: E731
                                      settings=small, folder=folder / "wells")  # fmt: skip
    return call, ["run", folder / "wells/study.yml", "--out", folder / "alone"]


def program(name, folder):
    """A call that runs a program, and the arguments of the same command."""
    if name == "wells.fit":
        return wells_fit(folder)
    if name.startswith("flow."):
        model = flow_model(folder)
        return {"flow.check": (lambda: phreatic.flow.check(model), ["flow", "check", model]),
                "flow.run": (lambda: phreatic.flow.run(model), ["flow", "run", model])}[name]  # fmt: skip
    study = phreatic.init("regression", folder / "study")
    study.write_text(study.read_text().replace("epochs: 200", "epochs: 5").replace("seeds: 2", "seeds: 1"))
    return {"check": (lambda: phreatic.check(study), ["check", study]),
            "run": (lambda: phreatic.run(study, folder / "run"), ["run", study, "--out", folder / "run"]),
            "init": (lambda: phreatic.init("regression", folder / "new", force=True),
                     ["init", "regression", folder / "new", "--force"])}[name]  # fmt: skip


def beside_command(name, folder, repeats):
    """(seconds over the command's, seconds of the command): the least of each, in turn."""
    call, arguments = program(name, folder)
    pairs = []
    for _ in range(repeats):
        ours = seconds(call)
        command = [phreatic.program(), *map(str, arguments)]
        pairs.append((ours, seconds(lambda: subprocess.run(command, capture_output=True, check=True))))  # noqa: B023
    ours, alone = (min(times) for times in zip(*pairs, strict=True))
    return ours - alone, alone


def maker(name):
    for names, of in ((ARRAYS | {"stl, large", "permutation_entropy, large"}, of_arrays), (GRIDS | {"regrid, large"}, of_grids),
                      (TREES | {"Forest.predict, large"}, of_trees), ({"expected_gradients"}, of_gradients),
                      (ESTIMATORS, of_estimators), (NETWORKS, of_networks), (STEPS, of_steps)):  # fmt: skip
        if name in names:
            return of
    return None


def measure(name, folder, repeats=None):
    """(seconds over the library's, seconds of the library). repeats: None = those of the case. Skip: something is missing."""
    before = phreatic.threads()
    phreatic.set_threads(1)
    try:
        with contextlib.ExitStack() as stack:
            if name in PROGRAMS:
                return beside_command(name, folder, repeats or (3 if name == "wells.fit" else 15))
            call, own = maker(name)(name, stack, folder)
            return inner(call, repeats or 3 * own)
    finally:
        phreatic.set_threads(before)


def main():
    if folder := os.environ.get("PHREATIC_BENCH_TORCH"):  # of a torch that is not installed beside the package
        sys.path.append(folder)
    named = [word for word in sys.argv[1:] if word != "--processor"]
    for name in named or sorted(MEASURED | LARGE):
        with tempfile.TemporaryDirectory() as folder:
            try:
                over, library = measure(name, pathlib.Path(folder))
                print(json.dumps({"name": name, "over_s": over, "library_s": library}), flush=True)
            except Skip as why:
                print(json.dumps({"name": name, "skipped": str(why)}), flush=True)


if __name__ == "__main__":
    main()
