// SPDX-License-Identifier: BSD-3-Clause
// Which network learns from what: every calibration step is validated on exactly once, nothing later is ever
// in a training set.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "phreatic/hydrographs/targets/units.hpp"

namespace phreatic::hydrographs {
namespace {

// Three wells, 400 days; levels with gaps; test from day 300.
Prepared make_prepared() {
  Prepared prepared;
  prepared.panel = data::make_panel(core::TimeAxis(0, {core::StepUnit::day, 1}, 400), {"A", "B", "C"},
                                    {{"level", "m"}, {"precipitation", "mm/d"}});
  prepared.target = 0;
  prepared.drivers = {1};
  for (std::size_t e = 0; e < 3; ++e) {
    for (std::size_t t = 0; t < 400; ++t) {
      prepared.panel.series(e, 1)[t] = static_cast<double>((t * 7 + e) % 11);
      if (t % 3 != e || t >= 300)
        prepared.panel.series(e, 0)[t] =
            std::sin(0.1 * static_cast<double>(t)) + 10.0 * static_cast<double>(e);
    }
    prepared.split.entities.push_back({{50, 240}, {240, 300}, {300, 400}, false});
  }
  return prepared;
}

TEST(Units, BlocksCoverTheCalibrationPeriodOnceAndNothingElse) {
  const Prepared prepared = make_prepared();
  TaskParams task;
  task.scope = Scope::single;
  task.validation = {ValidationScheme::blocks, 4};
  const std::vector<Unit> units = plan_units(prepared, {}, task);
  ASSERT_EQ(units.size(), 12U);
  std::vector<int> validated(400, 0);
  for (const Unit& unit : units) {
    if (unit.simulates.front() != 1) continue;
    const UnitSteps steps = unit_steps(prepared, task.validation, unit, 1);
    std::vector<int> used(400, 0);
    for (std::size_t t = steps.validation.begin; t < steps.validation.end; ++t) ++validated[t], ++used[t];
    for (const auto& range : steps.training) {
      for (std::size_t t = range.begin; t < range.end; ++t) ++used[t];
    }
    for (std::size_t t = 0; t < 400; ++t) EXPECT_EQ(used[t], t >= 50 && t < 300 ? 1 : 0) << t;
  }
  for (std::size_t t = 0; t < 400; ++t) EXPECT_EQ(validated[t], t >= 50 && t < 300 ? 1 : 0) << t;
}

TEST(Units, FoldsLeaveEveryWellOutOnce) {
  const Prepared prepared = make_prepared();
  data::SplitParams split;
  split.folds = 3;
  std::multiset<std::size_t> simulated;
  for (const Unit& unit : plan_units(prepared, split, {})) {
    for (const std::size_t e : unit.simulates) {
      simulated.insert(e);
      EXPECT_EQ(std::count(unit.learns_from.begin(), unit.learns_from.end(), e), 0);
    }
    EXPECT_EQ(unit.learns_from.size() + unit.simulates.size(), 3U);
  }
  EXPECT_EQ(simulated, (std::multiset<std::size_t>{0, 1, 2}));
}

TEST(Units, LaterLevelsAndDriversChangeNoScalingAndNoTarget) {
  Prepared prepared = make_prepared();
  const TaskParams task;
  const Unit unit = plan_units(prepared, {}, task).front();
  const UnitScaling before = fit_scaling(prepared, task, unit);
  const learn::SeriesSet set = make_series(prepared, task, before, unit.learns_from, true);
  for (std::size_t e = 0; e < 3; ++e) {
    for (std::size_t t = 300; t < 400; ++t)
      prepared.panel.series(e, 0)[t] = prepared.panel.series(e, 1)[t] = 1e6;
  }
  const UnitScaling after = fit_scaling(prepared, task, unit);
  EXPECT_EQ(before.inputs, after.inputs);
  EXPECT_EQ(before.targets, after.targets);
  const learn::SeriesSet again = make_series(prepared, task, after, unit.learns_from, true);
  for (std::size_t e = 0; e < 3; ++e) {
    for (std::size_t t = 0; t < 400; ++t) {
      const float a = set.entities[e].targets[t];
      const float b = again.entities[e].targets[t];
      EXPECT_TRUE(a == b || (std::isnan(a) && std::isnan(b)));
      EXPECT_TRUE(t < 300 || std::isnan(b)) << "a level of the test period is in the training set";
    }
  }
}

TEST(Units, ADriverThatOnlySomeWellsHaveIsRefusedForAGlobalModel) {
  Prepared prepared = make_prepared();
  for (double& v : prepared.panel.series(2, 1)) v = std::nan("");
  TaskParams task;
  EXPECT_THROW(fit_scaling(prepared, task, plan_units(prepared, {}, task).front()), core::InputError);
}

}  // namespace
}  // namespace phreatic::hydrographs
