# SPDX-License-Identifier: BSD-3-Clause
"""Levels at wells and discharge at gauges as two targets of one network, to the report; the trained model applied to two sets of drivers."""
import csv
import unittest

from common import Folder, phreatic, write

STUDY = """\
study: wells
title: Two targets
virtual_wells: true
basin: {seed: 3, wells: 4, years: 4, spin_up_years: 1, aquifer: groundwater, grid: {rows: 12, columns: 12, cell_size: 500, gauges: 2}}
data:
  targets:
    - {files: "wells/{id}.csv", column: level_m}
    - {files: "discharge/{id}.csv", name: discharge, column: discharge_m3_s, quantity: other, unit: m3/s}
  split:
    train: {last: 2011-06-30}
    validation: {first: 2011-07-01, last: 2011-12-31}
    test: {first: 2012-01-01}
targets: [{name: level, interval: 5}]
attributes: none
window: {seq_length: 90, predict_last_n: 30}
model: {hidden_size: 8}
loss: {kind: mse}
training: {epochs: 3, batch_size: 16, learning_rate: 0.01, seed: 1}
baselines: [persistence, climatology]
explain: {stride: 90, reference_windows: 16, truth: false, expected_gradients: {tolerance: 0.1, max_draws: 128}}
figures: {formats: [svg], widths: [180]}
"""

USE = """\
data:
  wells: [V01, V02, G1]
  drivers:
    - files: %s
      columns:
        - {column: precipitation_mm, name: precipitation, unit: mm/d%s}
        - {column: temperature_degC, name: temperature, unit: degC}
        - {column: pet_mm, name: pet, unit: mm/d}
        - {column: pumping_mm, name: pumping, unit: mm/d}
"""


def rows_of(path):
    with open(path) as file:
        return list(csv.DictReader(file))


