# SPDX-License-Identifier: BSD-3-Clause
"""Bad input and a machine that refuses: a clear message, the right exit code, nothing half-written, other wells unaffected."""
import os
import subprocess
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

    def test_missing_study(self):
        done = phreatic("run", "none.yml")
        self.assertEqual(done.returncode, 2)
        self.assertIn("none.yml: there is no such file", done.stderr)

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

    def test_corrupt_models_are_refused(self):
        with Folder() as folder:
            study = make(folder)
            self.assertEqual(phreatic("train", study, "--out", folder / "run").returncode, 0)
            weights = next((folder / "run").glob("model/**/member_*.safetensors"))
            weights.write_bytes(b"\xff" * 64)
            done = phreatic("predict", study, "--out", folder / "run")
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(weights.name, done.stderr)

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

    def test_an_output_pipe_that_closes_does_no_harm(self):
        done = subprocess.run(f"{PHREATIC} help wells | head -n 1", shell=True, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
