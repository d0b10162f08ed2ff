// SPDX-License-Identifier: BSD-3-Clause
// Grids: reading, regridding, class shares, zonal statistics, writing. Expected numbers of exactextract and
// xarray-regrid: tests/reference/data/make_grid_peers.py; the rest are exact invariants.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <numbers>
#include <sstream>

#include "grids.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/data/grid/cube.hpp"
#include "phreatic/data/grid/regrid/coverage.hpp"
#include "phreatic/data/grid/regrid/resample.hpp"
#include "phreatic/data/grid/regrid/shares.hpp"
#include "phreatic/data/grid/regrid/zonal.hpp"

namespace phreatic::data {
namespace {

const std::string kFixtures = "tests/data/fixtures/";

// The values of make_grid_peers.py.
std::vector<double> peer_values(int rows, int columns) {
  std::vector<double> v;
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      const double value = ((r * 37 + c * 91) % 101) / 4.0 + r / 8.0 + (r * columns + c) / 65536.0;
      v.push_back((r * 5 + c * 3) % 17 == 0 ? kNaN : value);
    }
  }
  return v;
}

std::vector<double> peer_classes(int rows, int columns) {
  std::vector<double> v;
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) v.push_back((r / 3 * 5 + c / 4 * 3) % 7);
  }
  return v;
}

std::vector<std::vector<std::string>> read_table(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    rows.emplace_back();
    std::stringstream fields(line);
    for (std::string field; std::getline(fields, field, ',');) rows.back().push_back(field);
  }
  return rows;
}

TEST(Coverage, AreasOfRandomPolygonsAreThoseOfTheShoelaceFormula) {
  core::RandomStream random(1, "coverage", 0, 0);
  for (int i = 0; i < 200; ++i) {
    // Star-shaped around a place inside: it cannot cross itself.
    Polygon polygon{{{}}};
    const double x = random.uniform(5, 25);
    const double y = random.uniform(5, 15);
    const int n = 3 + i % 20;
    for (int k = 0; k < n; ++k) {
      const double angle = 2 * std::numbers::pi * k / n;
      const double radius = random.uniform(0.05, 4.5);
      polygon.rings[0].push_back({x + radius * std::cos(angle), y + radius * std::sin(angle)});
    }
    double sum = 0;
    for (const CoveredRow& row : coverage({polygon}, {0, 0, 30, 20})) {
      for (const double share : row.shares) {
        EXPECT_GE(share, 0);
        EXPECT_LE(share, 1);
        sum += share;
      }
    }
    EXPECT_NEAR(sum, area(polygon), 1e-10);
    double in_pieces = 0;  // windows that cut the polygon give the same
    for (const Window& w : {Window{0, 0, 13, 20}, Window{13, 0, 17, 7}, Window{13, 7, 17, 13}}) {
      for (const CoveredRow& row : coverage({polygon}, w)) {
        for (const double share : row.shares) in_pieces += share;
      }
    }
    EXPECT_NEAR(in_pieces, sum, 1e-10);
  }
}

TEST(Coverage, HolesAndPartsAndOrientationsByHand) {
  const Polygon ring{{{{1, 1}, {4, 1}, {4, 4}, {1, 4}}, {{2, 2}, {3, 2}, {3, 3}, {2, 3}}}};
  Polygon turned = ring;
  std::reverse(turned.rings[0].begin(), turned.rings[0].end());
  const Polygon triangle{{{{6, 0}, {8, 0}, {6, 2}}}};
  for (const Polygon& p : {ring, turned}) {
    double sum = 0;
    for (const CoveredRow& row : coverage({p, triangle}, {0, 0, 10, 6})) {
      for (std::size_t k = 0; k < row.shares.size(); ++k) {
        const int column = row.first + static_cast<int>(k);
        if (row.row == 2 && column == 2) {
          EXPECT_EQ(row.shares[k], 0);
        }
        if (row.row == 0 && column == 7) {
          EXPECT_DOUBLE_EQ(row.shares[k], 0.5);
        }
        sum += row.shares[k];
      }
    }
    EXPECT_NEAR(sum, 10, 1e-12);
  }
}

