# SPDX-License-Identifier: BSD-3-Clause
"""Functions of arrays: against plain formulas, other shapes and kinds of arrays, and what is refused."""

import concurrent.futures
import csv
import itertools
import math
import resource

import numpy as np
import pandas as pd
import phreatic
import pytest
import xarray as xr


@pytest.fixture
def levels():
    """Six series of ten years with gaps."""
    rng = np.random.default_rng(7)
    y = rng.normal(size=(2, 3, 120)).cumsum(-1) + 3 * np.sin(np.arange(120) * 2 * np.pi / 12)
    y[0, 0, 5:9] = np.nan
    y[1, 2, 100] = np.nan
    return y


def test_stl_parts_sum_to_the_series_and_gaps_stay(levels):
    found = phreatic.stl(levels, 12)
    assert found.ok.all() and found.trend.shape == levels.shape
    np.testing.assert_allclose(found.trend + found.seasonal + found.remainder, levels, atol=1e-12)
    assert np.array_equal(np.isnan(found.remainder), np.isnan(levels))
    assert np.isfinite(found.trend).all()


def test_a_periodic_season_on_a_line_is_taken_apart_exactly():
    t = np.arange(96)
    season = np.tile([3.0, 1, -2, -2], 24)
    found = phreatic.stl(season + 0.25 * t, 4, periodic=True, inner=100)
    np.testing.assert_allclose(found.remainder, 0, atol=1e-9)
    np.testing.assert_allclose(np.diff(found.trend), 0.25, atol=1e-9)


@pytest.mark.parametrize("function", [lambda y, **k: phreatic.stl(y, 12, **k), phreatic.mann_kendall,
                                      phreatic.permutation_entropy])  # fmt: skip
def test_any_axis_and_any_layout_give_the_same_bits(levels, function):
    whole = function(levels)
    for axis in (0, 1, 2):
        turned = np.moveaxis(levels, -1, axis)
        for array in (turned, np.asfortranarray(turned), turned[::1]):
            other = function(array, axis=axis)
            for name in whole._fields:
                a, b = getattr(whole, name), getattr(other, name)
                b = np.moveaxis(b, axis, -1) if np.ndim(a) == levels.ndim else b
                np.testing.assert_array_equal(a, b, err_msg=name)
    one = function(levels[1, 1])
    for name in whole._fields:
        np.testing.assert_array_equal(getattr(whole, name)[1, 1], getattr(one, name), err_msg=name)


def brute_force_trend(y):
    i, j = np.triu_indices(len(y), 1)
    good = ~np.isnan(y[i]) & ~np.isnan(y[j])
    i, j = i[good], j[good]
    return np.sign(y[j] - y[i]).sum(), np.median((y[j] - y[i]) / (j - i))


def test_mann_kendall_and_sen_are_sums_over_all_pairs(levels):
    found = phreatic.mann_kendall(levels)
    for k in np.ndindex(levels.shape[:-1]):
        s, slope = brute_force_trend(levels[k])
        n = np.isfinite(levels[k]).sum()
        assert found.n[k] == n and found.s[k] == s
        assert found.variance[k] == pytest.approx(n * (n - 1) * (2 * n + 5) / 18, rel=1e-14)
        z = (s - np.sign(s)) / math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
        assert found.p[k] == pytest.approx(math.erfc(abs(z) / math.sqrt(2)), rel=1e-9, abs=1e-15)
        assert found.slope[k] == pytest.approx(slope, rel=1e-14)
    np.testing.assert_array_equal(phreatic.sen_slope(levels).slope, found.slope)


def test_dates_give_slopes_per_year_in_every_time_zone():
    days = pd.date_range("2000-01-01", periods=400, freq="D")
    y = pd.Series(np.arange(400) / 365.25, index=days)
    assert phreatic.sen_slope(y).slope == pytest.approx(1, rel=1e-12)
    assert phreatic.sen_slope(y.tz_localize("Asia/Kolkata")).slope == pytest.approx(1, rel=1e-12)
    assert phreatic.sen_slope(y.to_numpy(), days.to_numpy()).slope == pytest.approx(1, rel=1e-12)
    assert phreatic.sen_slope(y.to_xarray(), dim="index").slope == pytest.approx(1, rel=1e-12)
    assert phreatic.sen_slope(y.to_numpy()).slope == pytest.approx(1 / 365.25, rel=1e-12)  # per step


