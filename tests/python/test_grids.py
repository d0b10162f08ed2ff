# SPDX-License-Identifier: BSD-3-Clause
"""Regridding and zonal statistics: sums made by hand, the command line's numbers, and every way to say where cells are."""

import csv
import json
import logging
import pickle

import numpy as np
import phreatic
import pytest
import xarray as xr


@pytest.fixture
def cube():
    """Months of quarter degrees with gaps, rows from north to south."""
    rng = np.random.default_rng(11)
    values = rng.normal(size=(3, 8, 12))
    values[1, 2:4, 5] = np.nan
    coords = {"time": np.array(["2004-01-15", "2004-02-15", "2004-03-15"], "M8[ns]"),
              "lat": 26.875 - 0.25 * np.arange(8), "lon": 88.125 + 0.25 * np.arange(12)}  # fmt: skip
    return xr.DataArray(values, dims=("time", "lat", "lon"), coords=coords, name="lwe", attrs={"units": "mm"})


@pytest.fixture
def coarse():
    return phreatic.Grid.from_bounds(88, 25, 91, 27, 1, geographic=True)


SQUARE = {"type": "Polygon", "coordinates": [[[88.1, 25.3], [89.7, 25.3], [89.7, 26.6], [88.1, 26.6], [88.1, 25.3]]]}
BOW = {"type": "Polygon", "coordinates": [[[88, 25], [89, 26], [89, 25], [88, 26], [88, 25]]]}


def test_a_grid_is_told_by_centres_bounds_or_a_transform(cube, coarse, caplog):
    grid = phreatic.Grid.of(cube)
    assert (grid.width, grid.height) == (12, 8) and grid.geographic
    np.testing.assert_allclose(grid.transform, (88, 0.25, 0, 27, 0, -0.25), atol=1e-12)
    np.testing.assert_allclose(grid.y, cube.lat)
    assert coarse.transform == (88, 1, 0, 27, 0, -1) and "3 x 2 cells" in str(coarse)
    assert pickle.loads(pickle.dumps(coarse)) == coarse
    with caplog.at_level(logging.WARNING, logger="phreatic"):
        assert not phreatic.Grid(10, 10, (200000, 100, 0, 500000, 0, -100)).geographic
    assert "taken as a plane" in caplog.text  # a guess is told
    assert not phreatic.Grid.from_bounds(0, 0, 1000, 1000, 500, "EPSG:28992").geographic


def test_conservative_means_are_weighted_by_area_on_the_sphere(cube, coarse):
    found = phreatic.regrid(cube, coarse)
    assert found.dims == ("time", "lat", "lon") and found.attrs["units"] == "mm" and found.name == "lwe"
    edges = np.sin(np.radians(27 - 0.25 * np.arange(9)))
    area = np.broadcast_to((edges[:-1] - edges[1:])[:, None], (8, 12))
    for t, r, c in np.ndindex(3, 2, 3):
        block = np.s_[4 * r : 4 * r + 4, 4 * c : 4 * c + 4]
        v, w = cube.values[t][block], area[block]
        there = np.isfinite(v)
        assert found.values[t, r, c] == pytest.approx((v * w)[there].sum() / w[there].sum(), rel=1e-12)
    plain = phreatic.regrid(cube.values, coarse, source=phreatic.Grid.of(cube))
    np.testing.assert_array_equal(plain, found)
    few = phreatic.regrid(cube, coarse, min_coverage=1)
    assert np.isnan(few.values).sum() == 1


def test_rows_from_south_to_north_and_other_orders_of_dimensions_change_nothing(cube, coarse):
    wanted = phreatic.regrid(cube, coarse)
    turned = phreatic.regrid(cube[:, ::-1].transpose("lon", "time", "lat"), coarse)
    assert turned.dims == ("lon", "time", "lat")
    np.testing.assert_allclose(turned.transpose("time", "lat", "lon"), wanted, rtol=1e-13)


def test_numbers_are_those_of_the_command_line(cube, coarse, tmp_path, command):
    pytest.importorskip("netCDF4", reason="netCDF4 is not installed")
    cube.to_netcdf(tmp_path / "cube.nc")
    for method in ("conservative", "bilinear", "nearest"):
        out = tmp_path / f"{method}.nc"
        command("grid", "regrid", tmp_path / "cube.nc", "--bounds", "88,25,91,27", "--cell", 1, "--method", method, "--out", out)
        with xr.open_dataset(out) as theirs:
            name = next(n for n in theirs.data_vars if theirs[n].ndim == 3)
            np.testing.assert_array_equal(phreatic.regrid(cube, coarse, method=method).astype(np.float32),
                                          theirs[name].astype(np.float32))  # fmt: skip
    zones = tmp_path / "zones.geojson"
    features = [{"type": "Feature", "properties": {"name": "square"}, "geometry": SQUARE}]
    zones.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    table = tmp_path / "table.csv"
    command("grid", "zonal", tmp_path / "cube.nc", "--zones", zones, "--id", "name", "--statistics", "mean,q25,covered",
            "--out", table)  # fmt: skip
    found = phreatic.zonal(cube, zones, id="name", statistics=["mean", "q25", "covered"])
    with open(table) as f:
        rows = list(csv.DictReader(f))
    for t in range(3):
        for name in ("mean", "q25", "covered"):
            assert float(rows[t][name]) == pytest.approx(found.sel(zone="square", statistic=name).values[t], rel=1e-8)


