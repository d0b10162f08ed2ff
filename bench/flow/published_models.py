#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Problems of the literature where much falls dry, at their published size, solved by MODFLOW 6 and by phreatic: who solves
them, in how many outer and inner iterations, and how far heads lie apart.

    MF6=path/to/mf6 PHREATIC=build/bin/phreatic bench/flow/published_models.py [NAME...]

keating: perched water over a deep table in a section of 80 x 400 cells (Keating and Zyvoloski, 2009), NEWTON, with the solver
settings that MODFLOW 6's example of it has. mound: that of MODFLOW-NWT's second problem (Niswonger and others, 2011) in
14 x 40 x 40 cells, NEWTON; its specific storage of 2e-4 is 1e-7 here, for 6.2.1 takes half-filled cells otherwise than 6.6.2.
zaidel: the staircase of Zaidel (2013), 200 cells, with the lower end at 1 m and at 10 m.
"""
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from newton_models import layers, modflow, phreatic, table  # noqa: E402

COMPLEX = "COMPLEXITY COMPLEX"
DBD = "UNDER_RELAXATION DBD\n UNDER_RELAXATION_THETA 0.7\n UNDER_RELAXATION_KAPPA 0.08\n UNDER_RELAXATION_GAMMA 0.05\n UNDER_RELAXATION_MOMENTUM 0.0"
BACKTRACKING = "BACKTRACKING_NUMBER 20\n BACKTRACKING_TOLERANCE 2.0\n BACKTRACKING_REDUCTION_FACTOR 0.2\n BACKTRACKING_RESIDUAL_LIMIT 5e-4"


def keating():
    unit = 1000 * 9.81 / 1e-3 * 86400  # of permeability (m2) in conductivity (m/d)
    botm = [2000 - 25 * (k + 1) for k in range(80)]
    centre = [25 * j + 12.5 for j in range(400)]
    k = [[[(1e-18 if 1000 <= b < 1100 and 3000 <= x <= 6000 else 1e-12) * unit for x in centre]] for b in botm]
    wet = [j for j, x in enumerate(centre) if 4200 <= x <= 4800]
    rate = 0.5 * 86.4 / (len(wet) * 25)
    held = [(n + 1, 1, 1, 800.0) for n in range(80) if botm[n] < 800] + [(n + 1, 1, 400, 100.0) for n in range(80) if botm[n] < 100]
    return dict(size=(80, 1, 400), delr=25, delc=1, top=2000, botm=botm, k=k, k33=None, icelltype=[1] * 80, strt=600, newton="NEWTON",
                packages={"CHD": held, "RCH": [(1, 1, j + 1, rate) for j in wet]}, periods=["730 1 1", "29270 1 1"],
                ims=f"BEGIN OPTIONS\n {COMPLEX}\n NO_PTC ALL\nEND OPTIONS\nBEGIN NONLINEAR\n OUTER_DVCLOSE 1e-4\n OUTER_MAXIMUM 2000\n {DBD}\n "
                    f"{BACKTRACKING}\nEND NONLINEAR\nBEGIN LINEAR\n LINEAR_ACCELERATION BICGSTAB\n INNER_DVCLOSE 1e-5\n"
                    " INNER_RCLOSE 1e-4 RELATIVE_RCLOSE\n INNER_MAXIMUM 100\n RELAXATION_FACTOR 0.0\n NUMBER_ORTHOGONALIZATIONS 2\n"
                    " PRECONDITIONER_LEVELS 8\n PRECONDITIONER_DROP_TOLERANCE 1e-3\nEND LINEAR\n")


def mound():
    types = [1] * 9 + [0] * 5
    held = {(k, i, 40) for k in range(10, 15) for i in range(1, 40)} | {(k, 40, j) for k in range(10, 15) for j in range(1, 41)}
    return dict(size=(14, 40, 40), delr=125, delc=125, top=80, botm=[65 - 5 * k for k in range(14)], k=5.0, k33=0.25, icelltype=types, strt=25,
                newton="NEWTON", storage=(1e-7, 0.2), steady=4,
                packages={"CHD": [(*c, 25.0) for c in sorted(held)], "RCH": [(1, i, j, 0.05) for i in (1, 2) for j in (1, 2)]},
                periods=["190 10 1", "518 2 1", "1921 17 1", "1 1 1"],
                ims=f"BEGIN OPTIONS\n {COMPLEX}\n NO_PTC ALL\nEND OPTIONS\nBEGIN NONLINEAR\n OUTER_DVCLOSE 1e-6\n OUTER_MAXIMUM 500\nEND NONLINEAR\n"
                    "BEGIN LINEAR\n INNER_DVCLOSE 1e-6\n INNER_RCLOSE 1000\n INNER_MAXIMUM 100\nEND LINEAR\n")


def zaidel(end):
    botm = [[20.0 - 5 * (j // 40) for j in range(200)]]
    return dict(size=(1, 1, 200), delr=5, delc=1, top=25, botm=[botm], k=1e-4, k33=None, icelltype=[1], strt=23, newton="NEWTON UNDER_RELAXATION",
                packages={"CHD": [(1, 1, 1, 23.0), (1, 1, 200, end)]}, periods=["1 1 1"],
                ims=f"BEGIN OPTIONS\n {COMPLEX}\nEND OPTIONS\nBEGIN NONLINEAR\n OUTER_DVCLOSE 1e-9\n OUTER_MAXIMUM 500\n {DBD}\nEND NONLINEAR\n"
                    "BEGIN LINEAR\n INNER_DVCLOSE 1e-9\n INNER_RCLOSE 1e-6\n INNER_MAXIMUM 100\nEND LINEAR\n")


MODELS = {"keating": keating, "mound": mound, "zaidel_1m": lambda: zaidel(1.0), "zaidel_10m": lambda: zaidel(10.0)}


def array(name, value, nlay):
    if value is None:
        return ""
    if not isinstance(value, list):
        return f" {name}\n  CONSTANT {value}\n"
    if isinstance(value[0], list):
        return f" {name} LAYERED\n{layers(value)}\n"
    return f" {name} LAYERED\n" + "".join(f"  CONSTANT {v}\n" for v in value)


def write(folder, m):
    put = lambda name, text: (folder / name).write_text(text)
    nlay, nrow, ncol = m["size"]
    put("mfsim.nam", "BEGIN TIMING\n TDIS6 m.tdis\nEND TIMING\nBEGIN MODELS\n GWF6 m.nam m\nEND MODELS\nBEGIN EXCHANGES\nEND EXCHANGES\n"
        "BEGIN SOLUTIONGROUP 1\n IMS6 m.ims m\nEND SOLUTIONGROUP 1\n")
    put("m.tdis", f"BEGIN DIMENSIONS\n NPER {len(m['periods'])}\nEND DIMENSIONS\nBEGIN PERIODDATA\n" + "\n".join(m["periods"]) + "\nEND PERIODDATA\n")
    put("m.ims", m["ims"].replace("BEGIN OPTIONS\n", "BEGIN OPTIONS\n PRINT_OPTION ALL\n", 1))
    storage = "storage" in m
    put("m.nam", f"BEGIN OPTIONS\n {m['newton']}\nEND OPTIONS\nBEGIN PACKAGES\n DIS6 m.dis\n IC6 m.ic\n NPF6 m.npf\n" + (" STO6 m.sto\n" if storage else "")
        + "".join(f" {t}6 m.{t.lower()}\n" for t in m["packages"]) + " OC6 m.oc\nEND PACKAGES\n")
    put("m.dis", f"BEGIN DIMENSIONS\n NLAY {nlay}\n NROW {nrow}\n NCOL {ncol}\nEND DIMENSIONS\nBEGIN GRIDDATA\n DELR\n  CONSTANT {m['delr']}\n DELC\n"
        f"  CONSTANT {m['delc']}\n TOP\n  CONSTANT {m['top']}\n{array('BOTM', m['botm'], nlay)}END GRIDDATA\n")
    put("m.ic", f"BEGIN GRIDDATA\n STRT\n  CONSTANT {m['strt']}\nEND GRIDDATA\n")
    put("m.npf", f"BEGIN GRIDDATA\n{array('ICELLTYPE', m['icelltype'], nlay)}{array('K', m['k'], nlay)}{array('K33', m['k33'], nlay)}END GRIDDATA\n")
    if storage:
        ss, sy = m["storage"]
        put("m.sto", f"BEGIN GRIDDATA\n{array('ICONVERT', m['icelltype'], nlay)} SS\n  CONSTANT {ss}\n SY\n  CONSTANT {sy}\nEND GRIDDATA\nBEGIN PERIOD 1\n"
            f" TRANSIENT\nEND PERIOD\nBEGIN PERIOD {m['steady']}\n STEADY-STATE\nEND PERIOD\n")
    for t, rows in m["packages"].items():
        put(f"m.{t.lower()}", f"BEGIN DIMENSIONS\n MAXBOUND {len(rows)}\nEND DIMENSIONS\nBEGIN PERIOD 1\n{table(rows)}\nEND PERIOD 1\n")
    put("m.oc", "BEGIN OPTIONS\n HEAD FILEOUT m.hds\nEND OPTIONS\nBEGIN PERIOD 1\n SAVE HEAD LAST\nEND PERIOD 1\n")


def heads(path):
    data, at, out = path.read_bytes(), 0, []
    while at < len(data):
        ncol, nrow = struct.unpack_from("<ii", data, at + 40)
        at += 52
        out += struct.unpack_from(f"<{ncol * nrow}d", data, at)
        at += 8 * ncol * nrow
    return out


def main():
    if "MF6" not in os.environ:
        sys.exit("published_models.py: skipped: MF6 names no MODFLOW 6 program")
    ours = os.path.abspath(os.environ.get("PHREATIC", "build/bin/phreatic"))
    print("| model | cells | MODFLOW 6: solved, outer / inner | phreatic: solved, outer / inner | heads apart, length unit; dry in one only |\n|---|---:|---|---|---:|")
    for name in sys.argv[1:] or MODELS:
        m = MODELS[name]()
        with tempfile.TemporaryDirectory(prefix="published-") as made:
            folder = Path(made)
            write(folder, m)
            a, b = modflow(os.environ["MF6"], folder, 580), phreatic(ours, folder, 580)
            apart = "-"
            if a[0] and b[0]:
                pairs = list(zip(heads(folder / "m.hds"), heads(folder / "out/m.hds")))
                dry = sum((abs(x) > 1e29) != (abs(y) > 1e29) for x, y in pairs)
                apart = f"{max(abs(x - y) for x, y in pairs if max(abs(x), abs(y)) < 1e29):.1e}, {dry}"
            size = m["size"]
            print(f"| {name} | {size[0] * size[1] * size[2]} | {a[0]}, {a[1]} / {a[2]} | {b[0]}, {b[1]} / {b[2]} | {apart} |", flush=True)


if __name__ == "__main__":
    main()
