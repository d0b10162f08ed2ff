# SPDX-License-Identifier: BSD-3-Clause
"""Groundwater models from outside: blocks of an ensemble after a kill, disks that are full, the model command of PEST++."""
import csv
import importlib.util
import os
import re
import resource
import shutil
import signal
import subprocess
import time
import unittest
from pathlib import Path

from common import PHREATIC, ROOT, Folder, phreatic, write

SIDE = 100  # cells


def make_model(folder, steps):
    """A square aquifer between two canals."""
    def file(name, *blocks):
        write(folder, f"model/{name}", "".join(f"BEGIN {title}\n{text}\nEND {title}\n" for title, text in blocks))
    file("mfsim.nam", ("TIMING", "TDIS6 m.tdis"), ("MODELS", "GWF6 m.nam gwf"), ("SOLUTIONGROUP 1", "IMS6 m.ims gwf"))
    file("m.nam", ("PACKAGES", "\n".join(f"{kind}6 m.{kind.lower()}" for kind in ("DIS", "IC", "NPF", "STO", "CHD", "RCH", "OC"))))
    file("m.tdis", ("OPTIONS", "TIME_UNITS DAYS"), ("DIMENSIONS", "NPER 1"), ("PERIODDATA", f"{float(steps)} {steps} 1.0"))
    file("m.ims", ("NONLINEAR", "OUTER_DVCLOSE 1e-5"), ("LINEAR", "INNER_DVCLOSE 1e-6"))
    file("m.dis", ("OPTIONS", "LENGTH_UNITS METERS\nNOGRB"), ("DIMENSIONS", f"NLAY 1\nNROW {SIDE}\nNCOL {SIDE}"),
         ("GRIDDATA", "DELR\nCONSTANT 25.0\nDELC\nCONSTANT 25.0\nTOP\nCONSTANT 20.0\nBOTM\nCONSTANT 0.0"))
    file("m.ic", ("GRIDDATA", "STRT\nCONSTANT 10.0"))
    file("m.npf", ("GRIDDATA", "ICELLTYPE\nCONSTANT 1\nK\nCONSTANT 10.0"))
    file("m.sto", ("GRIDDATA", "ICONVERT\nCONSTANT 1\nSS\nCONSTANT 1e-5\nSY\nCONSTANT 0.2"), ("PERIOD 1", "TRANSIENT"))
    file("m.chd", ("DIMENSIONS", f"MAXBOUND {2 * SIDE}"),
         ("PERIOD 1", "\n".join(f"1 {i} {j} 10.0" for j in (1, SIDE) for i in range(1, SIDE + 1))))
    file("m.rch", ("OPTIONS", "READASARRAYS"), ("PERIOD 1", "RECHARGE\nCONSTANT 0.001"))
    file("m.oc", ("OPTIONS", "HEAD FILEOUT m.hds"), ("PERIOD 1", "SAVE HEAD LAST"))


def make_study(folder, scenarios, steps):
    make_model(folder, steps)
    sites = "".join(f"  - name: s{s}\n    sites:\n      - {{row: {15 + 10 * s % 70}, column: {20 + 7 * s % 60}, size: 250, rate: 0.01}}\n" for s in range(scenarios))
    return write(folder, "study.yml", f"model: model\nensemble:\n  lanes: 1\nscenarios:\n{sites}")


def blocks(folder):
    return {p.name: p.read_bytes() for p in sorted(folder.glob("block_*.nc"))}


