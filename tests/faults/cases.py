# SPDX-License-Identifier: BSD-3-Clause
"""Every case of the shared collection through one program, which is meant to be built with sanitizers.

    tests/faults/cases.py build/asan/bin/phreatic [CASES]    # default: ${PHREATIC_SHARED_DATA}/cases

`check` of each folder of wells/, `flow check` and `flow run` of each of flow/ and of the model of faults/. Held is: the
program ends by itself with exit code 0, 1 or 2, and no sanitizer says anything.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAYS = ("runtime error:", "AddressSanitizer", "LeakSanitizer", "UndefinedBehaviorSanitizer", "ThreadSanitizer")


def run(program, arguments, where):
    try:
        done = subprocess.run([program, *map(str, arguments)], cwd=where, capture_output=True, text=True, errors="replace", timeout=600)
    except subprocess.TimeoutExpired:
        return "does not end within ten minutes"
    said = done.stdout + done.stderr
    for mark in SAYS:
        if mark in said:
            return said[max(0, said.index(mark) - 200):][:800]
    return None if done.returncode in (0, 1, 2) else f"exit code {done.returncode}: {said[-300:]}"


def main():
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    program = str(pathlib.Path(sys.argv[1]).resolve())
    cases = pathlib.Path(sys.argv[2] if len(sys.argv) == 3 else pathlib.Path(os.environ.get("PHREATIC_SHARED_DATA", ROOT / "../shared/data")) / "cases")
    if not cases.is_dir():
        print(f"skipped: no cases at {cases}")
        return 0
    runs = defects = 0
    with tempfile.TemporaryDirectory() as temporary:
        here = pathlib.Path(temporary)
        jobs = [(folder, [["check", "study.yml"]]) for folder in sorted((cases / "wells").iterdir()) if folder.is_dir()]
        models = [p.parent for p in sorted((cases / "flow").rglob("mfsim.nam"))] + [cases / "faults/mf"]
        jobs += [(folder, [["flow", "check", "."], ["flow", "run", ".", "--out", here / "out", "--quiet"]]) for folder in models]
        for folder, commands in jobs:
            work = here / "work"
            shutil.rmtree(work, ignore_errors=True)
            shutil.copytree(folder, work)
            for command in commands:
                shutil.rmtree(here / "out", ignore_errors=True)
                runs += 1
                found = run(program, command, work)
                if found:
                    defects += 1
                    print(f"DEFECT {folder.relative_to(cases)}, {' '.join(map(str, command[:2]))}: {found}", flush=True)
    print(f"cases: {runs} runs, {defects} defects")
    return 1 if defects else 0


if __name__ == "__main__":
    sys.exit(main())
