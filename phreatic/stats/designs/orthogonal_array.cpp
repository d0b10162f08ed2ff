// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/designs/orthogonal_array.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::stats {
namespace {

bool is_prime(std::size_t p) {
  for (std::size_t d = 2; d * d <= p; ++d) {
    if (p % d == 0) return false;
  }
  return p >= 2;
}

}  // namespace

OrthogonalArray two_factor_array(std::size_t a, std::size_t b, std::uint64_t seed, std::string_view purpose) {
  PHREATIC_ASSERT(a >= 1 && b >= 1);
  OrthogonalArray out{a * b, 2, {a, b}, {}};
  core::RandomStream random(seed, purpose);
  for (const std::size_t run : random.permutation(a * b)) {
    out.level.push_back(run / b);
    out.level.push_back(run % b);
  }
  return out;
}

OrthogonalArray bose_array(std::size_t p, std::size_t factors, std::uint64_t seed, std::string_view purpose) {
  PHREATIC_ASSERT(is_prime(p) && factors >= 1 && factors <= p + 1);
  OrthogonalArray out{p * p, factors, std::vector<std::size_t>(factors, p), {}};
  std::vector<std::vector<std::size_t>> renamed;
  for (std::size_t f = 0; f < factors; ++f)
    renamed.push_back(core::RandomStream(seed, purpose, f + 1).permutation(p));
  core::RandomStream random(seed, purpose);
  for (const std::size_t run : random.permutation(p * p)) {
    const std::size_t i = run / p;
    const std::size_t j = run % p;
    for (std::size_t f = 0; f < factors; ++f) {
      // Columns j, i, i + j, i + 2 j ...: any two of them determine i and j.
      const std::size_t level = f == 0 ? j : (i + (f - 1) * j) % p;
      out.level.push_back(renamed[f][level]);
    }
  }
  return out;
}

std::size_t pair_index(const OrthogonalArray& array, std::size_t factor_a, std::size_t factor_b) {
  const std::size_t columns = array.levels[factor_b];
  std::vector<std::size_t> count(array.levels[factor_a] * columns, 0);
  for (std::size_t run = 0; run < array.runs; ++run)
    ++count[array.at(run, factor_a) * columns + array.at(run, factor_b)];
  const bool equal = std::all_of(count.begin(), count.end(), [&](std::size_t n) { return n == count[0]; });
  return equal ? count[0] : 0;
}

Strata square_strata(std::size_t points, double height, double width) {
  PHREATIC_ASSERT(points >= 1 && height > 0 && width > 0);
  Strata best;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t rows = 1; rows <= points; ++rows) {
    const std::size_t columns = points / rows;
    const double side_ratio = height / static_cast<double>(rows) / (width / static_cast<double>(columns));
    const double left_over = static_cast<double>(points - rows * columns) / static_cast<double>(points);
    const double long_sides = std::max(0.0, std::abs(std::log(side_ratio)) - std::log(1.5));
    const double cost =
        0.1 * std::abs(std::log(side_ratio)) + long_sides + std::max(left_over, 10 * (left_over - 0.1));
    if (cost >= least) continue;
    least = cost;
    best = {rows, columns};
  }
  return best;
}

}  // namespace phreatic::stats
