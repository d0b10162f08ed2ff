# SPDX-License-Identifier: BSD-3-Clause
"""Cells of maps: regridding and statistics over polygons, of arrays and of xarray's DataArrays.

Numbers are those of ``phreatic grid regrid``, ``shares`` and ``zonal``. DataArrays tell their cells by the
coordinates of their centres; chunks of dask are worked on where they are, cut along every other dimension.
"""

import dataclasses
import json
import logging
import math
import os
import pathlib
import tempfile

import numpy as np

from phreatic import _core
from phreatic._errors import InputError, problem
from phreatic._inputs import is_dataarray, numbers, settings

__all__ = ["Grid", "regrid", "shares", "zonal"]

_LOG = logging.getLogger("phreatic")
_NAMES = {"x": ("x", "lon", "longitude", "easting"), "y": ("y", "lat", "latitude", "northing")}


@dataclasses.dataclass(frozen=True)
class Grid:
    """Where cells are: ``height`` rows of ``width`` columns.

    transform: x = t0 + column t1 + row t2, y = t3 + column t4 + row t5 of the corners of the cells; or rasterio's Affine.
    crs: "EPSG:28992" or 28992, WKT, PROJ text, or an object of pyproj or rasterio; "": not known. geographic: x and y are degrees of longitude and latitude
    (None: as the crs says; without one, degrees where every corner could be a place on Earth, which is told).

    >>> phreatic.Grid.from_bounds(88, 21, 92, 27, cell=1, geographic=True)
    Grid(width=4, height=6, transform=(88.0, 1.0, 0.0, 27.0, 0.0, -1.0), crs='', geographic=True)
    """

    width: int
    height: int
    transform: tuple
    crs: str = ""
    geographic: bool | None = None

    def __post_init__(self):
        transform = self.transform.to_gdal() if hasattr(self.transform, "to_gdal") else tuple(self.transform)
        if len(transform) != 6:
            raise problem("transform", f"has {len(transform)} numbers", allowed="6, as GDAL has them, or rasterio's Affine")
        object.__setattr__(self, "transform", tuple(_number(t, "transform") for t in transform))
        object.__setattr__(self, "crs", _crs_text(self.crs))
        for name in ("width", "height"):
            count = getattr(self, name)
            if _number(count, name) != int(count):
                raise problem(name, f"{count}", allowed="a whole number of cells")
            object.__setattr__(self, name, int(count))
        if self.geographic is None:
            object.__setattr__(self, "geographic", _core.is_geographic(self.crs) if self.crs else self._looks_geographic())
        core = _core.GeoGrid(self.width, self.height, list(self.transform), self.crs, bool(self.geographic))
        object.__setattr__(self, "_core", core)

    def _looks_geographic(self):
        """As the command line takes files that declare nothing."""
        t = self.transform
        x = [t[0], t[0] + self.width * t[1] + self.height * t[2]]
        y = [t[3], t[3] + self.width * t[4] + self.height * t[5]]
        degrees = max(map(abs, x)) <= 361 and max(map(abs, y)) <= 91
        _say(["grid: no coordinate system; taken as " + ("longitude and latitude" if degrees else "a plane")])
        return degrees

    @classmethod
    def from_bounds(cls, west, south, east, north, cell, crs="", geographic=None) -> "Grid":
        """Rows from north to south; the bounds hold a whole number of cells."""
        bounds = [_number(v, n) for n, v in zip(("west", "south", "east", "north"), (west, south, east, north), strict=True)]
        width, height, transform = _core.grid_from_bounds(*bounds, _number(cell, "cell"))
        return cls(width, height, tuple(transform), crs, geographic)

    @classmethod
    def of(cls, array, x=None, y=None, crs=None) -> "Grid":
        """Cells of a DataArray or Dataset: coordinates ``x`` and ``y`` are evenly spaced centres of columns and rows.

        Without names, the usual ones are looked for (x, lon, longitude; y, lat, latitude). crs: in place of what the
        array declares (rioxarray's ``spatial_ref`` or an attribute ``crs``).
        """
        x, y = _dimension(array, "x", x), _dimension(array, "y", y)
        x0, dx = _spacing(array, x)
        y0, dy = _spacing(array, y)
        crs = _declared_crs(array) if crs is None else crs
        degrees = True if not crs and x in _NAMES["x"][1:3] and y in _NAMES["y"][1:3] else None
        return cls(array.sizes[x], array.sizes[y], (x0 - dx / 2, dx, 0, y0 - dy / 2, 0, dy), crs, degrees)

    @property
    def x(self) -> np.ndarray:
        """Centres of the columns of a grid that is neither rotated nor sheared."""
        self._refuse_rotation()
        return self.transform[0] + (np.arange(self.width) + 0.5) * self.transform[1]

    @property
    def y(self) -> np.ndarray:
        """Centres of the rows."""
        self._refuse_rotation()
        return self.transform[3] + (np.arange(self.height) + 0.5) * self.transform[5]

    def _refuse_rotation(self):
        if self.transform[2] or self.transform[4]:
            raise problem("grid", "is rotated: its columns have no coordinate of their own")

    def __str__(self):
        return _core.describe_grid(self._core)

    def __getstate__(self):
        return (self.width, self.height, self.transform, self.crs, self.geographic)

    def __setstate__(self, state):
        for name, value in zip(("width", "height", "transform", "crs", "geographic"), state, strict=True):
            object.__setattr__(self, name, value)
        self.__post_init__()