TEST(Zonal, AgreesWithExactextract) {
  const Scratch scratch;
  const GeoGrid grid = degrees(6, 47, 13, 52, 0.25);
  write_grid(scratch.path("v.tif"), grid, {peer_values(20, 28), peer_classes(20, 28)});
  const auto table = read_table(kFixtures + "zonal_exactextract.csv");
  ASSERT_EQ(table.size(), 7U);
  ZonalParams params{.weights = ZonalWeights::cells};
  params.statistics.assign(table[0].begin() + 1, table[0].end());
  std::vector<std::string> said;
  const GridStack stack({scratch.path("v.tif")}, {});
  const ZoneFile zones = zones_on_grid(kFixtures + "zones.geojson", {.id = "name"}, stack.grid(), said);
  const ZonalTable out = zonal(stack, zones.zones, params, quiet());
  ASSERT_EQ(out.zones.size(), 6U);
  for (std::size_t z = 0; z < 6; ++z) {
    EXPECT_EQ(out.zones[z], table[z + 1][0]);
    for (std::size_t s = 0; s < params.statistics.size(); ++s) {
      const double expected = std::stod(table[z + 1][s + 1]);
      const std::size_t band =
          params.statistics[s] == "majority" || params.statistics[s] == "variety" ? 1 : 0;
      EXPECT_NEAR(out.values[(band * 6 + z) * params.statistics.size() + s], expected,
                  1e-6 * std::abs(expected) + 1e-9)
          << out.zones[z] << " " << params.statistics[s];
    }
  }
  EXPECT_TRUE(said.empty());
}

// Unlike exactextract's, quantiles of values that are met often are not drawn towards the next value.
TEST(Zonal, QuantilesOfEqualWeightsAreTheUsualOnesAlsoWithTies) {
  const Scratch scratch;
  std::vector<double> v(100, 0.0);
  for (std::size_t i = 0; i < 10; ++i) v[i * 7] = 1.0 + static_cast<double>(i);
  write_grid(scratch.path("v.tif"), degrees(0, 0, 10, 10, 1), {v});
  scratch.write("z.geojson", square("A", 0, 0, 10, 10));
  std::vector<std::string> said;
  const GridStack stack({scratch.path("v.tif")}, {});
  const ZoneFile zones = zones_on_grid(scratch.path("z.geojson"), {}, stack.grid(), said);
  const ZonalTable out = zonal(stack, zones.zones, {{"median", "q95", "q100"}, ZonalWeights::cells}, quiet());
  EXPECT_DOUBLE_EQ(out.values[0], 0);
  EXPECT_NEAR(out.values[1], 5.05, 1e-12);  // rank 0.95 x 99 = 94.05; the 95th and 96th values are 5 and 6
  EXPECT_DOUBLE_EQ(out.values[2], 10);
}

TEST(Zonal, AreaWeightsAreThoseOfTheSphere) {
  const Scratch scratch;
  // Value = row; a zone of two whole rows, 0-30 and 30-60 degrees north.
  write_grid(scratch.path("v.tif"), degrees(0, 0, 60, 60, 30), {{2, 2, 1, 1}});
  scratch.write("z.geojson", square("A", 0, 0, 60, 60));
  std::vector<std::string> said;
  const GridStack stack({scratch.path("v.tif")}, {});
  const ZoneFile zones = zones_on_grid(scratch.path("z.geojson"), {}, stack.grid(), said);
  const double south = std::sin(30 * std::numbers::pi / 180);
  const double north = std::sin(60 * std::numbers::pi / 180) - south;
  const ZonalTable out = zonal(stack, zones.zones, {.statistics = {"mean", "count"}}, quiet());
  EXPECT_NEAR(out.values[0], (1 * south + 2 * north) / (south + north), 1e-12);
  EXPECT_NEAR(out.values[1], 4, 1e-12);
}

