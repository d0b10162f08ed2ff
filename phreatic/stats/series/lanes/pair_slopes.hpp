// SPDX-License-Identifier: BSD-3-Clause
// Order statistics of the slopes of all pairs of values, found by counting: slopes are kept as floats, whose order is
// theirs up to ties; a bracket of each wanted rank is narrowed by counts of all floats up to pivots, and the few
// slopes in it are computed again and sorted. Memory: 4 bytes a pair.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "phreatic/stats/series/lanes/lane_kernels.hpp"

namespace phreatic::stats::lanes {

class PairSlopes {
 public:
  explicit PairSlopes(const LaneKernels& kernels = lane_kernels()) : kernels_(kernels) {}

  void clear();
  // Adds the pairs of one series; NaN in y: missing. t increases. What depends on t alone is kept while t is the same.
  void add(std::span<const double> t, std::span<const double> y);

  long greater() const { return signs_.greater; }
  long less() const { return signs_.less; }
  std::size_t size() const { return pairs_; }

  // Slopes of three ranks (0 the smallest, < size()), the first as the mean with its successor when `even`.
  void order_statistics(const std::size_t (&ranks)[3], bool even, double (&out)[3]);

 private:
  struct Block {
    std::size_t count = 0, start = 0;  // values, first float
    std::size_t values = 0;            // in y_ and t_
    const double* inverse = nullptr;
    bool equal_steps = false;
  };
  struct Bracket {
    float low = 0, high = 0;
    long up_to_low = 0, up_to_high = 0;
  };

  PairRows rows_of(const Block& block) const;
  void prepare_times(std::span<const double> t);
  void first_brackets(const std::size_t (&ranks)[3], Bracket (&brackets)[3]);
  void narrow(const std::size_t (&ranks)[3], Bracket (&brackets)[3]);

  const LaneKernels& kernels_;
  std::vector<Block> blocks_;
  std::vector<double> y_, t_;
  std::vector<double> times_, inverse_;  // the last prepared times
  bool equal_steps_ = false, by_division_ = false;
  std::vector<float> slopes_, sample_;
  std::vector<double> found_[3];
  SignCounts signs_;
  std::size_t pairs_ = 0;
};

}  // namespace phreatic::stats::lanes
