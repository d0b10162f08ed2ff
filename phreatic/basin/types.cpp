// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/types.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "phreatic/core/random.hpp"

namespace phreatic::basin {

std::string to_text(WellType type) {
  static const std::array<std::string, kTypeCount> names = {"evaporation", "runoff", "extraction"};
  return names[static_cast<std::size_t>(type)];
}

namespace {

// Loam on the plain away from the river, a shallow table that plants and the sun draw on.
constexpr TypeRanges kEvaporation = {.root_depth_m = {0.6, 0.9},
                                     .available_water = {0.14, 0.18},
                                     .log10_conductivity = {2.1, 2.6},
                                     .air_entry_m = {0.30, 0.50},
                                     .pore_index = {0.22, 0.35},
                                     .bypass = {0.15, 0.30},
                                     .crop_factor = {0.85, 1.05},
                                     .extinction_depth_m = {3.0, 4.0},
                                     .transit_days = {4, 15},
                                     .drainage_depth_m = {1.5, 2.3},
                                     .response_days = {70, 140},
                                     .specific_yield = {0.07, 0.13},
                                     .frost_flux_mm_per_day = {0.4, 1.0},
                                     .river_km = {6, 20},
                                     .irrigated_share = {0.0, 0.05}};

// Sandy terraces near the river: rain passes quickly and leaves as drainage.
constexpr TypeRanges kRunoff = {.root_depth_m = {0.3, 0.6},
                                .available_water = {0.07, 0.11},
                                .log10_conductivity = {2.7, 3.4},
                                .air_entry_m = {0.08, 0.20},
                                .pore_index = {0.5, 0.8},
                                .bypass = {0.30, 0.50},
                                .crop_factor = {0.5, 0.7},
                                .extinction_depth_m = {0.5, 1.5},
                                .transit_days = {5, 25},
                                .drainage_depth_m = {3.5, 6.5},
                                .response_days = {40, 110},
                                .specific_yield = {0.10, 0.18},
                                .frost_flux_mm_per_day = {0.1, 0.5},
                                .river_km = {0.3, 6},
                                .irrigated_share = {0.0, 0.05}};

// Irrigated land: pumping from a deeper table.
constexpr TypeRanges kExtraction = {.root_depth_m = {0.4, 0.8},
                                    .available_water = {0.09, 0.16},
                                    .log10_conductivity = {2.3, 3.1},
                                    .air_entry_m = {0.12, 0.40},
                                    .pore_index = {0.30, 0.65},
                                    .bypass = {0.20, 0.40},
                                    .crop_factor = {0.6, 0.9},
                                    .extinction_depth_m = {0.5, 2.0},
                                    .transit_days = {8, 30},
                                    .drainage_depth_m = {3.0, 6.0},
                                    .response_days = {40, 120},
                                    .specific_yield = {0.09, 0.17},
                                    .frost_flux_mm_per_day = {0.1, 0.6},
                                    .river_km = {2, 16},
                                    .irrigated_share = {0.35, 0.80}};

using Member = Range TypeRanges::*;
constexpr std::array<Member, 15> kMembers = {
    &TypeRanges::root_depth_m,          &TypeRanges::available_water,    &TypeRanges::log10_conductivity,
    &TypeRanges::air_entry_m,           &TypeRanges::pore_index,         &TypeRanges::bypass,
    &TypeRanges::crop_factor,           &TypeRanges::extinction_depth_m, &TypeRanges::transit_days,
    &TypeRanges::drainage_depth_m,      &TypeRanges::response_days,      &TypeRanges::specific_yield,
    &TypeRanges::frost_flux_mm_per_day, &TypeRanges::river_km,           &TypeRanges::irrigated_share};

}  // namespace

TypeRanges type_ranges(WellType type, double overlap) {
  const std::array<TypeRanges, kTypeCount> all = {kEvaporation, kRunoff, kExtraction};
  TypeRanges out = all[static_cast<std::size_t>(type)];
  for (const Member member : kMembers) {
    Range whole = out.*member;
    for (const TypeRanges& one : all) {
      whole.low = std::min(whole.low, (one.*member).low);
      whole.high = std::max(whole.high, (one.*member).high);
    }
    Range& mine = out.*member;
    mine.low += overlap * (whole.low - mine.low);
    mine.high += overlap * (whole.high - mine.high);
  }
  return out;
}

WellDraw draw_well(WellType type, double overlap, std::uint64_t seed, std::uint64_t well) {
  const TypeRanges ranges = type_ranges(type, overlap);
  core::RandomStream stream(seed, "well.parameters", well);
  const auto draw = [&stream](const Range& r) { return stream.uniform(r.low, r.high); };
  WellDraw out;
  SoilParams& soil = out.params.soil;
  soil.root_depth_m = draw(ranges.root_depth_m);
  const double available = draw(ranges.available_water);
  soil.wilting_point = 0.6 * available;
  soil.field_capacity = soil.wilting_point + available;
  soil.saturated = std::max(0.38, soil.field_capacity + 0.12);
  soil.conductivity_mm_per_day = std::pow(10.0, draw(ranges.log10_conductivity));
  soil.air_entry_m = draw(ranges.air_entry_m);
  soil.pore_index = draw(ranges.pore_index);
  soil.bypass = draw(ranges.bypass);
  soil.crop_factor = draw(ranges.crop_factor);
  soil.extinction_depth_m = draw(ranges.extinction_depth_m);
  soil.transit_days = draw(ranges.transit_days);
  AquiferParams& aquifer = out.params.aquifer;
  aquifer.drainage_depth_m = draw(ranges.drainage_depth_m);
  aquifer.response_days = draw(ranges.response_days);
  aquifer.specific_yield = draw(ranges.specific_yield);
  out.params.frost.flux_mm_per_day = draw(ranges.frost_flux_mm_per_day);
  out.river_km = draw(ranges.river_km);
  out.irrigated_share = draw(ranges.irrigated_share);
  return out;
}

}  // namespace phreatic::basin
