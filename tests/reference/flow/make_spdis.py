#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Specific discharge on unequal columns and rows by a MODFLOW 6 program: spdis/*.txt hold the input files, spdis/*.csv the numbers.

    MF6=/path/to/mf6 python make_spdis.py

The stored numbers come from the mf6 6.2.1 release candidate of the PyPI package flopyarcade 0.6.18; FloPy reads its
results. This version weights the two faces of a cell by the wrong distances (tests/flow/mf6/test_specific_discharge.cpp);
later ones do not. Columns widen by a factor of 20, rows by 10, two cells are inactive, one layer converts; Picard and NEWTON. Where both programs
weight alike (equal columns and layers) also: confined layers of uneven thickness under NEWTON, THICKSTRT, pass-through cells.
"""
import os
import pathlib
import subprocess
import tempfile

import flopy

HERE = pathlib.Path(__file__).resolve().parent / "spdis"
DELR, DELC = "5 10 40 100 30 12 60", "80 8 20 40 15"


def model(newton):
    files = {}
    files["mfsim.nam"] = ("BEGIN TIMING\n  TDIS6 m.tdis\nEND TIMING\nBEGIN MODELS\n  GWF6 m.nam m\nEND MODELS\n"
                          "BEGIN EXCHANGES\nEND EXCHANGES\nBEGIN SOLUTIONGROUP 1\n  MXITER 1\n  IMS6 m.ims m\nEND SOLUTIONGROUP 1\n")
    files["m.tdis"] = "BEGIN DIMENSIONS\n  NPER 1\nEND DIMENSIONS\nBEGIN PERIODDATA\n  1 1 1\nEND PERIODDATA\n"
    files["m.ims"] = ("BEGIN NONLINEAR\n  OUTER_DVCLOSE 1e-10\n  OUTER_MAXIMUM 500\nEND NONLINEAR\nBEGIN LINEAR\n  INNER_MAXIMUM 500\n"
                      f"  INNER_DVCLOSE 1e-11\n  INNER_RCLOSE 1e-9\n  LINEAR_ACCELERATION {'BICGSTAB' if newton else 'CG'}\nEND LINEAR\n")
    files["m.nam"] = (f"BEGIN OPTIONS\n{'  NEWTON' if newton else ''}\nEND OPTIONS\nBEGIN PACKAGES\n  DIS6 m.dis\n  IC6 m.ic\n  NPF6 m.npf\n"
                      "  OC6 m.oc\n  CHD6 m.chd\n  RCH6 m.rch\n  WEL6 m.wel\nEND PACKAGES\n")
    files["m.dis"] = ("BEGIN DIMENSIONS\n  NLAY 2\n  NROW 5\n  NCOL 7\nEND DIMENSIONS\nBEGIN GRIDDATA\n  DELR\n    INTERNAL\n"
                      f"{DELR}\n  DELC\n    INTERNAL\n{DELC}\n  TOP\n    CONSTANT 12\n  BOTM LAYERED\n    CONSTANT 2\n    CONSTANT -10\n"
                      "  IDOMAIN LAYERED\n    INTERNAL\n1 1 1 1 1 1 1\n1 1 0 1 1 1 1\n1 1 1 1 1 1 1\n1 1 1 1 1 0 1\n1 1 1 1 1 1 1\n"
                      "    CONSTANT 1\nEND GRIDDATA\n")
    files["m.ic"] = "BEGIN GRIDDATA\n  STRT\n    CONSTANT 9\nEND GRIDDATA\n"
    files["m.npf"] = ("BEGIN OPTIONS\n  SAVE_FLOWS\n  SAVE_SPECIFIC_DISCHARGE\nEND OPTIONS\nBEGIN GRIDDATA\n  ICELLTYPE LAYERED\n    CONSTANT 1\n"
                      "    CONSTANT 0\n  K LAYERED\n    CONSTANT 4\n    CONSTANT 15\n  K22 LAYERED\n    CONSTANT 1\n    CONSTANT 20\n"
                      "  K33\n    CONSTANT 0.3\nEND GRIDDATA\n")
    files["m.oc"] = "BEGIN OPTIONS\n  HEAD FILEOUT m.hds\n  BUDGET FILEOUT m.cbc\nEND OPTIONS\nBEGIN PERIOD 1\n  SAVE HEAD ALL\n  SAVE BUDGET ALL\nEND PERIOD\n"
    files["m.chd"] = ("BEGIN DIMENSIONS\n  MAXBOUND 4\nEND DIMENSIONS\nBEGIN PERIOD 1\n  1 1 1 9.5\n  2 3 1 9\n  1 5 7 7.5\n  2 2 7 7.8\nEND PERIOD\n")
    cells = "".join(f"  1 {i} {j} 2e-3\n" for i in range(1, 6) for j in range(2, 7) if (i, j) not in ((2, 3), (4, 6)))
    files["m.rch"] = f"BEGIN DIMENSIONS\n  MAXBOUND 30\nEND DIMENSIONS\nBEGIN PERIOD 1\n{cells}END PERIOD\n"
    files["m.wel"] = "BEGIN DIMENSIONS\n  MAXBOUND 1\nEND DIMENSIONS\nBEGIN PERIOD 1\n  2 4 4 -35\nEND PERIOD\n"
    return files


def uneven(newton, options, types, idomain):
    """Four layers on equal columns and rows, thicknesses uneven along them."""
    files = model(newton)
    top = [12 + (3 * i + 5 * j) % 7 * 0.4 for i in range(5) for j in range(7)]
    thick = [4 + (i * 2 + j * 3) % 5 * 0.5 for i in range(5) for j in range(7)]
    rows = lambda values: "".join(" ".join(f"{v:g}" for v in values[i:i + 7]) + "\n" for i in range(0, 35, 7))
    layers = "".join("    INTERNAL\n" + rows([t - d * (k + 1) for t, d in zip(top, thick)]) for k in range(4))
    files["m.dis"] = ("BEGIN DIMENSIONS\n  NLAY 4\n  NROW 5\n  NCOL 7\nEND DIMENSIONS\nBEGIN GRIDDATA\n  DELR\n    CONSTANT 50\n  DELC\n"
                      f"    CONSTANT 40\n  TOP\n    INTERNAL\n{rows(top)}  BOTM LAYERED\n{layers}  IDOMAIN LAYERED\n"
                      + "".join("    INTERNAL\n" + rows([idomain.get((k, i), 1) for i in range(35)]) for k in range(4)) + "END GRIDDATA\n")
    files["m.ic"] = "BEGIN GRIDDATA\n  STRT\n    CONSTANT 11.5\nEND GRIDDATA\n"
    files["m.npf"] = (f"BEGIN OPTIONS\n  SAVE_FLOWS\n  SAVE_SPECIFIC_DISCHARGE\n{options}END OPTIONS\nBEGIN GRIDDATA\n  ICELLTYPE LAYERED\n"
                      + "".join(f"    CONSTANT {t}\n" for t in types) + "  K\n    CONSTANT 6\n  K33\n    CONSTANT 0.5\nEND GRIDDATA\n")
    files["m.chd"] = ("BEGIN DIMENSIONS\n  MAXBOUND 4\nEND DIMENSIONS\nBEGIN PERIOD 1\n  1 1 1 12\n  2 3 1 11.8\n  4 5 7 10.5\n  4 2 7 10.6\nEND PERIOD\n")
    files["m.wel"] = "BEGIN DIMENSIONS\n  MAXBOUND 1\nEND DIMENSIONS\nBEGIN PERIOD 1\n  4 4 4 -8\nEND PERIOD\n"
    cells = "".join(f"  1 {i} {j} 2e-3\n" for i in range(1, 6) for j in range(2, 7))
    files["m.rch"] = f"BEGIN DIMENSIONS\n  MAXBOUND 30\nEND DIMENSIONS\nBEGIN PERIOD 1\n{cells}END PERIOD\n"
    return files


def run(name, files, program):
    with tempfile.TemporaryDirectory() as folder:
        at = pathlib.Path(folder)
        for file, text in files.items():
            (at / file).write_text(text)
        done = subprocess.run([program], cwd=at, capture_output=True, text=True, check=False)
        assert "Normal termination" in done.stdout, done.stdout
        spdis = flopy.utils.CellBudgetFile(at / "m.cbc").get_data(text="DATA-SPDIS")[0]
        lines = ["cell,qx,qy,qz"] + [f"{r['node']},{r['qx']:.10g},{r['qy']:.10g},{r['qz']:.10g}" for r in spdis]
    HERE.mkdir(exist_ok=True)
    (HERE / f"{name}.txt").write_text("".join(f"=== {file}\n{text}" for file, text in files.items()))
    (HERE / f"{name}.csv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    mf6 = os.environ["MF6"]
    run("picard", model(False), mf6)
    run("newton", model(True), mf6)
    run("confined_newton", uneven(True, "", (1, 0, 0, 0), {}), mf6)
    run("thickstrt", uneven(False, "  THICKSTRT\n", (-1, -1, 1, 0), {}), mf6)
    run("pass_through", uneven(False, "", (1, 0, 0, 0), {(1, 10): -1, (2, 11): -1, (1, 12): -1, (2, 12): -1}), mf6)