class FlowEnsemble(unittest.TestCase):
    def test_a_task_that_was_killed_computes_only_what_is_missing_and_gives_the_same_bytes(self):
        with Folder() as folder:
            study = make_study(folder, 6, 120)
            for task in ("1/2", "2/2"):
                done = phreatic("flow", "ensemble", study, "--out", folder / "whole", "--task", task, "--quiet")
                self.assertEqual(done.returncode, 0, done.stderr)
            whole = blocks(folder / "whole")
            self.assertEqual(len(whole), 6)
            command = [PHREATIC, "flow", "ensemble", str(study), "--out", str(folder / "cut"), "--task", "1/2", "--quiet"]
            first = folder / "cut/block_0001.nc"
            run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            until = time.monotonic() + 120
            while not first.exists() and run.poll() is None and time.monotonic() < until:
                time.sleep(0.002)
            run.send_signal(signal.SIGKILL)
            run.communicate()
            self.assertEqual(run.returncode, -signal.SIGKILL, "the run ended before it was killed")
            there = blocks(folder / "cut")
            self.assertIn("block_0001.nc", there)
            self.assertLess(len(there), 3)
            written = {name: (folder / "cut" / name).stat().st_mtime_ns for name in there}
            done = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f"6 blocks: {3 - len(there)} computed, {len(there)} were there, 3 left to other tasks", done.stdout)
            for name, at in written.items():
                self.assertEqual((folder / "cut" / name).stat().st_mtime_ns, at, name)
            done = phreatic("flow", "ensemble", study, "--out", folder / "cut", "--task", "2/2", "--quiet")
            self.assertIn("3 computed, 3 were there, 0 left", done.stdout)
            self.assertEqual(blocks(folder / "cut"), whole)

    def test_a_full_disk_is_told_and_leaves_no_block_that_looks_whole(self):
        with Folder() as folder:
            study = make_study(folder, 1, 5)
            done = limited(16000, "flow", "ensemble", study, "--out", folder / "out", "--quiet")
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("block_0001.nc", done.stderr)
            self.assertEqual(blocks(folder / "out"), {})
            done = phreatic("flow", "ensemble", study, "--out", folder / "out", "--resume", "--quiet")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(len(blocks(folder / "out")), 1)


def limited(size, *arguments):
    """Runs the program with files of at most `size` bytes: a write beyond it fails as on a full disk."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return subprocess.run([PHREATIC, *map(str, arguments)], capture_output=True, text=True, preexec_fn=limit, timeout=600)


MPIRUN = shutil.which("mpirun")
MPI_OBJECT = Path(PHREATIC).parent / "libphreatic_mpi.so"


@unittest.skipUnless(MPIRUN and MPI_OBJECT.exists(), "Open MPI is not there (mpirun, libphreatic_mpi.so)")
class FlowEnsembleMpi(unittest.TestCase):
    def start(self, study, out, *more):
        command = [MPIRUN, "--allow-run-as-root", "--oversubscribe", "-n", "3", PHREATIC, "flow", "ensemble", str(study),
                   "--out", str(out), *more]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def test_three_ranks_share_the_blocks_and_give_the_bytes_of_one_process(self):
        with Folder() as folder:
            study = make_study(folder, 7, 40)
            self.assertEqual(phreatic("flow", "ensemble", study, "--out", folder / "one", "--quiet").returncode, 0)
            run = self.start(study, folder / "three", "--mpi")
            told, said = run.communicate(timeout=300)
            self.assertEqual(run.returncode, 0, said)
            self.assertEqual(told.count("7 blocks: 7 computed, 0 were there, 0 left to other tasks"), 1, told)
            self.assertEqual(blocks(folder / "one"), blocks(folder / "three"))

    def test_after_kill_9_of_a_rank_the_same_command_computes_only_what_is_missing(self):
        with Folder() as folder:
            many = 36  # so that most are left when two are seen
            study = make_study(folder, many, 120)
            self.assertEqual(phreatic("flow", "ensemble", study, "--out", folder / "one", "--quiet").returncode, 0)
            out = folder / "cut"
            run = self.start(study, out, "--mpi", "--quiet")
            until = time.monotonic() + 120
            while len(list(out.glob("block_*.nc"))) < 2 and run.poll() is None and time.monotonic() < until:
                time.sleep(0.002)
            ranks = ranks_of(run.pid)
            self.assertEqual(sorted(ranks), ["0", "1", "2"])
            os.kill(ranks["2"], signal.SIGKILL)
            run.communicate(timeout=120)
            self.assertNotEqual(run.returncode, 0)
            there = len(blocks(out))
            self.assertLess(there, many, "the run was through before the kill")
            run = self.start(study, out, "--mpi", "--resume")
            told, said = run.communicate(timeout=300)
            self.assertEqual(run.returncode, 0, said)
            self.assertIn(f"{many} blocks: {many - there} computed, {there} were there, 0 left to other tasks", told)
            self.assertEqual(blocks(folder / "one"), blocks(out))

    def test_without_the_option_and_with_tasks_it_is_refused(self):
        with Folder() as folder:
            study = make_study(folder, 1, 2)
            run = self.start(study, folder / "out")
            self.assertIn("mpirun has started 3 of this", run.communicate(timeout=120)[1])
            self.assertNotEqual(run.returncode, 0)
            alone = phreatic("flow", "ensemble", study, "--out", folder / "out", "--mpi")
            self.assertEqual(alone.returncode, 2)
            self.assertIn("was not started by Open MPI's mpirun", alone.stderr)
            both = phreatic("flow", "ensemble", study, "--out", folder / "out", "--mpi", "--task", "1/2")
            self.assertIn("cannot be used with --task", both.stderr)


def ranks_of(parent):
    """Process numbers of the children of mpirun, by rank."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int(re.search(r"^PPid:\s+(\d+)", (entry / "status").read_text(), re.M)[1]) == parent:
                rank = re.search(rb"OMPI_COMM_WORLD_RANK=(\d+)", (entry / "environ").read_bytes())
                if rank:
                    found[rank[1].decode()] = int(entry.name)
        except OSError:
            continue
    return found


