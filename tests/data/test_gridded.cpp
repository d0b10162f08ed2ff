// SPDX-License-Identifier: BSD-3-Clause
// Gridded forcing and geography. Expected numbers: tests/reference/data/geodesics.py (pyproj) and
// make_grid_fixtures.cpp (GDAL's own slope).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "loading.hpp"
#include "phreatic/data/grid/slope.hpp"
#include "phreatic/data/gridded.hpp"
#include "phreatic/data/io/netcdf.hpp"

namespace phreatic::data {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
const std::string kFixtures = "tests/data/fixtures/";

TEST(Geography, GeodesicDistanceAgreesWithPyproj) {
  EXPECT_NEAR(geodesic_distance_m({8.5, 49.0}, {8.51, 49.02}), 2341.421855, 1e-3);
  EXPECT_NEAR(geodesic_distance_m({-72.3, 41.8}, {21.5, 66.4}), 5995567.441238, 1e-3);
  EXPECT_NEAR(geodesic_distance_m({179.9, -10}, {-179.8, 10}), 2211959.235181, 1e-3);
  EXPECT_NEAR(geodesic_distance_m({10, 0}, {11, 0}), 111319.490793, 1e-3);
  EXPECT_EQ(geodesic_distance_m({10, 5}, {10, 5}), 0);
  EXPECT_NEAR(geodesic_distance_m({0, 0}, {179.9, 0.1}), 20003931, 0.006 * 2e7);  // nearly antipodal
  EXPECT_TRUE(std::isnan(geodesic_distance_m({kNaN, 0}, {1, 1})));
}

TEST(Slope, AgreesWithGdal) {
  const std::vector<double> dem = {10, 40, 35, 80, 70, 15, 90, 60, 20, 10, 5,  30, 120,
                                   45, 25, 60, 10, 95, 33, 47, 12, 64, 28, 81, 55};
  const std::vector<double> expected = {1.701881, 1.08249, 1.165724,  2.291727, 0.1236346,
                                        2.177745, 1.44439, 0.9891877, 1.17658};
  const std::vector<double> slope = slope_degrees(dem, 5, 5, 1000, 1000);
  for (std::size_t r = 0; r < 5; ++r) {
    for (std::size_t c = 0; c < 5; ++c) {
      const bool inside = r > 0 && r < 4 && c > 0 && c < 4;
      EXPECT_EQ(std::isnan(slope[r * 5 + c]), !inside);
      if (inside) {
        EXPECT_NEAR(slope[r * 5 + c], expected[(r - 1) * 3 + c - 1],
                    1e-6 * expected[(r - 1) * 3 + c - 1] + 1e-6);
      }
    }
  }
  std::vector<double> plane(20);
  for (std::size_t i = 0; i < 20; ++i)
    plane[i] = 3.0 * static_cast<double>(i % 5) + 8.0 * static_cast<double>(i / 5);
  EXPECT_NEAR(slope_degrees(plane, 4, 5, 10, 20)[6], std::atan(std::hypot(0.3, 0.4)) * 180 / 3.14159265358979,
              1e-12);
}

TEST(GridWeights, SumToOneAndReproduceLinearFields) {
  for (const double column : {0.2, 3.5, 4.9, 7.7}) {
    for (const double row : {0.1, 2.5, 5.8}) {
      for (const GridMethod method :
           {GridMethod::nearest, GridMethod::bilinear, GridMethod::inverse_distance}) {
        double sum = 0;
        double field = 0;
        for (const CellWeight& w : point_weights(column, row, 8, 6, method, 4, 1.5)) {
          sum += w.weight;
          field += w.weight * ((w.column + 0.5) + 10 * (w.row + 0.5));
        }
        EXPECT_NEAR(sum, 1, 1e-12);
        const bool interior = column > 0.5 && column < 7.5 && row > 0.5 && row < 5.5;
        if (method == GridMethod::bilinear && interior) {
          EXPECT_NEAR(field, column + 10 * row, 1e-12);
        }
      }
    }
  }
  EXPECT_TRUE(point_weights(-0.1, 2, 8, 6, GridMethod::nearest, 4, 1).empty());
  EXPECT_TRUE(point_weights(8, 2, 8, 6, GridMethod::bilinear, 4, 1).empty());
  const auto at_centre = point_weights(2.5, 3.5, 8, 6, GridMethod::inverse_distance, 4, 1);
  ASSERT_EQ(at_centre.size(), 1U);
  EXPECT_EQ(at_centre[0].column, 2);
}

TEST(GridWeights, InverseDistanceByHand) {
  double weight_of_home = 0;
  for (const CellWeight& w : point_weights(2.75, 3.5, 8, 6, GridMethod::inverse_distance, 2, 1)) {
    if (w.column == 2) weight_of_home = w.weight;
  }
  EXPECT_NEAR(weight_of_home, (1 / 0.0625) / (1 / 0.0625 + 1 / 0.5625), 1e-12);
}

// 502500 E 5397500 N in UTM zone 32 is the centre of the cell in column 2, row 2.
const Place kUtmCell = {9.033996812461071, 48.73051793663773, kNaN};

TEST(Gridded, ProjectedGeoTiff) {
  core::Problems problems;
  GridExtraction how;
  const std::vector<std::string> wells = {"A"};
  for (const GridMethod method : {GridMethod::nearest, GridMethod::bilinear, GridMethod::inverse_distance}) {
    how.method = method;
    const GridSeries s = extract_grids({kFixtures + "utm_20010203.tif"}, how, wells, {kUtmCell}, problems);
    ASSERT_TRUE(problems.empty()) << all_text(problems);
    ASSERT_EQ(s.times.size(), 1U);
    EXPECT_EQ(core::format_date(s.times[0]), "2001-02-03");
    EXPECT_NEAR(s.values[0][0], 22, 1e-6);
  }
}

TEST(Gridded, PolygonMeanFromGeoJson) {
  const Scratch scratch;
  // A square around the centre of the same cell, well inside it, and one of another well far away.
  const auto square = [](double x, double y) {
    return fmt::format("[[[{0},{2}],[{1},{2}],[{1},{3}],[{0},{3}],[{0},{2}]]]", x - 0.004, x + 0.004,
                       y - 0.002, y + 0.002);
  };
  scratch.write("p.geojson", fmt::format(R"({{"type":"FeatureCollection","features":[
    {{"type":"Feature","properties":{{"name":"B"}},"geometry":{{"type":"Polygon","coordinates":{}}}}},
    {{"type":"Feature","properties":{{"name":"A"}},"geometry":{{"type":"Polygon","coordinates":{}}}}}]}})",
                                         square(20, 10), square(kUtmCell.longitude, kUtmCell.latitude)));
  GridExtraction how;
  how.method = GridMethod::polygon_mean;
  how.polygons = scratch.path("p.geojson");
  how.polygon_id = "name";
  core::Problems problems;
  const GridSeries s = extract_grids({kFixtures + "utm_20010203.tif"}, how, {"A"}, {kUtmCell}, problems);
  ASSERT_TRUE(problems.empty()) << all_text(problems);
  EXPECT_NEAR(s.values[0][0], 22, 1e-6);
  extract_grids({kFixtures + "utm_20010203.tif"}, how, {"B", "C"}, {kUtmCell, kUtmCell}, problems);
  expect_has(all_text(problems), "well B: its polygon lies outside the grid");
  expect_has(all_text(problems), "well C: there is no polygon with this name");
}

