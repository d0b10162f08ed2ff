// SPDX-License-Identifier: BSD-3-Clause
// A lowland catchment as a groundwater model: a plain that falls from east to west, sands with discontinuous clays
// between them, streams from its terrain, ditches and drains in its low parts, recharge and evapotranspiration by the
// month. Lengths in metres, times in days. Deterministic from the seed (docs/methods/recharge.md).
//
// The land is made on a grid of its own (terrain_cell_m) and brought to the cells of the model, so that one catchment
// can be had at several cell sizes: fields by bilinear interpolation, streams as lines with the length that lies in each cell.
#pragma once

#include <cstdint>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/flow/model.hpp"

namespace phreatic::basin {

struct LowlandParams {
  std::uint64_t seed = 1;
  int rows = 60;
  int columns = 70;
  double cell_m = 100;
  double terrain_cell_m = 100;  // of the grid on which the land is made
  int layers = 3;               // odd: sand, clay, sand ...; where a clay is missing its layer is sand
  std::vector<int> merge;       // so many layers from the top down become one; empty: none

  double tilt_m_per_km = 1.2;
  double relief_m = 1.5;        // standard deviation of hills
  double relief_range_m = 900;  // correlation length
  double stream_area_km2 = 2;   // land that makes a stream
  double stream_depth_m = 1.3;  // of the bed where a stream begins; deeper downstream
  double stream_resistance_days = 1.5;
  double winter_lowering_m =
      0;  // stages are lowered by this from October to March and raised from April to September

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

  double ditch_share = 0.45;         // of the cells, the wettest ones
  double ditch_share_more_west = 0;  // so much more of them at the western edge than at the eastern one
  double drain_depth_m = 1.0;
  double drain_resistance_days = 180;  // geometric mean
  double drain_log_sd = 0.5;           // natural log
  double drain_range_m = 300;
  double seepage_resistance_days = 3;  // of the ground when the table reaches it

  double rain_factor = 1;          // on the climate's precipitation
  double evaporation_depth_m = 0;  // to which groundwater evaporates (geometric mean); 0: not at all
  double evaporation_log_sd = 0;   // of that depth, by land use
  double evaporation_range_m = 1500;
  int spin_up_years = 1;
  int months_followed = 12;  // of the last part, from 1 September on
  int steps_per_month = 6;   // of the last part; 2 in the years before
};
void describe(core::Describer& d, LowlandParams& p);

// The catchment of 765 km2: 832 x 1472 cells of 25 m, 15 layers, fully at any cell size that divides 100 m or is a
// multiple of it and divides 20.8 and 36.8 km; `merged`: three layers in place of 15.
LowlandParams large_lowland(bool merged);
// The same extent in cells of another size. Throws InputError where that leaves a rest.
void set_cell(LowlandParams& p, double cell_m);

// First period steady under the year's means, then months of 365 / 12 days from 1 September on, spin-up years first.
// Throws InputError for an even number of layers, and for `merge` that does not add up to them.
flow::Model lowland_model(const LowlandParams& p);

}  // namespace phreatic::basin
