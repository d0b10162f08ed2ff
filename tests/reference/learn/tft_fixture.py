# SPDX-License-Identifier: BSD-3-Clause
"""Outputs, weights of selection and attention, and gradients of a plain Temporal Fusion Transformer (tft.py, in double).

    python3 tft_fixture.py FOLDER        writes tft_<case>.safetensors there; needs torch 2.13

Read by tests/learn/test_tft.cpp.
"""
import json
import pathlib
import struct
import sys

import torch

import tft

CASES = {  # features, past-only inputs, statics, hidden, heads, outputs of the targets, encoder, steps, rows, outputs
    "forecast": (3, 1, 3, 8, 2, 4, 9, 13, 5, 4),
    "simulation": (3, 0, 0, 8, 4, 1, 6, 12, 3, 6),
    "hidden_future": (0, 2, 1, 6, 3, 2, 5, 8, 6, 3),
    "before_the_decoder": (4, 0, 3, 8, 2, 1, 7, 9, 4, 5),
}


def save(path, tensors):
    header, blob = {}, b""
    for name, t in tensors.items():
        data = t.detach().to(torch.float32).contiguous().flatten().tolist()
        raw = struct.pack(f"<{len(data)}f", *data)
        header[name] = {"dtype": "F32", "shape": list(t.shape), "data_offsets": [len(blob), len(blob) + len(raw)]}
        blob += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + blob)


def main(folder):
    for number, (case, sizes) in enumerate(CASES.items()):
        features, past, statics, hidden, heads, outputs, encoder, steps, rows, wanted = sizes
        generator = torch.Generator().manual_seed(number + 1)
        p = tft.start(tft.shapes(features, past, statics, hidden, heads, outputs), generator)
        p = {name: value.detach().double().requires_grad_() for name, value in p.items()}
        x = torch.randn(rows, steps, features + 2 * past, generator=generator).double().requires_grad_()
        s = torch.randn(rows, statics, generator=generator).double() if statics else None
        y, looks = tft.forward(p, x, s, features, encoder, wanted, heads)
        weight = torch.randn(y.shape, generator=generator).double()
        (y * weight).sum().backward()
        out = {"x": x, "y": y, "weight": weight, "gradient.x": x.grad}
        if statics:
            out["statics"] = s
        out |= {"looks." + name: value for name, value in looks.items()}
        out |= {"parameter." + name: value for name, value in p.items()}
        out |= {"gradient." + name: value.grad for name, value in p.items()}
        save(folder / f"tft_{case}.safetensors", out)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