TEST(Regrid, ConservativeAgreesWithXarrayRegrid) {
  const Scratch scratch;
  write_grid(scratch.path("v.tif"), degrees(4, 48, 14, 60, 0.25), {peer_values(48, 40)});
  const GeoGrid target = [] {
    GeoGrid g = degrees(4, 48, 14, 60, 1);
    g.width = 25;
    g.transform[1] = 0.4;
    return g;
  }();
  const std::vector<double> out = regrid(scratch.path("v.tif"), target, {.min_coverage = 0});
  const auto table = read_table(kFixtures + "conservative_xarray_regrid.csv");
  ASSERT_EQ(table.size(), 12U);
  for (std::size_t r = 0; r < 12; ++r) {
    ASSERT_EQ(table[r].size(), 25U);
    for (std::size_t c = 0; c < 25; ++c) {
      const double expected = std::stod(table[r][c]);
      EXPECT_NEAR(out[r * 25 + c], expected, 1e-6 * std::abs(expected)) << r << " " << c;
    }
  }
}

TEST(Regrid, TheIntegralOverTheSphereIsKept) {
  const Scratch scratch;
  std::vector<double> v;
  for (int i = 0; i < 36 * 18; ++i) v.push_back(std::sin(i * 0.7) * 10 + i % 7);
  const GeoGrid source = degrees(-180, -90, 180, 90, 10);
  write_grid(scratch.path("v.tif"), source, {v});
  const auto integral = [](const GeoGrid& g, const std::vector<double>& values) {
    const std::vector<double> areas = row_areas(g);
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      sum += values[i] * areas[i / static_cast<std::size_t>(g.width)];
    return sum;
  };
  // Nested, not nested, finer, and one that begins at 0 degrees.
  for (const GeoGrid& target : {degrees(-180, -90, 180, 90, 20), degrees(-180, -90, 180, 90, 36),
                                degrees(-180, -90, 180, 90, 4), degrees(0, -90, 360, 90, 7.5)}) {
    const std::vector<double> out = regrid(scratch.path("v.tif"), target, {});
    EXPECT_NEAR(integral(target, out), integral(source, v), 1e-8 * std::abs(integral(source, v)))
        << describe(target);
  }
}

TEST(Regrid, AConstantStaysAndALinearFieldIsMetByBilinear) {
  const Scratch scratch;
  std::vector<double> linear;
  for (int r = 0; r < 20; ++r) {
    for (int c = 0; c < 30; ++c) linear.push_back(3 * (c + 0.5) - 2 * (r + 0.5));
  }
  write_grid(scratch.path("l.tif"), degrees(0, 0, 30, 20, 1), {linear});
  const GeoGrid target = degrees(3, 4, 24, 16, 0.3);
  const std::vector<double> out = regrid(scratch.path("l.tif"), target, {.method = ResampleMethod::bilinear});
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double x = 3 + 0.3 * (static_cast<double>(i % 70) + 0.5);
    const double y = 16 - 0.3 * (static_cast<double>(i / 70) + 0.5);
    EXPECT_NEAR(out[i], 3 * x - 2 * (20 - y), 1e-9);
  }
  write_grid(scratch.path("c.tif"), degrees(0, 0, 30, 20, 1), {std::vector<double>(600, 7.25)});
  for (const ResampleMethod method :
       {ResampleMethod::conservative, ResampleMethod::bilinear, ResampleMethod::nearest}) {
    for (const double v : regrid(scratch.path("c.tif"), target, {.method = method}))
      EXPECT_DOUBLE_EQ(v, 7.25);
  }
}

TEST(Regrid, MissingCellsLeaveTheirWeightToTheOthersDownToTheMinimum) {
  const Scratch scratch;
  write_grid(scratch.path("v.tif"), degrees(0, 0, 4, 2, 1), {{1, kNaN, 5, 7, kNaN, kNaN, 5, 7}});
  const GeoGrid target = degrees(0, 0, 4, 2, 2);
  const auto out = regrid(scratch.path("v.tif"), target, {});
  EXPECT_TRUE(std::isnan(out[0]));  // a quarter has a value
  EXPECT_NEAR(out[1], 6, 1e-12);
  EXPECT_DOUBLE_EQ(regrid(scratch.path("v.tif"), target, {.min_coverage = 0.2})[0], 1);
}

