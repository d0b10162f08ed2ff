// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/trees/bins.hpp"

#include <algorithm>
#include <limits>

#include "phreatic/core/errors.hpp"

namespace phreatic::trees {
namespace {

constexpr std::size_t kPerColumn = kThresholds - 1;

}  // namespace

Bins::Bins(const Booster& booster) : features_(booster.features), thresholds_(booster.features) {
  for (const Tree& tree : booster.trees) {
    for (const Node& node : tree.nodes) {
      if (!node.leaf()) thresholds_[static_cast<std::size_t>(node.feature)].push_back(node.threshold);
    }
  }
  for (std::size_t f = 0; f < features_; ++f) {
    std::vector<float>& t = thresholds_[f];
    std::sort(t.begin(), t.end());
    t.erase(std::unique(t.begin(), t.end()), t.end());
    first_.push_back(bins_.size());
    for (std::size_t begin = 0; begin < t.size(); begin += kPerColumn) {
      BinColumn column{.thresholds = {}, .feature = static_cast<std::uint32_t>(f), .low = -1, .high = -1};
      std::fill(std::begin(column.thresholds), std::end(column.thresholds),
                std::numeric_limits<float>::quiet_NaN());
      const std::size_t end = std::min(t.size(), begin + kPerColumn);
      std::copy(t.begin() + static_cast<std::ptrdiff_t>(begin), t.begin() + static_cast<std::ptrdiff_t>(end),
                column.thresholds);
      bins_.push_back(column);
    }
  }
  for (const Tree& tree : booster.trees) {
    for (const Node& node : tree.nodes) {
      if (node.leaf()) continue;
      const std::vector<float>& t = thresholds_[static_cast<std::size_t>(node.feature)];
      const auto place =
          static_cast<std::size_t>(std::lower_bound(t.begin(), t.end(), node.threshold) - t.begin());
      BinColumn& column = bins_[first_[static_cast<std::size_t>(node.feature)] + place / kPerColumn];
      std::int32_t& wanted = node.default_left ? column.low : column.high;
      if (wanted < 0) wanted = static_cast<std::int32_t>(columns_++);
    }
  }
}

Bins::Split Bins::split(const Node& node) const {
  const std::vector<float>& t = thresholds_[static_cast<std::size_t>(node.feature)];
  const auto place =
      static_cast<std::size_t>(std::lower_bound(t.begin(), t.end(), node.threshold) - t.begin());
  const BinColumn& column = bins_[first_[static_cast<std::size_t>(node.feature)] + place / kPerColumn];
  const std::int32_t x = node.default_left ? column.low : column.high;
  PHREATIC_ASSERT(x >= 0);
  return {static_cast<std::uint32_t>(static_cast<std::size_t>(x) * kBlock),
          static_cast<std::uint8_t>(place % kPerColumn)};
}

void Bins::fill(const Kernel& kernel, const float* x, std::size_t rows, std::uint8_t* bytes) const {
  kernel.bin({bins_.data(), bins_.size(), x, rows, features_, bytes});
}

}  // namespace phreatic::trees
