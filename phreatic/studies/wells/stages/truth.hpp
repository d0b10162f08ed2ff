// SPDX-License-Identifier: BSD-3-Clause
// The attributions of a study on virtual wells against the truth: the Shapley values of the driver groups by
// the simulator itself, with the same dates and reference windows; beside it the ceiling, expected gradients
// of the simulator.
#pragma once

#include <string>
#include <vector>

#include "phreatic/basin/basin.hpp"
#include "phreatic/basin/truth/scoring.hpp"
#include "phreatic/core/context.hpp"
#include "phreatic/hydrographs/explanation/explanation.hpp"

namespace phreatic::studies::wells {

struct TruthComparison {
  std::vector<std::string> groups;             // drivers given to the model
  std::vector<double> truth_m;                 // [date][group], NaN for groups that a well does not have
  std::vector<double> ceiling_m;               // [date][group]
  std::vector<basin::AttributionScore> model;  // pooled first, then by group
  std::vector<basin::AttributionScore> ceiling;
  double mean_correlation = 0;  // over the wells' own scores
  double mean_slope = 0;
  double mean_relative_rmse = 0;
  std::vector<std::string> true_types;  // [entity]
};

// The settings with which attributions are compared with the truth: references are the same day of other
// years, whole years put in place of whole years, whatever the study itself explains against.
hydrographs::ExplainParams truth_params(hydrographs::ExplainParams params);

// The true type of each well of the panel, as a number.
std::vector<int> type_indices(const basin::Basin& basin, const hydrographs::Prepared& prepared);

TruthComparison compare_with_truth(const basin::Basin& basin, const hydrographs::Prepared& prepared,
                                   const hydrographs::ExplainParams& params,
                                   const hydrographs::Explanation& explanation, core::Context& context);

}  // namespace phreatic::studies::wells
