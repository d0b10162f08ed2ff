# SPDX-License-Identifier: BSD-3-Clause
"""Time, grid, conductivities and storage."""


class Aquifer:
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
