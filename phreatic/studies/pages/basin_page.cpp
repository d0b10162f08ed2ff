// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/pages/basin_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/basin/groundwater/run.hpp"
#include "phreatic/report/model.hpp"
#include "phreatic/studies/pages/block_map.hpp"

namespace phreatic::studies {
namespace {

using basin::BasinDay;
constexpr std::size_t kCurves = 6;

report::Heatmap map_of(const basin::Shape& shape, const std::vector<double>& values,
                       report::Quantity quantity) {
  return block_map(values, static_cast<std::size_t>(shape.rows), static_cast<std::size_t>(shape.columns),
                   std::move(quantity));
}

// Each river from its head down to where it meets one that is drawn already.
std::vector<report::Polyline> rivers(const basin::Landscape& land) {
  std::vector<report::Polyline> out;
  std::vector<char> drawn(land.reaches.size(), 0);
  const auto add = [&](std::size_t r, report::Polyline& line) {
    line.x.push_back(1000 * land.x_km(land.reaches[r].cell));
    line.y.push_back(1000 * land.y_km(land.reaches[r].cell));
  };
  for (std::size_t head = 0; head < land.reaches.size(); ++head) {
    if (drawn[head] != 0) continue;
    report::Polyline line;
    for (std::size_t r = head;;) {
      add(r, line);
      if (drawn[r] != 0) break;
      drawn[r] = 1;
      if (land.reaches[r].downstream == basin::kNowhere) break;
      r = static_cast<std::size_t>(land.reaches[r].downstream);
    }
    if (line.x.size() > 1) out.push_back(std::move(line));
  }
  return out;
}

report::Section map_section(const basin::Basin& basin) {
  const basin::GroundwaterRun& run = *basin.ground;
  const basin::Landscape& land = run.land;
  report::Section section{"water-table", "Where does the water stand?", {}, {}};
  report::PointMap wells;
  wells.quantity = {"Type", "", 0};
  for (std::size_t t = 0; t < basin::kTypeCount; ++t)
    wells.categories.push_back(basin::to_text(static_cast<basin::WellType>(t)));
  wells.projected = true;
  wells.reference_system = "metres from the south-west corner";
  wells.rivers = rivers(land);
  for (const basin::BasinWell& w : basin.wells)
    wells.points.push_back({w.id, 1000 * w.x_km, 1000 * w.y_km, report::kUnknown, static_cast<int>(w.type)});
  section.figures.push_back(
      {"wells-and-rivers", "Wells and rivers",
       fmt::format("{} wells by true type and {} river cells.", basin.wells.size(), land.reaches.size()), "",
       wells});
  section.figures.push_back(
      {"mean-head", "Mean head",
       fmt::format("Mean level of the water table over {} days, cells of {:g} m, north on top.",
                   run.days.size(), land.cell_m),
       "", map_of(land.shape, run.mean_head_m, {"Mean head", "m", 1})});
  std::vector<double> depth;
  for (std::size_t n = 0; n < run.mean_head_m.size(); ++n)
    depth.push_back(land.surface_m[n] - run.mean_head_m[n]);
  section.figures.push_back({"mean-depth", "Mean depth to water", "Ground surface less mean head.", "",
                             map_of(land.shape, depth, {"Depth to water", "m", 1})});
  return section;
}

// Means in mm/a over the whole basin.
report::Section balance_section(const basin::Basin& basin) {
  const basin::GroundwaterRun& run = *basin.ground;
  const double per_year = 1e-3 * run.land.area_m2() * static_cast<double>(run.land.shape.cells()) *
                          static_cast<double>(run.days.size()) / 365.25;
  const auto mean = [&](double BasinDay::*part) {
    double sum = 0;
    for (const BasinDay& day : run.days) sum += day.*part;
    return sum / per_year;
  };
  report::Section section{"balance", "Where does the water come from and go to?", {}, {}};
  report::Bars all;
  all.quantity = {"Water", "mm/a", 0};
  all.categories = {"precipitation",      "evaporation: canopy",      "evaporation: snow",
                    "evaporation: soil",  "evaporation: water table", "pumping, consumed",
                    "river at the outlet"};
  all.groups = {{"mean of all years",
                 {mean(&BasinDay::precipitation), mean(&BasinDay::evaporation_canopy),
                  mean(&BasinDay::evaporation_snow), mean(&BasinDay::evaporation_soil),
                  mean(&BasinDay::evaporation_table), mean(&BasinDay::pumped) - mean(&BasinDay::returned),
                  mean(&BasinDay::outlet)}}};
  section.figures.push_back(
      {"water-balance", "The basin", "Mean yearly water balance; the rest is change of storage.", "", all});
  report::Bars table;
  table.quantity = {"Water", "mm/a", 0};
  table.categories = {"recharge", "rivers",  "capillary rise", "uptake from the table",
                      "frost",    "pumping", "drains",         "seepage"};
  table.groups = {
      {"into the aquifer", {mean(&BasinDay::recharge), mean(&BasinDay::river_loss), 0, 0, 0, 0, 0, 0}},
      {"out of the aquifer",
       {0, mean(&BasinDay::river_gain), mean(&BasinDay::capillary_rise), mean(&BasinDay::evaporation_table),
        mean(&BasinDay::frost_draw), mean(&BasinDay::pumped), mean(&BasinDay::drains),
        mean(&BasinDay::seepage)}}};
  section.figures.push_back(
      {"aquifer-balance", "The aquifer", "Mean yearly water balance of the aquifer.", "", table});
  return section;
}

report::Section level_section(const basin::Basin& basin) {
  report::Section section{"levels", "How do levels move?", {}, {}};
  const std::size_t step = std::max<std::size_t>(1, basin.wells.size() / kCurves);
  for (std::size_t i = 0; i < basin.wells.size() && section.figures.size() < kCurves; i += step) {
    const basin::BasinWell& w = basin.wells[i];
    report::Hydrograph chart;
    chart.entity = w.id;
    chart.detail = basin::to_text(w.type);
    chart.axis = basin.axis;
    chart.observed = w.observation.level_m;
    chart.simulated = w.level_m;
    chart.precipitation = w.drivers[0];
    section.figures.push_back(
        {"level-" + report::slug(w.id), w.id,
         fmt::format("Observed and true level at {}, {:.1f} km from the river; true type {}.", w.id,
                     w.river_km, basin::to_text(w.type)),
         "", chart});
  }
  return section;
}

report::Section discharge_section(const basin::Basin& basin) {
  report::Section section{"discharge", "What do the rivers carry?", {}, {}};
  const basin::GroundwaterRun& run = *basin.ground;
  for (const basin::GaugeSeries& gauge : run.gauges) {
    if (section.figures.size() == kCurves) break;
    std::vector<double> year;
    for (std::size_t t = 0; t < basin.axis.size(); ++t)
      year.push_back(basin.params.first_year + static_cast<double>(t) / 365.25);
    report::Lines chart;
    chart.x = {"Year", "", 0};
    chart.y = {"Discharge", "m3/s", 2};
    chart.lines = {{"discharge", report::Role::model, year, gauge.discharge_m3_s, {}, {}},
                   {"baseflow", report::Role::other_model, year, gauge.baseflow_m3_s, {}, {}}};
    section.figures.push_back(
        {"discharge-" + report::slug(gauge.id), gauge.id,
         fmt::format("Discharge at {} from {:.0f} km2; baseflow is what river cells above gain, "
                     "negative where they lose.",
                     gauge.id, run.land.reaches[gauge.reach].area_km2),
         "", chart});
  }
  return section;
}

}  // namespace

report::Report basin_page(const basin::Basin& basin, const std::string& command) {
  const basin::GroundwaterRun& run = *basin.ground;
  report::Report out;
  out.title = "Virtual basin with groundwater";
  out.subtitle = fmt::format("{} x {} cells of {:g} m, {} layer(s), seed {}", run.land.shape.rows,
                             run.land.shape.columns, run.land.cell_m, run.land.layers, basin.params.seed);
  double rain = 0, outlet = 0, residual = 0;
  for (const BasinDay& day : run.days) {
    rain += day.precipitation;
    outlet += day.outlet;
    residual += day.aquifer_residual;
  }
  out.finding = fmt::format(
      "{} wells, {} gauges, {} days; {:.0f} % of the precipitation leaves by the river; the engine's budget "
      "is out by {:.1g} of "
      "it in all.",
      basin.wells.size(), run.gauges.size(), run.days.size(), 100 * outlet / rain, std::abs(residual) / rain);
  if (run.days_not_converged > 0)
    out.warnings.push_back(
        fmt::format("The groundwater engine did not converge on {} days.", run.days_not_converged));
  out.sections = {map_section(basin), balance_section(basin), level_section(basin), discharge_section(basin)};
  out.provenance.command = command;
  return out;
}

}  // namespace phreatic::studies