def test_a_polygon_weighs_each_cell_by_the_share_it_covers(cube):
    found = phreatic.zonal(cube, {"a": SQUARE}, statistics=["count", "mean", "max"], weights="cells")
    assert found.dims == ("time", "zone", "statistic")
    x = np.clip(np.minimum(89.7, 88 + 0.25 * np.arange(1, 13)) - np.maximum(88.1, 88 + 0.25 * np.arange(12)), 0, None)
    y = np.clip(np.minimum(26.6, 27 - 0.25 * np.arange(8)) - np.maximum(25.3, 26.75 - 0.25 * np.arange(8)), 0, None)
    share = np.outer(y, x) / 0.0625
    for t in range(3):
        v = cube.values[t]
        there = np.isfinite(v) & (share > 1e-9)
        assert float(found[t, 0, 0]) == pytest.approx(share[there].sum(), rel=1e-9)
        assert float(found[t, 0, 1]) == pytest.approx((share * v)[there].sum() / share[there].sum(), rel=1e-9)
        assert float(found[t, 0, 2]) == v[there].max()


def test_zones_come_as_dict_list_features_or_file(cube, tmp_path):
    wanted = phreatic.zonal(cube, {"a": SQUARE}).values
    feature = {"type": "Feature", "properties": {"name": "a"}, "geometry": SQUARE}
    path = tmp_path / "zones.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))

    class Shape:
        __geo_interface__ = SQUARE

    class Frame:  # as a GeoDataFrame
        __geo_interface__ = {"type": "FeatureCollection", "features": [feature]}
        index = ["first"]
        crs = "EPSG:4326"

    for zones, name in ((path, "1"), ([SQUARE], 1), (Shape(), 1), ([Shape()], 1), (SQUARE, 1), (Frame(), "first")):
        found = phreatic.zonal(cube, zones)
        np.testing.assert_allclose(found, wanted, rtol=1e-12)
        assert str(found.zone.values[0]) == str(name)
    assert list(phreatic.zonal(cube, Frame(), id="name").zone.values) == ["a"]
    geopandas = pytest.importorskip("geopandas", reason="geopandas is not installed: the protocol alone is tested")
    frame = geopandas.GeoDataFrame.from_features([feature], crs="EPSG:4326")
    np.testing.assert_allclose(phreatic.zonal(cube, frame), wanted, rtol=1e-12)


def test_zones_of_another_coordinate_system_are_brought_to_the_cells(cube):
    # Web Mercator: x = R lon, y = R ln tan(pi / 4 + lat / 2)
    radius = 6378137.0
    ring = [[radius * np.radians(a), radius * np.log(np.tan(np.pi / 4 + np.radians(b) / 2))] for a, b in SQUARE["coordinates"][0]]
    there = {"type": "Polygon", "coordinates": [ring]}
    wanted = phreatic.zonal(cube.assign_attrs(crs="EPSG:4326"), {"a": SQUARE})
    found = phreatic.zonal(cube.assign_attrs(crs="EPSG:4326"), {"a": there}, crs="EPSG:3857")
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_what_is_taken_for_granted_is_told(cube, caplog):
    away = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    with caplog.at_level(logging.WARNING, logger="phreatic"):
        found = phreatic.zonal(cube, {"far": away})
    assert "zone far lies outside the grid" in caplog.text and np.isnan(found).all()


