// SPDX-License-Identifier: BSD-3-Clause
// What is wrong with a downscaling study is named, each with a remedy or a sentence of what was done.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "phreatic/core/context.hpp"
#include "phreatic/data/grid/cube.hpp"
#include "phreatic/data/grid/grid_file.hpp"
#include "phreatic/studies/downscaling/checks/analysis.hpp"
#include "phreatic/studies/downscaling/checks/wells.hpp"
#include "phreatic/studies/downscaling/downscale.hpp"
#include "phreatic/studies/downscaling/models/models.hpp"
#include "phreatic/studies/downscaling/storage/releases.hpp"
#include "tests/studies/downscaling/region.hpp"

namespace phreatic::studies::downscaling {
namespace {

struct Case {
  const char* from;
  const char* to;
  const char* told;
};

class Refused : public testing::TestWithParam<Case> {};

TEST_P(Refused, IsNamed) {
  core::Log log(true);
  core::Context context{log, false};
  const Case& c = GetParam();
  try {
    const Settings s = read_settings(study(c.from, c.to));
    const Inputs in = read_inputs(s, context);
    const Storage storage = groundwater_storage(in, s.storage, s);
    const Downscaled result = downscale(in, storage, s.model, context);
    score_wells(s.wells, in, storage, result, 0);
    FAIL() << "nothing was told of " << c.to;
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string(error.what()).find(c.told), std::string::npos) << error.what();
  }
}

INSTANTIATE_TEST_SUITE_P(
    BadInput, Refused,
    testing::Values(Case{"coarse: 0.5, fine: 0.1", "coarse: 0.5, fine: 0.15", "do not nest"},
                    Case{"east: 77", "east: 77.2", "would stick out of the fine grid"},
                    Case{"west: 74, south: 36, east: 77", "west: 474, south: 36, east: 477",
                         "longitudes out of range"},
                    Case{"south: 36, east: 77, north: 38", "south: 38, east: 77, north: 36", "has no area"},
                    Case{"name: B, files: products/product_b.nc", "name: B, files: products/product_a.nc",
                         "same files and variable as another product"},
                    Case{"name: B, files", "name: A, files", "stands twice"},
                    Case{"product_a.nc}", "product_a.nc, unit: mm}", "unit"},
                    Case{"products/product_a.nc", "covariates/temperature.nc", "is no depth of water"},
                    Case{"products/product_a.nc", "covariates/elevation.nc", "has no times"},
                    Case{"products/product_a.nc", "products/nowhere.nc", "nowhere.nc"},
                    Case{"methods: [ols]", "methods: [old]", "Did you mean 'ols'"},
                    Case{"model:", "storage: {baseline_first: 1990, baseline_last: 1995}\nmodel:",
                         "the baseline 1990 to 1995 has 0 months"},
                    Case{"model:", "period: {start: 2010-06-01}\nmodel:", "months in common"},
                    Case{"west: 74, south: 36, east: 77, north: 38",
                         "west: 20, south: 36, east: 23, north: 38", "share no"},
                    Case{"analysis: {bootstrap: 100}", "analysis: {bootstrap: 100, seasonal: 8}", "is even"},
                    Case{"wells: {", "wells: {level: head, ", "column 'head'"},
                    Case{", places: wells/places.csv", "", "levels and places go together"}));

TEST(BadWells, ASpecificYieldAboveAHalfIsRefused) {
  core::Log log(true);
  core::Context context{log, false};
  std::string places = core::read_file(region_folder() / "wells/places.csv");
  const auto line = places.find('\n') + 1;
  places.replace(places.rfind(',', places.find('\n', line)) + 1, 5, "15.00");
  core::write_file_atomic(region_folder() / "wells/percent.csv", places);
  const Settings s = read_settings(study("wells/places.csv", "wells/percent.csv"));
  const Inputs in = read_inputs(s, context);
  const Storage storage = groundwater_storage(in, s.storage, s);
  try {
    score_wells(s.wells, in, storage, downscale(in, storage, s.model, context), 0);
    FAIL() << "a yield of 15 went through";
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string(error.what()).find("specific yield of 15"), std::string::npos) << error.what();
  }
}

