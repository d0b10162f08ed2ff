// SPDX-License-Identifier: BSD-3-Clause
// A run of time steps of a series or an axis: a training, validation or test period, a stretch without gaps.
#pragma once

#include <cstddef>
#include <span>

#include "phreatic/core/errors.hpp"

namespace phreatic::core {

// Steps begin .. end - 1; empty when begin >= end.
struct StepRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool empty() const { return begin >= end; }
  std::size_t size() const { return empty() ? 0 : end - begin; }
  bool contains(std::size_t step) const { return step >= begin && step < end; }
  bool operator==(const StepRange&) const = default;
};

// The values of a range, which must lie inside.
inline std::span<const double> slice(std::span<const double> values, StepRange range) {
  PHREATIC_ASSERT(range.begin <= range.end && range.end <= values.size());
  return values.subspan(range.begin, range.size());
}

}  // namespace phreatic::core
