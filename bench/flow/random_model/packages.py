# SPDX-License-Identifier: BSD-3-Clause
"""What stands in the model: boundaries of every kind, streams, barriers."""
import re


class Packages:
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
