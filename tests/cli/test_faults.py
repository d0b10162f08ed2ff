# SPDX-License-Identifier: BSD-3-Clause
"""Bad input and a machine that refuses: a clear message, the right exit code, nothing half-written, other wells unaffected."""
import os
import signal
import subprocess
import time
import unittest

from common import PHREATIC, Folder, phreatic, write

STUDY = """\
study: wells
data:
  start: 2000-01-01
  end: 2003-12-31
  targets: [{files: "wells/{id}.csv"}]
  drivers:
    - files: rain.csv
      columns: [{column: rain, name: precipitation, unit: mm/d}]
  split:
    train: {first: 2000-01-01, last: 2001-12-31}
    validation: {first: 2002-01-01, last: 2002-12-31}
    test: {first: 2003-01-01, last: 2003-12-31}
window: {seq_length: 60}
model: {hidden_size: 4}
training: {epochs: 1}
ensemble: {members: 1}
explain: {enabled: false}
"""


def days():
    import datetime
    first = datetime.date(2000, 1, 1)
    return [(first + datetime.timedelta(d)).isoformat() for d in range(1461)]


def make(folder, wells=("A", "B")):
    """A good study of two wells to be spoilt."""
    write(folder, "study.yml", STUDY)
    write(folder, "rain.csv", "date,rain\n" + "".join(f"{d},{(7 * i) % 11}\n" for i, d in enumerate(days())))
    for k, well in enumerate(wells):
        write(folder, f"wells/{well}.csv", "date,level\n" + "".join(f"{d},{10 + k + ((3 * i) % 97) / 50}\n" for i, d in enumerate(days())))
    return folder / "study.yml"


class StudyFile(unittest.TestCase):
    def expect(self, text, *parts):
        with Folder() as folder:
            make(folder)
            study = write(folder, "study.yml", text)
            done = phreatic("check", study)
            self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
            for part in parts:
                self.assertIn(part, done.stderr)

    def test_the_good_study_passes(self):
        with Folder() as folder:
            done = phreatic("check", make(folder))
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_study_without_its_kind_is_one_of_wells_and_an_unknown_kind_is_told(self):
        with Folder() as folder:
            make(folder)
            done = phreatic("check", write(folder, "study.yml", STUDY.replace("study: wells\n", "")))
            self.assertEqual(done.returncode, 0, done.stderr)
        self.expect(STUDY.replace("study: wells", "study: well"), "study.yml:1:", "did you mean 'wells'?")

    def test_unknown_key(self):
        self.expect(STUDY.replace("epochs:", "epochz:"), "study.yml:", "unknown key 'epochz'", "did you mean 'epochs'?")

    def test_every_problem_at_once(self):
        self.expect(STUDY.replace("epochs: 1", "epochs: 0").replace("hidden_size: 4", "hidden_size: many"), "epochs: 0 is out of range",
                    "'many' is not a number", "2 problems")

    def test_wrong_unit(self):
        self.expect(STUDY.replace("unit: mm/d", "unit: degC/d"), "degC/d")

    def test_missing_folder(self):
        self.expect(STUDY.replace("wells/{id}", "nowhere/{id}"), "nowhere")

    def test_bands_by_water_balance_need_precipitation(self):
        text = STUDY + "uncertainty: {scale: level_and_balance}\n"
        self.expect(text.replace("name: precipitation", "name: stuff"), "study.yml", "uncertainty.scale", "is precipitation", "stuff")

    def test_not_yaml_and_duplicate_keys(self):
        self.expect("study: [wells", "not valid YAML")
        self.expect(STUDY + "study: wells\n", "stands twice")

    def test_a_wrong_setting_of_the_command_line_is_no_line_of_the_file(self):
        with Folder() as folder:
            study = make(folder)
            for setting, what in (("training.epochs=-3", "training.epochs: -3 is out of range"), ("training.epoch=3", "unknown key 'epoch'"),
                                  ("training={epochs: many}", "training.epochs")):
                done = phreatic("check", study, "--set", setting)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("phreatic: --set: ", done.stderr)
                self.assertIn(what, done.stderr)
                self.assertNotIn("study.yml:1:1", done.stderr)
            done = phreatic("check", study, "--set", "training.seed=2", "--set", "window.seq_length=0")
            self.assertIn("phreatic: --set: window.seq_length", done.stderr)

    def test_missing_study(self):
        done = phreatic("run", "none.yml")
        self.assertEqual(done.returncode, 2)
        self.assertIn("none.yml: there is no such file", done.stderr)

    def test_folds_over_wells_run_for_every_number_and_the_wells_keep_their_order(self):
        settings = []
        for setting in ("explain.enabled=true", "explain.stride=60", "explain.reference_windows=8", "explain.expected_gradients.max_draws=64",
                        "explain.types=false", "baselines=[persistence]", "figures.formats=[]"):
            settings += ["--set", setting]
        wells = ("A", "B", "C", "D")
        for folds in (2, 3):
            with self.subTest(folds), Folder() as folder:
                done = phreatic("run", make(folder, wells), "--out", folder / "run", "--set", f"data.split.folds={folds}", *settings)
                self.assertEqual(done.returncode, 0, done.stderr)
                rows = [line.split(",")[0] for line in (folder / "run/explain/contributions.csv").read_text().splitlines()[1:]]
                self.assertEqual(list(dict.fromkeys(rows)), list(wells))
                self.assertEqual(rows, sorted(rows))

    def test_check_tells_folds_that_do_not_fit_as_run_does(self):
        for setting, part in (("data.split.folds=3", "there are 2 wells"), ("data.split.folds=1", "there are 2 wells"), ("data.split.held_out=[A, B]", "none is left"),
                              ("explain={max_draws: 8}", "unknown key"), ("window.predict_last_n=61", "more than seq_length 60"),
                              ("window.seq_length=2000", "no well has more than 731"), ("baselines=[persistence, persistence]", "stands twice"),
                              ("loss={kind: quantile, quantiles: [0.9, 0.1]}", "not ascending"), ("loss.task_weights=[1, 2]", "unknown key 'task_weights'")):
            with self.subTest(setting), Folder() as folder:
                study = make(folder)
                for command in (["check", study], ["run", study, "--out", folder / "run"]):
                    done = phreatic(*command, "--set", setting)
                    self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                    self.assertIn(part, done.stderr)

    def test_check_tells_a_window_that_is_too_long_once_with_one_that_fits(self):
        with Folder() as folder:
            done = phreatic("check", make(folder), "--set", "window.seq_length=2000")
            self.assertEqual(done.stderr.count("2000 steps"), 1, done.stderr)
            self.assertRegex(done.stderr, r"no well has more than 731.*windows of up to about \d+ steps fit")

    def test_check_tells_fewer_draws_than_the_least(self):
        for command in ("check", "run"):
            with Folder() as folder:
                done = phreatic(command, make(folder), *(["--out", folder / "run"] if command == "run" else []), "--set", "explain.enabled=true",
                                "--set", "explain.expected_gradients.max_draws=8")
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("fewer than min_draws", done.stderr)

    def test_overlapping_periods(self):
        self.expect(STUDY.replace("first: 2003-01-01", "first: 2002-06-01"), "test")


