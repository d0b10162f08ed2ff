# SPDX-License-Identifier: BSD-3-Clause
"""Levels at wells modelled from weather, with pandas in and out; the study and its report are on disk as always."""

import json
import logging
import pathlib
import tempfile

from phreatic import _peers, _studies
from phreatic._errors import problem
from phreatic._inputs import nested, numbers

__all__ = ["Model", "fit"]

_LOG = logging.getLogger("phreatic")

_NAMES_OF_METRICS = {
    "pastas": {"NSE": "nse", "RMSE": "rmse", "MAE": "mae", "bias": "me", "KGE": "kge"},
    "neuralhydrology": {"NSE": "NSE", "RMSE": "RMSE", "KGE": "KGE", "Alpha_NSE": "Alpha-NSE", "Beta_NSE": "Beta-NSE"},
}


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

    if _peers.is_collection(heads) or _peers.is_observation(heads):
        heads = _peers.heads_of_observations(heads)
    if isinstance(heads, pandas.Series):
        heads = {str(heads.name or "well"): heads}
    elif isinstance(heads, pandas.DataFrame):
        _once([str(name) for name in heads.columns], "heads")
        heads = {str(name): heads.iloc[:, k] for k, name in enumerate(heads.columns)}
    if not isinstance(heads, dict) or not heads:
        raise problem("heads", f"are a {type(heads).__name__}", allowed="a Series, a DataFrame (a column per well), a dict "
                      "of Series, an ObsCollection of hydropandas, or models of pastas")  # fmt: skip
    _once([str(name) for name in heads], "heads")
    for name, values in heads.items():
        if isinstance(values, pandas.DataFrame):
            raise problem(f"heads of well '{name}'", "are a DataFrame", allowed="a Series", mend="Name its column of levels")
    return {str(name): _dated(values, f"heads of well '{name}'") for name, values in heads.items()}


def _once(names, where):
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise problem(where, f"have the well '{twice[0]}' twice", mend="Give every well a name of its own")


def _check_common(wells, parts):
    """Drivers that begin after the last level, or end before the first one, say nothing of it."""
    for well, heads in wells.items():
        frame = parts[next(name for name in parts if str(name) in (well, ""))]
        known = heads.dropna().index
        if not len(known) or not len(frame.index) or (frame.index[0] <= known[-1] and frame.index[-1] >= known[0]):
            continue
        raise problem(f"well '{well}'", f"its heads are of {known[0]:%Y-%m-%d} to {known[-1]:%Y-%m-%d}, its drivers of "
                      f"{frame.index[0]:%Y-%m-%d} to {frame.index[-1]:%Y-%m-%d}", allowed="dates in common")  # fmt: skip


def _long(parts):
    """One table with a column of names from {well: frame}."""
    import pandas

    return pandas.concat([frame.assign(well=name) for name, frame in parts.items()])


def _write_heads(wells, folder):
    _long({name: s.rename("head").to_frame() for name, s in wells.items()}).to_csv(folder / "heads.csv", index_label="date")


def _write_drivers(drivers, wells, columns, folder):
    """drivers.csv and the block of the study that names it. columns: ``columns`` of that block, from the units if a dict."""
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
    if isinstance(columns, dict):
        missing = [name for name in names if name not in columns]
        if missing:
            raise problem("units", f"are not given for {', '.join(missing)}", mend="units={'precipitation': 'mm/d', ...}")
        unused = [str(name) for name in columns if str(name) not in names]
        if unused:
            _LOG.warning("units of %s are not used: no driver has that name", ", ".join(unused))
        columns = [{"column": n, "name": n, "unit": columns[n]} for n in names]
    path = folder / "drivers.csv"
    (drivers if shared else _long({w: parts[w] for w in wells})).to_csv(path, index_label="date")
    block = {"files": path.name, "columns": columns}
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
        both = isinstance(value, dict) and isinstance(study.get(key), dict)
        study[key] = _merged(dict(study[key]), value) if both else value
    return study


