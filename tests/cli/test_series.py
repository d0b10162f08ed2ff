# SPDX-License-Identifier: BSD-3-Clause
"""phreatic stl and phreatic trend on tables: a line and a fixed season are found through gaps; errors say how to mend."""
import csv
import math
import unittest

from common import Folder, phreatic, write


def table(gaps):
    """Two places, 15 years: 3 + 0.1 a month and a season of 5; the second falls instead."""
    lines = ["place," + ",".join(f"v {2002 + i // 12}-{i % 12 + 1:02d}-15" for i in range(180))]
    for place, slope in (("north", 0.1), ("south", -0.1)):
        values = [3 + slope * i + 5 * math.sin(2 * math.pi * i / 12) for i in range(180)]
        lines.append(place + "," + ",".join("" if i in gaps else repr(v) for i, v in enumerate(values)))
    return "\n".join(lines) + "\n"


def read(path):
    with open(path) as file:
        return list(csv.DictReader(file))


class Series(unittest.TestCase):
    def test_a_line_and_a_season_are_found_through_gaps(self):
        gaps = set(range(60, 71)) | {3, 179}
        with Folder() as folder:
            write(folder, "t.csv", table(gaps))
            done = phreatic("stl", "t.csv", "--periodic", "--out", "parts.csv", "--summary", "s.csv", cwd=folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            rows = read(folder / "parts.csv")
            self.assertEqual(len(rows), 360)
            for i, row in enumerate(rows[:180]):
                self.assertAlmostEqual(float(row["trend"]), 3 + 0.1 * i, delta=0.02)
                self.assertEqual(row["remainder"] == "", i in gaps)
            summary = read(folder / "s.csv")
            self.assertEqual([row["values"] for row in summary], ["167", "167"])
            self.assertAlmostEqual(float(summary[0]["amplitude"]), 5, delta=0.05)
            self.assertEqual(summary[0]["peak_month"], "4")
            done = phreatic("trend", "t.csv", "--out", "trend.csv", cwd=folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            north, south = read(folder / "trend.csv")
            self.assertAlmostEqual(float(north["slope_per_year"]), 1.2, delta=0.01)
            self.assertAlmostEqual(float(south["slope_per_year"]), -1.2, delta=0.01)
            self.assertEqual(north["significant"], "yes")

    def test_what_is_wrong_is_told_with_a_remedy(self):
        with Folder() as folder:
            write(folder, "t.csv", table(set()))
            for arguments, words in ((("stl", "t.csv", "--span", "8", "--out", "x.csv"), "odd numbers"),
                                     (("stl", "t.csv", "--out", "x.nc"), "needs grids"),
                                     (("trend", "t.csv", "--out", "x.txt"), ".csv, .tif"),
                                     (("trend", "t.csv", "--places", "west", "--out", "x.csv"), "is no place"),
                                     (("trend", "none.csv", "--out", "x.csv"), "no such file")):
                done = phreatic(*arguments, cwd=folder)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(words, done.stderr)
            write(folder, "t.csv", table(set(range(180)) - {0, 1, 2}))
            done = phreatic("trend", "t.csv", "--season", "none", "--out", "x.csv", cwd=folder)
            self.assertEqual(done.returncode, 2)
            self.assertIn("fewer than 10 values", done.stderr)
            self.assertIn("t.csv: has no series", done.stderr)
            self.assertFalse((folder / "x.csv").exists())
            done = phreatic("stl", "t.csv", "--out", "x.csv", cwd=folder)
            self.assertEqual(done.returncode, 2)
            self.assertIn("t.csv: has no series", done.stderr)
            self.assertFalse((folder / "x.csv").exists())

    def test_a_code_for_missing_is_refused_until_it_is_declared(self):
        gaps = {3, 60}
        with Folder() as folder:
            write(folder, "gaps.csv", table(gaps))
            write(folder, "codes.csv", table(gaps).replace(",,", ",-9999,"))
            for command in ("stl", "trend"):
                done = phreatic(command, "codes.csv", "--out", "codes-out.csv", cwd=folder)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("place north", done.stderr)
                self.assertIn("--missing -9999", done.stderr)
                done = phreatic(command, "codes.csv", "--missing", "-9999", "--out", "codes-out.csv", cwd=folder)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("taken as missing (4 values)", done.stderr)
                done = phreatic(command, "gaps.csv", "--out", "gaps-out.csv", cwd=folder)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(read(folder / "codes-out.csv"), read(folder / "gaps-out.csv"))


if __name__ == "__main__":
    unittest.main()