class InputFiles(unittest.TestCase):
    def spoil(self, name, change, *parts, code=2):
        """Changes one input file and expects `check` to tell it with file and place."""
        with Folder() as folder:
            study = make(folder)
            path = folder / name
            text = change(path.read_text())
            if text is None:
                path.unlink()
            else:
                path.write_text(text)
            done = phreatic("check", study)
            self.assertEqual(done.returncode, code, done.stdout + done.stderr)
            for part in parts:
                self.assertIn(part, done.stdout + done.stderr)

    def test_empty_file(self):
        self.spoil("wells/A.csv", lambda t: "", "A.csv", "empty")

    def test_header_only(self):
        self.spoil("wells/A.csv", lambda t: "date,level\n", "A.csv")

    def test_text_in_a_number_column(self):
        self.spoil("wells/A.csv", lambda t: t.replace("2000-02-01,", "2000-02-01,dry "), "A.csv:33", "dry")

    def test_duplicate_dates_with_different_values(self):
        self.spoil("wells/A.csv", lambda t: t + "2000-02-01,999\n", "A.csv", "2000-02-01")

    def test_unordered_dates_are_sorted_and_said(self):
        def swap(text):
            lines = text.splitlines()
            lines[10], lines[20] = lines[20], lines[10]
            return "\n".join(lines) + "\n"
        self.spoil("wells/A.csv", swap, code=0)

    def test_mixed_separators(self):
        self.spoil("wells/A.csv", lambda t: t.replace("2000-02-01,", "2000-02-01;"), "A.csv:33")

    def test_impossible_date(self):
        self.spoil("wells/A.csv", lambda t: t.replace("2000-02-01", "2000-02-31"), "A.csv:33", "2000-02-31")

    def test_suspicious_levels_are_named_not_mended(self):
        def shifted(text):
            head, *rows = text.splitlines()
            moved = [f"{d},{float(v) + 50}" for d, v in (row.split(",") for row in rows[900:])]
            return "\n".join([head, *rows[:900], *moved]) + "\n"
        self.spoil("wells/A.csv", shifted, "look at: well A, level: ", "(1 datum shift, ", "the report lists them", code=0)

    def test_constant_series(self):
        self.spoil("wells/A.csv", lambda t: "date,level\n" + "".join(f"{d},5\n" for d in days()), "A", "constant")

    def test_driver_all_missing(self):
        self.spoil("rain.csv", lambda t: "date,rain\n" + "".join(f"{d},\n" for d in days()), "well A, driver 'precipitation'", "every value is missing")

    def test_driver_ends_before_the_test_period(self):
        self.spoil("rain.csv", lambda t: t[: t.index("2002-06-01")], "driver 'precipitation'", "2002-05-31", "test period begins on 2003-01-01")

    def test_driver_gap_without_policy(self):
        self.spoil("rain.csv", lambda t: "".join(l for l in t.splitlines(True) if not l.startswith("2001-03-1")), "driver 'precipitation'", "2001-03-10", "10 steps are missing")

    def test_missing_driver_file(self):
        self.spoil("rain.csv", lambda t: None, "rain.csv", "no such file")

    def test_the_other_wells_go_on_when_asked(self):
        with Folder() as folder:
            study = make(folder)
            (folder / "wells/A.csv").write_text("date,level\n2000-01-01,high\n")
            done = phreatic("run", study, "--out", folder / "run", "--set", "data.leave_out_bad_wells=true")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("A", done.stderr)
            self.assertIn("\nB,", (folder / "run/metrics.csv").read_text())
            self.assertIn("left out", (folder / "run/report.html").read_text())


