# SPDX-License-Identifier: BSD-3-Clause
"""What users hand over (numpy, pandas, masked arrays, lists) as the plain arrays that the extension takes."""

import json
import math

import numpy as np

from phreatic._errors import InputError, problem


def numbers(values, where, dtype=np.float64):
    """``values`` as an array of numbers, NaN = missing; contiguous arrays of ``dtype`` are not copied."""
    _check_index(values, where)
    if isinstance(values, np.ma.MaskedArray) and values.dtype.kind in "biuf":
        values = values.astype(dtype).filled(np.nan)
    elif hasattr(values, "iloc"):
        values = _from_table(values, where, dtype)
    elif hasattr(values, "to_numpy") and not isinstance(values, np.ndarray):  # of xarray and others
        values = values.to_numpy()
    try:
        values = np.asarray(values)
    except ValueError as error:
        if "inhomogeneous" not in str(error):
            raise
        raise problem(where, "is a list of lists of different lengths", allowed="rows of one length") from None
    if values.dtype.kind == "O":
        raise problem(where, "holds values that are no numbers", allowed="integers and floats; NaN = missing")
    if values.dtype.kind not in "biuf":
        raise problem(where, f"is of the type {values.dtype}", allowed="integers and floats; NaN = missing")
    return np.ascontiguousarray(values, dtype=dtype) if values.ndim else values.astype(dtype)


def _from_table(values, where, dtype):
    """A pandas object (nullable columns too); names the columns that hold no numbers."""
    columns = getattr(values, "columns", None)
    if columns is not None:
        bad = [str(name) for name, kind in values.dtypes.items() if getattr(kind, "kind", "O") not in "biuf"]
    else:
        kind = getattr(values, "dtype", None)
        bad = [str(kind)] if getattr(kind, "kind", "f") not in "biuf" else []
    if bad:
        what = f"columns {', '.join(bad)} hold no numbers" if columns is not None else f"is of the type {bad[0]}"
        raise problem(where, what, allowed="numbers; NaN = missing", mend="Leave them out or encode them as numbers")
    return values.to_numpy(dtype=dtype, na_value=np.nan)


def _check_index(values, where):
    """An index of times must increase: series are taken step by step."""
    index = getattr(values, "index", None)
    if index is None or callable(index) or type(index).__name__ not in ("DatetimeIndex", "PeriodIndex"):
        return
    if index.has_duplicates:
        first = index[index.duplicated()][0]
        raise problem(where, f"has the time {first} twice", mend="Take one: s[~s.index.duplicated()]")
    if not index.is_monotonic_increasing:
        raise problem(where, "is not in the order of time", mend="Sort it: s.sort_index()")


def finite(array, where):
    """The array, if nothing in it is infinite. Block by block: what is looked at stays in the cache."""
    flat = array.reshape(-1) if array.flags.c_contiguous else np.ravel(array)
    size = 1 << 15
    for start in range(0, flat.size, size):
        block = np.isinf(flat[start : start + size])
        if block.any():
            at = np.unravel_index(start + int(block.argmax()), array.shape)
            place = ", ".join(str(int(i)) for i in at)
            raise problem(where, f"is infinite at position {place}", allowed="finite numbers; NaN = missing",
                          mend="values[numpy.isinf(values)] = numpy.nan")  # fmt: skip
    return array


def of_finite(call, **given):
    """What a call of the extension gives. It refuses infinite values; here is said which one, in the caller's shape."""
    try:
        return call()
    except InputError:
        for where, values in given.items():
            finite(numbers(values, where), where.replace("_", " "))
        raise


def last_axis(array, axis):
    """The array with the axis of steps last."""
    try:
        return np.moveaxis(array, axis, -1)
    except (np.exceptions.AxisError, TypeError):
        raise problem("axis", f"{axis!r} is not an axis of an array of {array.ndim} dimensions") from None


def series(values, axis, where):
    """-> [series][step], the shape without the axis. No copy where the axis is the last of a contiguous array.

    Infinite values are the extension's to refuse (of_finite)."""
    array = numbers(values, where)
    if array.ndim == 0:
        raise problem(where, "is a single number", allowed="a series, or an array with an axis of steps")
    array = last_axis(array, axis)
    shape = array.shape[:-1]
    return np.ascontiguousarray(array.reshape(math.prod(shape), array.shape[-1])), shape


def back(flat, shape, axis=None):
    """[series][step] -> the caller's shape, steps at ``axis``; without an axis [series] -> the shape."""
    if axis is None:
        return flat.reshape(shape) if shape else flat.reshape(())[()]
    out = flat.reshape(*shape, flat.shape[-1])
    return np.moveaxis(out, -1, axis)


def settings(**given):
    """Settings that were given, as the extension reads them; it knows defaults and ranges."""
    return json.dumps({name: value for name, value in given.items() if value is not None}, default=_plain)


def nested(given):
    """Settings by dotted names or in blocks as blocks: {"training.epochs": 5} is {"training": {"epochs": 5}}."""
    out = {}
    for key, value in (given or {}).items():
        value = nested(value) if isinstance(value, dict) else value
        *blocks, last = str(key).split(".")
        place = out
        for block in blocks:
            place = place.setdefault(block, {})
        if isinstance(value, dict) and isinstance(place.get(last), dict):
            value = {**place[last], **value}
        place[last] = value
    return out


def _plain(value):
    if hasattr(value, "tolist"):
        return value.tolist()
    raise problem("setting", f"is a {type(value).__name__}", allowed="a number, a text or a truth value")


def is_dataarray(value):
    """Without importing xarray. A Dataset is refused: it holds several variables."""
    if type(value).__module__.split(".")[0] != "xarray":
        return False
    if type(value).__name__ == "Dataset":
        names = ", ".join(map(str, value.data_vars))
        raise problem("Dataset", "holds variables, not values", allowed=names, mend="Name one: dataset['...']")
    return True


def axis_of(values, axis):
    """Steps of a table run along its index, as everywhere in pandas, unless axis=1 says otherwise."""
    return 0 if axis == -1 and hasattr(values, "columns") else axis
