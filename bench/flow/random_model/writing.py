# SPDX-License-Identifier: BSD-3-Clause
"""Numbers, words, arrays and blocks in one of the many ways in which MODFLOW 6 reads them."""
import array
import re
import struct


class Writing:
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
