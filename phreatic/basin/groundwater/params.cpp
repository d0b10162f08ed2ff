// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/groundwater/params.hpp"

namespace phreatic::basin {

namespace {

void describe_land(core::Describer& d, GroundwaterParams& p) {
  d.field("rows", p.rows, {.help = "Rows of cells", .min = 3, .max = 2000});
  d.field("columns", p.columns, {.help = "Columns of cells", .min = 3, .max = 2000});
  d.field("layers", p.layers,
          {.help = "Aquifer layers; irrigation pumps from the lowest", .min = 1, .max = 2});
  d.field("cell_size", p.cell_size_m, {.help = "Side of a cell", .unit = "m", .min = 10, .max = 5000});
  d.field("station_spacing", p.station_spacing_km,
          {.help = "Distance of weather stations; a cell has the nearest one's weather",
           .unit = "km",
           .min = 0.05,
           .max = 1000});
  d.field("tilt", p.tilt_m_per_km,
          {.help = "Slope of the plain towards the outlet", .unit = "m/km", .min = 0, .max = 50});
  d.field("relief", p.relief_m, {.help = "Standard deviation of hills", .unit = "m", .min = 0, .max = 500});
  d.field("relief_range", p.relief_range_km,
          {.help = "Correlation length of hills", .unit = "km", .min = 0.05, .max = 1000});
  d.field("river_area", p.river_area_km2,
          {.help = "Area of land whose runoff makes a river", .unit = "km2", .min = 1e-3});
  d.field("incision", p.incision_m,
          {.help = "Depth of a river's bed below the ground where it begins; deeper downstream",
           .unit = "m",
           .min = 0.1,
           .max = 50});
  d.field("river_resistance", p.river_resistance_days,
          {.help = "Resistance of the bed", .unit = "d", .min = 0.01, .max = 1e5});
  d.field("runoff_days", p.runoff_days,
          {.help = "Time constant of each of two linear reservoirs between field and river",
           .unit = "d",
           .min = 0.01,
           .max = 1000});
}

void describe_aquifer(core::Describer& d, GroundwaterParams& p) {
  d.field("thickness", p.thickness_m,
          {.help = "Thickness of each layer under the lowest river bed", .unit = "m", .min = 2, .max = 2000});
  d.field("conductivity", p.conductivity_m_per_day,
          {.help = "Hydraulic conductivity of the aquifer, geometric mean",
           .unit = "m/d",
           .min = 1e-3,
           .max = 1e4});
  d.field("conductivity_log_sd", p.conductivity_log_sd,
          {.help = "Standard deviation of its natural logarithm", .min = 0, .max = 4});
  d.field("conductivity_range", p.conductivity_range_km,
          {.help = "Its correlation length", .unit = "km", .min = 0.01, .max = 1000});
  d.field("vertical_ratio", p.vertical_ratio,
          {.help = "Vertical over horizontal conductivity", .min = 1e-6, .max = 1});
  d.field("lower_storage", p.lower_storage_per_m,
          {.help = "Specific storage of the second layer", .unit = "1/m", .min = 1e-8, .max = 1e-2});
  d.field("specific_yield_low", p.specific_yield_low,
          {.help = "Lowest specific yield of a deep water table", .min = 0.005, .max = 0.5});
  d.field("specific_yield_high", p.specific_yield_high, {.help = "Highest one", .min = 0.005, .max = 0.5});
  d.field("shallow_share", p.shallow_share,
          {.help = "Share of the specific yield that is left at the surface", .min = 0.01, .max = 1});
  d.field("shallow_length", p.shallow_length_m,
          {.help = "Depth over which it recovers", .unit = "m", .min = 0, .max = 10});
}

}  // namespace

void describe(core::Describer& d, GroundwaterParams& p) {
  describe_land(d, p);
  describe_aquifer(d, p);
  d.field("drain_depth", p.drain_depth_m,
          {.help = "Depth of field drains where the table is shallow", .unit = "m", .min = 0.1, .max = 20});
  d.field("drain_resistance", p.drain_resistance_days,
          {.help = "Their resistance", .unit = "d", .min = 0.1, .max = 1e6});
  d.field(
      "seepage_resistance", p.seepage_resistance_days,
      {.help = "Resistance of the ground when the table reaches it", .unit = "d", .min = 0.01, .max = 1000});
  d.field("irrigated_area", p.irrigated_area,
          {.help = "Share of the basin in irrigation districts", .min = 0, .max = 0.9});
  d.field("district_radius", p.district_radius_km,
          {.help = "Radius of an irrigation district", .unit = "km", .min = 0.05, .max = 100});
  d.field("soils_of_type", p.soils_of_type,
          {.help = "Soils drawn for each type of dynamics", .min = 1, .max = 100});
  d.field("gauges", p.gauges, {.help = "Discharge gauges, the outlet first", .min = 1, .max = 100});
  d.field("truth_dates", p.truth_dates,
          {.help = "Dates that get true contributions at most; each costs runs of the whole basin",
           .min = 1,
           .max = 10000});
  d.field("truth_references", p.truth_references,
          {.help = "Reference windows of each such date at most", .min = 1, .max = 1000});
}

}  // namespace phreatic::basin