def _number(value, where):
    try:
        return float(value)
    except (TypeError, ValueError):
        raise problem(where, f"{value!r} is not a number") from None


def _crs_text(crs):
    """A coordinate system as text: a number is an EPSG code; objects of pyproj and rasterio give their WKT."""
    if crs is None:
        return ""
    if hasattr(crs, "to_wkt"):
        return crs.to_wkt()
    return f"EPSG:{crs}" if isinstance(crs, (int, np.integer)) else str(crs)


def _dimension(array, which, name):
    if name is not None:
        if name not in array.dims:
            raise problem(which, f"{name!r} is not a dimension", allowed=", ".join(map(str, array.dims)))
        return name
    found = [n for n in array.dims if str(n).lower() in _NAMES[which]]
    if len(found) != 1:
        raise problem(which, f"is not to be told from the dimensions {', '.join(map(str, array.dims))}",
                      mend=f"Name it: {which}='...'")  # fmt: skip
    return found[0]


def _spacing(array, name):
    """First centre and distance of an even coordinate."""
    if name not in array.coords:
        raise problem(f"dimension {name!r}", "has no coordinate", mend="Give the centres of the cells as coordinates")
    values = numbers(array[name].values, f"coordinate {name!r}")
    if len(values) < 2:
        raise problem(f"coordinate {name!r}", "has one value, which tells no size of cells", mend="Use Grid(...)")
    step = (values[-1] - values[0]) / (len(values) - 1)
    even = values[0] + step * np.arange(len(values))
    if not np.isfinite(values).all() or step == 0 or np.abs(values - even).max() > 1e-3 * abs(step):
        raise problem(f"coordinate {name!r}", "is not evenly spaced", allowed="centres of cells of one size, in order")
    return float(values[0]), float(step)


def _declared_crs(array):
    text = array.attrs.get("crs", "")
    for name in (array.attrs.get("grid_mapping", ""), getattr(array, "encoding", {}).get("grid_mapping", ""), "spatial_ref"):
        if not text and name in array.coords:
            declared = array[name].attrs
            text = declared.get("crs_wkt", "") or declared.get("spatial_ref", "")
    return text if isinstance(text, str) else str(text)


def _say(lines):
    for line in lines:
        _LOG.warning("%s", line)


def _on_cells(work, values, grid, x, y):
    """work([band][row][column]) over the last two axes of an array, or the dimensions x and y of a DataArray."""
    array = numbers(values, "values")
    if array.ndim < 2 or array.shape[-2:] != (grid.height, grid.width):
        raise problem("values", f"have the shape {array.shape}", allowed=f"[..., {grid.height}, {grid.width}], rows and "
                      "columns of the grid last")  # fmt: skip
    return work(array.reshape(math.prod(array.shape[:-2]), *array.shape[-2:])), array.shape[:-2]


def _grid_like(target, crs):
    if isinstance(target, Grid):
        return target
    if type(target).__module__.split(".")[0] == "xarray":
        return Grid.of(target, crs=crs)
    raise problem("target", f"is a {type(target).__name__}", allowed="a phreatic.Grid, or a DataArray or Dataset on the cells")


