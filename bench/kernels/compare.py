# SPDX-License-Identifier: BSD-3-Clause
"""The fused recurrent kernels beside torch.nn.LSTM and GRU, and beside the rate of large matrix products."""
import collections

from harness import FOREIGN, PYTHON, ROOT, median, say, spread, store, table, verdict, versions

INPUTS, BATCH, STEPS, PASSES, FEWEST = 8, 256, 365, 2, 1
CASES = [(cell, hidden) for cell in ("lstm", "gru") for hidden in (64, 128)]
MUST = {("lstm", 64): 2.0, ("lstm", 128): 1.6, ("gru", 64): 3.0, ("gru", 128): 3.0}


def measure(run, folder, rounds):
    """Readings by (source, cell, hidden, threads) in seconds, and of matrix products in GFLOP/s."""
    times, rates, facts = collections.defaultdict(list), collections.defaultdict(list), {}
    dropped, turn = 0, 0
    wanted = lambda: turn < rounds or (turn < 3 * rounds and missing(times, rates))
    while wanted():
        turn += 1
        for cell, hidden in CASES:
            script = [PYTHON, "-W", "ignore", ROOT / "bench/kernels/torch_recurrent.py"]
            for line in run.lines(script + [cell, hidden, PASSES, folder / "bin/bench_kernels"], watch=False):
                if line["others"] > FOREIGN and not run.busy:
                    dropped += 1
                elif line["what"] == "matmul":
                    rates[line["threads"], line["size"], line["onednn"]].append(1e-9 * line["flop"] / line["seconds"][0])
                elif line["what"] == "ours":
                    times["ours", cell, hidden, line["threads"]] += line["seconds"]
                    facts[cell, hidden], facts["isa"] = line["flop"], line["isa"]
                else:
                    name = ("oneDNN" if line["onednn"] else "native", "batch first" if line["batch_first"] else "time first")
                    times[name, cell, hidden, line["threads"]] += line["seconds"]
        say(f"round {turn}, {dropped} readings dropped so far: others took more than {FOREIGN} cores")
    if missing(times, rates):
        raise SystemExit("bench: no undisturbed reading of some settings; run again when the machine is idle, or try --busy")
    return times, rates, facts


def missing(times, rates):
    """Whether a setting has fewer than FEWEST readings."""
    steps = 4 * len(CASES) * 2 + 2 * len(CASES)
    return len(times) < steps or len(rates) < 12 or any(len(v) < FEWEST for v in [*times.values(), *rates.values()])


def run(runner, folder, rounds):
    times, rates, facts = measure(runner, folder, rounds or 1)
    best = {t: max((median(v), k) for k, v in rates.items() if k[0] == t) for t in (1, 2)}
    verdicts, ours, torch = [], [], []
    for cell, hidden in CASES:
        settings = {k: v for k, v in times.items() if k[0] != "ours" and k[1:3] == (cell, hidden)}
        fastest = min(settings, key=lambda k: median(settings[k]))
        theirs = median(settings[fastest])
        for threads in (1, 2):
            mine = times["ours", cell, hidden, threads]
            rate = 1e-9 * facts[cell, hidden] / median(mine)
            share = 100 * rate / best[threads][0]
            ours.append((cell.upper(), hidden, threads, f"{1e3 * median(mine):.1f}", spread([1e3 * s for s in mine]), f"{rate:.0f}",
                         f"{share:.0f} %", f"{theirs / median(mine):.2f}"))
            if threads == 2:
                verdicts.append(verdict(f"{cell.upper()} {hidden}: torch's best over ours", theirs / median(mine), MUST[cell, hidden]))
                verdicts.append(verdict(f"{cell.upper()} {hidden}: share of the matrix-product rate", share, 50, " %", aim=80))
        for name, readings in settings.items():
            backend, layout = name[0]
            milliseconds = [1e3 * s for s in readings]
            torch.append((cell.upper(), hidden, name[3], backend, layout, len(readings), f"{median(milliseconds):.0f}", spread(milliseconds),
                          "best" if name == fastest else ""))
    products = "; ".join(f"{t} thread{'s' if t > 1 else ''} {rate:.0f} GFLOP/s (size {key[1]}, {'oneDNN' if key[2] else 'MKL'})"
                         for t, (rate, key) in best.items())
    text = "\n\n".join([
        f"Training step: forward and backward with all weights' gradients, gradient of the output at every step; window {STEPS}, batch "
        f"{BATCH}, {INPUTS} inputs, float32 on both sides, no lower precision. Our kernels: {facts['isa']}. GFLOP/s counts the matrix "
        f"products alone: activations come on top. Ratio: torch's best setting (threads, oneDNN, layout) over ours.",
        f"Matrix products, torch.mm, best of 1024, 2048, 4096 with oneDNN and MKL: {products}.",
        table(("Cell", "Hidden", "Threads", "Ours ms", "Range", "GFLOP/s", "Share of matrix products", "Ratio"), ours),
        table(("Cell", "Hidden", "Threads", "torch", "Layout", "Readings", "ms", "Range", ""), torch)])
    store("kernels", "Recurrent kernels: LSTM and GRU against torch", text, verdicts, runner, versions("torch"))
