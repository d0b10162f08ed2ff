// SPDX-License-Identifier: BSD-3-Clause
// A synthetic region whose groundwater is known, as files of the kinds that a downscaling study reads: the example that
// `phreatic init downscaling` writes.
#pragma once

#include <cstdint>
#include <filesystem>

namespace phreatic::studies::downscaling {

struct SyntheticRegion {
  double west = 74, south = 36, east = 80, north = 40;  // degrees
  double coarse = 0.5, fine = 0.1;
  int first_year = 2004, years = 12;
  double smoothing_deg = 0.75;  // standard deviation of the footprint of products
  int wells = 40;
  std::uint64_t seed = 1;
};

// Writes products (three, with correlated errors and missing months), soil moisture and snow, covariates, the true fine
// groundwater storage, zones and wells into `folder`. Buckets of snow, soil and groundwater, step by month; pumping in one
// district is no covariate.
void write_synthetic(const SyntheticRegion& region, const std::filesystem::path& folder);

}  // namespace phreatic::studies::downscaling
