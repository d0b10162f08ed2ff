# SPDX-License-Identifier: BSD-3-Clause
"""A machine that refuses: each kind of call fails once, at many places of a command.

    tests/faults/sweep.py [--each N] [--case study|flow|report|basin|regression ...]

For every command and kind of call (write, open, fsync, rename, close) the calls of a good run are counted; then the
command is run again and again in a fresh folder, and the first, the last and N - 2 calls between fail, one a run. Held is:
the program ends by itself with exit code 1 and says which file and why, or has not needed the call; results that it
calls done are those of the good run; and the same command without a fault then gives the results of the good run.
"""
import argparse
import errno
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests/cli"))
from common import SMALL  # noqa: E402

PHREATIC = os.environ.get("PHREATIC", str(ROOT / "build/bin/phreatic"))
CALLS = {"write": errno.ENOSPC, "open": errno.EACCES, "fsync": errno.EIO, "rename": errno.EIO, "close": errno.EIO}
# Hold times, paths or how a run came about, not results.
NOT_RESULTS = ("log.txt", "provenance.json", "stages.json", "phreatic-flow.json", ".lst")
MODEL = {
    "mfsim.nam": "BEGIN TIMING\n TDIS6 m.tdis\nEND TIMING\nBEGIN MODELS\n GWF6 m.nam m\nEND MODELS\nBEGIN EXCHANGES\nEND EXCHANGES\n"
                 "BEGIN SOLUTIONGROUP 1\n IMS6 m.ims m\nEND SOLUTIONGROUP 1\n",
    "m.tdis": "BEGIN DIMENSIONS\n NPER 2\nEND DIMENSIONS\nBEGIN PERIODDATA\n 1.0 1 1.0\n 10.0 5 1.0\nEND PERIODDATA\n",
    "m.ims": "BEGIN OPTIONS\n COMPLEXITY SIMPLE\nEND OPTIONS\n",
    "m.nam": "BEGIN PACKAGES\n DIS6 m.dis\n IC6 m.ic\n NPF6 m.npf\n CHD6 m.chd\n WEL6 m.wel\n OC6 m.oc\nEND PACKAGES\n",
    "m.dis": "BEGIN DIMENSIONS\n NLAY 1\n NROW 3\n NCOL 4\nEND DIMENSIONS\nBEGIN GRIDDATA\n DELR\n  CONSTANT 10\n DELC\n  CONSTANT 10\n"
             " TOP\n  CONSTANT 10\n BOTM\n  CONSTANT 0\nEND GRIDDATA\n",
    "m.ic": "BEGIN GRIDDATA\n STRT\n  CONSTANT 8\nEND GRIDDATA\n",
    "m.npf": "BEGIN GRIDDATA\n ICELLTYPE\n  CONSTANT 0\n K\n  CONSTANT 1.5\nEND GRIDDATA\n",
    "m.chd": "BEGIN DIMENSIONS\n MAXBOUND 2\nEND DIMENSIONS\nBEGIN PERIOD 1\n 1 1 1 9\n 1 3 4 7\nEND PERIOD 1\n",
    "m.wel": "BEGIN DIMENSIONS\n MAXBOUND 1\nEND DIMENSIONS\nBEGIN PERIOD 2\n 1 2 2 -5\nEND PERIOD 2\n",
    "m.oc": "BEGIN OPTIONS\n HEAD FILEOUT m.hds\n BUDGET FILEOUT m.cbc\nEND OPTIONS\nBEGIN PERIOD 1\n SAVE HEAD ALL\n SAVE BUDGET ALL\n"
            "END PERIOD 1\n",
}


def prepare_study(folder):
    (folder / "study.yml").write_text(SMALL)


def prepare_model(folder):
    for name, text in MODEL.items():
        (folder / "model" / name).parent.mkdir(exist_ok=True)
        (folder / "model" / name).write_text(text)


def prepare_report(folder):
    shutil.copytree(prepare_report.run, folder / "out")


def prepare_kind(kind):
    """A study as `phreatic init` writes it."""
    def prepare(folder):
        subprocess.run([PHREATIC, "init", kind, str(folder)], check=True, capture_output=True)
    return prepare


def of_kind(kind, *settings):
    command = ["run", "study.yml", "--out", "out", *(part for setting in settings for part in ("--set", setting))]
    return prepare_kind(kind), command, [*command, "--resume"]