class TwoTargets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = Folder()
        cls.folder = cls.holder.__enter__()
        cls.study = write(cls.folder, "two.yml", STUDY)
        cls.out = cls.folder / "run"
        cls.done = phreatic("run", cls.study, "--out", cls.out)

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    def test_the_starter_has_nothing_to_warn_of(self):
        made = phreatic("init", "two-targets", self.folder / "starter")
        self.assertEqual(made.returncode, 0, made.stderr)
        done = phreatic("check", self.folder / "starter/study.yml", "--set", "basin.years=3", "--set", "data.split.train.last=2009-12-31",
                        "--set", "data.split.validation={first: 2010-01-01, last: 2010-06-30}", "--set", "data.split.test={first: 2010-07-01, last: 2011-12-31}",
                        "--set", "window.seq_length=90", "--set", "window.predict_last_n=30")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("warning", done.stderr)

    def test_each_target_has_its_files_and_its_scores(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)
        for name in ("predictions.nc", "predictions_discharge.csv", "baselines_discharge.csv", "model/bands_discharge.nc", "explain_discharge/contributions.csv"):
            self.assertTrue((self.out / name).exists(), name)
        scored = {(r["variable"], r["entity"]) for r in rows_of(self.out / "metrics.csv") if r["period"] == "test" and r["model"] == "lstm" and r["entity"] != "all"}
        self.assertEqual({v for v, _ in scored}, {"level", "discharge"})
        self.assertEqual({e for v, e in scored if v == "discharge"}, {"G1", "G2"})
        self.assertEqual({e for v, e in scored if v == "level"}, {"V01", "V02", "V03", "V04"})

    def test_the_scores_are_those_of_the_predictions(self):
        """NSE of both targets from their predictions by its definition: levels against means of five days."""
        wanted = {(r["variable"], r["entity"]): float(r["value"]) for r in rows_of(self.out / "metrics.csv")
                  if r["period"] == "test" and r["model"] == "lstm" and r["metric"] == "NSE"}
        for variable, file, unit, every in (("level", "predictions.csv", "m", 5), ("discharge", "predictions_discharge.csv", "m3/s", 1)):
            series = {}
            for row in rows_of(self.out / file):
                if row["date"] >= "2012-01-01" and row[f"observed_{unit}"] and row[f"simulated_{unit}"]:
                    series.setdefault(row["well"], []).append((float(row[f"observed_{unit}"]), float(row[f"simulated_{unit}"])))
            for well, pairs in series.items():
                self.assertAlmostEqual(len(pairs), 366 / every, delta=30 if every == 5 else 1)
                mean = sum(o for o, _ in pairs) / len(pairs)
                nse = 1 - sum((o - s) ** 2 for o, s in pairs) / sum((o - mean) ** 2 for o, _ in pairs)
                self.assertAlmostEqual(nse, wanted[variable, well], places=3)

    def test_contributions_to_discharge_stand_in_its_unit_and_add_up(self):
        rows = rows_of(self.out / "explain_discharge/contributions.csv")
        self.assertTrue(rows)
        for row in rows:
            self.assertIn(row["well"], ("G1", "G2"))
            total = sum(float(row[f"{d}_m3/s"]) for d in ("precipitation", "temperature", "pet", "pumping"))
            self.assertAlmostEqual(total + float(row["base_m3/s"]) - float(row["simulated_m3/s"]), float(row["residual_m3/s"]), places=5)

    def test_the_report_shows_both(self):
        page = (self.out / "report.html").read_text()
        self.assertIn("discharge: Can I trust it?", page)
        self.assertRegex(self.done.stderr, r"places with level reach NSE.*places with discharge reach NSE")

    def test_a_second_run_is_up_to_date_and_a_weight_trains_again(self):
        self.assertIn("train: up to date", phreatic("run", self.study, "--out", self.out, "--dry-run").stdout)
        heavier = write(self.folder, "heavier.yml", STUDY.replace("interval: 5", "interval: 5, weight: 2"))
        why = phreatic("run", heavier, "--out", self.out, "--dry-run")
        self.assertIn("train: runs\n  setting targets[0].weight: 1 -> 2", why.stdout, why.stderr)
        self.assertNotIn("train: up to date", why.stdout)

    def test_applied_to_two_sets_of_drivers_it_writes_differences_and_a_page(self):
        files = str(self.out / "data/drivers") + "/{id}.csv"
        dry = write(self.folder, "dry.yml", USE % (files, ""))
        wet = write(self.folder, "wet.yml", USE % (files, ", factor: 1.5"))
        out = self.folder / "applied"
        done = phreatic("apply", self.out, dry, "--compare", wet, "--out", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        old = {(r["well"], r["date"]): r["simulated_m"] for r in rows_of(self.out / "predictions.csv")}
        for row in rows_of(out / "predictions.csv"):
            self.assertEqual(row["simulated_m"], old[row["well"], row["date"]], "with the run's drivers the run's numbers come out")
        for name, well in (("differences.csv", "V01"), ("differences_discharge.csv", "G1")):
            rows = [r for r in rows_of(out / name) if r["period"] == "all"]
            self.assertIn(well, {r["well"] for r in rows})
            unit = "m" if name == "differences.csv" else "m3/s"
            for row in rows:
                self.assertAlmostEqual(float(row[f"difference_{unit}"]), float(row[f"second_{unit}"]) - float(row[f"first_{unit}"]), places=5)
        wetter = {r["well"]: r for r in rows_of(out / "compare/ranges.csv") if r["input"] == "precipitation"}
        self.assertGreater(int(wetter["V01"]["above"]), 0, "1.5 times the rain leaves the training range")
        page = (out / "report.html").read_text()
        self.assertIn("Where does the model extrapolate?", page)
        self.assertIn("Difference by well and period", page)

    def test_apply_says_what_is_missing(self):
        bare = write(self.folder, "bare.yml", USE % (str(self.out / "data/drivers") + "/{id}.csv", "") + "  step: weekly\n")
        done = phreatic("apply", self.out, bare, "--out", self.folder / "refused")
        self.assertEqual(done.returncode, 2)
        self.assertIn("the model's step, daily", done.stderr)
        self.assertEqual(phreatic("apply", self.folder, bare, "--out", self.folder / "refused").returncode, 2)
        self.assertIn("would be overwritten", phreatic("apply", self.out, bare, "--out", self.out).stderr)


class TwoTargetsAhead(unittest.TestCase):
    """Forecasts of both targets, from each target's damped anomaly and from its value known last; rolling origins of both."""

    @classmethod
    def setUpClass(cls):
        cls.holder = Folder()
        cls.folder = cls.holder.__enter__()
        study = (STUDY.replace("targets: [{name: level, interval: 5}]\n", "").replace("data:\n", "data:\n  step: weekly\n", 1)
                 .replace("window: {seq_length: 90, predict_last_n: 30}", "window: {mode: forecast, seq_length: 20, horizon: 3}")
                 .replace("stride: 90, reference_windows: 16", "stride: 20, reference_windows: 8")
                 + "rolling: {origins: 2, test: 20}\n")
        cls.runs = {}
        for kind in ("damped_anomaly", "change"):
            path = write(cls.folder, f"{kind}.yml", study + f"forecast: {{target: {kind}, drivers: hidden}}\n")
            cls.runs[kind] = phreatic("run", path, "--out", cls.folder / kind)

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    def test_both_targets_are_forecast_at_every_lead_and_scored_as_their_file_says(self):
        for kind, done in self.runs.items():
            self.assertEqual(done.returncode, 0, done.stderr)
            rows = {(r["variable"], r["entity"], r["period"], r["metric"]): float(r["value"]) for r in rows_of(self.folder / kind / "metrics.csv") if r["model"] == "lstm"}
            for variable, place in (("level", "V01"), ("discharge", "G1")):
                for lead in (1, 2, 3):
                    self.assertIn((variable, place, f"test lead {lead}", "NSE"), rows)
                    weight = (variable, place, f"test lead {lead}", "network_weight")
                    self.assertEqual(weight in rows, kind == "damped_anomaly")
            # The largest lead of discharge from predictions_discharge.csv, by the definition of the score.
            pairs = [(float(r["observed_m3/s"]), float(r["simulated_m3/s"])) for r in rows_of(self.folder / kind / "predictions_discharge.csv")
                     if r["well"] == "G1" and r["date"] >= "2012-01-01" and r["observed_m3/s"] and r["simulated_m3/s"]]
            error = (sum((o - s) ** 2 for o, s in pairs) / len(pairs)) ** 0.5
            self.assertAlmostEqual(error / rows["discharge", "G1", "test lead 3", "RMSE"], 1, places=2)

    def test_contributions_of_both_add_up_with_the_past_of_the_target_itself(self):
        for kind in self.runs:
            for folder, unit in (("explain", "m"), ("explain_discharge", "m3/s")):
                rows = rows_of(self.folder / kind / folder / "contributions.csv")
                self.assertTrue(rows)
                drivers = [k[:-len(unit) - 1] for k in rows[0] if k.endswith("_" + unit) and f"{k[:-len(unit) - 1]}_error_{unit}" in rows[0]]
                self.assertIn("past_discharge", drivers)
                for row in rows:
                    total = sum(float(row[f"{d}_{unit}"] or 0) for d in drivers)
                    self.assertAlmostEqual(total + float(row[f"base_{unit}"]) - float(row[f"simulated_{unit}"]), float(row[f"residual_{unit}"]), places=4)

    def test_rolling_origins_score_both_targets_and_pool_each_lead(self):
        for kind in self.runs:
            rows = rows_of(self.folder / kind / "rolling/metrics.csv")
            have = {(r["variable"], r["entity"], r["period"]) for r in rows if r["model"] == "lstm" and r["metric"] == "RMSE"}
            for variable, place in (("level", "V02"), ("discharge", "G2")):
                for lead in (1, 2, 3):
                    self.assertIn((variable, place, f"all origins lead {lead}"), have)
            value = {(r["variable"], r["period"], r["metric"]): float(r["value"]) for r in rows if r["model"] == "lstm" and r["entity"] in ("G2", "V02")}
            for variable in ("level", "discharge"):
                for metric in ("NSE", "RMSE", "NSE_trainmean", "n"):
                    self.assertEqual(value[variable, "all origins", metric], value[variable, "all origins lead 3", metric], "what stands for all is the largest lead")
        page = (self.folder / "change/report.html").read_text()
        self.assertIn("Leads over all origins", page)


if __name__ == "__main__":
    unittest.main()
