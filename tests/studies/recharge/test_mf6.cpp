// SPDX-License-Identifier: BSD-3-Clause
// MODFLOW 6 as the engine, beside ours. Needs an executable: the environment's MF6.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "phreatic/core/errors.hpp"
#include "phreatic/studies/recharge/scenarios/mf6_engine.hpp"
#include "small_ground.hpp"

namespace phreatic::studies::recharge {
namespace {

using testing::drains_everywhere;
using testing::small_ground;

// Recharge of the model as a whole layer (READASARRAYS) that changes from step to step (a time series).
flow::Package changing_recharge(const Ground& ground) {
  flow::Package package;
  package.kind = flow::PackageKind::rch;
  package.name = "RCHA";
  const auto n = static_cast<flow::CellIndex>(ground.places());
  package.provider = [n](const flow::StepTime& time, flow::PackageValues& values) {
    const bool first = values.size() == 0;
    for (flow::CellIndex c = 0; first && c < n; ++c) values.cell.push_back(c);
    values.values.assign(static_cast<std::size_t>(n), 0.0005 + 0.0001 * time.index);
    return first ? flow::Change::cells : flow::Change::values;
  };
  return package;
}

TEST(Mf6Engine, GivesTheResponsesOfTheEmbeddedEngineBesideTheModelsOwnRecharge) {
  if (std::getenv("MF6") == nullptr)
    GTEST_SKIP() << "MODFLOW 6 is not there: name its executable by the environment's MF6";
  Ground ground = small_ground(20, 24, 50, 2);
  ground.model.packages.push_back(changing_recharge(ground));
  ground.model.packages.push_back(drains_everywhere(ground, -2.5, 100));
  core::Log log(true);
  core::Context context{log, false};
  const Baseline baseline = run_baseline(ground, context);
  const std::vector<std::vector<Site>> runs = {
      {{"A", 4, 5, 3, 3, 10, 9 * 0.0025, 0}, {"B", 13, 16, 2, 3, 20, 6 * 0.0025, 0}}};
  const std::vector<double> leakage(ground.places(), 100.0);
  const auto folder =
      std::filesystem::temp_directory_path() / ("phreatic-test-recharge-mf6-" + std::to_string(::getpid()));
  const auto theirs =
      simulate_runs_mf6(ground, baseline, runs, leakage, {}, mf6_program(""), folder, context);
  const auto ours = simulate_runs(ground, baseline, runs, leakage, {}, context);
  ASSERT_TRUE(theirs[0].complete) << theirs[0].message;
  for (std::size_t s = 0; s < 2; ++s) {
    for (std::size_t i = 0; i < ground.schedule.instants(); ++i) {
      const SiteResponse& a = theirs[0].sites[s];
      const SiteResponse& b = ours[0].sites[s];
      EXPECT_NEAR(a.aquifer_m3[i], b.aquifer_m3[i], 1e-4 * b.aquifer_m3[0]);
      EXPECT_NEAR(a.water_m3[i], b.water_m3[i], 1e-4 * b.water_m3[0]);
    }
    EXPECT_NEAR(theirs[0].sites[s].largest_rise_m, ours[0].sites[s].largest_rise_m, 1e-4);
  }
  std::filesystem::remove_all(folder);
}

TEST(Mf6Engine, RefusesAProgramThatIsNotThere) {
  EXPECT_THROW(mf6_program("/nowhere/mf6"), core::InputError);
}

TEST(Mf6Engine, ARunThatFailsSaysWhatTheProgramSaid) {
  const Ground ground = small_ground(5, 5, 50);
  const auto folder = std::filesystem::temp_directory_path() /
                      ("phreatic-test-recharge-mf6-fails-" + std::to_string(::getpid()));
  EXPECT_THROW(mf6_heads(ground.model, "/bin/false", folder), core::RunError);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace phreatic::studies::recharge
