# SPDX-License-Identifier: BSD-3-Clause
"""Sixteen scenarios in lanes beside one run, and sweeps backward beside the run forward, in processor seconds.

Processor seconds (user) are read, not seconds on the clock, so the section can be run on a machine that others use, too: with
two runs side by side a run takes its processor seconds over two, and lanes share their work among the threads evenly, so that
the ratio of processor seconds is that of throughput. Lanes and the single run are read in turn; medians count.
The 120 runs of a year on 3 x 275 x 275 cells are not made: sixteen scenarios over the first quarter are, and the year is four
of them, said as an extrapolation.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from compare import THEIRS, make  # noqa: E402
from harness import median, store, table, verdict  # noqa: E402

LANES = [("small", (), None, None), ("mid", ("fixed",), 1 / 3, 1 / 4), ("mid", (), 1 / 2, 1 / 4), ("quarter", (), None, None)]
PARTS = ["no-window", "no-warm-start", "own-factors", "doubles"]


def run(runner, build, rounds):
    program, backward = build / "bin/bench_ensemble", build / "bin/bench_flow"
    lines = lambda *words: runner.lines(list(words))
    folders = {name: make(runner, build, name) for name in ("small", "mid", "quarter")}
    rows, verdicts, single, baseline = [], [], {}, {}
    for name, options, must, aim in LANES:
        alone, lanes = [], []
        for _ in range(rounds or (3 if name == "small" else 1)):
            alone.append(lines(program, folders[name], 0, *options)[0]["processor"])
            facts = lines(program, folders[name], 16, *options)[0]
            lanes.append(facts["processor"])
        each, one = median(lanes) / 16, median(alone)
        single[name, options], baseline[name, options] = each, one
        what = " ".join((name, *options))
        rows.append((what, f"{each:.3f}", f"{one:.3f}", f"{each / one:.2f}", f"{facts['window']:.2f}",
                     f"{facts['outer'] / 16:.0f} / {facts['inner'] / 16:.0f}"))
        if must:
            verdicts.append(verdict(f"16 lanes, {what}: a scenario over one run", each / one, must, more_is_better=False, aim=aim))
    verdicts.append(verdict("16 lanes, small: MODFLOW 6.6.2's seconds over ours, per scenario", THEIRS["small"][0] / single["small", ()], 15, "x", aim=30))
    quarter = single["quarter", ()]
    minutes = 120 * quarter * 365 / 90 / 2 / 60
    verdicts.append(verdict("120 runs of a year, 3 x 275 x 275, extrapolated from a quarter, two cores", minutes, 13, " min", more_is_better=False, aim=6.5))
    verdicts.append(verdict("the same: two MODFLOW 6 processes side by side (1.66 h) over ours", 1.66 * 60 / minutes, 15, "x"))
    shares = []
    for name, options, parts in (("small", (), PARTS), ("mid", ("fixed", "four=2"), ["own-coefficients", *PARTS])):
        # One of four fours stands for all; the share of the baseline is that of one among sixteen.
        per, base = (4 if "four=2" in options else 16), baseline[name, options[:1]]
        each = lambda *more: (lines(program, folders[name], 16, *options, *more)[0]["processor"] - base) / per + base / 16
        whole = each()
        shares.append(f"{' '.join((name, *options))}, per scenario {whole:.3f} s; without one of the parts: " + "; ".join(f"{part} {each(part):.3f} s" for part in parts))
    shares.append(f"small one by one {lines(program, folders['small'], 1)[0]['processor'] / 16:.3f} s")
    sweeps = []
    for name in ("small", "mid"):
        one, eight = lines(backward, "adjoint", folders[name], "1e-6")[:2]
        sweeps.append((name, f"{one['forward']:.2f}", f"{one['ratio']:.2f}", f"{eight['ratio']:.2f}", f"{one['iterations']} / {eight['iterations']}",
                       f"{one['forward_bytes_per_cell']:.0f} / {one['bytes_per_cell']:.0f} / {eight['bytes_per_cell']:.0f}"))
        verdicts.append(verdict(f"{name}: one sweep backward over one run", one["ratio"], 1.5, more_is_better=False, aim=1))
        verdicts.append(verdict(f"{name}: eight dates in one sweep over one run", eight["ratio"], 4, more_is_better=False, aim=2.5))
    text = "\n\n".join([
        "Processor seconds, for others may use the machine, too. Sites of 10 x 10 cells that get 10 to 25 mm/d in the first half of the run; "
        "per scenario, with its share of the baseline. quarter: 90 days of 3 x 275 x 275 cells with a convertible top.",
        table(("Model", "A scenario of 16, s", "One run, s", "Ratio", "Window", "Outer / inner per scenario"), rows),
        ". ".join(shares) + ".",
        table(("Model", "Forward, s", "One date over it", "Eight dates over it", "Iterations", "B per cell: run / one date / eight"), sweeps)])
    store("ensembles", "Many scenarios, and sweeps backward", text, verdicts, runner, "")
