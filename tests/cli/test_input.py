# SPDX-License-Identifier: BSD-3-Clause
"""What `phreatic check` tells of files and of what a run would refuse; cases of the shared collection end to end."""
import datetime
import json
import math
import os
import pathlib
import shutil
import unittest

from common import ROOT, Folder, phreatic, write

CASES = pathlib.Path(os.environ.get("PHREATIC_SHARED_DATA", ROOT / "../shared/data")) / "cases/wells"

STUDY = """\
study: wells
data:
  step: daily
  targets: {files: levels.csv, id_column: id, column: level}
  drivers: {files: met.csv, columns: [{column: rain, name: precipitation, unit: mm/d}, {column: t, name: air, unit: degC}]}
window: {mode: simulation, seq_length: 120, predict_last_n: 60, stride: 30}
model: {cell: gru, hidden_size: 4}
training: {epochs: 2, batch_size: 32, seed: 1}
ensemble: {members: 1}
explain: {enabled: false}
baselines: [persistence]
figures: {formats: [svg], widths: [85]}
"""


def day(n):
    return datetime.date(2012, 1, 1) + datetime.timedelta(days=n)


def files(folder, days=1000, met_days=1000):
    rows = ["id,date,level"]
    rows += [f"A,{day(n)},{12 + math.sin(n / 50):.3f}" for n in range(days)]
    rows += [f"FEW,{day(n)},{11 + n / 100:.3f}" for n in (0, 10, 20)]
    write(folder, "levels.csv", "\n".join(rows) + "\n")
    rows = ["date,rain,t"] + [f"{day(n)},{3.5 if n % 4 == 0 else 0},{10 + n % 9}" for n in range(met_days)]
    write(folder, "met.csv", "\n".join(rows) + "\n")
    return write(folder, "study.yml", STUDY)


class Check(unittest.TestCase):
    def check(self, study, *more):
        done = phreatic("check", study, *more)
        return done.returncode, done.stdout + done.stderr

    def test_every_record_is_summed_up_and_periods_are_counted(self):
        with Folder() as folder:
            code, text = self.check(files(folder))
            self.assertEqual(code, 0, text)
            self.assertIn("precipitation: 1000 values, 2012-01-01 to 2014-09-26; in the file 0 to 3.5, mean 0.875 [mm/d]", text)
            self.assertIn("no role (its name tells none", text)
            self.assertIn("well FEW: 0 observations in the test period; it gets no score", text)
            self.assertRegex(text, r"model all: \d+ training windows")

    def test_a_warning_is_told_once(self):
        with Folder() as folder:
            code, text = self.check(files(folder, met_days=960))
            self.assertEqual(code, 0, text)
            self.assertEqual(text.count("driver 'precipitation' ends on"), 1, text)

    def test_what_training_refuses_check_refuses_with_a_window_that_fits(self):
        with Folder() as folder:
            study = files(folder, days=400, met_days=400)
            code, text = self.check(study, "--set", "window.seq_length=390", "--set", "window.predict_last_n=60")
            self.assertEqual(code, 2, text)
            self.assertIn("a window has 390 steps, but no well has more than 256", text)
            fitting = int(text.split("steps fit: window.seq_length: ")[1].split()[0])
            self.assertLess(fitting, 390)
            code, text = self.check(study, "--set", f"window.seq_length={fitting}", "--set", "window.predict_last_n=60")
            self.assertEqual(code, 0, text)

    def test_settings_that_contradict_each_other_are_refused(self):
        with Folder() as folder:
            study = files(folder)
            for setting, words in (("window.predict_last_n=121", "is more than seq_length"), ("baselines=[ridge,ridge]", "stands twice"),
                                   ("data.split.folds=9", "there are 2 wells to be divided"),
                                   ("explain.expected_gradients.max_draws=16", "fewer than min_draws")):
                code, text = self.check(study, "--set", "explain.enabled=true", "--set", setting)
                self.assertEqual(code, 2, setting)
                self.assertIn(words, text)

    def test_wells_that_drift_are_named(self):
        with Folder() as folder:
            study = files(folder)
            rows = ["id,date,level"]
            for well in ("A", "B", "C", "DRY"):
                rows += [f"{well},{day(n)},{12 + math.sin(n / 50 + len(well)) - (n / 100 if well == 'DRY' else 0):.3f}" for n in range(1000)]
            write(folder, "levels.csv", "\n".join(rows) + "\n")
            code, text = self.check(study)
            self.assertEqual(code, 0, text)
            self.assertRegex(text, r"look at: model all: wells whose level drifts, which may lose their say in training: DRY \(\d+ % of ")
            self.assertNotIn("B (", text.split("in training: ")[1].splitlines()[0])
            write(folder, "levels.csv", "\n".join(row for row in rows if not row.startswith("DRY")) + "\n")
            self.assertNotIn("drifts", self.check(study)[1])

    def test_a_second_document_and_a_pipe_are_told(self):
        with Folder() as folder:
            study = files(folder)
            study.write_text(STUDY + "---\nnonsense: 1\n")
            code, text = self.check(study)
            self.assertEqual(code, 2)
            self.assertIn("a second document begins", text)
            study.write_text(STUDY)
            (folder / "met.csv").unlink()
            os.mkfifo(folder / "met.csv")
            code, text = self.check(study)
            self.assertEqual(code, 2)
            self.assertIn("this is a pipe or a device", text)

    def test_a_study_that_does_not_fit_into_memory_is_refused_in_words(self):
        import resource
        with Folder() as folder:
            study = files(folder)
            limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
            done = phreatic("check", study, "--set", "data.start=1000-01-01", "--set", "data.end=9999-12-31", "--set", "data.step=hourly",
                            preexec_fn=limit)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("do not fit into memory", done.stderr)


