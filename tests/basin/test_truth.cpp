// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/truth/truth.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::basin {
namespace {

const Basin& small_basin() {
  static const Basin basin = [] {
    BasinParams p;
    p.seed = 5;
    p.wells = 6;
    p.years = 6;
    return make_basin(p);
  }();
  return basin;
}

std::vector<TruthTask> some_tasks() {
  const Basin& basin = small_basin();
  std::vector<TruthTask> tasks;
  for (std::size_t w = 0; w < basin.wells.size(); ++w) {
    for (const std::size_t last : {1500U, 1690U, 2100U}) {
      tasks.push_back({{w, last}, spread_references(basin, w, 0, 1400, 5, 365)});
    }
  }
  return tasks;
}

double sum(std::span<const double> v) { return std::accumulate(v.begin(), v.end(), 0.0); }

// v = 1 when player 2 and one of 0, 1 are there (the glove game): 1/6, 1/6, 2/3.
TEST(Shapley, GloveGame) {
  const std::vector<double> values = {0, 0, 0, 0, 0, 1, 1, 1};
  const std::vector<double> phi = shapley_values(values, 3);
  EXPECT_NEAR(phi[0], 1.0 / 6, 1e-15);
  EXPECT_NEAR(phi[1], 1.0 / 6, 1e-15);
  EXPECT_NEAR(phi[2], 2.0 / 3, 1e-15);
}

// The airport game: costs 1, 2, 4, 8; v(S) = the largest cost. phi = 1/4, 1/4+1/3, +2/2, +4.
TEST(Shapley, AirportGame) {
  const std::vector<double> cost = {1, 2, 4, 8};
  std::vector<double> values(16, 0.0);
  for (std::size_t s = 0; s < 16; ++s) {
    for (std::size_t i = 0; i < 4; ++i) {
      if ((s >> i & 1U) != 0) values[s] = std::max(values[s], cost[i]);
    }
  }
  const std::vector<double> phi = shapley_values(values, 4);
  EXPECT_NEAR(phi[0], 1.0 / 4, 1e-14);
  EXPECT_NEAR(phi[1], 1.0 / 4 + 1.0 / 3, 1e-14);
  EXPECT_NEAR(phi[2], 1.0 / 4 + 1.0 / 3 + 2.0 / 2, 1e-14);
  EXPECT_NEAR(phi[3], 1.0 / 4 + 1.0 / 3 + 2.0 / 2 + 4.0, 1e-14);
}

TEST(Truth, ContributionsAddUpToTheLevelLessTheReferences) {
  const Basin& basin = small_basin();
  const std::vector<TruthTask> tasks = some_tasks();
  for (const InitialState initial : {InitialState::history, InitialState::neutral}) {
    const auto out = true_contributions(basin, tasks, standard_groups(), {.initial = initial});
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      EXPECT_NEAR(sum(out[i].by_group), out[i].level - out[i].reference_level, 1e-10);
    }
  }
}

TEST(Truth, WithHistoryTheLevelIsTheTrueOne) {
  const Basin& basin = small_basin();
  const std::vector<TruthTask> tasks = some_tasks();
  const auto out = true_contributions(basin, tasks, standard_groups(), {});
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    EXPECT_EQ(out[i].level, basin.wells[tasks[i].target.well].level_m[tasks[i].target.last]);
  }
}

TEST(Truth, AGroupThatDoesNothingGetsNothing) {
  Basin basin = small_basin();
  for (BasinWell& w : basin.wells) {
    w.params.snow.all_snow_below_degC = -100;  // no snow, and frost that touches nothing:
    w.params.snow.all_rain_above_degC = -99;   // temperature has no way to the level
    w.params.frost.flux_mm_per_day = 0;
    w.params.frost.open_floor = 1;
    std::fill(w.drivers[3].begin(), w.drivers[3].end(), 0.0);  // no pumping in target or references
  }
  const auto out =
      true_contributions(basin, some_tasks(), standard_groups(), {.initial = InitialState::neutral});
  for (const Contribution& c : out) {
    EXPECT_EQ(c.by_group[1], 0.0);
    EXPECT_EQ(c.by_group[3], 0.0);
    EXPECT_NE(c.by_group[0], 0.0);
  }
}

TEST(Truth, TheTargetAsItsOwnReferenceExplainsNothing) {
  const Basin& basin = small_basin();
  const std::vector<TruthTask> tasks = {{{2, 1800}, {{2, 1800}}}};
  const Contribution c = true_contributions(basin, tasks, standard_groups(), {}).front();
  for (const double phi : c.by_group) EXPECT_EQ(phi, 0.0);
  EXPECT_EQ(c.level, c.reference_level);
}

