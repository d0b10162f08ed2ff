# SPDX-License-Identifier: BSD-3-Clause
"""phreatic tune and phreatic trial: searches go on where they were, are the same again, and say what cannot be searched."""
import csv
import json
import os
import signal
import subprocess
import time
import unittest

from common import PHREATIC, Folder, phreatic

SMALL = ["--set", "fixed=[ensemble.members=1, training.epochs=5, basin.years=6, basin.wells=3]", "--set", "sampler.startup=3"]


def table(run):
    with open(run / "trials.csv") as file:
        return list(csv.DictReader(file))


def tune(folder, out, trials, *more):
    return phreatic("tune", folder / "study.yml", "--out", out, "--set", f"trials={trials}", *SMALL, *more)


class Tuning(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.at = self.folder.__enter__()
        self.assertEqual(phreatic("init", "tuning", self.at / "s").returncode, 0)
        self.at = self.at / "s"

    def tearDown(self):
        self.folder.__exit__(None, None, None)

    def test_a_longer_or_killed_search_has_the_trials_of_an_undisturbed_one(self):
        whole = tune(self.at, self.at / "whole", 6)
        self.assertEqual(whole.returncode, 0, whole.stderr)
        expected = table(self.at / "whole")
        self.assertEqual(len(expected), 6)
        self.assertEqual(tune(self.at, self.at / "longer", 4).returncode, 0)
        longer = tune(self.at, self.at / "longer", 6)
        self.assertIn("4 trials are kept", longer.stderr)
        self.assertEqual(table(self.at / "longer"), expected)
        command = [PHREATIC, "tune", self.at / "study.yml", "--out", self.at / "killed", "--set", "trials=6", *SMALL]
        with subprocess.Popen([str(c) for c in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True) as run:
            kept = self.at / "killed/trials.json"
            while run.poll() is None and not (kept.exists() and len(json.loads(kept.read_text())["trials"]) >= 2):
                time.sleep(0.02)
            os.killpg(run.pid, signal.SIGKILL)
        self.assertEqual(tune(self.at, self.at / "killed", 6).returncode, 0)
        self.assertEqual(table(self.at / "killed"), expected)
        self.assertTrue((self.at / "whole/report.html").exists())
        scores = [float(r["score"]) for r in expected if r["state"] == "complete"]
        winner = next(r for r in expected if r["state"] == "complete" and float(r["score"]) == min(scores))
        best = (self.at / "whole/best.yml").read_text()
        self.assertIn(f"learning_rate: {winner['training.learning_rate']}", best)
        self.assertIn("members: 2", best, "what the search had fixed is as in the study")
        checked = phreatic("check", self.at / "whole/best.yml")
        self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_a_store_of_a_newer_version_and_a_damaged_one_are_refused(self):
        out = self.at / "newer"
        self.assertEqual(tune(self.at, out, 1).returncode, 0)
        for text, words in (('{"format": 2, "key": "", "score": "", "trials": []}', "written by a newer version (format 2"),
                            ('{"key": "", "score": "", "trials": [{"state": "asleep"}]}', "a trial's state is 'asleep'"), ("[", "is no list of trials")):
            (out / "trials.json").write_text(text)
            done = tune(self.at, out, 2)
            self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
            self.assertIn(words, done.stderr)

    def test_what_cannot_be_searched_is_said(self):
        for search, told in [
            ("[{setting: training.learning_rat, low: 0.001, high: 0.01}]", "did you mean 'training.learning_rate'"),
            ("[{setting: data.step, values: [daily, weekly]}]", "decides what it is"),
            ("[{setting: training.learning_rate, low: 0.1, high: 0.01}]", "low must be under high"),
            ("[{setting: training.learning_rate, low: 0, high: 0.01, scale: log}]", "0 or less"),
            ("[{setting: ensemble.members, low: 1, high: 3, whole: true}]", "is fixed too"),
            ("[{setting: model.hidden_size, values: [16]}]", "has one value only"),
            ("[]", "names no setting"),
        ]:
            done = phreatic("check", self.at / "study.yml", "--set", "search=" + search)
            self.assertEqual(done.returncode, 2, search)
            self.assertIn(told, done.stderr)
        done = tune(self.at, self.at / "out", 2, "--set", "search=[{setting: model.hidden_size, values: [8, many]}]")
        self.assertEqual(done.returncode, 2)
        self.assertIn("value many", done.stderr)

    def test_a_search_whose_trials_all_fail_says_why(self):
        done = tune(self.at, self.at / "out", 2, "--set", "search=[{setting: window.seq_length, values: [4000, 5000]}]")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("no trial of the search came to an end", done.stderr)

    def test_a_trial_for_other_programs_tells_its_score_and_may_be_pruned(self):
        small = ["--set", "ensemble.members=1", "--set", "training.epochs=4", "--set", "basin.years=6", "--set", "basin.wells=3"]
        done = phreatic("trial", self.at / "wells.yml", "--out", self.at / "one", *small)
        self.assertEqual(done.returncode, 0, done.stderr)
        score = json.loads((self.at / "one/score.json").read_text())
        with open(self.at / "one/steps.csv") as file:
            steps = [float(r["score"]) for r in csv.DictReader(file)]
        self.assertEqual(len(steps), 4)
        self.assertEqual((score["state"], score["epochs"]), ("complete", 4))
        self.assertAlmostEqual(score["score"], min(steps), places=6)
        (self.at / "two").mkdir()
        (self.at / "two/prune").touch()
        self.assertEqual(phreatic("trial", self.at / "wells.yml", "--out", self.at / "two", *small).returncode, 0)
        score = json.loads((self.at / "two/score.json").read_text())
        self.assertEqual((score["state"], score["epochs"]), ("pruned", 1))
        again = phreatic("trial", self.at / "wells.yml", "--out", self.at / "one", *small)
        self.assertEqual(again.returncode, 2)
        self.assertIn("a trial that has ended", again.stderr)


if __name__ == "__main__":
    unittest.main()
