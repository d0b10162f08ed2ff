// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/groundwater/write.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "phreatic/core/files/files.hpp"

namespace phreatic::basin {

namespace {

using Text = std::string;

Text place(const Basin& basin, std::size_t cell) {
  const Landscape& land = basin.ground->land;
  BasinParams centred = basin.params;
  centred.extent_km = 1e-3 * land.cell_m * std::max(land.shape.rows, land.shape.columns);
  const GeoPoint point = geographic(centred, land.x_km(cell), land.y_km(cell));
  return fmt::format("{:.0f},{:.0f},{:.5f},{:.5f}", 1000 * land.x_km(cell), 1000 * land.y_km(cell),
                     point.latitude, point.longitude);
}

Text series_csv(const Text& column, std::span<const Text> dates, const std::vector<double>& values) {
  Text out = "date," + column + "\n";
  for (std::size_t t = 0; t < values.size(); ++t)
    fmt::format_to(std::back_inserter(out), "{},{:.4f}\n", dates[t], values[t]);
  return out;
}

Text gauges_csv(const Basin& basin) {
  const Landscape& land = basin.ground->land;
  Text out = "id,x_m,y_m,latitude,longitude,area_km2\n";
  for (const Gauge& gauge : land.gauges) {
    const Reach& reach = land.reaches[gauge.reach];
    fmt::format_to(std::back_inserter(out), "{},{},{:.2f}\n", gauge.id, place(basin, reach.cell),
                   reach.area_km2);
  }
  return out;
}

// Mean of each driver over the land above a gauge, [driver][day of the basin].
std::array<std::vector<double>, kDriverCount> drivers_above(const GroundwaterRun& run, std::size_t reach) {
  const Landscape& land = run.land;
  const std::vector<std::size_t> reaches = reaches_above(land, reach);
  const std::size_t all = run.drivers.axis.size();
  std::array<std::vector<double>, kDriverCount> out;
  for (auto& series : out) series.assign(all - run.skip, 0.0);
  std::size_t cells = 0;
  const auto add = [&](const std::vector<double>& from, int place, std::vector<double>& to) {
    if (place == kNowhere) return;
    const std::size_t first = static_cast<std::size_t>(place) * all + run.skip;
    for (std::size_t t = 0; t < to.size(); ++t) to[t] += from[first + t];
  };
  for (std::size_t n = 0; n < land.shape.cells(); ++n) {
    const auto own = static_cast<std::size_t>(land.reach_of_cell[n]);
    if (std::find(reaches.begin(), reaches.end(), own) == reaches.end()) continue;
    ++cells;
    for (std::size_t d = 0; d < run.drivers.weather.size(); ++d)
      add(run.drivers.weather[d], land.station[n], out[d]);
    add(run.drivers.pumping_mm, land.district[n], out.back());
  }
  for (auto& series : out) {
    for (double& value : series) value /= static_cast<double>(std::max<std::size_t>(1, cells));
  }
  return out;
}

Text gauge_drivers_csv(const GroundwaterRun& run, std::size_t reach, std::span<const Text> dates) {
  const auto drivers = drivers_above(run, reach);
  Text out = "date";
  for (std::size_t d = 0; d < kDriverCount; ++d) out.append(",").append(column_name(static_cast<Driver>(d)));
  out += '\n';
  for (std::size_t t = 0; t < dates.size(); ++t) {
    out += dates[t];
    for (const auto& series : drivers) fmt::format_to(std::back_inserter(out), ",{:.3f}", series[t]);
    out += '\n';
  }
  return out;
}

Text river_csv(const Basin& basin) {
  const Landscape& land = basin.ground->land;
  Text out = "reach,downstream,x_m,y_m,latitude,longitude,bed_m\n";
  for (std::size_t r = 0; r < land.reaches.size(); ++r) {
    const Reach& reach = land.reaches[r];
    const Text below = reach.downstream == kNowhere ? "" : std::to_string(reach.downstream + 1);
    fmt::format_to(std::back_inserter(out), "{},{},{},{:.2f}\n", r + 1, below, place(basin, reach.cell),
                   reach.bed_m);
  }
  return out;
}

Text cells_csv(const Basin& basin) {
  const GroundwaterRun& run = *basin.ground;
  const Landscape& land = run.land;
  Text out =
      "row,column,x_m,y_m,latitude,longitude,surface_m,bottom_m,conductivity_m_per_day,specific_yield,type,"
      "soil,station,district,reach,river_km,mean_head_m\n";
  for (std::size_t n = 0; n < land.shape.cells(); ++n) {
    fmt::format_to(
        std::back_inserter(out), "{},{},{},{:.2f},{:.2f},{:.3f},{:.4f},{},{},{},{},{},{:.2f},{:.3f}\n",
        land.shape.row(n) + 1, land.shape.column(n) + 1, place(basin, n), land.surface_m[n], land.bottom_m[n],
        land.conductivity_m_per_day[n], land.specific_yield[n], to_text(land.type(n)), land.soil[n] + 1,
        land.station[n] + 1, land.district[n] == kNowhere ? "" : std::to_string(land.district[n] + 1),
        land.reach_of_cell[n] + 1, land.river_km[n], run.mean_head_m[n]);
  }
  return out;
}

using Part = std::pair<const char*, double BasinDay::*>;
constexpr std::array<Part, 22> kParts = {{{"precipitation", &BasinDay::precipitation},
                                          {"pumped", &BasinDay::pumped},
                                          {"returned", &BasinDay::returned},
                                          {"evaporation_canopy", &BasinDay::evaporation_canopy},
                                          {"evaporation_snow", &BasinDay::evaporation_snow},
                                          {"evaporation_soil", &BasinDay::evaporation_soil},
                                          {"evaporation_table", &BasinDay::evaporation_table},
                                          {"runoff_infiltration", &BasinDay::runoff_infiltration},
                                          {"runoff_saturation", &BasinDay::runoff_saturation},
                                          {"recharge", &BasinDay::recharge},
                                          {"capillary_rise", &BasinDay::capillary_rise},
                                          {"frost_draw", &BasinDay::frost_draw},
                                          {"exchange", &BasinDay::exchange},
                                          {"river_gain", &BasinDay::river_gain},
                                          {"river_loss", &BasinDay::river_loss},
                                          {"drains", &BasinDay::drains},
                                          {"seepage", &BasinDay::seepage},
                                          {"outlet", &BasinDay::outlet},
                                          {"column_store", &BasinDay::column_store},
                                          {"aquifer_store", &BasinDay::aquifer_store},
                                          {"runoff_store", &BasinDay::runoff_store},
                                          {"river_debt", &BasinDay::river_debt}}};

Text balance_csv(const Basin& basin, std::span<const Text> dates) {
  const GroundwaterRun& run = *basin.ground;
  const double per_mm = 1e-3 * run.land.area_m2() * static_cast<double>(run.land.shape.cells());
  Text out = "date";
  for (const Part& part : kParts) out.append(",").append(part.first).append("_mm");
  out += '\n';
  for (std::size_t t = 0; t < run.days.size(); ++t) {
    out += dates[t];
    for (const Part& part : kParts)
      fmt::format_to(std::back_inserter(out), ",{:.6f}", run.days[t].*part.second / per_mm);
    out += '\n';
  }
  return out;
}

}  // namespace

std::string gauge_places(const Basin& basin) {
  const Landscape& land = basin.ground->land;
  std::string out;
  for (const Gauge& gauge : land.gauges)
    out += fmt::format("{},{},\n", gauge.id, place(basin, land.reaches[gauge.reach].cell));
  return out;
}

void write_groundwater(const Basin& basin, std::span<const std::string> dates,
                       const std::filesystem::path& folder) {
  core::make_folder(folder / "discharge");
  core::make_folder(folder / "drivers");
  core::make_folder(folder / "truth" / "baseflow");
  for (const GaugeSeries& gauge : basin.ground->gauges) {
    const Text name = gauge.id + ".csv";
    core::write_file_atomic(folder / "discharge" / name,
                            series_csv("discharge_m3_s", dates, gauge.discharge_m3_s));
    core::write_file_atomic(folder / "truth" / "baseflow" / name,
                            series_csv("baseflow_m3_s", dates, gauge.baseflow_m3_s));
    core::write_file_atomic(folder / "drivers" / name, gauge_drivers_csv(*basin.ground, gauge.reach, dates));
  }
  core::write_file_atomic(folder / "gauges.csv", gauges_csv(basin));
  core::write_file_atomic(folder / "river.csv", river_csv(basin));
  core::write_file_atomic(folder / "truth" / "cells.csv", cells_csv(basin));
  core::write_file_atomic(folder / "truth" / "water_balance.csv", balance_csv(basin, dates));
}

}  // namespace phreatic::basin
