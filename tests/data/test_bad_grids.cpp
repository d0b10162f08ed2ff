// SPDX-License-Identifier: BSD-3-Clause
// What real files get wrong about grids: each is refused with the way out, or handled and told.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>

#include "grids.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/data/grid/crs.hpp"
#include "phreatic/data/grid/cube.hpp"
#include "phreatic/data/grid/regrid/shares.hpp"
#include "phreatic/data/grid/regrid/zonal.hpp"
#include "phreatic/data/gridded.hpp"
#include "phreatic/data/io/netcdf.hpp"

namespace phreatic::data {
namespace {

std::vector<double> numbered(const GeoGrid& grid) {
  std::vector<double> v;
  for (std::size_t i = 0; i < grid.cells(); ++i)
    v.push_back(static_cast<double>(i % 13) + static_cast<double>(i) / 100);
  return v;
}

template <class F>
std::string refusal(F f) {
  try {
    f();
  } catch (const core::InputError& error) {
    return error.what();
  }
  return "not refused";
}

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

std::vector<double> means(const std::string& grid, const std::string& zones, std::vector<std::string>& said,
                          const ZoneParams& params = {}) {
  const GridStack stack({grid}, {});
  const ZoneFile file = zones_on_grid(zones, params, stack.grid(), said);
  const ZonalTable out = zonal(stack, file.zones, {.statistics = {"mean", "count"}}, quiet());
  said.insert(said.end(), out.said.begin(), out.said.end());
  return out.values;
}

TEST(BadGrids, ARotatedGridIsWeightedByTheAreaThatCellsShare) {
  const Scratch scratch;
  // Turned by 30 degrees about (0, 0); the value is the column.
  const double c = std::cos(0.5235987755982988);
  const double s = std::sin(0.5235987755982988);
  GeoGrid turned{.width = 40, .height = 40, .crs = "EPSG:32632"};
  turned.transform = {500000, 100 * c, 100 * s, 5400000, 100 * s, -100 * c};
  std::vector<double> v;
  for (int i = 0; i < 1600; ++i) v.push_back(i % 40 + 0.5);
  write_grid(scratch.path("t.tif"), turned, {v});
  const GeoGrid target = grid_from_bounds(501500, 5399500, 502500, 5400500, 500, "EPSG:32632", false);
  const std::vector<double> out = regrid(scratch.path("t.tif"), target, {});
  for (int r = 0; r < 2; ++r) {
    for (int k = 0; k < 2; ++k) {
      // A linear field's mean over a square is its value in the middle, but for the steps of the cells.
      const auto [x, y] = to_ground(target, k + 0.5, r + 0.5);
      EXPECT_NEAR(out[static_cast<std::size_t>(2 * r + k)], to_pixel(turned, x, y).first, 0.02);
    }
  }
  scratch.write(
      "z.geojson",
      R"({"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:32632"}},"features":[{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[[[501500,5399500],[502500,5399500],[502500,5400500],[501500,5400500],[501500,5399500]]]}}]})");
  std::vector<std::string> said;
  const auto zone = means(scratch.path("t.tif"), scratch.path("z.geojson"), said);
  EXPECT_NEAR(zone[1], 100, 1e-9);  // 1 km2 of 100 m cells
  EXPECT_NEAR(zone[0], (out[0] + out[1] + out[2] + out[3]) / 4, 1e-9);
  expect_part(refusal([&] {
                write_cube(scratch.path("c.nc"), {turned, {}, {{"v", "", ""}}, {}}, [](CubeWriter&) {});
              }),
              "the grid is rotated or sheared, which a CF cube cannot hold");
}

TEST(BadGrids, SouthUpGridsGiveWhatNorthUpOnesGive) {
  const Scratch scratch;
  const GeoGrid up = degrees(0, 0, 6, 4, 0.5);
  const std::vector<double> v = numbered(up);
  GeoGrid down = up;
  down.transform[3] = 0;
  down.transform[5] = 0.5;
  std::vector<double> flipped(v.size());
  for (std::size_t i = 0; i < v.size(); ++i) flipped[(7 - i / 12) * 12 + i % 12] = v[i];
  write_grid(scratch.path("up.tif"), up, {v});
  write_grid(scratch.path("down.tif"), down, {flipped});
  scratch.write("z.geojson", square("A", 0.3, 0.3, 5.2, 1.9));
  std::vector<std::string> said;
  EXPECT_NEAR(means(scratch.path("up.tif"), scratch.path("z.geojson"), said)[0],
              means(scratch.path("down.tif"), scratch.path("z.geojson"), said)[0], 1e-12);
  for (const ResampleMethod method :
       {ResampleMethod::conservative, ResampleMethod::bilinear, ResampleMethod::nearest}) {
    const auto a = regrid(scratch.path("up.tif"), degrees(0, 0, 6, 3.75, 0.75), {.method = method});
    const auto b = regrid(scratch.path("down.tif"), degrees(0, 0, 6, 3.75, 0.75), {.method = method});
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-12);
  }
}

TEST(BadGrids, LongitudesFrom0To360AndAcrossTheDateLineMeetTheSameCells) {
  const Scratch scratch;
  const GeoGrid east = degrees(0, -30, 360, 30, 5);
  std::vector<double> v = numbered(east);
  write_grid(scratch.path("e.tif"), east, {v});
  GeoGrid west = east;
  west.transform[0] = -180;
  std::vector<double> moved(v.size());
  for (std::size_t i = 0; i < v.size(); ++i) moved[i / 72 * 72 + (i % 72 + 36) % 72] = v[i];
  write_grid(scratch.path("w.tif"), west, {moved});
  // Over the date line, over longitude 0, and at -100 degrees.
  for (const auto& [x0, x1] : {std::pair{172.5, 188.0}, {-7.0, 11.0}, {-103.0, -94.0}, {-186.0, -171.0}}) {
    scratch.write("z.geojson", square("A", x0, -12, x1, 14));
    std::vector<std::string> said;
    const auto a = means(scratch.path("e.tif"), scratch.path("z.geojson"), said);
    const auto b = means(scratch.path("w.tif"), scratch.path("z.geojson"), said);
    EXPECT_NEAR(a[1], (x1 - x0) * 26 / 25, 1e-9);
    EXPECT_NEAR(a[0], b[0], 1e-12);
    EXPECT_NEAR(a[1], b[1], 1e-9);
  }
  const GeoGrid target = degrees(165, -20, 195, 20, 2.5);
  for (const ResampleMethod method :
       {ResampleMethod::conservative, ResampleMethod::bilinear, ResampleMethod::nearest}) {
    const auto a = regrid(scratch.path("e.tif"), target, {.method = method});
    const auto b = regrid(scratch.path("w.tif"), target, {.method = method});
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-12);
    EXPECT_FALSE(std::isnan(b[6]));
  }
}