class Machine(unittest.TestCase):
    def test_truncated_predictions_are_told_not_crashed_on(self):
        with Folder() as folder:
            study = make(folder)
            self.assertEqual(phreatic("run", study, "--out", folder / "run").returncode, 0)
            path = folder / "run/predictions.nc"
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
            done = phreatic("report", folder / "run")
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("predictions.nc", done.stderr)

    def test_corrupt_and_lost_models_are_trained_again_and_said(self):
        with Folder() as folder:
            study = make(folder)
            self.assertEqual(phreatic("train", study, "--out", folder / "run").returncode, 0)
            weights = next((folder / "run").glob("model/**/member_*.safetensors"))
            good = weights.read_bytes()
            for spoil, said in ((lambda: weights.write_bytes(b"\xff" * 64), "is not as the run wrote it"), (weights.unlink, "is lost")):
                spoil()
                done = phreatic("predict", study, "--out", folder / "run", "--why")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(f"{weights.name} {said}", done.stderr)
                self.assertEqual(weights.read_bytes(), good)

    def test_an_unwritable_folder_fails_with_1(self):
        with Folder() as folder:
            study = make(folder)
            write(folder, "file", "in the way")
            done = phreatic("run", study, "--out", folder / "file" / "run")
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("--out", done.stderr)

    def test_a_full_disk_fails_with_1_and_leaves_nothing_half_written(self):
        if os.geteuid() != 0:
            self.skipTest("mounting a small disk needs root")
        with Folder() as folder:
            study = make(folder)
            disk = folder / "disk"
            disk.mkdir()
            if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", disk], capture_output=True).returncode != 0:
                self.skipTest("this machine does not allow mounting a small disk")
            try:
                done = phreatic("run", study, "--out", disk / "run")
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("o space left", done.stderr)
                self.assertFalse(list(disk.rglob("*phreatic-part*")))
            finally:
                subprocess.run(["umount", disk], check=True)

    def test_a_lost_output_is_no_success(self):
        for command in ("help wells", "--help", "check STUDY"):
            with Folder() as folder:
                done = subprocess.run(f"{PHREATIC} {command.replace('STUDY', str(make(folder)))} > /dev/full", shell=True, capture_output=True, text=True)
                self.assertEqual(done.returncode, 1, command)
                self.assertIn("could not be written", done.stderr)

    def test_a_closed_standard_error_lands_in_no_file(self):
        with Folder() as folder:
            study = make(folder)
            done = subprocess.run(f"{PHREATIC} evaluate {study} --out {folder}/run 2>&-", shell=True, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0)
            self.assertTrue((folder / "run/metrics.csv").read_text().startswith("entity,"))

    def test_damaged_files_of_a_run_are_named(self):
        with Folder() as folder:
            study = make(folder)
            self.assertEqual(phreatic("run", study, "--out", folder / "run").returncode, 0)
            (folder / "run/wells.json").write_text('{"wells": 5}')
            done = phreatic("report", folder / "run")
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("wells.json is not as the run wrote it", done.stderr)

    def test_an_output_pipe_that_closes_does_no_harm(self):
        done = subprocess.run(f"{PHREATIC} help wells | head -n 1", shell=True, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0)


