# SPDX-License-Identifier: BSD-3-Clause
"""End-to-end training beside NeuralHydrology: the same data, windows, network, batches and epochs; from starting the
program to the saved model, reading the data and validating every epoch included."""
import shutil

from harness import PYTHON, ROOT, VENV, median, spread, store, table, verdict, versions

CASES = [("lstm", 64), ("gru", 64)]
EPOCHS = 2


def timed(run, command, folder):
    shutil.rmtree(folder, ignore_errors=True)
    run(command)
    return run.seconds


def case(run, build, cell, hidden, rounds):
    folder = build / f"bench-nh-{cell}-{hidden}"
    run.prepare([PYTHON, ROOT / "bench/neuralhydrology/make_data.py", folder, cell, hidden, EPOCHS])
    times = {"ours": [], 0: [], 2: []}
    for _ in range(rounds):
        times["ours"].append(timed(run, [build / "bin/phreatic", "train", folder / "study.yml", "--out", folder / "ours"], folder / "ours"))
        for workers in (0, 2):
            command = [VENV / "bin/nh-run", "train", "--config-file", folder / f"nh-{workers}.yml"]
            times[workers].append(timed(run, command, folder / "nh-runs"))
    return times


def run(runner, build, rounds):
    rows, verdicts = [], []
    for cell, hidden in CASES:
        times = case(runner, build, cell, hidden, rounds or 2)
        workers = min((0, 2), key=lambda w: median(times[w]))
        ratio = median(times[workers]) / median(times["ours"])
        for name, readings in (("Phreatic", times["ours"]), ("NeuralHydrology, no workers", times[0]), ("NeuralHydrology, 2 workers", times[2])):
            rows.append((cell.upper(), hidden, name, f"{median(readings):.1f}", spread(readings), f"{median(readings) / median(times['ours']):.1f}"))
        verdicts.append(verdict(f"{cell.upper()} {hidden}: NeuralHydrology's best over ours", ratio, 5))
    text = "\n\n".join([
        f"12 wells, 5 drivers, 3 static attributes, daily; windows of 365 days, last step scored, one for each of 13,152 training days; batch "
        f"256, {EPOCHS} epochs, Adam, MSE, gradients clipped at 1, output dropout 0.2; 4,380 validation windows after every epoch; float32, 2 "
        f"threads, on the CPU. From the start of the program to the saved model. Data made by bench/neuralhydrology/make_data.py.",
        table(("Cell", "Hidden", "Program", "Seconds", "Range", "Over ours"), rows)])
    store("neuralhydrology", "Training end to end against NeuralHydrology", text, verdicts, runner, versions("neuralhydrology", "torch"))
