// SPDX-License-Identifier: BSD-3-Clause
// Learning on the products' footprints, anomalies of covariates, classes of cells, sensors merged.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "phreatic/core/context.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/data/grid/cube.hpp"
#include "phreatic/data/grid/wetness.hpp"
#include "phreatic/studies/downscaling/downscale.hpp"
#include "phreatic/studies/downscaling/storage/footprint.hpp"
#include "phreatic/studies/downscaling/storage/sensors.hpp"
#include "tests/studies/downscaling/region.hpp"

namespace phreatic::studies::downscaling {
namespace {

core::Context& quiet() {
  static core::Log log(true);
  static core::Context context{log, false};
  return context;
}

struct Read {
  Settings settings;
  Inputs inputs;
  Storage storage;
};

Read read(const std::string& from = "", const std::string& to = "") {
  Read out;
  out.settings = read_settings(study(from, to));
  out.inputs = read_inputs(out.settings, quiet());
  out.storage = groundwater_storage(out.inputs, out.settings.storage, out.settings);
  return out;
}

TEST(Footprints, AreMeansOfTheirCoarseCellsByArea) {
  const Read r = read();
  const Footprints wide = at_footprint(r.inputs, r.storage, 1);
  ASSERT_EQ(wide.inputs.cells.coarse.cells(), 6U);
  const std::size_t n = r.inputs.months();
  // The first footprint holds coarse cells 0, 1 (northern row) and 6, 7.
  const auto rows = data::row_areas(r.inputs.cells.coarse);
  const double north = rows[0], south = rows[1];
  const auto& g = r.storage.groundwater;
  EXPECT_NEAR(wide.storage.groundwater[3],
              (north * (g[3] + g[n + 3]) + south * (g[6 * n + 3] + g[7 * n + 3])) / (2 * (north + south)),
              1e-3);
}

TEST(Footprints, StorageIsConservedOnThemExactly) {
  Read r = read("model: {", "model: {scale: footprint, mascon_deg: 1, anomalies: true, ");
  const Downscaled d = downscale(r.inputs, r.storage, r.settings.model, quiet());
  EXPECT_LT(d.closure.largest, 1e-9);
  EXPECT_GT(d.closure.cells, 0U);
  EXPECT_GT(d.closure_coarse.largest, 1e-3);  // not enforced there
  EXPECT_TRUE(std::any_of(d.fine.begin(), d.fine.end(),
                          [](const FineScore& s) { return s.model == "bilinear of coarse cells"; }));
}

TEST(Footprints, ThatDoNotFillTheRegionAreRefused) {
  Read r = read("model: {", "model: {scale: footprint, ");
  try {
    downscale(r.inputs, r.storage, r.settings.model, quiet());
    FAIL() << "footprints of 3 degrees in a region from 74";
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string(error.what()).find("do not fill the region"), std::string::npos) << error.what();
  }
}

TEST(Anomalies, HaveMeanZeroInEveryCellAndLeaveLayersAlone) {
  Read r = read();
  const std::vector<float> elevation = r.inputs.covariates.back().fine;
  take_anomalies(r.inputs);
  const Covariate& rain = r.inputs.covariates.front();
  const std::size_t n = r.inputs.months();
  for (std::size_t c = 0; c < r.inputs.cells.fine.cells(); c += 37) {
    double sum = 0;
    for (std::size_t t = 0; t < n; ++t) sum += rain.fine[c * n + t];
    EXPECT_NEAR(sum / static_cast<double>(n), 0, 1e-3);
  }
  EXPECT_EQ(r.inputs.covariates.back().fine, elevation);
}

TEST(Areas, AreScoredEachByItselfAndTogetherMakeTheWhole) {
  const Read r = read("model:", "areas:\n  - {name: pumped, files: truth/pumped.nc}\nmodel:");
  const Downscaled d = downscale(r.inputs, r.storage, r.settings.model, quiet());
  double squares[2] = {0, 0}, values[2] = {0, 0};
  for (const FineScore& s : d.fine) {
    if (s.model != "ols" || s.scheme != "blocks") continue;
    squares[s.area < 0 ? 0 : 1] += s.rmse * s.rmse * static_cast<double>(s.values);
    values[s.area < 0 ? 0 : 1] += static_cast<double>(s.values);
  }
  EXPECT_GT(values[0], 0);
  EXPECT_EQ(values[0], values[1]);
  EXPECT_NEAR(squares[0] / squares[1], 1, 1e-9);
  EXPECT_FALSE(d.covered_of_area.empty());
}

TEST(Areas, ThatAreNoClassesAreRefused) {
  try {
    read("model:", "areas:\n  - {name: height, files: covariates/elevation.nc}\nmodel:");
    FAIL() << "an elevation is no class";
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string(error.what()).find("no class of a fine cell"), std::string::npos) << error.what();
  }
}