def _day(value, where, upper=False):
    """A date as pandas has it, without time zone; of a day, a month or a year the last moment where ``upper``."""
    import pandas

    try:
        if upper and isinstance(value, str):
            return pandas.Period(value).end_time
        found = pandas.Timestamp(value)
    except ValueError:
        raise problem(where, f"{value!r} is no date") from None
    if found.tzinfo is not None:
        raise problem(where, f"has the time zone {found.tz}", allowed="dates without one, as the model's are")
    return found


def fit(heads, drivers=None, statics=None, *, units, unit="m", quantity="level", step="daily", scope="global",
        settings=None, folder=None, resume=False, device=None, threads=None, progress=None) -> "Model":  # fmt: skip
    """Trains a model of levels at wells and returns it with everything that a study gives.

    heads: a Series, a DataFrame with a column per well, or {well: Series}, on dates; NaN = not observed. Also an
    ObsCollection of hydropandas (its first column of numbers), and models of pastas (one, a list, a dict).
    drivers: a DataFrame for all wells, or {well: DataFrame}; units: {column: unit}, {"precipitation": "mm/d"}. Models
    of pastas bring theirs: precipitation, pet and temperature of recharge models, others by their names.
    statics: a DataFrame with a row per well. unit, quantity ("level", "depth"): of the heads. step: of the model.
    settings: what replaces defaults of a study file, {"training": {"epochs": 50}} or {"training.epochs": 50}.
    folder: where the files, the study and its run stay; without one they go with the returned model.
    """
    models = _peers.pastas_models(heads)
    if models is not None:
        heads = _peers.heads_of_models(models)
        drivers = _peers.drivers_of_models(models) if drivers is None else drivers
    if drivers is None:
        raise problem("drivers", "are not given", allowed="a DataFrame for all wells, or a dict of one for each")
    held, place = _place(folder)
    wells = _heads(heads)
    _write_heads(wells, place)
    targets = {"files": "heads.csv", "id_column": "well", "column": "head", "quantity": quantity, "unit": unit}
    data = {"step": step, "targets": targets, "drivers": _write_drivers(drivers, list(wells), dict(units), place)}
    _check_common(wells, drivers if isinstance(drivers, dict) else {"": drivers})
    if statics is not None:
        data["attributes"] = _write_statics(statics, list(wells), place)
    study = _merged({"study": "wells", "data": data, "scope": scope}, nested(settings))
    (place / "study.yml").write_text(_studies.as_text(study), encoding="utf-8")
    done = _studies.run(place / "study.yml", place / "run", resume=resume, device=device, threads=threads, progress=progress)
    return Model(done, study, held)


