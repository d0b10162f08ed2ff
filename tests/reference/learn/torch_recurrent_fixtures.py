# SPDX-License-Identifier: BSD-3-Clause
"""Writes tests/learn/kernels/torch_fixtures.hpp: outputs and gradients of torch.nn.LSTM and GRU in double precision.

Made with torch 2.13.0:  python tests/reference/learn/torch_recurrent_fixtures.py > tests/learn/kernels/torch_fixtures.hpp
Inputs are value(i, k) = float32(sin(1.3 i + k)) times a scale, the same in test_torch_fixtures.cpp.
"""
import math
import struct

import torch

B, T, F, H = 2, 4, 3, 5


def numbers(count, k, scale):
    return [struct.unpack("f", struct.pack("f", scale * math.sin(1.3 * i + k)))[0] for i in range(count)]


def tensor(shape, k, scale):
    return torch.tensor(numbers(math.prod(shape), k, scale), dtype=torch.float64).reshape(shape).requires_grad_()


def show(name, values):
    text = [f"{v:.9g}" for v in values.detach().flatten().tolist()]
    print(f"inline const std::vector<double> {name}{{")
    for i in range(0, len(text), 8):
        print("    " + ", ".join(text[i : i + 8]) + ",")
    print("};")


def fixture(kind, gates):
    layer = getattr(torch.nn, kind)(F, H, batch_first=True, dtype=torch.float64)
    shapes = [(gates * H, F), (gates * H, H), (gates * H,), (gates * H,)]
    parameters = [tensor(s, k, 0.6) for k, s in enumerate(shapes)]
    with torch.no_grad():
        for own, value in zip(layer.parameters(), parameters):
            own.copy_(value)
    x, h0, c0 = tensor((B, T, F), 4, 1.5), tensor((1, B, H), 5, 0.8), tensor((1, B, H), 6, 0.8)
    dh, dc = tensor((B, T, H), 7, 1.0), tensor((1, B, H), 8, 1.0)
    if kind == "LSTM":
        y, (_, c) = layer(x, (h0, c0))
        ((y * dh).sum() + (c * dc).sum()).backward()
    else:
        y, _ = layer(x, h0)
        (y * dh).sum().backward()
    print(f"namespace {kind.lower()} {{")
    show("h", y)
    for name, p in zip(("dweight_ih", "dweight_hh", "dbias_ih", "dbias_hh"), layer.parameters()):
        show(name, p.grad)
    show("dx", x.grad)
    show("dh0", h0.grad)
    if kind == "LSTM":
        show("c_last", c)
        show("dc0", c0.grad)
    print(f"}}  // namespace {kind.lower()}")


print("// SPDX-License-Identifier: BSD-3-Clause")
print(f"// Made by tests/reference/learn/torch_recurrent_fixtures.py with torch {torch.__version__.split('+')[0]}; B {B}, T {T}, F {F}, H {H}.")
print("#pragma once\n\n#include <vector>\n\nnamespace torch_fixtures {")
fixture("LSTM", 4)
fixture("GRU", 3)
print("}  // namespace torch_fixtures")
