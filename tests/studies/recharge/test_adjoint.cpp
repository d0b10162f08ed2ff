// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "phreatic/studies/recharge/scenarios/adjoint.hpp"
#include "phreatic/studies/recharge/scenarios/decay.hpp"
#include "phreatic/studies/recharge/scenarios/simulate.hpp"
#include "small_ground.hpp"

namespace phreatic::studies::recharge {
namespace {

using testing::drains_everywhere;
using testing::small_ground;

// A model in which nothing depends on the amount of water: drains that always run, fixed transmissivity.
Ground linear_ground() {
  Ground ground = small_ground(24, 30, 50);
  ground.model.flow.icelltype = std::int8_t{0};
  ground.model.start_heads.assign(ground.places(), -2.0);
  ground.model.packages.push_back(drains_everywhere(ground, -2.5, 150));
  return ground;
}

class Adjoint : public ::testing::TestWithParam<Volume> {};

TEST_P(Adjoint, GivesTheSimulatedStorageOfASiteWhereTheModelIsLinear) {
  const Ground ground = linear_ground();
  core::Log log(true);
  core::Context context{log, false};
  const Baseline baseline = run_baseline(ground, context);
  TargetParams targets;
  targets.volume = GetParam();
  const AdjointMaps maps =
      adjoint_maps(ground, baseline, {.dates = 13, .tolerance = 1e-10}, targets, context);
  ASSERT_TRUE(maps.there()) << maps.trouble;
  const Site site{"A", 8, 11, 3, 4, 10, 12 * 0.0025, 0};
  const RunResult run = simulate_run(ground, baseline, {site}, std::vector<double>(720, 100.0), {}, context);
  const double water = site.water_m3_per_day() * ground.schedule.days();
  const auto& simulated = GetParam() == Volume::aquifer ? run.sites[0].aquifer_m3 : run.sites[0].water_m3;
  ASSERT_EQ(maps.days.size(), simulated.size());
  const AdjointValue value = adjoint_value(maps, ground, site.row, site.column, {3, 4}, targets);
  EXPECT_NEAR(std::pow(10, value.response) * water, simulated.front(), 1e-4 * simulated.front());
  const Decay decay = fit_decay(maps.days, simulated, targets);
  EXPECT_NEAR(std::pow(10, value.decay), decay.k, 1e-4 * decay.k);
}

INSTANTIATE_TEST_SUITE_P(Volumes, Adjoint, ::testing::Values(Volume::aquifer, Volume::water));

TEST(AdjointFiles, ReadBackAsWritten) {
  const Ground ground = linear_ground();
  AdjointMaps maps;
  maps.days = {0, 30};
  maps.stored = {std::vector<double>(ground.places(), 0.5), std::vector<double>(ground.places(), 0.25)};
  maps.stored[1][7] = 0.125;
  const auto folder = std::filesystem::temp_directory_path() /
                      ("phreatic-test-recharge-adjoint-" + std::to_string(::getpid()));
  write_adjoint(ground, maps, folder);
  const AdjointMaps read = read_adjoint(folder);
  EXPECT_EQ(read.days, maps.days);
  EXPECT_EQ(read.stored, maps.stored);
  std::filesystem::remove_all(folder);
}

TEST(AdjointMapsOfBlocks, AreMeansOverTheBlockAndCutAtTheEdge) {
  const Ground ground = linear_ground();
  AdjointMaps maps;
  maps.days = {0, 10, 20, 30, 40};
  for (const double day : maps.days) {
    maps.stored.emplace_back();
    for (std::size_t place = 0; place < ground.places(); ++place)
      maps.stored.back().push_back((place % 2 == 0 ? 0.2 : 0.4) * std::exp(-0.01 * day));
  }
  const auto features = adjoint_feature_maps(maps, ground, {2, 2}, {});
  EXPECT_NEAR(features[0].values[31 * 3], std::log10(0.3), 1e-12);
  EXPECT_NEAR(features[0].values[0], std::log10(0.3), 1e-12);
  EXPECT_NEAR(features[1].values[100], std::log10(0.01), 1e-9);
}

}  // namespace
}  // namespace phreatic::studies::recharge
