#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Lets Optuna search for settings; each trial is one run of `phreatic trial` (docs/guide/tuning.md).

  python3 examples/optuna_search.py wells.yml --storage sqlite:///search.db --trials 20

Start it several times, on one machine or several that reach the same storage and files: the workers share the study.
Change `settings` to what you want to search. Needs: pip install optuna.
"""
import argparse
import csv
import json
import pathlib
import subprocess
import time

import optuna


def settings(trial):
    return {
        "training.learning_rate": trial.suggest_float("training.learning_rate", 3e-4, 3e-2, log=True),
        "model.hidden_size": trial.suggest_categorical("model.hidden_size", [8, 16, 32]),
        "model.output_dropout": trial.suggest_float("model.output_dropout", 0.0, 0.4),
        "ensemble.members": 1,  # one network: its score is known after each epoch
    }


def steps(folder):
    try:
        with open(folder / "steps.csv", newline="") as file:
            return [(int(row["epoch"]), float(row["score"])) for row in csv.DictReader(file)]
    except FileNotFoundError:
        return []


def objective(trial, options):
    folder = options.folder / f"trial-{trial.number:05}"
    command = [options.phreatic, "trial", options.study, "--out", str(folder)]
    for name, value in settings(trial).items():
        command += ["--set", f"{name}={value}"]
    told = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            for epoch, score in steps(folder)[told:]:
                told = epoch
                trial.report(score, epoch)
                if trial.should_prune():
                    (folder / "prune").touch()
            time.sleep(0.2)
    if not (folder / "score.json").exists():
        raise RuntimeError(f"{' '.join(command)} ended without a score; see {folder}/log.txt")
    result = json.loads((folder / "score.json").read_text())
    if result["state"] == "pruned":
        raise optuna.TrialPruned()
    if result["state"] == "failed":
        raise RuntimeError(result["message"])
    return result["score"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study")
    parser.add_argument("--storage", default="sqlite:///search.db")
    parser.add_argument("--name", default="phreatic")
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("trials"))
    parser.add_argument("--phreatic", default="build/bin/phreatic")
    options = parser.parse_args()
    study = optuna.create_study(study_name=options.name, storage=options.storage, direction="minimize", load_if_exists=True,
                                pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=3))
    study.optimize(lambda trial: objective(trial, options), n_trials=options.trials, catch=(RuntimeError,))
    print(f"best {study.best_value:.6g} with {study.best_params}")


if __name__ == "__main__":
    main()