TEST(Regrid, ResultsDoNotDependOnTheNumberOfThreads) {
  const Scratch scratch;
  write_grid(scratch.path("v.tif"), degrees(0, 0, 70, 50, 0.25), {peer_values(200, 280)});
  const GeoGrid target = degrees(1, 1, 69, 49, 1.6);
  core::set_thread_count(1);
  const auto one = regrid(scratch.path("v.tif"), target, {});
  core::set_thread_count(4);
  const auto four = regrid(scratch.path("v.tif"), target, {});
  core::set_thread_count(2);
  for (std::size_t i = 0; i < one.size(); ++i)
    EXPECT_TRUE(one[i] == four[i] || (std::isnan(one[i]) && std::isnan(four[i])));
}

TEST(Regrid, AcrossCoordinateSystemsAConstantStaysAndTheMeanIsKept) {
  const Scratch scratch;
  const GeoGrid utm = grid_from_bounds(500000, 5400000, 560000, 5450000, 1000, "EPSG:32632", false);
  std::vector<double> v;
  for (int r = 0; r < 50; ++r) {
    for (int c = 0; c < 60; ++c) v.push_back(c < 30 ? 2 : 10);
  }
  write_grid(scratch.path("utm.tif"), utm, {v});
  // The boundary between the two halves is the easting 530000, 9.41 degrees east near the middle.
  const auto out = regrid(scratch.path("utm.tif"), degrees(9.1, 48.8, 9.7, 49.1, 0.05), {});
  EXPECT_DOUBLE_EQ(out[0], 2);
  EXPECT_DOUBLE_EQ(out.back(), 10);
  double between = 0;
  for (const double x : out) between += x > 2 + 1e-9 && x < 10 - 1e-9 ? 1 : 0;
  EXPECT_EQ(between, 6);  // one cell in each row
}

TEST(Shares, OfClassesByHand) {
  const Scratch scratch;
  const std::vector<double> v = {1, 1, 2, 3, 1, 2, 2, 255, 5, 5, 5, 5, 5, 5, 5, 5};
  write_grid(scratch.path("c.tif"), degrees(0, -0.5, 4, 3.5, 1), {v}, io::RasterType::bytes, 255);
  const GridFile file(scratch.path("c.tif"), {});
  ASSERT_TRUE(file.is_bytes());
  const ClassShares out = class_shares(file, 0, degrees(0, -0.5, 4, 3.5, 2), {}, quiet());
  EXPECT_EQ(out.classes, (std::vector<int>{1, 2, 3, 5}));
  EXPECT_NEAR(out.shares[0][0], 0.75, 1e-3);
  EXPECT_NEAR(out.shares[1][1], 2.0 / 3, 1e-3);
  EXPECT_NEAR(out.covered[1], 0.75, 1e-3);
  EXPECT_FLOAT_EQ(out.shares[3][2], 1);
  EXPECT_EQ(majority(out), (std::vector<double>{1, 2, 5, 5}));
  const ClassShares some = class_shares(file, 0, degrees(0, -0.5, 4, 3.5, 2), {.classes = {9, 2}}, quiet());
  EXPECT_FLOAT_EQ(some.shares[0][0], 0);
  EXPECT_FLOAT_EQ(some.shares[1][1], out.shares[1][1]);
  ASSERT_EQ(some.said.size(), 1U);
  EXPECT_EQ(some.said[0], "class 9 is not met in the source");
}

// Cells of the new grid that lie beside a source in another coordinate system: to the west, south, east and north of it.
TEST(Shares, CellsBesideASourceInAnotherSystemHaveNone) {
  const Scratch scratch;
  const GeoGrid utm = grid_from_bounds(500000, 5400000, 560000, 5450000, 1000, "EPSG:32632", false);
  const std::vector<double> one(50 * 60, 4);
  write_grid(scratch.path("u.tif"), utm, {one}, io::RasterType::bytes, 255);
  const GeoGrid target = degrees(8, 48, 11, 50, 0.1);
  const ClassShares out = class_shares(GridFile(scratch.path("u.tif"), {}), 0, target, {}, quiet());
  ASSERT_EQ(out.classes, (std::vector<int>{4}));
  const std::vector<double> means = regrid(scratch.path("u.tif"), target, {});
  double inside = 0;
  for (std::size_t i = 0; i < means.size(); ++i) {
    EXPECT_EQ(std::isnan(out.shares[0][i]), std::isnan(means[i])) << i;
    if (std::isnan(means[i])) continue;
    EXPECT_FLOAT_EQ(out.shares[0][i], 1);
    inside += 1;
  }
  EXPECT_GT(inside, 30);
  EXPECT_LT(inside, 60);
}