TEST(BadGrids, TwinsShiftedByHalfACellAreNamed) {
  const Scratch scratch;
  const GeoGrid grid = degrees(10, 40, 14, 44, 1);
  GeoGrid shifted = grid;
  shifted.transform[0] -= 0.5;
  shifted.transform[3] += 0.5;
  write_grid(scratch.path("a_20010101.tif"), grid, {numbered(grid)});
  write_grid(scratch.path("a_20010102.tif"), shifted, {numbered(grid)});
  const std::string text = refusal([&] {
    GridStack({scratch.path("a_20010101.tif"), scratch.path("a_20010102.tif")}, {});
  });
  expect_part(text,
              "a_20010102.tif: its cells are those of the first file of the stack, moved by -0.5 columns and "
              "-0.5 rows");
  core::Problems problems;
  extract_grids({scratch.path("a_20010101.tif"), scratch.path("a_20010102.tif")}, {}, {"A"}, {{12, 42, kNaN}},
                problems);
  expect_part(all_text(problems), "moved by -0.5 columns and -0.5 rows (centres taken for corners?)");
}

TEST(BadGrids, SystemsThatDifferByTheirDatumAloneAreTransformedAndTold) {
  const Scratch scratch;
  EXPECT_EQ(compare_crs("EPSG:4326", "EPSG:4314"), CrsRelation::datum);  // WGS 84 and DHDN
  EXPECT_EQ(compare_crs("EPSG:31467", "EPSG:31467"), CrsRelation::same);
  GeoGrid grid = degrees(8, 48, 9, 49, 0.001);
  grid.crs = "EPSG:4314";
  std::vector<double> v;
  for (std::size_t i = 0; i < grid.cells(); ++i) v.push_back(static_cast<double>(i % 1000));
  write_grid(scratch.path("d.tif"), grid, {v});
  scratch.write("z.geojson", square("A", 8.5, 48.4, 8.6, 48.6));
  std::vector<std::string> said;
  const double mean = means(scratch.path("d.tif"), scratch.path("z.geojson"), said)[0];
  ASSERT_EQ(said.size(), 1U);
  expect_part(said[0], "differ by their datum");
  // About 80 m: the mean column is not 549.5, but moved by one cell or so.
  EXPECT_GT(std::abs(mean - 549.5), 0.5);
  EXPECT_LT(std::abs(mean - 549.5), 3);
  const Placement placement(grid, degrees(8.2, 48.2, 8.8, 48.8, 0.1));
  EXPECT_FALSE(placement.aligned());
  expect_part(placement.said().at(0), "places are transformed");
}

