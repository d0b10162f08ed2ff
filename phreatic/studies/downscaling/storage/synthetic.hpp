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
  double cap_deg = 0;           // > 0: products are means of caps of so many degrees instead
  int leave_out_months = 0;     // first months that products and truth do not hold, while covariates do
  bool surface_water = false;   // a river's water that is in the products, but in no storage
  bool canals = false;          // irrigation of a district, and a river's water that sinks into its bed
  int wells = 40;
  std::uint64_t seed = 1;
};

// The size of a whole basin: 720 coarse and 18,000 fine cells, 261 months from 2002-04; products as 3-degree caps, and surface water that
// nobody takes off.
inline SyntheticRegion full_region() {
  return {.west = 75,
          .east = 90,
          .north = 48,
          .first_year = 1999,
          .years = 25,
          .cap_deg = 3,
          .leave_out_months = 39,
          .surface_water = true,
          .canals = true,
          .wells = 175};
}

// Writes products (three, with correlated errors and missing months), soil moisture and snow, covariates, the true fine
// groundwater storage, the true shares of its causes, zones and wells into `folder`. Buckets of snow, soil and groundwater, step by month; pumping in one
// district is no covariate.
void write_synthetic(const SyntheticRegion& region, const std::filesystem::path& folder);

}  // namespace phreatic::studies::downscaling
