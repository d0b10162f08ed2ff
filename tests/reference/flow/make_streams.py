#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Random stream networks (SFR) on a small aquifer, run by a MODFLOW 6 program: streams/*.txt hold the input files, streams/*.csv the numbers.

    MF6=/path/to/mf6 python make_streams.py

The stored numbers come from the mf6 6.2.1 release candidate of the PyPI package flopyarcade 0.6.18. FloPy (peers.txt) reads its results.
"""
import os
import pathlib
import random
import subprocess
import tempfile

import flopy

HERE = pathlib.Path(__file__).resolve().parent / "streams"
NLAY, NROW, NCOL = 2, 6, 8


def network(rng, count):
    """Reaches that flow to reaches of higher rank; numbers are shuffled, so that they say nothing about the order."""
    number = list(range(1, count + 1))
    rng.shuffle(number)
    down = {r: [] for r in range(count)}  # rank -> [(rank, fraction, rule)]
    taken = {}
    for r in range(count - 1):
        if rng.random() < 0.1:
            continue
        free = [s for s in range(r + 1, min(count, r + 5)) if taken.get(s, "whole") == "whole"]
        if not free:
            continue
        to = rng.choice(free)
        taken[to] = "whole"
        down[r].append((to, 1.0, None))
        fresh = [s for s in range(r + 1, min(count, r + 6)) if s not in taken]
        kind = rng.random()
        if fresh and kind < 0.25 and not any(to == t for q in down if q != r for t, _, _ in down[q]):
            share = round(rng.uniform(0.2, 0.8), 2)
            other = rng.choice(fresh)
            taken[to] = taken[other] = "part"
            down[r] = [(to, share, None), (other, round(1 - share, 2), None)]
        elif fresh and kind < 0.5:
            other = rng.choice(fresh)
            taken[other] = "diverted"
            down[r].append((other, 0.0, rng.choice(["FRACTION", "EXCESS", "THRESHOLD", "UPTO"])))
    return number, down


def model(seed):
    rng = random.Random(seed)
    newton = seed % 2 == 1
    transient = seed % 4 >= 2
    count = 14
    number, down = network(rng, count)
    up = {r: [] for r in range(count)}
    fraction = {r: 1.0 for r in range(count)}
    for r, targets in down.items():
        for to, share, _ in targets:
            up[to].append(r)
            fraction[to] = share
    files = {}
    files["mfsim.nam"] = ("BEGIN OPTIONS\nEND OPTIONS\nBEGIN TIMING\n  TDIS6 m.tdis\nEND TIMING\nBEGIN MODELS\n  GWF6 m.nam m\nEND MODELS\n"
                          "BEGIN EXCHANGES\nEND EXCHANGES\nBEGIN SOLUTIONGROUP 1\n  MXITER 1\n  IMS6 m.ims m\nEND SOLUTIONGROUP 1\n")
    steps = 3 if transient else 1
    files["m.tdis"] = ("BEGIN OPTIONS\n  TIME_UNITS DAYS\nEND OPTIONS\nBEGIN DIMENSIONS\n  NPER 3\nEND DIMENSIONS\nBEGIN PERIODDATA\n"
                       f"  1 1 1\n  30 {steps} 1.3\n  60 {steps} 1.3\nEND PERIODDATA\n")
    files["m.ims"] = ("BEGIN NONLINEAR\n  OUTER_DVCLOSE 1e-7\n  OUTER_MAXIMUM 500\nEND NONLINEAR\nBEGIN LINEAR\n  INNER_MAXIMUM 300\n"
                      f"  INNER_DVCLOSE 1e-9\n  INNER_RCLOSE 1e-6\n  LINEAR_ACCELERATION {'BICGSTAB' if newton else 'CG'}\nEND LINEAR\n")
    packages = "  DIS6 m.dis\n  IC6 m.ic\n  NPF6 m.npf\n  OC6 m.oc\n  OBS6 m.mobs\n  GHB6 m.ghb\n  RCH6 m.rch\n  SFR6 m.sfr\n"
    if transient:
        packages += "  STO6 m.sto\n"
        files["m.sto"] = ("BEGIN GRIDDATA\n  ICONVERT\n    CONSTANT 1\n  SS\n    CONSTANT 0\n  SY\n    CONSTANT 0.15\nEND GRIDDATA\n"
                          "BEGIN PERIOD 1\n  STEADY-STATE\nEND PERIOD\nBEGIN PERIOD 2\n  TRANSIENT\nEND PERIOD\n")
    files["m.nam"] = (f"BEGIN OPTIONS\n{'  NEWTON' if newton else ''}\nEND OPTIONS\nBEGIN PACKAGES\n{packages}END PACKAGES\n")
    files["m.dis"] = (f"BEGIN DIMENSIONS\n  NLAY {NLAY}\n  NROW {NROW}\n  NCOL {NCOL}\nEND DIMENSIONS\nBEGIN GRIDDATA\n  DELR\n    CONSTANT 200\n"
                      "  DELC\n    CONSTANT 150\n  TOP\n    CONSTANT 30\n  BOTM LAYERED\n    CONSTANT 5\n    CONSTANT -20\nEND GRIDDATA\n")
    files["m.ic"] = "BEGIN GRIDDATA\n  STRT\n    CONSTANT 20\nEND GRIDDATA\n"
    files["m.npf"] = (f"BEGIN OPTIONS\n  SAVE_FLOWS\n  SAVE_SPECIFIC_DISCHARGE\n  SAVE_SATURATION\nEND OPTIONS\nBEGIN GRIDDATA\n  ICELLTYPE LAYERED\n    CONSTANT 1\n    CONSTANT 0\n  K\n    CONSTANT {round(rng.uniform(2, 20), 2)}\n"
                      "  K33\n    CONSTANT 0.5\nEND GRIDDATA\n")
    files["m.oc"] = ("BEGIN OPTIONS\n  HEAD FILEOUT m.hds\n  BUDGET FILEOUT m.cbc\nEND OPTIONS\nBEGIN PERIOD 1\n  SAVE HEAD ALL\n  SAVE BUDGET ALL\n"
                     "END PERIOD\n")
    files["m.mobs"] = ("BEGIN CONTINUOUS FILEOUT m.mobs.csv\n  HEAD HEAD 1 3 4\n  DRAWDOWN DRAWDOWN 2 4 5\n  RIGHT FLOW-JA-FACE 1 3 4 1 3 3\n"
                       "  LEFT FLOW-JA-FACE 1 3 4 1 3 5\n  FRONT FLOW-JA-FACE 1 3 4 1 2 4\n  BACK FLOW-JA-FACE 1 3 4 1 4 4\n"
                       "  DOWN FLOW-JA-FACE 1 3 4 2 3 4\n  UP FLOW-JA-FACE 2 3 4 1 3 4\nEND CONTINUOUS\n")
    files["m.gobs"] = ("BEGIN CONTINUOUS FILEOUT m.gobs.csv\n  WEST GHB WEST\n  EAST GHB EAST\n  ONE GHB 2 3 1\n  NONE GHB 1 3 4\nEND CONTINUOUS\n")
    bounds = "".join(f"  2 {i} {j} {h} 20 {'WEST' if j == 1 else 'EAST'}\n" for i in range(1, NROW + 1) for j, h in ((1, 24), (NCOL, 15)))
    files["m.ghb"] = f"BEGIN OPTIONS\n  BOUNDNAMES\n  OBS6 FILEIN m.gobs\nEND OPTIONS\nBEGIN DIMENSIONS\n  MAXBOUND {2 * NROW}\nEND DIMENSIONS\nBEGIN PERIOD 1\n{bounds}END PERIOD\n"
    bounds = "".join(f"  1 {i} {j} 3e-4\n" for i in range(1, NROW + 1) for j in range(1, NCOL + 1))
    files["m.rch"] = f"BEGIN DIMENSIONS\n  MAXBOUND {NROW * NCOL}\nEND DIMENSIONS\nBEGIN PERIOD 1\n{bounds}END PERIOD\n"

    data, links, diversions = {}, {}, {}
    first, second, third = {}, {}, {}
    for r in range(count):
        n = number[r]
        diverted = [(to, rule) for to, _, rule in down[r] if rule]
        cell = "NONE" if rng.random() < 0.1 else f"1 {rng.randint(1, NROW)} {rng.randint(2, NCOL - 1)}"
        top = round(23 - 7 * r / count + rng.uniform(-0.5, 0.5), 3)
        data[n] = (f"  {n} {cell} {rng.randint(100, 250)} {rng.randint(2, 12)} {round(10 ** rng.uniform(-4, -2.5), 6)} {top} 0.5 "
                   f"{round(10 ** rng.uniform(-2, 0), 4)} {round(rng.uniform(0.025, 0.06), 4)} {len(up[r]) + len(down[r])} {fraction[r]} "
                   f"{len(diverted)} REACH{n % 4}\n")
        links[n] = f"  {n}" + "".join(f" {number[u]}" for u in up[r]) + "".join(f" -{number[d]}" for d, _, _ in down[r]) + "\n"
        for i, (to, rule) in enumerate(diverted, 1):
            diversions[n, i] = f"  {n} {i} {number[to]} {rule}\n"
            first[n, i] = f"  {n} DIVERSION {i} {round(rng.uniform(0.1, 0.9), 2) if rule == 'FRACTION' else rng.randint(50, 3000)}\n"
        lines = ""
        if not up[r]:
            lines += f"  {n} INFLOW {rng.choice([0, 500, 5000, 40000])}\n"
        if rng.random() < 0.3:
            lines += f"  {n} RAINFALL {round(rng.uniform(0, 0.01), 5)}\n"
        if rng.random() < 0.3:
            lines += f"  {n} EVAPORATION {round(rng.uniform(0, 0.01), 5)}\n"
        if rng.random() < 0.3:
            lines += f"  {n} RUNOFF {rng.choice([-200, 100, 900])}\n"
        first[n, 99] = lines
        if not up[r]:
            second[n] = f"  {n} INFLOW series\n" if rng.random() < 0.4 else f"  {n} INFLOW {rng.choice([0, 200, 9000])}\n"
        # 6.2.1 lets the full width of a simple reach evaporate when it is dry; 6.6 does not.
        if rng.random() < 0.15 and "EVAPORATION" not in lines:
            second[n] = second.get(n, "") + f"  {n} STATUS SIMPLE\n  {n} STAGE {round(top + rng.uniform(0.1, 1), 3)}\n"
        if rng.random() < 0.2:
            third[n] = f"  {n} MANNING {round(rng.uniform(0.02, 0.1), 3)}\n"
        # The only reach after some, and so without a share to pass on, may be switched off.
        alone = all(len(down[u]) == 1 for u in up[r])
        if rng.random() < 0.1 and alone and fraction[r] == 1.0:
            third[n] = third.get(n, "") + f"  {n} STATUS INACTIVE\n"

    def joined(table):
        return "".join(table[key] for key in sorted(table))

    files["m.sfr"] = ("BEGIN OPTIONS\n  BOUNDNAMES\n  STAGE FILEOUT m.stage\n  BUDGET FILEOUT m.sfb\n  TS6 FILEIN m.ts\n  OBS6 FILEIN m.obs\n"
                      "  UNIT_CONVERSION 86400\n  MAXIMUM_DEPTH_CHANGE 1e-10\n  MAXIMUM_ITERATIONS 500\nEND OPTIONS\n"
                      f"BEGIN DIMENSIONS\n  NREACHES {count}\nEND DIMENSIONS\nBEGIN PACKAGEDATA\n{joined(data)}END PACKAGEDATA\n"
                      f"BEGIN CONNECTIONDATA\n{joined(links)}END CONNECTIONDATA\n"
                      + (f"BEGIN DIVERSIONS\n{joined(diversions)}END DIVERSIONS\n" if diversions else "")
                      + f"BEGIN PERIOD 1\n{joined(first)}END PERIOD\nBEGIN PERIOD 2\n{joined(second)}END PERIOD\n"
                      f"BEGIN PERIOD 3\n{joined(third)}END PERIOD\n")
    files["m.ts"] = ("BEGIN ATTRIBUTES\n  NAMES series\n  METHODS LINEAR\nEND ATTRIBUTES\nBEGIN TIMESERIES\n  0 1000\n  20 8000\n  50 100\n  200 3000\n"
                     "END TIMESERIES\n")
    kinds = ["STAGE", "EXT-INFLOW", "INFLOW", "UPSTREAM-FLOW", "OUTFLOW", "EXT-OUTFLOW", "DOWNSTREAM-FLOW", "RAINFALL", "RUNOFF",
             "EVAPORATION", "SFR"]
    lines = "".join(f"  {kind.replace('-', '')}_{n} {kind} {n}\n" for n in (2, 5, 9) for kind in kinds)
    lines += "  SUM_SFR SFR REACH1\n  SUM_OUT EXT-OUTFLOW REACH2\n"
    files["m.obs"] = f"BEGIN CONTINUOUS FILEOUT m.obs.csv\n{lines}END CONTINUOUS\n"
    return files


def run(seed, program):
    files = model(seed)
    with tempfile.TemporaryDirectory() as folder:
        at = pathlib.Path(folder)
        for name, text in files.items():
            (at / name).write_text(text)
        done = subprocess.run([program], cwd=at, capture_output=True, text=True, check=False)
        if "Normal termination" not in done.stdout:
            return None
        heads = flopy.utils.HeadFile(at / "m.hds")
        stages = flopy.utils.HeadFile(at / "m.stage", text="STAGE")
        budget = flopy.utils.CellBudgetFile(at / "m.sfb")
        cells = flopy.utils.CellBudgetFile(at / "m.cbc")
        lines = []
        for t in heads.get_times():
            lines += [f"head,{t!r}," + ",".join(f"{v:.9g}" for v in heads.get_data(totim=t).ravel())]
            lines += [f"stage,{t!r}," + ",".join(f"{v:.9g}" for v in stages.get_data(totim=t).ravel())]
            spdis = cells.get_data(text="DATA-SPDIS", totim=t)[0]
            lines += [f"{q},{t!r}," + ",".join(f"{v:.7g}" for v in spdis[q]) for q in ("qx", "qy", "qz")]
            sat = cells.get_data(text="DATA-SAT", totim=t)[0]
            lines += [f"sat,{t!r}," + ",".join(f"{v:.9g}" for v in sat["sat"])]
            for term in ("FLOW-JA-FACE", "GWF", "RAINFALL", "EVAPORATION", "RUNOFF", "EXT-INFLOW", "EXT-OUTFLOW"):
                rows = budget.get_data(text=term, totim=t)[0]
                lines += [f"{term},{t!r}," + ",".join(f"{int(r['node'])}:{int(r['node2'])}:{r['q']:.9g}" for r in rows)]
        observed = (at / "m.obs.csv").read_text().splitlines()
        lines += ["names," + observed[0].split(",", 1)[1]] + ["observed," + line for line in observed[1:]]
        for name in ("mobs", "gobs"):
            lines += [f"{name}," + line for line in (at / f"m.{name}.csv").read_text().splitlines()[1:]]
    HERE.mkdir(exist_ok=True)
    (HERE / f"random{seed:02d}.txt").write_text("".join(f"=== {name}\n{text}" for name, text in files.items()))
    (HERE / f"random{seed:02d}.csv").write_text("\n".join(lines) + "\n")
    return len(lines)


if __name__ == "__main__":
    for s in range(int(os.environ.get("SEEDS", "12"))):
        print(s, run(s, os.environ["MF6"]))
