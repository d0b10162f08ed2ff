// SPDX-License-Identifier: BSD-3-Clause
// The thresholds of a forest as columns of bytes (kernels/kernel.hpp): per feature its distinct thresholds in
// order, 255 to a column; exact, for a split only asks on which side of its threshold a value lies.
#pragma once

#include <vector>

#include "phreatic/trees/booster.hpp"
#include "phreatic/trees/kernels/kernel.hpp"

namespace phreatic::trees {

class Bins {
 public:
  explicit Bins(const Booster& booster);

  struct Split {
    std::uint32_t x;  // place of the column in a block's bytes
    std::uint8_t threshold;
  };
  Split split(const Node& node) const;
  std::size_t columns() const { return columns_; }
  std::size_t bytes() const { return columns_ * kBlock; }
  // Bytes of up to kBlock rows x [rows][features].
  void fill(const Kernel& kernel, const float* x, std::size_t rows, std::uint8_t* bytes) const;

 private:
  std::size_t features_;
  std::size_t columns_ = 0;
  std::vector<std::vector<float>> thresholds_;  // [feature], ascending, distinct
  std::vector<std::size_t> first_;              // [feature] its first entry of bins_
  std::vector<BinColumn> bins_;
};

}  // namespace phreatic::trees
