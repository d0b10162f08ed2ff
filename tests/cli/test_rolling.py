# SPDX-License-Identifier: BSD-3-Clause
"""Evaluation from rolling origins: nothing observed later moves a forecast, scores recomputed, resume by origin."""
import csv
import math
import os
import re
import signal
import subprocess
import time
import unittest

from common import FILES, PHREATIC, SMALL, Folder, phreatic, write

STUDY = re.sub(r"basin: .*\n", "", SMALL.replace("virtual_wells: true\n", "").replace("data:\n", "data:\n" + FILES))
STUDY = STUDY.replace("explain: {", "explain: {enabled: false, ")
STUDY += "rolling: {origins: 3, test: 180, step: 240, last: 2013-10-31}\n"
ORIGINS = ["2012-01-11", "2012-09-07", "2013-05-05"]  # 180 steps that end on 2013-10-31 less 0, 240, 480 days


def table(path):
    with open(path) as file:
        return list(csv.DictReader(file))


def run(folder, study, out, *more):
    return phreatic("run", write(folder, f"{out}.yml", study), "--out", folder / out, *more)


def predictions(folder, origin):
    return table(folder / f"rolling/origins/{origin}/predictions.csv")


def nse(pairs):
    mean = sum(o for o, _ in pairs) / len(pairs)
    return 1 - sum((s - o) ** 2 for o, s in pairs) / sum((o - mean) ** 2 for o, _ in pairs)


