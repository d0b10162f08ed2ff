# SPDX-License-Identifier: BSD-3-Clause
"""Nine models of levels and discharge from one study file: one table, no leak in any of them."""
import csv
import re
import shutil
import statistics
import unittest

from common import SMALL, Folder, model_hashes, phreatic, write
from test_targets import STUDY

BASE = re.sub(r"explain: .*\n", "explain: {enabled: false}\n", STUDY)
NINE = """\
study: comparison
title: Nine models
compared: two.yml
set: [training.epochs=2, ensemble.members=1, model.hidden_size=8]
models:
  - {name: ST-GRU, networks: each, set: [model.cell=gru, model.branch_layers=1]}
  - {name: ST-LSTM, networks: each, set: [model.branch_layers=1]}
  - {name: ST-TFT, networks: each, set: [model.architecture=tft]}
  - {name: MT-GRU, set: [model.cell=gru, model.branch_layers=1]}
  - {name: MT-LSTM, set: [model.branch_layers=1, training.target_balance=uncertainty]}
  - {name: MT-TFT, set: [model.architecture=tft]}
bootstrap: {block_steps: 60, resamples: 200}
"""
# The same wells and gauges read from files, so that later observations can be blanked.
FILES = """\
  step: daily
  drivers:
    - files: drivers/{id}.csv
      columns:
        - {column: precipitation_mm, name: precipitation, unit: mm/d}
        - {column: temperature_degC, name: temperature, unit: degC}
"""


def rows_of(path):
    with open(path) as file:
        return list(csv.DictReader(file))


