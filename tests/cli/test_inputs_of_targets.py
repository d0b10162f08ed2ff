# SPDX-License-Identifier: BSD-3-Clause
"""Inputs beside targets that no single file shows to be wrong: each is refused, or told, in words."""
import csv
import re
import unittest

from common import Folder, phreatic, write
from test_targets import STUDY as TWO

DRIVERS = """\
  drivers:
    - files: data/drivers/{id}.csv
      columns:
        - {column: precipitation_mm, name: precipitation, unit: mm/d}
        - {column: temperature_degC, name: temperature, unit: degC}
        - {column: pet_mm, name: pet, unit: mm/d}
"""
DISCHARGE = '    - {files: "data/discharge/{id}.csv", name: discharge, column: discharge_m3_s, quantity: other, unit: m3/s}\n'
STUDY = (re.sub(r"virtual_wells: .*\nbasin: .*\n", "", TWO).replace('"wells/', '"data/wells/').replace('"discharge/', '"data/discharge/')
         .replace("  split:", DRIVERS + "  split:"))


def keep(folder, pattern, wanted):
    """Blanks all rows of the files whose date is not wanted."""
    for path in folder.glob(pattern):
        lines = path.read_text().splitlines()
        rows = [line.split(",") for line in lines[1:]]
        path.write_text("\n".join([lines[0], *(",".join(r if wanted(r[0]) else [r[0], *[""] * (len(r) - 1)]) for r in rows)]) + "\n")


