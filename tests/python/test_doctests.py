# SPDX-License-Identifier: BSD-3-Clause
"""The examples in the docstrings, and that every public function has its words."""

import doctest
import importlib
import sys

import numpy as np
import phreatic
import pytest


@pytest.mark.parametrize("name", ["phreatic", *(f"phreatic.{part}" for part in phreatic._MODULES)])
def test_examples_in_docstrings_give_what_they_say(name, torch_folder):
    if name in ("phreatic.explain", "phreatic.networks"):
        if torch_folder and torch_folder not in sys.path:
            sys.path.append(torch_folder)
        pytest.importorskip("torch", reason="torch is not installed")
    if name == "phreatic.estimators":
        pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    module = importlib.import_module(name)
    if name == "phreatic.networks":
        try:
            module._extension()
        except ImportError as error:
            pytest.skip(str(error))
    found = doctest.testmod(module, extraglobs={"phreatic": phreatic, "np": np})
    assert found.failed == 0
    if name in ("phreatic.arrays", "phreatic.grids"):
        finder = doctest.DocTestFinder(exclude_empty=True)
        with_examples = {test.name.split(".")[-1] for test in finder.find(module) if test.examples}
        functions = {n for n in module.__all__ if callable(getattr(module, n)) and n[0].islower()}
        assert functions <= with_examples, f"without an example: {functions - with_examples}"
