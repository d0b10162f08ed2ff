// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cmath>

#include "groundwater_land.hpp"
#include "phreatic/basin/groundwater/truth.hpp"
#include "phreatic/core/errors.hpp"

namespace phreatic::basin {
namespace {

constexpr int kLookBack = 200;

const Basin& grid_basin() {
  static const Basin basin = [] {
    BasinParams p = testing::small_grid();
    p.grid.rows = p.grid.columns = 12;
    p.grid.irrigated_area = 0.2;
    p.grid.truth_dates = 2;
    p.grid.truth_references = 2;
    return make_basin(p);
  }();
  return basin;
}

// All wells on three dates; two of them are computed.
std::vector<TruthTask> grid_tasks(const Basin& basin) {
  std::vector<TruthTask> tasks;
  for (const std::size_t last : {std::size_t{900}, std::size_t{1000}, std::size_t{1060}}) {
    for (std::size_t w = 0; w < basin.wells.size(); ++w)
      tasks.push_back({{w, last}, {{w, last - 365}, {w, last - 600}}});
  }
  return tasks;
}

TEST(GroundwaterTruth, ContributionsAddUpAndTheLevelIsTheTrueOne) {
  const Basin& basin = grid_basin();
  const auto tasks = grid_tasks(basin);
  const auto out = true_contributions(basin, tasks, standard_groups(), {.look_back_days = kLookBack});
  std::size_t computed = 0;
  double pumping = 0;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (std::isnan(out[i].level)) continue;
    ++computed;
    const double sum = out[i].by_group[0] + out[i].by_group[1] + out[i].by_group[2] + out[i].by_group[3];
    EXPECT_NEAR(sum, out[i].level - out[i].reference_level, 1e-10);
    EXPECT_EQ(out[i].level, basin.wells[tasks[i].target.well].level_m[tasks[i].target.last]);
    pumping = std::max(pumping, std::abs(out[i].by_group[3]));
  }
  EXPECT_EQ(computed, 2 * basin.wells.size());
  EXPECT_GT(pumping, 1e-3);
}

TEST(GroundwaterTruth, OrderAndNamesOfGroupsDoNotMatter) {
  const Basin& basin = grid_basin();
  std::vector<TruthTask> tasks = grid_tasks(basin);
  tasks.resize(basin.wells.size());
  std::vector<DriverGroup> groups = standard_groups();
  const auto a = true_contributions(basin, tasks, groups, {.look_back_days = kLookBack});
  std::swap(groups[0], groups[3]);
  std::swap(groups[1], groups[2]);
  const auto b = true_contributions(basin, tasks, groups, {.look_back_days = kLookBack});
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    for (std::size_t g = 0; g < 4; ++g) EXPECT_NEAR(a[i].by_group[g], b[i].by_group[3 - g], 1e-11);
  }
}

// One group of all: its share is the whole difference. Drivers in no group stay the target's.
TEST(GroundwaterTruth, OneGroupTakesTheWholeDifference) {
  const Basin& basin = grid_basin();
  std::vector<TruthTask> tasks = grid_tasks(basin);
  tasks.resize(basin.wells.size());
  const std::vector<DriverGroup> weather = {
      {"weather", {Driver::precipitation, Driver::temperature, Driver::et_demand}}};
  const auto out = true_contributions(basin, tasks, weather, {.look_back_days = kLookBack});
  for (const Contribution& c : out) EXPECT_NEAR(c.by_group[0], c.level - c.reference_level, 1e-12);
}

TEST(GroundwaterTruth, WithoutIrrigationPumpingGetsNothing) {
  BasinParams p = testing::small_grid();
  p.grid.rows = p.grid.columns = 10;
  p.grid.irrigated_area = 0;
  p.wells = 4;
  const Basin basin = make_basin(p);
  const std::vector<TruthTask> tasks = {{{0, 900}, {{0, 535}}}, {{3, 900}, {{3, 535}}}};
  const auto out = true_contributions(basin, tasks, standard_groups(), {.look_back_days = kLookBack});
  for (const Contribution& c : out) {
    EXPECT_EQ(c.by_group[3], 0);
    EXPECT_NE(c.by_group[0], 0);
  }
}

// The ceiling answers another question (path integral), but of the same game: it must come near.
TEST(GroundwaterTruth, CeilingIsNearAndComplete) {
  const Basin& basin = grid_basin();
  std::vector<TruthTask> tasks = grid_tasks(basin);
  tasks.resize(basin.wells.size());
  for (TruthTask& task : tasks) task.references.resize(1);
  const auto truth = true_contributions(basin, tasks, standard_groups(), {.look_back_days = kLookBack});
  const auto ceiling = simulator_expected_gradients(basin, tasks, standard_groups(),
                                                    {.window = {.look_back_days = kLookBack}, .alphas = 4});
  double error = 0, size = 0;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    EXPECT_EQ(ceiling[i].level, truth[i].level);
    EXPECT_EQ(ceiling[i].reference_level, truth[i].reference_level);
    double sum = 0;
    for (std::size_t g = 0; g < 4; ++g) {
      sum += ceiling[i].by_group[g];
      error += std::pow(ceiling[i].by_group[g] - truth[i].by_group[g], 2);
      size += std::pow(truth[i].by_group[g], 2);
    }
    EXPECT_NEAR(sum, truth[i].level - truth[i].reference_level,
                0.02 + 0.15 * std::abs(truth[i].level - truth[i].reference_level));
  }
  EXPECT_LT(std::sqrt(error / size), 0.2);
}

TEST(GroundwaterTruth, ANeutralStartIsRefused) {
  const Basin& basin = grid_basin();
  const std::vector<TruthTask> tasks = {{{0, 900}, {{0, 535}}}};
  EXPECT_THROW(true_contributions(basin, tasks, standard_groups(),
                                  {.look_back_days = kLookBack, .initial = InitialState::neutral}),
               core::InputError);
}

}  // namespace
}  // namespace phreatic::basin
