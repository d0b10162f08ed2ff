# SPDX-License-Identifier: BSD-3-Clause
"""An epoch of the U-Net's training on 500 squares of 128 x 128 cells beside PyTorch with the same network and loss (the
faster of its two memory layouts), in turn: processor time, two threads. And the map of a whole region by tiles: wall time."""
import harness

SQUARES, SIDE = 500, 128
MAPS = {"100 m: 208 x 368 cells": (208, 368, 1), "25 m: 832 x 1472 cells": (832, 1472, None)}  # must, s


def run(runner, build, rounds):
    ours, peer = build / "bin/bench_unet", harness.ROOT / "bench/unet/peer.py"
    squares = SQUARES if rounds is None or rounds > 1 else SQUARES // 5
    readings = {"ours": [], "PyTorch": [], "PyTorch, channels last": []}
    for _ in range(rounds or 3):
        readings["ours"].append(runner.lines([ours, "epoch", squares, SIDE, 2])[0]["cpu_s"])
        readings["PyTorch"].append(runner.lines([harness.PYTHON, peer, "epoch", squares, SIDE, 2])[0]["cpu_s"])
        readings["PyTorch, channels last"].append(runner.lines([harness.PYTHON, peer, "epoch", squares, SIDE, 2, "channels_last"])[0]["cpu_s"])
    mine = harness.median(readings["ours"])
    rows = [(f"epoch of {squares} squares of {SIDE} x {SIDE}", who, f"{harness.median(r):.1f} ({harness.spread(r)})", f"{harness.median(r) / mine:.2f}")
            for who, r in readings.items()]
    fastest = min(harness.median(r) for who, r in readings.items() if who != "ours")
    verdicts = [harness.verdict("Epoch of the U-Net: PyTorch's processor time over ours", fastest / mine, 1, "x", aim=2)]
    for name, (height, width, must) in MAPS.items():
        wall, cpu = [], []
        for _ in range(rounds or 3):
            for line in runner.lines([ours, "map", height, width, 256, 2]):
                wall.append(line["wall_s"])
                cpu.append(line["cpu_s"])
        rows.append((f"map of {name}", "ours", f"{harness.median(cpu):.2f} ({harness.spread(cpu)}); wall {harness.median(wall):.2f}", ""))
        if must:
            verdicts.append(harness.verdict(f"A scenario on the full map ({name}), wall time", harness.median(wall), must, " s", more_is_better=False, aim=0.3))
    text = harness.table(["What", "Who", "Processor seconds", "Over ours"], rows)
    text += "\n\nSix inputs, nine outputs, width 16, three levels, 12 squares an update. Tiles equal the whole map to 1e-5: tests/learn/test_unet.cpp."
    harness.store("unet", "U-Net", text, verdicts, runner, harness.versions("torch"))
