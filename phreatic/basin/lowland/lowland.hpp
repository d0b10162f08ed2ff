// SPDX-License-Identifier: BSD-3-Clause
// A lowland catchment as a groundwater model: a plain that falls from east to west, sands with discontinuous clays
// between them, streams from its terrain, ditches and drains in its low parts, recharge by the month. Lengths in
// metres, times in days. Deterministic from the seed (docs/methods/recharge.md).
#pragma once

#include <cstdint>

#include "phreatic/core/params.hpp"
#include "phreatic/flow/model.hpp"

namespace phreatic::basin {

struct LowlandParams {
  std::uint64_t seed = 1;
  int rows = 60;
  int columns = 70;
  double cell_m = 100;
  int layers = 3;  // odd: sand, clay, sand ...; where a clay is missing its layer is sand

  double tilt_m_per_km = 1.2;
  double relief_m = 1.5;        // standard deviation of hills
  double relief_range_m = 900;  // correlation length
  double stream_area_km2 = 2;   // land that makes a stream
  double stream_depth_m = 1.3;  // of the bed where a stream begins; deeper downstream
  double stream_resistance_days = 1.5;

  double sand_m = 14;  // thickness of a sand layer, and of a clay layer
  double clay_m = 3;
  double sand_conductivity_m_per_day = 12;  // geometric mean
  double conductivity_log_sd = 0.6;         // natural log
  double conductivity_range_m = 1200;
  double clay_conductivity_m_per_day = 0.003;
  double clay_share_west = 0.9, clay_share_east = 0.25;  // of the area with clay
  double sand_vertical_ratio = 0.1;
  double yield_low = 0.08, yield_high = 0.26;
  double storage_per_m = 2e-5;

  double ditch_share = 0.45;  // of the cells, the wettest ones
  double drain_depth_m = 1.0;
  double drain_resistance_days = 180;  // geometric mean
  double seepage_resistance_days = 3;  // of the ground when the table reaches it

  int spin_up_years = 1;
  int steps_per_month = 6;  // of the last year; 2 in the years before
};
void describe(core::Describer& d, LowlandParams& p);

// First period steady under the year's mean recharge, then months of 365 / 12 days from 1 September on, spin-up
// years first. Throws InputError for an even number of layers.
flow::Model lowland_model(const LowlandParams& p);

}  // namespace phreatic::basin