class Folders(unittest.TestCase):
    """What is the user's stays, and two runs do not write in one folder."""

    def test_run_does_not_replace_the_study_it_reads(self):
        with Folder() as folder:
            study = make(folder)
            before = study.read_text()
            done = phreatic("run", "study.yml", "--out", ".", cwd=folder)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("--force", done.stderr)
            self.assertEqual(study.read_text(), before)

    def test_a_model_that_is_only_trained_is_told_as_such_when_applied(self):
        with Folder() as folder:
            study = make(folder)
            self.assertEqual(phreatic("run", study, "--out", folder / "run", "--until", "train").returncode, 0)
            done = phreatic("apply", folder / "run", study, "--out", folder / "applied")
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("the run ended after training", done.stderr)
            self.assertIn("--until predict", done.stderr)

    def test_foreign_files_stay(self):
        with Folder() as folder:
            study = make(folder)
            for name in ("archive.zip.part12345", "notes.txt"):
                write(folder, f"run/{name}", "mine")
            self.assertEqual(phreatic("train", study, "--out", folder / "run").returncode, 0)
            self.assertEqual((folder / "run/archive.zip.part12345").read_text(), "mine")
            write(folder, "other/metrics.csv", "mine")
            self.assertEqual(phreatic("run", study, "--out", folder / "other").returncode, 2)
            self.assertEqual((folder / "other/metrics.csv").read_text(), "mine")
            self.assertEqual(sorted(p.name for p in (folder / "other").iterdir()), ["metrics.csv"])

    def test_a_second_run_in_a_folder_is_told_who_holds_it(self):
        with Folder() as folder:
            study = make(folder)
            first = subprocess.Popen([PHREATIC, "train", study, "--out", folder / "run", "--set", "training.epochs=2000"], stderr=subprocess.DEVNULL,
                                     stdout=subprocess.DEVNULL)
            try:
                for _ in range(600):
                    if (folder / "run/.phreatic-lock").exists() and (folder / "run/study.yml").exists():
                        break
                    time.sleep(0.05)
                second = phreatic("train", study, "--out", folder / "run")
                self.assertEqual(second.returncode, 1, second.stderr)
                self.assertIn(f"process {first.pid} ", second.stderr)
            finally:
                first.kill()
                first.wait()

    def test_a_run_is_the_same_however_its_paths_are_spelt(self):
        with Folder() as folder:
            study = make(folder)
            self.assertEqual(phreatic("run", study, "--out", folder / "run").returncode, 0)
            plan = phreatic("run", "../run/../study.yml", "--out", "../run/", "--dry-run", cwd=folder / "wells")
            self.assertNotIn("runs", plan.stdout)
            self.assertEqual(plan.stdout.count("up to date"), len(plan.stdout.splitlines()), plan.stdout)

    def test_wells_that_differ_in_a_sign_have_models_of_their_own(self):
        with Folder() as folder:
            study = make(folder, wells=("MW 7", "MW_7"))
            self.assertEqual(phreatic("train", study, "--out", folder / "run", "--set", "scope=single").returncode, 0)
            self.assertEqual(sorted(p.name for p in (folder / "run/model/units").iterdir() if p.is_dir()), ["MW%207", "MW_7"])


class Signals(unittest.TestCase):
    """Ctrl-C, SIGTERM and SIGHUP end a command within a second."""

    def ended(self, number, *arguments, after):
        process = subprocess.Popen([PHREATIC, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(600):
            if after():
                break
            time.sleep(0.05)
        time.sleep(0.3)
        process.send_signal(number)
        start = time.monotonic()
        _, error = process.communicate(timeout=60)
        self.assertLess(time.monotonic() - start, 2.5)  # a second, on a machine that may be busy
        self.assertEqual(process.returncode, 130, error)
        self.assertIn("interrupted", error)

    def test_training_ends(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number), Folder() as folder:
                study = make(folder)
                self.ended(number, "train", study, "--out", folder / "run", "--set", "training.epochs=100000", after=(folder / "run/model").exists)

    def test_a_command_without_a_place_to_stop_ends_too(self):
        with Folder() as folder:
            study = write(folder, "study.yml", "study: wells\nvirtual_wells: true\nbasin: {wells: 1000, years: 200}\n")
            self.ended(signal.SIGTERM, "basin", study, "--out", folder / "basin", after=lambda: True)


if __name__ == "__main__":
    unittest.main()
