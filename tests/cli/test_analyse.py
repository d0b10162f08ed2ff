# SPDX-License-Identifier: BSD-3-Clause
"""phreatic analyse: its tables against what the same files give when recomputed here, from the training period alone."""
import csv
import unittest

from common import FILES, Folder, phreatic, write

STUDY = "study: wells\ntitle: Series\ndata:\n" + FILES + "  split: {train: {last: 2011-12-31}, validation: {first: 2012-01-01, last: 2012-06-30}, test: {first: 2012-07-01}}\n"


def rows_of(path):
    with open(path) as file:
        return list(csv.DictReader(file))


def monthly(path, column):
    months = {}
    for row in rows_of(path):
        if row[column] and "2009-01-01" <= row["date"] <= "2011-12-31":
            months.setdefault(row["date"][:7], []).append(float(row[column]))
    return {month: sum(v) / len(v) for month, v in months.items()}


class Analyse(unittest.TestCase):
    def test_lags_and_index_are_those_of_the_training_months(self):
        with Folder() as folder:
            basin = write(folder, "basin.yml", "study: wells\nvirtual_wells: true\nbasin: {seed: 3, wells: 3, years: 5}\n")
            self.assertEqual(phreatic("basin", basin, "--out", folder / "data").returncode, 0)
            done = phreatic("analyse", write(folder, "study.yml", STUDY), "--out", folder / "out", "--set", "data.end=2013-12-31")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("false discovery rate", done.stdout)
            self.assertTrue((folder / "out/report.html").exists())
            table = {(r["well"], r["driver"], int(r["lag_months"])): r for r in rows_of(folder / "out/lag_correlations.csv")}
            well = rows_of(folder / "out/entropy.csv")[0]["well"]
            rain = monthly(folder / f"data/drivers/{well}.csv", "precipitation_mm")
            level = monthly(folder / f"data/wells/{well}.csv", "level_m")
            names = sorted(rain)
            for lag in (0, 3):
                pairs = [(rain[names[i - lag]], level[name]) for i, name in enumerate(names) if i >= lag and name in level]
                mean = [sum(p[k] for p in pairs) / len(pairs) for k in (0, 1)]
                cov, x, y = (sum(f(p) for p in pairs) for f in (lambda p: (p[0] - mean[0]) * (p[1] - mean[1]),
                                                               lambda p: (p[0] - mean[0]) ** 2, lambda p: (p[1] - mean[1]) ** 2))
                self.assertEqual(int(table[well, "precipitation", lag]["n"]), len(pairs))
                self.assertAlmostEqual(float(table[well, "precipitation", lag]["pearson"]), cov / (x * y) ** 0.5, places=3)
            entropy = rows_of(folder / "out/entropy.csv")
            self.assertTrue(all(0 <= float(r["entropy_normalised"]) <= 1 for r in entropy))
            # Three training years are fewer than the five that an index needs.
            self.assertEqual({r["index"] for r in rows_of(folder / "out/groundwater_index.csv")}, {""})


if __name__ == "__main__":
    unittest.main()
