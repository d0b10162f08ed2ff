// SPDX-License-Identifier: BSD-3-Clause
// The prediction stage: every well simulated over all steps with complete drivers by the members of all units
// that simulate it; bands by conformal calibration on steps that the members used there have not learnt from.
#pragma once

#include <functional>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/hydrographs/targets/units.hpp"
#include "phreatic/learn/trainer.hpp"

namespace phreatic::hydrographs {

// The members of one unit at one well, [time], in metres.
struct Fold {
  std::vector<double> level;   // median over the unit's members
  std::vector<double> spread;  // their standard deviation
  learn::StepRange unseen;     // calibration steps that the unit has not learnt from
};

// Of one well, [time], in metres; NaN where there is none.
struct Simulation {
  std::vector<double> level;   // median over members
  std::vector<double> spread;  // standard deviation over members
  std::vector<double> low;     // smallest and largest member
  std::vector<double> high;
  std::vector<double>
      out_of_sample;  // median over the members that did not learn from that step; NaN elsewhere
  std::vector<double> out_of_sample_spread;  // over those members
  // Outer quantiles of networks with a quantile loss: median over members, over all and over those that did
  // not learn from the step. NaN without.
  std::vector<double> quantile_low;
  std::vector<double> quantile_high;
  std::vector<double> out_of_sample_low;
  std::vector<double> out_of_sample_high;
  std::vector<double> lower;  // conformal band
  std::vector<double> upper;
  // The same band on each left-out block, calibrated on the other blocks alone: how well bands would have
  // done. NaN elsewhere, and everywhere with one unit.
  std::vector<double> left_out_lower;
  std::vector<double> left_out_upper;
  std::size_t members = 0;
  std::vector<Fold> folds;  // one per unit
};

// Puts the band around one simulation of an entity; `lead` counts from 0, which is also that of simulations.
using Banding = std::function<void(std::size_t entity, std::size_t lead, Simulation&)>;

// [entity], of the target that is scored; entities that no unit simulates have no step.
std::vector<Simulation> simulate_series(const Prepared& prepared, const Models& models,
                                        const Banding& banding, core::Context& context);

// Fills lower and upper of one simulation of an entity.
void add_band(const Prepared& prepared, const UncertaintyParams& params, std::size_t entity,
              Simulation& simulation);

}  // namespace phreatic::hydrographs
