# SPDX-License-Identifier: BSD-3-Clause
"""The installed package is tested; numbers are compared with those of its program on the command line."""

import os
import pathlib
import subprocess

import phreatic
import pytest


@pytest.fixture
def command():
    """The command line: arguments -> what it printed."""

    def run(*arguments):
        done = subprocess.run([phreatic.program(), *map(str, arguments)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def table_study(tmp_path):
    """A study of a table that runs in a second; needs no libtorch."""
    path = phreatic.init("regression", tmp_path / "study")
    text = path.read_text().replace("epochs: 200", "epochs: 5").replace("seeds: 2", "seeds: 1")
    path.write_text(text)
    return path


@pytest.fixture(scope="session")
def root():
    """The checkout."""
    return pathlib.Path(__file__).parents[2]


@pytest.fixture(scope="session")
def torch_folder(root):
    """Where torch lies that is not installed beside phreatic: as the build found it."""
    named = os.environ.get("PHREATIC_TORCH_DIR")
    places = [pathlib.Path(named)] if named else sorted(root.glob(".venv/lib/python3*/site-packages/torch"))
    return next((str(place.parent) for place in places if (place / "version.py").exists()), "")
