# SPDX-License-Identifier: BSD-3-Clause
"""Searches for settings: the command line's trials, the same as a study of Optuna, and Optuna at the wheel."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

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


def test_two_workers_with_one_seed_are_told_and_train_nothing_twice(wells, tmp_path):
    optuna = pytest.importorskip("optuna", reason="optuna is not installed")
    kind = {"storage": f"sqlite:///{tmp_path / 'shared.db'}", "folder": tmp_path / "trials", "fixed": {"ensemble.members": 1}, "trials": 1}
    first = phreatic.tuning.optimize(wells, SEARCH, sampler=optuna.samplers.RandomSampler(seed=1), **kind)
    with pytest.warns(UserWarning, match="trial 1 repeats trial 0"):
        second = phreatic.tuning.optimize(wells, SEARCH, sampler=optuna.samplers.RandomSampler(seed=1), **kind)
    assert [t.value for t in second.trials] == [first.trials[0].value] * 2
    assert not (tmp_path / "trials" / "trial-00001").exists()


@pytest.fixture
def postgres():
    """A PostgreSQL server of its own on loopback: the address of a data base in it."""
    pytest.importorskip("psycopg2", reason="psycopg2 is not installed")
    programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.skip("PostgreSQL is not installed")
    as_user = []
    folder = pathlib.Path(tempfile.mkdtemp(prefix="phreatic-postgres-"))
    if os.geteuid() == 0:  # it does not run as root
        shutil.chown(folder, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = folder / "log"

    def call(program, *arguments):
        done = subprocess.run([*as_user, programs[-1] / program, *arguments], cwd=folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)  # fmt: skip
        assert done.returncode == 0, done.stderr

    try:
        call("initdb", "-D", folder / "data", "-U", "phreatic", "-A", "trust", "--no-sync")
        settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        call("pg_ctl", "-D", folder / "data", "-l", said, "-o", settings, "-w", "start")
        try:
            yield f"postgresql+psycopg2://phreatic@127.0.0.1:{port}/postgres"
        finally:
            call("pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_workers_of_several_processes_share_a_storage_in_postgresql(wells, tmp_path, postgres):
    optuna = pytest.importorskip("optuna", reason="optuna is not installed")
    optuna.create_study(storage=postgres, study_name="phreatic")
    worker = (
        "import sys, phreatic.tuning, optuna\n"
        "wells, storage, folder, seed = sys.argv[1:]\n"
        "search = [{'setting': 'training.learning_rate', 'low': 0.001, 'high': 0.03}]\n"
        "phreatic.tuning.optimize(wells, search, storage=storage, folder=folder, trials=2, fixed={'ensemble.members': 1},\n"
        "                         sampler=optuna.samplers.RandomSampler(seed=int(seed)))\n"
    )
    workers = [
        subprocess.Popen([sys.executable, "-c", worker, wells, postgres, tmp_path / "trials", str(seed)], stderr=subprocess.PIPE,
                         text=True)
        for seed in (1, 2)
    ]  # fmt: skip
    for one in workers:
        _, error = one.communicate(timeout=300)
        assert one.returncode == 0, error
    study = optuna.load_study(study_name="phreatic", storage=postgres)
    assert sorted(t.number for t in study.trials) == [0, 1, 2, 3]
    assert all(t.state == optuna.trial.TrialState.COMPLETE for t in study.trials)
    scores = [json.loads((tmp_path / f"trials/trial-{n:05d}/score.json").read_text())["score"] for n in range(4)]
    assert [t.value for t in study.trials] == scores


def test_a_search_without_settings_is_refused(tmp_path):
    with pytest.raises(phreatic.InputError, match="search"):
        phreatic.tune("wells.yml", tmp_path, trials=3)
    with pytest.raises(phreatic.InputError, match="is no file"):
        phreatic.tune({"study": "wells"}, tmp_path, SEARCH)