// Shapley values do not depend on the order of the players, and players that are merged get together what is
// left of the sum.
TEST(Truth, OrderOfGroupsDoesNotMatter) {
  const Basin& basin = small_basin();
  const std::vector<TruthTask> tasks = some_tasks();
  std::vector<DriverGroup> groups = standard_groups();
  const auto forward = true_contributions(basin, tasks, groups, {});
  std::reverse(groups.begin(), groups.end());
  const auto backward = true_contributions(basin, tasks, groups, {});
  const std::vector<DriverGroup> one = {
      {"all", {Driver::precipitation, Driver::temperature, Driver::et_demand, Driver::pumping}}};
  const auto merged = true_contributions(basin, tasks, one, {});
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    for (std::size_t g = 0; g < 4; ++g) {
      EXPECT_NEAR(forward[i].by_group[g], backward[i].by_group[3 - g], 1e-10);
    }
    EXPECT_NEAR(merged[i].by_group[0], sum(forward[i].by_group), 1e-10);
  }
}

// A linear well: pumping alone, onto a linear reservoir. Its contribution is then the convolution of the
// difference in pumping with the reservoir's response, whatever the other drivers do.
TEST(Truth, PumpingOnALinearReservoirIsAConvolution) {
  Basin basin = small_basin();
  std::vector<TruthTask> tasks;
  for (std::size_t w = 0; w < basin.wells.size(); ++w) {
    WellParams& p = basin.wells[w].params;
    p.aquifer.shallow_share = 1;
    p.aquifer.pumping_return = 0;
    p.aquifer.drainage_depth_m = 30;
    p.soil.capillary_max_mm_per_day = 0;  // neither roots nor frost know of the water table
    p.soil.deep_roots = 0;
    p.frost.flux_mm_per_day = 0;
    tasks.push_back({{w, 2000}, {{w, 900}, {w, 1300}}});
  }
  const auto out = true_contributions(basin, tasks, standard_groups(), {.initial = InitialState::neutral});
  for (std::size_t w = 0; w < basin.wells.size(); ++w) {
    const AquiferParams& a = basin.wells[w].params.aquifer;
    const std::vector<double>& pump = basin.wells[w].drivers[3];
    const double decay = std::exp(-1.0 / a.response_days);
    double expected = 0;
    for (std::size_t lag = 0; lag < 365; ++lag) {
      const double response = -(1 - decay) * a.response_days / (1000 * a.specific_yield) *
                              std::pow(decay, static_cast<double>(lag));
      expected += response * (pump[2000 - lag] - 0.5 * (pump[900 - lag] + pump[1300 - lag]));
    }
    EXPECT_NEAR(out[w].by_group[3], expected, 1e-9);
  }
}

TEST(Truth, SameWhateverTheThreads) {
  const Basin& basin = small_basin();
  const std::vector<TruthTask> tasks = some_tasks();
  const int before = core::thread_count();
  core::set_thread_count(1);
  const auto one = true_contributions(basin, tasks, standard_groups(), {});
  core::set_thread_count(4);
  const auto four = true_contributions(basin, tasks, standard_groups(), {});
  core::set_thread_count(before);
  for (std::size_t i = 0; i < tasks.size(); ++i) EXPECT_EQ(one[i].by_group, four[i].by_group);
}

TEST(Truth, ReferencesLieInTraining) {
  const Basin& basin = small_basin();
  const auto spread = spread_references(basin, 3, 10, 1400, 7, 365);
  ASSERT_EQ(spread.size(), 7U);
  for (const Window& w : spread) {
    EXPECT_EQ(w.well, 3U);
    EXPECT_GE(w.last, 10U + 364U);
    EXPECT_LT(w.last, 1400U);
  }
  EXPECT_EQ(spread_references(basin, 0, 0, 400, 99, 365).size(), 36U);

  const Window target{2, 2000};
  const auto same = same_day_references(basin, target, 0, 1500, 365);
  ASSERT_EQ(same.size(), 3U);  // years 2010, 2011, 2012 of 2009..2014
  const core::CivilDate date = core::civil_from_days(core::day_of(basin.axis.start(2000)));
  for (const Window& w : same) {
    const core::CivilDate d = core::civil_from_days(core::day_of(basin.axis.start(w.last)));
    EXPECT_EQ(d.month, date.month);
    EXPECT_EQ(d.day, date.day);
    EXPECT_NE(d.year, date.year);
  }
}

TEST(Truth, RefusesWindowsOutsideTheBasin) {
  const Basin& basin = small_basin();
  const auto run = [&](const TruthTask& task, const std::vector<DriverGroup>& groups) {
    return true_contributions(basin, std::vector<TruthTask>{task}, groups, {});
  };
  EXPECT_THROW(run({{0, 363}, {{0, 800}}}, standard_groups()), core::InputError);
  EXPECT_THROW(run({{0, 900}, {{99, 800}}}, standard_groups()), core::InputError);
  EXPECT_THROW(run({{0, 900}, {}}, standard_groups()), core::InputError);
  EXPECT_THROW(run({{0, 900}, {{0, 800}}}, {{"a", {Driver::pumping}}, {"b", {Driver::pumping}}}),
               core::InputError);
}

}  // namespace
}  // namespace phreatic::basin
