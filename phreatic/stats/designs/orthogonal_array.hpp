// SPDX-License-Identifier: BSD-3-Clause
// Orthogonal arrays of strength 2 (bose1938, owen1992): in any two columns every pair of levels occurs equally often,
// so that a sample spread by one fills every two-dimensional projection evenly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace phreatic::stats {

struct OrthogonalArray {
  std::size_t runs = 0;
  std::size_t factors = 0;
  std::vector<std::size_t> levels;  // [factors] number of levels of each
  std::vector<std::size_t> level;   // [runs * factors], a run's levels beside each other
  std::size_t at(std::size_t run, std::size_t factor) const { return level[run * factors + factor]; }
};

// Two factors with `a` and `b` levels in a * b runs, each pair once, in random order.
OrthogonalArray two_factor_array(std::size_t a, std::size_t b, std::uint64_t seed, std::string_view purpose);

// Bose's construction: p^2 runs of up to p + 1 factors with p levels, p a prime; levels of each factor and runs are
// permuted at random. Asserts that p is prime and factors <= p + 1.
OrthogonalArray bose_array(std::size_t p, std::size_t factors, std::uint64_t seed, std::string_view purpose);

// How often each pair of levels of two factors occurs when that is the same for all pairs; 0 otherwise.
std::size_t pair_index(const OrthogonalArray& array, std::size_t factor_a, std::size_t factor_b);

// rows and columns of strata, rows * columns <= points and as near to it as possible, whose shape on an area of
// `height` by `width` is close to a square (sides at most 1.5 times as long as wide where that leaves no more than a
// tenth of the points over).
struct Strata {
  std::size_t rows = 1;
  std::size_t columns = 1;
};
Strata square_strata(std::size_t points, double height, double width);

}  // namespace phreatic::stats