bool said(const std::vector<std::string>& lines, const std::string& part) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

TEST(Handled, AProductThatRepeatsAnotherIsToldAndHasNoError) {
  core::Log log(true);
  core::Context context{log, false};
  std::filesystem::copy_file(region_folder() / "products/product_a.nc", region_folder() / "products/copy.nc",
                             std::filesystem::copy_options::overwrite_existing);
  const Settings s = read_settings(study("products/product_b.nc", "products/copy.nc"));
  const Storage storage = groundwater_storage(read_inputs(s, context), s.storage, s);
  EXPECT_TRUE(said(storage.warned, "repeat each other"));
  EXPECT_TRUE(std::isnan(storage.error[0]));
  EXPECT_NEAR(storage.weights[0][0], 1.0 / 3, 1e-12);
}

// Product B, all values times `factor`, as a file of its own.
void write_scaled_product(const std::string& name, double factor) {
  const data::GridFile from(region_folder() / "products/product_b.nc", {});
  std::vector<core::Seconds> times;
  for (int band = 0; band < from.bands(); ++band) times.push_back(from.time(band).value());
  const data::Window all{0, 0, from.grid().width, from.grid().height};
  data::write_cube(region_folder() / name, {from.grid(), times, {{"lwe_thickness", "cm", ""}}, {}},
                   [&](data::CubeWriter& w) {
                     for (std::size_t t = 0; t < times.size(); ++t) {
                       std::vector<double> values;
                       from.read(static_cast<int>(t), all, values);
                       for (double& v : values) v *= factor;
                       w.put(0, t, all, values);
                     }
                   });
}

TEST(Handled, AProductWhoseScaleFactorWasAppliedTwiceIsTold) {
  core::Log log(true);
  core::Context context{log, false};
  write_scaled_product("products/twice.nc", 2.5);
  const Settings s = read_settings(study("products/product_b.nc", "products/twice.nc"));
  const Storage storage = groundwater_storage(read_inputs(s, context), s.storage, s);
  EXPECT_TRUE(said(storage.warned, "product B: its anomalies are 2.5 times as large"));
  EXPECT_FALSE(said(storage.warned, "product A"));
  const Settings as_it_is = read_settings(study());
  EXPECT_FALSE(said(groundwater_storage(read_inputs(as_it_is, context), s.storage, as_it_is).warned,
                    "times as large"));
}

TEST(Depths, OfWaterThatNoProductHasAreRefusedWithTheUnitToLookAt) {
  core::Log log(true);
  core::Context context{log, false};
  for (const double factor : {1e-4, 1e4}) {  // m or um declared as cm
    write_scaled_product("products/odd.nc", factor);
    const Settings s = read_settings(study("products/product_b.nc", "products/odd.nc"));
    try {
      read_inputs(s, context);
      FAIL() << factor;
    } catch (const core::InputError& error) {
      EXPECT_NE(std::string(error.what()).find("2 mm to 20 m"), std::string::npos) << error.what();
    }
  }
}

TEST(Handled, APolygonOutsideTheRegionIsToldAndTheOthersAreRanked) {
  core::Log log(true);
  core::Context context{log, false};
  const auto square = [](const char* name, int west) {
    return fmt::format(
        R"({{"type":"Feature","properties":{{"name":"{0}"}},"geometry":{{"type":"Polygon","coordinates":[[[{1},36.2],[{2},36.2],[{2},37.2],[{1},37.2],[{1},36.2]]]}}}})",
        name, west, west + 1);
  };
  core::write_file_atomic(
      region_folder() / "zones_out.geojson",
      R"({"type":"FeatureCollection","features":[)" + square("far", 100) + "," + square("near", 75) + "]}");
  const Settings s = read_settings(study("zones.geojson", "zones_out.geojson"));
  const Inputs in = read_inputs(s, context);
  const Storage storage = groundwater_storage(in, s.storage, s);
  const Downscaled result = downscale(in, storage, s.model, context);
  const Analysis a = analyse(in, storage, result, s.analysis, s.zones, 0);
  ASSERT_EQ(a.zones.size(), 1U);
  EXPECT_EQ(a.zones[0].zone, "near");
  EXPECT_EQ(a.zone_order, (std::vector<std::string>{"far", "near"}));
  EXPECT_TRUE(said(a.said, "far"));
}