def regrid(values, target, *, source=None, method=None, min_coverage=None, x=None, y=None):
    """Values on other cells.

    values: a DataArray, or an array [..., row, column] with ``source``, the :class:`Grid` of its cells; NaN = missing.
    target: a Grid, or a DataArray or Dataset on the cells. method: "conservative" (means weighted by the area that
    cells share, on the sphere for degrees), "bilinear" or "nearest". min_coverage: share of a new cell that must have
    values (0.5). x, y: names of the dimensions, where they are not the usual ones.
    What is taken for granted goes to the logger ``phreatic``.

    >>> fine, coarse = (phreatic.Grid.from_bounds(0, 0, 4, 2, cell, geographic=False) for cell in (1, 2))
    >>> phreatic.regrid(np.array([[1.0, 1, 5, 5], [1, 1, 5, np.nan]]), coarse, source=fine).round(3)
    array([[1., 5.]])
    """
    text = settings(method=method, min_coverage=min_coverage)
    labelled = is_dataarray(values)
    if source is None and not labelled:
        raise problem("source", "is not given", mend="Name the cells of the array: source=phreatic.Grid(...)")
    source = source if source is not None else Grid.of(values, x, y)
    target = _grid_like(target, None)
    _core.regrid(np.zeros((0, source.height, source.width)), source._core, target._core, text)  # refuses at once

    def work(array):
        (out, said), shape = _on_cells(lambda flat: _core.regrid(flat, source._core, target._core, text), array, source, x, y)
        _say(said)
        if out.size and np.isnan(out.flat[0]) and np.isnan(out).all():
            _say([f"no cell of the target ({target}) has a value: see whether it lies in the source ({source})"])
        return out.reshape(*shape, target.height, target.width)

    if not labelled:
        return work(values)
    return _apply(work, values, x, y, {"y": target.height, "x": target.width}, target)


def shares(values, target, classes=None, *, source=None, min_coverage=None, x=None, y=None):
    """Share of every class (land cover, soil type) in larger cells, of the area that has a class.

    values: whole numbers, NaN = no class; a DataArray, or an array [..., row, column] with ``source``. target, x, y: as
    of :func:`regrid`. classes: those that are wanted, in this order; None: all that there are (of chunks of dask they
    must be named). min_coverage: share of a new cell that must have a class, or it has no shares (0.5).
    -> DataArray (..., class, y, x), or for arrays a pair: the classes, and an array [..., class, row, column].

    >>> fine, coarse = (phreatic.Grid.from_bounds(0, 0, 4, 2, cell, geographic=False) for cell in (1, 2))
    >>> classes, table = phreatic.shares(np.array([[10, 10, 20, 20], [10, 20, 20, 20]]), coarse, source=fine)
    >>> classes, table[:, 0]
    ([10, 20], array([[0.75, 0.  ],
           [0.25, 1.  ]]))
    """
    labelled = is_dataarray(values)
    if source is None and not labelled:
        raise problem("source", "is not given", mend="Name the cells of the array: source=phreatic.Grid(...)")
    source = source if source is not None else Grid.of(values, x, y)
    target = _grid_like(target, None)
    classes = _classes(values) if classes is None else _named_classes(classes)
    text = settings(classes=classes, min_coverage=min_coverage)
    _core.shares(np.zeros((0, source.height, source.width)), source._core, target._core, text)  # refuses at once

    def work(array):
        (out, said), shape = _on_cells(lambda flat: _core.shares(flat, source._core, target._core, text), array, source, x, y)
        _say(said)
        return out.reshape(*shape, len(classes), target.height, target.width)

    if not labelled:
        return classes, work(values)
    return _apply(work, values, x, y, {"y": target.height, "x": target.width}, target, {"class": classes})


def _named_classes(classes):
    found = numbers([] if isinstance(classes, str) else list(classes), "classes")
    if found.ndim != 1 or not len(found) or (found != np.round(found)).any() or len(np.unique(found)) != len(found):
        raise problem("classes", f"{classes!r}", allowed="whole numbers, each once")
    return [int(c) for c in found]


