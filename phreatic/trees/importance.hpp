// SPDX-License-Identifier: BSD-3-Clause
// What many rows' contributions say together: importance of features, and how a feature's contribution goes
// with its value.
#pragma once

#include <string>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/trees/treeshap.hpp"

namespace phreatic::trees {

struct Importance {
  std::string feature;
  double variance = 0;             // of the contributions over the rows, in the margin's unit squared
  double mean_absolute = 0;        // mean |contribution|
  double variance_share = 0;       // of the sum over the features, 0..1
  double lowest = 0, highest = 0;  // contribution
};
// In the order of the features.
std::vector<Importance> importance(const Contributions& contributions);
// Features from the most to the least important by mean |contribution|.
std::vector<std::size_t> by_importance(const std::vector<Importance>& list);

struct TrendParams {
  double span = 0.2;  // share of the rows that a point of the trend is fitted to
  int points = 40;    // of the trend, at equal shares of the rows
};
void describe(core::Describer& d, TrendParams& p);

// Contribution against value, and its trend: a line fitted near each point with tricube weights (LOESS of
// degree 1, key cleveland1979). Rows where the feature is missing are counted, not drawn.
struct Dependence {
  std::string feature;
  std::vector<double> value, contribution;  // [rows that have a value], by rising value
  std::vector<double> trend_value, trend;   // [points, fewer where values repeat]
  std::size_t missing = 0;
  double missing_mean = 0;  // mean contribution of rows without a value; NaN: none
};
Dependence dependence(const Contributions& contributions, const Table& table, std::size_t feature,
                      const TrendParams& params);

// Contributions of a margin that is a logarithm to `base` as factors: base^phi, base^y0. 1.5 means half as
// much again as on average.
Contributions as_factors(const Contributions& contributions, double base);

}  // namespace phreatic::trees