def test_the_seasonal_test_sums_over_the_seasons(levels):
    y = levels[0, 1]
    found = phreatic.mann_kendall(y, season=np.arange(120) % 12)
    assert found.s == sum(phreatic.mann_kendall(y[k::12]).s for k in range(12))


def test_entropy_counts_order_patterns(levels):
    y = levels[1, 0]
    counts = {}
    for k in range(len(y) - 2):
        pattern = tuple(np.argsort(y[k : k + 3], kind="stable"))
        counts[pattern] = counts.get(pattern, 0) + 1
    share = np.array(list(counts.values())) / (len(y) - 2)
    found = phreatic.permutation_entropy(y, 3)
    assert found.windows == 118
    assert found.bits == pytest.approx(-(share * np.log2(share)).sum(), rel=1e-12)
    assert found.normalised == pytest.approx(found.bits / math.log2(6), rel=1e-12)


def test_lag_correlations_are_those_of_shifted_series(levels):
    x, y = levels[0, 1], levels[1, 0]
    found = phreatic.lag_correlations(x, levels[1], 6)
    assert found.r.shape == (3, 7)
    for lag in range(7):
        assert found.r[0, lag] == pytest.approx(np.corrcoef(x[: 120 - lag], y[lag:])[0, 1], rel=1e-10)
    assert phreatic.lag_correlations(x, x, 0, kind="spearman").r[0] == pytest.approx(1)


def test_the_hat_gives_the_numbers_of_the_command_line(tmp_path, command):
    rng = np.random.default_rng(3)
    signal = rng.normal(size=60).cumsum()
    products = [signal + rng.normal(size=60) * s for s in (0.5, 1.0, 2.0)]
    dates = pd.date_range("2003-01-01", periods=60, freq="MS")
    files = []
    for k, product in enumerate(products):
        path = tmp_path / f"p{k}.csv"
        path.write_text("date,here\n" + "".join(f"{d:%Y-%m-%d},{v!r}\n" for d, v in zip(dates, product.tolist())))
        files.append(f"p{k}={path}")
    out = tmp_path / "tch.csv"
    command("tch", *files, "--out", out)
    with open(out) as f:
        rows = list(csv.DictReader(f))
    found = phreatic.tch(products)
    for k in range(3):
        assert f"{found.sd[k]:.9g}" == rows[0][f"sd_p{k}"]
        assert f"{found.relative[k]:.9g}" == rows[0][f"relative_percent_p{k}"]


def test_the_classical_hat_solves_its_equations():
    rng = np.random.default_rng(4)
    p = rng.normal(size=(3, 5, 80)) + rng.normal(size=80).cumsum()
    found = phreatic.tch(p, method="classical")
    for cell in range(5):
        for i, j in itertools.combinations(range(3), 2):
            var = np.var(p[i, cell] - p[j, cell], ddof=1)
            assert found.covariance[cell, i, i] + found.covariance[cell, j, j] == pytest.approx(var, rel=1e-9)
    turned = phreatic.tch(np.moveaxis(p, -1, 1), axis=0, method="classical")
    np.testing.assert_array_equal(found.covariance, turned.covariance)
    few = phreatic.tch(p[..., :10])
    assert (few.status == 1).all() and np.isnan(few.sd).all()


def test_a_map_puts_apart_what_is_apart():
    rng = np.random.default_rng(5)
    x = np.concatenate([rng.normal(size=(40, 2)), rng.normal(size=(40, 2)) + 20])
    x[3, 1] = np.nan
    found = phreatic.som(x, 4, 3, seed=2)
    assert found.codebook.shape == (4, 3, 2) and found.hits.sum() == 80
    assert not set(found.nodes[:40]) & set(found.nodes[40:])
    again = phreatic.som(x, 4, 3, seed=2)
    np.testing.assert_array_equal(found.codebook, again.codebook)


