// SPDX-License-Identifier: BSD-3-Clause
// Standardised groundwater index and below/near/above-normal classes (bloomfield2013;
// docs/methods/uncertainty.md). A level is compared with the levels of the same part of the year (group:
// month 0..11, or any other) in a reference period. Gaps are allowed anywhere.
#pragma once

#include <span>
#include <vector>

#include "phreatic/stats/bands/conformal.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {

// The reference levels of each group, ascending.
struct IndexReference {
  std::vector<std::vector<double>> groups;
};

// `group` has one entry per value, in [0, group_count). A group with fewer than min_count values is left
// empty and its index is undefined.
IndexReference index_reference(Series values, std::span<const int> group, int group_count, int min_count = 5);

// Non-exceedance probability of `value` in its group's reference: (rank - 1/2)/n for reference levels (mean
// rank of ties), linear between them, 1/(2n) and 1 - 1/(2n) beyond. NaN for NaN or an empty group.
double reference_probability(const IndexReference& reference, int group, double value);

// SGI = normal quantile of that probability, one per value.
std::vector<double> standard_index(const IndexReference& reference, Series values,
                                   std::span<const int> group);

// Level with non-exceedance probability p in the group's reference (quantile()); NaN for an empty group.
double reference_level(const IndexReference& reference, int group, double p);

enum class NormalClass { below, near, above, undefined };
// Below when the probability is < low, above when > high.
NormalClass normal_class(double probability, double low = 0.25, double high = 0.75);

struct ClassProbabilities {
  double below = 0;
  double near = 0;
  double above = 0;  // they sum to 1; all NaN where undefined
};
// From the calibrated errors around a simulated level: P(o <= level at p = low), P(o > level at p = high) and
// the rest.
ClassProbabilities class_probabilities(const IndexReference& reference, int group,
                                       const Calibration& calibration, double simulated, double scale,
                                       double low = 0.25, double high = 0.75);

}  // namespace phreatic::stats
