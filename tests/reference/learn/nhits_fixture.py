# SPDX-License-Identifier: BSD-3-Clause
"""Outputs and gradients of N-HiTS by neuralforecast 3.3.0 (PyPI) in double precision, weights and inputs included.

    python3 nhits_fixture.py FOLDER        writes nhits_<case>.safetensors there

The level known last, which neuralforecast adds to its blocks' forecasts, is taken off: here it is the target's anchor.
Read by tests/learn/test_nhits.cpp.
"""
import pathlib
import sys

import torch
from neuralforecast.losses.pytorch import MAE, MQLoss
from neuralforecast.models import NHITS

from tft_fixture import save

CASES = {  # drivers, past-only inputs beside the level, statics, outputs, past steps, horizon, rows, pooling, downsampling
    "known_drivers": (2, 0, 2, 1, 10, 4, 5, [2, 2, 1], [4, 2, 1]),
    "quantiles": (1, 1, 0, 3, 9, 6, 4, [4, 2, 1], [6, 3, 1]),
    "level_alone": (0, 0, 0, 1, 7, 3, 6, [3, 1], [3, 1]),
}

if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    for number, (case, sizes) in enumerate(CASES.items()):
        drivers, more, statics, outputs, past, horizon, rows, pooling, downsampling = sizes
        torch.manual_seed(number + 1)
        loss = MAE() if outputs == 1 else MQLoss(quantiles=[0.1, 0.5, 0.9])
        names = lambda letter, count: [f"{letter}{i}" for i in range(count)] or None
        model = NHITS(h=horizon, input_size=past, futr_exog_list=names("f", drivers), hist_exog_list=names("h", 2 * more),
                      stat_exog_list=names("s", statics), stack_types=["identity"] * len(pooling), n_blocks=[1] * len(pooling),
                      mlp_units=2 * [[8, 8]], n_pool_kernel_size=pooling, n_freq_downsample=downsampling, loss=loss,
                      max_steps=1).double()
        x = torch.randn(rows, past + horizon, drivers + 2 + 2 * more, dtype=torch.float64)
        seen = (torch.rand(rows, past) < 0.7).double()
        x[:, :past, drivers + 1] = seen
        x[:, :past, drivers] *= seen
        x[:, past:, drivers:] = 0
        x.requires_grad_()
        s = torch.randn(rows, statics, dtype=torch.float64) if statics else None
        y = model({"insample_y": x[:, :past, drivers:drivers + 1], "insample_mask": x[:, :past, drivers + 1:drivers + 2],
                   "futr_exog": x[..., :drivers] if drivers else None,
                   "hist_exog": x[:, :past, drivers + 2:] if more else None, "stat_exog": s})
        y = y.reshape(rows, horizon, outputs) - x[:, past - 1:past, drivers:drivers + 1]
        weight = torch.randn(y.shape, dtype=torch.float64)
        (y * weight).sum().backward()
        out = {"x": x, "y": y, "weight": weight, "gradient.x": x.grad}
        if statics:
            out["statics"] = s
        for b, block in enumerate(model.blocks):
            maps = [layer for layer in block.layers if isinstance(layer, torch.nn.Linear)]
            for j, layer in enumerate(maps):
                for what, value in (("weight", layer.weight), ("bias", layer.bias)):
                    out[f"parameter.block.{b}.{j}.{what}"] = value
                    out[f"gradient.block.{b}.{j}.{what}"] = value.grad
        save(folder / f"nhits_{case}.safetensors", out)
