# SPDX-License-Identifier: BSD-3-Clause
"""A whole downscaling study at the size of a basin: 720 coarse and 18,000 fine cells, 261 months, three products, five
covariates with their sums, two models and their combination, wells, zones, figures and report. No peer does this."""
import os
import pathlib
import subprocess
import tempfile
import time

import harness


def run(runner, build, rounds):
    phreatic = build / "bin/phreatic"
    times, processor, peak = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        basin = pathlib.Path(folder) / "basin"
        runner.text([phreatic, "init", "downscaling-full", basin])
        for k in range(rounds or 1):
            start = time.perf_counter()
            study = subprocess.Popen([*runner.under, phreatic, "run", basin / "study.yml", "--out", basin / f"run{k}", "--quiet"], stdout=subprocess.DEVNULL)
            _, status, used = os.wait4(study.pid, 0)
            study.returncode = status
            if status != 0:
                raise SystemExit(f"bench: the study failed ({status})")
            times.append((time.perf_counter() - start) / 60)
            processor.append(used.ru_utime)
            peak.append(used.ru_maxrss / 2**20)
    verdicts = [harness.verdict("whole downscaling study of 720 coarse and 18,000 fine cells x 261 months, by the clock", harness.median(times), 30, " min", False, 15),
                harness.verdict("the same: peak memory", max(peak), 4, " GB", False)]
    text = (f"The study of `phreatic init downscaling-full`, to its report: {harness.median(times):.1f} min by the clock ({os.cpu_count()} cores), "
            f"{harness.median(processor):.0f} s of processor time, all threads, {max(peak):.2f} GB at most.")
    harness.store("downscaling", "Downscaling", text, verdicts, runner, "")
