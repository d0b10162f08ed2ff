# SPDX-License-Identifier: BSD-3-Clause
"""Writes the first inputs of the fuzz targets that read binary files (tests/fuzz/corpus).

Run with the peers' environment: .venv-peers/bin/python tests/reference/fuzz_corpus.py
"""
import pathlib
import struct

import netCDF4
import numpy as np
from safetensors.numpy import save

CORPUS = pathlib.Path(__file__).resolve().parents[1] / "fuzz/corpus"


def put(target, name, content):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def models():
    put("safetensors", "two", save({"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.ones(1)}, {"kind": "x"}))
    put("safetensors", "empty", save({}))
    put("safetensors", "none", save({"zero": np.zeros((0, 4), np.float32), "whole": np.arange(3)}))


def heads():
    out = b""
    for layer in (1, 2):
        out += struct.pack("<iidd16siii", 1, 1, 1.0, 1.0, b"            HEAD", 3, 2, layer)
        out += np.array([1.5, 2.5, 1e30, -1e30, 4.0, 5.0]).tobytes()
    put("results", "heads", b"\0" + out)


def budget():
    array = struct.pack("<ii16siii", 1, 1, b"          STO-SS", 2, 1, -1) + struct.pack("<iddd", 1, 1.0, 1.0, 1.0)
    array += np.array([0.5, -0.5]).tobytes()
    rows = struct.pack("<ii16siii", 1, 1, b"             WEL", 2, 1, -1) + struct.pack("<iddd", 6, 1.0, 1.0, 1.0)
    rows += b"M".ljust(16) + b"M".ljust(16) + b"M".ljust(16) + b"WEL-1".ljust(16)
    rows += struct.pack("<i", 2) + b"concentration".ljust(16) + struct.pack("<i", 1) + struct.pack("<iidd", 2, 1, -3.0, 7.0)
    put("results", "array", b"\1" + array)
    put("results", "list", b"\1" + array + rows)


def series(name, first, layout):
    path = CORPUS / "netcdf" / "work.nc"
    path.parent.mkdir(parents=True, exist_ok=True)
    with netCDF4.Dataset(path, "w", format="NETCDF3_CLASSIC") as file:
        file.Conventions = "CF-1.8"
        file.featureType = "timeSeries"
        layout(file)
    put("netcdf", name, first + path.read_bytes())
    path.unlink()


def time_and_level(file, dimensions, dtype="f8"):
    file.createDimension(dimensions[-1], 4)
    time = file.createVariable("time", "f8", dimensions[-1:])
    time.units = "days since 2001-01-01"
    time[:] = [0, 1, 2, 3]
    level = file.createVariable("level", dtype, dimensions, fill_value=-9999)
    level.units = "m"
    level[:] = np.arange(level.size).reshape(level.shape)


def orthogonal(file):
    file.createDimension("station", 2)
    file.createDimension("n", 3)
    name = file.createVariable("station", "S1", ("station", "n"))
    name.cf_role = "timeseries_id"
    name[:] = np.array([list("abc"), list("de ")], "S1")
    time_and_level(file, ("station", "time"))


def ragged(file):
    file.createDimension("station", 2)
    count = file.createVariable("count", "i4", ("station",))
    count.sample_dimension = "obs"
    count[:] = [1, 3]
    number = file.createVariable("id", "i4", ("station",))
    number.cf_role = "timeseries_id"
    number[:] = [7, 8]
    time_and_level(file, ("obs",))


def single(file):
    time_and_level(file, ("time",), "i2")


if __name__ == "__main__":
    models()
    heads()
    budget()
    series("orthogonal", b"\0", orthogonal)
    series("written", b"\1", orthogonal)
    series("ragged", b"\0", ragged)
    series("single", b"\0", single)
