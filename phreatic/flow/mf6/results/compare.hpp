// SPDX-License-Identifier: BSD-3-Clause
// Two results side by side, record by record: heads, dry cells, budget terms.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace phreatic::flow::mf6 {

struct HeadDifference {
  std::size_t records = 0;    // layers of steps that both files have
  std::size_t values = 0;     // cells compared: wet in both
  double largest = 0;         // |difference| (L)
  std::string largest_where;  // "period 1, step 2, cell (1, 2, 3): 10.1 and 10.2"
  double rms = 0;
  double p50 = 0, p99 = 0, p999 = 0;  // percentiles of |difference|
  double at_percentile = 0;           // that of the request
  std::size_t dry_disagreement = 0;   // values dry in one file only
  std::size_t inactive_disagreement = 0;
  std::string first_dry;  // where the first of them is
};
// Throws InputError when the files have no step in common or other grids.
HeadDifference compare_heads(const std::filesystem::path& ours, const std::filesystem::path& reference,
                             double percentile = 100);

struct BudgetDifference {
  int period = 0, step = 0;
  std::string text, package;
  double ours_in = 0, ours_out = 0, reference_in = 0, reference_out = 0;  // (L3/T)
  double percent = 0;  // larger of the two differences, in % of the reference's total inflow of the step
  double entry_percent = 0;  // largest difference of one cell or row, likewise
};
// Terms that both files have, FLOW-JA-FACE and DATA-* left out; `missing` gets terms that only one has.
std::vector<BudgetDifference> compare_budgets(const std::filesystem::path& ours,
                                              const std::filesystem::path& reference,
                                              std::vector<std::string>& missing);

}  // namespace phreatic::flow::mf6
