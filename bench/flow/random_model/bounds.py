# SPDX-License-Identifier: BSD-3-Clause
"""Packages of bounds as lists and as arrays, their auxiliary columns, names and time series."""
import struct


class Bounds:
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