TEST(Releases, AreReadFromTheNamesOfFiles) {
  using Set = std::set<std::string>;
  EXPECT_EQ(releases_of({"CSR_GRACE_GRACE-FO_RL0603_Mascons_all-corrections.nc"}), (Set{"06.3"}));
  EXPECT_EQ(releases_of({"GRCTellus.JPL.200204_202311.GLO.RL06.3M.MSCNv04CRI.nc"}), (Set{"06.3"}));
  EXPECT_EQ(releases_of({"JPL_MSCNv01_RL05.nc", "jpl_rl06.200204.nc"}), (Set{"05", "06"}));
  EXPECT_EQ(releases_of({"product_a.nc", "EARL.nc"}), Set{});
}

TEST(Releases, MixedInOneProductAreRefusedAndBetweenProductsTold) {
  core::Log log(true);
  core::Context context{log, false};
  const auto copy = [](const std::string& from, const std::string& to) {
    std::filesystem::copy_file(region_folder() / from, region_folder() / to,
                               std::filesystem::copy_options::overwrite_existing);
  };
  copy("products/product_a.nc", "products/a_RL05.nc");
  copy("products/product_a.nc", "products/a_RL06.nc");
  copy("products/product_b.nc", "products/b_RL06.nc");
  try {
    read_inputs(read_settings(
                    study("files: products/product_a.nc", "files: [products/a_RL05.nc, products/a_RL06.nc]")),
                context);
    FAIL() << "two releases in one product went through";
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string(error.what()).find("files of the releases 05 and 06"), std::string::npos)
        << error.what();
  }
  StudyFile file = study("products/product_a.nc", "products/a_RL05.nc");
  std::string text = core::read_file(file.path);
  text.replace(text.find("products/product_b.nc"), 21, "products/b_RL06.nc");
  core::write_file_atomic(file.path, text);
  const Inputs in = read_inputs(read_settings(read_study(file.path, {})), context);
  EXPECT_TRUE(said(in.warned, "products are of the releases 05 and 06"));
}

TEST(BadTarget, StorageThatNeverChangesIsRefusedAsItIsAndAsAnomalies) {
  core::Log log(true);
  core::Context context{log, false};
  for (const char* more : {"", "anomalies: true, "}) {
    const Settings s = read_settings(study("methods: [ols]", std::string(more) + "methods: [ols]"));
    const Inputs in = read_inputs(s, context);
    Storage storage = groundwater_storage(in, s.storage, s);
    for (double& v : storage.groundwater) v = 0.1;
    try {
      downscale(in, storage, s.model, context);
      FAIL() << "a constant went through";
    } catch (const core::InputError& error) {
      EXPECT_NE(std::string(error.what()).find("the same in all months"), std::string::npos) << error.what();
    }
  }
}

// The levels of the region's wells, each made by `change`, in the file `name`; the header's last column is `column`.
void write_levels(const std::string& name, const std::string& column, double sign, double shift) {
  const std::string levels = core::read_file(region_folder() / "wells/levels.csv");
  std::string text = "well,date," + column + "\n";
  for (std::size_t at = levels.find('\n') + 1; at < levels.size();) {
    const std::size_t end = levels.find('\n', at), comma = levels.rfind(',', end);
    text += levels.substr(at, comma + 1 - at) +
            std::to_string(sign * std::stod(levels.substr(comma + 1, end - comma - 1)) + shift) + "\n";
    at = end + 1;
  }
  core::write_file_atomic(region_folder() / name, text);
}

