# SPDX-License-Identifier: BSD-3-Clause
"""Times training steps of torch.nn.LSTM or GRU in all settings, of our kernels, and torch.mm's rate, in turn.

  python bench/kernels/torch_recurrent.py CELL HIDDEN PASSES BENCH_KERNELS

For torch 2.13.0. A step is forward and backward with all weights' gradients and the gradient of the output given for
every step; x needs no gradient. One line of JSON per reading, with the cores that others took meanwhile. See bench/run.
"""
import json
import os
import pathlib
import resource
import subprocess
import sys
import time

import torch

INPUTS, BATCH, STEPS = 8, 256, 365
TICKS = os.sysconf("SC_CLK_TCK")


def busy_seconds():
    fields = [int(x) for x in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS


def own_seconds():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def reading(action, **facts):
    """Prints facts, what the action returns or its seconds, and others' cores."""
    busy, own, start = busy_seconds(), own_seconds(), time.perf_counter()
    found = action()
    seconds = time.perf_counter() - start
    others = max(0.0, busy_seconds() - busy - (own_seconds() - own)) / seconds
    print(json.dumps(dict(facts, others=others, **(found or {"seconds": [seconds]}))), flush=True)


def torch_step(cell, hidden, setting):
    threads, onednn, batch_first = setting
    torch.manual_seed(1)
    layer = getattr(torch.nn, cell.upper())(INPUTS, hidden, batch_first=batch_first)
    shape = (BATCH, STEPS) if batch_first else (STEPS, BATCH)
    x, dh = torch.randn(*shape, INPUTS), torch.randn(*shape, hidden)

    def step():
        layer.zero_grad()
        layer(x)[0].backward(dh)

    def run(timed):
        torch.set_num_threads(threads)
        with torch.backends.mkldnn.flags(enabled=onednn):
            step()  # first touch of memory; threads awake
            if timed:
                reading(step, what="torch", threads=threads, onednn=onednn, batch_first=batch_first)

    return run


def matmul(threads, size, onednn):
    torch.set_num_threads(threads)
    a, b, out = torch.randn(size, size), torch.randn(size, size), torch.empty(size, size)
    count = max(1, int(4e10 / size**3))

    def products():
        for _ in range(count):
            torch.mm(a, b, out=out)

    with torch.backends.mkldnn.flags(enabled=onednn):
        products()
        reading(products, what="matmul", threads=threads, size=size, onednn=onednn, flop=2.0 * count * size**3)


def ours(program, cell, hidden, threads):
    command = [program, "--cell", cell, "--hidden", hidden, "--threads", str(threads), "--repeats", "7"]

    def run():
        line = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        return {"seconds": line["step_s"], "flop": line["flop"], "isa": line["isa"]}

    reading(run, what="ours", threads=threads)


def main():
    cell, hidden, passes, program = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    settings = [(t, onednn, first) for t in (2, 1) for onednn in (True, False) for first in (True, False)]
    steps = [(setting, torch_step(cell, int(hidden), setting)) for setting in settings]
    for _ in range(passes):
        for threads in (2, 1):
            for setting, step in steps:
                if setting[0] == threads:
                    step(True)
            ours(program, cell, hidden, threads)
            for size in (1024, 2048, 4096):
                for onednn in (True, False):
                    matmul(threads, size, onednn)
            ours(program, cell, hidden, threads)


if __name__ == "__main__":
    main()
