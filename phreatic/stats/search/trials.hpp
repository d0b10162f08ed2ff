// SPDX-License-Identifier: BSD-3-Clause
// What a search over settings knows: the settings it may change, and the trials made so far.
#pragma once

#include <cstddef>
#include <limits>
#include <vector>

namespace phreatic::stats {

// One setting that is searched. Its value is a real or whole number in [low, high], or one of `choices` (by its
// index).
struct SearchDimension {
  enum class Kind { real, whole, choice };
  Kind kind = Kind::real;
  double low = 0;
  double high = 1;
  double step = 0;           // real and whole: values are low + k step; 0 = any real, any whole number
  bool logarithmic = false;  // searched evenly in the logarithm; needs low > 0 and no step
  std::size_t choices = 0;   // kind choice
};

enum class TrialState { complete, pruned, failed };

struct SearchTrial {
  TrialState state = TrialState::complete;
  std::vector<double> values;                               // [dimension]; the index of a choice
  double score = std::numeric_limits<double>::quiet_NaN();  // less is better; complete
  std::vector<double> steps;  // score after step 1, 2 ... (epochs), as far as it went
};

// The lowest score, of the complete trials; trials.size() where there is none.
std::size_t best_trial(const std::vector<SearchTrial>& trials);

}  // namespace phreatic::stats