TEST(Gridded, Grib) {
  core::Problems problems;
  const GridSeries s = extract_grids({kFixtures + "hourly.grb2"}, {}, {"A"}, {{5.75, 49.25, kNaN}}, problems);
  ASSERT_TRUE(problems.empty()) << all_text(problems);
  ASSERT_EQ(s.times.size(), 2U);
  EXPECT_EQ(core::format_datetime(s.times[0]), "2001-02-03T00:00:00");
  EXPECT_EQ(core::format_datetime(s.times[1]), "2001-02-03T03:00:00");
  EXPECT_NEAR(s.values[0][0], 105, 0.01);
  EXPECT_NEAR(s.values[0][1], 205, 0.01);
}

// Three-hourly rates on a 0.1 degree grid, as forcing products come; value = hours since the start + 100
// column.
void write_forcing(const std::string& path, int days) {
  io::NcSchema schema;
  schema.dimensions = {{"time", static_cast<std::size_t>(days) * 8}, {"lat", 4}, {"lon", 5}};
  schema.variables = {
      {.name = "time",
       .type = io::NcType::float64,
       .dimensions = {"time"},
       .units = "hours since 1900-01-01 00:00:0.0"},
      {.name = "lat", .type = io::NcType::float64, .dimensions = {"lat"}, .units = "degrees_north"},
      {.name = "lon", .type = io::NcType::float64, .dimensions = {"lon"}, .units = "degrees_east"},
      {.name = "prec",
       .type = io::NcType::float32,
       .dimensions = {"time", "lat", "lon"},
       .units = "mm h-1",
       .fill = true}};
  io::write_netcdf(path, schema, [&](io::NcWriter& w) {
    const double origin =
        static_cast<double>(core::days_from_civil({2001, 1, 1}) - core::days_from_civil({1900, 1, 1})) * 24;
    std::vector<double> time;
    std::vector<float> prec;
    for (int t = 0; t < days * 8; ++t) {
      time.push_back(origin + 3 * t);
      for (int i = 0; i < 20; ++i) prec.push_back(static_cast<float>(3 * t + 100 * (i % 5)));
    }
    w.put("time", std::span<const double>(time));
    w.put("lat", std::span<const double>(std::vector<double>{38.05, 38.15, 38.25, 38.35}));
    w.put("lon", std::span<const double>(std::vector<double>{100.05, 100.15, 100.25, 100.35, 100.45}));
    w.put("prec", std::span<const float>(prec));
  });
}