def _classes(values):
    if getattr(values, "chunks", None) is not None:
        raise problem("classes", "are not given, and a dask array does not tell them", mend="Name them: classes=[10, 20]")
    there = numbers(values.values if is_dataarray(values) else values, "values")
    found = np.unique(there[np.isfinite(there)])
    if len(found) == 0:
        raise problem("values", "hold no class")
    if len(found) > 255 or (found != np.round(found)).any():
        raise problem("values", f"hold {len(found)} different numbers such as {found[len(found) // 2]:g}",
                      allowed="classes: at most 255 whole numbers", mend="Regrid measured values: phreatic.regrid")  # fmt: skip
    return [int(c) for c in found]


def _apply(work, values, x, y, sizes, target=None, new=None):
    """``new``: a dimension more before the cells, and its labels."""
    import xarray

    x, y = _dimension(values, "x", x), _dimension(values, "y", y)
    new = new or {}
    ends = [*new, y, x] if target is not None else list(sizes)
    out_sizes = {y: sizes["y"], x: sizes["x"]} if target is not None else sizes
    out_sizes = {**{name: len(labels) for name, labels in new.items()}, **out_sizes}
    found = xarray.apply_ufunc(
        work, values, input_core_dims=[[y, x]], output_core_dims=[ends], exclude_dims={y, x}, dask="parallelized",
        output_dtypes=[np.float64], keep_attrs=True, dask_gufunc_kwargs={"output_sizes": out_sizes, "allow_rechunk": True},
    )  # fmt: skip
    if target is None:
        return found
    order = [d for d in values.dims if d not in (x, y)]
    found = found.transpose(*order, *new, y, x) if new else found.transpose(*values.dims)
    found = found.assign_coords(new) if new else found
    if target.transform[2] or target.transform[4]:
        return found
    found = found.assign_coords({x: target.x, y: target.y})
    for name in (x, y):
        found[name].attrs.update(values[name].attrs if name in values.coords else {})
    found.attrs.pop("grid_mapping", None)
    if target.crs:
        found.attrs["crs"] = target.crs
    return found


def _zone_features(zones):
    """(features of GeoJSON, names or None, crs) of a GeoDataFrame, GeoSeries, geometries or features."""
    crs = _crs_text(getattr(zones, "crs", None))
    if isinstance(zones, dict) and "type" not in zones:
        pairs = list(zones.items())
    else:
        whole = zones if isinstance(zones, dict) else getattr(zones, "__geo_interface__", None)
        if whole is None:
            try:
                pairs = list(enumerate(zones, 1))
            except TypeError:
                raise problem("zones", f"are a {type(zones).__name__}", allowed=_ZONES) from None
        elif whole.get("type") == "FeatureCollection":
            names = getattr(zones, "index", None)
            features = whole["features"]
            pairs = list(zip(names if names is not None else range(1, len(features) + 1), features, strict=True))
        else:
            pairs = [(1, whole)]
    features = []
    for name, shape in pairs:
        shape = shape if isinstance(shape, dict) else getattr(shape, "__geo_interface__", None)
        if not isinstance(shape, dict) or "type" not in shape:
            raise problem(f"zone {name}", "is no geometry", allowed=_ZONES)
        geometry, properties = shape, {}
        if shape["type"] == "Feature":
            geometry, properties = shape.get("geometry"), dict(shape.get("properties") or {})
        features.append({"type": "Feature", "properties": {**properties, "__zone": str(name)}, "geometry": geometry})
    if not features:
        raise problem("zones", "are none", allowed=_ZONES)
    return features, [name for name, _ in pairs], crs


_ZONES = "a vector file, a GeoDataFrame, polygons with __geo_interface__ (shapely), GeoJSON, or {name: polygon}"


def _of_zones(one, name):
    where = one.where.replace(name, "zones") or "zones"
    return dataclasses.replace(one, file="", line=0, column=0, where=where, what=one.what.replace(name, "zones"))