TEST(BadGrids, AMissingCoordinateSystemIsToldOrAskedFor) {
  const Scratch scratch;
  GeoGrid grid = degrees(8, 48, 9, 49, 0.1);
  grid.crs = "";
  write_grid(scratch.path("n.tif"), grid, {numbered(grid)});
  const GridFile file(scratch.path("n.tif"), {});
  EXPECT_TRUE(file.grid().geographic);
  expect_part(file.said.at(0), "no coordinate system; taken as longitude and latitude");
  GeoGrid metres = grid_from_bounds(3500000, 5400000, 3501000, 5401000, 100, "", false);
  write_grid(scratch.path("m.tif"), metres, {numbered(metres)});
  expect_part(refusal([&] { regrid(scratch.path("m.tif"), degrees(8, 48, 9, 49, 0.5), {}); }),
              "Declare its coordinate system (--crs)");
  const GridFile declared(scratch.path("m.tif"), {.crs = "EPSG:31467"});
  EXPECT_FALSE(declared.grid().geographic);
  EXPECT_TRUE(declared.said.empty());
  expect_part(refusal([&] { GridFile(scratch.path("m.tif"), {.crs = "EPSG:4326"}); }),
              "its edge has the latitude");
  expect_part(refusal([&] { GridFile(scratch.path("m.tif"), {.crs = "EPSG:999999"}); }),
              "is no coordinate system that GDAL knows");
}

// 2.5 degrees with rows centred on the poles, as NCEP has; no grid mapping. Values: latitude^2 / 100.
void write_ncep(const std::string& path) {
  io::NcSchema schema;
  schema.dimensions = {{"lat", 73}, {"lon", 144}};
  schema.variables = {
      {.name = "lat", .type = io::NcType::float64, .dimensions = {"lat"}, .units = "degrees_north"},
      {.name = "lon", .type = io::NcType::float64, .dimensions = {"lon"}, .units = "degrees_east"},
      {.name = "v", .type = io::NcType::float32, .dimensions = {"lat", "lon"}}};
  io::write_netcdf(path, schema, [](io::NcWriter& writer) {
    std::vector<double> lat;
    std::vector<double> lon;
    std::vector<float> v;
    for (int r = 0; r < 73; ++r) lat.push_back(90 - 2.5 * r);
    for (int c = 0; c < 144; ++c) lon.push_back(2.5 * c);
    for (const double y : lat) v.insert(v.end(), 144, static_cast<float>(y * y / 100));
    writer.put_slab("lat", {0}, {73}, std::span<const double>(lat));
    writer.put_slab("lon", {0}, {144}, std::span<const double>(lon));
    writer.put_slab("v", {0, 0}, {73, 144}, std::span<const float>(v));
  });
}

