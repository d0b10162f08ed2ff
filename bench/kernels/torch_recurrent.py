# SPDX-License-Identifier: BSD-3-Clause
"""Times training steps of torch.nn.LSTM and GRU and the rate of torch.matmul; one line of JSON per measurement.

For torch 2.13.0. A step is forward and backward with all weights' gradients, the gradient of the output given for
every step ("all") or for the last step alone ("last"); x needs no gradient. See bench/kernels/run.
"""
import argparse
import json
import time

import torch

INPUTS, BATCH, STEPS = 8, 256, 365


def best(action, repeats):
    action()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def show(**fields):
    print(json.dumps(fields), flush=True)


def matmul_rate(threads, repeats, size=2048):
    torch.set_num_threads(threads)
    a, b, out = torch.randn(size, size), torch.randn(size, size), torch.empty(size, size)
    seconds = best(lambda: torch.matmul(a, b, out=out), repeats)
    show(what="torch.matmul", threads=threads, gflops=2 * size**3 / seconds * 1e-9)


def step_time(cell, hidden, threads, onednn, gradient, repeats):
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    layer = getattr(torch.nn, cell.upper())(INPUTS, hidden, batch_first=True)
    x = torch.randn(BATCH, STEPS, INPUTS)
    dh = torch.randn(BATCH, STEPS, hidden) if gradient == "all" else torch.randn(BATCH, hidden)

    def step():
        layer.zero_grad()
        y, _ = layer(x)
        (y if gradient == "all" else y[:, -1]).backward(dh)

    with torch.backends.mkldnn.flags(enabled=onednn):
        seconds = best(step, repeats)
    show(what="step", cell=cell, hidden=hidden, threads=threads, onednn=onednn, gradient=gradient, step_s=seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--matmul-only", action="store_true")
    arguments = parser.parse_args()
    show(what="version", torch=torch.__version__)
    for threads in (1, 2):
        matmul_rate(threads, 4 * arguments.repeats)
        if arguments.matmul_only:
            continue
        for cell in ("lstm", "gru"):
            for hidden in (64, 128):
                for onednn in (True, False):
                    for gradient in ("all", "last"):
                        step_time(cell, hidden, threads, onednn, gradient, arguments.repeats)


if __name__ == "__main__":
    main()
