# SPDX-License-Identifier: BSD-3-Clause
"""An epoch of GNNWR and GTNNWR (validation included) beside gnnwr 0.1.17 with the same layers and batch, one thread each, in
turn: processor time. Sizes of PM2.5 in China, dissolved silicate off Zhejiang, and 50,000 rows x 500 reference points, for
which the peer's network is fed by a loop of the benchmark's own, as its data sets take all rows as reference points."""
import harness

# name: rows, validation, references, terms, time, hidden, batch, epochs of ours and of the peer
CASES = {"PM2.5: 1,017 rows x 1,017": (1017, 179, 1017, 7, 0, "512,256,128", 32, 40, 10),
         "silicate: 2,219 rows x 2,219, in time too": (2219, 246, 2219, 7, 1, "512,256,64", 32, 10, 3),
         "50,000 rows x 500": (50000, 5000, 500, 7, 0, "256,128,64", 128, 3, 1)}


def run(runner, build, rounds):
    rows, verdicts = [], []
    for name, (count, held, references, terms, timed, hidden, batch, ours_epochs, peer_epochs) in CASES.items():
        ours = [build / "bin/bench_gnnwr", count, held, references, terms, timed, hidden, batch, ours_epochs, 1]
        peer = [harness.PYTHON, harness.ROOT / "bench/gnnwr/peer.py", count, held, terms, timed, hidden, batch, peer_epochs, 1]
        if references < count:
            peer = [harness.PYTHON, harness.ROOT / "bench/gnnwr/peer_network.py", count, held, references, terms, hidden, batch, peer_epochs, 1]
        mine, others = [], []
        for _ in range(rounds or 5):
            mine.append(runner.lines(ours)[0]["user_s"])
            others.append(runner.lines(peer)[0]["user_s"])
        ratio = harness.median(others) / harness.median(mine)
        rows.append((name, hidden, batch, f"{harness.median(mine):.4f} ({harness.spread(mine)})",
                     f"{harness.median(others):.3f} ({harness.spread(others)})", f"{ratio:.1f}"))
        verdicts.append(harness.verdict(f"Epoch of {name}: gnnwr over ours", ratio, 10, "x", aim=20))
    harness.store("gnnwr", "GNNWR", harness.table(("Case", "Hidden", "Batch", "Ours, s an epoch", "Peer, s an epoch", "Peer over ours"), rows),
                  verdicts, runner, harness.versions("gnnwr", "torch", "numpy"))