// Shares of a class are the conservative means of its indicator, whatever the type of the file.
TEST(Shares, AreConservativeMeansOfIndicators) {
  const Scratch scratch;
  const GeoGrid grid = degrees(10, 30, 24, 40, 0.05);
  std::vector<double> classes;
  std::vector<double> indicator;
  for (int r = 0; r < 200; ++r) {
    for (int c = 0; c < 280; ++c) {
      classes.push_back((r / 7 * 3 + c / 11) % 5 * 10);
      indicator.push_back(classes.back() == 30 ? 1 : 0);
    }
  }
  write_grid(scratch.path("b.tif"), grid, {classes}, io::RasterType::bytes);
  write_grid(scratch.path("d.tif"), grid, {classes});
  write_grid(scratch.path("i.tif"), grid, {indicator});
  const GeoGrid target = degrees(9.5, 29.5, 24.5, 40.5, 5.5 / 8);
  GeoGrid even = target;
  even.transform[1] = 15.0 / even.width;
  const std::vector<double> means = regrid(scratch.path("i.tif"), even, {});
  for (const char* name : {"b.tif", "d.tif"}) {
    const ClassShares out = class_shares(GridFile(scratch.path(name), {}), 0, even, {}, quiet());
    ASSERT_EQ(out.classes, (std::vector<int>{0, 10, 20, 30, 40}));
    for (std::size_t i = 0; i < means.size(); ++i) {
      if (std::isnan(means[i])) {
        EXPECT_TRUE(std::isnan(out.shares[3][i]));
      } else {
        EXPECT_NEAR(out.shares[3][i], means[i], 1e-6);
      }
    }
  }
}

TEST(Cube, IsReadBackWithItsTimesUnitAndPlace) {
  const Scratch scratch;
  const GeoGrid grid = degrees(5, 50, 8, 52, 0.5);
  const std::vector<core::Seconds> times = {core::days_from_civil({2002, 4, 18}) * 86400,
                                            core::days_from_civil({2002, 5, 10}) * 86400};
  std::vector<double> v(24);
  write_cube(scratch.path("c.nc"),
             {grid, times, {{"gws", "mm", "groundwater storage"}, {"tws", "mm", ""}}, {}},
             [&](CubeWriter& cube) {
               for (std::size_t t = 0; t < 2; ++t) {
                 for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<double>(100 * t + i);
                 v[5] = kNaN;
                 cube.put(0, t, {0, 0, 6, 4}, v);
                 cube.put(1, t, {0, 0, 6, 4}, v);
               }
             });
  const GridStack stack({scratch.path("c.nc")}, {.variable = "gws", .to_unit = "m"});
  EXPECT_EQ(compare(stack.grid(), grid).relation, GridRelation::same);
  EXPECT_EQ(stack.times(), times);
  EXPECT_EQ(stack.unit(), "m");
  EXPECT_TRUE(stack.grid().geographic);
  EXPECT_TRUE(stack.said().empty());
  std::vector<double> back;
  stack.open(1).read(stack.band(1), {0, 0, 6, 4}, back);
  EXPECT_NEAR(back[7], 0.107, 1e-9);
  EXPECT_TRUE(std::isnan(back[5]));
}

TEST(GeoTiff, IsCloudOptimisedAndLeavesNoOtherFile) {
  const Scratch scratch;
  const GeoGrid grid = degrees(0, 0, 90, 70, 0.1);
  write_grid(scratch.path("v.tif"), grid, {std::vector<double>(grid.cells(), 1.5)});
  const GridFile file(scratch.path("v.tif"), {});
  EXPECT_EQ(file.block().columns, 512);
  EXPECT_EQ(file.text(-1, "LAYOUT"), "");  // it stands in the domain IMAGE_STRUCTURE
  std::ifstream bytes(scratch.path("v.tif"), std::ios::binary);
  std::string head(200, '\0');
  bytes.read(head.data(), 200);
  EXPECT_NE(head.find("LAYOUT=IFDS_BEFORE_DATA"), std::string::npos);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch.folder()), {}), 1);
}

}  // namespace
}  // namespace phreatic::data
