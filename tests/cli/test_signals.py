# SPDX-License-Identifier: BSD-3-Clause
"""Ctrl-C, SIGTERM and SIGHUP end every command within a second, also one whose disk hangs."""
import os
import pathlib
import re
import signal
import subprocess
import time
import unittest

from common import PHREATIC, ROOT, SMALL, Folder, phreatic, write

# Every command with what it is given; `{x}` is the folder in which it first opens a file, and waits there for ever.
COMMANDS = {
    "init": ["init", "wells", "{x}"],
    "check": ["check", "{x}/study.yml"],
    "analyse": ["analyse", "{x}/study.yml", "--out", "out"],
    **{stage: [stage, "{x}/study.yml", "--out", "out"] for stage in ("run", "train", "predict", "evaluate", "explain", "cluster", "downscale", "tune")},
    "trial": ["trial", "{x}/study.yml", "--out", "out"],
    "apply": ["apply", "{x}", "study.yml", "--out", "out"],
    "report": ["report", "{x}"],
    "compare": ["compare", "{x}", "{x}"],
    "basin": ["basin", "{x}/study.yml", "--out", "out"],
    "basin lowland": ["basin", "lowland", "{x}/new"],
    "flow run": ["flow", "run", "{x}", "--out", "out"],
    "flow check": ["flow", "check", "{x}"],
    "flow compare": ["flow", "compare", "{x}", "{x}"],
    "flow ensemble": ["flow", "ensemble", "{x}/ensemble.yml", "--out", "out"],
    "flow plot": ["flow", "plot", "{x}", "--out", "out"],
    "flow adjoint": ["flow", "adjoint", "{x}/adjoint.yml", "--out", "out"],
    "flow write": ["flow", "write", "{x}", "out"],
    "grid info": ["grid", "info", "{x}/grid.nc"],
    "grid regrid": ["grid", "regrid", "{x}/grid.nc", "--like", "{x}/grid.nc", "--out", "out.nc"],
    "grid shares": ["grid", "shares", "{x}/grid.nc", "--like", "{x}/grid.nc", "--out", "out.tif"],
    "grid slope": ["grid", "slope", "{x}/grid.nc", "--out", "out.tif"],
    "grid wetness": ["grid", "wetness", "{x}/grid.nc", "--out", "out.tif"],
    "grid zonal": ["grid", "zonal", "{x}/grid.nc", "--zones", "{x}/zones.geojson", "--out", "out.csv"],
    "tch": ["tch", "a={x}/a.csv", "b={x}/a.csv", "c={x}/a.csv", "--out", "out.csv"],
    "stl": ["stl", "{x}/a.csv", "--out", "out.csv"],
    "trend": ["trend", "{x}/a.csv", "--out", "out.csv"],
    "trees train": ["trees", "train", "{x}/a.csv", "--target", "y", "--out", "out.json"],
    "trees predict": ["trees", "predict", "{x}/model.json", "{x}/a.csv", "--out", "out.csv"],
    "trees explain": ["trees", "explain", "{x}/model.json", "{x}/a.csv", "--out", "out.csv"],
}
TOUCHES_NO_FILE = {"help"}
KINDS = ("wells", "two-targets", "recharge", "downscaling", "regression", "tuning", "comparison")


def commands(*path):
    """Every command that --help tells, subcommands with their parent."""
    text = phreatic(*path, "--help").stdout
    block = re.search(r"^Subcommands:\n((?:  .*\n)+)", text, re.M)
    names = re.findall(r"^  ([a-z]\S*)", block.group(1), re.M) if block else []
    found = set()
    for name in names:
        below = commands(*path, name)
        found |= below or {" ".join((*path, name))}
        if name == "basin":
            found.add(name)  # it works without its subcommand too
    return found


@unittest.skipUnless((pathlib.Path(PHREATIC).parent / "phreatic-learn").exists(), "built without learning")
class EveryCommand(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Folder()
        cls.folder = cls.place.__enter__().resolve()
        cls.library = cls.folder / "stall.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", cls.library, ROOT / "tests/faults/stall.c", "-ldl"], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.place.__exit__(None, None, None)

    def fill(self, name):
        """A folder with files of the names that the commands are given."""
        folder = self.folder / name
        write(folder, "x/study.yml", SMALL)
        write(folder, "study.yml", SMALL)
        for file in ("grid.nc", "zones.geojson", "a.csv", "model.json", "mfsim.nam", "adjoint.yml", "ensemble.yml", "metrics.csv", "phreatic-flow.json", "units/models.json"):
            write(folder, f"x/{file}", "not read\n")
        return folder

    def ended(self, folder, arguments, under, number):
        mark = folder / "waits"
        environment = dict(os.environ) | {"LD_PRELOAD": str(self.library), "PHREATIC_STALL_UNDER": str(under), "PHREATIC_STALL_MARK": str(mark)}
        program = str(pathlib.Path(PHREATIC).resolve())
        process = subprocess.Popen([program, *arguments], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            for _ in range(1200):
                if mark.exists() or process.poll() is not None:
                    break
                time.sleep(0.05)
            if process.poll() is not None:
                self.fail(f"it did not wait: {process.returncode} {process.communicate()}")
            self.assertTrue(mark.exists(), "it opened nothing")
            start = time.monotonic()
            process.send_signal(number)
            _, error = process.communicate(timeout=60)
            self.assertLess(time.monotonic() - start, 2.5)  # a second, on a machine that may be busy
            self.assertEqual(process.returncode, 130, error)
            self.assertIn("interrupted", error)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            mark.unlink(missing_ok=True)

    def test_every_command_is_here(self):
        self.assertEqual(commands() - TOUCHES_NO_FILE, set(COMMANDS))

    def test_every_command_ends_while_its_disk_hangs(self):
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        for i, (name, arguments) in enumerate(COMMANDS.items()):
            with self.subTest(name):
                folder = self.fill(name.replace(" ", "-"))
                given = [part.replace("{x}", str(folder / "x")) for part in arguments]
                if name == "init":
                    given[-1] = str(folder / "x" / "new")
                self.ended(folder, given, folder / "x", numbers[i % 3])

    def test_every_kind_of_study_ends(self):
        for i, kind in enumerate(KINDS):
            with self.subTest(kind):
                folder = self.folder / f"kind-{kind}"
                self.assertEqual(phreatic("init", kind, folder).returncode, 0)
                self.ended(folder, ["run", "study.yml", "--out", "out"], folder / "out", (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)[i % 3])


if __name__ == "__main__":
    unittest.main()