TEST(BadGrids, AxesOfDegreesAreDegreesAlsoWhereCellsReachPastThePoles) {
  const Scratch scratch;
  write_ncep(scratch.path("n.nc"));
  std::vector<std::string> said;
  scratch.write("z.geojson", square("N", 11.25, 41.25, 21.25, 81.25));
  const auto out = means(scratch.path("n.nc"), scratch.path("z.geojson"), said, {.id = "name"});
  const auto sine = [](double degrees) { return std::sin(degrees * 0.017453292519943295); };
  double sum = 0;
  for (double y = 42.5; y < 81; y += 2.5) sum += y * y / 100 * (sine(y + 1.25) - sine(y - 1.25));
  EXPECT_NEAR(out[0], sum / (sine(81.25) - sine(41.25)), 1e-5);
  // The cell on the pole ends there: the zone covers it wholly.
  scratch.write("p.geojson", square("P", 11.25, 86.25, 21.25, 90));
  const auto pole = means(scratch.path("n.nc"), scratch.path("p.geojson"), said, {.id = "name"});
  EXPECT_NEAR(pole[1], 8, 1e-9);
  const double below = sine(88.75) - sine(86.25);
  const double top = 1 - sine(88.75);
  EXPECT_NEAR(pole[0], (76.5625 * below + 81 * top) / (below + top), 1e-5);
}

TEST(BadGrids, AZoneThatReachesBeyondTheGridIsToldWithItsShare) {
  const Scratch scratch;
  write_grid(scratch.path("v.tif"), degrees(0, 0, 10, 10, 1), {std::vector<double>(100, 3)});
  scratch.write("z.geojson", square("half", -5, 2, 5, 4));
  std::vector<std::string> said;
  means(scratch.path("v.tif"), scratch.path("z.geojson"), said, {.id = "name"});
  ASSERT_EQ(said.size(), 1U);
  expect_part(said[0], "zone half: 50.0 % of its area lies outside the grid");
  // Around the Earth nothing is outside: met again a whole turn further.
  write_grid(scratch.path("g.tif"), degrees(-180, -90, 180, 90, 10), {std::vector<double>(648, 3)});
  scratch.write("d.geojson", square("date line", 170, 0, 190, 20));
  said.clear();
  EXPECT_NEAR(means(scratch.path("g.tif"), scratch.path("d.geojson"), said, {.id = "name"})[1], 4, 1e-9);
  EXPECT_TRUE(said.empty());
}

TEST(BadGrids, PolygonsThatCrossThemselvesAreRefusedByNameOrMendedAndTold) {
  const Scratch scratch;
  const GeoGrid grid = degrees(0, 0, 10, 10, 1);
  write_grid(scratch.path("v.tif"), grid, {std::vector<double>(100, 3)});
  scratch.write(
      "z.geojson",
      R"({"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"bow tie"},"geometry":{"type":"Polygon","coordinates":[[[1,1],[5,5],[5,1],[1,5],[1,1]]]}}]})");
  std::vector<std::string> said;
  expect_part(refusal([&] { means(scratch.path("v.tif"), scratch.path("z.geojson"), said, {.id = "name"}); }),
              "zone bow tie: its polygon is not valid: Self-intersection");
  const auto out =
      means(scratch.path("v.tif"), scratch.path("z.geojson"), said, {.id = "name", .repair = true});
  EXPECT_NEAR(out[1], 8, 1e-9);  // two triangles
  expect_part(said.at(0), "zone bow tie: mended (Self-intersection");
  scratch.write("o.geojson", square("far", 40, 40, 50, 50));
  said.clear();
  EXPECT_TRUE(std::isnan(means(scratch.path("v.tif"), scratch.path("o.geojson"), said, {.id = "name"})[0]));
  expect_part(said.at(0), "zone far lies outside the grid");
}

TEST(BadGrids, UndeclaredFillValuesAreRefusedWithTheLineToPaste) {
  const Scratch scratch;
  const GeoGrid grid = degrees(0, 0, 10, 10, 1);
  std::vector<double> v = numbered(grid);
  v[3] = v[40] = v[77] = -9999;
  write_grid(scratch.path("v.tif"), grid, {v});
  const std::string text = refusal([&] { regrid(scratch.path("v.tif"), degrees(0, 0, 10, 10, 5), {}); });
  expect_part(text, "the value -9999 stands far outside all others and is met again and again");
  expect_part(text, "Declare missing -9999");
  const auto out = regrid(scratch.path("v.tif"), degrees(0, 0, 10, 10, 5), {}, {.missing = {-9999}});
  for (const double x : out) EXPECT_GT(x, 0);
  EXPECT_LT(regrid(scratch.path("v.tif"), degrees(0, 0, 10, 10, 5), {}, {.no_fill_values = true})[0], -100);
  scratch.write("z.geojson", square("A", 0, 0, 10, 10));
  std::vector<std::string> said;
  expect_part(refusal([&] { means(scratch.path("v.tif"), scratch.path("z.geojson"), said); }), "fill value");
  // Neither heavy rain nor an elevation below the sea is one.
  FillWatch watch;
  watch.add(std::vector<double>{0, 0, 0, 1, 2, 3, 240, 12, -5});
  EXPECT_FALSE(watch.suspect().has_value());
  FillWatch big;
  big.add(std::vector<double>{0.5, 1e20, 0.25, 1e20, 0.75});
  EXPECT_EQ(big.suspect().value_or(0), 1e20);
}

