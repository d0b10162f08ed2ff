// SPDX-License-Identifier: BSD-3-Clause
// Which sites train and which are predicted: one split for all models.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "phreatic/studies/recharge/scenarios/ground.hpp"
#include "phreatic/studies/recharge/scenarios/sites/sites.hpp"

namespace phreatic::studies::recharge {

struct Fold {
  std::vector<std::size_t> train, test;  // indices of sites, ascending
};

Fold random_split(std::size_t sites, double test_share, std::uint64_t seed);
// Every site is tested once.
std::vector<Fold> random_folds(const std::vector<std::size_t>& sites, int folds, std::uint64_t seed);

// Blocks of about equally many sites by halving along the longer side; sites nearer than `buffer_m` (gap between cells)
// to a site of the block train nothing for it.
std::vector<Fold> spatial_folds(const Ground& ground, const std::vector<Site>& sites, int blocks,
                                double buffer_m);

}  // namespace phreatic::studies::recharge
