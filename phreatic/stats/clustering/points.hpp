// SPDX-License-Identifier: BSD-3-Clause
// Points in space as the clustering functions take them.
#pragma once

#include <cstddef>
#include <span>

#include "phreatic/core/errors.hpp"

namespace phreatic::stats {

// count x dimension numbers, [point][coordinate]; the memory is the caller's.
struct Points {
  Points(std::span<const double> v, std::size_t n, std::size_t d) : values(v), count(n), dimension(d) {
    PHREATIC_ASSERT(v.size() == n * d);
  }
  std::span<const double> operator[](std::size_t i) const { return values.subspan(i * dimension, dimension); }

  std::span<const double> values;
  std::size_t count;
  std::size_t dimension;
};

inline double squared_distance(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t j = 0; j < a.size(); ++j) sum += (a[j] - b[j]) * (a[j] - b[j]);
  return sum;
}

}  // namespace phreatic::stats