TEST(BadGrids, UnitsThatContradictAreRefused) {
  const Scratch scratch;
  const GeoGrid grid = degrees(0, 0, 4, 4, 1);
  write_cube(scratch.path("c.nc"), {grid, {}, {{"v", "mm", ""}}, {}}, [&](CubeWriter& cube) {
    cube.put(0, 0, {0, 0, 4, 4}, std::vector<double>(16, 20));
  });
  expect_part(refusal([&] { GridFile(scratch.path("c.nc"), {.unit = "inch"}); }),
              "the unit is declared as 'inch', but the file says 'mm'");
  const GridFile file(scratch.path("c.nc"), {.to_unit = "m"});
  std::vector<double> v;
  file.read(0, {0, 0, 1, 1}, v);
  EXPECT_NEAR(v[0], 0.02, 1e-9);
  EXPECT_EQ(usual_unit("kg m-2"), "mm");
}

TEST(BadGrids, ClassesThatAreMeasuredValuesAndGridsThatDoNotMeet) {
  const Scratch scratch;
  const GeoGrid grid = degrees(0, 0, 4, 4, 1);
  write_grid(scratch.path("v.tif"), grid, {numbered(grid)});
  expect_part(refusal([&] {
                class_shares(GridFile(scratch.path("v.tif"), {}), 0, degrees(0, 0, 4, 4, 2), {}, quiet());
              }),
              "is no class: classes are whole numbers");
  for (const ResampleMethod method :
       {ResampleMethod::conservative, ResampleMethod::bilinear, ResampleMethod::nearest})
    expect_part(
        refusal([&] { regrid(scratch.path("v.tif"), degrees(20, 20, 24, 24, 2), {.method = method}); }),
        "share no area");
  expect_part(refusal([] { grid_from_bounds(0, 0, 1, 1, 0.3, "", true); }), "a whole number of cells");
  GeoGrid twice = degrees(0, -10, 360, 10, 10);
  twice.width = 40;
  write_grid(scratch.path("t.tif"), twice, {numbered(twice)});
  expect_part(refusal([&] { GridFile(scratch.path("t.tif"), {}); }), "go more than once round the Earth");
}

// A file of one variable v[y][x] with the axes as they are given; bounds: of the rows, where there is one.
void write_axes(const std::string& path, const std::vector<double>& y, const std::vector<double>& x,
                const std::vector<double>& bounds = {}) {
  io::NcSchema schema{.dimensions = {{"lat", y.size()}, {"lon", x.size()}, {"nv", 2}}};
  const auto axis = [&](const std::string& name, const std::string& unit) {
    io::NcVariable variable{.name = name, .type = io::NcType::float64, .dimensions = {name}, .units = unit};
    if (name == "lat" && !bounds.empty()) variable.attributes = {{"bounds", "lat_bnds"}};
    return variable;
  };
  schema.variables = {axis("lat", "degrees_north"), axis("lon", "degrees_east")};
  if (!bounds.empty())
    schema.variables.push_back(
        {.name = "lat_bnds", .type = io::NcType::float64, .dimensions = {"lat", "nv"}});
  schema.variables.push_back({.name = "v", .type = io::NcType::float64, .dimensions = {"lat", "lon"}});
  io::NcWriter writer(path, schema);
  writer.put("lat", std::span<const double>(y));
  writer.put("lon", std::span<const double>(x));
  if (!bounds.empty()) writer.put("lat_bnds", std::span<const double>(bounds));
  std::vector<double> v(y.size() * x.size());
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<double>(i);
  writer.put("v", std::span<const double>(v));
  writer.close();
}

