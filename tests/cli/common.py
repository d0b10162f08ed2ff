# SPDX-License-Identifier: BSD-3-Clause
"""Shared by the end-to-end tests: runs the program, makes a small study of virtual wells."""
import os
import pathlib
import subprocess
import tempfile

PHREATIC = os.environ.get("PHREATIC", "build/bin/phreatic")
ROOT = pathlib.Path(os.environ.get("PHREATIC_ROOT", pathlib.Path(__file__).resolve().parents[2]))

# A study small enough for a test: four wells, a small network, few epochs.
SMALL = """\
study: wells
title: Small study
virtual_wells: true
basin: {seed: 3, wells: 4, years: 5, first_year: 2009}
data:
  split:
    train: {first: 2010-01-01, last: 2011-12-31}
    validation: {first: 2012-01-01, last: 2012-06-30}
    test: {first: 2012-07-01, last: 2013-12-31}
window: {mode: simulation, seq_length: 240, predict_last_n: 120, stride: 60}
model: {hidden_size: 12}
loss: {kind: mse}
training: {epochs: 4, batch_size: 8, learning_rate: 0.005, seed: 1}
ensemble: {members: 2}
baselines: [persistence, climatology]
explain: {stride: 60, reference_windows: 16, expected_gradients: {tolerance: 0.05, max_draws: 256}}
figures: {formats: [svg], widths: [180]}
"""

# The same wells read from the files that `phreatic basin --out data` writes: lines of the data block.
FILES = """\
  start: 2009-01-01
  end: 2013-12-31
  targets: [{files: "data/wells/{id}.csv", column: level_m}]
  drivers:
    - files: data/drivers/{id}.csv
      columns:
        - {column: precipitation_mm, name: precipitation, unit: mm/d}
        - {column: temperature_degC, name: temperature, unit: degC}
        - {column: pet_mm, name: pet, unit: mm/d}
"""


def phreatic(*arguments, cwd=None, timeout=600, **more):
    """Runs the program to its end; returns the completed process with stdout and stderr as text."""
    return subprocess.run([PHREATIC, *map(str, arguments)], cwd=cwd, timeout=timeout, capture_output=True, text=True, **more)


class Folder(tempfile.TemporaryDirectory):
    """A temporary folder as a pathlib.Path."""

    def __enter__(self):
        return pathlib.Path(super().__enter__())


def write(folder, name, text):
    path = pathlib.Path(folder) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def model_hashes(run):
    """Name -> bytes of every weight file of a run folder."""
    return {str(p.relative_to(run)): p.read_bytes() for p in sorted(pathlib.Path(run).glob("model/**/member_*.safetensors"))}
