# SPDX-License-Identifier: BSD-3-Clause
"""Times of series: as numbers, and whether the steps between them are even. Imports pandas only where it is there already."""

import numpy as np

from phreatic._errors import problem
from phreatic._inputs import is_dataarray, numbers

_YEAR_S = 365.25 * 86400


def dates_of(values, dim=None):
    """The dates of a Series, DataFrame or DataArray (along ``dim``); None where it has none."""
    if is_dataarray(values):
        if dim not in values.coords:
            return None
        index = values.indexes[dim] if dim in values.indexes else values[dim].values
        dated = type(index).__name__ in ("DatetimeIndex", "PeriodIndex", "CFTimeIndex") or np.asarray(index).dtype.kind == "M"
        return index if dated else None
    index = getattr(values, "index", None)
    return index if type(index).__name__ in ("DatetimeIndex", "PeriodIndex") else None


def _seconds(times, where):
    """Seconds since the first of dates of any kind; None for what is no date."""
    kind = type(times).__name__
    if kind == "PeriodIndex":
        times = times.to_timestamp()
    if getattr(times, "tz", None) is not None:
        times = times.tz_convert("UTC").tz_localize(None)
    if kind == "CFTimeIndex":
        return np.array([(one - times[0]).total_seconds() for one in times])
    raw = np.asarray(times)
    if raw.dtype.kind == "O" and raw.size and all(hasattr(one, "isoformat") for one in raw.ravel()):
        if hasattr(raw.flat[0], "calendar"):  # of cftime
            return np.array([(one - raw.flat[0]).total_seconds() for one in raw.ravel()])
        raw = raw.astype("datetime64[us]")
    if raw.dtype.kind != "M":
        return None
    if np.isnat(raw).any():
        raise problem(where, "holds a time that is missing")
    return (raw - raw[:1]).astype("timedelta64[ms]").astype(np.float64) / 1000 if raw.size else np.zeros(0)


def as_numbers(t, count, where="t"):
    """Times as numbers: steps without any, years of 365.25 days for dates, else as they are; they increase."""
    if t is None:
        return np.arange(count, dtype=np.float64)
    if is_dataarray(t):
        t = t.values
    seconds = _seconds(t, where)
    times = numbers(t, where) if seconds is None else seconds / _YEAR_S
    if times.shape != (count,):
        raise problem(where, f"has the shape {times.shape}", allowed=f"one time for each of the {count} steps")
    check_increase(times, where)
    return times


def check_increase(times, where, dates=None):
    if len(times) < 2 or (np.diff(times) > 0).all():
        return
    row = int(np.flatnonzero(~(np.diff(times) > 0))[0]) + 1
    if dates is None:
        raise problem(where, f"does not increase at position {row}", mend="Sort the series, and take each time once")
    if times[row] == times[row - 1]:
        raise problem(where, f"has the time {_text(dates[row])} twice", mend="Take one of them")
    raise problem(where, "is not in the order of time", mend="Sort it: s.sort_index(), or a.sortby('time') of a DataArray")


def check_even(values, where, dim=None, axis=-1):
    """Series that are worked on step by step leave no step out, as ``dropna`` does: their values would be taken as neighbours.

    Steps of whole months are even, and others that differ as those of dekads, of composites of 8 days at the end of a
    year or of days of summer time do: within 0.5 to 1.6 times the usual one.
    """
    if hasattr(values, "columns") and axis not in (-1, 0):  # steps along the columns
        return
    dates = dates_of(values, dim)
    if dates is None or len(dates) < 3:
        return
    seconds = _seconds(dates, where)
    check_increase(seconds, where, dates)
    steps = np.diff(seconds)
    usual = np.median(steps)
    uneven = (steps < 0.5 * usual) | (steps > 1.6 * usual)
    if not uneven.any() or _whole_months(dates):
        return
    row = int(uneven.argmax())
    raise problem(where, f"has uneven steps: from {_text(dates[row])} to {_text(dates[row + 1])} are {steps[row] / 86400:g} days, "
                  f"elsewhere {usual / 86400:g}",
                  mend="Give every step, NaN where nothing is known: s.asfreq('D') (or 'MS', 'W' ...)")  # fmt: skip


def _text(date):
    return str(date)[:16].replace("T", " ").removesuffix(" 00:00")


def _whole_months(dates):
    if type(dates).__name__ in ("CFTimeIndex", "DatetimeIndex", "PeriodIndex"):
        months = np.asarray(dates.year) * 12 + np.asarray(dates.month)
    else:
        months = np.asarray(dates).astype("datetime64[M]").astype(np.int64)
    steps = np.diff(months)
    return len(steps) > 0 and steps[0] > 0 and np.ptp(steps) == 0


def check_same(first, second, names, dim=None):
    """Two series that are taken step by step have the same dates, where both have dates."""
    a, b = dates_of(first, dim), dates_of(second, dim)
    if a is None or b is None or (len(a) == len(b) and bool(np.all(np.asarray(a) == np.asarray(b)))):
        return
    raise problem(" and ".join(names), "have different dates", allowed="values of the same steps",
                  mend="a, b = a.align(b, join='inner')")  # fmt: skip
