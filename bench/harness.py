# SPDX-License-Identifier: BSD-3-Clause
"""What all benchmarks share: building, the peers' virtual environment, measured commands, results.

A command is measured as a process of its own. While it runs, the processor time of everything else on the machine is
counted; a command during which others take more than FOREIGN of one core is stopped and repeated, TRIES times at most;
of the readings that came to an end the one with the least of it counts. What was left of it stands in the results.
"""
import datetime
import glob
import json
import os
import pathlib
import platform
import shlex
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv-bench"
PYTHON = VENV / "bin/python"
RESULTS = ROOT / "bench/results"
FOREIGN, TRIES, PAUSE = 0.1, 8, 3.0  # cores, runs, seconds


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def make_environment(folder=VENV, peers=ROOT / "bench/peers.txt"):
    """Makes a virtual environment with exactly the packages of a list, once, and gives its Python."""
    python = folder / "bin/python"
    wanted = peers.read_text()
    mark = folder / ".installed"
    if mark.exists() and mark.read_text() == wanted:
        return python
    say(f"installing the peers of {peers.relative_to(ROOT)} into {folder.name}")
    if not python.exists():
        subprocess.run(["python3", "-m", "venv", folder], check=True)
    subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", peers], check=True)
    mark.write_text(wanted)
    return python