def test_chunks_of_dask_give_the_bits_of_the_whole(cube, coarse):
    dask = pytest.importorskip("dask", reason="dask is not installed: chunks are not tested")
    with dask.config.set(scheduler="threads"):
        for chunks in ({"time": 1}, {"time": 2, "lat": 3, "lon": 5}):
            later = phreatic.regrid(cube.chunk(chunks), coarse)
            assert later.chunks is not None and later.shape == (3, 2, 3)
            np.testing.assert_array_equal(later.compute(), phreatic.regrid(cube, coarse))
            zones = phreatic.zonal(cube.chunk(chunks), {"a": SQUARE}, statistics=["mean", "median"])
            np.testing.assert_array_equal(zones.compute(), phreatic.zonal(cube, {"a": SQUARE}, statistics=["mean", "median"]))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda a, g: phreatic.regrid(a.values, g), "Name the cells of the array"),
        (lambda a, g: phreatic.regrid(a.values[:, :3], g, source=phreatic.Grid.of(a)), "rows and columns of the grid last"),
        (lambda a, g: phreatic.regrid(a, "EPSG:4326"), "phreatic.Grid"),
        (lambda a, g: phreatic.regrid(a, g, method="cubic"), "conservative, bilinear, nearest"),
        (lambda a, g: phreatic.regrid(a, g, min_coverage=2), "min_coverage"),
        (lambda a, g: phreatic.regrid(a, phreatic.Grid.from_bounds(0, 0, 2, 2, 1)), "share no area"),
        (lambda a, g: phreatic.regrid(a.isel(lat=[0, 1, 4]), g), "not evenly spaced"),
        (lambda a, g: phreatic.regrid(a.rename(lat="north"), g), "Name it: y="),
        (lambda a, g: phreatic.regrid(a.drop_vars("lat"), g), "has no coordinate"),
        (lambda a, g: phreatic.regrid(a.astype(str), g), "type"),
        (lambda a, g: phreatic.Grid.from_bounds(0, 0, 1, 1, 0.3), "whole number of cells"),
        (lambda a, g: phreatic.Grid(2, 2, (0, 0, 0, 0, 0, 0)), "transform that can be inverted"),
        (lambda a, g: phreatic.zonal(a, {"a": SQUARE}, statistics="average"), "variety, covered"),
        (lambda a, g: phreatic.zonal(a, {"a": BOW}), "Self-intersection"),
        (lambda a, g: phreatic.zonal(a, {"a": 3}), "zone a: is no geometry"),
        (lambda a, g: phreatic.zonal(a, 3), "vector file"),
        (lambda a, g: phreatic.zonal(a, {}), "are none"),
        (lambda a, g: phreatic.zonal(a, "none.gpkg"), "is not there"),
        (lambda a, g: phreatic.zonal(a, [SQUARE], id="name"), "no field 'name'"),
        (lambda a, g: phreatic.zonal(a, {"a": {"type": "Point", "coordinates": [88, 26]}}), "no polygon"),
    ],
)  # fmt: skip
def test_what_is_no_grid_and_no_zone_is_refused(cube, coarse, call, says):
    with pytest.raises(phreatic.InputError, match=says):
        call(cube, coarse)


def test_shares_of_classes_are_the_command_line_s_and_stay_with_dask(command, tmp_path, coarse):
    rng = np.random.default_rng(5)
    values = rng.choice([10.0, 20.0, 40.0, np.nan], size=(2, 8, 12), p=[0.4, 0.3, 0.2, 0.1])
    coords = {"year": [2000, 2010], "lat": 26.875 - 0.25 * np.arange(8), "lon": 88.125 + 0.25 * np.arange(12)}
    cover = xr.DataArray(values, dims=("year", "lat", "lon"), coords=coords)
    found = phreatic.shares(cover, coarse)
    assert found.dims == ("year", "class", "lat", "lon") and found["class"].values.tolist() == [10, 20, 40]
    np.testing.assert_allclose(found.sum("class"), 1, atol=1e-6)
    for year in range(2):
        cover[year].to_dataset(name="cover").to_netcdf(tmp_path / f"c{year}.nc")
        command("grid", "shares", tmp_path / f"c{year}.nc", "--bounds", "88,25,91,27", "--cell", "1", "--out", tmp_path / f"s{year}.tif")
        says = command("grid", "info", tmp_path / f"s{year}.tif")
        low, high = says.split("values")[1].split(", mean")[0].split(" to ")
        assert float(low) == pytest.approx(float(found[year].min()), rel=1e-5)
        assert float(high) == pytest.approx(float(found[year].max()), rel=1e-5)
    later = phreatic.shares(cover.chunk({"year": 1}), coarse, [10, 20, 40]).compute()
    np.testing.assert_array_equal(later, found)
    classes, table = phreatic.shares(values, coarse, [40, 10], source=phreatic.Grid.of(cover))
    assert classes == [40, 10]
    np.testing.assert_array_equal(table, found.sel({"class": [40, 10]}))
    with pytest.raises(phreatic.InputError, match="dask"):
        phreatic.shares(cover.chunk({"year": 1}), coarse)
    with pytest.raises(phreatic.InputError, match="whole numbers"):
        phreatic.shares(cover + 0.5, coarse)


