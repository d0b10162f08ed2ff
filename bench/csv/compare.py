# SPDX-License-Identifier: BSD-3-Clause
"""Reading 1,000 wells x 30 years of daily values from CSV, beside pandas, polars and pyarrow."""
from harness import PYTHON, ROOT, median, spread, store, table, verdict, versions

WELLS = 1000
CASES = {"wells": "one file per well, level and three drivers", "long": "one long file, level"}
PEERS = ("pandas", "polars", "pyarrow")


def run(runner, build, rounds):
    folder, program = build / "bench-csv", build / "bin/bench_csv"
    if not (folder / "long.csv").exists():
        runner.prepare([program, "generate", folder, WELLS])
    ours, peers, facts = {}, {}, {}
    for turn in range(rounds or 3):
        for case in CASES:
            for threads in (1, 2):
                megabytes, _, rate, panel, peak = map(float, runner([program, case, folder, threads]).split())
                ours.setdefault((case, threads), []).append((rate, peak))
                facts[case] = megabytes, panel
            for peer in PEERS if turn < 2 else ():
                seconds, peak = map(float, runner([PYTHON, ROOT / "bench/csv/peers.py", peer, case, folder, 2]).split())
                peers.setdefault((case, peer), []).append((facts[case][0] / seconds, peak))
    rows, verdicts = [], []
    for case, what in CASES.items():
        megabytes, panel = facts[case]
        best = median([rate for rate, _ in ours[case, 2]])
        for (_, threads), readings in sorted(item for item in ours.items() if item[0][0] == case):
            rows.append(row(what, f"Phreatic, {threads} thread{'s' if threads > 1 else ''}", megabytes, readings, panel, best))
        for peer in PEERS:
            rows.append(row(what, f"{peer}, 2 threads", megabytes, peers[case, peer], panel, best))
        verdicts.append(verdict(f"{what}: rate", best, 300, " MB/s"))
        peak = max(p for _, p in ours[case, 2])
        verdicts.append(verdict(f"{what}: peak memory over the panel's doubles", peak / panel, 3, more_is_better=False))
    text = "\n\n".join([
        f"{WELLS} wells x 10,957 days, made by bench/csv (seeded); files in the page cache; rate over the bytes of the files; peak is the "
        f"resident memory of the whole process, the panel's bytes are 8 a value. Ours also checks every row (order, duplicates, text, step).",
        table(("Files", "Program", "MB", "MB/s", "Range", "Peak MB", "Peak / panel", "Ours over it"), rows)])
    store("csv", "Reading CSV", text, verdicts, runner, versions(*PEERS))


def row(what, program, megabytes, readings, panel, best):
    rates, peak = [r for r, _ in readings], max(p for _, p in readings)
    return (what, program, f"{megabytes:.0f}", f"{median(rates):.0f}", spread(rates), f"{peak:.0f}", f"{peak / panel:.2f}",
            f"{best / median(rates):.2f}")
