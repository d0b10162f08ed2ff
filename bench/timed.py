# SPDX-License-Identifier: BSD-3-Clause
"""Runs a command and prints, as the last line, its wall seconds and how many cores others took meanwhile.

    python3 bench/timed.py LIMIT COMMAND ...

Stops the command as soon as others have taken more than LIMIT cores, a short spell spread over SPELL seconds; the
seconds are null then. LIMIT 0: never.
"""
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import threading
import time

WATCH, SPELL = 0.25, 3.0
TICKS = os.sysconf("SC_CLK_TCK")


def busy_seconds():
    fields = [int(x) for x in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS  # without idle and waiting for disks


def group_seconds(group):
    """Processor time of the running processes of a group and of their children that ended."""
    total = 0
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            total += sum(int(x) for x in fields[11:15])
    return total / TICKS


def watch(process, limit, busy, start, state):
    while not state["ended"].wait(WATCH):
        others = busy_seconds() - busy - group_seconds(process.pid)
        if others > limit * max(SPELL, time.perf_counter() - start) and not state["ended"].is_set():
            state["stopped"] = True
            os.killpg(process.pid, signal.SIGTERM)
            return


def main():
    limit, command = float(sys.argv[1]), sys.argv[2:]
    state = {"ended": threading.Event(), "stopped": False}
    busy, start = busy_seconds(), time.perf_counter()
    process = subprocess.Popen(command, start_new_session=True)
    if limit > 0:  # beside a wait without time limit, which alone returns at once
        threading.Thread(target=watch, args=(process, limit, busy, start, state), daemon=True).start()
    code, seconds = process.wait(), time.perf_counter() - start
    state["ended"].set()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    others = max(0.0, busy_seconds() - busy - usage.ru_utime - usage.ru_stime) / seconds
    print("\n" + json.dumps({"seconds": None if state["stopped"] else seconds, "others": others}))
    sys.exit(0 if state["stopped"] else code)


if __name__ == "__main__":
    main()