def _place(folder):
    """(what keeps a folder of our own, the folder)"""
    held = tempfile.TemporaryDirectory(prefix="phreatic-") if folder is None else None
    place = pathlib.Path(held.name if held else folder)
    place.mkdir(parents=True, exist_ok=True)
    return held, place


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
        study = {}
        if (path / "run" / "model").exists():
            study = json.loads((path / "study.yml").read_text(encoding="utf-8"))
            path = path / "run"
        if not (path / "model").exists():
            raise problem("Model.load", "holds no trained model", file=str(folder))
        return cls(_studies.Run(path), study)

    def apply(self, drivers, heads=None, statics=None, *, units=None, folder=None, threads=None, progress=None) -> "Model":
        """The trained model with other drivers: later dates, a scenario, other wells. Nothing is trained.

        drivers: as for :func:`fit`; simulations begin one sequence (``seq_length`` steps) after the first of their dates.
        heads: what forecasts start from, and what wells that the model does not know are scaled by; without any those
        that it was fitted with. statics: as for :func:`fit`, without any those of the fit. units: where the model was
        not fitted here. ``run.warnings`` tells which inputs leave the range seen in training (``ranges.csv``).
        """
        held, place = _place(folder)
        known = self._study.get("data", {})
        if units is None and not known:
            raise problem("units", "are not known of this run", mend="units={'precipitation': 'mm/d', ...}")
        old_targets = known.get("targets", {"quantity": "level", "unit": "m"})
        wells = self._known_heads() if heads is None else _heads(heads)
        _write_heads(wells, place)
        columns = dict(units) if units is not None else known["drivers"]["columns"]
        targets = {**old_targets, "files": "heads.csv", "id_column": "well", "column": "head"}
        data = {"targets": targets, "drivers": _write_drivers(drivers, list(wells), columns, place)}
        data = {**{k: known[k] for k in ("step", "gaps") if k in known}, **data}
        if statics is not None:
            data["attributes"] = _write_statics(statics, list(wells), place)
        elif "attributes" in known:
            data["attributes"] = {**known["attributes"], "file": str(self.run.path.parent.absolute() / "attributes.csv")}
        done = _studies.apply(self.run, {"data": data}, place / "applied", threads=threads, progress=progress, folder=place)
        return Model(done, self._study, (self._held, held))

    def _known_heads(self):
        """{well: Series} of the fit."""
        import pandas

        path = self.run.path.parent / "heads.csv"
        if not self._study or not path.exists():
            raise problem("heads", "are not known of this run", mend="heads={'well': Series, ...}")
        table = pandas.read_csv(path, dtype={"well": str}, parse_dates=["date"], index_col="date")
        return {name: part["head"] for name, part in table.groupby("well", sort=False)}

    def metrics(self, names=None):
        """Scores of the network: a row for each well and period, a column for each metric (NSE, KGE, RMSE ...).

        names: "pastas" or "neuralhydrology" gives those that they define as we do, by their names.
        """
        if names is not None and names not in _NAMES_OF_METRICS:
            raise problem("names", f"{names!r} is not known", allowed=", ".join(_NAMES_OF_METRICS))
        table = self.run.metrics()
        first = table["model"].iloc[0]
        own = table[(table["model"] == first) & (table["weather"] == table["weather"].iloc[0])]
        found = own.pivot_table(index=["entity", "period"], columns="metric", values="value", sort=False)
        if names is None:
            return found
        there = {ours: theirs for ours, theirs in _NAMES_OF_METRICS[names].items() if ours in found}
        return found[list(there)].rename(columns=there)

    def predict(self, tmin=None, tmax=None, *, drivers=None, **options):
        """Predictions as a DataFrame: well, date, observed, simulated and the band (predictions.csv).

        tmin, tmax: first and last date; "2009" or "2009-06" as tmax is its last day, as in pandas. drivers: other weather, dates or wells; further options as for :meth:`apply`.
        """
        if drivers is not None:
            return self.apply(drivers, **options).predict(tmin, tmax)
        _refuse_without_drivers(options)
        import pandas

        table = self.run.table("predictions")
        table["date"] = pandas.to_datetime(table["date"])
        if tmin is not None:
            table = table[table["date"] >= _day(tmin, "tmin")]
        if tmax is not None:
            table = table[table["date"] <= _day(tmax, "tmax", upper=True)]
        return table.reset_index(drop=True)

    def contributions(self, well: str):
        """What each driver added to the level at each explained date, in metres, against ``base_m``; indexed by date."""
        import pandas

        if not (self.run.path / "explain" / "contributions.csv").exists():
            raise problem("contributions", "are not in the run", file=str(self.run.path),
                          mend="Fit with settings={'explain': {'enabled': True}}")  # fmt: skip
        table = self.run.table("explain/contributions")
        found = table[table["well"].astype(str) == str(well)]
        if found.empty:
            wells = ", ".join(map(str, table["well"].unique()[:20]))
            raise problem(f"well '{well}'", "was not explained", allowed=wells)
        return found.drop(columns="well").assign(date=pandas.to_datetime(found["date"])).set_index("date")

    def forecast(self, *, drivers=None, **options):
        """forecasts.nc as a Dataset (fit with settings={"window": {"mode": "forecast", "horizon": 30}}).

        drivers: later weather (with ``heads=`` up to the issue dates); further options as for :meth:`apply`.
        """
        if drivers is not None:
            return self.apply(drivers, **options).forecast().load()
        _refuse_without_drivers(options)
        if not (self.run.path / "forecasts.nc").exists():
            raise problem("forecast", "is not in the run", mend="Fit with settings={'window': {'mode': 'forecast', ...}}")
        return self.run.dataset("forecasts")

    def __repr__(self):
        return f"phreatic.wells.Model({str(self.run.path)!r})"


def _refuse_without_drivers(options):
    if options:
        raise problem(", ".join(options), "are for other drivers", mend="Give drivers= too")