TEST(Ssvaer, IsAModelOfTheStudyBesideTheOthersAndInTheirCombination) {
  const Read r = read("methods: [ols]", "methods: [ols, ssvaer]");
  const Downscaled d = downscale(r.inputs, r.storage, r.settings.model, quiet());
  EXPECT_TRUE(std::any_of(d.coarse.begin(), d.coarse.end(),
                          [](const CoarseScore& s) { return s.model == "ssvaer" && s.scheme == "blocks"; }));
  ASSERT_EQ(d.weights.size(), 2U);
  EXPECT_EQ(d.weights[1].first, "ssvaer");
  EXPECT_NEAR(d.weights[0].second + d.weights[1].second, 1, 1e-9);
}

data::MonthlyValues series(core::CivilDate first, std::size_t months, double (*value)(std::size_t)) {
  data::MonthlyValues out;
  out.axis =
      core::TimeAxis(core::days_from_civil(first) * core::kSecondsPerDay, {core::StepUnit::month, 1}, months);
  out.unit = "1";
  for (std::size_t t = 0; t < months; ++t) out.values.push_back(value(t));
  return out;
}

TEST(Terrain, SlopeAndWetnessOfTheElevationsAreCovariatesOfTheirOwn) {
  const Read r = read("covariates/elevation.nc}", "covariates/elevation.nc, terrain: [slope, wetness]}");
  const auto find = [&](const std::string& name) -> const Covariate& {
    return *std::find_if(r.inputs.covariates.begin(), r.inputs.covariates.end(),
                         [&](const Covariate& c) { return c.name == name; });
  };
  const Covariate &dem = find("elevation"), &slope = find("slope of elevation"),
                  &wetness = find("wetness of elevation");
  // Cells of the map are the fine ones, so that values are those of the functions themselves.
  const std::vector<double> elevation(dem.fine.begin(), dem.fine.end());
  const auto index = data::wetness_index(elevation, r.inputs.cells.fine);
  std::size_t known = 0;
  for (std::size_t i = 0; i < elevation.size(); ++i) {
    EXPECT_EQ(std::isnan(wetness.fine[i]), std::isnan(index[i])) << i;
    EXPECT_EQ(std::isnan(slope.fine[i]), std::isnan(index[i])) << i;
    if (std::isnan(index[i])) continue;
    ++known;
    EXPECT_NEAR(wetness.fine[i], index[i], 2e-3);
    EXPECT_GE(slope.fine[i], 0);
  }
  EXPECT_EQ(known, 28U * 18U) << "all but the edge";
  const auto told =
      std::count_if(r.inputs.warned.begin(), r.inputs.warned.end(), [](const std::string& line) {
        return line.find("of elevation: 96 of 600 fine cells have none") != std::string::npos;
      });
  EXPECT_EQ(told, 2) << "the edge is told, of slope and of wetness";
}

