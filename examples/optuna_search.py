#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Lets Optuna search for settings; each trial is one `phreatic trial` (docs/guide/tuning.md).

  python3 examples/optuna_search.py wells.yml --storage sqlite:///search.db --trials 20

Start it several times, on one machine or several that reach the same storage and files: the workers share the study.
Change SEARCH to what you want to search. Needs: pip install . optuna.
"""
import argparse
import pathlib

import phreatic.tuning

SEARCH = [
    {"setting": "training.learning_rate", "low": 3e-4, "high": 3e-2, "scale": "log"},
    {"setting": "model.hidden_size", "values": [8, 16, 32]},
    {"setting": "model.output_dropout", "low": 0.0, "high": 0.4},
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study")
    parser.add_argument("--storage", default="sqlite:///search.db")
    parser.add_argument("--name", default="phreatic")
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("trials"))
    options = parser.parse_args()
    fixed = {"ensemble.members": 1}  # one network: its score is known after each epoch
    study = phreatic.tuning.optimize(options.study, SEARCH, storage=options.storage, study_name=options.name, fixed=fixed,
                                     trials=options.trials, folder=options.folder)  # fmt: skip
    print(f"best {study.best_value:.6g} with {study.best_params}")


if __name__ == "__main__":
    main()
