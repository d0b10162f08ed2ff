// SPDX-License-Identifier: BSD-3-Clause
// The water balance of a cell of the synthetic region: buckets of snow, soil, surface water and groundwater, a step a
// month; and what each cause does to its groundwater storage.
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
  bool pumped = false;    // by 6 mm a year
};

// mm by month.
struct CellBalance {
  std::vector<double> evaporation, soil, snow, surface, ground;
};

// Snow melts above 0 degrees, soil spills above its capacity and loses water to evaporation, what it spills becomes
// recharge, groundwater drains by its own rate. rain: mm a month, warm: degrees Celsius; the series is run twice, first to
// spin up. evaporation: empty, or prescribed (taken while the soil has water) in place of that of the temperature.
CellBalance balance_of(const Buckets& buckets, std::span<const double> rain, std::span<const double> warm,
                       std::span<const double> evaporation = {});

// What pumping has taken by a month, mm.
double pumped_until(std::size_t month);

// Causes of groundwater storage. Evapotranspiration counts as what the soil loses, temperature as what makes snow of rain
// and melts it.
inline constexpr std::array<const char*, 4> kCauses = {"precipitation", "evapotranspiration", "temperature",
                                                       "extraction"};

// Shapley value of each cause, mm by month: its mean addition to groundwater storage over all orders in which causes are
// let in, those not yet let in held at their mean (pumping: none). Their sum is the storage less that of no cause.
std::array<std::vector<double>, 4> contributions_of(const Buckets& buckets, std::span<const double> rain,
                                                    std::span<const double> warm,
                                                    std::span<const double> evaporation);

}  // namespace phreatic::studies::downscaling