TEST(Gridded, ThreeHourlyNetCdfBecomesDailySums) {
  const Scratch scratch;
  write_forcing(scratch.path("prec_a.nc"), 100);
  std::string heads = "date,head\n";
  for (int d = 0; d < 100; ++d)
    heads +=
        fmt::format("{},{}\n", core::format_date((core::days_from_civil({2001, 1, 1}) + d) * 86400), d % 9);
  scratch.write("gw/A.csv", heads);
  scratch.write("gw/B.csv", heads);
  scratch.write("p.csv", "id,lon,lat\nA,100.15,38.15\nB,100.2,38.2\n");
  const std::string study =
      "targets: {files: 'gw/{id}.csv'}\nplaces: {file: p.csv}\n"
      "grids: {files: 'prec_*.nc', variable: prec, method: bilinear, name: precipitation, unit: mm/h}\n";
  const Loaded loaded = load_text(study, scratch.folder());
  ASSERT_EQ(loaded.problems, "");
  const Panel& p = loaded.data.panel;
  EXPECT_EQ(p.variables[1].unit, "mm/d");
  const double hours = 3 * (8 + 9 + 10 + 11 + 12 + 13 + 14 + 15);  // of the second day, mm/h
  EXPECT_NEAR(p.series(0, 1)[1], 3 * (hours + 8 * 100), 1e-6);     // times three hours
  EXPECT_NEAR(p.series(1, 1)[1], 3 * (hours + 8 * 150), 1e-6);
  EXPECT_EQ(loaded.data.files.size(), 4U);
  scratch.write("p.csv", "id,lon,lat\nA,38.15,100.15\nB,100.2,38.2\n");
  scratch.write("p.csv", "id,lon,lat\nA,10.15,38.15\nB,100.2,38.2\n");
  const std::string outside = load_text(study, scratch.folder()).problems;
  expect_has(outside, "well A: its place (10.15, 38.15) lies outside the grid");
  EXPECT_EQ(outside.find("no source gives"), std::string::npos);
}

TEST(Gridded, BadGrids) {
  const Scratch scratch;
  write_forcing(scratch.path("a.nc"), 2);
  const auto text_of = [&](const std::vector<std::filesystem::path>& files, const GridExtraction& how) {
    core::Problems problems;
    extract_grids(files, how, {"A"}, {{100.15, 38.15, kNaN}}, problems);
    return all_text(problems);
  };
  GridExtraction how;
  how.variable = "rain";
  EXPECT_NE(text_of({scratch.path("a.nc")}, how), "");
  expect_has(text_of({scratch.write("x.tif", "no grid")}, {}), "x.tif: cannot be opened as a grid");
  expect_has(text_of({scratch.write("x.tif", "no grid")}, {}), "does not begin as a TIFF");
  expect_has(text_of({scratch.write("empty.tif", "")}, {}), "empty.tif: the file is empty");
  expect_has(text_of({scratch.write("cut.tif", std::string("II*\0", 4) + "\x10")}, {}),
             "cut.tif: it begins as a TIFF file (5 bytes) and is truncated or damaged");
  expect_has(text_of({scratch.path("none.tif")}, {}), "none.tif: there is no such file");
  std::filesystem::copy_file(kFixtures + "utm_20010203.tif", scratch.folder() / "utm.tif");
  core::Problems problems;
  extract_grids({scratch.path("utm.tif")}, {}, {"A"}, {kUtmCell}, problems);
  expect_has(all_text(problems), "the time of band 1 is neither in the file nor, as yyyymmdd, in its name");
  extract_grids({kFixtures + "utm_20010203.tif", kFixtures + "hourly.grb2"}, {}, {"A"}, {kUtmCell}, problems);
  expect_has(all_text(problems), "its cells are not those of the first file of the stack");
  EXPECT_THROW(list_files(scratch.path("q*.nc")), core::InputError);
  EXPECT_EQ(list_files(scratch.path("u*.tif")).size(), 1U);
}

