# SPDX-License-Identifier: BSD-3-Clause
"""A whole model from a seed."""
import random

from .aquifer import Aquifer
from .bounds import Bounds
from .packages import Packages
from .writing import Writing


class Model(Writing, Aquifer, Bounds, Packages):
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