class Comparison(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = Folder()
        cls.folder = cls.holder.__enter__()
        write(cls.folder, "two.yml", BASE)
        cls.study = write(cls.folder, "nine.yml", NINE)
        cls.out = cls.folder / "nine"
        cls.done = phreatic("run", cls.study, "--out", cls.out)

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    def test_one_table_has_every_model_and_target_as_its_own_run_says(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)
        table = rows_of(self.out / "comparison.csv")
        self.assertEqual(len(table), 12)
        for row in table:
            joint = row["model"].startswith("MT")
            run = self.out / "runs" / (row["model"].lower() + ("" if joint else "-" + row["target"]))
            name = {"GRU": "gru", "LSTM": "lstm", "TFT": "tft"}[row["model"][3:]]
            own = [float(r["value"]) for r in rows_of(run / "metrics.csv")
                   if (r["variable"], r["period"], r["metric"], r["model"]) == (row["target"], "test", "NSE", name) and r["entity"] != "all"]
            self.assertEqual(len(own), 4 if row["target"] == "level" else 2)
            self.assertAlmostEqual(float(row["NSE_median"]), statistics.median(own), delta=1e-4 * max(1, abs(statistics.median(own))))
        pairs = rows_of(self.out / "differences.csv")
        self.assertEqual(len(pairs), 2 * 15)
        for row in pairs:
            self.assertLessEqual(float(row["low"]), float(row["NSE_mean_difference"]) + 1e-9)
            self.assertTrue(0 < float(row["p"]) <= 1)
        page = (self.out / "report.html").read_text()
        self.assertIn("Which differences may be chance?", page)
        for part in ("boxes-level", "boxes-discharge", "places-table", "scatter-discharge", "simulated by "):
            self.assertIn(part, page)

    def test_scores_of_every_place_are_those_of_its_run(self):
        of_run = {(r["entity"], r["metric"]): float(r["value"]) for r in rows_of(self.out / "runs/mt-lstm/metrics.csv")
                  if (r["variable"], r["period"], r["model"]) == ("discharge", "test", "lstm") and r["metric"] in ("NSE", "R2", "RMSE")}
        mine = [r for r in rows_of(self.out / "entities.csv") if (r["target"], r["model"]) == ("discharge", "MT-LSTM")]
        self.assertEqual(len(mine), 2)
        for row in mine:
            for metric in ("NSE", "R2", "RMSE"):
                self.assertAlmostEqual(float(row[metric]), of_run[row["entity"], metric], delta=1e-4 * max(1, abs(of_run[row["entity"], metric])))

    def test_a_seed_is_that_of_every_model(self):
        done = phreatic("run", self.study, "--out", self.folder / "seed", "--set", "seed=9", "--until", "st-gru-level")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex((self.folder / "seed/runs/st-gru-level/study.yml").read_text(), r"(?s)\ntraining:.*?\n +seed: 9\n")

    def test_finished_runs_are_kept_and_a_model_may_be_added(self):
        weights = model_hashes(self.out / "runs/mt-lstm")
        more = NINE.replace("bootstrap:", "  - {name: MT-LSTM-2, set: [model.layers=2]}\nbootstrap:")
        out = self.folder / "ten"
        shutil.copytree(self.out, out)
        done = phreatic("run", write(self.folder, "ten.yml", more), "--out", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("mt-lstm: up to date", done.stderr)
        self.assertEqual(model_hashes(out / "runs/mt-lstm"), weights)
        self.assertEqual(len(rows_of(out / "comparison.csv")), 14)

    def test_problems_name_the_model(self):
        wrong = NINE.replace("model.architecture=tft]}\n  - {name: MT-GRU", "model.architecture=tft, model.cell=gru]}\n  - {name: MT-GRU").replace("{name: MT-TFT, set: [", "{name: MT-TFT, set: [window.sequence=3, ")
        done = phreatic("check", write(self.folder, "wrong.yml", wrong))
        self.assertEqual(done.returncode, 2)
        self.assertIn("models, MT-TFT, set: window: unknown key 'sequence'", done.stderr)
        self.assertNotIn("--set", done.stderr)
        one = re.sub(r"  - \{name: (?!ST-GRU).*\n", "", NINE)
        done = phreatic("run", write(self.folder, "one.yml", one), "--out", self.folder / "one")
        self.assertEqual(done.returncode, 2)
        self.assertIn("names one only", done.stderr)
        done = phreatic("check", self.folder / "two.yml", "--set", "only_targets=[flow]")
        self.assertEqual(done.returncode, 2)
        self.assertIn("level, discharge", done.stderr)


class Comparable(unittest.TestCase):
    def test_what_cannot_stand_beside_each_other_is_refused(self):
        with Folder() as folder:
            self.refuse(folder)

    def refuse(self, folder):
        forecast = re.sub(r"window: .*", "window: {mode: forecast, seq_length: 90, horizon: 14}", SMALL)
        write(folder, "small.yml", re.sub(r"explain: .*", "explain: {enabled: false}", forecast))
        for said, change in (
                ("simulates, but model A forecasts", "{name: B, set: [window.mode=simulation]}"),
                ("forecasts 7 steps ahead, but model A 14", "{name: B, set: [window.horizon=7]}"),
                ("is of other virtual wells", "{name: B, set: [basin.seed=4]}"),
                ("another test period", "{name: B, set: ['data.split.test={first: 2013-01-01, last: 2013-12-31}']}"),
                ("is the same as model A, setting by setting", "{name: B}"),
                ("cannot name a folder", "{name: a/b, set: [training.seed=9]}"),
                ("cannot name a folder", "{name: .., set: [training.seed=9]}"),
                ("models, B, set: model.cell: 'grx' is not known; did you mean 'gru'?", "{name: B, set: [model.cell=grx]}"),
                ("models, B, set: model.cell: is not of the form key=value", "{name: B, set: [model.cell]}"),
                ("bootstrap.block_steps", "{name: B, set: [training.seed=9]}\nbootstrap: {block_steps: 4000}")):
            text = "study: comparison\ncompared: small.yml\n" + f"models:\n  - {{name: A}}\n  - {change}\n"
            done = phreatic("check", write(folder, "cannot.yml", text))
            self.assertEqual(done.returncode, 2, said)
            self.assertIn(said, done.stderr)
            self.assertNotIn("--set", done.stderr)
            self.assertIn("cannot.yml: ", done.stderr)


class NoLeakInNine(unittest.TestCase):
    def test_blanked_later_observations_change_no_weight_of_any_model(self):
        with Folder() as folder:
            write(folder, "two.yml", BASE)
            made = phreatic("basin", folder / "two.yml", "--out", folder / "whole")
            self.assertEqual(made.returncode, 0, made.stderr)
            shutil.copytree(folder / "whole", folder / "blank")
            blanked = 0
            for file in [*(folder / "blank/wells").iterdir(), *(folder / "blank/discharge").iterdir()]:
                lines = file.read_text().splitlines()
                kept = []
                for line in lines:
                    cells = line.split(",")
                    if cells[0] >= "2012-01-01" and cells[0][:1] == "2":
                        cells[1:] = [""] * (len(cells) - 1)
                        blanked += 1
                    kept.append(",".join(cells))
                file.write_text("\n".join(kept) + "\n")
            self.assertGreater(blanked, 1000)
            study = re.sub(r"virtual_wells: .*\nbasin: .*\n", "", BASE).replace("data:\n", "data:\n" + FILES)
            hashes = {}
            for name in ("whole", "blank"):
                write(folder, f"{name}/two.yml", study)
                done = phreatic("run", write(folder, f"{name}/nine.yml", NINE.replace("set: [training", "set: ['baselines=[]', training")), "--out", folder / name / "nine", "--until", "mt-tft")
                hashes[name] = model_hashes_below(folder / name / "nine/runs")
                if name == "whole":
                    self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(len(hashes["whole"]), 9)
            self.assertEqual(hashes["whole"], hashes["blank"])


def model_hashes_below(folder):
    """Bytes of every weight file below a folder of run folders."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.glob("*/model/**/member_*.safetensors"))}
