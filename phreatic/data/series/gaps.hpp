// SPDX-License-Identifier: BSD-3-Clause
// Named policies for missing steps of a driver between its first and its last value. Nothing is filled
// silently: every gap is recorded. Method: docs/methods/data.md.
#pragma once

#include <span>
#include <vector>

#include "phreatic/core/calendar.hpp"
#include "phreatic/data/sources.hpp"
#include "phreatic/data/split.hpp"

namespace phreatic::data {

struct GapResult {
  std::size_t steps = 0;  // missing steps between first and last value
  std::size_t filled = 0;
  std::size_t longest = 0;  // longest run of missing steps
  std::size_t first = 0;    // the first missing step
  bool refused = false;     // the policy does not allow what is there
};

// Applies the policy in place. `fit` is the training period: the climatology (mean over the training steps
// within 15 days of the same day of the year) uses nothing else. `flags`, when given, becomes 1 where the
// policy `flag` filled and 0 elsewhere.
GapResult fill_gaps(std::span<double> series, const core::TimeAxis& axis, const StepRange& fit,
                    GapPolicy policy, int longest_linear, std::span<double> flags = {});

std::string gap_policy_name(GapPolicy policy);

}  // namespace phreatic::data
