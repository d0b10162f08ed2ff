// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/lowland/lowland.hpp"

namespace phreatic::basin {

void describe(core::Describer& d, LowlandParams& p) {
  d.field("seed", p.seed, {.help = "Everything random follows from it"});
  d.field("rows", p.rows, {.help = "Rows of cells", .min = 5, .max = 5000});
  d.field("columns", p.columns, {.help = "Columns of cells", .min = 5, .max = 5000});
  d.field("cell", p.cell_m, {.help = "Side of a cell", .unit = "m", .min = 5, .max = 2000});
  d.field(
      "terrain_cell", p.terrain_cell_m,
      {.help = "Side of a cell of the grid on which the land is made", .unit = "m", .min = 5, .max = 2000});
  d.field("layers", p.layers, {.help = "Layers: sand, clay, sand ... (odd)", .min = 1, .max = 25});
  d.field("merge", p.merge, {.help = "So many layers from the top down become one; empty: none"});
  d.field("tilt", p.tilt_m_per_km, {.help = "Fall of the plain to the west", .unit = "m/km", .min = 0});
  d.field("relief", p.relief_m, {.help = "Standard deviation of hills", .unit = "m", .min = 0});
  d.field("relief_range", p.relief_range_m, {.help = "Correlation length of hills", .unit = "m", .min = 1});
  d.field("stream_area", p.stream_area_km2, {.help = "Land that makes a stream", .unit = "km2", .min = 1e-3});
  d.field("stream_depth", p.stream_depth_m,
          {.help = "Depth of a stream's bed where it begins", .unit = "m", .min = 0.1});
  d.field("stream_resistance", p.stream_resistance_days,
          {.help = "Resistance of the bed", .unit = "d", .min = 0.01});
  d.field("winter_lowering", p.winter_lowering_m,
          {.help = "Stages are lower by this from October to March, and higher in summer",
           .unit = "m",
           .min = 0});
  d.field("sand", p.sand_m, {.help = "Thickness of a sand layer", .unit = "m", .min = 1});
  d.field("clay", p.clay_m, {.help = "Thickness of a clay layer", .unit = "m", .min = 0.1});
  d.field("sand_conductivity", p.sand_conductivity_m_per_day,
          {.help = "Geometric mean of the sand's conductivity", .unit = "m/d", .min = 1e-3});
  d.field("conductivity_log_sd", p.conductivity_log_sd,
          {.help = "Standard deviation of its natural logarithm", .min = 0, .max = 3});
  d.field("conductivity_range", p.conductivity_range_m,
          {.help = "Correlation length of sand; clay bodies have twice that", .unit = "m", .min = 1});
  d.field("clay_conductivity", p.clay_conductivity_m_per_day,
          {.help = "Vertical conductivity of clay", .unit = "m/d", .min = 1e-7});
  d.field("clay_share_west", p.clay_share_west,
          {.help = "Share of the area with clay in the west", .min = 0, .max = 1});
  d.field("clay_share_east", p.clay_share_east, {.help = "The same in the east", .min = 0, .max = 1});
  d.field("yield_low", p.yield_low, {.help = "Smallest specific yield", .min = 0.01, .max = 0.5});
  d.field("yield_high", p.yield_high, {.help = "Largest specific yield", .min = 0.01, .max = 0.5});
  d.field("ditch_share", p.ditch_share,
          {.help = "Share of the cells with ditches or drains", .min = 0, .max = 1});
  d.field("ditch_share_more_west", p.ditch_share_more_west,
          {.help = "So much more of them at the western edge than at the eastern one", .min = -1, .max = 1});
  d.field("drain_depth", p.drain_depth_m, {.help = "Their depth", .unit = "m", .min = 0.1});
  d.field("drain_resistance", p.drain_resistance_days, {.help = "Their resistance", .unit = "d", .min = 1});
  d.field("drain_log_sd", p.drain_log_sd,
          {.help = "Standard deviation of its natural logarithm", .min = 0, .max = 3});
  d.field("drain_range", p.drain_range_m, {.help = "Its correlation length", .unit = "m", .min = 1});
  d.field("rain_factor", p.rain_factor, {.help = "Factor on precipitation", .min = 0, .max = 10});
  d.field("evaporation_depth", p.evaporation_depth_m,
          {.help = "Depth to which groundwater evaporates, geometric mean; 0: not at all",
           .unit = "m",
           .min = 0});
  d.field("evaporation_log_sd", p.evaporation_log_sd,
          {.help = "Standard deviation of its natural logarithm: land use", .min = 0, .max = 1.5});
  d.field("evaporation_range", p.evaporation_range_m,
          {.help = "Correlation length of land use", .unit = "m", .min = 1});
  d.field("months_followed", p.months_followed,
          {.help = "Months of the last part, from 1 September on", .min = 1, .max = 120});
  d.field("spin_up_years", p.spin_up_years, {.help = "Years before the last part", .min = 0, .max = 30});
  d.field("steps_per_month", p.steps_per_month,
          {.help = "Time steps a month in the last part", .min = 1, .max = 31});
}

}  // namespace phreatic::basin