// Hourly values as ERA5-Land has them: 0.2 mm in each hour from 6 to 18, accumulated since 00 UTC.
GridSeries land_rain(int days, bool accumulated) {
  GridSeries series;
  series.values.resize(1);
  for (int h = 1; h <= 24 * days; ++h) {
    series.times.push_back(core::days_from_civil({2014, 1, 1}) * 86400 + h * 3600);
    const int hour = (h - 1) % 24 + 1;
    const bool wet = hour > 6 && hour <= 18 && (h - 1) / 24 % 2 == 0;
    const double so_far = 0.2 * std::clamp(hour - 6, 0, 12) * ((h - 1) / 24 % 2 == 0 ? 1 : 0);
    series.values[0].push_back(accumulated ? so_far : (wet ? 0.2 : 0.0));
  }
  return series;
}

TEST(Gridded, ValuesThatAccumulateSinceMidnightBecomeHourlyAmounts) {
  GridSeries series = land_rain(10, true);
  const GridSeries hourly = land_rain(10, false);
  EXPECT_TRUE(accumulates(series.times, series.values));
  EXPECT_FALSE(accumulates(hourly.times, hourly.values));
  GridSeries rising = hourly;  // a sum that never starts anew
  for (std::size_t t = 0; t < rising.times.size(); ++t) rising.values[0][t] = static_cast<double>(t);
  EXPECT_FALSE(accumulates(rising.times, rising.values));
  take_differences(series);
  for (std::size_t t = 0; t < series.times.size(); ++t)
    EXPECT_NEAR(series.values[0][t], hourly.values[0][t], 1e-12);
  EXPECT_EQ(core::format_datetime(series.times[0]), "2014-01-01T00:00:00");  // the start of its hour
}

TEST(Gridded, Era5LandAsDownloadedGivesTheDaysTotals) {
  const auto folder = expand_path("${PHREATIC_SHARED_DATA}/cases/wells/K22_era5_valid_time", ".");
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no real data at " << folder.string();
  core::Problems problems;
  GridExtraction how;
  how.variable = "tp";
  const GridSeries s = extract_grids({folder / "era.nc"}, how, {"A"}, {{4.3, 51.8, kNaN}}, problems);
  ASSERT_TRUE(problems.empty()) << all_text(problems);
  double day_two = 0;
  for (std::size_t t = 0; t < s.times.size(); ++t) {
    if (core::format_date(s.times[t]) == "2014-01-02") day_two += s.values[0][t];
  }
  EXPECT_NEAR(day_two, 0.0057, 1e-6);  // what 00 UTC of the day after says
  ASSERT_EQ(s.warnings.size(), 1U);
  expect_has(s.warnings.back(), "the values accumulate since 00 UTC of each day");
  how.accumulation = Accumulation::none;
  EXPECT_TRUE(extract_grids({folder / "era.nc"}, how, {"A"}, {{4.3, 51.8, kNaN}}, problems).warnings.empty());
}

TEST(Gridded, RealMonthlyRainfall) {
  const auto file =
      expand_path("${PHREATIC_SHARED_DATA}/grace/bangladesh_025deg/PR_AET_M_2002_2017_BGD_025.nc4", ".");
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no real data at " << file.string();
  GridExtraction how;
  how.variable = "pr";
  core::Problems problems;
  const GridSeries s = extract_grids({file}, how, {"A"}, {{90.1, 24.1, kNaN}}, problems);
  ASSERT_TRUE(problems.empty()) << all_text(problems);
  ASSERT_EQ(s.times.size(), 182U);
  EXPECT_EQ(core::format_date(s.times.front()), "2002-04-01");
  EXPECT_EQ(core::format_date(s.times.back()), "2017-05-01");
}

}  // namespace
}  // namespace phreatic::data