TEST(BadGrids, ASingleRowOrColumnIsPlacedByItsAxesAndAGuessedSizeIsTold) {
  const Scratch scratch;
  write_axes(scratch.path("row.nc"), {20.25}, {80.25, 80.75, 81.25});
  const GridFile row(scratch.path("row.nc"), {.variable = "v"});
  EXPECT_EQ(compare(row.grid(), degrees(80, 20, 81.5, 20.5, 0.5)).relation, GridRelation::same)
      << describe(row.grid());
  EXPECT_TRUE(std::any_of(row.said.begin(), row.said.end(), [](const std::string& line) {
    return line.find("a single row and does not say its size") != std::string::npos;
  }));
  // The bounds say another height.
  write_axes(scratch.path("bounds.nc"), {20.25}, {80.25, 80.75, 81.25}, {20, 21});
  const GridFile bounds(scratch.path("bounds.nc"), {.variable = "v"});
  EXPECT_NEAR(bounds.grid().transform[5], -1, 1e-12);
  EXPECT_NEAR(bounds.grid().transform[3], 21, 1e-12);
  for (const std::string& line : bounds.said) EXPECT_EQ(line.find("single"), std::string::npos) << line;
  // A column, stored from the south and from the north: the value is the row as stored.
  for (const bool south_first : {true, false}) {
    const std::vector<double> y =
        south_first ? std::vector<double>{20.25, 20.75, 21.25} : std::vector<double>{21.25, 20.75, 20.25};
    write_axes(scratch.path("column.nc"), y, {80.25});
    const auto values =
        regrid(scratch.path("column.nc"), degrees(80, 20, 80.5, 21.5, 0.5), {}, {.variable = "v"});
    EXPECT_EQ(values, south_first ? (std::vector<double>{2, 1, 0}) : (std::vector<double>{0, 1, 2}))
        << "from the north";
  }
  write_axes(scratch.path("cell.nc"), {20.25}, {80.25});
  expect_part(refusal([&] { GridFile(scratch.path("cell.nc"), {.variable = "v"}); }),
              "a single cell, and does not say how large");
}

// Our own cubes have bounds.
TEST(BadGrids, ACubeOfOneCellIsReadBackWhereItWas) {
  const Scratch scratch;
  const GeoGrid grid = degrees(80, 20, 80.5, 20.5, 0.5);
  write_cube(scratch.path("c.nc"), {grid, {}, {{"v", "mm", ""}}, {}}, [](CubeWriter& cube) {
    cube.put(0, 0, {0, 0, 1, 1}, std::vector<double>{7});
  });
  const GridFile file(scratch.path("c.nc"), {.variable = "v"});
  EXPECT_EQ(compare(file.grid(), grid).relation, GridRelation::same) << describe(file.grid());
}

// A limit on the size of files stands for the full disk: the write is refused in the same place.
TEST(BadGrids, AFullDiskIsToldAndLeavesTheOldFile) {
  const Scratch scratch;
  scratch.write("v.tif", "old");
  scratch.write("c.nc", "old");
  const GeoGrid grid = degrees(0, 0, 60, 60, 0.1);
  std::vector<double> v;
  core::RandomStream random(1, "disk", 0, 0);
  for (std::size_t i = 0; i < grid.cells(); ++i) v.push_back(random.uniform(0, 1));
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = old;
  small.rlim_cur = 200000;
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(write_grid(scratch.path("v.tif"), grid, {v}), core::RunError);
  EXPECT_THROW(write_cube(scratch.path("c.nc"), {grid, {}, {{"v", "mm", ""}}, {}},
                          [&](CubeWriter& cube) {
                            cube.put(0, 0, {0, 0, grid.width, grid.height}, v);
                          }),
               core::RunError);
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(std::filesystem::file_size(scratch.path("v.tif")), 3U);
  EXPECT_EQ(std::filesystem::file_size(scratch.path("c.nc")), 3U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch.folder()), {}), 2);
}

}  // namespace
}  // namespace phreatic::data
