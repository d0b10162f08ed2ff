# SPDX-License-Identifier: BSD-3-Clause
"""phreatic stl and phreatic trend on tables: a line and a fixed season are found through gaps; errors say how to mend."""
import csv
import math
import random
import shutil
import subprocess
import unittest
from pathlib import Path

from common import PHREATIC, Folder, phreatic, write

MPIRUN = shutil.which("mpirun")
MPI_OBJECT = Path(PHREATIC).parent / "libphreatic_mpi.so"


def table(gaps):
    """Two places, 15 years: 3 + 0.1 a month and a season of 5; the second falls instead."""
    lines = ["place," + ",".join(f"v {2002 + i // 12}-{i % 12 + 1:02d}-15" for i in range(180))]
    for place, slope in (("north", 0.1), ("south", -0.1)):
        values = [3 + slope * i + 5 * math.sin(2 * math.pi * i / 12) for i in range(180)]
        lines.append(place + "," + ",".join("" if i in gaps else repr(v) for i, v in enumerate(values)))
    return "\n".join(lines) + "\n"


def many(folder):
    """m.csv, n.csv, o.csv: 100 places, 60 months with gaps."""
    for name, seed in (("m", 1), ("n", 2), ("o", 3)):
        draw = random.Random(seed)
        lines = ["place," + ",".join(f"v {2002 + i // 12}-{i % 12 + 1:02d}-15" for i in range(60))]
        for k in range(100):
            values = [0.1 * k * i / 60 + 5 * math.sin(2 * math.pi * i / 12) + draw.gauss(0, seed) for i in range(60)]
            lines.append(f"p{k}," + ",".join("" if i == k % 60 else f"{v:.6f}" for i, v in enumerate(values)))
        write(folder, f"{name}.csv", "\n".join(lines) + "\n")


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

    def test_tasks_share_the_parts_and_give_the_bytes_of_one_process(self):
        with Folder() as folder:
            many(folder)
            for command in (("stl", "m.csv", "--robust"), ("trend", "m.csv", "--test", "hamed_rao"), ("tch", "A=m.csv", "B=n.csv", "C=o.csv")):
                parts = ("--parts", f"{command[0]}-parts")
                self.assertEqual(phreatic(*command, "--out", "whole.csv", cwd=folder).returncode, 0)
                done = phreatic(*command, *parts, "--task", "1/2", "--out", "shared.csv", cwd=folder)
                self.assertIn("4 parts: 2 computed, 0 were there, 2 left to other tasks", done.stderr)
                self.assertIn("run the same command without --task", done.stderr)
                self.assertFalse((folder / "shared.csv").exists())
                self.assertEqual(phreatic(*command, *parts, "--task", "2/2", "--out", "shared.csv", cwd=folder).returncode, 0)
                self.assertEqual((folder / "whole.csv").read_bytes(), (folder / "shared.csv").read_bytes())
                (folder / "shared.csv").unlink()
                broken = folder / f"{command[0]}-parts/part_0003.bin"
                broken.write_bytes(broken.read_bytes()[:-1])
                done = phreatic(*command, *parts, "--out", "shared.csv", cwd=folder)
                self.assertIn("4 parts: 1 computed, 3 were there, 0 left to other tasks", done.stderr)
                self.assertEqual((folder / "whole.csv").read_bytes(), (folder / "shared.csv").read_bytes())
                (folder / "shared.csv").unlink()

    def test_parts_of_other_settings_or_data_are_computed_again(self):
        with Folder() as folder:
            many(folder)
            for more in ((), ("--robust",)):
                done = phreatic("stl", "m.csv", *more, "--parts", "p", "--out", "x.csv", cwd=folder)
                self.assertIn("4 computed, 0 were there", done.stderr)
            done = phreatic("stl", "n.csv", "--robust", "--parts", "p", "--out", "x.csv", cwd=folder)
            self.assertIn("4 computed, 0 were there", done.stderr)

    def test_tasks_that_are_none_are_refused(self):
        with Folder() as folder:
            many(folder)
            for words in (("--parts", "p", "--task", "3/2"), ("--parts", "p", "--task", "x"), ("--task", "1/2")):
                done = phreatic("stl", "m.csv", *words, "--out", "x.csv", cwd=folder)
                self.assertEqual(done.returncode, 2, done.stderr)

    @unittest.skipUnless(MPIRUN and MPI_OBJECT.exists(), "Open MPI is not there (mpirun, libphreatic_mpi.so)")
    def test_ranks_of_mpi_share_the_parts_and_give_the_bytes_of_one_process(self):
        with Folder() as folder:
            many(folder)
            # Two solutions in May, none in June, which is told: once, not by every rank.
            write(folder, "m.csv", (folder / "m.csv").read_text().replace("v 2002-06-15", "v 2002-05-31"))
            command = ("trend", "m.csv", "--out")
            alone = phreatic(*command, "whole.csv", cwd=folder)
            self.assertEqual(alone.returncode, 0, alone.stderr)
            self.assertGreater(alone.stderr.count("warning:"), 0)
            done = subprocess.run([MPIRUN, "--allow-run-as-root", "--oversubscribe", "-n", "3", PHREATIC, *command, "shared.csv",
                                   "--parts", "p", "--mpi"], cwd=folder, capture_output=True, text=True, timeout=300)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stderr.count("4 parts: 4 computed"), 1, done.stderr)
            self.assertEqual(done.stderr.count("warning:"), alone.stderr.count("warning:"), done.stderr)
            self.assertEqual((folder / "whole.csv").read_bytes(), (folder / "shared.csv").read_bytes())

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
