// SPDX-License-Identifier: BSD-3-Clause
// The page of `phreatic apply --compare`: two sets of drivers beside each other, the difference by well and period,
// and where inputs leave the range that the model has seen.
#pragma once

#include <string>
#include <vector>

#include "phreatic/hydrographs/prediction/apply.hpp"
#include "phreatic/studies/engine/kind.hpp"

namespace phreatic::studies::wells {

// Two applications of one target.
struct Comparison {
  const hydrographs::Applied* first = nullptr;
  const hydrographs::Applied* second = nullptr;
  std::vector<hydrographs::PeriodDifference> differences;
  std::string unit() const { return first->series.find("simulated")->unit; }
};

struct ComparisonNames {
  std::string model;          // its folder
  std::string first, second;  // of the sets of drivers
};

// One section for each target; panels of the wells show both simulations.
Page comparison_page(const ComparisonNames& names, const std::vector<Comparison>& comparisons);

}  // namespace phreatic::studies::wells
