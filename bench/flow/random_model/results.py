# SPDX-License-Identifier: BSD-3-Clause
"""Results of two runs read and compared: heads, every entry of the budget file, the listing, observations."""
import array
import re
import struct

LIMIT = 1e-4


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
