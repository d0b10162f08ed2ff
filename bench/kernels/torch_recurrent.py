# SPDX-License-Identifier: BSD-3-Clause
"""Times training steps of torch.nn.LSTM or GRU, or torch.mm's rate; one line of JSON per measurement, every repeat in it.

  python bench/kernels/torch_recurrent.py --threads N --repeats N (--cell lstm|gru --hidden N --onednn 0|1 | --matmul)

For torch 2.13.0. A step is forward and backward with all weights' gradients and the gradient of the output given for
every step; x needs no gradient; time before batch and batch first, oneDNN on and off. See bench/run.
"""
import argparse
import json
import time

import torch

INPUTS, BATCH, STEPS = 8, 256, 365


def timed(action, repeats):
    action()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return times


def show(**fields):
    print(json.dumps(fields), flush=True)


def matmul_rates(repeats):
    for size in (1024, 2048, 4096):
        a, b, out = torch.randn(size, size), torch.randn(size, size), torch.empty(size, size)
        for onednn in (True, False):
            with torch.backends.mkldnn.flags(enabled=onednn):
                seconds = timed(lambda: torch.mm(a, b, out=out), repeats)
            show(what="matmul", size=size, onednn=onednn, gflops=[2e-9 * size**3 / s for s in seconds])


def step_times(cell, hidden, batch_first, onednn, repeats):
    torch.manual_seed(1)
    layer = getattr(torch.nn, cell.upper())(INPUTS, hidden, batch_first=batch_first)
    shape = (BATCH, STEPS) if batch_first else (STEPS, BATCH)
    x, dh = torch.randn(*shape, INPUTS), torch.randn(*shape, hidden)
    forward = []

    def step():
        layer.zero_grad()
        start = time.perf_counter()
        y, _ = layer(x)
        forward.append(time.perf_counter() - start)
        y.backward(dh)

    with torch.backends.mkldnn.flags(enabled=onednn):
        seconds = timed(step, repeats)
    show(what="step", cell=cell, hidden=hidden, onednn=onednn, batch_first=batch_first, step_s=seconds, forward_s=forward[1:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--cell", choices=("lstm", "gru"))
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--onednn", type=int, default=1)
    parser.add_argument("--matmul", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if arguments.matmul:
        matmul_rates(arguments.repeats)
        return
    for batch_first in (True, False):
        step_times(arguments.cell, arguments.hidden, batch_first, bool(arguments.onednn), arguments.repeats)


if __name__ == "__main__":
    main()
