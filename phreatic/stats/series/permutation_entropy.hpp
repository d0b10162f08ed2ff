// SPDX-License-Identifier: BSD-3-Clause
// Permutation entropy (bandt2002): how evenly the order patterns of m values, tau steps apart, occur.
//   H = -sum_p P_p log2 P_p bits,  H / log2(m!) in [0, 1]
// P_p is the share of pattern p among the windows; weighted (fadlallah2013): each window weighs its variance.
// Among equal values the earlier one ranks lower. Windows with a gap are left out.
#pragma once

#include <cstddef>
#include <vector>

#include "phreatic/core/isa.hpp"
#include "phreatic/core/settings/params.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {

struct PermutationEntropyParams {
  int order = 3;  // m, 2..8
  int delay = 1;  // tau
  bool weighted = false;
};
void describe(core::Describer& d, PermutationEntropyParams& p);

struct PermutationEntropy {
  double bits = 0;        // NaN without a window (or, weighted, when every window is constant)
  double normalised = 0;  // bits / log2(m!)
  std::size_t windows = 0;
  // Of each pattern, in lexicographic order of (time of the lowest value, of the next ...): 0 = rising, last
  // = falling.
  std::vector<double> shares;
  // Transition shares from each window's pattern to that of the window one step later, [from][to], rows sum
  // to 1; a pattern that is never followed by a window has NaN.
  std::vector<double> transitions;
};

// Computed with the instruction set `isa`; the patterns are the same with each.
PermutationEntropy permutation_entropy(Series values, const PermutationEntropyParams& params,
                                       core::Isa isa = core::Isa::automatic);

// The patterns themselves, [pattern][position of the lowest value first], as numbered in `shares`.
std::vector<std::vector<int>> ordinal_patterns(int order);

}  // namespace phreatic::stats
