// SPDX-License-Identifier: BSD-3-Clause
// True shares of the causes of groundwater storage in the synthetic region, by running its water balance again with other
// series of the causes. Definitions and sources: docs/methods/downscaling.md.
#pragma once

#include <cstdint>
#include <vector>

#include "phreatic/studies/downscaling/storage/buckets.hpp"

namespace phreatic::studies::downscaling {

using OfCauses = std::array<double, kCauses.size()>;

// Cells whose mean storage is predicted together (a footprint), with everything that drives them.
struct Basin {
  std::vector<Buckets> buckets;    // [cell]
  std::vector<Drivers> drivers;    // [cell]
  std::vector<double> area;        // [cell]
  std::vector<std::size_t> group;  // [cell], 0 to groups - 1
  std::size_t groups = 0;
  std::size_t first_month = 0;  // months before it take part in the balance, and in no share
};

// mm2. Of a group's storage less its mean in time; mean over groups by area.
struct TrueShares {
  double variance = 0;
  // Half the mean squared change of storage when the cause's series is exchanged for itself turned round by a number of
  // months drawn at random: its total Sobol index times the variance (keys homma1996, jansen1999).
  OfCauses total{};
  // Shapley effects (keys owen2014, song2016): Shapley values of the same change over all sets of causes that are exchanged
  // together, of storage whose causes have all been turned round, each by itself, so that they depend on each other no more.
  OfCauses shapley{};
  // Variance of the Shapley contribution, and Shapley value of the variance, both of each cell with the causes that do not
  // take part held at their mean. The second may be negative.
  OfCauses contribution{}, held{};
};
TrueShares true_shares(const Basin& basin, std::uint64_t seed, int draws = 32);

// Shapley value of each cause, mm by month: its mean addition to groundwater storage over all orders in which causes are
// let in, those not yet let in held at their mean. Their sum is the storage less that of no cause.
std::array<std::vector<double>, kCauses.size()> contributions_of(const Buckets& buckets,
                                                                 const Drivers& drivers);

}  // namespace phreatic::studies::downscaling
