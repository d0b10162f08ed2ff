// SPDX-License-Identifier: BSD-3-Clause
// Count, least, largest and mean of a series, eight values at a time: one chain of additions would take most of the
// time of a load.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "phreatic/data/load/internal.hpp"

namespace phreatic::data::loading {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kPairs = 4;
using Pair = double __attribute__((vector_size(2 * sizeof(double))));

struct Lanes {
  std::array<Pair, kPairs> least;
  std::array<Pair, kPairs> largest;
  std::array<Pair, kPairs> sum{};
  std::size_t missing = 0;

  Lanes() {
    least.fill(Pair{kInfinity, kInfinity});
    largest.fill(Pair{-kInfinity, -kInfinity});
  }
  template <bool kGaps>
  void add(Pair v, std::size_t lane) {
    least[lane] = v < least[lane] ? v : least[lane];
    largest[lane] = v > largest[lane] ? v : largest[lane];
    if constexpr (kGaps) {
      missing += (std::isnan(v[0]) ? 1U : 0U) + (std::isnan(v[1]) ? 1U : 0U);
      v = v == v ? v : Pair{};
    }
    sum[lane] += v;
  }
};

// Least, largest and the sum (in `mean`) of the first `whole` values, a multiple of eight.
template <bool kGaps>
Numbers in_lanes(const double* values, std::size_t whole) {
  Lanes lanes;
  for (std::size_t i = 0; i < whole; i += 2 * kPairs) {
    for (std::size_t lane = 0; lane < kPairs; ++lane) {
      Pair v;
      std::memcpy(&v, values + i + 2 * lane, sizeof v);
      lanes.add<kGaps>(v, lane);
    }
  }
  Numbers out{.count = whole - lanes.missing, .min = kInfinity, .max = -kInfinity, .mean = 0};
  for (std::size_t lane = 0; lane < 2 * kPairs; ++lane) {
    out.min = std::min(out.min, lanes.least[lane / 2][lane % 2]);
    out.max = std::max(out.max, lanes.largest[lane / 2][lane % 2]);
    out.mean += lanes.sum[lane / 2][lane % 2];
  }
  return out;
}

template <bool kGaps>
Numbers all_numbers(const std::vector<double>& values) {
  const std::size_t whole = values.size() / (2 * kPairs) * (2 * kPairs);
  Numbers out = in_lanes<kGaps>(values.data(), whole);
  for (std::size_t i = whole; i < values.size(); ++i) {
    const double v = values[i];
    if (kGaps && std::isnan(v)) continue;
    ++out.count;
    out.min = std::min(out.min, v);
    out.max = std::max(out.max, v);
    out.mean += v;
  }
  out.mean /= static_cast<double>(out.count);
  return out;
}

}  // namespace

// Most records have no NaN, which their sum tells; then nothing is asked of the single values.
Numbers numbers_of(const std::vector<double>& values) {
  const Numbers plain = all_numbers<false>(values);
  return std::isnan(plain.mean) ? all_numbers<true>(values) : plain;
}

}  // namespace phreatic::data::loading
