#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Small random models that mix packages, options and ways to write input, run by MODFLOW 6 and by phreatic: where do heads,
budgets, listings and observations differ?

    MF6=path/to/mf6 PHREATIC=build/bin/phreatic bench/flow/random_models.py [FIRST [LAST]] [--keep FOLDER]

Compared are heads (model's unit), every entry of every term of the budget file, every rate and volume printed in the listing and
every observation (flows in part of the largest of the step). A model that MODFLOW 6 does not solve is left out and counted. With
--keep the folders of models that differ stay. The MODFLOW 6 program is expected to be the 6.2.1 release candidate of the PyPI package
flopyarcade: what that one does otherwise than 6.6.2 is not asked for (storage in half-filled cells, ATS, BUDGETCSV).
"""
import array
import math
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

LIMIT = 1e-4


class Model:
    """Draws a model from a seed and writes it: the same seed gives the same files."""

    def __init__(self, seed, folder):
        self.r = random.Random(seed)
        self.folder = folder
        self.seed = seed
        r = self.r
        self.nlay, self.nrow, self.ncol = r.randint(1, 4), r.randint(1, 9), r.randint(3, 10)
        self.newton = r.random() < 0.35
        self.rewet = not self.newton and r.random() < 0.2
        self.crlf = r.random() < 0.2
        self.plain = r.random() < 0.3  # no tricks of writing
        self.names = []
        # 6.2.1 counts the values of arrays (READASARRAYS) over active cells alone: arrays or inactive cells, not both.
        self.arrays = r.random() < 0.5

    # --- ways to write

    def chance(self, p):
        return self.r.random() < p

    def number(self, x):
        if isinstance(x, str):
            return x
        if isinstance(x, int):
            return str(x)
        if self.plain:
            return f"{x:.8g}"
        kind = self.r.randint(0, 5)
        text = f"{x:.7e}" if kind in (0, 1) else f"{x:.8g}"
        if kind == 0:
            text = text.replace("e", self.r.choice("dDE"))
        if kind == 2 and x > 0:
            text = "+" + text
        if kind == 3 and text.startswith("0."):
            text = text[1:]
        if kind == 4 and re.fullmatch(r"-?\d+", text):
            text += "."
        return text

    def word(self, text):
        if self.plain:
            return text
        return self.r.choice([text, text, text.lower(), text.title()])

    def line(self, *words, remark=True):
        gap = " " if self.plain else self.r.choice([" ", "  ", "\t", "   ", " , " if all(words[1:]) and False else " "])
        text = "  " + gap.join(self.number(w) for w in words)
        if not self.plain and remark and self.chance(0.1):
            text += self.r.choice(["  # a remark", "  ! a remark", "  // a remark"])
        return text + "\n"

    def block(self, name, body):
        if not body:
            return ""
        tail = ""
        if not self.plain and self.chance(0.2):
            tail = self.r.choice(["# remark\n", "! remark\n", "\n", "// remark\n"])
        begin, end = self.word("BEGIN"), self.word("END")
        return f"{begin} {name}\n{tail}{body}{end} {name}\n" + ("\n" if self.chance(0.3) else "")

    def put(self, name, text):
        if self.crlf:
            text = text.replace("\n", "\r\n")
        (self.folder / name).write_bytes(text.encode())

    def rows(self, values, per_row):
        out = ""
        for i in range(0, len(values), per_row):
            out += " " + " ".join(self.number(x) for x in values[i:i + per_row]) + "\n"
        return out

    def external(self, values, per_row, whole, layer):
        """Values in a file of their own; the words that name it."""
        name = f"a{len(self.names)}.{'bin' if self.chance(0.4) else 'txt'}"
        self.names.append(name)
        if name.endswith("bin"):
            head = struct.pack("<iidd16siii", 1, 1, 1.0, 1.0, b"            DATA", per_row if layer else len(values),
                               len(values) // per_row if layer else 1, 1)
            data = array.array("i" if whole else "d", values).tobytes()
            (self.folder / name).write_bytes(head + data)
            return f"{self.word('OPEN/CLOSE')} {self.quoted(name)} ", " " + self.word("(BINARY)")
        self.put(name, self.rows(values, per_row))
        return f"{self.word('OPEN/CLOSE')} {self.quoted(name)} ", ""

    def quoted(self, name):
        return name if self.plain else self.r.choice([name, f"'{name}'"])

    def control(self, values, per_row, whole=False, layer=True):
        if all(v == values[0] for v in values) and self.chance(0.8):
            return f"    {self.word('CONSTANT')} {self.number(values[0])}\n"
        factor = ""
        if not self.plain and self.chance(0.3):
            f = 2 if whole else 4.0
            if not whole or all(v % 2 == 0 for v in values):
                values = [v // 2 if whole else v / f for v in values]
                factor = f" {self.word('FACTOR')} {self.number(f)}"
        iprn = f" {self.word('IPRN')} -1" if not self.plain and self.chance(0.2) else ""
        if not self.plain and self.chance(0.3):
            first, binary = self.external(values, per_row, whole, layer)
            return f"    {first}{factor}{binary}{iprn}\n"
        return f"    {self.word('INTERNAL')}{factor}{iprn}\n" + self.rows(values, per_row)

    def layered(self, name, layers, whole=False):
        """An array over all cells, given by layer."""
        if len({v for values in layers for v in values}) == 1 and self.chance(0.7):
            return f"  {self.word(name)}\n    {self.word('CONSTANT')} {self.number(layers[0][0])}\n"
        if self.chance(0.7):
            return f"  {self.word(name)} {self.word('LAYERED')}\n" + "".join(self.control(v, self.ncol, whole) for v in layers)
        return f"  {self.word(name)}\n" + self.control([v for values in layers for v in values], self.ncol, whole, False)

    def flat(self, name, values, per_row, whole=False):
        return f"  {self.word(name)}\n" + self.control(values, per_row, whole, True)

    # --- drawing

    def between(self, low, high):
        return round(low + (high - low) * self.r.random(), 4)

    def decades(self, low, high):
        return float(f"{10 ** (low + (high - low) * self.r.random()):.4g}")

    def per_cell(self, draw, same=0.5):
        """By layer: all equal or drawn for every cell."""
        n = self.nrow * self.ncol
        return [[draw()] * n if self.chance(same) else [draw() for _ in range(n)] for _ in range(self.nlay)]

    def make(self):
        self.time()
        self.grid()
        packages = [("DIS6", "m.dis", ""), ("IC6", "m.ic", ""), ("NPF6", "m.npf", "")]
        self.flow()
        if any(not p[3] for p in self.periods) or self.chance(0.3):
            packages.append(("STO6", "m.sto", ""))
            self.storage()
        packages += self.boundaries()
        if self.chance(0.25) and self.barriers():
            packages.append(("HFB6", "m.hfb", ""))
        self.observations()
        packages.append(("OBS6", "m.mobs", ""))
        packages.append(("OC6", "m.oc", ""))
        self.output()
        self.ims()
        body = "".join(self.line(*[w for w in p if w], remark=False) for p in packages)
        options = ""
        if self.newton:
            options += self.line("NEWTON", *(["UNDER_RELAXATION"] if self.chance(0.5) else []))
        if self.chance(0.5):
            options += self.line(self.word("SAVE_FLOWS"))
        if self.chance(0.5):
            options += self.line(self.word("PRINT_FLOWS"))
        if self.chance(0.5):
            options += self.line(self.word("PRINT_INPUT"))
        self.put("m.nam", self.block("OPTIONS", options) + self.block("PACKAGES", body))
        self.put("mfsim.nam", self.block("OPTIONS", self.line("CONTINUE") if False else "  \n") + self.block("TIMING", self.line("TDIS6", "m.tdis"))
                 + self.block("MODELS", self.line("GWF6", "m.nam", "m")) + "BEGIN EXCHANGES\nEND EXCHANGES\n"
                 + "BEGIN SOLUTIONGROUP 1\n  MXITER 1\n  IMS6 m.ims m\nEND SOLUTIONGROUP 1\n")

    def time(self):
        n = self.r.randint(1, 4)
        self.periods = []
        for p in range(n):
            steady = self.chance(0.6 if p == 0 else 0.2)
            steps = 1 if steady and self.chance(0.7) else self.r.randint(1, 5)
            self.periods.append((self.between(1, 60), steps, self.r.choice([1.0, 1.2, 1.5]), steady))
        body = "".join(self.line(*p[:3]) for p in self.periods)
        self.put("m.tdis", self.block("OPTIONS", self.line(self.word("TIME_UNITS"), self.word("DAYS")))
                 + self.block("DIMENSIONS", self.line("NPER", n)) + self.block("PERIODDATA", body))

    def grid(self):
        r, n = self.r, self.nrow * self.ncol
        even = self.chance(0.4)
        self.even = even
        self.delr = [100.0] * self.ncol if even else [self.between(50, 200) for _ in range(self.ncol)]
        self.delc = [80.0] * self.nrow if even else [self.between(50, 200) for _ in range(self.nrow)]
        flat = self.chance(0.4)
        self.top = [20.0] * n if flat else [self.between(18, 22) for _ in range(n)]
        self.botm, above = [], self.top
        thick = self.between(4, 12)
        same = flat and self.chance(0.5)
        self.level_layers = same or self.nlay < 3
        for _ in range(self.nlay):
            thick = thick if same else self.between(4, 12)
            above = [round(a - (thick if flat else thick * (0.8 + 0.4 * r.random())), 4) for a in above]
            self.botm.append(above)
        self.idomain = [[1] * n for _ in range(self.nlay)]
        if not self.arrays and self.chance(0.7):
            for k in range(self.nlay):
                for i in range(n):
                    if self.chance(0.08):
                        inner = 0 < k < self.nlay - 1
                        self.idomain[k][i] = r.choice([0, -1]) if inner or self.chance(0.3) else 0
        body = self.flat("DELR", self.delr, self.ncol) + self.flat("DELC", self.delc, self.nrow) + self.flat("TOP", self.top, self.ncol)
        body += self.layered("BOTM", self.botm)
        if any(v != 1 for k in self.idomain for v in k) or self.chance(0.2):
            body += self.layered("IDOMAIN", self.idomain, True)
        self.put("m.dis", self.block("OPTIONS", self.line(self.word("LENGTH_UNITS"), self.word("METERS")))
                 + self.block("DIMENSIONS", self.line("NLAY", self.nlay) + self.line("NROW", self.nrow) + self.line("NCOL", self.ncol))
                 + self.block("GRIDDATA", body))
        level = self.between(10, 19)
        self.level = level
        start = [[max(level + self.between(-1, 1), b + 0.5) for b in self.botm[k]] for k in range(self.nlay)]
        if self.chance(0.5):
            start = [[max(level, max(self.botm[0]) + 0.5)] * n for _ in range(self.nlay)]
        self.start = [[round(v, 4) for v in k] for k in start]
        self.put("m.ic", self.block("GRIDDATA", self.layered("STRT", self.start)))

    def flow(self):
        r = self.r
        options = ""
        if self.chance(0.7):
            options += self.line(self.word("SAVE_FLOWS"))
        if self.chance(0.3):
            options += self.line("ALTERNATIVE_CELL_AVERAGING", r.choice(["LOGARITHMIC", "AMT-LMK", "AMT-HMK"]))
        self.celltype = [r.choice([0, 1, 1]) for _ in range(self.nlay)]
        thick = not self.newton and self.chance(0.15)
        if thick:
            options += self.line("THICKSTRT")
            self.celltype = [r.choice([-1, 0, 1]) for _ in range(self.nlay)]
        if not self.newton and self.chance(0.3):
            options += self.line("VARIABLECV", *(["DEWATERED"] if self.chance(0.5) else []))
        if not self.newton and not self.rewet and self.chance(0.15):
            options += self.line("PERCHED")
        if self.rewet:
            options += self.line("REWET", "WETFCT", self.between(0.3, 1), "IWETIT", r.randint(1, 2), "IHDWET", r.randint(0, 1), remark=False)
        over22, over33 = self.chance(0.2), self.chance(0.3)
        if over22:
            options += self.line("K22OVERK")
        if over33:
            options += self.line("K33OVERK")
        if self.chance(0.4):
            options += self.line("SAVE_SPECIFIC_DISCHARGE")
        if self.chance(0.4):
            options += self.line("SAVE_SATURATION")
        body = self.layered("ICELLTYPE", [[c] * (self.nrow * self.ncol) for c in self.celltype], True)
        body += self.layered("K", self.per_cell(lambda: self.decades(-1, 1.5)))
        if self.chance(0.4) or over22:
            body += self.layered("K22", self.per_cell(lambda: self.between(0.3, 2) if over22 else self.decades(-1, 1)))
        if self.chance(0.6) or over33:
            body += self.layered("K33", self.per_cell(lambda: self.between(0.05, 1) if over33 else self.decades(-2, 0.5)))
        if self.rewet:
            body += self.layered("WETDRY", self.per_cell(lambda: self.r.choice([0.0, 0.1, -0.1, 0.5, -0.5]), 0.7))
        self.put("m.npf", self.block("OPTIONS", options) + self.block("GRIDDATA", body))

    def storage(self):
        options = self.line(self.word("SAVE_FLOWS")) if self.chance(0.6) else ""
        coefficient = self.chance(0.3)
        if coefficient:
            options += self.line("STORAGECOEFFICIENT")
        convert = [0 if c == 0 else self.r.choice([0, 1, 1, 1]) for c in self.celltype]
        n = self.nrow * self.ncol
        # 6.2.1 stores elastic water in half-filled cells in another way; with 0 both agree.
        low, high = (-5, -3) if coefficient else (-6, -4)
        ss = [[0.0] * n if c else [self.decades(low, high)] * n for c in convert]
        body = self.layered("ICONVERT", [[c] * n for c in convert], True) + self.layered("SS", ss)
        body += self.layered("SY", self.per_cell(lambda: self.between(0.05, 0.3)))
        text = ""
        for p, period in enumerate(self.periods):
            if p == 0 or period[3] != self.periods[p - 1][3] or self.chance(0.3):
                text += self.block(f"PERIOD {p + 1}", self.line(self.word("STEADY-STATE" if period[3] else "TRANSIENT")))
        self.put("m.sto", self.block("OPTIONS", options) + self.block("GRIDDATA", body) + text)

    def cells(self, count, top_only=False, fixed=()):
        """Distinct active cells (layer, row, column), numbered from 1."""
        found = []
        for _ in range(count * 5):
            k = 0 if top_only else self.r.randrange(self.nlay)
            i, j = self.r.randrange(self.nrow), self.r.randrange(self.ncol)
            if self.idomain[k][i * self.ncol + j] > 0 and (k, i, j) not in found and (k, i, j) not in fixed:
                found.append((k, i, j))
            if len(found) == count:
                break
        return found

    def at(self, cell):
        n = cell[1] * self.ncol + cell[2]
        top = self.top[n] if cell[0] == 0 else self.botm[cell[0] - 1][n]
        return top, self.botm[cell[0]][n]

    def series(self, name, values, spread):
        """Time series of a package: names with values about those given."""
        total = sum(p[0] for p in self.periods)
        names = [f"{name}{i}" for i in range(len(values))]
        methods = [self.r.choice(["STEPWISE", "LINEAR", "LINEAREND"]) for _ in values]
        times = [0.0] + sorted(self.between(0, total) for _ in range(4)) + [round(total * 1.01 + 1, 4)]
        text = self.block("ATTRIBUTES", self.line("NAMES", *names, remark=False) + self.line("METHODS", *methods, remark=False)
                          + (self.line("SFACS", *[1.0 for _ in values], remark=False) if self.chance(0.3) else ""))
        text += self.block("TIMESERIES", "".join(self.line(t, *[v * (1 - spread * self.r.random()) for v in values]) for t in times))
        file = f"{name}.ts"
        self.put(file, text)
        return file, names

    def list_package(self, kind, number, draw, cells, columns, aux=0, options="", multiplier=True):
        """A package of a list. draw(cell) gives the values; `columns` is how many of them may be a time series."""
        r = self.r
        name = f"{kind.lower()}{number}"
        file = f"m.{name}"
        naux = aux or (r.randint(0, 2) if self.chance(0.4) else 0)
        names = [f"aux{i + 1}" for i in range(naux)]
        text = "" if options.startswith("AUXDEPTH") else options
        bound = self.chance(0.5)
        multiplied = multiplier and not aux and naux > 0 and self.chance(0.6)
        if naux:
            text += self.line(self.word("AUXILIARY"), *names, remark=False)
        if options.startswith("AUXDEPTH"):
            text += self.line(*options.split())
        if multiplied:
            text += self.line(self.word("AUXMULTNAME"), names[0])
        if bound:
            text += self.line(self.word("BOUNDNAMES"))
        if self.chance(0.5):
            text += self.line(self.word("SAVE_FLOWS"))
        if self.chance(0.3):
            text += self.line(self.word("PRINT_FLOWS"))
        if self.chance(0.3):
            text += self.line(self.word("PRINT_INPUT"))
        timed = columns > 0 and self.chance(0.3)
        body = ""
        most = 0
        tsnames = []
        for p in range(len(self.periods)):
            if p > 0 and self.chance(0.5):
                continue
            if p > 0 and self.chance(0.1):
                body += f"BEGIN PERIOD {p + 1}\nEND PERIOD {p + 1}\n"
                continue
            chosen = cells if p == 0 else [c for c in cells if self.chance(0.8)]
            rows = []
            binary = not timed and not bound and naux < 2 and not self.plain and self.chance(0.2)
            if timed and p == 0:
                first = draw(cells[0])
                tsfile, tsnames = self.series(name, [first[0]], 0.02 if kind == "GHB" else 0.4)
                text += self.line("TS6", "FILEIN", self.quoted(tsfile))
                self.timed_value = first[0]
            for c in chosen:
                values = draw(c)
                if tsnames and (c == cells[0]):
                    values = [tsnames[0]] + draw(c)[1:]
                extra = [self.between(0.5, 1) for _ in range(naux)]
                row = [c[0] + 1, c[1] + 1, c[2] + 1] + list(values) + extra
                if bound:
                    row.append(f"name{(c[1] + c[2]) % 3}" if self.plain or self.chance(0.7) else f"'name {(c[1] + c[2]) % 3}'")
                rows.append(row)
            most = max(most, len(rows))
            if binary:
                ext = f"l{len(self.names)}.bin"
                self.names.append(ext)
                (self.folder / ext).write_bytes(b"".join(struct.pack("<iii", *row[:3]) + struct.pack(f"<{len(row) - 3}d", *row[3:]) for row in rows))
                inner = f"  OPEN/CLOSE {ext} (BINARY)\n"
            elif not self.plain and self.chance(0.2):
                ext = f"l{len(self.names)}.txt"
                self.names.append(ext)
                self.put(ext, "".join(self.line(*row) for row in rows))
                inner = f"  {self.word('OPEN/CLOSE')} {self.quoted(ext)}\n"
            else:
                inner = "".join(self.line(*row) for row in rows)
            body += self.block(f"PERIOD {p + 1}", inner) if inner else f"BEGIN PERIOD {p + 1}\nEND PERIOD {p + 1}\n"
        if self.chance(0.5):
            obs = f"{name}.obs"
            lines = "".join(self.line(f"o{i}", kind, *[x + 1 for x in c]) for i, c in enumerate(cells[:2]))
            if bound:
                lines += self.line("byname", kind, "name0") + self.line("other", kind, "name1")
            self.put(obs, self.block(f"CONTINUOUS FILEOUT {name}.csv", lines))
            text += self.line("OBS6", "FILEIN", obs)
        self.put(file, self.block("OPTIONS", text) + self.block("DIMENSIONS", self.line("MAXBOUND", most)) + body)
        return (f"{kind}6", file, f"{name}" if self.chance(0.6) else "")

    def array_package(self, kind, number):
        name = f"{kind.lower()}{number}"
        text = self.line(self.word("READASARRAYS"))
        if self.chance(0.3):
            text += self.line("FIXED_CELL")
        if self.chance(0.5):
            text += self.line(self.word("SAVE_FLOWS"))
        if self.chance(0.3):
            text += self.line(self.word("PRINT_FLOWS"))
        n = self.nrow * self.ncol
        top = min(self.botm[0])
        timed = self.chance(0.3)
        total = sum(p[0] for p in self.periods)
        if timed:
            text += self.line("TAS6", "FILEIN", f"{name}.tas")
            tas = self.block("ATTRIBUTES", self.line("NAME", "array", remark=False) + self.line("METHOD", self.r.choice(["LINEAR", "STEPWISE"]), remark=False))
            for t in [0.0, round(total / 3, 3), round(total + 1, 3)]:
                values = [self.decades(-4.5, -2.5) for _ in range(n)]
                tas += f"BEGIN TIME {self.number(t)}\n    INTERNAL\n{self.rows(values, self.ncol)}END TIME {self.number(t)}\n"
            self.put(f"{name}.tas", tas)
        body = ""
        for p in range(len(self.periods)):
            if p > 0 and self.chance(0.5):
                continue
            inner = ""
            if self.chance(0.3):
                layer = [self.r.randint(1, self.nlay) for _ in range(n)]
                inner += self.flat("IRCH" if kind == "RCH" else "IEVT", layer, self.ncol, True)
            if kind == "EVT":
                inner += self.flat("SURFACE", [round(t - self.between(0, 1), 4) for t in self.top], self.ncol)
                inner += self.flat("DEPTH", [self.between(1, 4) for _ in range(n)], self.ncol)
            word = "RECHARGE" if kind == "RCH" else "RATE"
            if timed:
                inner += f"  {self.word(word)} TIMEARRAYSERIES array\n"
            else:
                inner += self.flat(word, [self.decades(-4.5, -2.5) for _ in range(n)] if self.chance(0.5) else [self.decades(-4, -3)] * n, self.ncol)
            body += self.block(f"PERIOD {p + 1}", inner)
        self.put(f"m.{name}", self.block("OPTIONS", text) + body)
        return (f"{kind}6", f"m.{name}", name)

    def boundaries(self):
        r, out = self.r, []
        fixed = []
        ts = 1
        if self.chance(0.7):
            fixed = self.cells(r.randint(1, 4))
            out.append(self.list_package("CHD", 1, lambda c: [round(max(self.level + self.between(-2, 2), self.at(c)[1] + 1), 4)], fixed, 0, multiplier=False))
        if not fixed or self.chance(0.5):
            out.append(self.list_package("GHB", 1, lambda c: [round(max(self.level + self.between(-2, 2), self.at(c)[1] + 0.5), 4), self.decades(-1, 2)],
                                         self.cells(r.randint(1, 6)), ts))
        for number in range(1, r.choice([0, 1, 1, 2]) + 1):
            out.append(self.list_package("WEL", number, lambda c: [self.between(-40, 30)], self.cells(r.randint(1, 4)), ts,
                                         options=self.line("AUTO_FLOW_REDUCE", 0.1) if self.chance(0.3) else ""))
        if self.chance(0.5):
            def river(c):
                bottom = round(max(self.at(c)[1] + 0.1, self.level - self.between(1, 4)), 4)
                return [round(bottom + self.between(0.2, 2.5), 4), self.decades(-1, 2), bottom]
            out.append(self.list_package("RIV", 1, river, self.cells(r.randint(1, 8)), 0))
        for number in range(1, r.choice([0, 1, 1, 2]) + 1):
            depth = self.chance(0.3) and not self.newton
            option = "AUXDEPTHNAME aux1" if depth else ""
            out.append(self.list_package("DRN", number, lambda c: [round(max(self.at(c)[1] + 0.6, self.level - self.between(0, 4)), 4), self.decades(-1, 2)],
                                         self.cells(r.randint(1, 8)), 0, aux=1 if depth else 0, options=option))
        if self.chance(0.7):
            if self.arrays:
                out.append(self.array_package("RCH", 1))
            else:
                out.append(self.list_package("RCH", 1, lambda c: [self.decades(-4.5, -2.5)], self.cells(r.randint(1, self.nrow * self.ncol)), ts,
                                             options=self.line("FIXED_CELL") if self.chance(0.3) else ""))
        if self.chance(0.4):
            if self.arrays and self.chance(0.6):
                out.append(self.array_package("EVT", 1))
            else:
                out.append(self.evt())
        if self.chance(0.3):
            out.append(self.streams())
        return [o for o in out if o]

    def evt(self):
        segments = self.r.choice([1, 1, 2, 3])
        specified = segments > 1 and self.chance(0.4)
        options = self.line("SURF_RATE_SPECIFIED") if specified else ""

        def draw(c):
            top = self.at((0, c[1], c[2]))[0]
            px = sorted(self.between(0.1, 0.9) for _ in range(segments - 1))
            pe = sorted((self.between(0.1, 0.9) for _ in range(segments - 1)), reverse=True)
            return [round(top - self.between(0, 2), 4), self.decades(-4, -2.5), self.between(1, 6)] + px + pe + ([self.between(0.5, 1)] if specified else [])
        package = self.list_package("EVT", 1, draw, self.cells(self.r.randint(1, 12)), 0, options=options)
        path = self.folder / package[1]
        text = path.read_bytes().decode()
        path.write_bytes(re.sub(r"(MAXBOUND[^\n]*\n)", rf"\1  NSEG {segments}\n", text).encode())
        return package

    def streams(self):
        count = self.r.randint(2, 6)
        cells = self.cells(count, top_only=True)
        if len(cells) < 2:
            return None
        count = len(cells)
        data = links = ""
        for i, c in enumerate(cells):
            top = round(max(self.level - 0.2 * i, self.at(c)[1] + 1.5), 4)
            ncon = (i > 0) + (i < count - 1)
            data += self.line(i + 1, c[0] + 1, c[1] + 1, c[2] + 1, 90.0, 4.0, 1e-3, top, 0.5, self.decades(-2, -1), 0.035, ncon, 1.0, 0, remark=False)
            links += self.line(i + 1, *([i] if i else []), *([-(i + 2)] if i < count - 1 else []), remark=False)
        options = self.line("UNIT_CONVERSION", 86400.0) + self.line("MAXIMUM_DEPTH_CHANGE", 1e-10) + self.line("STAGE", "FILEOUT", "s.stg")
        options += self.line("BUDGET", "FILEOUT", "s.bud") + self.line("OBS6", "FILEIN", "s.obs")
        if self.chance(0.4):
            options += self.line("SAVE_FLOWS")
        if self.chance(0.4):
            options += self.line("PRINT_FLOWS") + self.line("PRINT_STAGE")
        self.put("s.obs", self.block("CONTINUOUS FILEOUT s.csv", "".join(self.line(f"{t}{i + 1}", t, i + 1) for i in range(count)
                                                                        for t in ("STAGE", "SFR", "DOWNSTREAM-FLOW", "OUTFLOW"))))
        text = self.block("OPTIONS", options) + self.block("DIMENSIONS", self.line("NREACHES", count)) + self.block("PACKAGEDATA", data)
        text += self.block("CONNECTIONDATA", links)
        for p in range(len(self.periods)):
            if p == 0 or self.chance(0.5):
                text += self.block(f"PERIOD {p + 1}", self.line(1, "INFLOW", self.between(400, 900)) + (self.line(2, "RUNOFF", 10.0) if self.chance(0.4) else ""))
        self.put("m.sfr", text)
        return ("SFR6", "m.sfr", "stream" if self.chance(0.5) else "")

    def barriers(self):
        text, most = "", 0
        for p in range(len(self.periods)):
            if p > 0 and self.chance(0.6):
                continue
            rows = {}
            for _ in range(self.r.randint(1, 5)):
                k, i, j = self.r.randrange(self.nlay), self.r.randrange(self.nrow), self.r.randrange(self.ncol - 1)
                if self.idomain[k][i * self.ncol + j] > 0 and self.idomain[k][i * self.ncol + j + 1] > 0:
                    rows[k, i, j] = self.line(k + 1, i + 1, j + 1, k + 1, i + 1, j + 2, self.r.choice([1e-4, 1e-2, -0.3]))
            most = max(most, len(rows))
            if rows:
                text += self.block(f"PERIOD {p + 1}", "".join(rows.values()))
        if not text:
            return False
        self.put("m.hfb", self.block("DIMENSIONS", self.line("MAXHFB", most)) + text)
        return True

    def observations(self):
        lines = ""
        cells = self.cells(3)
        for i, c in enumerate(cells):
            lines += self.line(f"h{i}", self.word("HEAD"), *[x + 1 for x in c]) + self.line(f"d{i}", "DRAWDOWN", *[x + 1 for x in c])
            k, a, b = c
            if b + 1 < self.ncol and self.idomain[k][a * self.ncol + b + 1] > 0:
                lines += self.line(f"f{i}", "FLOW-JA-FACE", k + 1, a + 1, b + 1, k + 1, a + 1, b + 2)
        self.put("m.mobs", self.block("OPTIONS", self.line("DIGITS", 12)) + self.block("CONTINUOUS FILEOUT mobs.csv", lines))

    def output(self):
        rules = ""
        for p in range(len(self.periods)):
            if p > 0 and self.chance(0.7):
                continue
            inner = ""
            for what in ("HEAD", "BUDGET"):
                rule = self.r.choice([("ALL",), ("ALL",), ("LAST",), ("FIRST",), ("FREQUENCY", 2), ("STEPS", 1, 3)])
                inner += self.line(self.word("SAVE"), self.word(what), *rule, remark=False)
            inner += self.line("PRINT", "BUDGET", "ALL", remark=False)
            rules += self.block(f"PERIOD {p + 1}", inner)
        self.put("m.oc", self.block("OPTIONS", self.line("HEAD", "FILEOUT", self.quoted("m.hds")) + self.line("BUDGET", "FILEOUT", "m.cbc")) + rules)

    def ims(self):
        text = self.block("OPTIONS", self.line("PRINT_OPTION", "SUMMARY") + self.line("COMPLEXITY", self.r.choice(["SIMPLE", "MODERATE", "COMPLEX"])))
        text += self.block("NONLINEAR", self.line("OUTER_DVCLOSE", 1e-7) + self.line("OUTER_MAXIMUM", 500) + (self.line("UNDER_RELAXATION", "NONE") if self.chance(0.5) else ""))
        text += self.block("LINEAR", self.line("INNER_DVCLOSE", 1e-9) + self.line("INNER_RCLOSE", 1e-7) + self.line("INNER_MAXIMUM", 500)
                           + self.line("LINEAR_ACCELERATION", "BICGSTAB"))
        self.put("m.ims", text)


# --- results

def read_heads(path):
    data, at, out = path.read_bytes(), 0, {}
    while at < len(data):
        kstp, kper, _, _, _, ncol, nrow, ilay = struct.unpack_from("<iidd16siii", data, at)
        at += 52
        n = ncol * nrow
        out[kper, kstp, ilay] = array.array("d", data[at:at + 8 * n])
        at += 8 * n
    return out


def read_budget(path):
    """(period, step, text, package) -> (ids, values) of every entry, auxiliary columns behind."""
    data, at, out = path.read_bytes(), 0, {}
    while at < len(data):
        kstp, kper, text, a, b, c = struct.unpack_from("<ii16siii", data, at)
        at += 36
        method, _, _, _ = struct.unpack_from("<iddd", data, at)
        at += 28
        if method == 1:
            n = a * b * -c
            out[kper, kstp, text.decode().strip(), ""] = ([], list(array.array("d", data[at:at + 8 * n])), 1)
            at += 8 * n
            continue
        text = {b"            RCHA": b"RCH", b"            EVTA": b"EVT"}.get(text, text)  # later versions write RCHA
        package = data[at + 48:at + 64].decode().strip()
        at += 64
        (ndat,) = struct.unpack_from("<i", data, at)
        at += 4 + 16 * (ndat - 1)
        (n,) = struct.unpack_from("<i", data, at)
        at += 4
        ids, values = [], []
        for _ in range(n):
            row = struct.unpack_from(f"<ii{ndat}d", data, at)
            ids.append(row[:2])
            values += row[2:]
            at += 8 + 8 * ndat
        out[kper, kstp, text.decode().strip(), package] = (ids, values, ndat)
    return out


def read_listing(path):
    out, key, column = {}, None, None
    for line in path.read_text(errors="replace").splitlines():
        found = re.search(r"VOLUME BUDGET FOR (.*) AT END OF TIME STEP\s+(\d+), STRESS PERIOD\s+(\d+)", line)
        if found:
            key, side = (found[1].strip(), int(found[3]), int(found[2])), "IN"
            continue
        if key is None:
            continue
        if line.strip().startswith("OUT:"):
            side = "OUT"
        pairs = re.findall(r"([A-Z][A-Z0-9 \-]*?)\s*=\s*([-+0-9.E]+)", line)
        if len(pairs) == 2:
            tail = line.split("=")[2].split()[1:]
            name = {"RCHA": "RCH", "EVTA": "EVT"}.get(pairs[0][0].strip(), pairs[0][0].strip())
            out[key + (side, name, tail[0] if tail else "")] = (float(pairs[0][1]), float(pairs[1][1]))
        if "PERCENT DISCREPANCY" in line:
            key = None
    return out


def read_csv(path):
    lines = path.read_text().splitlines()
    head = [h.strip().upper() for h in lines[0].split(",")]
    return {(i, name): float(v) for i, row in enumerate(lines[1:]) if row for name, v in zip(head, row.split(","))}


def differences(a, b, model):
    """What differs in two folders of results, a of MODFLOW 6, b of phreatic: lines of text."""
    out = []

    def note(where, x, y, limit):
        if not abs(x - y) <= limit:
            out.append(f"{where}: {x!r} and {y!r}")

    def keys(where, x, y):
        for key in x:
            if key not in y:
                out.append(f"{where}: only MODFLOW 6 has {key}")
        for key in y:
            if key not in x:
                out.append(f"{where}: only phreatic has {key}")
        return [key for key in x if key in y]

    for name in ("m.hds", "s.stg"):
        if not (a / name).exists() and not (b / name).exists():
            continue
        x, y = read_heads(a / name), read_heads(b / name)
        for key in keys(name, x, y):
            for i, (u, v) in enumerate(zip(x[key], y[key])):
                if abs(u) > 1e29 or abs(v) > 1e29:
                    if u != v:
                        out.append(f"{name} {key} cell {i}: {u!r} and {v!r}")
                elif not (name == "m.hds" and max(u, v) <= model.botm[key[2] - 1][i] + 1e-4):  # dry under NEWTON: any head will do
                    note(f"{name} {key} cell {i}", u, v, LIMIT)
    scales = {}
    for name in ("m.cbc", "s.bud"):
        if not (a / name).exists() and not (b / name).exists():
            continue
        x, y = read_budget(a / name), read_budget(b / name)
        for key in keys(name, x, y):
            scales[key[:2]] = max([scales.get(key[:2], 1e-6)] + [abs(v) for v in x[key][1] if not key[2].startswith("DATA")])
        for key in keys(name, x, y):
            (ids, u, n), (ids2, v, n2) = x[key], y[key]
            if ids != ids2 or n != n2 or len(u) != len(v):
                out.append(f"{name} {key}: entries {len(ids)} x {n} and {len(ids2)} x {n2}; {[p for p in zip(ids, ids2) if p[0] != p[1]][:3]}")
                continue
            for i, (p, q) in enumerate(zip(u, v)):
                if key[2] == "DATA-SPDIS" and not (model.level_layers if i % 4 == 3 else model.even):
                    continue  # 6.2.1 weights faces by the distances of the neighbour with the smaller number
                note(f"{name} {key} entry {i}", p, q, LIMIT * (1 if key[2].startswith("DATA") else scales[key[:2]]))
    x, y = read_listing(a / "m.lst"), read_listing(b / "m.lst")
    top = max([1e-6] + [v[1] for v in x.values()])
    volume = max([1e-6] + [v[0] for v in x.values()])
    for key in keys("listing", x, y):
        note(f"listing {key} volume", x[key][0], y[key][0], LIMIT * volume)
        note(f"listing {key} rate", x[key][1], y[key][1], LIMIT * top)
    for path in sorted(a.glob("*.csv")):
        if not (b / path.name).exists():
            out.append(f"{path.name}: only MODFLOW 6 wrote it")
            continue
        x, y = read_csv(path), read_csv(b / path.name)
        scale = max([1e-6] + [abs(v) for v in x.values() if abs(v) < 1e29])
        for key in keys(path.name, x, y):
            if x[key] < 1e29:  # MODFLOW 6 loses bounds of RCH and EVT that act on a lower cell when a period begins
                note(f"{path.name} {key}", x[key], y[key], LIMIT * max(1.0, scale))
    return out


def main():
    if "MF6" not in os.environ:
        sys.exit("random_models.py: skipped: MF6 names no MODFLOW 6 program")
    words = [w for w in sys.argv[1:] if not w.startswith("--")]
    kept = Path(words.pop()) if "--keep" in sys.argv else None
    first, last = (int(x) for x in (words + ["0", "100"][len(words):])[:2])
    ours = os.path.abspath(os.environ.get("PHREATIC", "build/bin/phreatic"))
    counts = {"alike": 0, "different": 0, "only phreatic solves": 0, "only MODFLOW 6 solves": 0, "neither solves": 0}
    for seed in range(first, last):
        folder = Path(tempfile.mkdtemp(prefix="random-"))
        model = Model(seed, folder)
        model.make()
        try:
            theirs = subprocess.run([os.environ["MF6"]], cwd=folder, capture_output=True, text=True, timeout=60).stdout
        except subprocess.TimeoutExpired:
            theirs = ""
        try:
            run = subprocess.run([ours, "flow", "run", str(folder), "--out", str(folder / "out"), "--quiet"], capture_output=True, text=True, timeout=60)
        except subprocess.TimeoutExpired:
            run = subprocess.CompletedProcess([], 124, "", "timeout")
        a, b = "Normal termination" in theirs, run.returncode == 0
        found = []
        if a and b:
            found = differences(folder, folder / "out", model)
            kind = "different" if found else "alike"
        else:
            kind = "neither solves" if not a and not b else "only phreatic solves" if b else "only MODFLOW 6 solves"
            if not b:
                found = [(run.stderr or run.stdout).strip()[-600:]]
            if not a:
                found.append("MODFLOW 6: " + " ".join(re.sub(r"\s+", " ", theirs).split(" ")[-60:]))
        counts[kind] += 1
        if kind != "alike":
            print(f"{seed}: {kind}")
            for line in found[:int(os.environ.get("LINES", "6"))]:
                print("   ", line)
            if len(found) > 6:
                print(f"    and {len(found) - 6} more")
            sys.stdout.flush()
        if kept and kind != "alike":
            shutil.rmtree(kept / str(seed), ignore_errors=True)
            shutil.copytree(folder, kept / str(seed))
        shutil.rmtree(folder)
    print(", ".join(f"{n} {kind}" for kind, n in counts.items()))


if __name__ == "__main__":
    main()
