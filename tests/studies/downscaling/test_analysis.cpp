// SPDX-License-Identifier: BSD-3-Clause
// Trends of zones: standard errors of mean slopes whose cells depend on each other.
#include <gtest/gtest.h>

#include <cmath>

#include "phreatic/core/random.hpp"
#include "phreatic/stats/special.hpp"
#include "phreatic/studies/downscaling/checks/analysis.hpp"
#include "tests/studies/downscaling/region.hpp"

namespace phreatic::studies::downscaling {
namespace {

// 200 cells, 15 years, slopes of 3 mm a year, noise of 10 mm: the same in all cells of a group of so many in a row.
Analysis of_groups(std::size_t size) {
  Inputs in;
  in.cells = make_cells({74, 36, 76, 37, 0.5, 0.1, 0.5});
  in.axis = core::TimeAxis(0, {core::StepUnit::month, 1}, 180);
  Storage storage;
  storage.filled.assign(in.cells.coarse.cells() * 180, 0);
  Downscaled result;
  for (std::size_t i = 0; i < in.cells.fine.cells(); ++i) {
    core::RandomStream random(3, "noise", i / size);
    for (int t = 0; t < 180; ++t) result.field.push_back(0.25 * t + 10 * random.normal());
  }
  const auto zone = region_folder() / "whole.geojson";
  core::write_file_atomic(
      zone,
      R"({"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"all"},"geometry":{"type":"Polygon","coordinates":[[[74,36],[76,36],[76,37],[74,37],[74,36]]]}}]})");
  ZonesInput zones;
  zones.file = zone.string();
  zones.id = "name";
  return analyse(in, storage, result, {}, zones, 1);
}

double error_of_cells(const Analysis& a) {
  double sum = 0;
  for (std::size_t i = 0; i < a.trends.slope.size(); ++i)
    sum += (a.trends.upper[i] - a.trends.lower[i]) / static_cast<double>(a.trends.slope.size());
  return sum / (2 * stats::normal_quantile(0.5 * (1 + AnalysisParams{}.level)));
}

TEST(Zones, OfCopiesOfOneCellHaveItsStandardErrorAndIndependentCellsAPartOfIt) {
  const Analysis copies = of_groups(200), tens = of_groups(10), alone = of_groups(1);
  ASSERT_EQ(copies.zones.size(), 1U);
  EXPECT_NEAR(copies.zones[0].mean, 3, 0.5);
  EXPECT_NEAR(copies.zones[0].standard_error, error_of_cells(copies), 1e-9);
  EXPECT_NEAR(tens.zones[0].standard_error, error_of_cells(tens) / std::sqrt(20), 0.1 * error_of_cells(tens));
  EXPECT_NEAR(alone.zones[0].standard_error, error_of_cells(alone) / std::sqrt(200),
              0.03 * error_of_cells(alone));
}

}  // namespace
}  // namespace phreatic::studies::downscaling