TEST(Terrain, OfAMapWithoutElevationsOrTooSmallForASlopeIsRefused) {
  const auto refused = [](int width, double value) -> std::string {
    const data::GeoGrid grid = data::grid_from_bounds(74, 36, 74 + 0.1 * width, 36.2, 0.1, "EPSG:4326", true);
    data::write_cube(region_folder() / "covariates/empty.nc", {grid, {}, {{"elevation", "m", ""}}, {}},
                     [&](data::CubeWriter& w) {
                       w.put(0, 0, {0, 0, grid.width, grid.height}, std::vector<double>(grid.cells(), value));
                     });
    try {
      read("covariates/elevation.nc}", "covariates/empty.nc, terrain: [slope]}");
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "not refused";
  };
  EXPECT_NE(refused(30, std::nan("")).find("no cell of the map of elevations has a value"),
            std::string::npos);
  EXPECT_NE(refused(30, 800.0).find("fewer than 3 rows or columns"), std::string::npos);
}

TEST(Terrain, OfALayerThatChangesIsRefused) {
  EXPECT_THROW(read("precipitation.nc, sums: [3]}", "precipitation.nc, terrain: [slope]}"), core::InputError);
}

TEST(Worth, AnOptionalCovariateThatKnowsThePumpingTakesErrorOffWherePumpingIs) {
  Read r = read("elevation, files: covariates/elevation.nc}",
                "extraction, files: covariates/extraction.nc, optional: true}");
  const Downscaled d = downscale(r.inputs, r.storage, r.settings.model, quiet());
  std::set<std::string> cells;
  for (const CovariateValue& v : d.values) {
    EXPECT_EQ(v.covariate, "extraction");
    EXPECT_EQ(v.model, "ols") << "baselines have no covariates";
    cells.insert(v.cells);
  }
  EXPECT_EQ(cells, (std::set<std::string>{"coarse", "fine"}));
  // The error without it is that of a study which never had it.
  const Read never = read("  - {name: elevation, files: covariates/elevation.nc}\n", "");
  const Downscaled without = downscale(never.inputs, never.storage, never.settings.model, quiet());
  const auto rmse = [](const Downscaled& of, const std::string& scheme) {
    return std::find_if(of.coarse.begin(), of.coarse.end(),
                        [&](const CoarseScore& s) { return s.scheme == scheme; })
        ->rmse;
  };
  for (const CovariateValue& v : d.values) {
    if (v.cells != "coarse") continue;
    EXPECT_DOUBLE_EQ(v.with, rmse(d, v.scheme));
    EXPECT_DOUBLE_EQ(v.without, rmse(without, v.scheme));
    EXPECT_LT(v.with, v.without) << v.scheme;
  }
}

TEST(Between, AYearlyLayerHoldsOrIsLinearBetweenItsYears) {
  const Cells cells = make_cells({74, 36, 77, 38, 0.5, 0.1, 0.5});
  std::vector<core::Seconds> times;
  for (int year = 2003; year <= 2011; ++year)
    times.push_back(core::days_from_civil({year, 7, 1}) * core::kSecondsPerDay);
  data::write_cube(region_folder() / "yearly.nc", {cells.fine, times, {{"crops", "1", ""}}, {}},
                   [&](data::CubeWriter& w) {
                     for (std::size_t t = 0; t < times.size(); ++t)
                       w.put(0, t, {0, 0, cells.fine.width, cells.fine.height},
                             std::vector<double>(cells.fine.cells(), 10.0 * static_cast<double>(t)));
                   });
  const auto values = [&](const std::string& between) {
    const Read r =
        read("elevation, files: covariates/elevation.nc}", "crops, files: yearly.nc" + between + "}");
    return r.inputs.covariates.back().fine;
  };
  // January 2004 stands first; the layer of 2003 is 0, that of 2004 is 10.
  const auto hold = values(", between: hold"), linear = values(", between: interpolate");
  EXPECT_EQ(hold[0], 0);
  EXPECT_EQ(hold[6], 10) << "July 2004";
  EXPECT_EQ(hold[11], 10);
  EXPECT_EQ(hold[95], 80) << "after the last layer";
  EXPECT_NEAR(linear[0], 5, 1e-5);
  EXPECT_NEAR(linear[6], 10, 1e-5);
  EXPECT_NEAR(linear[9], 12.5, 1e-5);
  EXPECT_TRUE(std::isnan(linear[95]));
  const auto none = values("");
  EXPECT_TRUE(std::isnan(none[0]));
  EXPECT_EQ(none[6], 10);
}

TEST(Sensors, TheBiasOfTheOverlapIsTakenOffAndCommonMonthsAreWeighted) {
  core::Problems problems;
  const auto first = series({2000, 1, 1}, 36, [](std::size_t t) { return static_cast<double>(t); });
  const auto second = series({2002, 1, 1}, 24, [](std::size_t t) {
    return 24.0 + static_cast<double>(t) + 5 + (t % 2 == 0 ? 1 : -1);
  });
  const auto merged = merge_sensors({{first, 3}, {second, 1}}, "ndvi", "ndvi.nc", problems);
  problems.throw_if_any();
  ASSERT_EQ(merged.values.size(), 48U);
  EXPECT_NEAR(merged.values[10], 10, 1e-12);
  EXPECT_NEAR(merged.values[24], 24 + 0.25, 1e-12);  // 3/4 of 24, 1/4 of 25
  EXPECT_NEAR(merged.values[47], 47 - 1, 1e-12);     // the second alone, its mean bias of 5 taken off
  ASSERT_EQ(merged.said.size(), 1U);
  EXPECT_NE(merged.said[0].find("mean bias of 5"), std::string::npos) << merged.said[0];
}

TEST(Sensors, WithoutTwelveCommonMonthsOrInAnotherUnitAreRefused) {
  core::Problems problems;
  const auto first = series({2000, 1, 1}, 24, [](std::size_t) { return 1.0; });
  auto second = series({2001, 6, 1}, 24, [](std::size_t) { return 2.0; });
  merge_sensors({{first, 1}, {second, 1}}, "ndvi", "ndvi.nc", problems);
  ASSERT_EQ(problems.size(), 1U);
  second.unit = "percent";
  merge_sensors({{first, 1}, {second, 1}}, "ndvi", "ndvi.nc", problems);
  ASSERT_EQ(problems.size(), 2U);
}

}  // namespace
}  // namespace phreatic::studies::downscaling