class FlowDisks(unittest.TestCase):
    def test_a_scratch_file_that_cannot_grow_names_its_folder_and_the_settings(self):
        with Folder() as folder:
            make_model(folder, 40)
            study = write(folder, "adjoint.yml", "model: model\nmemory_mb: 0\nscratch: scratch\nparameters: [recharge]\n"
                          f"measures:\n  - {{name: well, kind: heads, cells: [\"1 {SIDE // 2} {SIDE // 2}\"], times: [40]}}\n")
            done = limited(1000000, "flow", "adjoint", study, "--out", folder / "out", "--quiet")
            self.assertEqual(done.returncode, 1, done.stderr)
            for part in ("scratch", "cannot grow", "memory_mb"):
                self.assertIn(part, done.stderr)

    def test_a_checkpoint_that_does_not_fit_is_told(self):
        with Folder() as folder:
            make_model(folder, 400)
            done = limited(85000, "flow", "run", folder / "model", "--out", folder / "out", "--checkpoint", "0.01", "--quiet")
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("phreatic-flow.state", done.stderr)
            self.assertFalse((folder / "out/phreatic-flow.state").exists())


class FlowPest(unittest.TestCase):
    """The files of examples/pest, read as PEST++ reads them."""

    def setUp(self):
        self.holder = Folder()
        self.folder = self.holder.__enter__() / "pest"
        shutil.copytree(ROOT / "examples/pest", self.folder)
        self.sections = {}
        for line in (self.folder / "model.pst").read_text().splitlines()[1:]:
            if line.startswith("*"):
                at = self.sections.setdefault(line[2:], [])
            else:
                at.append(line.split())

    def tearDown(self):
        self.holder.__exit__(None, None, None)

    def fill(self, template, out, parameters):
        head, text = (self.folder / template).read_text().split("\n", 1)
        kind, mark = head.split()
        self.assertEqual(kind, "ptf")
        parts = text.split(mark)
        self.assertEqual(len(parts) % 2, 1, template)
        for i in range(1, len(parts), 2):
            name, width = parts[i].strip(), len(parts[i]) + 2
            self.used.add(name)
            parts[i] = f"{parameters[name]:{width}.{width - 8}g}"
        (self.folder / out).write_text("".join(parts))

    def read(self, instructions, output):
        """Lines of `lN` and secondary markers with observations between."""
        lines = (self.folder / output).read_text().splitlines()
        head, *steps = (self.folder / instructions).read_text().splitlines()
        kind, mark = head.split()
        self.assertEqual(kind, "pif")
        at, values = -1, {}
        for step in steps:
            first, *items = step.split()
            self.assertEqual(first[0], "l")
            at += int(first[1:])
            column = 0
            for i, item in enumerate(items):
                if item.startswith(mark):
                    column = lines[at].index(item.strip(mark), column) + len(item.strip(mark))
                    continue
                following = items[i + 1].strip(mark) if i + 1 < len(items) else None
                end = lines[at].index(following, column) if following else len(lines[at])
                values[item.strip("!")] = float(lines[at][column:end])
                column = end
        return values

    def run_model(self, parameters):
        files = self.sections["model input/output"]
        self.used = set()
        templates = int(self.sections["control data"][2][0])
        for template, out in files[:templates]:
            self.fill(template, out, parameters)
        command = self.sections["model command line"][0]
        self.assertEqual(command[0], "phreatic")
        done = phreatic(*command[1:], cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        values = {}
        for instructions, output in files[templates:]:
            values.update(self.read(instructions, output))
        return values

    def test_counts_of_the_control_file_are_those_of_its_sections(self):
        counts = [int(n) for n in self.sections["control data"][1]]
        self.assertEqual(counts, [len(self.sections["parameter data"]), len(self.sections["observation data"]),
                                  len(self.sections["parameter groups"]), 0, len(self.sections["observation groups"])])
        templates, instructions = (int(n) for n in self.sections["control data"][2][:2])
        self.assertEqual(len(self.sections["model input/output"]), templates + instructions)

    def test_the_command_runs_what_the_templates_say_and_the_instructions_read_what_it_writes(self):
        observed = {row[0]: float(row[1]) for row in self.sections["observation data"]}
        found = self.run_model({"k": 8.0, "recharge": 1.2e-3})
        self.assertEqual(self.used, {row[0] for row in self.sections["parameter data"]})
        self.assertEqual(set(found), set(observed))
        for name, value in observed.items():
            self.assertAlmostEqual(found[name], value, delta=2e-6, msg=name)
        with open(self.folder / "model/heads.csv") as file:
            rows = list(csv.DictReader(file))
        for row, day in zip(rows, (0, 30, 60, 90), strict=True):
            for well in ("near", "far"):
                self.assertEqual(found[f"{well}_{day}"], float(row[well.upper()]))
        start = {row[0]: float(row[3]) for row in self.sections["parameter data"]}
        other = self.run_model(start)  # over the results of the first run
        # Steady flow under a water table: h^2 = 10^2 + R/K (2 L - x) x, R/K of both sets the same to 11 %.
        for name in ("near_0", "far_0"):
            rise = lambda head: head**2 - 100
            self.assertAlmostEqual(rise(other[name]) / rise(found[name]), (start["recharge"] / start["k"]) / (1.2e-3 / 8), delta=0.01)

    def test_a_model_that_fails_is_no_success(self):
        self.run_model({"k": 8.0, "recharge": 1.2e-3})
        write(self.folder, "model/model.npf", (self.folder / "model/model.npf").read_text().replace("8", "-8"))
        self.assertNotEqual(phreatic("flow", "run", "model", "--quiet", cwd=self.folder).returncode, 0)


@unittest.skipUnless(importlib.util.find_spec("pyemu"), "pyemu is not there")
class FlowPyemu(unittest.TestCase):
    def test_a_calibration_through_pyemus_templates_and_instructions_finds_the_parameters(self):
        """What pestpp-glm does with the control file of examples/pest: runs with one parameter changed, then a step; in logarithms."""
        import numpy
        import pyemu
        holder = Folder()
        self.addCleanup(holder.__exit__, None, None, None)
        folder = holder.__enter__() / "pest"
        shutil.copytree(ROOT / "examples/pest", folder)
        control = pyemu.Pst(str(folder / "model.pst"))
        observed = control.observation_data.obsval.values.astype(float)

        def simulated(parameters):
            control.parameter_data.loc[["k", "recharge"], "parval1"] = 10.0 ** parameters
            control.write_input_files(str(folder))
            done = phreatic("flow", "run", "model", "--quiet", cwd=folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            read = pyemu.pst_utils.try_process_output_file(str(folder / "heads.ins"), str(folder / "model/heads.csv"))
            return read.loc[control.observation_data.index, "obsval"].values.astype(float)

        at = numpy.log10(control.parameter_data.loc[["k", "recharge"], "parval1"].values.astype(float))
        for _ in range(8):
            now = simulated(at)
            jacobian = numpy.column_stack([(simulated(at + step) - now) / 0.01 for step in 0.01 * numpy.eye(2)])
            at = at + numpy.clip(numpy.linalg.lstsq(jacobian, observed - now, rcond=None)[0], -0.3, 0.3)
        self.assertAlmostEqual(10 ** at[0], 8.0, delta=0.01)
        self.assertAlmostEqual(10 ** at[1], 1.2e-3, delta=2e-6)

if __name__ == "__main__":
    unittest.main()