prepare_report.run = None
CASES = {  # name: (what is there before, command, command that goes on after a fault, folder of results)
    "study": (prepare_study, ["run", "study.yml", "--out", "out"], ["run", "study.yml", "--out", "out", "--resume"]),
    "flow": (prepare_model, ["flow", "run", "model", "--out", "out"], ["flow", "run", "model", "--out", "out"]),
    "basin": (prepare_study, ["basin", "study.yml", "--out", "out"], ["basin", "study.yml", "--out", "out"]),
    "report": (prepare_report, ["report", "out"], ["report", "out"]),
    "regression": of_kind("regression", "models=[ols]", "figures.formats=[svg]"),
}


def run(arguments, folder, library=None, **fault):
    environment = dict(os.environ)
    if library is not None:
        environment |= {"LD_PRELOAD": str(library), "PHREATIC_FAIL_UNDER": str(folder / "out")}
        environment |= {f"PHREATIC_FAIL_{key.upper()}": str(value) for key, value in fault.items()}
    return subprocess.run([PHREATIC, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=600)


def results(folder):
    out = {}
    for path in sorted((folder / "out").rglob("*")):
        if path.is_file() and not path.name.endswith(NOT_RESULTS):
            content = path.read_bytes()
            if path.name == "report.html":
                content = re.sub(rb'"(finished|memory, GB|time of stage [a-z]+)","[^"]*"', b"", content)
            out[str(path.relative_to(folder / "out"))] = hashlib.sha256(content).hexdigest()
    return out


def places(count, each):
    """`each` numbers from 1 to count, both among them."""
    if count <= each:
        return list(range(1, count + 1))
    return sorted({1 + round(i * (count - 1) / (each - 1)) for i in range(each)})


def fresh(parent):
    """An empty folder, always of the same name: results tell where their study is."""
    folder = parent / "work"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


class Sweep:
    def __init__(self, library, each):
        self.library, self.each = library, each
        self.runs = self.defects = self.unneeded = 0

    def defect(self, where, what, done=None):
        self.defects += 1
        told = "" if done is None else " | " + (done.stderr or done.stdout).strip()[-300:]
        print(f"DEFECT {where}: {what}{told}", flush=True)

    def case(self, name, parent):
        prepare, command, again = CASES[name]
        good = fresh(parent)
        prepare(good)
        (good / "out").mkdir(exist_ok=True)
        counts_file = parent / f"{name}.counts"
        done = run(command, good, self.library, call="none", counts=counts_file)
        if done.returncode != 0:
            raise SystemExit(f"{name}: the good run fails: {done.stderr}")
        expected = results(good)
        counts = {line.split()[0]: int(line.split()[1]) for line in counts_file.read_text().splitlines()}
        print(f"{name}: {counts}", flush=True)
        for call, code in CALLS.items():
            for at in places(counts[call], self.each):
                self.once(f"{name}, {call} {at} of {counts[call]}", prepare, command, again, expected, parent,
                          call=call, at=at, errno=code)

    def once(self, where, prepare, command, again, expected, parent, **fault):
        folder = fresh(parent)
        prepare(folder)
        (folder / "out").mkdir(exist_ok=True)
        before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file() and "out" not in p.parts[len(folder.parts):]}
        done = run(command, folder, self.library, **fault)
        self.runs += 1
        if done.returncode < 0 or done.returncode not in (0, 1):
            self.defect(where, f"exit code {done.returncode}", done)
        elif done.returncode == 1 and os.strerror(fault["errno"]) not in done.stderr:
            self.defect(where, "the message does not say why", done)
        elif done.returncode == 0:
            self.unneeded += 1
            if results(folder) != expected:
                self.defect(where, "exit code 0 with other results", done)
        for path, content in before.items():
            if not path.is_file() or path.read_bytes() != content:
                self.defect(where, f"{path.relative_to(folder)} of the user was changed")
        after = run(again, folder)
        if after.returncode != 0:
            self.defect(where, "the next run fails", after)
        elif (found := results(folder)) != expected:
            other = sorted(k for k in found.keys() | expected.keys() if found.get(k) != expected.get(k))
            self.defect(where, f"the next run gives others: {', '.join(other[:5])}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=12, help="how many calls of each kind fail, one a run")
    parser.add_argument("--case", nargs="+", choices=CASES, default=list(CASES))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        parent = pathlib.Path(temporary).resolve()
        library = parent / "fail_nth.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, HERE / "fail_nth.c", "-ldl", "-lpthread"], check=True)
        sweep = Sweep(library, given.each)
        for name in given.case:
            if name == "report" and prepare_report.run is None:
                good = pathlib.Path(tempfile.mkdtemp(dir=parent))
                prepare_study(good)
                run(CASES["study"][1], good)
                prepare_report.run = good / "out"
            sweep.case(name, parent)
        print(f"faults: {sweep.runs} runs, {sweep.unneeded} did not need the call, {sweep.defects} defects")
        sys.exit(1 if sweep.defects else 0)


if __name__ == "__main__":
    main()
