#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Random models where much falls dry, solved with NEWTON by MODFLOW 6 and by phreatic: who solves them, and in how
many outer and inner iterations.

    MF6=path/to/mf6 PHREATIC=build/bin/phreatic bench/flow/newton_models.py [FIRST [LAST]]

Kinds, in turn by the number: perched water over a deep table (as Keating and Zyvoloski's problem), Zaidel's staircase,
sloping aquifers with recharge, wells and drains, dewatering by drains. Both programs get the same folder; a third of the
models has each of IMS's SIMPLE, MODERATE and COMPLEX, six in ten NEWTON UNDER_RELAXATION.
"""
import math
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def between(r, low, high):
    return low + (high - low) * r.random()


def table(rows):
    return "\n".join(" ".join(f"{x:.8g}" for x in row) for row in rows)


def layers(arrays):
    return "\n".join("  INTERNAL\n" + table(a) for a in arrays)


def constant(nlay, nrow, ncol, values):
    return [[[values[k]] * ncol for _ in range(nrow)] for k in range(nlay)]


def keating(r):
    nlay, ncol, height = r.choice([8, 12, 20]), r.choice([20, 40, 60]), 2000.0
    botm = [height - height / nlay * (k + 1) for k in range(nlay)]
    k = constant(nlay, 1, ncol, [1.0] * nlay)
    lens, begin, end = int(nlay * between(r, 0.3, 0.6)), int(ncol * 0.3), int(ncol * 0.6)
    for j in range(begin, end):
        k[lens][0][j] = 10 ** between(r, -6, -3)
    start = between(r, 100, 1500)
    held = [(n + 1, 1, 1, 800.0) for n in range(nlay) if botm[n] < 800]
    held += [(n + 1, 1, ncol, 100.0) for n in range(nlay) if botm[n] < 100]
    rain = [(1, 1, j + 1, between(r, 0.5, 2) * 1e-2) for j in range(begin - 1, end + 1)]
    return dict(size=(nlay, 1, ncol), delr=100, delc=1, top=[[height] * ncol], botm=constant(nlay, 1, ncol, botm), k=k,
                strt=constant(nlay, 1, ncol, [start] * nlay), packages={"CHD": held, "RCH": rain}, steady=True)


def zaidel(r):
    ncol, steps = r.choice([50, 100, 200]), r.choice([4, 5, 8])
    botm = [[[20.0 * (1 - int(j * steps / ncol) / steps) for j in range(ncol)]]]
    held = [(1, 1, 1, 23.0), (1, 1, ncol, between(r, 1, 10) + botm[0][0][-1])]
    return dict(size=(1, 1, ncol), delr=5, delc=1, top=[[25.0] * ncol], botm=botm,
                k=constant(1, 1, ncol, [1e-4 * 10 ** between(r, -1, 3)]), strt=constant(1, 1, ncol, [23.0]),
                packages={"CHD": held}, steady=True)


def slope(r):
    nrow, ncol, nlay = r.choice([20, 40]), r.choice([20, 40]), r.choice([1, 1, 2, 3])
    p = [r.random() * 6 for _ in range(4)]
    base = [[30 * math.sin(p[0] + 3 * i / nrow) * math.cos(p[1] + 3 * j / ncol)
             + 8 * math.sin(p[2] + 9 * i / nrow) * math.sin(p[3] + 7 * j / ncol) for j in range(ncol)] for i in range(nrow)]
    thick, above = between(r, 5, 25), between(r, -10, 10)
    top = [[b + nlay * thick for b in row] for row in base]
    botm = [[[b + (nlay - 1 - k) * thick for b in row] for row in base] for k in range(nlay)]
    low, i0, j0 = min((base[i][j], i, j) for i in range(nrow) for j in range(ncol))
    packages = {"CHD": [(nlay, i0 + 1, j0 + 1, low + between(r, 0.2, 0.8) * thick)],
                "RCH": [(1, i + 1, j + 1, 10 ** between(r, -5, -3.3)) for i in range(nrow) for j in range(ncol)]}
    if r.random() < 0.5:
        packages["WEL"] = [(nlay, r.randint(1, nrow), r.randint(1, ncol), -between(r, 5, 80)) for _ in range(4)]
    if r.random() < 0.4:
        cells = sorted({(r.randint(1, nrow), r.randint(1, ncol)) for _ in range(20)})
        packages["DRN"] = [(1, i, j, botm[0][i - 1][j - 1] + 0.6 * thick, between(r, 1, 100)) for i, j in cells]
    return dict(size=(nlay, nrow, ncol), delr=100, delc=100, top=top, botm=botm,
                k=[[[10 ** between(r, -1.5, 1.5) for _ in range(ncol)] for _ in range(nrow)] for _ in range(nlay)],
                strt=[[[max(top[i][j] + above, botm[k][i][j] - 5) for j in range(ncol)] for i in range(nrow)]
                      for k in range(nlay)],
                packages=packages, steady=r.random() < 0.6)


def dewater(r):
    side, nlay = r.choice([15, 25]), r.choice([2, 4])
    botm = [-10.0 * (k + 1) for k in range(nlay)]
    means = [10 ** between(r, -2, 1) for _ in range(nlay)]
    k = [[[m * 10 ** between(r, -0.5, 0.5) for _ in range(side)] for _ in range(side)] for m in means]
    pit = range(side // 2 - 2, side // 2 + 3)
    packages = {"DRN": [(n + 1, i + 1, j + 1, botm[n] + 0.5, between(r, 10, 500)) for n in range(nlay) for i in pit for j in pit],
                "GHB": [(n + 1, i + 1, 1, -1.0, between(r, 0.5, 20)) for n in range(nlay) for i in range(side)],
                "RCH": [(1, i + 1, j + 1, 10 ** between(r, -5, -3.5)) for i in range(side) for j in range(side)]}
    return dict(size=(nlay, side, side), delr=50, delc=50, top=[[0.0] * side for _ in range(side)],
                botm=constant(nlay, side, side, botm), k=k, strt=constant(nlay, side, side, [-1.0] * nlay), packages=packages,
                steady=r.random() < 0.6)


KINDS = [keating, zaidel, slope, dewater]


def write(folder, m, r):
    put = lambda name, text: (folder / name).write_text(text)
    nlay, nrow, ncol = m["size"]
    types = [t for t in ("WEL", "DRN", "GHB", "RCH", "CHD") if m["packages"].get(t)]
    put("mfsim.nam", "BEGIN OPTIONS\nEND OPTIONS\nBEGIN TIMING\n TDIS6 m.tdis\nEND TIMING\nBEGIN MODELS\n GWF6 m.nam m\nEND MODELS\n"
        "BEGIN EXCHANGES\nEND EXCHANGES\nBEGIN SOLUTIONGROUP 1\n IMS6 m.ims m\nEND SOLUTIONGROUP 1\n")
    put("m.tdis", "BEGIN OPTIONS\n TIME_UNITS DAYS\nEND OPTIONS\nBEGIN DIMENSIONS\n NPER 1\nEND DIMENSIONS\nBEGIN PERIODDATA\n "
        f"{'1 1 1' if m['steady'] else '1000 10 1.3'}\nEND PERIODDATA\n")
    put("m.ims", f"BEGIN OPTIONS\n PRINT_OPTION ALL\n COMPLEXITY {r.choice(['SIMPLE', 'MODERATE', 'COMPLEX'])}\nEND OPTIONS\n"
        "BEGIN NONLINEAR\n OUTER_DVCLOSE 1e-6\n OUTER_MAXIMUM 500\nEND NONLINEAR\nBEGIN LINEAR\n INNER_DVCLOSE 1e-7\n"
        " INNER_RCLOSE 1e-4\n INNER_MAXIMUM 500\n LINEAR_ACCELERATION BICGSTAB\nEND LINEAR\n")
    put("m.nam", f"BEGIN OPTIONS\n NEWTON {'UNDER_RELAXATION' if r.random() < 0.6 else ''}\nEND OPTIONS\nBEGIN PACKAGES\n DIS6 m.dis\n"
        " IC6 m.ic\n NPF6 m.npf\n" + ("" if m["steady"] else " STO6 m.sto\n")
        + "".join(f" {t}6 m.{t.lower()}\n" for t in types) + " OC6 m.oc\nEND PACKAGES\n")
    put("m.dis", f"BEGIN DIMENSIONS\n NLAY {nlay}\n NROW {nrow}\n NCOL {ncol}\nEND DIMENSIONS\nBEGIN GRIDDATA\n DELR\n  CONSTANT "
        f"{m['delr']}\n DELC\n  CONSTANT {m['delc']}\n TOP\n  INTERNAL\n{table(m['top'])}\n BOTM LAYERED\n{layers(m['botm'])}\n"
        "END GRIDDATA\n")
    put("m.ic", f"BEGIN GRIDDATA\n STRT LAYERED\n{layers(m['strt'])}\nEND GRIDDATA\n")
    put("m.npf", "BEGIN OPTIONS\n K33OVERK\nEND OPTIONS\nBEGIN GRIDDATA\n ICELLTYPE\n  CONSTANT 1\n K LAYERED\n"
        f"{layers(m['k'])}\n K33\n  CONSTANT {r.choice([1, 0.1, 0.01])}\nEND GRIDDATA\n")
    put("m.sto", "BEGIN GRIDDATA\n ICONVERT\n  CONSTANT 1\n SS\n  CONSTANT 1e-5\n SY\n  CONSTANT 0.15\nEND GRIDDATA\n"
        "BEGIN PERIOD 1\n TRANSIENT\nEND PERIOD\n")
    for t in types:
        rows = "\n".join(" " + " ".join(f"{x:.8g}" for x in row) for row in m["packages"][t])
        put(f"m.{t.lower()}", f"BEGIN DIMENSIONS\n MAXBOUND {len(m['packages'][t])}\nEND DIMENSIONS\nBEGIN PERIOD 1\n{rows}\n"
            "END PERIOD\n")
    put("m.oc", "BEGIN OPTIONS\n HEAD FILEOUT m.hds\nEND OPTIONS\nBEGIN PERIOD 1\n SAVE HEAD ALL\nEND PERIOD 1\n")


def modflow(program, folder, limit=60):
    try:
        screen = subprocess.run([program], cwd=folder, capture_output=True, text=True, timeout=limit).stdout
    except subprocess.TimeoutExpired:
        return False, 0, 0
    rows = re.findall(r"^ Model\s+(\d+)\s+(\d+)", (folder / "mfsim.lst").read_text(errors="replace"), re.M)
    return "Normal termination" in screen, len(rows), sum(int(inner) for _, inner in rows)


def phreatic(program, folder, limit=60):
    try:
        run = subprocess.run([program, "flow", "run", str(folder), "--out", str(folder / "out"), "--quiet"],
                             capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return False, 0, 0
    counts = re.search(r"(\d+) outer and (\d+) inner", run.stdout)
    outer, inner = (int(x) for x in counts.groups()) if counts else (0, 0)
    return run.returncode == 0, outer, inner


def main():
    if "MF6" not in os.environ:
        sys.exit("newton_models.py: skipped: MF6 names no MODFLOW 6 program")
    first, last = (int(x) for x in (sys.argv[1:] + ["0", "100"][len(sys.argv) - 1:])[:2])
    ours = os.path.abspath(os.environ.get("PHREATIC", "build/bin/phreatic"))
    solved, sums, ratios = [0, 0], [0, 0], []
    print("| model | kind | cells | MODFLOW 6: solved, outer / inner | phreatic: solved, outer / inner |\n|---|---|---|---|---|")
    for number in range(first, last):
        r = random.Random(number)
        kind = KINDS[number % len(KINDS)]
        model = kind(r)
        folder = Path(tempfile.mkdtemp(prefix="newton-"))
        write(folder, model, r)
        a, b = modflow(os.environ["MF6"], folder), phreatic(ours, folder)
        shutil.rmtree(folder)
        solved = [solved[0] + a[0], solved[1] + b[0]]
        if a[0] and b[0]:
            sums = [sums[0] + a[2], sums[1] + b[2]]
            ratios.append(b[2] / max(a[2], 1))
        print(f"| {number} | {kind.__name__} | {math.prod(model['size'])} | {a[0]}, {a[1]} / {a[2]} | {b[0]}, {b[1]} / {b[2]} |", flush=True)
    ratios.sort()
    print(f"\nSolved of {last - first}: MODFLOW 6 {solved[0]}, phreatic {solved[1]}. Inner iterations of those both solve: {sums[0]} and "
          f"{sums[1]}; ratio median {ratios[len(ratios) // 2]:.2f}, largest {ratios[-1]:.2f}, above 2 in {sum(x > 2 for x in ratios)}.")


if __name__ == "__main__":
    main()
