# SPDX-License-Identifier: BSD-3-Clause
"""That bench/python/overhead.py, which measures what calls take over the library's, knows every public function and reaches it."""

import importlib.util
import pathlib
import sys

import pytest

_SPEC = importlib.util.spec_from_file_location("overhead", pathlib.Path(__file__).parents[2] / "bench/python/overhead.py")
overhead = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(overhead)


def test_every_public_function_is_measured_or_said_why_not():
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    known = overhead.MEASURED | overhead.AS_PROGRAMS | overhead.OWN
    assert overhead.public() - known == set()
    assert {name for name in known if "." in name or name.islower()} - overhead.public() <= {"flow.check", "flow.run", "wells.fit", "version"}


@pytest.mark.parametrize("name", sorted(overhead.MEASURED))
def test_what_is_measured_calls_the_library(name, torch_folder, tmp_path):
    if torch_folder and torch_folder not in sys.path:
        sys.path.append(torch_folder)
    try:
        _, library = overhead.measure(name, tmp_path, repeats=1)
    except overhead.Skip as why:
        pytest.skip(str(why))
    assert library > 0
