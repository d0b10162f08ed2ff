# SPDX-License-Identifier: BSD-3-Clause
"""Networks on arrays, trained and used in this process (``pip install 'phreatic[learn]'``).

The studies of :mod:`phreatic.wells` run in a process of their own and give files, bands and a report. Here are the networks
alone: a function of your own after each epoch, predictions and gradients without starting a program, the same weights.
"""

import importlib.metadata
import json
import pathlib
import tempfile

import numpy as np

from phreatic._errors import InputError, RunError, problem
from phreatic._inputs import nested, numbers
from phreatic._times import check_even, check_same

__all__ = ["SeriesNetwork"]

_WANTED = "2.13.0"


def _extension():
    """phreatic._learn; says which torch it wants where it cannot be had."""
    try:
        found = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        found = ""
    if found.split("+")[0] != _WANTED:
        there = f"torch {found} is installed" if found else "torch is not installed"
        raise ImportError(f"phreatic.networks needs torch {_WANTED}, and {there}: pip install torch=={_WANTED}")
    try:
        from phreatic import _learn
    except ImportError as error:
        if "_learn" in str(error) and "lib" not in str(error):
            raise ImportError(
                f"this installation of phreatic was built without torch {_WANTED}: with it installed, install phreatic "
                "again (docs/guide/python.md)"
            ) from None
        raise ImportError(f"phreatic._learn wants the libraries of torch {_WANTED} beside phreatic: {error}") from None
    return _learn


def _table(values, where):
    """(names, {name: [steps]} as one array [step][name]) of a DataFrame, a dict of arrays or a plain array."""
    check_even(values, where)
    if hasattr(values, "columns"):
        return [str(c) for c in values.columns], numbers(values, where, np.float32)
    if isinstance(values, dict):
        columns = {str(k): numbers(v, f"{where} '{k}'", np.float32) for k, v in values.items()}
        sizes = {c.shape for c in columns.values()}
        if len(sizes) != 1 or len(next(iter(sizes))) != 1:
            raise problem(where, "holds arrays of different lengths", allowed="one dimension, one length")
        return list(columns), np.ascontiguousarray(np.stack(list(columns.values()), axis=1))
    array = numbers(values, where, np.float32)
    if array.ndim == 1 and getattr(values, "name", None) is not None:  # of pandas or xarray
        return [str(values.name)], array[:, None]
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise problem(where, f"has {array.ndim} dimensions", allowed="[step] or [step, variable]")
    return [f"x{k}" for k in range(array.shape[1])], np.ascontiguousarray(array)


def _entities(values, where):
    """Entity by entity: a dict of dicts or tables is one of entities, anything else is one entity, named ''."""
    nested = isinstance(values, dict) and values and all(hasattr(v, "columns") or isinstance(v, dict) for v in values.values())
    given = {str(k): v for k, v in values.items()} if nested else {"": values}
    out, names = {}, None
    for entity, value in given.items():
        own, array = _table(value, f"{where} of '{entity}'" if entity else where)
        if names is not None and own != names:
            raise problem(f"{where} of '{entity}'", f"has the columns {', '.join(own)}", allowed=", ".join(names))
        names = own
        out[entity] = array
    return names, out