TEST(Wells, ThatAreDepthsOrHaveNoDatumScoreAsTheirLevelsDo) {
  core::Log log(true);
  core::Context context{log, false};
  const Settings s = read_settings(study());
  const Inputs in = read_inputs(s, context);
  const Storage storage = groundwater_storage(in, s.storage, s);
  const Downscaled field = downscale(in, storage, s.model, context);
  const WellScores levels = score_wells(s.wells, in, storage, field, 0);
  ASSERT_FALSE(levels.wells.empty());
  write_levels("wells/depths.csv", "depth_to_water_m", -1, 2000);
  write_levels("wells/other_datum.csv", "level_m", 1, -1234.5);
  WellsInput depths = s.wells, other = s.wells;
  depths.levels = (region_folder() / "wells/depths.csv").string();
  depths.level = "depth_to_water_m";
  other.levels = (region_folder() / "wells/other_datum.csv").string();
  try {
    score_wells(depths, in, storage, field, 0);
    FAIL() << "depths went through as levels";
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string(error.what()).find("Set wells.depth: true"), std::string::npos) << error.what();
  }
  depths.depth = true;
  for (const WellsInput& input : {depths, other}) {
    const WellScores scores = score_wells(input, in, storage, field, 0);
    ASSERT_EQ(scores.wells.size(), levels.wells.size());
    for (std::size_t k = 0; k < scores.wells.size(); ++k) {
      EXPECT_NEAR(scores.wells[k].r_field, levels.wells[k].r_field, 1e-6);
      EXPECT_NEAR(scores.wells[k].rmse_field, levels.wells[k].rmse_field, 1e-3);
    }
  }
}

// The last level of the table, of one well, is what programs write for "no value".
TEST(Wells, ACodeForMissingAmongLevelsIsRefusedBeforeAnythingIsComputed) {
  core::Log log(true);
  core::Context context{log, false};
  const Settings s = read_settings(study());
  const Inputs in = read_inputs(s, context);
  write_levels("wells/coded.csv", "level_m", 1, 0);
  std::string text = core::read_file(region_folder() / "wells/coded.csv");
  text.replace(text.rfind(',') + 1, std::string::npos, "-9999\n");
  core::write_file_atomic(region_folder() / "wells/coded.csv", text);
  WellsInput coded = s.wells;
  coded.levels = (region_folder() / "wells/coded.csv").string();
  check_wells(s.wells, in);
  try {
    check_wells(coded, in);
    FAIL() << "-9999 went through";
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string(error.what()).find("is -9999 in 1 row"), std::string::npos) << error.what();
  }
}

TEST(Handled, TwoProductsHaveTheErrorsThatAreDeclared) {
  core::Log log(true);
  core::Context context{log, false};
  const Settings s = read_settings(study("  - {name: C, files: products/product_c.nc}\n", ""));
  EXPECT_TRUE(
      said(groundwater_storage(read_inputs(s, context), s.storage, s).warned, "not known: fewer than three"));
}

TEST(Handled, CovariatesThatAreTheSameEverywhereAreLeftOutAndTold) {
  core::Log log(true);
  core::Context context{log, false};
  const Cells cells = make_cells({74, 36, 77, 38, 0.5, 0.1, 0.5});
  const std::vector<double> flat(cells.fine.cells(), 7);
  data::write_cube(region_folder() / "flat.nc", {cells.fine, {}, {{"flat", "1", ""}}, {}},
                   [&](data::CubeWriter& w) {
                     w.put(0, 0, {0, 0, cells.fine.width, cells.fine.height}, flat);
                   });
  const Inputs in = read_inputs(read_settings(study("covariates/elevation.nc", "flat.nc")), context);
  EXPECT_TRUE(said(in.warned, "is 7 everywhere and always; left out"));
  EXPECT_EQ(in.covariates.size(), 2U);
}

}  // namespace
}  // namespace phreatic::studies::downscaling
