# SPDX-License-Identifier: BSD-3-Clause
"""Interpretable machine learning for groundwater, from Python.

``check``, ``run`` and ``apply`` take studies as the program ``phreatic`` does; the functions of
:mod:`phreatic.arrays` take numpy arrays and xarray's DataArrays. Everything computes with the same library as the
command line, to the same bits. Nothing of pandas, xarray, scikit-learn or torch is imported before it is needed.
"""

import importlib

_PLACES = {
    "check": "_studies", "run": "_studies", "apply": "_studies", "init": "_studies", "Run": "_studies",
    "Progress": "_program", "program": "_program",
    "PhreaticError": "_errors", "InputError": "_errors", "RunError": "_errors", "Interrupted": "_errors",
    "Problem": "_errors", "version": "_core", "set_threads": "_core", "threads": "_core",
    "stl": "arrays", "mann_kendall": "arrays", "sen_slope": "arrays", "permutation_entropy": "arrays",
    "lag_correlations": "arrays", "tch": "arrays", "som": "arrays", "Forest": "trees",
    "Grid": "grids", "regrid": "grids", "shares": "grids", "zonal": "grids",
    "tune": "tuning",
}  # fmt: skip
_MODULES = ("arrays", "estimators", "explain", "flow", "grids", "networks", "trees", "tuning", "wells")

__all__ = [*_PLACES, *_MODULES]


def __getattr__(name):
    if name == "__version__":
        name = "version"
    if name in _PLACES:
        value = getattr(importlib.import_module(f"phreatic.{_PLACES[name]}"), name)
        globals()[name] = value
        return value
    if name in _MODULES:
        return importlib.import_module(f"phreatic.{name}")
    raise AttributeError(f"module 'phreatic' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
