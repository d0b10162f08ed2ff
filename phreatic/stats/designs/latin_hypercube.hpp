// SPDX-License-Identifier: BSD-3-Clause
// Latin hypercube sampling (mckay1979): each of `dimensions` axes of [0, 1) is cut into `points` equal strata and
// every stratum of every axis holds exactly one point, at a random place within it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace phreatic::stats {

// [points * dimensions], a point's coordinates beside each other, each in [0, 1). Asserts points >= 1 and
// dimensions >= 1.
std::vector<double> latin_hypercube(std::size_t points, std::size_t dimensions, std::uint64_t seed,
                                    std::string_view purpose);

}  // namespace phreatic::stats