class SeriesNetwork:
    """A network from drivers to targets, both series on the same steps.

    settings: of a study file (``model``, ``window``, ``loss``, ``training``, ``ensemble``; see docs/guide/settings.md), with
    its defaults: {"training": {"epochs": 5}} or {"training.epochs": 5}. folder: where weights and checkpoints are kept;
    without one they go with this object. Inputs, attributes and targets are scaled by mean and standard deviation over the training steps.

    >>> import numpy as np
    >>> rain = np.random.default_rng(1).gamma(0.5, 4, 900)
    >>> level = np.convolve(rain, 0.9 ** np.arange(60))[:900]
    >>> small = {"window": {"seq_length": 90}, "model": {"hidden_size": 8}, "loss": {"kind": "mse"},
    ...          "training": {"epochs": 2, "learning_rate": 0.01}, "ensemble": {"members": 1}}
    >>> network = SeriesNetwork(settings=small).fit({"rain": rain}, {"level": level})
    >>> network.predict({"rain": rain})["level"].shape
    (900,)
    """

    def __init__(self, settings=None, folder=None):
        self._settings = nested(settings)
        mode = self._settings.get("window", {}).get("mode", "simulation")
        if mode not in ("simulation", "last_step"):
            raise problem("window.mode", f"'{mode}'", allowed="simulation, last_step", mend="Forecasts: phreatic.wells.fit")
        self._held = None if folder else tempfile.TemporaryDirectory(prefix="phreatic-network-")
        self.folder = pathlib.Path(folder or self._held.name)
        self._network = self._facts = None
        self.history = []

    def fit(self, inputs, targets, statics=None, validation=0.2, on_epoch=None, resume=False):
        """Trains on ``inputs`` and ``targets`` (NaN: not observed) and returns itself.

        Each is a DataFrame, a dict of arrays or an array [step, variable]; of several entities a dict of these by name,
        ``statics`` then a dict of their attributes. ``validation``: share of the steps, at the end, that stops training.
        ``on_epoch(member, epoch, training_loss, validation_loss, learning_rate)`` may return False to end a member; it
        may be called from other threads, one at a time. ``resume`` goes on from the folder's checkpoint, to the same bits.
        """
        learn = _extension()
        features, series = _entities(inputs, "inputs")
        names, observed = _entities(targets, "targets")
        _same_steps(inputs, targets)
        if list(series) != list(observed):
            raise problem("targets", f"are of {list(observed)}", allowed=f"the entities of the inputs: {list(series)}")
        for entity, array in series.items():
            if len(array) != len(observed[entity]):
                raise problem("targets", f"{len(observed[entity])} steps", allowed=f"{len(array)}, as the inputs have")
        if not 0 <= validation < 1:
            raise problem("validation", f"{validation}", allowed="0 to below 1")
        ends = {entity: int(round(len(array) * (1 - validation))) for entity, array in series.items()}
        attributes, table = self._attributes(statics, list(series))
        scales = {
            "inputs": _scale({e: a[: ends[e]] for e, a in series.items()}, features, "inputs"),
            "targets": _scale({e: a[: ends[e]] for e, a in observed.items()}, names, "targets"),
            "statics": _scale({"": table}, attributes, "statics") if attributes else {},
        }
        order = list(series)
        self.history = learn.train(
            order, features, attributes, names,
            [_scaled(series[e], scales["inputs"], features) for e in order],
            [_scaled(row[None], scales["statics"], attributes)[0] for row in table] if attributes else [],
            [_scaled(observed[e], scales["targets"], names) for e in order],
            [(0, ends[e]) for e in order], [(ends[e], len(series[e])) for e in order],
            json.dumps(self._settings), str(self.folder), json.dumps({"scales": scales}), bool(resume), on_epoch,
        )  # fmt: skip
        if all(member["status"] == "diverged" for member in self.history):
            raise RunError("no member could be trained: " + self.history[0]["message"])
        return self._read(learn)

    @classmethod
    def load(cls, folder):
        """A network that ``fit`` or a study wrote (a folder with model.json). That of a study takes and gives scaled values."""
        out = cls(folder=folder)
        return out._read(_extension())

    def predict(self, inputs, statics=None, members=False):
        """{target: values [step]} (of several entities by name); the median of the members.

        A network that carries its state begins anew after a step that an input lacks, which is NaN; others give NaN where
        no whole window ends.

        ``members``: values [member, step] in place of their median. Quantiles of a quantile loss follow as a last axis.
        """
        about, scales = self._about, self._scales
        features, series = _entities(inputs, "inputs")
        self._check_features(features)
        attributes, table = self._attributes(statics, list(series))
        if attributes != about["statics"]:
            raise problem("statics", f"{attributes}", allowed=f"{about['statics']}")
        order = list(series)
        values = self._network.predict(
            order, [_scaled(series[e], scales["inputs"], features) for e in order],
            [_scaled(row[None], scales["statics"], attributes)[0] for row in table] if attributes else [],
        )  # fmt: skip
        out = {entity: self._by_target(array, members) for entity, array in zip(order, values)}
        return out[""] if order == [""] else out

    def value_and_gradient(self, windows, statics=None, target=0, output=0):
        """Values [window] at the last steps of ``windows`` [window, step, feature], and their gradients by the windows.

        In the units of the targets and inputs; the mean of the members.
        """
        about, scales = self._about, self._scales
        windows = numbers(windows, "windows", np.float32)
        if windows.ndim != 3 or windows.shape[2] != len(about["features"]):
            raise problem("windows", f"shape {windows.shape}", allowed=f"[window, step, {len(about['features'])} features]")
        flat = _scaled(windows.reshape(-1, windows.shape[2]), scales["inputs"], about["features"])
        table = np.zeros((len(windows), 0), np.float32)
        if about["statics"]:
            table = numbers(statics, "statics", np.float32)
            if table.shape != (len(windows), len(about["statics"])):
                raise problem("statics", f"shape {table.shape}", allowed=f"[{len(windows)}, {len(about['statics'])}]")
            table = _scaled(table, scales["statics"], about["statics"])
        values, gradients = self._network.value_and_gradient(
            np.ascontiguousarray(flat.reshape(len(windows), -1)), table, int(target), int(output), windows.shape[1]
        )
        centre, spread = scales["targets"].get(about["targets"][target], (0.0, 1.0))
        by = np.array([scales["inputs"].get(f, (0.0, 1.0))[1] for f in about["features"]], np.float32)
        return values * spread + centre, gradients.reshape(windows.shape) * (spread / by)

    @property
    def features(self) -> list:
        """Names of the inputs, in order."""
        return list(self._about["features"])

    @property
    def targets(self) -> list:
        """Names of the targets."""
        return list(self._about["targets"])

    def __getstate__(self):
        """A trained network travels as its files."""
        files = {} if self._network is None else {p.name: p.read_bytes() for p in self.folder.iterdir() if p.is_file()}
        return {"settings": self._settings, "history": self.history, "files": files}

    def __setstate__(self, state):
        self.__init__(state["settings"])
        self.history = state["history"]
        for name, content in state["files"].items():
            (self.folder / name).write_bytes(content)
        if state["files"]:
            self._read(_extension())

    def _read(self, learn):
        if not (self.folder / "model.json").exists():
            raise problem(str(self.folder), "holds no model.json", allowed="a folder that fit wrote, or model/units/NAME of a run")
        self._network = learn.Network(str(self.folder))
        self._facts = self._network.about
        if self._about["past_features"]:
            raise problem(str(self.folder), "is a network of forecasts", mend="phreatic.wells and phreatic.apply use it")
        scales = json.loads(self._about["study"]).get("scales", {})
        self._scales = {part: scales.get(part, {}) for part in ("inputs", "targets", "statics")}
        return self

    @property
    def _about(self):
        if self._facts is None:
            raise problem("SeriesNetwork", "is not trained", mend="Call fit, or SeriesNetwork.load(folder)")
        return self._facts

    def _check_features(self, features):
        if features != self._about["features"]:
            raise problem("inputs", f"have the columns {', '.join(features)}", allowed=", ".join(self._about["features"]))

    def _attributes(self, statics, entities):
        """(names, [entity][attribute])."""
        if statics is None:
            return [], np.zeros((len(entities), 0), np.float32)
        given = {"": statics} if entities == [""] else {str(k): v for k, v in dict(statics).items()}
        names, rows = None, []
        for entity in entities:
            if entity not in given:
                raise problem("statics", f"'{entity}' is missing", allowed="a dict of attributes for every entity")
            own = dict(given[entity])
            if names is not None and list(own) != names:
                raise problem(f"statics of '{entity}'", f"{list(own)}", allowed=f"{names}")
            names = list(own)
            rows.append(numbers(list(own.values()), "statics", np.float32))
        return names, np.ascontiguousarray(np.stack(rows))

    def _by_target(self, array, members):
        """[member][step][output] -> {target: values}."""
        out, first = {}, 0
        for name, count in zip(self._about["targets"], self._about["outputs"]):
            centre, spread = self._scales["targets"].get(name, (0.0, 1.0))
            values = array[:, :, first : first + count] * np.float32(spread) + np.float32(centre)
            first += count
            values = values if members else np.median(values, axis=0)
            out[name] = values[..., 0] if count == 1 else values
        return out


