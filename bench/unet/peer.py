# SPDX-License-Identifier: BSD-3-Clause
"""An epoch of training and a map of a whole region by the U-Net of tests/reference/learn/unet_fixture.py in PyTorch, in the
shapes of bench_unet.cpp.

  python bench/unet/peer.py epoch SQUARES SIDE [THREADS] [channels_last]
  python bench/unet/peer.py map ROWS COLUMNS [THREADS] [channels_last]

An epoch is forward, the same loss (mean square of cells and of asinh of the sums), backward, gradient norm cut at 1, Adam,
for 12 squares an update. Lines of JSON.
"""
import json
import pathlib
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/reference/learn"))
from unet_fixture import Unet  # noqa: E402

words = [w for w in sys.argv[1:] if w != "channels_last"]
layout = torch.channels_last if "channels_last" in sys.argv else torch.contiguous_format


def measured(work):
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    print(json.dumps({"wall_s": round(time.perf_counter() - wall, 3), "cpu_s": round(time.process_time() - cpu, 3)}))


def epoch(squares, side):
    torch.manual_seed(1)
    net = Unet(6, 9, 16, 3, False).to(memory_format=layout)
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    x = torch.rand(squares, 6, side, side).to(memory_format=layout)
    y = torch.rand(squares, 9, side, side)
    sums = torch.asinh(y.sum((2, 3)))

    def work():
        for batch in torch.randperm(squares).split(12):
            optimizer.zero_grad()
            f = net(x[batch])
            loss = ((f - y[batch]) ** 2).mean() + ((torch.asinh(f.sum((2, 3))) - sums[batch]) ** 2).mean()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()

    net(x[:1])
    measured(work)


def region(rows, columns):
    net = Unet(6, 9, 16, 3, False).to(memory_format=layout).eval()
    x = torch.rand(1, 6, rows, columns).to(memory_format=layout)
    with torch.no_grad():
        net(x[..., :64, :64])
        for _ in range(3):
            measured(lambda: net(x))


at = {"epoch": 3, "map": 3}[words[0]]
torch.set_num_threads(int(words[at]) if len(words) > at else 2)
(epoch if words[0] == "epoch" else region)(int(words[1]), int(words[2]))