class Rolling(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = Folder()
        cls.folder = cls.holder.__enter__()
        made = phreatic("basin", write(cls.folder, "small.yml", SMALL), "--out", cls.folder / "data")
        assert made.returncode == 0, made.stderr
        cls.done = run(cls.folder, STUDY, "run")
        assert cls.done.returncode == 0, cls.done.stderr

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    def test_each_origin_has_its_dates_and_no_network_stays(self):
        for number, first in enumerate(ORIGINS, 1):
            dates = sorted({r["date"] for r in predictions(self.folder / "run", number)})
            self.assertEqual((dates[0], len(dates)), (first, 180))
            self.assertFalse((self.folder / f"run/rolling/origins/{number}/model").exists())
        self.assertIn("Does it hold at other dates?", (self.folder / "run/report.html").read_text())

    def test_scores_of_origins_and_pooled_ones_recomputed(self):
        rows = {(r["entity"], r["period"], r["metric"], r["model"]): float(r["value"]) for r in table(self.folder / "run/rolling/metrics.csv")}
        column = {"lstm": "simulated", "climatology": "baseline_climatology", "persistence": "baseline_persistence"}
        checked = 0
        for model in ("lstm",):
            for well in ("V01", "V03"):
                pooled, each = [], []
                for number, first in enumerate(ORIGINS, 1):
                    part = [r for r in predictions(self.folder / "run", number) if r["well"] == well]
                    name = next(k for k in part[0] if k.startswith(column[model]))
                    pairs = [(float(r["observed_m"]), float(r[name])) for r in part if r["observed_m"] and r[name]]
                    pooled += pairs
                    each.append(nse(pairs))
                    self.assertAlmostEqual(rows[well, f"origin {first}", "NSE", model], each[-1], places=3)
                self.assertAlmostEqual(rows[well, "all origins", "NSE", model], nse(pooled), places=3)
                self.assertEqual(rows[well, "all origins", "n", model], len(pooled))
                mean = sum(each) / 3
                self.assertAlmostEqual(rows[well, "spread over origins", "NSE_mean", model], mean, places=3)
                sd = math.sqrt(sum((v - mean) ** 2 for v in each) / 2)
                self.assertAlmostEqual(rows[well, "spread over origins", "NSE_sd", model], sd, places=3)
                checked += 1
        self.assertEqual(checked, 2)

    def test_later_observations_move_nothing_of_an_earlier_origin(self):
        """All levels after the second origin are blanked, all weather after its test is changed: origins 1 and 2 predict the same."""
        import shutil
        shutil.copytree(self.folder / "data", self.folder / "blank/data")
        for file in (self.folder / "blank/data/wells").iterdir():
            lines = file.read_text().splitlines()
            at = lines[0].split(",").index("level_m")
            for i, line in enumerate(lines[1:], 1):
                cells = line.split(",")
                if cells[0] >= ORIGINS[1]:
                    cells[at] = ""
                lines[i] = ",".join(cells)
            file.write_text("\n".join(lines) + "\n")
        for file in (self.folder / "blank/data/drivers").iterdir():
            lines = file.read_text().splitlines()
            lines[1:] = [line if line[:10] <= "2013-03-05" else line[:10] + ",77" + line[line.index(",", 11):] for line in lines[1:]]
            file.write_text("\n".join(lines) + "\n")
        # The study's own test period then holds nothing, so that its periods are moved; origins have their own.
        study = STUDY.replace("2012-07-01, last: 2013-12-31", "2012-08-01, last: 2013-12-31").replace("last: 2012-06-30", "last: 2012-07-31")
        done = run(self.folder / "blank", study, "run", "--until", "rolling")
        self.assertEqual(done.returncode, 0, done.stderr)
        for origin in (1, 2):
            blank = predictions(self.folder / "blank/run", origin)
            whole = predictions(self.folder / "run", origin)
            self.assertEqual(len(blank), len(whole))
            different = 0
            for a, b in zip(blank, whole):
                different += a["observed_m"] != b["observed_m"]
                for name in a:
                    if name != "observed_m":
                        self.assertEqual(a[name], b[name], (origin, name, a["date"]))
            self.assertEqual(different > 0, origin == 2)

    def test_a_killed_run_keeps_the_origins_that_are_done(self):
        out = self.folder / "killed"
        process = subprocess.Popen([PHREATIC, "run", write(self.folder, "killed.yml", STUDY), "--out", str(out)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        first = out / "rolling/origins/1/done.json"
        for _ in range(6000):
            if first.exists() or process.poll() is not None:
                break
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        self.assertTrue(first.exists())
        self.assertFalse((out / "rolling/metrics.csv").exists())
        before = first.stat().st_mtime_ns
        again = phreatic("run", self.folder / "killed.yml", "--out", out, "--resume")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("origin 1 of 3 (2012-01-11): done before", again.stderr)
        self.assertEqual(first.stat().st_mtime_ns, before)
        self.assertEqual((out / "rolling/metrics.csv").read_text(), (self.folder / "run/rolling/metrics.csv").read_text())

    def test_check_tells_windows_and_observations_of_each_origin(self):
        done = phreatic("check", self.folder / "run.yml")
        self.assertEqual(done.returncode, 0, done.stderr)
        for number in (1, 2, 3):
            self.assertRegex(done.stdout, rf"rolling, origin {number} of 3: train .* test {ORIGINS[number - 1]}.*[0-9]+ training windows, [0-9]+ validation windows")
        self.assertRegex(done.stdout, r"rolling, V01: observations in training/validation/test by origin: 579/129/180, 752/196/173, 944/237/180")

    def test_why_names_the_setting_that_changed(self):
        done = phreatic("run", self.folder / "run.yml", "--out", self.folder / "run", "--dry-run", "--set", "rolling.test=90")
        self.assertRegex(done.stdout + done.stderr, r"rolling: runs\n.*rolling\.test")
        self.assertRegex(done.stdout + done.stderr, r"predict: up to date")

    def test_what_cannot_be_is_told_before_anything_runs(self):
        for setting, where in (("rolling.origins=50", "rolling.origins"), ("rolling.training=sliding", "rolling.training_length"),
                               ("rolling.training_length=100", "rolling.training_length")):
            for command in ("check", "run"):
                more = ["--out", self.folder / "bad"] if command == "run" else []
                done = phreatic(command, self.folder / "run.yml", "--set", setting, *more)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(where, done.stderr)
        short = phreatic("check", self.folder / "run.yml", "--set", "rolling.training=sliding", "--set", "rolling.training_length=5")
        self.assertEqual(short.returncode, 2)
        self.assertIn("origin 1 of 3 (2012-01-11): no well has 10 observations before it", short.stderr)

    def test_forecasts_are_scored_by_origin_and_lead(self):
        study = (STUDY.replace("data:\n", "data:\n  step: weekly\n").replace("test: 180, step: 240, last: 2013-10-31", "test: 26")
                 .replace("origins: 3", "origins: 2").replace("mode: simulation, seq_length: 240, predict_last_n: 120, stride: 60", "mode: forecast, seq_length: 20, horizon: 4"))
        done = run(self.folder, study, "ahead")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = table(self.folder / "ahead/rolling/metrics.csv")
        leads = {(r["period"], r["model"]) for r in rows if r["metric"] == "NSE" and r["entity"] == "V02"}
        origins = sorted({p[:17] for p, _ in leads if p.startswith("origin ")})
        self.assertEqual(len(origins), 2)
        for origin in origins:
            for lead in (1, 2, 3, 4):
                self.assertIn((f"{origin} lead {lead}", "lstm"), leads)
        value = {(r["period"], r["model"], r["metric"]): r["value"] for r in rows if r["entity"] == "V02"}
        # What stands for an origin is its largest lead.
        self.assertEqual(value[origins[0], "lstm", "RMSE"], value[f"{origins[0]} lead 4", "lstm", "RMSE"])
        # Pooled errors of a lead are those of the origins, weighted by their numbers of pairs.
        for lead in (1, 4):
            for model in ("lstm", "persistence", "damped_anomaly"):
                squares = n = 0
                for origin in origins:
                    steps = float(value[f"{origin} lead {lead}", model, "n"])
                    squares += steps * float(value[f"{origin} lead {lead}", model, "RMSE"]) ** 2
                    n += steps
                self.assertEqual(float(value[f"all origins lead {lead}", model, "n"]), n)
                self.assertAlmostEqual(float(value[f"all origins lead {lead}", model, "RMSE"]), math.sqrt(squares / n), places=9)
        self.assertIn("Leads over all origins", (self.folder / "ahead/report.html").read_text())

    def test_with_folds_over_wells_every_origin_leaves_wells_out(self):
        study = STUDY.replace("  split:\n", "  split:\n    folds: 2\n").replace("origins: 3, test: 180, step: 240", "origins: 2, test: 180, step: 240")
        done = run(self.folder, study, "folds")
        self.assertEqual(done.returncode, 0, done.stderr)
        wells = {r["entity"] for r in table(self.folder / "folds/rolling/metrics.csv") if r["period"] == "all origins" and r["model"] == "lstm" and r["metric"] == "NSE"}
        self.assertEqual(wells - {"all"}, {"V01", "V02", "V03", "V04"})
        # Each fold's network learns from half of the wells: other numbers than with all of them.
        self.assertNotEqual(predictions(self.folder / "folds", 1)[0], predictions(self.folder / "run", 2)[0])

    def test_a_model_for_each_well_alone_rolls(self):
        study = STUDY.replace("window:", "scope: single\nwindow:", 1).replace("origins: 3, test: 180, step: 240", "origins: 2, test: 180, step: 240")
        done = run(self.folder, study, "single")
        self.assertEqual(done.returncode, 0, done.stderr)
        told = phreatic("check", self.folder / "single.yml")
        for well in ("V01", "V04"):
            self.assertRegex(told.stdout, rf"rolling, origin 1 of 2: .*model {well}: [0-9]+ training windows")
        wells = {r["entity"] for r in table(self.folder / "single/rolling/metrics.csv") if r["period"] == "all origins" and r["model"] == "lstm" and r["metric"] == "NSE"}
        self.assertEqual(wells - {"all"}, {"V01", "V02", "V03", "V04"})

    def test_more_folds_than_wells_before_an_origin_are_refused_with_a_remedy(self):
        study = STUDY.replace("  split:\n", "  split:\n    folds: 4\n")
        late = self.folder / "late"
        import shutil
        shutil.copytree(self.folder / "data", late / "data")
        for name in ("V03", "V04"):  # eight observations before the first origin
            file = late / f"data/wells/{name}.csv"
            lines = file.read_text().splitlines()
            file.write_text("\n".join(lines[:1] + [line for line in lines[1:] if line[:10] >= "2012-02-01" or ("2011-05" <= line[:7] <= "2011-12" and line[8:10] == "01")]) + "\n")
        done = phreatic("check", write(late, "study.yml", study))
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertIn("rolling, origin 1 of 3 (2012-01-11), data.split.folds: is 4, but only 2 wells have 10 observations before the origin", done.stderr)
        self.assertIn("Use fewer folds", done.stderr)


if __name__ == "__main__":
    unittest.main()
