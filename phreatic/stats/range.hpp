// SPDX-License-Identifier: BSD-3-Clause
// A run of time steps: training, validation or test period.
#pragma once

#include <cstddef>
#include <span>

#include "phreatic/core/errors.hpp"

namespace phreatic::stats {

// Steps begin .. end - 1.
struct IndexRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t size() const { return end - begin; }
};

inline std::span<const double> slice(std::span<const double> values, IndexRange range) {
  PHREATIC_ASSERT(range.begin <= range.end && range.end <= values.size());
  return values.subspan(range.begin, range.size());
}

}  // namespace phreatic::stats
