// SPDX-License-Identifier: BSD-3-Clause
// Which settings to try next, when a trial is given up, and what mattered: the tree-structured Parzen estimator
// (bergstra2011), the median rule (golovin2017) and the importance of settings (watanabe2023).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/stats/search/trials.hpp"

namespace phreatic::stats {

struct TpeParams {
  int startup = 10;     // trials drawn at random before the densities are used
  int explore = 4;      // every fourth trial is drawn at random as well; 0 = none
  int candidates = 24;  // draws of which the best is taken
  std::uint64_t seed = 1;
};
void describe(core::Describer& d, TpeParams& p);

// The next point to try. Trials drawn at random among the others keep the search from staying with a choice that looked
// best by chance: without them one run in four of the test's function ends in the wrong one, as Optuna's does. Trials are parted into the better tenth (at most 25) and the others: complete ones by score,
// then pruned ones, those that went further first; failed ones are left out. Of `candidates` draws from the better
// ones' density l it is the one with the largest l / g. The same for the same trials and seed.
std::vector<double> suggest(const std::vector<SearchDimension>& space, const std::vector<SearchTrial>& trials,
                            const TpeParams& params);

struct PruningParams {
  int startup = 5;  // so many complete trials before any is given up
  int warmup = 3;   // steps that every trial is given
};
void describe(core::Describer& d, PruningParams& p);

// Whether a trial with these scores so far is given up: its best one is worse than the median of what the complete
// trials had after as many steps.
bool is_hopeless(const std::vector<double>& steps, const std::vector<SearchTrial>& trials,
                 const PruningParams& params);

// [dimension] share, sum 1, of how much each setting alone tells the better tenth of the complete trials from all:
//   integral (p_better / p_all - 1)^2 p_all over the setting,  p by one-dimensional ParzenDensity.
// Empty where fewer than 20 trials are complete.
std::vector<double> importance_of_settings(const std::vector<SearchDimension>& space,
                                           const std::vector<SearchTrial>& trials);

// The two densities of suggest(), for tests.
struct TpeParts {
  std::vector<std::size_t> better;  // numbers of trials, oldest first
  std::vector<std::size_t> others;
};
TpeParts part_trials(const std::vector<SearchTrial>& trials);

}  // namespace phreatic::stats
