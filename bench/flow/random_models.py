#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Small random models that mix packages, options and ways to write input, run by MODFLOW 6 and by phreatic: where do heads,
budgets, listings and observations differ?

    MF6=path/to/mf6 PHREATIC=build/bin/phreatic bench/flow/random_models.py [FIRST [LAST]] [--keep FOLDER]

Compared are heads (model's unit), every entry of every term of the budget file, every rate and volume printed in the listing and
every observation (flows in part of the largest of the step). A model that MODFLOW 6 does not solve is left out and counted. With
--keep the folders of models that differ stay. The MODFLOW 6 program is expected to be the 6.2.1 release candidate of the PyPI package
flopyarcade: what that one does otherwise than 6.6.2 is not asked for (storage in half-filled cells, ATS, BUDGETCSV).
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from random_model.model import Model  # noqa: E402
from random_model.results import differences  # noqa: E402


def main():
    if "MF6" not in os.environ:
        sys.exit("random_models.py: skipped: MF6 names no MODFLOW 6 program")
    words = [w for w in sys.argv[1:] if not w.startswith("--")]
    kept = Path(words.pop()) if "--keep" in sys.argv else None
    first, last = (int(x) for x in (words + ["0", "100"][len(words):])[:2])
    ours = os.path.abspath(os.environ.get("PHREATIC", "build/bin/phreatic"))
    counts = {"alike": 0, "different": 0, "only phreatic solves": 0, "only MODFLOW 6 solves": 0, "neither solves": 0}
    for seed in range(first, last):
        folder = Path(tempfile.mkdtemp(prefix="random-"))
        model = Model(seed, folder)
        model.make()
        try:
            theirs = subprocess.run([os.environ["MF6"]], cwd=folder, capture_output=True, text=True, timeout=60).stdout
        except subprocess.TimeoutExpired:
            theirs = ""
        try:
            run = subprocess.run([ours, "flow", "run", str(folder), "--out", str(folder / "out"), "--quiet"], capture_output=True, text=True, timeout=60)
        except subprocess.TimeoutExpired:
            run = subprocess.CompletedProcess([], 124, "", "timeout")
        a, b = "Normal termination" in theirs, run.returncode == 0
        found = []
        if a and b:
            found = differences(folder, folder / "out", model)
            kind = "different" if found else "alike"
        else:
            kind = "neither solves" if not a and not b else "only phreatic solves" if b else "only MODFLOW 6 solves"
            if not b:
                found = [(run.stderr or run.stdout).strip()[-600:]]
            if not a:
                found.append("MODFLOW 6: " + " ".join(re.sub(r"\s+", " ", theirs).split(" ")[-60:]))
        counts[kind] += 1
        if kind != "alike":
            print(f"{seed}: {kind}")
            for line in found[:int(os.environ.get("LINES", "6"))]:
                print("   ", line)
            if len(found) > 6:
                print(f"    and {len(found) - 6} more")
            sys.stdout.flush()
        if kept and kind != "alike":
            shutil.rmtree(kept / str(seed), ignore_errors=True)
            shutil.copytree(folder, kept / str(seed))
        shutil.rmtree(folder)
    print(", ".join(f"{n} {kind}" for kind, n in counts.items()))


if __name__ == "__main__":
    main()
