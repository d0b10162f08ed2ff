# SPDX-License-Identifier: BSD-3-Clause
"""Groundwater flow: MODFLOW 6 folders run by Phreatic's engine, whole or step by step; scenarios and sensitivities.

A FloPy simulation runs by naming the engine: ``MFSimulation(exe_name=phreatic.flow.executable())``.
"""

import dataclasses
import json
import os
import pathlib

import numpy as np

from phreatic import _core, _program
from phreatic._errors import RunError, problem
from phreatic._inputs import numbers
from phreatic._studies import _study_path

__all__ = ["Adjoint", "Ensemble", "FlowRun", "Simulation", "Step", "adjoint", "check", "ensemble", "executable", "run"]

_DRY, _INACTIVE = -1e30, 1e30


def executable() -> str:
    """Path of the program that FloPy and others run in MODFLOW 6's place (no arguments, in the simulation's folder)."""
    return str(pathlib.Path(_program.program()).parent / "phreatic-mf6")


def _folder(path):
    """A FloPy simulation is not written by itself: its folder may hold another one."""
    if hasattr(path, "write_simulation"):
        raise problem("path", "is a simulation of FloPy", allowed="its folder", mend="sim.write_simulation(); give sim.sim_path")
    return os.fspath(path)


def check(path, *, name_file="mfsim.nam") -> list[str]:
    """Everything that is wrong with a simulation folder, without running it. Raises InputError."""
    return _program.call(["flow", "check", _folder(path), "--nam", name_file]).output.splitlines()


def run(path, out=None, *, save="oc", resume=False, name_file="mfsim.nam", progress=None) -> "FlowRun":
    """Runs a simulation folder; files are those of MODFLOW 6.

    out: folder for everything that is written (default: where the output control says). save: "oc", or "all" for heads
    and all budget terms of every step. resume: goes on from the last checkpoint.
    Raises InputError for input that is wrong, RunError where a step does not converge.
    """
    path = _folder(path)
    if save not in ("oc", "all"):
        raise problem("save", f"{save!r} is not known", allowed="oc, all")
    arguments = ["flow", "run", path, "--nam", name_file, "--save", save] + ["--resume"] * bool(resume)
    if out is not None:
        arguments += ["--out", out]
    told = _program.call(arguments, progress)
    return FlowRun(path, out, name_file, told.warnings)


def _coordinates(grid):
    """Centres of rows and columns in the model's own (unrotated) coordinates, as the NetCDF output has them."""
    x = grid["xorigin"] + np.cumsum(grid["delr"]) - grid["delr"] / 2
    y = grid["yorigin"] + grid["delc"].sum() - np.cumsum(grid["delc"]) + grid["delc"] / 2
    return {"layer": np.arange(1, grid["shape"][0] + 1), "y": y, "x": x}


def _labelled(values, dims, coords, grid):
    import xarray

    attributes = {"units": grid["length_units"].lower() or "1", "long_name": "groundwater head"}
    if grid["crs"]:
        attributes["crs"] = grid["crs"]
    if grid["angrot"]:
        attributes["rotation_degrees"] = grid["angrot"]
    return xarray.DataArray(values, dims=dims, coords=coords, name="head", attrs=attributes)


class FlowRun:
    """A finished run of a simulation folder."""

    def __init__(self, folder, out=None, name_file="mfsim.nam", warnings=()):
        self.folder = pathlib.Path(folder)
        self.path = pathlib.Path(out) if out is not None else self.folder
        self.warnings = list(warnings)
        self._name_file = name_file
        record = self.path / "phreatic-flow.json"
        if not record.exists():
            raise problem("FlowRun", "is no folder of a finished run", file=str(self.path))
        self.record = json.loads(record.read_text())

    def file(self, name: str) -> pathlib.Path:
        """A file that the run's record names: "head_file" or "budget_file", for FloPy's readers."""
        text = self.record.get(name, "")
        if not text:
            raise problem(name, "was not written: the output control saves none", mend="Run with save='all'")
        return self.path / text

    def heads(self):
        """Heads as a DataArray (time, layer, y, x), NaN where inactive or dry; times in the model's time unit."""
        path = self.file("head_file")
        grid = _core.grid_of_model(os.fspath(self.folder), self._name_file)
        layers, rows, columns = grid["shape"]
        record = np.dtype([("step", "<i4"), ("period", "<i4"), ("pertim", "<f8"), ("totim", "<f8"), ("text", "S16"),
                           ("ncol", "<i4"), ("nrow", "<i4"), ("layer", "<i4"), ("head", "<f8", (rows, columns))])  # fmt: skip
        if path.stat().st_size % (record.itemsize * layers):
            raise problem("head file", "is cut off, or not of this model", file=str(path))
        records = np.fromfile(path, record).reshape(-1, layers)
        heads = records["head"].copy()
        heads[(heads == _DRY) | (heads == _INACTIVE)] = np.nan
        coordinates = {"time": records["totim"][:, 0], **_coordinates(grid)}
        found = _labelled(heads, ("time", "layer", "y", "x"), coordinates, grid)
        found["time"].attrs["units"] = grid["time_units"].lower()
        return found

    def __repr__(self):
        return f"phreatic.flow.FlowRun({str(self.path)!r})"


@dataclasses.dataclass(frozen=True)
class Step:
    """How a time step went; flows in L3/T, ``time`` at its end. ``status`` is "converged", or why it is not."""

    period: int
    step: int
    index: int
    dt: float
    time: float
    steady: bool
    status: str
    outer_iterations: int
    inner_iterations: int
    inflow: float
    outflow: float
    balance_percent: float
    message: str
    warning: str


