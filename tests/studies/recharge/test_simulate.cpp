// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <numeric>

#include "phreatic/core/files/files.hpp"
#include "phreatic/studies/recharge/scenarios/simulate.hpp"
#include "phreatic/studies/recharge/surrogates/features.hpp"
#include "small_ground.hpp"

namespace phreatic::studies::recharge {
namespace {

using testing::drains_everywhere;
using testing::small_ground;

core::Context quiet() {
  static core::Log log(true);
  return {log, false};
}

double sum(const RunResult& run, std::size_t instant, bool water) {
  double total = 0;
  for (const SiteResponse& site : run.sites) total += (water ? site.water_m3 : site.aquifer_m3)[instant];
  return total;
}

TEST(Scenario, KeepsAllWaterInAClosedModel) {
  const Ground ground = small_ground(30, 40, 50);
  core::Context context = quiet();
  const Baseline baseline = run_baseline(ground, context);
  const std::vector<Site> sites = {{"A", 5, 5, 3, 3, 10, 9 * 0.0025, 0},
                                   {"B", 20, 30, 2, 2, 20, 4 * 0.0025, 0}};
  const RunResult run = simulate_run(ground, baseline, sites, std::vector<double>(1200, 100.0), {}, context);
  ASSERT_TRUE(run.complete);
  const double infiltrated = 30 * (sites[0].water_m3_per_day() + sites[1].water_m3_per_day());
  for (const std::size_t instant : {std::size_t{0}, std::size_t{12}}) {
    EXPECT_NEAR(sum(run, instant, true), infiltrated, 1e-5 * infiltrated);
    EXPECT_NEAR(sum(run, instant, false), infiltrated / 0.2, 1e-3 * infiltrated / 0.2);  // specific yield 0.2
  }
}

// With drains of resistance c under the whole model the rise r obeys Sy dr/dt = q - r / c when integrated over the area:
// storage decays with k = 1 / (Sy c), whatever the shape of the mound.
TEST(Scenario, DecaysByTheResistanceOfDrains) {
  Ground ground = small_ground(40, 40, 50);
  ground.model.storage.ss = 0.0;
  ground.model.start_heads.assign(ground.places(), -2.0);
  ground.model.periods = {{30, 60, 1, false, {}}, {60, 240, 1, false, {}}};
  ground.schedule.steps.clear();
  double time = 0;
  for (int p = 0; p < 2; ++p) {
    for (const double length : flow::step_lengths(ground.model.periods[static_cast<std::size_t>(p)])) {
      ground.schedule.steps.push_back({time, time + length, p});
      time += length;
    }
  }
  ground.schedule.end = 60;
  ground.schedule.last = 299;
  ground.model.packages.push_back(drains_everywhere(ground, -2.5, 150));
  core::Context context = quiet();
  const Baseline baseline = run_baseline(ground, context);
  const std::vector<Site> sites = {{"A", 18, 18, 4, 4, 10, 0.04, 0}};
  const RunResult run = simulate_run(ground, baseline, sites, std::vector<double>(1600, 100.0), {}, context);
  ASSERT_TRUE(run.complete);
  std::vector<double> t;
  for (std::size_t i = 0; i < ground.schedule.instants(); ++i) t.push_back(ground.schedule.day_after_end(i));
  // One implicit step divides by 1 + dt / (Sy c); the same is said of the storage at the end of recharge.
  const double dt = 0.25;
  const double k = std::log1p(dt / (0.2 * 150)) / dt;
  double s0 = 0;
  for (int step = 0; step < 60; ++step) s0 = (s0 + 0.5 * 400 / 0.2) / (1 + 0.5 / (0.2 * 150));
  EXPECT_NEAR(run.sites[0].aquifer_m3.front(), s0, 2e-3 * s0);
  EXPECT_NEAR(std::log(run.sites[0].aquifer_m3.front() / run.sites[0].aquifer_m3.back()) / t.back(), k,
              1e-3 * k);
}

TEST(Scenario, OfDistantSitesIsThatOfEachAlone) {
  Ground ground = small_ground(40, 80, 50);
  ground.model.start_heads.assign(ground.places(), -2.0);
  ground.model.packages.push_back(drains_everywhere(ground, -2.5, 20));
  core::Context context = quiet();
  const Baseline baseline = run_baseline(ground, context);
  const std::vector<double> leakage(ground.places(), std::sqrt(180.0 * 20));
  const Site a{"A", 18, 12, 3, 3, 10, 9 * 0.0025, 0};
  const Site b{"B", 18, 60, 3, 3, 12, 9 * 0.0025, 0};
  const RunResult both = simulate_run(ground, baseline, {a, b}, leakage, {}, context);
  const RunResult alone = simulate_run(ground, baseline, {a}, leakage, {}, context);
  EXPECT_NEAR(both.sites[0].aquifer_m3[0], alone.sites[0].aquifer_m3[0], 1e-4 * alone.sites[0].aquifer_m3[0]);
  ASSERT_EQ(both.overlaps.size(), 1U);
  EXPECT_LT(both.overlaps[0].share, 1e-3);
}

TEST(Scenario, MapsOfRisesHoldTheStorageOfTheirSites) {
  Ground ground = small_ground(40, 80, 50);
  ground.model.start_heads.assign(ground.places(), -2.0);
  ground.model.packages.push_back(drains_everywhere(ground, -2.5, 20));
  core::Context context = quiet();
  const Baseline baseline = run_baseline(ground, context);
  const std::vector<double> leakage(ground.places(), std::sqrt(180.0 * 20));
  const Site a{"A", 18, 12, 3, 3, 10, 9 * 0.0025, 0};
  const Site b{"B", 18, 60, 3, 3, 12, 9 * 0.0025, 0};
  const RunResult run = simulate_run(ground, baseline, {a, b}, leakage, {.rises = true}, context);
  const auto instants = rise_instants(ground.schedule);
  ASSERT_EQ(instants.size(), 8U);
  EXPECT_EQ(instants.front(), 0U);
  EXPECT_EQ(instants.back(), ground.schedule.instants() - 1);
  const auto file =
      std::filesystem::temp_directory_path() / ("phreatic-test-rises-" + std::to_string(::getpid()));
  write_rises(file, run.rises);
  const auto read = read_rises(file);
  std::filesystem::remove(file);
  ASSERT_EQ(read.size(), 2U);
  for (std::size_t s = 0; s < 2; ++s) {
    EXPECT_EQ(read[s].values, run.rises[s].values);
    EXPECT_EQ(read[s].row, run.rises[s].row);
    EXPECT_LT(read[s].columns, 80U);  // cells that do not rise are left out
    for (std::size_t i = 0; i < instants.size(); ++i) {
      const std::size_t cells = read[s].rows * read[s].columns;
      double sum = 0;
      for (std::size_t c = 0; c < cells; ++c) sum += read[s].values[i * cells + c];
      const double stored = run.sites[s].aquifer_m3[instants[i]];
      EXPECT_NEAR(sum * ground.cell_area(), stored, 0.02 * stored) << i;
    }
  }
}

TEST(Scenario, MeasuresHowMuchOfNeighboursResponsesMixes) {
  Ground ground = small_ground(40, 40, 50);
  ground.model.start_heads.assign(ground.places(), -2.0);
  ground.model.packages.push_back(drains_everywhere(ground, -2.5, 100));
  core::Context context = quiet();
  const Baseline baseline = run_baseline(ground, context);
  const std::vector<double> leakage(ground.places(), std::sqrt(180.0 * 100));
  const Site a{"A", 18, 12, 3, 3, 10, 9 * 0.0025, 0};
  const Site b{"B", 18, 22, 3, 3, 10, 9 * 0.0025, 0};
  const RunResult both = simulate_run(ground, baseline, {a, b}, leakage, {}, context);
  // What of A's own response lies on B's side, from a run of A alone.
  Site far = b;
  far.rate_mm_per_day = 1e-9;
  const RunResult alone = simulate_run(ground, baseline, {a, far}, leakage, {}, context);
  const double beyond = alone.sites[1].aquifer_m3[0] / alone.sites[0].aquifer_m3[0];
  EXPECT_GT(beyond, 0.02);
  EXPECT_GT(both.overlaps[0].share, 0.4 * beyond);
  EXPECT_LT(both.overlaps[0].share, 2.5 * beyond);
}

TEST(Scenario, RunsAreNotComputedAgainAndDamagedFilesAre) {
  const Ground ground = small_ground(20, 20, 50);
  core::Context context = quiet();
  const Baseline baseline = run_baseline(ground, context);
  const std::vector<Site> sites = {{"A", 5, 5, 2, 2, 10, 0.01, 0}, {"B", 12, 12, 2, 2, 10, 0.01, 1}};
  const std::vector<double> leakage(400, 100.0);
  const auto folder =
      std::filesystem::temp_directory_path() / ("phreatic-test-recharge-runs-" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  simulate_all(ground, baseline, sites, leakage, {}, "one", folder, context);
  const std::string first = core::read_file(folder / "run_0001.json");
  core::write_file_atomic(folder / "run_0002.json", "{\"cut off");
  std::string marked = first;
  marked.replace(marked.find("\"attempts\": 1"), 13, "\"attempts\": 7");
  core::write_file_atomic(folder / "run_0001.json", marked);
  const auto again = simulate_all(ground, baseline, sites, leakage, {}, "one", folder, context);
  EXPECT_EQ(again[0].attempts, 7);  // as it stood in the file
  EXPECT_EQ(again[1].attempts, 1);
  EXPECT_EQ(again[1].sites[0].aquifer_m3.size(), 13U);
  EXPECT_EQ(simulate_all(ground, baseline, sites, leakage, {}, "two", folder, context)[0].attempts, 1);
  std::filesystem::remove_all(folder);
}

TEST(Scenario, AFailedRunIsTriedTwiceAndReported) {
  Ground ground = small_ground(20, 20, 50);
  core::Context context = quiet();
  const Baseline baseline = run_baseline(ground, context);
  ground.model.solver.outer_maximum = 1;  // cannot converge with 1000 m/d of water
  ground.model.solver.inner_maximum = 1;
  const std::vector<Site> sites = {{"A", 5, 5, 2, 2, 1e6, 0.01, 0}};
  const RunResult run = simulate_run(ground, baseline, sites, std::vector<double>(400, 100.0), {}, context);
  EXPECT_FALSE(run.complete);
  EXPECT_EQ(run.attempts, 2);
  EXPECT_NE(run.message.find("step 1"), std::string::npos);
}

// Drains that flow in the mean state and lie dry in the season are the reason that a site is above its steady response.
TEST(AboveSteady, NamesWhatTakesMoreInTheMeanStateThanInTheSeason) {
  Ground ground = small_ground(20, 20, 100);
  const std::size_t cells = ground.places();
  Losses steady{std::vector<double>(cells, 1.0 / 100), std::vector<double>(cells, 0.0),
                std::vector<double>(cells, 2e-3)};
  Losses season{std::vector<double>(cells, 1.0 / 400), std::vector<double>(cells, 0.0),
                std::vector<double>(cells, 0.0)};
  Table sites;
  sites.ids = {"A", "B"};
  sites.add("row", std::vector<double>{5, 11});
  sites.add("column", std::vector<double>{5, 11});
  Table targets;
  targets.ids = {"A", "B"};
  targets.add("aquifer_m3", std::vector<double>{900, 1500});
  targets.add("steady_m3", std::vector<double>{1000, 1000});
  const Table above = above_steady(ground, sites, targets, steady, season, 200);
  ASSERT_EQ(above.ids, std::vector<std::string>{"B"});
  EXPECT_DOUBLE_EQ(above.numbers("ratio")[0], 1.5);
  EXPECT_NEAR(above.numbers("drains mean state 1/d")[0], 0.01, 1e-9);
  EXPECT_NEAR(above.numbers("evaporation mean state 1/d")[0], 2e-3, 1e-9);
  EXPECT_EQ(above.texts("reason")[0].find("drains take more"), 0U) << above.texts("reason")[0];
  const Table none = above_steady(ground, sites, targets, season, season, 200);
  EXPECT_NE(none.texts("reason")[0].find("none takes notably more"), std::string::npos)
      << none.texts("reason")[0];
}

TEST(Baseline, KnowsTheLossesOfDrainsRiversAndEvaporationByTheirSlopes) {
  Ground ground = small_ground(6, 6, 100);
  ground.model.start_heads.assign(ground.places(), -2.0);
  ground.model.packages.push_back(drains_everywhere(ground, -2.5, 150));
  flow::PackageValues values;
  for (std::size_t n = 0; n < ground.places(); ++n) values.cell.push_back(static_cast<flow::CellIndex>(n));
  for (const double v : {0.0, 1e-4, 4.0}) values.values.insert(values.values.end(), ground.places(), v);
  flow::Package evt;
  evt.kind = flow::PackageKind::evt;
  evt.name = "EVT";
  evt.provider = flow::constant_values(std::move(values));
  ground.model.packages.push_back(std::move(evt));
  core::Context context = quiet();
  const Baseline baseline = run_baseline(ground, context);
  EXPECT_TRUE(baseline.steady_losses[0].empty());  // no steady period
  EXPECT_NEAR(baseline.season_losses[0][7], 1.0 / 150, 1e-12);
  EXPECT_NEAR(baseline.season_losses[1][7], 0, 1e-12);
  EXPECT_NEAR(baseline.season_losses[2][7], 1e-4 / 4, 1e-15);
}

TEST(FirstAquifer, MergesLayersByVerticalResistance) {
  Ground ground = small_ground(1, 2, 100, 3);
  // Layers of 20 m; column 1: 1 d between layers; column 2: a tight middle layer, 20 m / 0.01 m/d / 2 = 1000 d to each side.
  ground.model.flow.k33 = std::vector<double>{20, 20, 20, 0.01, 20, 20};
  const std::vector<double> thickness = {17, 17, 20, 20, 20, 20};
  const FirstAquifer aquifer = first_aquifer(ground, thickness, 200);
  EXPECT_EQ(aquifer.aquifers, (std::vector<int>{1, 3}));
  EXPECT_NEAR(aquifer.transmissivity[0], 10 * 57, 1e-9);
  EXPECT_NEAR(aquifer.transmissivity[1], 10 * 17, 1e-9);
  EXPECT_NEAR(aquifer.resistance[0], 1, 1e-9);
  EXPECT_NEAR(aquifer.resistance[1], 2 * (0.5 + 1000), 1e-9);
}

}  // namespace
}  // namespace phreatic::studies::recharge
