# SPDX-License-Identifier: BSD-3-Clause
"""Searches for settings: the command line's trials, the same as a study of Optuna, and Optuna at the wheel."""

import json

import phreatic
import phreatic.tuning
import pytest

WELLS = """study: wells
virtual_wells: true
basin: {wells: 3, years: 4, seed: 1}
scope: global
window: {mode: simulation, seq_length: 90, predict_last_n: 30, stride: 60}
model: {cell: lstm, hidden_size: 4}
training: {epochs: 2, batch_size: 16, learning_rate: 0.003, seed: 1}
ensemble: {members: 1}
explain: {enabled: false}
"""
SEARCH = [
    {"setting": "training.learning_rate", "low": 0.001, "high": 0.03, "scale": "log"},
    {"setting": "model.hidden_size", "low": 2, "high": 8, "whole": True},
    {"setting": "model.cell", "values": ["lstm", "gru"]},
]


@pytest.fixture
def wells(tmp_path):
    try:
        phreatic.program("phreatic-learn")
    except phreatic.RunError as error:
        pytest.skip(str(error))
    path = tmp_path / "wells.yml"
    path.write_text(WELLS)
    return path


def test_a_search_is_that_of_the_command_line_and_a_study_of_optuna(wells, tmp_path, command):
    optuna = pytest.importorskip("optuna", reason="optuna is not installed")
    search = phreatic.tune(wells, tmp_path / "run", SEARCH, trials=3, fixed={"ensemble.members": 1}, sampler={"startup": 2})
    made = json.loads((search.path / "trials.json").read_text())["trials"]
    assert len(made) == 3 and search.best.exists() and len(search.trials()) == 3
    assert search.study["search"][0]["setting"] == "training.learning_rate"
    text = "study: tuning\\ntuned: wells.yml\\ntrials: 3\\nfixed: [ensemble.members=1]\\nsampler: {startup: 2}\\n"
    (tmp_path / "search.yml").write_text(text.replace("\\n", "\n") + "search: " + json.dumps(SEARCH) + "\n")
    command("tune", tmp_path / "search.yml", "--out", tmp_path / "other", "--quiet")
    other = json.loads((tmp_path / "other" / "trials.json").read_text())["trials"]
    assert [(t["values"], t["score"]) for t in made] == [(t["values"], t["score"]) for t in other]
    storage = f"sqlite:///{tmp_path / 'search.db'}"
    search.to_optuna(storage)
    study = optuna.load_study(study_name="phreatic", storage=storage)
    assert [t.value for t in study.trials] == [t["score"] for t in made]
    assert study.best_value == min(t["score"] for t in made)
    assert study.best_params["model.cell"] in ("lstm", "gru") and isinstance(study.best_params["model.hidden_size"], int)
    assert [len(t.intermediate_values) for t in study.trials] == [len(t["steps"]) for t in made]


def test_optuna_drives_our_trials_and_workers_share_a_storage(wells, tmp_path):
    optuna = pytest.importorskip("optuna", reason="optuna is not installed")
    storage = f"sqlite:///{tmp_path / 'shared.db'}"
    kind = {"storage": storage, "folder": tmp_path / "trials", "fixed": {"ensemble.members": 1}, "trials": 1}
    sampler = optuna.samplers.RandomSampler(seed=1)
    first = phreatic.tuning.optimize(wells, SEARCH, sampler=sampler, **kind)
    second = phreatic.tuning.optimize(wells, lambda t: {"training.learning_rate": t.suggest_float("rate", 1e-3, 1e-2)}, **kind)
    assert len(first.trials) == 2 and len(second.trials) == 2
    score = json.loads((tmp_path / "trials" / "trial-00000" / "score.json").read_text())
    assert second.trials[0].value == score["score"] and len(second.trials[0].intermediate_values) == 2
    wrong = [{"setting": "training.learning_rat", "low": 1, "high": 2}]
    with pytest.raises(phreatic.InputError, match="learning_rat"):
        phreatic.tuning.optimize(wells, wrong, **kind)


def test_a_search_without_settings_is_refused(tmp_path):
    with pytest.raises(phreatic.InputError, match="search"):
        phreatic.tune("wells.yml", tmp_path, trials=3)
    with pytest.raises(phreatic.InputError, match="is no file"):
        phreatic.tune({"study": "wells"}, tmp_path, SEARCH)