class Simulation:
    """A simulation folder in memory, advanced step by step::

        sim = phreatic.flow.Simulation("model")
        while not sim.finished:
            step = sim.step()
            sim.set("WEL_0", -500 if sim.head[0, 10, 20] > 12 else 0)   # from the next step on

    ``grid`` says where the cells are, ``packages`` what can be set.
    """

    def __init__(self, path, *, name_file="mfsim.nam"):
        self._core = _core.Simulation(_folder(path), name_file)
        self.grid = self._core.grid
        self.head = self._core.heads()
        """Heads [layer, row, column] in place: read-only, changed by every step; 1e30 inactive, -1e30 dry."""

    @property
    def finished(self) -> bool:
        return self._core.finished

    @property
    def packages(self) -> list[str]:
        """Names of the packages, in the order of the name file."""
        return self._core.packages

    @property
    def notes(self) -> list[str]:
        """What the reader has to tell: input without effect, outputs left out."""
        return self._core.notes

    def step(self) -> Step:
        """The next time step. Raises RunError where it does not converge; a further call goes on from its heads."""
        done = Step(**self._core.step())
        if done.status != "converged":
            raise RunError(f"period {done.period + 1}, step {done.step + 1}: {done.status}: {done.message}")
        self.head = self._core.heads()
        return done

    def run(self, after_step=None) -> list[Step]:
        """All steps that are left. after_step is called with each Step; a truth value from it ends the run there."""
        steps = []
        while not self.finished:
            steps.append(self.step())
            if after_step is not None and after_step(steps[-1]):
                break
        return steps

    def values(self, package: str):
        """(cells, values) of a package in the last step: numbers of cells, and [column, bound]."""
        return self._core.values(package)

    def set(self, package: str, values, column: int = 0):
        """Values of a column of a package from the next step on, in place of the model's: one for all bounds, or one each.

        Columns are in MODFLOW 6's order (WEL: rate; RIV: stage, conductance, bottom; RCH: recharge).
        """
        array = np.atleast_1d(numbers(values, f"package {package}"))
        if array.ndim != 1 or not np.isfinite(array).all():
            raise problem(f"package {package}", "values are not finite numbers, one for each bound")
        if not isinstance(column, (int, np.integer)) or isinstance(column, bool) or column < 0:
            raise problem("column", f"{column!r}", allowed="a whole number from 0 on")
        self._core.set(package, int(column), array)

    def flows(self) -> dict:
        """Of each package in the last step: inflow, outflow, and the flow of every bound into its cell (L3/T)."""
        return self._core.flows()

    def saturation(self) -> np.ndarray:
        """Saturated fraction of every cell [layer, row, column]."""
        return self._core.saturation()

    def heads(self):
        """A copy of the heads as a DataArray (layer, y, x), NaN where inactive or dry."""
        heads = self.head.copy()
        heads[(heads == _DRY) | (heads == _INACTIVE)] = np.nan
        return _labelled(heads, ("layer", "y", "x"), _coordinates(self.grid), self.grid)


class Ensemble:
    """Results of scenarios; ``path`` has a NetCDF file for each block of them."""

    def __init__(self, path, warnings=()):
        self.path = pathlib.Path(path)
        self.warnings = list(warnings)

    def dataset(self):
        """All blocks as one Dataset along ``scenario``."""
        import xarray

        files = sorted(self.path.glob("block_*.nc"))
        if not files:
            raise problem("Ensemble", "has no block yet", file=str(self.path))
        blocks = []
        for file in files:
            with xarray.open_dataset(file) as block:
                blocks.append(block.load())
        return xarray.concat(blocks, "scenario", data_vars="minimal", coords="minimal", compat="override", join="override")


def ensemble(study, out, *, resume=False, task=None, progress=None, folder=None) -> Ensemble:
    """Many scenarios of one model (docs/guide/ensembles.md). study: file or dict. task: (K, N) of a scheduler's array."""
    arguments = ["--out", out] + ["--resume"] * bool(resume)
    if task is not None:
        arguments += ["--task", "{}/{}".format(*task)]
    with _study_path(study, folder) as (path, rename):
        told = _program.call(["flow", "ensemble", path, *arguments], progress, rename=rename)
    return Ensemble(out, told.warnings)


class Adjoint:
    """Sensitivities of a model: ``table()`` sums by measure, parameter and period, ``maps()`` every cell."""

    def __init__(self, path, warnings=()):
        self.path = pathlib.Path(path)
        self.warnings = list(warnings)

    def table(self, name: str = "sensitivities"):
        """sensitivities.csv (or bounds, recharge) as a DataFrame."""
        import pandas

        return pandas.read_csv(self._file(f"{name}.csv"))

    def maps(self, name: str = "maps"):
        """maps.nc (or recharge) as a Dataset, opened lazily."""
        import xarray

        return xarray.open_dataset(self._file(f"{name}.nc"))

    def _file(self, name):
        path = self.path / name
        if not path.exists():
            there = sorted(p.stem for p in self.path.glob("*" + path.suffix))
            raise problem(path.stem, "is not among the results", file=str(self.path), allowed=", ".join(there))
        return path


def adjoint(study, out, *, progress=None, folder=None) -> Adjoint:
    """How heads, flows and storage depend on every parameter (docs/guide/adjoint.md). study: file or dict."""
    with _study_path(study, folder) as (path, rename):
        told = _program.call(["flow", "adjoint", path, "--out", out], progress, rename=rename)
    return Adjoint(out, told.warnings)