class _Zones:
    """Polygons on the cells of one grid; travels to dask's workers as what it was made of."""

    def __init__(self, content, suffix, text, grid):
        self._made_of = (content, suffix, text, grid)
        self._core, self.said = self._open(*self._made_of)

    @staticmethod
    def _open(content, suffix, text, grid):
        """The polygons, and what there is to say. Users do not know the file that polygons of theirs are put into."""
        if suffix is None:
            core = _core.Zones(content, text, grid._core)
            return core, core.said
        with tempfile.NamedTemporaryFile("w", suffix=suffix, encoding="utf-8") as file:
            file.write(content)
            file.flush()
            try:
                core = _core.Zones(file.name, text, grid._core)
            except InputError as error:
                raise InputError([_of_zones(one, file.name) for one in error.problems]) from None
            return core, [line.replace(file.name, "zones") for line in core.said]

    def __reduce__(self):
        return (_Zones, self._made_of)


def _zones_on(grid, zones, id, layer, crs, repair):
    if isinstance(zones, (str, os.PathLike)):
        if not pathlib.Path(zones).exists():
            raise problem("zones", "is not there", file=str(zones))
        return _Zones(os.fspath(zones), None, settings(id=id, layer=layer, crs=_crs_text(crs) or None, repair=repair or None), grid), None
    features, names, own = _zone_features(zones)
    if layer is not None:
        raise problem("layer", f"{layer!r} is for vector files", mend="Leave it out")
    if id is not None:
        lacking = [f["properties"]["__zone"] for f in features if id not in f["properties"]]
        if lacking:
            raise problem(f"zone {lacking[0]}", f"has no field {id!r}")
        names = [f["properties"][id] for f in features]
    content = json.dumps({"type": "FeatureCollection", "features": features}, default=str)
    # GeoJSON has a coordinate system always: of polygons that declare none it is that of the cells.
    chosen = _crs_text(crs) or own or grid.crs
    text = settings(id="__zone", crs=chosen or None, repair=repair or None)
    return _Zones(content, ".geojson", text, grid), names


def zonal(values, zones, *, statistics=("mean",), weights=None, source=None, id=None, layer=None, crs=None, repair=False,
          x=None, y=None):  # fmt: skip
    """Statistics over polygons, cells weighted by the exact share of each that a polygon covers.

    values: a DataArray, or an array [..., row, column] with ``source``, the :class:`Grid` of its cells; NaN = missing.
    zones: path of a vector file (``id``: the field with the names, ``layer``), a GeoDataFrame (names: its index, or the
    column ``id``), polygons of shapely or GeoJSON, or {name: polygon}. crs: where the zones declare none or a wrong one.
    repair: mend polygons that cross themselves, and tell it. statistics: count, sum, mean, min, max, stdev, variance,
    median, q05 (any percentile), majority, variety, covered. weights: "area" (on the sphere for degrees) or "cells".
    -> DataArray (..., zone, statistic), or for arrays a pair: the names, and an array [..., zone, statistic].

    >>> grid = phreatic.Grid.from_bounds(0, 0, 4, 2, 1, geographic=False)
    >>> west = {"type": "Polygon", "coordinates": [[(0, 0), (1.5, 0), (1.5, 2), (0, 2), (0, 0)]]}
    >>> names, table = phreatic.zonal(np.array([[1.0, 4, 0, 0], [1, 4, 0, 0]]), {"west": west}, source=grid,
    ...                               statistics=["count", "mean"])
    >>> names, table.round(3)
    (['west'], array([[3., 2.]]))
    """
    statistics = [statistics] if isinstance(statistics, str) else list(statistics)
    text = settings(statistics=statistics, weights=weights)
    labelled = is_dataarray(values)
    if source is None and not labelled:
        raise problem("source", "is not given", mend="Name the cells of the array: source=phreatic.Grid(...)")
    source = source if source is not None else Grid.of(values, x, y)
    held, names = _zones_on(source, zones, id, layer, crs, repair)
    names = list(held._core.names) if names is None else names
    _say(held.said)
    _, said = _core.zonal(np.zeros((0, source.height, source.width)), held._core, text)  # refuses at once
    _say(said)

    def work(array):
        (out, _), shape = _on_cells(lambda flat: _core.zonal(flat, held._core, text), array, source, x, y)
        return out.reshape(*shape, len(names), len(statistics))

    if not labelled:
        return names, work(values)
    found = _apply(work, values, x, y, {"zone": len(names), "statistic": len(statistics)})
    return found.assign_coords(zone=names, statistic=statistics)
