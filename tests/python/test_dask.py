# SPDX-License-Identifier: BSD-3-Clause
"""Blocks of cells on two workers of dask: the bits of one pass. And other pools that people use."""

import numpy as np
import phreatic
import pytest
import xarray as xr

distributed = pytest.importorskip("distributed", reason="dask's distributed is not installed")


@pytest.fixture(scope="module")
def cluster():
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=2, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def cube():
    rng = np.random.default_rng(5)
    values = rng.normal(size=(120, 12, 16)).cumsum(0) + 4 * np.sin(np.arange(120) * np.pi / 6)[:, None, None]
    values[rng.random(values.shape) < 0.05] = np.nan
    times = np.arange("2003-01", "2013-01", dtype="M8[M]").astype("M8[ns]")
    coords = {"time": times, "lat": 27 - 0.25 * np.arange(12), "lon": 88 + 0.25 * np.arange(16)}
    return xr.DataArray(values, dims=("time", "lat", "lon"), coords=coords)


SQUARE = {"type": "Polygon", "coordinates": [[[88.1, 25.3], [90.7, 25.3], [90.7, 26.6], [88.1, 25.3]]]}
WORK = {
    "stl": lambda a: phreatic.stl(a, 12),
    "mann_kendall": lambda a: phreatic.mann_kendall(a, variance="hamed_rao"),
    "permutation_entropy": phreatic.permutation_entropy,
    "lag_correlations": lambda a: phreatic.lag_correlations(a, a * 2, 3),
    "tch": lambda a: phreatic.tch([a, a + 1, a * 1.5]),
    "regrid": lambda a: phreatic.regrid(a, phreatic.Grid.from_bounds(88, 25, 91, 27, 0.5, geographic=True)),
    "zonal": lambda a: phreatic.zonal(a, {"a": SQUARE}, statistics=["mean", "q25"]),
}


@pytest.mark.parametrize("name", WORK)
def test_two_workers_give_the_bits_of_one_pass(cluster, cube, name):
    whole = WORK[name](cube)
    chunks = {"time": 30, "lat": -1, "lon": -1} if name in ("regrid", "zonal") else {"time": -1, "lat": 4, "lon": 8}
    later = WORK[name](cube.chunk(chunks))
    found = later.compute(scheduler=cluster)
    assert len(cluster.scheduler_info()["workers"]) == 2
    xr.testing.assert_identical(found, whole)


def test_map_blocks_takes_our_functions_as_any_other(cluster, cube):
    blocks = cube.chunk({"lat": 3, "lon": 16})
    for name in ("sen_slope", "permutation_entropy"):
        later = blocks.map_blocks(lambda block, name=name: getattr(phreatic, name)(block))
        xr.testing.assert_identical(later.compute(scheduler=cluster), getattr(phreatic, name)(cube))
    xr.testing.assert_identical(blocks.map_blocks(phreatic.stl, args=[12]).compute(scheduler=cluster), phreatic.stl(cube, 12))


def test_an_error_on_a_worker_arrives_whole(cluster, cube):
    def wrong(values):
        return phreatic.permutation_entropy(values, 99)

    with pytest.raises(phreatic.InputError, match="order") as caught:
        cluster.submit(wrong, cube.values[:, 0, 0]).result(timeout=60)
    assert caught.value.problems[0].allowed


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_joblib_does_not_lock_up(cube, backend):
    joblib = pytest.importorskip("joblib", reason="joblib is not installed")
    rows = np.ascontiguousarray(cube.values.reshape(120, -1).T)
    wanted = phreatic.mann_kendall(rows).slope
    parts = joblib.Parallel(n_jobs=2, backend=backend, timeout=120)(
        joblib.delayed(lambda part: __import__("phreatic").mann_kendall(part).slope)(part) for part in np.array_split(rows, 4)
    )
    np.testing.assert_array_equal(np.concatenate(parts), wanted)
