# SPDX-License-Identifier: BSD-3-Clause
"""Studies from Python: the same stages, files, numbers and errors as the command line's."""

import contextlib
import datetime
import json
import os
import pathlib
import tempfile

from phreatic import _program
from phreatic._errors import Interrupted, problem


class Run:
    """A run folder. ``path`` is the folder, ``report`` its page, ``warnings`` what was told while it ran."""

    def __init__(self, path, warnings=()):
        self.path = pathlib.Path(path)
        self.warnings = list(warnings)

    @property
    def report(self) -> pathlib.Path:
        return self.path / "report.html"

    @property
    def study(self) -> dict:
        """The resolved study with every setting and its default; values are texts, as they stand in the file."""
        from phreatic import _core

        return _core.read_yaml(str(self.path / "study.yml"))

    def table(self, name: str):
        """A CSV file of the run as a pandas DataFrame: ``run.table("metrics")``."""
        import pandas

        path = self.path / (name if name.endswith(".csv") else name + ".csv")
        if not path.exists():
            there = sorted(p.stem for p in self.path.glob("*.csv"))
            raise problem(f"table {name!r}", "is not in the run", file=str(self.path), allowed=", ".join(there))
        return pandas.read_csv(path)

    def metrics(self):
        """``metrics.csv`` as a DataFrame: one row for each well (or model) and part of the data."""
        return self.table("metrics")

    def dataset(self, name: str = "predictions"):
        """A NetCDF file of the run as an xarray Dataset, opened lazily."""
        import xarray

        return xarray.open_dataset(self.path / (name if name.endswith(".nc") else name + ".nc"))

    def __repr__(self):
        return f"phreatic.Run({str(self.path)!r})"

    def _repr_html_(self):
        return f'<p>Phreatic run: <a href="{self.report}">{self.report}</a></p>'


def _plain(value):
    """Values of settings as YAML has them."""
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return value.tolist()
    raise problem("study", f"holds a {type(value).__name__}", allowed="texts, numbers, dates, lists and dicts")


def as_text(study) -> str:
    """A study as the text of its file."""
    return json.dumps(study, default=_plain, indent=2, ensure_ascii=False, allow_nan=False)


@contextlib.contextmanager
def _study_path(study, folder):
    """The path of a study, and what messages call it. A dict becomes a file in ``folder`` for as long as it is read."""
    if isinstance(study, (str, os.PathLike)):
        yield os.fspath(study), {}
        return
    if not isinstance(study, dict):
        raise problem("study", f"is a {type(study).__name__}", allowed="a dict, or the path of a study file")
    text = as_text(study)
    folder = pathlib.Path(folder or ".")
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix=".study-", suffix=".yml", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        yield file.name, {file.name: "study"}


def _text(value):
    if isinstance(value, str):
        return value
    return json.dumps(value, default=_plain, ensure_ascii=False)


def _settings(settings):
    return [part for key, value in _dotted(settings or {}) for part in ("--set", f"{key}={_text(value)}")]


def _dotted(settings, before=""):
    """Blocks by dotted names: {"training": {"epochs": 5}} is {"training.epochs": 5}."""
    for key, value in settings.items():
        if isinstance(value, dict) and value:
            yield from _dotted(value, f"{before}{key}.")
        else:
            yield before + str(key), value


def check(study, *, settings=None, folder=None) -> list[str]:
    """Everything that is wrong with a study and its data, without running it.

    study: path of a study file, or a dict of its settings; paths in a dict start at ``folder`` (default: here).
    settings: settings that replace the study's, ``{"training.epochs": 5}`` or ``{"training": {"epochs": 5}}``.
    Returns what was found, one line each. Raises InputError with every problem.
    """
    with _study_path(study, folder) as (path, rename):
        told = _program.call(["check", path, *_settings(settings)], rename=rename)
    return told.output.splitlines()[:-1]


def run(study, out=None, *, until=None, resume=False, force=False, settings=None, device=None, threads=None,
        progress=None, folder=None) -> Run:  # fmt: skip
    """Runs every stage of a study that is not up to date; returns the run folder.

    study, settings, folder: as for :func:`check`. out: the run folder (a dict needs one).
    until: the last stage. resume: goes on from the last saved state of a run that was interrupted or killed.
    progress: called with :class:`phreatic.Progress`; what it raises interrupts the run.
    Log lines go to the logger ``phreatic``. Ctrl-C raises Interrupted; ``resume=True`` goes on, bit for bit.
    """
    if out is None and isinstance(study, dict):
        raise problem("out", "is not given", mend="Name the run folder: phreatic.run(study, out='run')")
    arguments = _settings(settings)
    for option, value in (("--out", out), ("--until", until), ("--device", device), ("--threads", threads)):
        if value is not None:
            arguments += [option, str(value)]
    arguments += ["--resume"] * bool(resume) + ["--force"] * bool(force)
    with _study_path(study, folder) as (path, rename):
        try:
            told = _program.call(["run", path, *arguments], progress, rename=rename)
        except Interrupted:
            raise
        except KeyboardInterrupt:
            raise Interrupted("interrupted; the same call with resume=True goes on from the last saved state") from None
    return Run(told.output.splitlines()[-1], told.warnings)


def apply(model, study, out, *, compare=None, settings=None, threads=None, progress=None, folder=None) -> Run:
    """Uses a trained model with other data: later dates, a climate scenario, other wells.

    model: a run folder (or a Run) or its folder ``model``. study: study file or dict, or its ``data`` block alone.
    compare: a second study, for differences. Returns the folder ``out`` with predictions.nc, predictions.csv, ...
    """
    arguments = _settings(settings) + ([] if threads is None else ["--threads", str(threads)])
    path_of_model = model.path if isinstance(model, Run) else model
    with contextlib.ExitStack() as files:
        path, rename = files.enter_context(_study_path(study, folder))
        if compare is not None:
            other, more = files.enter_context(_study_path(compare, folder))
            arguments += ["--compare", other]
            rename = {**rename, **more}
        told = _program.call(["apply", path_of_model, path, "--out", out, *arguments], progress, rename=rename)
    return Run(out, told.warnings)


def init(template, folder, *, force=False) -> pathlib.Path:
    """Writes a commented study with example files into ``folder``; returns the study file."""
    _program.call(["init", template, folder, *(["--force"] if force else [])])
    return pathlib.Path(folder) / "study.yml"
