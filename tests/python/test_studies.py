# SPDX-License-Identifier: BSD-3-Clause
"""Studies from Python: numbers, errors and interruptions are the command line's."""

import logging
import pathlib
import pickle
import shutil
import signal
import subprocess
import sys
import time

import phreatic
import pytest


def test_importing_is_quick_and_brings_neither_numpy_nor_pandas():
    code = "import phreatic, sys; assert not {'numpy', 'pandas', 'xarray', 'torch'} & set(sys.modules)"
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        bare = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        times.append(time.perf_counter() - bare - (bare - start))
    assert min(times) < 0.15, times


def test_a_run_gives_the_files_of_the_command_line_bit_for_bit(table_study, tmp_path, command):
    run = phreatic.run(table_study, tmp_path / "a")
    command("run", table_study, "--out", tmp_path / "b", "--quiet")
    for name in ("metrics.csv", "predictions.csv", "coefficients.csv"):
        assert (run.path / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    assert run.report.exists()
    assert set(run.metrics()["model"]) >= {"ols", "gwr"}


def test_a_dict_is_a_study(table_study, tmp_path):
    study = {
        "study": "regression",
        "data": {"file": pathlib.Path("table.csv"), "x": "x", "y": "y", "coordinates": "metres", "target": "level",
                 "unit": "m", "covariates": ["rain", "elevation"]},
        "split": {"kind": "blocks", "block_size": 20000},
        "models": ["ols", "gwr"],
    }  # fmt: skip
    folder = table_study.parent
    assert any("train" in line for line in phreatic.check(study, folder=folder))
    run = phreatic.run(study, tmp_path / "run", folder=folder)
    whole = phreatic.run(table_study, tmp_path / "whole", settings={"models": ["ols", "gwr"]})
    assert (run.path / "metrics.csv").read_bytes() == (whole.path / "metrics.csv").read_bytes()
    assert sorted(p.name for p in folder.iterdir()) == ["study.yml", "table.csv"]  # nothing is left behind
    with pytest.raises(phreatic.InputError, match="Name the run folder"):
        phreatic.run(study)
    with pytest.raises(phreatic.InputError, match="holds a set"):
        phreatic.check({"study": {1}})


def test_bad_input_is_an_exception_with_every_problem(table_study):
    with pytest.raises(phreatic.InputError) as caught:
        phreatic.check(table_study, settings={"data.target": "levl", "split.block_size": -1})
    error = caught.value
    assert isinstance(error, ValueError)
    assert error.problems and all(problem.what for problem in error.problems)
    assert "levl" in str(error) or "block_size" in str(error)
    with pytest.raises(phreatic.InputError) as caught:
        phreatic.check({"study": "regression", "modles": ["ols"]})
    assert caught.value.file == "study" and caught.value.row > 0
    assert any("did you mean 'models'" in problem.what for problem in caught.value.problems)
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) and again.problems == error.problems


def test_a_problem_of_a_cell_names_file_row_and_well(tmp_path):
    study = phreatic.init("wells", tmp_path / "wells")
    levels = tmp_path / "wells" / "wells" / "V01.csv"
    lines = levels.read_text().splitlines()
    lines[40] = lines[40].split(",")[0] + ",abc"
    levels.write_text("\n".join(lines) + "\n")
    with pytest.raises(phreatic.InputError) as caught:
        phreatic.check(study)
    problem = next(p for p in caught.value.problems if "abc" in p.what)
    assert problem.file.endswith(levels.name) and problem.row == 41


def test_wells_are_found_in_the_place_of_a_problem():
    from phreatic._errors import Problem

    assert Problem(where="well W03, driver 'rain'").well == "W03"
    assert Problem(where="well 'W 03'").well == "W 03"
    assert Problem(where="data.wells").well == ""


def test_progress_is_told_and_log_lines_are_records(table_study, tmp_path, caplog):
    seen = []
    with caplog.at_level(logging.INFO, logger="phreatic"):
        phreatic.run(table_study, tmp_path / "run", progress=seen.append)
    assert {p.unit for p in seen} >= {"epochs"}
    assert any(p.done == p.total == 5 and p.fraction == 1.0 for p in seen)
    assert caplog.records


def test_what_progress_raises_stops_the_run_and_it_can_go_on(table_study, tmp_path):
    class Enough(Exception):
        pass

    def stop(progress):
        raise Enough

    settings = {"network.training.epochs": 3000}
    with pytest.raises(Enough):
        phreatic.run(table_study, tmp_path / "run", settings=settings, progress=stop)
    run = phreatic.run(table_study, tmp_path / "run", resume=True)
    assert run.report.exists()


def test_ctrl_c_ends_the_run_and_resume_gives_the_same_numbers(table_study, tmp_path):
    code = (
        "import phreatic, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell in the background ignores it
        "def told(p):\n"
        "    print('on', flush=True)\n"
        "try:\n"
        "    phreatic.run(sys.argv[1], sys.argv[2], settings={'network.training.epochs': 400}, progress=told)\n"
        "except phreatic.Interrupted as e:\n"
        "    sys.exit('interrupted: ' + str(e))\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, table_study, tmp_path / "cut"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout.readline() == "on\n"
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 1 and "interrupted" in err and "resume" in err, err
    settings = {"network.training.epochs": 400}
    cut = phreatic.run(table_study, tmp_path / "cut", settings=settings, resume=True)
    whole = phreatic.run(table_study, tmp_path / "whole", settings=settings)
    assert (cut.path / "predictions.csv").read_bytes() == (whole.path / "predictions.csv").read_bytes()


def test_a_machine_that_refuses_is_a_run_error(table_study):
    with pytest.raises(phreatic.PhreaticError):
        phreatic.run(table_study, "/proc/nowhere/run")


def test_the_programs_run_from_the_package():
    said = subprocess.run([sys.executable, "-m", "phreatic", "--version"], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == f"phreatic {phreatic.__version__}"
    bad = subprocess.run([sys.executable, "-m", "phreatic", "run"], capture_output=True, text=True, check=False)
    assert bad.returncode == 2


def test_the_package_carries_its_types():
    folder = pathlib.Path(phreatic.__file__).parent
    assert (folder / "py.typed").exists()
    stub = (folder / "_core.pyi").read_text()
    assert "class Forest" in stub and "def stl(" in stub


def test_a_missing_torch_is_named_with_the_version_that_is_wanted():
    from phreatic import _program

    said = "phreatic-learn: error while loading shared libraries: libtorch_cpu.so: cannot open shared object file"
    with pytest.raises(phreatic.RunError, match=r"pip install torch==2\.13\.0"):
        _program._raise_for(127, _program.Told(), said)


def test_a_package_without_the_learning_part_says_how_to_get_it(tmp_path):
    package = tmp_path / "phreatic"
    (package / "bin").mkdir(parents=True)
    (package / "__init__.py").touch()
    shutil.copy(phreatic.program(), package / "bin/phreatic")
    study = phreatic.init("virtual-wells", tmp_path / "wells")
    done = subprocess.run([package / "bin/phreatic", "run", study], capture_output=True, text=True)
    assert done.returncode == 1
    assert "built without: pip install torch==2.13.0, then phreatic again" in done.stderr


def test_settings_are_named_with_dots_or_in_blocks(table_study):
    for settings in ({"network.training.epochs": -1}, {"network": {"training": {"epochs": -1}}}, {"network.training": {"epochs": -1}}):
        with pytest.raises(phreatic.InputError, match="epochs"):
            phreatic.check(table_study, settings=settings)
    assert phreatic.check(table_study, settings={"network": {"training": {"epochs": 3}}}) == phreatic.check(table_study)