@unittest.skipUnless((pathlib.Path(os.environ.get("PHREATIC", "build/bin/phreatic")).parent / "phreatic-learn").exists(), "built without learning")
class Datum(unittest.TestCase):
    def test_what_levels_count_from_stands_on_the_axes_of_the_report(self):
        with Folder() as folder:
            study = files(folder)
            study.write_text(STUDY + "level_datum: NHN\n")
            self.assertEqual(phreatic("run", study, "--out", folder / "run", "-q").returncode, 0)
            page = (folder / "run/report.html").read_text()
            self.assertIn("above NHN", page)
            study.write_text(STUDY)
            self.assertEqual(phreatic("run", study, "--out", folder / "run", "-q", "--resume").returncode, 0)
            self.assertNotIn("above NHN", (folder / "run/report.html").read_text())


@unittest.skipUnless(CASES.is_dir(), f"no cases at {CASES}")
class Cases(unittest.TestCase):
    def case(self, name, command, *more):
        with Folder() as folder:
            shutil.copytree(CASES / name, folder / name)
            arguments = (["--out", folder / "run", "-q", "--threads", "1"] if command == "run" else [])
            done = phreatic(command, folder / name / "study.yml", *arguments, *more)
            found = sorted(str(p.relative_to(folder)) for p in folder.glob("run/**/*"))
            return done.returncode, done.stdout + done.stderr, found

    def test_a_window_longer_than_the_record(self):
        code, text, _ = self.case("K14_record_shorter_than_window", "check")
        self.assertEqual(code, 2, text)
        self.assertIn("window.seq_length: ", text)

    def test_wells_with_two_and_four_levels(self):
        code, text, _ = self.case("K23_two_and_four", "check")
        self.assertEqual(code, 0, text)
        self.assertIn("well TWO: 0 observations in the test period", text)

    def test_the_same_warning_once(self):
        code, text, _ = self.case("K26_warning_thrice", "check")
        self.assertEqual(code, 0, text)
        for driver in ("precipitation", "pet"):
            self.assertEqual(text.count(f"driver '{driver}' ends on"), 1, text)

    @unittest.skipUnless((pathlib.Path(os.environ.get("PHREATIC", "build/bin/phreatic")).parent / "phreatic-learn").exists(), "built without learning")
    def test_names_with_commas_and_letters_of_latin_1_run_to_the_report(self):
        for name in ("K13_comma_in_name", "K12_latin1_ids"):
            code, text, found = self.case(name, "run")
            self.assertEqual(code, 0, text)
            self.assertIn("run/report.html", found)

    def test_every_case_is_known(self):
        for folder in sorted(CASES.iterdir()):
            self.assertIn("kind", json.loads((folder / "expected.json").read_text()), folder)


if __name__ == "__main__":
    unittest.main()
