# SPDX-License-Identifier: BSD-3-Clause
"""Levels at wells modelled from weather, with pandas in and out; the study and its report are on disk as always."""

import pathlib
import tempfile

from phreatic import _studies
from phreatic._errors import problem
from phreatic._inputs import numbers

__all__ = ["Model", "fit"]


def _dated(values, where):
    """A Series or DataFrame on dates without a time zone, in order, each once."""
    import pandas

    if not isinstance(values, (pandas.Series, pandas.DataFrame)):
        raise problem(where, f"is a {type(values).__name__}", allowed="a pandas Series or DataFrame")
    index = values.index
    if not isinstance(index, pandas.DatetimeIndex):
        raise problem(where, f"has an index of {index.dtype}", mend="s.index = pandas.to_datetime(s.index)")
    if index.tz is not None:
        raise problem(where, f"has the time zone {index.tz}; dates of days depend on it",
                      mend="Choose one: s.tz_convert('UTC').tz_localize(None)")  # fmt: skip
    if index.hasnans:
        raise problem(where, "has a date that is missing")
    numbers(values, where)  # the order of the index, and what are no numbers
    return values


def _heads(heads):
    """{well: Series}"""
    import pandas

    if isinstance(heads, pandas.Series):
        heads = {str(heads.name or "well"): heads}
    elif isinstance(heads, pandas.DataFrame):
        heads = {str(name): heads[name] for name in heads.columns}
    if not isinstance(heads, dict) or not heads:
        raise problem("heads", f"are a {type(heads).__name__}", allowed="a Series, a DataFrame (a column per well), or a "
                      "dict of Series")  # fmt: skip
    return {str(name): _dated(values, f"heads of well '{name}'") for name, values in heads.items()}


def _long(parts):
    """One table with a column of names from {well: frame}."""
    import pandas

    return pandas.concat([frame.assign(well=name) for name, frame in parts.items()])


def _write_drivers(drivers, wells, units, folder):
    """drivers.csv and the block of the study that names it."""
    import pandas

    if isinstance(drivers, pandas.Series):
        drivers = drivers.to_frame(drivers.name or "driver")
    shared = isinstance(drivers, pandas.DataFrame)
    parts = {"": drivers} if shared else drivers
    if not isinstance(parts, dict) or not parts:
        raise problem("drivers", f"are a {type(drivers).__name__}", allowed="a DataFrame for all wells, or a dict of one "
                      "for each")  # fmt: skip
    parts = {str(name): _dated(frame, f"drivers of well '{name}'" if name else "drivers") for name, frame in parts.items()}
    if not shared and set(wells) - set(parts):
        raise problem("drivers", f"are not given for well '{sorted(set(wells) - set(parts))[0]}'")
    names = [str(c) for c in next(iter(parts.values())).columns]
    for name, frame in parts.items():
        if [str(c) for c in frame.columns] != names:
            raise problem(f"drivers of well '{name}'", "have other columns", allowed=", ".join(names))
    missing = [name for name in names if name not in units]
    if missing:
        raise problem("units", f"are not given for {', '.join(missing)}", mend="units={'precipitation': 'mm/d', ...}")
    path = folder / "drivers.csv"
    (drivers if shared else _long({w: parts[w] for w in wells})).to_csv(path, index_label="date")
    block = {"files": path.name, "columns": [{"column": n, "name": n, "unit": units[n]} for n in names]}
    return block if shared else {**block, "id_column": "well"}


def _write_statics(statics, wells, folder):
    import pandas

    if not isinstance(statics, pandas.DataFrame):
        raise problem("statics", f"are a {type(statics).__name__}", allowed="a DataFrame with a row per well")
    table = statics.copy()
    table.index = table.index.map(str)
    if table.index.has_duplicates:
        raise problem("statics", f"have the well '{table.index[table.index.duplicated()][0]}' twice")
    missing = [well for well in wells if well not in table.index]
    if missing:
        raise problem("statics", f"have no row for well '{missing[0]}'")
    table.loc[wells].to_csv(folder / "attributes.csv", index_label="id")
    return {"file": "attributes.csv"}


def _merged(study, settings):
    for key, value in settings.items():
        nested = isinstance(value, dict) and isinstance(study.get(key), dict)
        study[key] = _merged(dict(study[key]), value) if nested else value
    return study


