// SPDX-License-Identifier: BSD-3-Clause
// What is wrong with a downscaling study is named, each with a remedy or a sentence of what was done.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/context.hpp"
#include "phreatic/data/grid/cube.hpp"
#include "phreatic/studies/downscaling/checks/wells.hpp"
#include "phreatic/studies/downscaling/models/models.hpp"
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
  EXPECT_TRUE(said(storage.said, "repeat each other"));
  EXPECT_TRUE(std::isnan(storage.error[0]));
  EXPECT_NEAR(storage.weights[0][0], 1.0 / 3, 1e-12);
}

TEST(Handled, TwoProductsHaveTheErrorsThatAreDeclared) {
  core::Log log(true);
  core::Context context{log, false};
  const Settings s = read_settings(study("  - {name: C, files: products/product_c.nc}\n", ""));
  EXPECT_TRUE(
      said(groundwater_storage(read_inputs(s, context), s.storage, s).said, "not known: fewer than three"));
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
  EXPECT_TRUE(said(in.said, "is 7 everywhere and always; left out"));
  EXPECT_EQ(in.covariates.size(), 2U);
}

}  // namespace
}  // namespace phreatic::studies::downscaling
