// SPDX-License-Identifier: BSD-3-Clause
// How near attributions come to the true contributions, pooled over wells x dates x groups.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace phreatic::basin {

struct AttributionScore {
  std::string group;         // "all" for the pooled score
  std::size_t count = 0;     // pairs that count (neither NaN)
  double correlation = 0;    // Pearson's
  double slope = 0;          // of the regression of attributed on true, with intercept
  double relative_rmse = 0;  // sqrt(mean (attributed - true)^2) / standard deviation of true
};

// NaN where the truth (or, for the correlation, either) is constant or fewer than two pairs count.
AttributionScore score_pairs(std::span<const double> attributed, std::span<const double> truth);

// Arrays are [sample][group] with samples = wells x dates. The pooled score first, then one per group.
std::vector<AttributionScore> score_attribution(std::span<const double> attributed,
                                                std::span<const double> truth,
                                                std::span<const std::string> groups);

}  // namespace phreatic::basin