def test_dataarrays_come_back_as_datasets_whole_or_in_chunks(levels):
    times = pd.date_range("2001-01-01", periods=120, freq="MS")
    cube = xr.DataArray(np.moveaxis(levels, -1, 0), dims=("time", "y", "x"), coords={"time": times, "x": [1, 2, 3]})
    season = phreatic.stl(cube, 12)
    assert set(season) == {"trend", "seasonal", "remainder", "weights", "ok"}
    assert set(season.trend.dims) == {"time", "y", "x"} and list(season.x) == [1, 2, 3]
    plain = phreatic.stl(levels, 12)
    np.testing.assert_array_equal(season.trend.transpose("y", "x", "time"), plain.trend)
    trend = phreatic.mann_kendall(cube)
    np.testing.assert_array_equal(trend.slope, phreatic.mann_kendall(levels, times.to_numpy()).slope)
    lags = phreatic.lag_correlations(cube, cube, 2)
    assert lags.r.sizes["lag"] == 3
    hat = phreatic.tch([cube, cube + 1, cube * 2])
    assert hat.sd.sizes["product"] == 3
    with pytest.raises(phreatic.InputError, match="allowed: time, y, x"):
        phreatic.stl(cube, 12, dim="month")
    dask = pytest.importorskip("dask", reason="dask is not installed: chunks are not tested")
    with dask.config.set(scheduler="threads"):
        chunks = phreatic.stl(cube.chunk({"y": 1, "x": 2}), 12).compute()
    np.testing.assert_array_equal(chunks.trend, season.trend)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (np.array(["a", "b"]), "type"),
        (np.array([1 + 1j] * 30), "complex128"),
        (np.array([1.0, None], dtype=object), "no numbers"),
        (np.array(["2001-01-01"] * 30, "M8[D]"), "datetime64"),
        (pd.Series(pd.Categorical(["wet", "dry"] * 20)), "category"),
        (5.0, "single number"),
        (pd.Series(np.ones(30), pd.date_range("2001", periods=30)[::-1]), "order of time"),
        (pd.Series(np.ones(30), pd.DatetimeIndex(["2001-01-01"] * 30)), "twice"),
    ],
)
def test_what_is_no_series_is_refused(values, says):
    with pytest.raises(phreatic.InputError, match=says):
        phreatic.permutation_entropy(values)


def test_settings_are_checked_as_in_study_files(levels):
    with pytest.raises(phreatic.InputError, match="period"):
        phreatic.stl(levels, 1)
    with pytest.raises(phreatic.InputError, match="even"):
        phreatic.stl(levels, 12, trend=4)
    with pytest.raises(phreatic.InputError, match="rectangular"):
        phreatic.som(levels[0], grid="triangles")
    with pytest.raises(phreatic.InputError, match="order"):
        phreatic.permutation_entropy(levels, 30)
    with pytest.raises(phreatic.InputError, match="axis"):
        phreatic.stl(levels, 12, axis=5)
    with pytest.raises(phreatic.InputError, match="does not increase at position 2"):
        phreatic.mann_kendall([1.0, 2, 3, 4], [0, 1, 1, 2])
    with pytest.raises(phreatic.InputError, match="one length"):
        phreatic.lag_correlations(np.ones(4), np.ones(5), 1)


def test_steps_of_a_table_run_along_its_index(levels):
    table = pd.DataFrame(levels.reshape(6, 120).T, pd.date_range("2001-01-01", periods=120, freq="MS"))
    for function in (lambda y: phreatic.stl(y, 12), phreatic.permutation_entropy, lambda y: phreatic.lag_correlations(y, y, 3)):
        for frame in (table, table.reset_index(drop=True)):
            found, wanted = function(frame), function(table.to_numpy().T)
            for name in found._fields:
                a, b = getattr(found, name), getattr(wanted, name)
                np.testing.assert_array_equal(a.T if a.shape == table.shape else a, b, err_msg=name)
    assert phreatic.mann_kendall(table.reset_index(drop=True)).slope.shape == (6,)
    assert phreatic.tch([table, table + 1, table * 2]).sd.shape == (6, 3)
    np.testing.assert_array_equal(phreatic.permutation_entropy(table.T, axis=1).bits, phreatic.permutation_entropy(table).bits)


def test_a_dataset_is_refused_with_its_variables():
    both = xr.Dataset({"rain": ("time", np.ones(30)), "level": ("time", np.ones(30))})
    for call in (phreatic.permutation_entropy, lambda d: phreatic.regrid(d, None), lambda d: phreatic.zonal(d, [])):
        with pytest.raises(phreatic.InputError, match="allowed: rain, level"):
            call(both)


