# SPDX-License-Identifier: BSD-3-Clause
"""How long commands that do not learn take to start and end."""
from harness import median, spread, store, table, verdict

COMMANDS = (["--help"], ["--version"], ["help", "wells"])


def run(runner, build, rounds):
    times = {}
    for _ in range(rounds or 7):
        for words in COMMANDS:
            runner([build / "bin/phreatic", *words])
            times.setdefault(" ".join(words), []).append(1e3 * runner.seconds)
    rows = [(f"phreatic {words}", f"{median(values):.1f}", spread(values)) for words, values in times.items()]
    verdicts = [verdict(f"phreatic {words}", median(values), 50, " ms", more_is_better=False) for words, values in times.items()]
    text = "Wall time of the whole process, its start by Python's subprocess included; program in the page cache.\n\n" + table(
        ("Command", "Milliseconds", "Range"), rows)
    store("startup", "Start of the program", text, verdicts, runner, "")
