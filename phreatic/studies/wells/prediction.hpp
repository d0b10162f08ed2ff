// SPDX-License-Identifier: BSD-3-Clause
// The prediction stage: every well simulated over all steps with complete drivers by the members of all units
// that simulate it; bands by conformal calibration on steps that the members used there have not learnt from.
#pragma once

#include <filesystem>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/learn/trainer.hpp"
#include "phreatic/studies/wells/units.hpp"

namespace phreatic::studies::wells {

// Of one well, [time], in metres; NaN where there is none.
struct WellSimulation {
  std::vector<double> level;        // median over members
  std::vector<double> unit_spread;  // within units: root mean over units of the variance over their members;
                                    // what bands scale with
  std::vector<double> spread;       // standard deviation over members
  std::vector<double> low;          // smallest and largest member
  std::vector<double> high;
  std::vector<double>
      out_of_sample;  // median over the members that did not learn from that step; NaN elsewhere
  std::vector<double> out_of_sample_spread;  // over those members
  std::vector<double> lower;                 // conformal band
  std::vector<double> upper;
  std::size_t members = 0;
};

// [entity]. Loads the models of every unit from folder/<unit>.
std::vector<WellSimulation> simulate_wells(const Prepared& prepared, const WellsSettings& settings,
                                           const std::filesystem::path& folder, core::Context& context);

// Fills lower and upper of one simulation of a well. What the width follows is settings.uncertainty.scale.
void add_band(const Prepared& prepared, const WellsSettings& settings, std::size_t entity,
              WellSimulation& simulation);

}  // namespace phreatic::studies::wells