def test_masked_read_only_small_and_other_numbers_are_taken(levels):
    y = levels[1, 0]
    wanted = phreatic.mann_kendall(y)
    locked = y.copy()
    locked.flags.writeable = False
    assert phreatic.mann_kendall(locked) == wanted
    masked = np.ma.masked_array(np.where(np.arange(120) == 7, 99.0, y), np.arange(120) == 7)
    gap = y.copy()
    gap[7] = np.nan
    assert phreatic.mann_kendall(masked) == phreatic.mann_kendall(gap)
    assert phreatic.mann_kendall(np.arange(10, dtype=np.int16)).s == 45
    assert phreatic.mann_kendall(pd.Series([1, 2, None, 4], dtype="Int64")).n == 3
    assert phreatic.mann_kendall(y.astype(">f8")) == wanted
    assert phreatic.stl(np.zeros((0, 24)), 12).trend.shape == (0, 24)


def test_results_do_not_depend_on_threads_here_or_there(levels):
    many = np.tile(levels.reshape(6, 120), (40, 1))
    before = phreatic.threads()
    try:
        phreatic.set_threads(1)
        one = phreatic.stl(many, 12).trend
        phreatic.set_threads(4)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for trend in pool.map(lambda _: phreatic.stl(many, 12).trend, range(8)):
                np.testing.assert_array_equal(trend, one)
    finally:
        phreatic.set_threads(before)


def _in_child(y):
    return phreatic.stl(y, 12).trend


def test_a_forked_process_has_threads_of_its_own(levels):
    many = np.tile(levels.reshape(6, 120), (40, 1))
    before = phreatic.threads()
    try:
        phreatic.set_threads(4)
        wanted = _in_child(many)  # the pool is there before the fork
        import multiprocessing

        with multiprocessing.get_context("fork").Pool(2) as pool:
            for trend in pool.map_async(_in_child, [many] * 3).get(timeout=60):
                np.testing.assert_array_equal(trend, wanted)
    finally:
        phreatic.set_threads(before)


def test_ten_thousand_calls_keep_memory_flat(levels):
    y = levels.reshape(6, 120)

    def calls(count):
        for _ in range(count):
            phreatic.permutation_entropy(y)
            phreatic.mann_kendall(y[:1, :40])
            try:
                phreatic.permutation_entropy(y, 99)
            except phreatic.InputError:
                pass
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    before = calls(1500)
    assert calls(10000) - before < 4096  # kB


@pytest.fixture
def months():
    index = pd.date_range("2000-01-01", periods=96, freq="MS")
    rng = np.random.default_rng(8)
    return pd.Series(rng.normal(size=96).cumsum() + 3 * np.sin(np.arange(96) * np.pi / 6), index)


STEPWISE = {
    "stl": lambda y: phreatic.stl(y, 12).ok,
    "entropy": lambda y: phreatic.permutation_entropy(y, 3).bits,
    "lags": lambda y: phreatic.lag_correlations(y, y, 3).r,
}


@pytest.mark.parametrize("name", STEPWISE)
def test_steps_that_were_left_out_are_refused_where_neighbours_matter(months, name):
    work = STEPWISE[name]
    holed = months.drop(months.index[[20, 21]])
    cube = xr.DataArray(months.to_numpy()[:, None], dims=("time", "x"), coords={"time": months.index})
    for values in (holed, cube.drop_isel(time=[20, 21]), months.to_period("M").drop(months.index.to_period("M")[20])):
        with pytest.raises(phreatic.InputError, match="uneven steps"):
            work(values)
    for values, says in ((cube[::-1], "order of time"), (cube.isel(time=[0, 1, 1, 2, 3]), "2000-02-01 twice")):
        with pytest.raises(phreatic.InputError, match=says):
            work(values)
    days = pd.Series(months.to_numpy(), pd.date_range("2020-03-01", periods=96, tz="Europe/Berlin"))  # with summer time
    hours = days.set_axis(pd.date_range("2020-03-29", periods=96, freq="h", tz="Europe/Berlin"))
    weeks = days.set_axis(pd.date_range("2020", periods=96, freq="W"))
    middle = days.set_axis(pd.date_range("2003-01-01", periods=96, freq="MS") + pd.to_timedelta(np.arange(96) % 5 + 12, "D"))
    dekads = days.set_axis(pd.DatetimeIndex([d + pd.Timedelta(days=k) for d in months.index[:32] for k in (0, 10, 20)]))
    year = pd.DatetimeIndex([f"{2000 + k // 46}-01-01" for k in range(96)])
    composites = days.set_axis(year + pd.to_timedelta(np.arange(96) % 46 * 8, "D"))
    wanted = work(months)
    for values in (dekads, composites, days, hours, weeks, middle, months.to_period("M"), cube):
        np.testing.assert_array_equal(np.ravel(work(values)), np.ravel(wanted))
    np.testing.assert_array_equal(np.isfinite(work(holed.asfreq("MS"))).all(), True)


