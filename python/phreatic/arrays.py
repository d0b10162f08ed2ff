# SPDX-License-Identifier: BSD-3-Clause
"""Statistics of series in arrays: seasons, trends, entropy, errors of products, maps of types.

Every function takes numpy arrays (``axis``: which one the steps run along), pandas Series and DataFrames (steps run
along the index), masked arrays and xarray's DataArrays (``dim``, results are Datasets; chunks of dask are worked on where
they are). NaN is missing and stays missing; infinite numbers are refused. Dates are in order, each once, and where values
are taken step by step (stl, entropy, lags) the steps are even: one without a value is NaN, not left out. Series are worked
on in threads with the interpreter's lock released; results do not depend on how many. Settings that are not named here are
those of ``phreatic help``; wrong ones raise InputError with what is allowed.
"""

import math
import typing

import numpy as np

from phreatic import _core
from phreatic._errors import problem
from phreatic._inputs import axis_of, back, finite, is_dataarray, last_axis, numbers, of_finite, series, settings
from phreatic._times import as_numbers, check_even, check_same, dates_of

__all__ = ["Correlations", "Entropy", "Hat", "SenSlope", "Som", "Stl", "Trend", "lag_correlations", "mann_kendall",
           "permutation_entropy", "sen_slope", "som", "stl", "tch"]  # fmt: skip


class Stl(typing.NamedTuple):
    """y = trend + seasonal + remainder. ``ok`` is false, and the rest NaN, where a series is too short or too empty."""

    trend: np.ndarray
    seasonal: np.ndarray
    remainder: np.ndarray
    weights: np.ndarray
    ok: np.ndarray


class Trend(typing.NamedTuple):
    """Mann-Kendall's test and Sen's slope; p is two-sided, the slope is per unit of ``t``."""

    n: np.ndarray
    s: np.ndarray
    variance: np.ndarray
    z: np.ndarray
    p: np.ndarray
    tau: np.ndarray
    tau_b: np.ndarray
    slope: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    intercept: np.ndarray


class SenSlope(typing.NamedTuple):
    """Median of the slopes of all pairs, with its interval, and the level at the first value."""

    slope: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    intercept: np.ndarray


class Entropy(typing.NamedTuple):
    """Permutation entropy in bits and as a share of the largest; ``windows`` is how many had no gap."""

    bits: np.ndarray
    normalised: np.ndarray
    windows: np.ndarray


class Correlations(typing.NamedTuple):
    """Of y_t with x_(t - lag); the last axis is the lag, 0 to ``max_lag``."""

    r: np.ndarray
    n: np.ndarray
    effective_n: np.ndarray
    p_value: np.ndarray


class Hat(typing.NamedTuple):
    """Errors of products; ``sd``, ``relative`` (percent) [..., product], ``covariance`` [..., product, product].

    ``status`` is 0 (ok), 1 (too few common months) or 2 (two products cannot be told apart).
    """

    sd: np.ndarray
    relative: np.ndarray
    covariance: np.ndarray
    months: np.ndarray
    status: np.ndarray
    on_boundary: np.ndarray


class Som(typing.NamedTuple):
    """A trained map: ``codebook`` [row, column, coordinate], ``nodes`` [sample] (row * columns + column, -1 without)."""

    codebook: np.ndarray
    nodes: np.ndarray
    hits: np.ndarray
    distances: np.ndarray
    u_matrix: np.ndarray
    positions: np.ndarray
    quantisation_error: float
    topographic_error: float


def _on_dataarray(function, kind, arrays, dim, ends, new=()):
    """A function of arrays with the steps last, over DataArrays. ``ends``: the last dimensions of each result."""
    import xarray

    for array in arrays:
        if dim not in array.dims:
            raise problem("dim", f"{dim!r} is not a dimension", allowed=", ".join(map(str, array.dims)))
    results = xarray.apply_ufunc(
        function, *arrays, input_core_dims=[[dim]] * len(arrays), output_core_dims=ends, dask="parallelized",
        output_dtypes=[np.float64] * len(ends), dask_gufunc_kwargs={"output_sizes": dict(new), "allow_rechunk": True},
    )  # fmt: skip
    fields = kind._fields
    data = dict(zip(fields, results if isinstance(results, tuple) else (results,), strict=True))
    return xarray.Dataset({name: value.transpose(..., *end) for (name, value), end in zip(data.items(), ends)})


