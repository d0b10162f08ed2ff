# SPDX-License-Identifier: BSD-3-Clause
"""Training steps and forward passes of Temporal Fusion Transformers, ours and others' in turn; processor seconds, one thread."""
import os

import harness

PEERS = harness.ROOT / "bench/tft/peers_tft.py"
# what, dropout, peer: must, aim
CASES = [
    ("step", "0.1", {"pytorch-forecasting": (3, 6), "neuralforecast": (1.5, 3), "plain": None, "compiled": (1.5, 3)}),
    ("step", "0", {"pytorch-forecasting": None, "neuralforecast": None, "plain": None, "compiled": None}),
    ("look", "0", {"pytorch-forecasting": (3, 6)}),
]
NAMES = {"plain": "plain transcription", "compiled": "transcription, torch.compile"}


def reading(runner, command):
    line = runner.lines(command)[-1]
    return harness.median(line["cpu"]), line["peak_mb"]


def run(runner, build, rounds):
    # An environment of their own: neuralforecast wants another pandas than the other peers.
    python = harness.make_environment(harness.ROOT / ".venv-bench-tft", harness.ROOT / "bench/tft/peers.txt")
    rows, verdicts = [], []
    for what, dropout, peers in CASES:
        os.environ["BENCH_DROPOUT"] = dropout
        readings = {name: [] for name in ("ours", *peers)}
        for _ in range(rounds or 3):
            readings["ours"].append(reading(runner, [build / "bin/bench_tft", what, 5, 1]))
            for name in peers:
                readings[name].append(reading(runner, [python, PEERS, name, what, 3, 1]))
        seconds = {name: harness.median([s for s, _ in values]) for name, values in readings.items()}
        words = f"training step, dropout {dropout}" if what == "step" else "forward with weights of selection and attention"
        for name, values in readings.items():
            ratio = seconds[name] / seconds["ours"]
            rows.append((words, NAMES.get(name, name), f"{seconds[name]:.3f} ({harness.spread([s for s, _ in values])})", f"{harness.median([m for _, m in values]) / 1000:.2f}",
                         "-" if name == "ours" else f"{ratio:.1f}"))
            if peers.get(name):
                must, aim = peers[name]
                verdicts.append(harness.verdict(f"{words}: {NAMES.get(name, name)} over ours", ratio, must, "x", aim=aim))
    text = ("Hidden 64, 4 heads, 180 + 30 steps, 10 variables, batch 64, float32, one thread. A step is forward, mean square, backward and Adam; memory is that of the "
            "whole process. pytorch-forecasting embeds variables as widely as ours (hidden_continuous_size). The transcription is tests/reference/learn/tft.py; "
            "compiled, its LSTM stays torch's own kernel.\n\n"
            + harness.table(("What", "Program", "Processor seconds", "Peak GB", "Over ours"), rows))
    harness.store("tft", "Temporal Fusion Transformer", text, verdicts, runner, harness.versions("pytorch-forecasting", "neuralforecast", "torch", python=python))