def _same_steps(inputs, targets):
    """Inputs and targets are taken step by step: dates that they have are the same ones."""
    if not (isinstance(inputs, dict) or isinstance(targets, dict)):
        check_same(inputs, targets, ("inputs", "targets"))
        return
    if isinstance(inputs, dict) and isinstance(targets, dict) and list(inputs) == list(targets):  # of entities
        for entity in inputs:
            check_same(inputs[entity], targets[entity], (f"inputs of '{entity}'", f"targets of '{entity}'"))
        return
    parts = [part for given in (inputs, targets) for part in (given.values() if isinstance(given, dict) else [given])]
    dated = [part for part in parts if getattr(part, "index", None) is not None and not callable(part.index)]
    for part in dated[1:]:
        check_same(dated[0], part, ("inputs", "targets"))


def _scale(parts, names, where):
    """{name: (mean, standard deviation)} over all parts; a constant one is taken off only."""
    whole = np.concatenate([p for p in parts.values()]).astype(np.float64)
    out = {}
    for k, name in enumerate(names):
        values = whole[:, k][np.isfinite(whole[:, k])]
        if len(values) == 0:
            raise problem(f"{where} '{name}'", "has no value in the training steps")
        spread = float(values.std())
        out[name] = (float(values.mean()), spread if spread > 0 else 1.0)
    return out


def _scaled(array, scale, names):
    out = np.array(array, np.float32)
    for k, name in enumerate(names):
        centre, spread = scale.get(name, (0.0, 1.0))
        out[:, k] = (array[:, k].astype(np.float64) - centre) / spread
    return out
