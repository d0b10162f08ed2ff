# SPDX-License-Identifier: BSD-3-Clause
"""An epoch of GNNWR and GTNNWR (validation included) beside gnnwr 0.1.17 with the same layers and batch, one thread each, in
turn: processor time. Sizes of PM2.5 in China, dissolved silicate off Zhejiang, and 50,000 rows x 500 reference points, for
which the peer's network is fed by a loop of the benchmark's own, as its data sets take all rows as reference points."""
import csv
import os
import pathlib
import resource
import tempfile

import harness

# name: rows, validation, references, terms, time, hidden, batch, epochs of ours and of the peer
CASES = {"PM2.5: 1,017 rows x 1,017": (1017, 179, 1017, 7, 0, "512,256,128", 32, 40, 10),
         "silicate: 2,219 rows x 2,219, in time too": (2219, 246, 2219, 7, 1, "512,256,64", 32, 10, 3),
         "50,000 rows x 500": (50000, 5000, 500, 7, 0, "256,128,64", 128, 3, 1)}


def whole(runner, build, verdicts):
    """A whole training at the size of a region."""
    found = runner.lines([build / "bin/bench_gnnwr", "cells", 60, 2])[0]
    verdicts.append(harness.verdict("GTNNWR of 720 cells x 261 months, 60 epochs: processor time", found["user_s"] / 60, 10, " min", False, 5))
    verdicts.append(harness.verdict("GTNNWR of 720 cells x 261 months: peak memory", found["peak_gb"], 3, " GB", False))
    return (f"A whole GTNNWR of {found['rows']:,} rows (720 cells x 261 months, 64 reference points, batch 128, 60 epochs, a fifth of the months to "
            f"stop by): {found['user_s']:.0f} s of processor time, all threads, {found['wall_s']:.0f} s by the clock with 2 threads, "
            f"{found['peak_gb']:.2f} GB; R2 of the held months {found['validation_r2']:.3f}.")


def to_score(runner, build):
    """PM2.5 in China by the published split, which is in shared data only: the peer with its demo's settings, ours by the committed study."""
    folder = pathlib.Path(os.environ.get("PHREATIC_SHARED_DATA", harness.ROOT / "../shared/data")) / "gnnwr/pm25_china"
    if not folder.exists():
        return "Time to a test R2: not measured, for the shared data are not here."
    peer = runner.lines([harness.PYTHON, harness.ROOT / "bench/gnnwr/peer_score.py", folder, 200])[0]
    with tempfile.TemporaryDirectory() as out:
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        os.environ.setdefault("PHREATIC_SHARED_DATA", str(folder.parent.parent))
        runner.text([build / "bin/phreatic", "run", harness.ROOT / "examples/real/pm25-china.yml", "--out", pathlib.Path(out) / "run", "--quiet",
                     "--until", "fit", "--set", "models=[ols,gnnwr]", "--set", "seeds=1"])
        seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        rows = list(csv.DictReader(open(pathlib.Path(out) / "run/metrics.csv")))
    ours = next(float(r["value"]) for r in rows if r["model"].startswith("gnnwr") and r["metric"] == "NSE" and r["period"] == "test")
    return (f"To its test R2 on PM2.5 in China (published split): the peer with its demo's settings ({peer['epochs']} epochs) {peer['user_s']:.1f} s to "
            f"{peer['test_r2']:.3f}; the committed study `examples/real/pm25-china.yml`, whose network sees exp(-d/0.005), {seconds:.1f} s to {ours:.3f}, "
            f"start of the program and reading included: {peer['user_s'] / seconds:.0f} times less processor time, by other settings.")


def run(runner, build, rounds):
    rows, verdicts = [], []
    for name, (count, held, references, terms, timed, hidden, batch, ours_epochs, peer_epochs) in CASES.items():
        ours = [build / "bin/bench_gnnwr", count, held, references, terms, timed, hidden, batch, ours_epochs, 1]
        peer = [harness.PYTHON, harness.ROOT / "bench/gnnwr/peer.py", count, held, terms, timed, hidden, batch, peer_epochs, 1]
        if references < count:
            peer = [harness.PYTHON, harness.ROOT / "bench/gnnwr/peer_network.py", count, held, references, terms, hidden, batch, peer_epochs, 1]
        mine, others = [], []
        for _ in range(rounds or 5):
            mine.append(runner.lines(ours)[0]["user_s"])
            others.append(runner.lines(peer)[0]["user_s"])
        ratio = harness.median(others) / harness.median(mine)
        rows.append((name, hidden, batch, f"{harness.median(mine):.4f} ({harness.spread(mine)})",
                     f"{harness.median(others):.3f} ({harness.spread(others)})", f"{ratio:.1f}"))
        verdicts.append(harness.verdict(f"Epoch of {name}: gnnwr over ours", ratio, 10, "x", aim=20))
    text = harness.table(("Case", "Hidden", "Batch", "Ours, s an epoch", "Peer, s an epoch", "Peer over ours"), rows)
    text += "\n\n" + whole(runner, build, verdicts) + "\n\n" + to_score(runner, build)
    harness.store("gnnwr", "GNNWR", text, verdicts, runner, harness.versions("gnnwr", "torch", "numpy"))
