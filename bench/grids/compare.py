# SPDX-License-Identifier: BSD-3-Clause
"""Zonal statistics beside exactextract, conservative regridding beside xarray-regrid."""
from harness import PYTHON, ROOT, median, spread, store, table, verdict, versions

CASES = {"zonal": ("500 polygons over 3600 x 1800 cells, five statistics", "exactextract", 1, 2),
         "regrid": ("12 months of 1440 x 720 cells to 360 x 180, conservative", "xarray-regrid", 2, 5)}


def run(runner, build, rounds):
    folder, program = build / "bench-grids", build / "bin/bench_grids"
    if not (folder / "zones.geojson").exists():
        runner.prepare([program, "generate", folder])
    rows, verdicts = [], []
    for case, (what, peer, must, aim) in CASES.items():
        clock = ["processor"] if runner.processor else []  # of one thread alone
        ours, theirs, same = {1: []} if clock else {1: [], 2: []}, [], True
        reading = {threads: [] for threads in ours}
        for _ in range(rounds or 5):
            for threads in ours:
                read, seconds, total = map(float, runner.text([program, case, folder, threads, *clock]).split())
                ours[threads].append(seconds)
                reading[threads].append(read)
            seconds, peer_total = map(float, runner.text([PYTHON, ROOT / "bench/grids/peers.py", case, folder, *clock]).split())
            theirs.append(seconds)
            same = same and abs(total / peer_total - 1) < 1e-6
        assert same, f"{case}: the sums differ"
        for threads, readings in ours.items():
            bare = [a - r for a, r in zip(readings, reading[threads])]
            label = f"Phreatic, {threads} thread{'s' if threads > 1 else ''}"
            for name, values in ((f"{label}, the compressed file read too", readings), (f"{label}, without reading", bare)):
                rows.append((what, name, f"{median(values):.3f}", spread(values), f"{median(theirs) / median(values):.2f}"))
            if threads == 1:
                verdicts.append(verdict(f"{what}: {peer} over ours, one thread, reading left out", median(theirs) / median(bare), must, "x", aim=aim))
        rows.append((what, f"{peer}, values in memory", f"{median(theirs):.3f}", spread(theirs), ""))
    store("grids", "Grids", table(("What", "Program", "Seconds", "Range", "Peer over ours"), rows), verdicts, runner,
          versions("exactextract", "xarray-regrid", "xarray", "numpy"))
