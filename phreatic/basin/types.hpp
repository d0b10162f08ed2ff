// SPDX-License-Identifier: BSD-3-Clause
// The true types of dynamics and the ranges that their parameters are drawn from. With `overlap` 0 every type
// keeps its own range; each range's ends move towards those of the union of all types as overlap grows to 1,
// where the types differ no more.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "phreatic/basin/well.hpp"

namespace phreatic::basin {

// Precipitation infiltration-evaporation, precipitation infiltration-runoff, extraction.
enum class WellType { evaporation, runoff, extraction };
inline constexpr std::size_t kTypeCount = 3;
std::string to_text(WellType type);

struct Range {
  double low = 0;
  double high = 0;
};

// What differs between types. Everything else is the same for all wells (defaults of WellParams).
struct TypeRanges {
  Range root_depth_m, available_water;  // field capacity - wilting point
  Range log10_conductivity;             // mm/d
  Range air_entry_m, pore_index, bypass, crop_factor, extinction_depth_m, transit_days;
  Range drainage_depth_m, response_days, specific_yield;
  Range frost_flux_mm_per_day;
  Range river_km;         // distance to the river
  Range irrigated_share;  // of the well's surroundings
};
TypeRanges type_ranges(WellType type, double overlap);

// The draw for one well; `river_km` and `irrigated_share` are those of the place, drawn beforehand.
struct WellDraw {
  WellParams params;
  double river_km = 0;
  double irrigated_share = 0;
};
WellDraw draw_well(WellType type, double overlap, std::uint64_t seed, std::uint64_t well);

}  // namespace phreatic::basin
