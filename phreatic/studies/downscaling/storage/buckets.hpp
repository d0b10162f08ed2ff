// SPDX-License-Identifier: BSD-3-Clause
// The water balance of a cell of the synthetic region: buckets of snow, soil, surface water and groundwater, a step a
// month.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace phreatic::studies::downscaling {

struct Buckets {
  double capacity = 110;  // mm of soil water
  double drain = 0.12;    // share of groundwater that leaves in a month
  double river = 0;       // share of what spills that a river takes
};

// mm by month.
struct CellBalance {
  std::vector<double> evaporation, soil, snow, surface, ground;
};

// Causes of groundwater storage, and covariates of the study under the same names: rain and snow, mm; what the soil loses,
// mm; degrees Celsius, which make snow of rain and melt it; water of canals, mm; discharge of a river that comes from
// elsewhere, part of which sinks into its bed, mm; what pumping has taken since the start, mm.
inline constexpr std::array<const char*, 6> kCauses = {"precipitation", "evapotranspiration", "temperature",
                                                       "irrigation",    "river inflow",       "extraction"};
enum Cause : std::size_t { kRain, kEvaporation, kWarmth, kIrrigation, kInflow, kExtraction };

// A value a month of each cause. Empty: none; evaporation: that of the temperature.
using Drivers = std::array<std::span<const double>, kCauses.size()>;

// Snow melts above 0 degrees, soil spills above its capacity and loses water to evaporation, what it spills becomes
// recharge, groundwater drains by its own rate. The series is run twice, first to spin up. Evaporation that is prescribed
// is taken while the soil has water.
CellBalance balance_of(const Buckets& buckets, const Drivers& drivers);

}  // namespace phreatic::studies::downscaling
