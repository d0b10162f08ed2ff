# SPDX-License-Identifier: BSD-3-Clause
"""Groundwater models of 10 thousand, 270 thousand and 3 million cells: time, memory and error beside MODFLOW 6's figures.

MODFLOW 6's seconds are those measured once with 6.6.2 on models of tools/make_mar_mf6.py of the shared folder, a 2-core
AMD EPYC machine, its fastest settings. The program that MF6 names (PyPI's flopyarcade 0.6.18 carries a Linux mf6, 6.2.1
release candidate) is run beside ours, too, on the small and the mid model. Where the shared folder is absent the models
come from make_models.py here, which are of the same kind and not the same.
"""
import os
import resource
import subprocess
import time

from harness import PYTHON, ROOT, median, spread, store, table, verdict

THEIRS = {"small": (2.88, 30), "mid": (78.3, 10), "large": (148.5, 6)}  # seconds, times faster aimed at
SHARED = ROOT.parent / "shared/tools/make_mar_mf6.py"
ARGUMENTS = {"small": (1, 100, 365, 1), "mid": (3, 300, 240, 1), "large": (3, 1000, 15, 10), "quarter": (3, 275, 90, 1)}


def run(runner, build, rounds):
    program, times, facts, errors, verdicts = build / "bin/bench_flow", {}, {}, {}, []
    folders = {name: make(runner, build, name) for name in THEIRS}
    triad = runner.lines([program, "triad"])[0]
    for _ in range(rounds or 3):
        for name, folder in folders.items():
            facts[name] = runner.lines([program, "time", folder])[0]
            times.setdefault(name, []).append(facts[name]["processor" if runner.processor else "seconds"])
    multigrid = {name: runner.lines([program, "time", folders[name], "multigrid"])[0] for name in ("mid", "large")}
    for name, folder in folders.items():
        errors[name] = runner.lines([program, "error", folder], watch=False)[0]["error"]
    rows = []
    for name, (theirs, aim) in THEIRS.items():
        f, seconds = facts[name], median(times[name])
        rows.append((name, f"{f['cells']:,.0f}", f["steps"], f"{seconds:.2f}", spread(times[name]), f"{f['read']:.2f}", f"{theirs:g}",
                     f"{theirs / seconds:.1f}", f"{f['outer']} / {f['inner']}", f"{f['bytes']:.0f}", f"{f['peak']:.0f}",
                     f"{errors[name]:.1e}", f"{f['balance']:.1e}"))
        verdicts.append(verdict(f"{name}: MODFLOW 6.6.2's seconds over ours", theirs / seconds, aim))
        verdicts.append(verdict(f"{name}: final heads against a run a thousand times tighter", errors[name], 1e-3, " m", more_is_better=False))
    for name in ("mid", "large"):
        verdicts.append(verdict(f"{name}: peak memory per cell", facts[name]["peak"], 250, " B", more_is_better=False))
    floor = 150 * facts["large"]["cells"] * facts["large"]["inner"] / (1e9 * triad["all"])
    source = "tools/make_mar_mf6.py of the shared folder" if SHARED.exists() else "bench/flow/make_models.py, of the same kind as those MODFLOW 6 was timed on"
    text = "\n\n".join([
        f"Models by {source}. {'Processor seconds of all threads' if runner.processor else 'Seconds'} of our own process from the start of reading to the last step, nothing written. "
        "MODFLOW 6's are figures (6.6.2, one core, its best settings, same closure, heads of every step written), with its writing, not measured beside ours. "
        + beside(runner, folders, times),
        table(("Model", "Cells", "Steps", "s", "Range", "of it reading", "MODFLOW 6 s", "Ratio", "Outer / inner", "B per cell, arrays",
               "B per cell, peak", "Error m", "Balance %"), rows),
        "With `--multigrid`, one reading each: " + "; ".join(
            f"{name} {m['seconds']:.1f} s, {m['outer']} / {m['inner']} iterations, {m['bytes']:.0f} B per cell in arrays, {m['peak']:.0f} at the peak" for name, m in multigrid.items()) + ".",
        f"Memory bandwidth by the triad: {triad['one']:.0f} GB/s with one thread, {triad['all']:.0f} GB/s with {triad['threads']:.0f}. At 150 B a cell and "
        f"iteration the {facts['large']['inner']:.0f} iterations of the large model would take {floor:.0f} s at least if every one went through memory."])
    store("flow", "Groundwater models", text, verdicts, runner, "")


def beside(runner, folders, ours):
    """Seconds of the program that MF6 names on the same folders, in words."""
    program = os.environ.get("MF6")
    if not program:
        return "No program was named by MF6 to be run beside ours."
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    parts = []
    for name in ("small", "mid"):
        clock = (lambda: resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime) if runner.processor else time.perf_counter
        start = clock()
        subprocess.run([os.path.abspath(program)], cwd=folders[name], capture_output=True, check=True)
        seconds = clock() - start
        parts.append(f"{name} {seconds:.2f} s, {seconds / median(ours[name]):.1f} times ours")
    return f"Beside ours ({version}): " + "; ".join(parts) + "."


def make(runner, build, name):
    folder = build / f"bench-flow/{name}"
    if (folder / "mfsim.nam").exists():
        return folder
    if SHARED.exists():
        runner.prepare([PYTHON, SHARED, folder, *ARGUMENTS[name], "SIMPLE", 1, "RELAXATION_FACTOR 0.97"])
    else:
        runner.prepare([PYTHON, ROOT / "bench/flow/make_models.py", folder, name])
    return folder