def fit(heads, drivers, statics=None, *, units, unit="m", quantity="level", step="daily", scope="global", settings=None,
        folder=None, resume=False, device=None, threads=None, progress=None) -> "Model":  # fmt: skip
    """Trains a model of levels at wells and returns it with everything that a study gives.

    heads: a Series, a DataFrame with a column per well, or {well: Series}, on dates; NaN = not observed.
    drivers: a DataFrame for all wells, or {well: DataFrame}; units: {column: unit}, {"precipitation": "mm/d"}.
    statics: a DataFrame with a row per well. unit, quantity ("level", "depth"): of the heads. step: of the model.
    settings: blocks of a study file that replace defaults: {"training": {"epochs": 50}, "ensemble": {"members": 5}}.
    folder: where the files, the study and its run stay; without one they go with the returned model.
    """
    held = tempfile.TemporaryDirectory(prefix="phreatic-") if folder is None else None
    place = pathlib.Path(held.name if held else folder)
    place.mkdir(parents=True, exist_ok=True)
    wells = _heads(heads)
    _long({name: s.rename("head").to_frame() for name, s in wells.items()}).to_csv(place / "heads.csv", index_label="date")
    data = {
        "step": step,
        "targets": {"files": "heads.csv", "id_column": "well", "column": "head", "quantity": quantity, "unit": unit},
        "drivers": _write_drivers(drivers, list(wells), dict(units), place),
    }
    if statics is not None:
        data["attributes"] = _write_statics(statics, list(wells), place)
    study = _merged({"study": "wells", "data": data, "scope": scope}, settings or {})
    (place / "study.yml").write_text(_studies.as_text(study), encoding="utf-8")
    done = _studies.run(place / "study.yml", place / "run", resume=resume, device=device, threads=threads, progress=progress)
    return Model(done, study, held)


class Model:
    """A trained model. ``run`` is its run folder: report, files, warnings."""

    def __init__(self, run, study, held=None):
        self.run = run
        self._study = study
        self._held = held

    @classmethod
    def load(cls, folder) -> "Model":
        """The model of a folder that :func:`fit` was given, or of any run of a wells study."""
        path = pathlib.Path(folder)
        path = path / "run" if (path / "run" / "model").exists() else path
        if not (path / "model").exists():
            raise problem("Model.load", "holds no trained model", file=str(folder))
        return cls(_studies.Run(path), {})

    def metrics(self):
        """Scores of the network: a row for each well and period, a column for each metric (NSE, KGE, RMSE ...)."""
        table = self.run.metrics()
        first = table["model"].iloc[0]
        own = table[(table["model"] == first) & (table["weather"] == table["weather"].iloc[0])]
        return own.pivot_table(index=["entity", "period"], columns="metric", values="value", sort=False)

    def predict(self, tmin=None, tmax=None):
        """Predictions as a DataFrame: well, date, observed, simulated and the band (predictions.csv).

        tmin, tmax: first and last date. Other weather, dates or wells: ``phreatic.apply(model.run, study, out)``.
        """
        import pandas

        table = self.run.table("predictions")
        table["date"] = pandas.to_datetime(table["date"])
        if tmin is not None:
            table = table[table["date"] >= pandas.Timestamp(tmin)]
        if tmax is not None:
            table = table[table["date"] <= pandas.Timestamp(tmax)]
        return table.reset_index(drop=True)

    def contributions(self, well: str):
        """What each driver added to the level at each explained date, in metres, against ``base_m``; indexed by date."""
        import pandas

        table = self.run.table("explain/contributions")
        found = table[table["well"].astype(str) == str(well)]
        if found.empty:
            wells = ", ".join(map(str, table["well"].unique()[:20]))
            raise problem(f"well '{well}'", "was not explained", allowed=wells)
        return found.drop(columns="well").assign(date=pandas.to_datetime(found["date"])).set_index("date")

    def forecast(self):
        """forecasts.nc as a Dataset (fit with settings={"window": {"mode": "forecast", "horizon": 30}})."""
        if not (self.run.path / "forecasts.nc").exists():
            raise problem("forecast", "is not in the run", mend="Fit with settings={'window': {'mode': 'forecast', ...}}")
        return self.run.dataset("forecasts")

    def __repr__(self):
        return f"phreatic.wells.Model({str(self.run.path)!r})"