def stl(y, period, *, axis=-1, dim="time", robust=False, seasonal=None, trend=None, low_pass=None, periodic=None,
        seasonal_degree=None, trend_degree=None, low_pass_degree=None, inner=None, outer=None) -> Stl:  # fmt: skip
    """Seasonal and trend decomposition by LOESS (Cleveland et al. 1990) of series with gaps.

    period: steps of a period. seasonal, trend, low_pass: spans, odd. robust: outer loops with bisquare weights.

    >>> y = 0.1 * np.arange(48) + np.tile([3.0, 1, -2, -2], 12)
    >>> parts = phreatic.stl(y, 4, periodic=True, inner=100)
    >>> parts.seasonal[:4].round(3), parts.trend[[1, -1]].round(3)
    (array([ 3.,  1., -2., -2.]), array([0.1, 4.7]))
    """
    if period is None:
        raise problem("period", "is not given", allowed="steps of a period, 12 for months with a season")
    check_even(y, "y", dim, axis)
    text = settings(period=period, seasonal=seasonal, trend=trend, low_pass=low_pass, periodic=periodic,
                    seasonal_degree=seasonal_degree, trend_degree=trend_degree, low_pass_degree=low_pass_degree,
                    inner=inner, outer=outer)  # fmt: skip

    def work(values, at=-1):
        flat, shape = series(values, at, "y")
        *parts, ok = of_finite(lambda: _core.stl(flat, bool(robust), text), y=values)
        return Stl(*(back(part, shape, at) for part in parts), back(ok.astype(bool), shape))

    if is_dataarray(y):
        return _on_dataarray(work, Stl, [y], dim, [[dim]] * 4 + [[]])
    return work(y, axis_of(y, axis))


def mann_kendall(y, t=None, *, axis=-1, dim="time", season=None, variance=None, level=None) -> Trend:
    """Mann-Kendall's test of a monotonic trend with Sen's slope.

    t: times of the steps: numbers, or dates (the slope is then per year of 365.25 days; also the coordinate of a
    DataArray and the index of a Series are taken so); without any the slope is per step.
    season: season of each step, 0, 1 ...: the seasonal test (Hirsch et al. 1982).
    variance: "independent", or "hamed_rao" for autocorrelated series. level: of the slope's interval.

    >>> found = phreatic.mann_kendall([1.0, 3, 2, 4, np.nan, 6])
    >>> print(found.n, found.s, found.p.round(4), found.slope)
    5.0 8.0 0.0864 1.0
    """
    text = settings(variance=variance, level=level)

    def work(values, at=-1, times=None):
        flat, shape = series(values, at, "y")
        moments = as_numbers(times, flat.shape[1])
        seasons, count = _seasons(season, flat.shape[1])
        out = of_finite(lambda: _core.trend(moments, flat, seasons, count, text), y=values)
        return Trend(*(back(np.ascontiguousarray(out[:, k]), shape) for k in range(out.shape[1])))

    if is_dataarray(y):
        times = t if t is not None else dates_of(y, dim)
        return _on_dataarray(lambda values: work(values, -1, times), Trend, [y], dim, [[]] * len(Trend._fields))
    at = axis_of(y, axis)
    return work(y, at, dates_of(y) if t is None and at in (0, -getattr(y, "ndim", 1)) else t)


def _seasons(season, count):
    if season is None:
        return np.zeros(0, np.int32), 0
    season = np.asarray(season.values if is_dataarray(season) else season)
    if season.dtype.kind not in "iu" or season.shape != (count,) or (count and season.min() < 0):
        raise problem("season", "is not one whole number from 0 on for each step")
    return np.ascontiguousarray(season, dtype=np.int32), int(season.max(initial=-1)) + 1


def sen_slope(y, t=None, *, axis=-1, dim="time", level=None) -> SenSlope:
    """Sen's slope with its interval; arguments as for :func:`mann_kendall`.

    >>> found = phreatic.sen_slope([1.0, 3, 2, 4, np.nan, 6])
    >>> print(found.slope, found.lower, found.upper)
    1.0 -1.0 2.0
    """
    found = mann_kendall(y, t, axis=axis, dim=dim, level=level)
    if is_dataarray(y):
        return found[list(SenSlope._fields)]
    return SenSlope(*(getattr(found, name) for name in SenSlope._fields))


def permutation_entropy(y, order=None, delay=None, *, weighted=None, axis=-1, dim="time") -> Entropy:
    """How evenly the order patterns of ``order`` values, ``delay`` steps apart, occur (Bandt and Pompe 2002).

    >>> print(phreatic.permutation_entropy([4, 7, 9, 10, 6, 11, 3], order=3).bits.round(3))  # their example
    1.522
    """
    check_even(y, "y", dim, axis)
    text = settings(order=order, delay=delay, weighted=weighted)

    def work(values, at=-1):
        flat, shape = series(values, at, "y")
        out = of_finite(lambda: _core.permutation_entropy(flat, text), y=values)
        return Entropy(*(back(np.ascontiguousarray(out[:, k]), shape) for k in range(3)))

    if is_dataarray(y):
        return _on_dataarray(work, Entropy, [y], dim, [[]] * 3)
    return work(y, axis_of(y, axis))


