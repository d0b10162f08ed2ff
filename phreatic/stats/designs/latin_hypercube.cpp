// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/designs/latin_hypercube.hpp"

#include "phreatic/core/errors.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::stats {

std::vector<double> latin_hypercube(std::size_t points, std::size_t dimensions, std::uint64_t seed,
                                    std::string_view purpose) {
  PHREATIC_ASSERT(points >= 1 && dimensions >= 1);
  std::vector<double> out(points * dimensions);
  for (std::size_t d = 0; d < dimensions; ++d) {
    core::RandomStream random(seed, purpose, d);
    const std::vector<std::size_t> stratum = random.permutation(points);
    for (std::size_t i = 0; i < points; ++i)
      out[i * dimensions + d] =
          (static_cast<double>(stratum[i]) + random.uniform()) / static_cast<double>(points);
  }
  return out;
}

}  // namespace phreatic::stats
