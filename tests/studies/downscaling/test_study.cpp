// SPDX-License-Identifier: BSD-3-Clause
// A whole study of a region whose groundwater is known.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "phreatic/core/context.hpp"
#include "phreatic/studies/downscaling/storage/storage.hpp"
#include "phreatic/studies/metrics_file.hpp"
#include "tests/studies/downscaling/region.hpp"

namespace phreatic::studies::downscaling {
namespace {

TEST(DownscalingStudy, RunsToItsReportAndKeepsTheMeansOfCoarseCells) {
  const auto out = region_folder() / "run";
  const StudyFile file = study();
  engine::run(graph_of(kind(), file), {.out = out, .quiet = true, .strict = true});
  for (const char* name : {"gwsa.nc", "coarse.nc", "uncertainty.tif", "trend.tif", "season.tif", "zones.csv",
                           "zones.gpkg", "covariate_value.csv", "drivers.csv", "wells.csv", "errors.csv",
                           "product_groups.csv", "metrics.csv", "importance.csv", "report.html"})
    EXPECT_TRUE(std::filesystem::exists(out / name)) << name;
  const auto summary = nlohmann::json::parse(core::read_file(out / "summary.json"));
  EXPECT_LT(summary["closure"]["largest_mm"].get<double>(), 1e-3);
  // The file itself, which holds single precision: means of its fine cells are the coarse file's.
  const Cells cells = make_cells({74, 36, 77, 38, 0.5, 0.1, 0.5});
  const auto fine = data::read_monthly_grids({out / "gwsa.nc"}, {.variable = "gwsa"});
  const auto coarse = data::read_monthly_grids({out / "coarse.nc"}, {.variable = "gwsa"});
  std::size_t compared = 0;
  for (std::size_t t = 0; t < fine.axis.size(); ++t) {
    std::vector<double> month;
    for (std::size_t i = 0; i < cells.fine.cells(); ++i)
      month.push_back(fine.values[i * fine.axis.size() + t]);
    const auto means = aggregate(cells, month, 0);
    for (std::size_t c = 0; c < means.size(); ++c) {
      if (std::isnan(means[c])) continue;
      EXPECT_NEAR(means[c], coarse.values[c * coarse.axis.size() + t], 1e-3);
      ++compared;
    }
  }
  EXPECT_GT(compared, 1500U);
  // Calibrated on other blocks, the 90 % band holds about that of the truth; the plain one is beside it.
  EXPECT_NEAR(summary["covered_90_calibrated"].get<double>(), 0.9, 0.05);
  EXPECT_GT(summary["band_factor"].get<double>(), 0);
  EXPECT_FALSE(std::isnan(summary["covered_90"].get<double>()));
  std::size_t bilinear = 0;
  for (const auto& row : read_metrics(out / "metrics.csv"))
    bilinear += row.model == "bilinear" && row.metric == "RMSE" ? 1 : 0;
  EXPECT_EQ(bilinear, 2U) << "the baseline stands in the table, by blocks and by years";
}

TEST(DownscalingStudy, ModelsCombinedStandBesideTheirParts) {
  const auto out = region_folder() / "run-combined";
  const StudyFile file = study("methods: [ols]", "methods: [ols, quadratic]");
  engine::run(graph_of(kind(), file), {.out = out, .until = "downscale", .quiet = true, .strict = true});
  const auto summary = nlohmann::json::parse(core::read_file(out / "summary.json"));
  double sum = 0;
  for (const auto& [name, weight] : summary["weights"].items()) {
    EXPECT_GE(weight.get<double>(), 0) << name;
    sum += weight.get<double>();
  }
  EXPECT_NEAR(sum, 1, 1e-12);
  std::map<std::string, double> rmse;
  for (const auto& row : read_metrics(out / "metrics.csv")) {
    if (row.entity == "coarse cells" && row.period == "blocks" && row.metric == "RMSE")
      rmse[row.model] = row.value;
  }
  ASSERT_EQ(rmse.size(), 3U);
  EXPECT_LT(rmse["combined"], std::max(rmse["ols"], rmse["quadratic"]));
  EXPECT_NE(core::read_file(out / "importance.csv").find("combined,"), std::string::npos);
}

TEST(DownscalingStudy, ErrorsOfTheProductsAreRankedAsTheyWereMade) {
  core::Log log(true);
  core::Context context{log, false};
  const Settings settings = read_settings(study());
  const Inputs inputs = read_inputs(settings, context);
  const Storage storage = groundwater_storage(inputs, settings.storage, settings);
  double sum[3] = {};
  for (const auto& hat : storage.hats) {
    for (std::size_t i = 0; i < 3; ++i) sum[i] += hat.sd[i] / static_cast<double>(storage.hats.size());
  }
  // The generator's errors: 4, 6 and 9 mm times a pattern of standard deviation 1.
  EXPECT_NEAR(sum[0], 4, 1.5);
  EXPECT_NEAR(sum[1], 6, 1.5);
  EXPECT_NEAR(sum[2], 9, 1.5);
}

// Months that no product has: 14, 33, 61 and 62 of the generator.
TEST(DownscalingStudy, MonthsWithoutProductAreFilledAndMasked) {
  core::Log log(true);
  core::Context context{log, false};
  const Settings settings = read_settings(study());
  const Storage storage = groundwater_storage(read_inputs(settings, context), settings.storage, settings);
  for (const std::size_t t : {14U, 33U, 61U, 62U}) EXPECT_EQ(storage.filled[t], 1) << t;
  EXPECT_EQ(storage.filled[15], 0);
}

}  // namespace
}  // namespace phreatic::studies::downscaling