@pytest.mark.parametrize("degrees", [True, False])
def test_shares_are_the_areas_that_cells_have_in_common(degrees):
    """Cells that do not nest, summed one by one: on the sphere an area is a difference of longitudes times one of sines."""
    rng = np.random.default_rng(21)
    values = rng.choice([1.0, 2.0, 3.0, np.nan], size=(30, 40), p=[0.3, 0.3, 0.2, 0.2])
    values[:8, :9] = np.nan  # too little for a share
    source = phreatic.Grid(40, 30, (10, 0.3, 0, 59, 0, -0.3), geographic=degrees)
    target = phreatic.Grid(9, 6, (10.1, 1.25, 0, 58.7, 0, -1.25), geographic=degrees)
    classes, found = phreatic.shares(values, target, source=source)
    assert classes == [1, 2, 3] and found.shape == (3, 6, 9)

    def height(y):
        return np.sin(np.radians(y)) if degrees else y

    edges = [np.linspace(10, 22, 41), np.linspace(59, 50, 31), 10.1 + 1.25 * np.arange(10), 58.7 - 1.25 * np.arange(7)]
    told = 0
    for r, c in np.ndindex(6, 9):
        area = np.zeros(values.shape)
        for i, j in np.ndindex(values.shape):
            wide = min(edges[0][j + 1], edges[2][c + 1]) - max(edges[0][j], edges[2][c])
            top, bottom = min(edges[1][i], edges[3][r]), max(edges[1][i + 1], edges[3][r + 1])
            area[i, j] = wide * (height(top) - height(bottom)) if wide > 0 and top > bottom else 0
        whole = 1.25 * (height(edges[3][r]) - height(edges[3][r + 1]))
        there = area[np.isfinite(values)].sum()
        if there < 0.5 * whole:
            assert np.isnan(found[:, r, c]).all()
            told += 1
            continue
        for k, name in enumerate(classes):
            assert found[k, r, c] == pytest.approx(area[values == name].sum() / there, abs=2e-6)  # shares are of single precision
    assert 0 < told < 20


def test_coordinate_systems_and_transforms_come_as_people_have_them(cube):
    class Affine(tuple):  # as rasterio's, whose order is another one
        def to_gdal(self):
            return (88, 0.25, 0, 27, 0, -0.25)

    class Crs:
        def to_wkt(self):
            return "EPSG:4326"

    wanted = phreatic.Grid(12, 8, (88, 0.25, 0, 27, 0, -0.25), "EPSG:4326")
    assert phreatic.Grid(12.0, 8, Affine((0.25, 0, 88, 0, -0.25, 27, 0, 0, 1)), 4326) == wanted
    assert phreatic.Grid(12, 8, wanted.transform, Crs()) == wanted
    found = phreatic.zonal(cube.assign_attrs(crs="EPSG:4326"), {"a": SQUARE}, crs=4326)
    np.testing.assert_array_equal(found, phreatic.zonal(cube, {"a": SQUARE}))
    for call, says in (
        (lambda: phreatic.Grid(12, 8, (0, 1, 0, 0, 0, -1, 0, 0, 1)), "rasterio's Affine"),
        (lambda: phreatic.Grid(12, 8.5, wanted.transform), "whole number of cells"),
        (lambda: phreatic.Grid.from_bounds(0, 0, 1, 1, "wide"), "cell: 'wide' is not a number"),
        (lambda: phreatic.shares(cube.round(), wanted, [10.5]), "each once"),
        (lambda: phreatic.shares(cube.round(), wanted, "10"), "each once"),
        (lambda: phreatic.shares(cube.round(), wanted, [1, 1]), "each once"),
    ):
        with pytest.raises(phreatic.InputError, match=says):
            call()


def test_messages_name_nothing_that_users_never_saw(cube, caplog):
    with caplog.at_level(logging.WARNING, logger="phreatic"):
        phreatic.zonal(cube, {"a": SQUARE})
        phreatic.regrid(cube * np.nan, phreatic.Grid.from_bounds(88, 25, 90, 27, 1, geographic=True), method="nearest")
    assert "zones: polygons and grid are taken" in caplog.text and "geojson" not in caplog.text
    assert "no cell of the target" in caplog.text  # has a value
    for method in ("conservative", "bilinear", "nearest"):
        with pytest.raises(phreatic.InputError, match="share no area") as caught:
            phreatic.regrid(cube, phreatic.Grid.from_bounds(0, 0, 2, 2, 1, geographic=True), method=method)
        assert caught.value.file == ""
    with pytest.raises(phreatic.InputError, match="^zone a: its polygon") as caught:
        phreatic.zonal(cube, {"a": BOW})
    assert caught.value.file == ""