def test_dates_of_every_kind_give_slopes_per_year(months):
    wanted = phreatic.mann_kendall(months).slope
    assert phreatic.mann_kendall(months.to_period("M")).slope == wanted
    values = months.to_numpy()
    for dates in (months.index.to_period("M"), months.index.date, months.index.to_pydatetime(), months.index.to_numpy()):
        assert phreatic.mann_kendall(values, dates).slope == pytest.approx(wanted, rel=1e-12)
    table = pd.DataFrame([values, values * 2])  # steps along the columns
    table.index = pd.to_datetime(["2000-01-01", "2001-01-01"])
    np.testing.assert_allclose(phreatic.mann_kendall(table, axis=1).slope,
                               np.array([1, 2]) * phreatic.mann_kendall(values).slope)  # fmt: skip
    pytest.importorskip("cftime", reason="cftime is not installed")
    cube = xr.DataArray(values, dims="time", coords={"time": xr.date_range("2000-01-01", periods=96, freq="MS", use_cftime=True)})
    assert float(phreatic.mann_kendall(cube).slope) == pytest.approx(wanted, rel=1e-12)


def test_series_of_different_dates_are_not_taken_side_by_side(months):
    later = months.set_axis(months.index + pd.DateOffset(months=3))
    with pytest.raises(phreatic.InputError, match="different dates"):
        phreatic.lag_correlations(months, later, 2)
    with pytest.raises(phreatic.InputError, match="product 0 and product 2: have different dates"):
        phreatic.tch([months, months + 1, later])
    rng = np.random.default_rng(0)
    parts = {name: months + s * rng.normal(size=96) for name, s in (("csr", 0.2), ("jpl", 0.4), ("gsfc", 0.6))}
    wanted = phreatic.tch(list(parts.values())).sd
    np.testing.assert_array_equal(phreatic.tch(pd.DataFrame(parts)).sd, wanted)
    whole = xr.Dataset({name: ("time", part.to_numpy()) for name, part in parts.items()})
    np.testing.assert_array_equal(phreatic.tch(whole).sd, wanted)


def infinite():
    """60 steps of three series by columns, one value of which is infinite."""
    values = np.random.default_rng(1).normal(size=(60, 3))
    values[7, 1] = -np.inf
    return values


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda y: phreatic.stl(np.where(np.arange(len(y)) == 5, np.inf, y), 12), "infinite at position 5"),
        (lambda y: phreatic.stl(infinite(), 12, axis=0), "y: is infinite at position 7, 1"),
        (lambda y: phreatic.mann_kendall(infinite(), axis=0), "y: is infinite at position 7, 1"),
        (lambda y: phreatic.permutation_entropy(infinite().T), "y: is infinite at position 1, 7"),
        (lambda y: phreatic.lag_correlations(y[:60], infinite().T, 3), "y: is infinite at position 1, 7"),
        (lambda y: phreatic.tch([np.ones((60, 3)), infinite(), np.ones((60, 3))], axis=0), "product 1: is infinite at position 7, 1"),
        (lambda y: phreatic.mann_kendall([[1.0, 2], [3.0]]), "different lengths"),
        (lambda y: phreatic.stl(np.zeros((3, 60)), 12, axis="time"), "axis: 'time'"),
        (lambda y: phreatic.stl(y, None), "period: is not given"),
        (lambda y: phreatic.som(np.full((4, 2), np.nan), 2, 2), "hold no value"),
        (lambda y: phreatic.som(np.full((4, 2), -np.inf), 2, 2), "infinite at position 0, 0"),
    ],
)
def test_what_would_give_wrong_numbers_is_refused(months, call, says):
    with pytest.raises(phreatic.InputError, match=says) as caught:
        call(months.to_numpy())
    assert caught.value.file == "" and caught.value.line == 0


def test_a_wrong_setting_names_the_setting_and_no_file(months):
    with pytest.raises(phreatic.InputError, match="^stl, period: 12.5 is not a whole number") as caught:
        phreatic.stl(months, 12.5)
    assert (caught.value.file, caught.value.line) == ("", 0) and caught.value.problems[0].allowed == "at least 2"
