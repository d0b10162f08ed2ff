# SPDX-License-Identifier: BSD-3-Clause
"""A whole study from files to report; resume after kill -9; nothing of the test period enters the models."""
import csv
import json
import math
import random
import re
import shutil
import signal
import subprocess
import time
import unittest

from common import FILES, PHREATIC, SMALL, Folder, model_hashes, phreatic, write


class Run(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = Folder()
        cls.folder = cls.holder.__enter__()
        cls.study = write(cls.folder, "small.yml", SMALL)
        cls.out = cls.folder / "run"
        cls.done = phreatic("run", cls.study, "--out", cls.out)

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    def test_it_ends_well_and_leaves_every_file(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)
        for name in ("study.yml", "provenance.json", "log.txt", "metrics.csv", "predictions.nc", "predictions.csv", "model/units/all/model.json",
                     "explain/attributions.nc", "explain/contributions.csv", "explain/truth.json", "report.html"):
            self.assertTrue((self.out / name).exists(), name)
        self.assertTrue(list((self.out / "figures").glob("*.svg")))
        self.assertFalse(list(self.out.rglob("*phreatic-part*")), "nothing half-written stays")

    def test_headline_metrics_stand_first(self):
        rows = list(csv.DictReader(open(self.out / "metrics.csv")))
        self.assertEqual(list(rows[0]), ["entity", "variable", "period", "metric", "value", "model", "weather"])
        self.assertEqual({(r["model"], r["weather"]) for r in rows}, {("lstm", "known"), ("persistence", "unused"), ("climatology", "unused")})
        self.assertTrue((self.out / "baselines.json").exists() and (self.out / "baselines.csv").exists())
        self.assertEqual((rows[0]["period"], rows[0]["metric"], rows[0]["model"]), ("test", "NSE", "lstm"))
        self.assertEqual({r["model"] for r in rows}, {"lstm", "persistence", "climatology"})

    def test_metrics_agree_with_the_predictions_recomputed(self):
        """NSE and coverage of metrics.csv from predictions.csv by their definitions."""
        wanted = {(r["entity"], r["metric"]): float(r["value"]) for r in csv.DictReader(open(self.out / "metrics.csv"))
                  if r["period"] == "test" and r["model"] == "lstm"}
        series = {}
        for row in csv.DictReader(open(self.out / "predictions.csv")):
            if "2012-07-01" <= row["date"] <= "2013-12-31" and row["observed_m"] and row["simulated_m"]:
                series.setdefault(row["well"], []).append(tuple(float(row[c]) for c in ("observed_m", "simulated_m", "lower_m", "upper_m")))
        self.assertEqual(len(series), 4)
        for well, rows in series.items():
            mean = sum(r[0] for r in rows) / len(rows)
            nse = 1 - sum((r[0] - r[1]) ** 2 for r in rows) / sum((r[0] - mean) ** 2 for r in rows)
            self.assertAlmostEqual(nse, wanted[well, "NSE"], places=4)
            self.assertAlmostEqual(sum(r[2] <= r[0] <= r[3] for r in rows) / len(rows), wanted[well, "coverage_90"], places=2)

    def test_contributions_add_up(self):
        for row in csv.DictReader(open(self.out / "explain/contributions.csv")):
            drivers = [c for c in row if c.endswith("_m") and not c.endswith("_error_m")
                       and c not in ("observed_m", "simulated_m", "base_m", "residual_m")]
            total = sum(float(row[c]) for c in drivers)
            residual = total + float(row["base_m"]) - float(row["simulated_m"])
            self.assertAlmostEqual(residual, float(row["residual_m"]), places=5)

    def test_xarray_opens_the_predictions(self):
        try:
            import warnings

            import netCDF4  # noqa: F401  (its import warns about NumPy's headers; the file is what is tested)
            import xarray
        except ImportError:
            self.skipTest("xarray is not installed (tools/setup --check installs it)")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with xarray.open_dataset(self.out / "predictions.nc") as ds:
                self.assertEqual(ds.attrs["featureType"], "timeSeries")
                self.assertTrue(ds.attrs["Conventions"].startswith("CF-1."))
                self.assertEqual(str(ds["time"].values[0])[:10], "2009-01-01")
                self.assertEqual(ds["simulated"].attrs["units"], "m")
                self.assertEqual(ds["simulated"].sizes["time"], 1826)

    def test_a_second_run_keeps_what_is_up_to_date(self):
        before = (self.out / "metrics.csv").stat().st_mtime_ns
        again = phreatic("run", self.study, "--out", self.out)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("train: up to date", again.stderr)
        self.assertEqual((self.out / "metrics.csv").stat().st_mtime_ns, before)

    def test_the_report_is_made_again_from_files_alone(self):
        first = (self.out / "report.html").read_text()
        self.assertEqual(phreatic("report", self.out).returncode, 0)
        self.assertEqual((self.out / "report.html").read_text(), first)

    def test_the_report_asks_for_nothing_from_the_network(self):
        page = (self.out / "report.html").read_text()
        self.assertLess(len(page), 10e6)
        self.assertIsNone(re.search(r"<(script|link|img)[^>]+(src|href)=[\"']?(https?:)?//", page))

    def test_same_seed_same_models_whatever_the_threads(self):
        other = self.folder / "one-thread"
        done = phreatic("train", self.study, "--out", other, "--threads", 1)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(model_hashes(other), model_hashes(self.out))

    def test_other_methods_of_explanation_are_asked_without_training_again(self):
        out = self.folder / "methods"
        shutil.copytree(self.out, out)
        done = phreatic("run", self.study, "--out", out, "--set", "explain.compare_dates=2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("train: up to date", done.stderr)
        rows = list(csv.DictReader(open(out / "explain/methods.csv")))
        wells, drivers = {r["well"] for r in rows}, {r["driver"] for r in rows}
        self.assertEqual(len(wells), 4)
        self.assertEqual(len(rows), len(wells) * len(drivers))
        agreement = json.loads((out / "explain/agreement.json").read_text())
        self.assertTrue(agreement)
        self.assertIn("Do other methods say the same?", (out / "report.html").read_text())
        done = phreatic("check", self.study, "--set", "explain.compare_dates=2", "--set", "explain.enabled=false")
        self.assertEqual(done.returncode, 2)
        self.assertIn("explain.compare_dates: is 2, but 'explain.enabled: false' leaves explanations out", done.stderr)

    def test_compare_prints_both_runs(self):
        done = phreatic("compare", self.out, self.out)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("median", done.stdout)


class Quantiles(unittest.TestCase):
    def test_a_network_of_quantiles_gives_level_and_band(self):
        with Folder() as folder:
            study = write(folder, "small.yml", SMALL)
            refused = phreatic("predict", study, "--out", folder / "run", "--set", "uncertainty.scale=quantiles")
            self.assertEqual(refused.returncode, 2)
            self.assertIn("loss: {kind: quantile", refused.stderr)
            done = phreatic("evaluate", study, "--out", folder / "run", "--set", "uncertainty.scale=quantiles", "--set", "loss.kind=quantile")
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(folder / "run/predictions.csv") as file:
                rows = [r for r in csv.DictReader(file) if r["simulated_m"]]
            self.assertGreater(len(rows), 1000)
            widths = {round(float(r["upper_m"]) - float(r["lower_m"]), 3) for r in rows}
            self.assertGreater(len(widths), 20, "the band follows the networks' quantiles")


class Resume(unittest.TestCase):
    def test_kill_and_resume_gives_the_same_models_bit_for_bit(self):
        with Folder() as folder:
            study = write(folder, "small.yml", SMALL)
            whole = folder / "whole"
            started = time.monotonic()
            self.assertEqual(phreatic("train", study, "--out", whole).returncode, 0)
            duration = time.monotonic() - started
            killed = folder / "killed"
            dice = random.Random(7)
            kills = 0
            for _ in range(4):
                process = subprocess.Popen([PHREATIC, "train", str(study), "--out", str(killed), "--resume"], stderr=subprocess.DEVNULL,
                                           stdout=subprocess.DEVNULL)
                try:
                    process.wait(timeout=duration * dice.uniform(0.3, 0.9))
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    kills += 1
            self.assertGreater(kills, 0, "no run was killed: the test has tested nothing")
            last = phreatic("train", study, "--out", killed, "--resume")
            self.assertEqual(last.returncode, 0, last.stderr)
            self.assertEqual(model_hashes(killed), model_hashes(whole))
            self.assertFalse(list(killed.rglob("*phreatic-part*")), "nothing half-written stays")

    def test_interrupt_exits_with_130_and_can_go_on(self):
        with Folder() as folder:
            study = write(folder, "small.yml", SMALL.replace("epochs: 4", "epochs: 400"))
            process = subprocess.Popen([PHREATIC, "train", str(study), "--out", str(folder / "run")], stderr=subprocess.PIPE, text=True)
            checkpoint = folder / "run/model/units/all"
            for _ in range(600):
                if list(checkpoint.glob("checkpoint_*")):
                    break
                time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 130, errors)
            self.assertIn("--resume", errors)


class NoLeak(unittest.TestCase):
    def test_later_levels_change_nothing_in_the_models(self):
        """Every level after the validation period replaced by nonsense, in the files themselves: the same models."""
        with Folder() as folder:
            study = write(folder, "small.yml", SMALL)
            self.assertEqual(phreatic("basin", study, "--out", folder / "data").returncode, 0)
            text = SMALL.replace("virtual_wells: true\n", "")
            text = re.sub(r"basin: .*\n", "", text)
            text = text.replace("data:\n", "data:\n" + FILES)
            study = write(folder, "files.yml", text)
            one = phreatic("train", study, "--out", folder / "one")
            self.assertEqual(one.returncode, 0, one.stderr)
            for path in (folder / "data/wells").glob("*.csv"):
                lines = path.read_text().splitlines()
                for i, line in enumerate(lines[1:], 1):
                    date = line.split(",")[0]
                    if date > "2012-06-30":
                        lines[i] = f"{date},{99 + math.sin(i)}"
                path.write_text("\n".join(lines) + "\n")
            two = phreatic("train", study, "--out", folder / "two")
            self.assertEqual(two.returncode, 0, two.stderr)
            hashes = model_hashes(folder / "one")
            self.assertEqual(len(hashes), 2)
            self.assertEqual(hashes, model_hashes(folder / "two"))
            a, b = (json.loads((folder / n / "model/units/all/model.json").read_text()) for n in ("one", "two"))
            self.assertEqual(a, b)


if __name__ == "__main__":
    unittest.main()