def build(folder, targets):
    """Builds targets with the benchmarks in it. libtorch: what the build folder is set to, or that of the peers."""
    cache = folder / "CMakeCache.txt"
    torch = glob.glob(str(VENV / "lib/python3*/site-packages/torch"))
    options = ["-DPHREATIC_BENCH=ON"]
    known = cache.exists() and "PHREATIC_TORCH_DIR:PATH=/" in cache.read_text()
    if not known and not glob.glob(str(ROOT / ".venv/lib/python3*/site-packages/torch")) and torch:
        options.append(f"-DPHREATIC_TORCH_DIR={torch[0]}")
    subprocess.run(["cmake", "--preset", "release", "-B", folder, *options], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", folder, *targets], check=True, stdout=sys.stderr)


class Runner:
    """Runs commands to be measured; `under` is a command line put before each of them."""

    def __init__(self, under="", busy=False, processor=False):
        self.under = shlex.split(under)
        self.busy = busy  # the machine is known to be: nothing is repeated, nothing kept
        self.processor = processor  # processor seconds are read where a section can: others do not matter, results are kept
        self.foreign = []
        self.seconds = 0.0  # wall time of the last command

    def __call__(self, command):
        command = [str(word) for word in command]
        best = None
        tries = 1 if self.busy else TRIES
        for turn in range(tries):
            if turn > 0:
                time.sleep(PAUSE)
            limit = 0.0 if best is None and turn + 1 == tries else FOREIGN
            text, facts = self._once(limit, command)
            if facts["seconds"] is not None and (best is None or facts["others"] < best[1]["others"]):
                best = (text, facts)
            if self.busy or (facts["seconds"] is not None and facts["others"] <= FOREIGN):
                break
            say(f"others took {facts['others']:.2f} cores, once more")
        self.foreign.append(best[1]["others"])
        self.seconds = best[1]["seconds"]
        return best[0]

    def _once(self, limit, command):
        timed = [sys.executable, str(ROOT / "bench/timed.py"), str(limit)]
        done = subprocess.run([*self.under, *timed, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        if done.returncode != 0:
            sys.exit(f"bench: failed ({done.returncode}): {shlex.join(command)}\n{done.stdout}\n{done.stderr[-4000:]}")
        text, _, facts = done.stdout.rstrip("\n").rpartition("\n")
        return text, json.loads(facts)

    def prepare(self, command):
        """Runs something that is not measured; its threads do not spin while they wait, for the machine may be busy."""
        environment = dict(os.environ, OMP_WAIT_POLICY="passive")
        subprocess.run(list(map(str, command)), cwd=ROOT, check=True, stdout=sys.stderr, env=environment)

    def text(self, command):
        """Standard output; processor seconds need no quiet machine."""
        return self._once(0, [str(word) for word in command])[0] if self.processor else self(command)

    def lines(self, command, watch=True):
        """Standard output as one JSON value a line; watch=False: the command looks after others' share itself."""
        text = self.text(command) if watch else self._once(0, [str(word) for word in command])[0]
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def quiet(self):
        if self.processor:
            return "processor seconds of our own process, all threads; others may have used the machine"
        if not self.foreign:
            return f"readings during which others took more than {FOREIGN} cores are left out"
        return f"others' processor time while measuring: median {statistics.median(self.foreign):.2f}, at most {max(self.foreign):.2f} cores"


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    flags = next((line for line in open("/proc/cpuinfo") if line.startswith("flags")), "")
    memory = int(open("/proc/meminfo").readline().split()[1]) / 2**20
    widest = next((name for name in ("avx512f", "avx2") if f" {name} " in flags + " "), "no AVX2")
    return f"{model}, {os.cpu_count()} cores, {widest}, {memory:.0f} GiB, Linux {platform.release()}"


def versions(*packages, python=PYTHON):
    text = subprocess.run([python, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    found = {p["name"].lower().replace("_", "-"): p["version"] for p in json.loads(text)}
    return ", ".join(f"{name} {found[name]}" for name in packages)


def commit():
    git = lambda *words: subprocess.run(["git", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout.strip()
    changed = git("status", "--porcelain", "--", "phreatic", "cli", "cmake", "bench", ":!bench/results", ":!bench/RESULTS.md")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + (" with changes" if changed else "")


def verdict(what, value, target, unit="", more_is_better=True, aim=None):
    met = value >= target if more_is_better else value <= target
    sign = ">=" if more_is_better else "<="
    text = f"{sign} {target:g}{unit}" + (f" (aim {aim:g}{unit})" if aim is not None else "")
    return {"what": what, "value": f"{value:.3g}{unit}", "target": text, "met": bool(met)}


def store(section, title, text, verdicts, runner, peers):
    """Keeps a section's results and writes bench/RESULTS.md from those of all sections."""
    record = {"title": title, "date": datetime.date.today().isoformat(), "machine": machine(), "commit": commit(), "peers": peers,
              "quiet": runner.quiet(), "text": text, "verdicts": verdicts}
    print(f"\n{title}. {record['quiet'].capitalize()}\n\n{text}\n")
    for v in verdicts:
        print(f"{'met   ' if v['met'] else 'MISSED'} {v['what']}: {v['value']}, target {v['target']}")
    if runner.busy:
        say("with --busy: not kept, bench/RESULTS.md stays as it is")
        return
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{section}.json").write_text(json.dumps(record, indent=1) + "\n")
    render()


def render():
    lines = ["# Benchmarks", "", "Written by `bench/run`; how to read and repeat it: docs/developer/benchmarks.md. Medians; ratios are the peer's time over ours.", "",
             "| Section | What | Value | Target | Met |", "|---|---|---|---|---|"]
    order = ["kernels", "explain", "csv", "neuralhydrology", "startup", "flow", "ensembles", "grids", "series", "analysis", "gnnwr", "downscaling", "trees", "unet", "recharge", "tft", "python"]
    records = {name: json.loads((RESULTS / f"{name}.json").read_text()) for name in order if (RESULTS / f"{name}.json").exists()}
    for name, record in records.items():
        for v in record["verdicts"]:
            lines.append(f"| {name} | {v['what']} | {v['value']} | {v['target']} | {'yes' if v['met'] else '**no**'} |")
    for name, record in records.items():
        lines += ["", f"## {record['title']}", "", f"`bench/run {name}`, {record['date']}, commit {record['commit']}. {record['machine']}.",
                  f"Peers: {record['peers'] or 'none'}. {record['quiet'].capitalize()}.", "", record["text"].rstrip()]
    (ROOT / "bench/RESULTS.md").write_text("\n".join(lines) + "\n")


def table(header, rows):
    text = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(text + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def median(values):
    return statistics.median(values)


def spread(values):
    return f"{min(values):.3g}-{max(values):.3g}"
