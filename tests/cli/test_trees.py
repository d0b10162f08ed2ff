# SPDX-License-Identifier: BSD-3-Clause
"""phreatic trees: predict and explain a model that XGBoost wrote; errors that say how to mend."""
import csv
import json
import os
import unittest

from common import ROOT, Folder, phreatic, write

DATA = ROOT / "tests/reference/trees/data/xgboost-3.4.1"


def table(order):
    rows = json.loads((DATA / "rows.json").read_text())
    names = rows["names"]
    lines = [",".join(["site", *order])]
    for i, row in enumerate(rows["rows"]):
        cells = {n: "" if v is None else repr(v) for n, v in zip(names, row)}
        lines.append(",".join([f"S{i}"] + [cells.get(n, "7") for n in order]))
    return "\n".join(lines) + "\n"


def read(path):
    with open(path) as file:
        return list(csv.DictReader(file))


class Trees(unittest.TestCase):
    def test_predictions_are_xgboosts_whatever_the_order_of_the_columns(self):
        expected = json.loads((DATA / "expected.json").read_text())
        with Folder() as folder:
            write(folder, "t.csv", table(["yield", "more", "depth", "rate", "area", "transmissivity"]))
            for name in ("squarederror.json", "gamma.ubj"):
                done = phreatic("trees", "predict", DATA / name, "t.csv", "--id", "site", "-o", "p.csv", cwd=folder)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("another order", done.stderr)
                self.assertIn("more", done.stderr)
                for row, value in zip(read(folder / "p.csv"), expected[name.split(".")[0]]["prediction"], strict=True):
                    self.assertAlmostEqual(float(row["prediction"]), value, delta=1e-6 * max(1, abs(value)))

    def test_contributions_sum_to_the_prediction_and_factors_multiply_to_it(self):
        with Folder() as folder:
            write(folder, "t.csv", table(["rate", "area", "transmissivity", "depth", "yield"]))
            done = phreatic("trees", "explain", DATA / "gamma.ubj", "t.csv", "--id", "site", "--interactions", "--background", "t.csv",
                            "-o", "out", cwd=folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            phreatic("trees", "predict", DATA / "gamma.ubj", "t.csv", "--id", "site", "-o", "p.csv", cwd=folder)
            factors = read(folder / "out/factors.csv")
            for row, predicted in zip(factors, read(folder / "p.csv"), strict=True):
                product = float(row["base"])
                for name in ("rate", "area", "transmissivity", "depth", "yield"):
                    product *= float(row[name])
                self.assertAlmostEqual(product / float(predicted["prediction"]), 1, delta=1e-5)
            page = (folder / "out/report.html").read_text()
            for id in ("beeswarm", "waterfall", "importance-variance", "interactions"):
                self.assertIn(f'"{id}"', page)

    def test_a_text_in_a_column_that_the_model_needs_is_told_with_its_line(self):
        with Folder() as folder:
            lines = table(["rate", "area", "transmissivity", "depth", "yield"]).splitlines()
            cells = lines[2].split(",")
            lines[2] = ",".join([cells[0], "high", *cells[2:]])
            write(folder, "t.csv", "\n".join(lines) + "\n")
            wrong = phreatic("trees", "predict", DATA / "squarederror.json", "t.csv", "-o", "p.csv", cwd=folder)
            self.assertEqual(wrong.returncode, 2)
            self.assertIn("'high' is no number", wrong.stderr)
            self.assertIn("t.csv:3", wrong.stderr)

    def test_training_looks_at_its_input_before_the_library_and_at_the_name_of_the_model(self):
        with Folder() as folder:
            write(folder, "t.csv", "x,y\n1,2\n2,oops\n")
            wrong = phreatic("trees", "train", "t.csv", "--target", "y", "-o", "model.txt", cwd=folder,
                             env={**os.environ, "PHREATIC_XGBOOST": "/nowhere.so"})
            self.assertEqual(wrong.returncode, 2)
            self.assertIn("'oops' is no number", wrong.stderr)
            self.assertIn(".json or .ubj", wrong.stderr)

    def test_what_is_wrong_is_told_with_a_remedy(self):
        with Folder() as folder:
            write(folder, "t.csv", table(["rate", "area", "transmissivity", "depths", "yield"]))
            wrong = phreatic("trees", "predict", DATA / "squarederror.json", "t.csv", "-o", "p.csv", cwd=folder)
            self.assertEqual(wrong.returncode, 2)
            self.assertIn("feature 'depth'", wrong.stderr)
            self.assertIn("Did you name it 'depths'?", wrong.stderr)
            refused = phreatic("trees", "explain", DATA / "refused_categories.json", "t.csv", "-o", "out", cwd=folder)
            self.assertEqual(refused.returncode, 2)
            self.assertIn("categorical splits", refused.stderr)
            missing = phreatic("trees", "predict", "none.json", "t.csv", "-o", "p.csv", cwd=folder)
            self.assertEqual(missing.returncode, 2)
            self.assertIn("none.json", missing.stderr)


if __name__ == "__main__":
    unittest.main()
