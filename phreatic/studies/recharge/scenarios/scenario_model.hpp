// SPDX-License-Identifier: BSD-3-Clause
// The user's model from the start of recharge on, as a model of its own that scenarios, the adjoint and MODFLOW 6 can
// start from: the baseline's heads then, a period for each step, packages that give what they give in those steps.
#pragma once

#include <vector>

#include "phreatic/flow/ensemble/scenario.hpp"
#include "phreatic/studies/recharge/scenarios/sites/sites.hpp"
#include "phreatic/studies/recharge/surrogates/baseline.hpp"

namespace phreatic::studies::recharge {

struct WindowModel {
  flow::Model model;
  double start_day = 0;        // day of the simulation that is the model's time 0
  std::size_t first_step = 0;  // step of the schedule that is its first

  double time_of(double day) const { return day - start_day; }
};

// Steps first .. last of the schedule; all of 0 .. last where a package has unknowns of its own (streams), whose
// state cannot be given.
WindowModel window_model(const Ground& ground, const Baseline& baseline);

// The steady first period from its own solution. Only where the baseline has one.
flow::Model steady_model(const Ground& ground, const Baseline& baseline);

// The sites as a scenario named `name` that recharges from `first` to `last`.
flow::Scenario scenario_of(const Ground& ground, const std::vector<Site>& sites, const std::string& name,
                           double first, double last);

}  // namespace phreatic::studies::recharge