def lag_correlations(x, y, max_lag, *, kind="pearson", axis=-1, dim="time") -> Correlations:
    """Correlation of y_t with x_(t - lag), with the number of independent pairs and the p-value that follows from it.

    kind: "pearson" or "spearman". x and y are broadcast against each other; lags are the last axis of the results.

    >>> rain = np.sin(np.arange(60))
    >>> level = np.roll(rain, 2)
    >>> int(phreatic.lag_correlations(rain, level, 3).r.argmax())
    2
    """
    if kind not in ("pearson", "spearman"):
        raise problem("kind", f"{kind!r} is not known", allowed="pearson, spearman")
    if not isinstance(max_lag, (int, np.integer)) or max_lag < 0:
        raise problem("max_lag", f"{max_lag!r}", allowed="a whole number from 0 on")

    for values, name in ((x, "x"), (y, "y")):
        check_even(values, name, dim, axis)

    def work(first, second, at=-1, at_second=-1):
        a, b = (last_axis(numbers(v, name), k) for v, name, k in ((first, "x", at), (second, "y", at_second)))
        if a.shape[-1] != b.shape[-1]:
            raise problem("x and y", f"have {a.shape[-1]} and {b.shape[-1]} steps", allowed="one length")
        a, b = np.broadcast_arrays(a, b)
        shape, steps = a.shape[:-1], a.shape[-1]
        flat = [np.ascontiguousarray(v.reshape(math.prod(shape), steps)) for v in (a, b)]
        out = of_finite(lambda: _core.lag_correlations(*flat, int(max_lag), kind == "spearman"), x=first, y=second)
        return Correlations(*(back(np.ascontiguousarray(out[:, :, k]), shape, -1) for k in range(4)))

    if is_dataarray(x) != is_dataarray(y):
        raise problem("x and y", "are of two kinds", allowed="two arrays, or two DataArrays")
    check_same(x, y, ("x", "y"), dim)
    if is_dataarray(x):
        found = _on_dataarray(work, Correlations, [x, y], dim, [["lag"]] * 4, {"lag": max_lag + 1})
        return found.assign_coords(lag=np.arange(max_lag + 1))
    return work(x, y, axis_of(x, axis), axis_of(y, axis))


def tch(products, *, axis=-1, dim="time", method=None, denominator=None, min_months=None) -> Hat:
    """Error covariance of three or more products of one quantity without a truth (three-cornered hat).

    products: arrays of one shape (a sequence, an array whose first axis is the product, the columns of a DataFrame or the
    variables of a Dataset). A step that any lacks is left out for all. method: "generalised" or "classical". denominator: "mean_absolute" or "standard_deviation".

    >>> rng = np.random.default_rng(0)
    >>> truth = rng.normal(size=300)
    >>> phreatic.tch([truth + s * rng.normal(size=300) for s in (0.2, 0.4, 0.6)]).sd.round(1)
    array([0.2, 0.4, 0.6])
    """
    text = settings(method=method, denominator=denominator, min_months=min_months)

    def work(*values, at=-1):
        arrays = [series(v, at, f"product {k}") for k, v in enumerate(values)]
        shape = arrays[0][1]
        for k, (flat, other) in enumerate(arrays):
            if other != shape or flat.shape != arrays[0][0].shape:
                raise problem(f"product {k}", f"has the shape {np.shape(values[k])}", allowed="one shape for all")
        cells, steps = arrays[0][0].shape
        flat = np.stack([array.reshape(-1) for array, _ in arrays])
        sd, relative, covariance, months, status, boundary = of_finite(
            lambda: _core.tch(flat, cells, steps, text), **{f"product_{k}": v for k, v in enumerate(values)})
        count = len(arrays)
        return Hat(sd.reshape(*shape, count), relative.reshape(*shape, count), covariance.reshape(*shape, count, count),
                   back(months, shape), back(status, shape), back(boundary.astype(bool), shape))  # fmt: skip

    if hasattr(products, "columns"):
        products = [products.iloc[:, k] for k in range(products.shape[1])]
    products = list(products.data_vars.values()) if hasattr(products, "data_vars") else list(products)
    if not products:
        raise problem("products", "are none", allowed="three or more")
    for k, product in enumerate(products[1:], 1):
        check_same(products[0], product, ("product 0", f"product {k}"), dim)
    if all(is_dataarray(p) for p in products):
        ends = [["product"], ["product"], ["product", "other_product"], [], [], []]
        sizes = {"product": len(products), "other_product": len(products)}
        return _on_dataarray(work, Hat, products, dim, ends, sizes)
    return work(*products, at=axis_of(products[0], axis))


def som(samples, rows=None, columns=None, *, grid=None, training=None, start=None, epochs=None, radius_start=None,
        radius_end=None, rate_start=None, rate_end=None, seed=None) -> Som:  # fmt: skip
    """Self-organising map of samples [sample, coordinate]; NaN coordinates are left out.

    rows, columns: of the map; both left out: chosen from the data. grid: "hexagonal" or "rectangular".

    >>> phreatic.som([[0.0, 0], [0, 1], [9, 9], [9, 8]], rows=1, columns=2, seed=1).nodes.tolist()
    [0, 0, 1, 1]
    """
    values = finite(numbers(samples, "samples"), "samples")
    if values.ndim != 2 or values.size == 0:
        raise problem("samples", f"have the shape {values.shape}", allowed="[sample, coordinate], at least one")
    if np.isnan(values).all():
        raise problem("samples", "hold no value", allowed="numbers; NaN = missing")
    text = settings(rows=rows, columns=columns, grid=grid, training=training, start=start, epochs=epochs,
                    radius_start=radius_start, radius_end=radius_end, rate_start=rate_start, rate_end=rate_end,
                    seed=seed)  # fmt: skip
    return Som(**_core.som(values, text))
