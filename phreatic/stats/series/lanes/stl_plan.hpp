// SPDX-License-Identifier: BSD-3-Clause
// The windows and tricube weights of an STL, which depend on the number of steps and the settings alone.
#pragma once

#include <cstddef>
#include <vector>

#include "phreatic/stats/series/lanes/lane_kernels.hpp"
#include "phreatic/stats/series/stl.hpp"

namespace phreatic::stats::lanes {

// Spans and degrees with what is left to the rules of stl.hpp filled in.
struct StlSpans {
  int seasonal = 7;
  int seasonal_degree = 1;
  int trend = 0;
  int low_pass = 0;
};
StlSpans spans_of(const StlParams& params, std::size_t steps);

// Owns what an StlPlan points to.
class StlTables {
 public:
  StlTables(const StlParams& params, std::size_t steps);
  const StlPlan& plan() const { return plan_; }

 private:
  struct Store {
    std::vector<int> first, table;
    std::vector<double> rows;
  };
  LoessWindows windows(Store& store, std::size_t points, int span, int degree, bool beyond_ends);

  StlPlan plan_;
  Store part_[2], low_, trend_;
};

}  // namespace phreatic::stats::lanes
