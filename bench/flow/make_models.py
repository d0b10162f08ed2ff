# SPDX-License-Identifier: BSD-3-Clause
"""Writes a MODFLOW 6 folder like a lowland study of managed recharge.

    python3 make_models.py OUT small|mid|large|quarter|year|lowland

25 m cells, upper layer convertible, correlated lognormal conductivities, layers joined through resistances of some
hundred days, fixed heads along the edges, ditches in a net of 500 m, drains in a third of the cells, a recharge array
for every period with basins in it. year: daily steps in 365 periods; lowland: 21 km by 37 km, daily steps in 52 weeks.
Seeded; needs numpy only.
"""
import pathlib
import sys

import numpy as np

# Layers, rows, columns, periods, days and steps of each.
SIZES = {"small": (1, 100, 100, 365, 1.0, 1), "mid": (3, 300, 300, 240, 1.0, 1), "large": (3, 1000, 1000, 15, 10.0, 1),
         "quarter": (3, 275, 275, 90, 1.0, 1), "year": (3, 275, 275, 365, 1.0, 1), "lowland": (3, 832, 1472, 52, 7.0, 7)}
WIDTH, THICKNESS, CONDUCTIVITY = 25.0, (20.0, 30.0, 40.0), (10.0, 20.0, 30.0)


class Folder:
    def __init__(self, path, shape):
        self.path, self.shape = pathlib.Path(path), shape
        (self.path / "arrays").mkdir(parents=True, exist_ok=True)

    def array(self, name, values):
        header = np.zeros(1, dtype="<i4,<i4,<f8,<f8,S16,<i4,<i4,<i4")
        header[0] = (1, 1, 1.0, 1.0, name.upper().encode(), self.shape[1], self.shape[0], 1)
        (self.path / f"arrays/{name}.bin").write_bytes(header.tobytes() + np.ascontiguousarray(values, "<f8").tobytes())
        return f"    OPEN/CLOSE arrays/{name}.bin (BINARY)"

    def file(self, name, blocks):
        """blocks: pairs of a title and the lines in it."""
        text = "".join(f"BEGIN {title}\n" + "".join(f"  {line}\n" for line in lines) + f"END {title}\n" for title, lines in blocks)
        (self.path / name).write_text(text)


