# SPDX-License-Identifier: BSD-3-Clause
"""Every public function of the Python package: how much it takes over the call of the library that it makes. The package of
.venv-python is measured, which tools/check_python builds and installs."""
import os

import harness

LIMIT_MS, SHARE = 2.0, 0.05


def run(runner, build, rounds):
    python = harness.ROOT / ".venv-python/bin/python"
    if not python.exists():
        raise SystemExit("bench: there is no .venv-python; tools/check_python builds and installs the package")
    torch = sorted(harness.ROOT.glob(".venv/lib/python3*/site-packages/torch/version.py"))
    if torch:  # behind what is installed
        os.environ["PHREATIC_BENCH_TORCH"] = str(torch[0].parent.parent)
    taken, skipped = {}, []
    for _ in range(rounds or 1):
        for line in runner.lines([python, harness.ROOT / "bench/python/overhead.py", *["--processor"] * runner.processor]):
            if "skipped" in line:
                skipped.append(f"{line['name']} ({line['skipped']})")
            else:
                taken.setdefault(line["name"], []).append((1e3 * line["over_s"], 1e3 * line["library_s"]))
    best = {name: min(pairs) for name, pairs in taken.items()}
    allowed = {name: max(LIMIT_MS, SHARE * library) for name, (_, library) in best.items()}
    rows = [(name, f"{over:.3g}", f"{library:.3g}", "yes" if over <= allowed[name] else "**no**") for name, (over, library) in sorted(best.items())]
    beyond = [name for name, (over, _) in best.items() if over > allowed[name]]
    worst = max(best, key=lambda name: best[name][0] / allowed[name])
    text = "Milliseconds, the reading least hindered by others; one thread. Over: what the call in Python takes beyond the library's " \
           "function, or beyond the same command of the program. Allowed: 2 ms or 5 %.\n\n" + harness.table(
               ("Function", "Over, ms", "Library, ms", "Within 2 ms or 5 %"), rows)
    if skipped:
        text += "\n\nNot measured: " + "; ".join(sorted(set(skipped))) + "."
    verdicts = [harness.verdict("public functions over 2 ms or 5 % above the library's call", len(beyond), 0, more_is_better=False),
                harness.verdict(f"largest share of what is allowed ({worst})", best[worst][0] / allowed[worst], 1, more_is_better=False)]
    harness.store("python", "Python over the library", text, verdicts, runner, "")
