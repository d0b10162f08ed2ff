# SPDX-License-Identifier: BSD-3-Clause
"""Searches for settings: our own (``phreatic tune``), Optuna's over trials of ours, and ours as a study of Optuna."""

import csv
import json
import os
import pathlib
import warnings

from phreatic import _core, _program, _studies
from phreatic._errors import RunError, problem

__all__ = ["Search", "optimize", "tune"]


def tune(study, out, search=None, *, trials=None, fixed=None, prune=None, sampler=None, pruning=None, settings=None,
         resume=False, threads=None, progress=None, folder=None) -> "Search":  # fmt: skip
    """Searches for the settings of a study with the least validation loss; returns the search.

    study: the study file whose settings are searched, with ``search``, a list of
    ``{"setting": "training.learning_rate", "low": 1e-4, "high": 1e-2, "scale": "log"}`` and
    ``{"setting": "model.hidden_size", "values": [8, 16, 32]}``; or a study of the kind tuning (file or dict) without.
    fixed: settings of the trials only, ``{"ensemble.members": 1}``; trials, prune, sampler, pruning: as
    ``phreatic help tuning`` has them. out: the run folder; the same call goes on with what is there, or with more trials.
    """
    if search is not None:
        if isinstance(study, dict) or not pathlib.Path(study).exists():
            raise problem("study", "is no file", mend="Name the study file whose settings are searched")
        fixed = [f"{key}={_studies._text(value)}" for key, value in _studies._dotted(fixed or {})] or None
        given = {"trials": trials, "fixed": fixed, "prune": prune, "sampler": sampler, "pruning": pruning}
        tuned = str(pathlib.Path(study).absolute())
        study = {"study": "tuning", "tuned": tuned, "search": _listed(search)}
        study.update({key: value for key, value in given.items() if value is not None})
    elif any(value is not None for value in (trials, fixed, prune, sampler, pruning)):
        raise problem("search", "is not given", mend="Give search= too, or change the tuning study by settings=")
    run = _studies.run(study, out, resume=resume, settings=settings, threads=threads, progress=progress, folder=folder)
    return Search(run.path, run.warnings)


def _listed(search):
    return [{**one, "values": [_studies._text(v) for v in one["values"]]} if "values" in one else dict(one) for one in search]


class Search(_studies.Run):
    """A search: ``best`` is a study file that runs with the best settings, ``trials()`` every trial as a DataFrame."""

    @property
    def best(self) -> pathlib.Path:
        return self.path / "best.yml"

    def trials(self):
        """trials.csv: state, score, epochs and the settings of each trial."""
        return self.table("trials")

    def to_optuna(self, storage=None, study_name="phreatic"):
        """The trials as a study of Optuna, for its plots and its importances; in ``storage`` ("sqlite:///a.db") if given."""
        import optuna

        searched = _core.read_yaml(str(self.path / "study.yml"))["search"]
        space = {one["setting"]: _distribution(one) for one in searched}
        study = optuna.create_study(study_name=study_name, storage=storage, direction="minimize")
        made = json.loads((self.path / "trials.json").read_text(encoding="utf-8"))
        for trial in made["trials"]:
            params = {}
            for one, value in zip(searched, trial["values"], strict=True):
                params[one["setting"]] = _value(one, value)
            steps = {k: step for k, step in enumerate(trial["steps"], 1) if step is not None}
            state = {"complete": "COMPLETE", "pruned": "PRUNED", "failed": "FAIL"}[trial["state"]]
            complete = state == "COMPLETE"
            study.add_trial(optuna.trial.create_trial(
                state=optuna.trial.TrialState[state], value=trial["score"] if complete else None, params=params,
                distributions=space, intermediate_values=steps,
                user_attrs={"seconds": trial["seconds"], "message": trial["message"], "score": made["score"]},
            ))  # fmt: skip
        return study


def _truth(value):
    return str(value).lower() == "true"


def _distribution(one):
    import optuna

    if one.get("values"):
        return optuna.distributions.CategoricalDistribution(list(one["values"]))
    low, high, step = float(one["low"]), float(one["high"]), float(one.get("step") or 0)
    log = one.get("scale", "linear") == "log"
    if _truth(one.get("whole", False)):
        return optuna.distributions.IntDistribution(int(low), int(high), log=log, step=int(step) or 1)
    return optuna.distributions.FloatDistribution(low, high, log=log, step=step or None)


def _value(one, value):
    if one.get("values"):
        return one["values"][int(value)]
    return int(value) if _truth(one.get("whole", False)) else float(value)


def optimize(study, search, *, storage=None, study_name="phreatic", trials=20, folder="trials", fixed=None, sampler=None,
             pruner=None, threads=None):  # fmt: skip
    """Lets Optuna search: each trial is one ``phreatic trial``. Returns the study of Optuna.

    study: a study file of wells. search: as for :func:`tune`, or a function of Optuna's trial that returns settings.
    storage: Optuna's ("sqlite:///search.db", "postgresql://..."); workers on several machines that name the same one
    share the search. fixed: settings of every trial; with ``{"ensemble.members": 1}`` hopeless ones are given up.
    folder: gets a folder for each trial. A trial that fails is told to Optuna as failed;
    one that repeats another's settings, as two workers with one seed draw them, is warned of and gets its score.
    """
    import optuna

    def settings(trial):
        return search(trial) if callable(search) else {one["setting"]: _suggest(trial, one) for one in search}

    def objective(trial):
        chosen = settings(trial)
        for other in trial.study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,)):
            if other.params and other.params == trial.params:
                text = f"trial {trial.number} repeats trial {other.number}, whose score it gets: workers with one seed draw the same settings"
                warnings.warn(text + "; give each a sampler with a seed of its own, or none", stacklevel=2)
                return other.value
        place = pathlib.Path(folder) / f"trial-{trial.number:05}"
        return _one_trial(optuna, trial, study, {**chosen, **(fixed or {})}, place, threads)

    found = optuna.create_study(study_name=study_name, storage=storage, direction="minimize", load_if_exists=True,
                                sampler=sampler, pruner=pruner or optuna.pruners.MedianPruner(5, 3))  # fmt: skip
    found.optimize(objective, n_trials=trials, catch=(RunError,))
    return found


def _suggest(trial, one):
    name = one["setting"]
    if one.get("values"):
        return trial.suggest_categorical(name, list(one["values"]))
    log = one.get("scale", "linear") == "log"
    if _truth(one.get("whole", False)):
        return trial.suggest_int(name, int(one["low"]), int(one["high"]), log=log, step=int(one.get("step") or 1))
    return trial.suggest_float(name, float(one["low"]), float(one["high"]), log=log, step=one.get("step") or None)


def _one_trial(optuna, trial, study, settings, place, threads):
    told = 0

    def report(_=None):
        nonlocal told
        for epoch, score in _steps(place)[told:]:
            told += 1
            trial.report(score, epoch)
            if trial.should_prune():
                (place / "prune").touch()

    arguments = ["trial", os.fspath(study), "--out", place, *_studies._settings(settings)]
    _program.call(arguments + ([] if threads is None else ["--threads", threads]), progress=report)
    report()
    result = json.loads((place / "score.json").read_text(encoding="utf-8"))
    if result["state"] == "pruned":
        raise optuna.TrialPruned
    if result["state"] == "failed":
        raise RunError(result["message"])
    return result["score"]


def _steps(place):
    try:
        with open(place / "steps.csv", newline="", encoding="utf-8") as file:
            return [(int(row["epoch"]), float(row["score"])) for row in csv.DictReader(file)]
    except FileNotFoundError:
        return []