def smooth_field(random, shape, length):
    """Periodic Gaussian noise, smoothed over `length` cells, of unit variance."""
    down, along = (2 * np.pi * np.fft.fftfreq(n) for n in shape)
    filtered = np.exp(-0.5 * length**2 * (down[:, None] ** 2 + along[None, : shape[1] // 2 + 1] ** 2))
    field = np.fft.irfft2(np.fft.rfft2(random.standard_normal(shape)) * filtered, s=shape)
    return field / field.std()


def bounds(folder, name, places, columns):
    lines = [" ".join(map(str, place)) + "".join(f" {value:.4f}" for value in row) for place, row in zip(places, columns)]
    folder.file(name, [("DIMENSIONS", [f"MAXBOUND {len(lines)}"]), ("PERIOD 1", lines)])


def write_frame(folder, periods, days, steps):
    folder.file("mfsim.nam", [("TIMING", ["TDIS6 model.tdis"]), ("MODELS", ["GWF6 model.nam gwf"]),
                              ("SOLUTIONGROUP 1", ["IMS6 model.ims gwf"])])
    folder.file("model.tdis", [("OPTIONS", ["TIME_UNITS DAYS"]), ("DIMENSIONS", [f"NPER {periods + 1}"]),
                               ("PERIODDATA", ["1.0 1 1.0"] + [f"{days} {steps} 1.0"] * periods)])
    folder.file("model.ims", [("OPTIONS", ["COMPLEXITY SIMPLE"]),
                              ("NONLINEAR", ["OUTER_DVCLOSE 1e-3", "OUTER_MAXIMUM 200"]),
                              ("LINEAR", ["INNER_MAXIMUM 300", "INNER_DVCLOSE 1e-4", "INNER_RCLOSE 1.0", "RELAXATION_FACTOR 0.97"])])
    kinds = ("DIS", "IC", "NPF", "STO", "CHD", "RIV", "DRN", "RCH", "OC")
    folder.file("model.nam", [("PACKAGES", [f"{kind}6 model.{kind.lower()}" for kind in kinds])])
    folder.file("model.oc", [("OPTIONS", ["HEAD FILEOUT model.hds"]), ("PERIOD 1", ["SAVE HEAD LAST"])])


def scale(shape):
    """Cells over which what is smooth changes."""
    return max(4, min(40, min(shape) // 10))


def write_aquifer(folder, random, layers, shape, top):
    long = scale(shape)
    bottoms, upper = [], top
    for k in range(layers):
        upper = upper - THICKNESS[k] * (1 + 0.1 * np.clip(smooth_field(random, shape, long), -2, 2))
        bottoms.append(upper)
    layered = lambda name, arrays: [f"{name} LAYERED"] + [folder.array(f"{name.lower()}{k + 1}", a) for k, a in enumerate(arrays)]
    constants = lambda name, values: [f"{name} LAYERED"] + [f"    CONSTANT {value}" for value in values]
    folder.file("model.dis", [("DIMENSIONS", [f"NLAY {layers}", f"NROW {shape[0]}", f"NCOL {shape[1]}"]),
                              ("GRIDDATA", ["DELR", f"    CONSTANT {WIDTH}", "DELC", f"    CONSTANT {WIDTH}", "TOP",
                                            folder.array("top", top)] + layered("BOTM", bottoms))])
    folder.file("model.ic", [("GRIDDATA", layered("STRT", [top - 1.5] * layers))])
    k = [np.exp(np.log(CONDUCTIVITY[i]) + 0.8 * smooth_field(random, shape, 6)) for i in range(layers)]
    vertical = [THICKNESS[i] / np.exp(np.log(500) + 0.7 * smooth_field(random, shape, long)) for i in range(layers)]
    convertible = [1] + [0] * (layers - 1)
    folder.file("model.npf", [("GRIDDATA", constants("ICELLTYPE", convertible) + layered("K", k) + layered("K33", vertical))])
    folder.file("model.sto", [("GRIDDATA", constants("ICONVERT", convertible) + ["SS", "    CONSTANT 1e-5", "SY", "    CONSTANT 0.2"]),
                              ("PERIOD 1", ["STEADY-STATE"]), ("PERIOD 2", ["TRANSIENT"])])


def write_boundaries(folder, random, layers, shape, top):
    row, column = np.mgrid[0:shape[0], 0:shape[1]]
    edge = (row == 0) | (row == shape[0] - 1) | (column == 0) | (column == shape[1] - 1)
    bend = lambda x: (4 * np.sin(x / 18) + 3 * np.sin(x / 44)).astype(int)
    ditch = (((row + bend(column)) % 20 == 0) | ((column + bend(row)) % 20 == 0)) & ~edge
    wet = smooth_field(random, shape, 10)
    drained = (wet > np.quantile(wet, 0.66)) & ~edge & ~ditch
    cells = lambda mask, layer=1: [(layer, i + 1, j + 1) for i, j in np.argwhere(mask)]
    level = top.mean(axis=1, keepdims=True) + 0 * top - 2  # along the edges
    bounds(folder, "model.chd", [c for k in range(layers) for c in cells(edge, k + 1)], [(h,) for _ in range(layers) for h in level[edge]])
    bounds(folder, "model.riv", cells(ditch), [(t - 1.5, 100.0, t - 2.5) for t in top[ditch]])
    bounds(folder, "model.drn", cells(drained), [(t - 0.8, 20.0) for t in top[drained]])


def write_recharge(folder, random, shape, periods, days):
    pattern = 1 + 0.3 * np.clip(smooth_field(random, shape, scale(shape)), -2, 2)
    basins = np.zeros(shape)
    for i, j in random.integers(5, np.array(shape) - 15, (max(2, min(shape) // 50), 2)):
        basins[i : i + 6, j : j + 6] = 0.02
    blocks = [("OPTIONS", ["READASARRAYS"])]
    for period in range(periods + 1):
        season = 1 + np.cos(2 * np.pi * period * days / 365)
        rate = 0.0008 if period == 0 else max(0.0, 0.0008 * season + 0.0006 * random.standard_normal())
        values = rate * pattern + (basins if period > 0 else 0)
        blocks.append((f"PERIOD {period + 1}", ["RECHARGE", folder.array(f"recharge{period + 1}", values)]))
    folder.file("model.rch", blocks)


def main():
    layers, rows, columns, periods, days, steps = SIZES[sys.argv[2]]
    shape = (rows, columns)
    random = np.random.default_rng(20)
    folder = Folder(sys.argv[1], shape)
    slope = 20 + 0.0005 * WIDTH * np.arange(rows, 0, -1)[:, None]
    top = slope + 2 * smooth_field(random, shape, 2 * scale(shape))
    write_frame(folder, periods, days, steps)
    write_aquifer(folder, random, layers, shape, top)
    write_boundaries(folder, random, layers, shape, top)
    write_recharge(folder, random, shape, periods, days)


if __name__ == "__main__":
    main()
