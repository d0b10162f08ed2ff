# SPDX-License-Identifier: BSD-3-Clause
"""A U-Net of plain torch.nn modules (Ronneberger et al. 2015; attention gates of Oktay et al. 2018), its outputs and
gradients in double precision.

    python3 unet_fixture.py FOLDER        writes unet_<case>.safetensors there

Read by tests/learn/test_unet.cpp; the modules are used by bench/unet too. Needs torch only.
"""
import pathlib
import sys

import torch
from torch import nn


class Twice(nn.Sequential):
    def __init__(self, into, out):
        super().__init__(nn.Conv2d(into, out, 3, padding=1), nn.ReLU(), nn.Conv2d(out, out, 3, padding=1), nn.ReLU())


class Gate(nn.Module):
    def __init__(self, channels):
        super().__init__()
        inner = max(1, channels // 2)
        self.skip, self.raised, self.psi = nn.Conv2d(channels, inner, 1), nn.Conv2d(channels, inner, 1), nn.Conv2d(inner, 1, 1)

    def forward(self, skip, raised):
        return skip * torch.sigmoid(self.psi(torch.relu(self.skip(skip) + self.raised(raised))))


class Unet(nn.Module):
    def __init__(self, channels, bands, width, levels, attention):
        super().__init__()
        widths = [width * 2**l for l in range(levels)]
        self.down = nn.ModuleList(Twice(channels if l == 0 else widths[l - 1], widths[l]) for l in range(levels))
        self.raises = nn.ModuleList(nn.ConvTranspose2d(widths[l + 1], widths[l], 2, stride=2) for l in range(levels - 1))
        self.gates = nn.ModuleList(Gate(widths[l]) for l in range(levels - 1)) if attention else None
        self.up = nn.ModuleList(Twice(2 * widths[l], widths[l]) for l in range(levels - 1))
        self.head = nn.Conv2d(width, bands, 1)

    def forward(self, x):
        skips = []
        for l, down in enumerate(self.down):
            x = down(x if l == 0 else nn.functional.max_pool2d(x, 2))
            skips.append(x)
        for l in reversed(range(len(self.up))):
            raised = self.raises[l](x)
            skip = skips[l] if self.gates is None else self.gates[l](skips[l], raised)
            x = self.up[l](torch.cat([skip, raised], 1))
        return self.head(x)

    def names(self):
        """Our names of its parameters."""
        out = {}
        for l, twice in enumerate(self.down):
            out[f"down.{l}.0"], out[f"down.{l}.1"] = twice[0], twice[2]
        for l, twice in enumerate(self.up):
            out[f"up.{l}.raise"] = self.raises[l]
            if self.gates is not None:
                for part in ("skip", "raised", "psi"):
                    out[f"up.{l}.gate.{part}"] = getattr(self.gates[l], part)
            out[f"up.{l}.0"], out[f"up.{l}.1"] = twice[0], twice[2]
        out["head"] = self.head
        return out


CASES = {"plain": (3, 2, 4, 3, False, 8, 3), "gates": (2, 3, 4, 2, True, 6, 2)}  # channels, bands, width, levels, gates, side, rows


def main(folder):
    from tft_fixture import save
    for number, (case, (channels, bands, width, levels, gates, side, rows)) in enumerate(CASES.items()):
        torch.manual_seed(number + 1)
        net = Unet(channels, bands, width, levels, gates).double()
        maps = torch.randn(rows, channels, side, side, dtype=torch.float64)
        counts = (torch.rand(rows, side * side, dtype=torch.float64) < 0.7).double()
        gains = torch.linspace(0.1, 0.3, bands, dtype=torch.float64)
        y = net(maps).permute(0, 2, 3, 1).reshape(rows, side * side, bands)
        sums = torch.asinh((y * counts[..., None]).sum(1) * gains)
        logs = torch.asinh(30 * (y * counts[..., None]).sum(1) * gains)
        y = torch.cat([y, sums[:, None], (logs - logs[:, :1])[:, None]], 1)
        weight = torch.randn(y.shape, dtype=torch.float64)
        (y * weight).sum().backward()
        # Cells as steps, with two more steps (sums and their ratios to the first band) and a last channel of counts.
        x = torch.zeros(rows, side * side + 2, channels + 1, dtype=torch.float64)
        x[:, :-2, :channels] = maps.permute(0, 2, 3, 1).reshape(rows, side * side, channels)
        x[:, :-2, channels] = counts
        out = {"x": x, "y": y, "weight": weight, "gains": gains}
        for name, module in net.names().items():
            for what, value in (("weight", module.weight), ("bias", module.bias)):
                out[f"parameter.{name}.{what}"] = value
                out[f"gradient.{name}.{what}"] = value.grad
        save(folder / f"unet_{case}.safetensors", out)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