class InputsOfTargets(unittest.TestCase):
    def setUp(self):
        self.holder = Folder()
        self.folder = self.holder.__enter__()
        made = phreatic("basin", write(self.folder, "basin.yml", TWO), "--out", self.folder / "data")
        self.assertEqual(made.returncode, 0, made.stderr)

    def tearDown(self):
        self.holder.cleanup()

    def check(self, study, code, *words):
        done = phreatic("check", write(self.folder, "study.yml", study))
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        for part in words:
            self.assertIn(part, done.stdout + done.stderr)

    def test_the_good_study_passes(self):
        self.check(STUDY, 0, "no problem found")

    def test_a_target_without_observations_in_training(self):
        keep(self.folder, "data/discharge/*.csv", lambda day: day >= "2011-07-01")
        self.check(STUDY, 2, "well G1: no target is observed in the training period", "Change the split")

    def test_gauge_and_wells_without_a_common_day(self):
        keep(self.folder, "data/discharge/*.csv", lambda day: day < "2011-01-01" or day >= "2011-10-01")
        keep(self.folder, "data/wells/*.csv", lambda day: "2011-01-01" <= day < "2011-10-01" or day >= "2012-01-01")
        self.check(STUDY, 0, "no step of the training period has both 'level' and 'discharge' observed")

    def test_a_target_among_the_drivers_under_another_name(self):
        flow = '    - {files: "data/discharge/G1.csv", columns: {column: discharge_m3_s, name: flow, unit: m3/s}}\n'
        self.check(STUDY.replace(DRIVERS, DRIVERS + flow), 2, "'flow': holds the observations of the target 'discharge' at G1", "Leave the driver out")
        litres = flow.replace("unit: m3/s", "unit: l/s")
        self.check(STUDY.replace(DRIVERS, DRIVERS + litres), 2, "holds the observations of the target 'discharge' at G1")

    def test_a_target_some_steps_late_is_known_no_more_than_at_once(self):
        for path in (self.folder / "data/discharge").glob("*.csv"):
            rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
            late = [f"{day[0]},{before[1]}" for day, before in zip(rows[3:], rows)]
            write(self.folder, f"data/late/{path.name}", "\n".join(["date,flow", *late]) + "\n")
        flow = '    - {files: "data/late/G1.csv", columns: {column: flow, name: flow, unit: m3/s}}\n'
        begins = STUDY.replace(DRIVERS, DRIVERS + flow).replace("data:\n", "data:\n  start: 2009-01-04\n", 1)
        self.check(begins, 2, "'flow': holds the observations of the target 'discharge' at G1, 3 steps late", "observed_targets: true")
        self.check("observed_targets: true\n" + begins, 0, "'observed_targets: true' lets it stand")
        done = phreatic("evaluate", write(self.folder, "study.yml", "observed_targets: true\n" + begins), "--out", self.folder / "run",
                        "--set", "baselines=[]", "--set", "training.epochs=1")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("was told observations of what it is asked for", done.stdout + done.stderr)

    def test_observed_targets_without_such_a_driver_is_told(self):
        self.check("observed_targets: true\n" + STUDY, 0, "no driver was found to hold a target")

    def test_a_target_among_the_drivers_under_its_own_name(self):
        level = '    - {files: "data/wells/{id}.csv", columns: {column: level_m, name: level, unit: m}}\n'
        self.check(STUDY.replace(DRIVERS, DRIVERS + level), 2, "two sources give 'level'")

    def test_an_encoder_longer_than_the_record(self):
        self.check(STUDY.replace("seq_length: 90", "seq_length: 3000"), 2, "a window has 3000 steps", "windows of up to about")

    def test_steps_that_leave_too_few_of_them(self):
        self.check(STUDY.replace("data:\n", "data:\n  step: monthly\n", 1), 2, "a window has 90 steps, but no well has more than 30")

    def test_one_well_with_static_attributes(self):
        one = (STUDY.replace("attributes: none\n", "").replace(DISCHARGE, "").replace("targets: [{name: level, interval: 5}]\n", "")
               .replace("  split:", "  wells: [V01]\n  attributes: [{file: data/attributes.csv}]\n  split:"))
        self.check(one, 0, "there is one well: its attributes are constant")

    def test_a_static_attribute_that_a_held_out_well_lacks(self):
        path = self.folder / "data/attributes.csv"
        lines = path.read_text().splitlines()
        cells = lines[2].split(",")
        cells[1] = ""
        path.write_text("\n".join([*lines[:2], ",".join(cells), *lines[3:]]) + "\n")
        held = (STUDY.replace("attributes: none\n", "").replace(DISCHARGE, "").replace("targets: [{name: level, interval: 5}]\n", "")
                .replace("  split:", "  attributes: [{file: data/attributes.csv}]\n  split:\n    folds: 2"))
        self.check(held, 0, f"is missing for 1 of 4 wells ({cells[0]}); filled with the mean of the others")

    def test_a_driver_that_is_constant_in_training_alone(self):
        for path in (self.folder / "data/drivers").glob("*.csv"):
            lines = path.read_text().splitlines()
            at = lines[0].split(",").index("pet_mm")
            rows = [line.split(",") for line in lines[1:]]
            for row in rows:
                if row[0] < "2012-01-01":
                    row[at] = "1.0"
            path.write_text("\n".join([lines[0], *map(",".join, rows)]) + "\n")
        self.check(STUDY, 0, "driver 'pet' is constant in the training period of", "but not later")

    def test_rows_of_drivers_at_unequal_steps(self):
        for path in (self.folder / "data/drivers").glob("*.csv"):
            lines = path.read_text().splitlines()
            path.write_text("\n".join([lines[0], *(line for k, line in enumerate(lines[1:]) if k % 7 in (0, 1, 4))]) + "\n")
        self.check(STUDY, 2, "well V01, driver 'precipitation'", "steps are missing between its first and last value, the first at 2009-01-03, the longest gap has 2 steps",
                   "set gaps:")
        self.check(STUDY.replace("data:\n", "data:\n  step: weekly\n", 1).replace("seq_length: 90", "seq_length: 20").replace("predict_last_n: 30", "predict_last_n: 5"), 2,
                   "the values of 'precipitation' stand 1 to 3 days apart (3 in the middle): how long a value in mm/d holds is not known")

    def test_a_driver_that_is_missing_after_the_issue_date_of_forecasts_with_known_weather(self):
        study = (STUDY.replace(DISCHARGE, "").replace("targets: [{name: level, interval: 5}]\n", "").replace("window: {seq_length: 90, predict_last_n: 30}",
                 "window: {mode: forecast, seq_length: 60, horizon: 7}").replace("epochs: 3", "epochs: 1"))
        study = re.sub(r"explain: .*", "explain: {enabled: false}", study)
        run = phreatic("run", write(self.folder, "study.yml", study), "--out", self.folder / "run")
        self.assertEqual(run.returncode, 0, run.stderr)
        later = "data:\n" + DRIVERS + '  targets:\n    - {files: "data/wells/{id}.csv", column: level_m}\n'

        def applied(blank):
            for path in (self.folder / "data/drivers").glob("V*.csv"):
                lines = path.read_text().splitlines()
                rows = [line.split(",") for line in lines[1:]]
                for row in rows:
                    if row[0] in blank:
                        row[1] = ""
                write(self.folder, f"later/{path.name}", "\n".join([lines[0], *map(",".join, rows)]) + "\n")
            return phreatic("apply", self.folder / "run", write(self.folder, "later.yml", later.replace("data/drivers", "later")), "--out", self.folder / f"applied-{len(blank)}")

        done = applied({"2012-12-29", "2012-12-30", "2012-12-31"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("driver 'precipitation' ends on 2012-12-28, before the end of the test period (4 wells); later steps are not predicted", done.stderr)
        with open(self.folder / "applied-3/predictions.csv") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(max(r["date"] for r in rows if r["simulated_m"]), "2012-12-28")
        refused = applied({"2012-12-20", "2012-12-21"})
        self.assertEqual(refused.returncode, 2)
        self.assertIn("driver 'precipitation': 2 steps are missing between its first and last value, the first at 2012-12-20", refused.stderr)
