// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/groundwater/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::basin {

namespace {

constexpr double kSecondsPerDay = 86400;

std::vector<double> rounded(const std::vector<double>& values) {
  std::vector<double> out(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) out[i] = std::round(values[i] * 1000) / 1000;
  return out;
}

void check(const BasinParams& p) {
  core::Problems problems;
  const GroundwaterParams& g = p.grid;
  if (g.specific_yield_low > g.specific_yield_high) {
    problems.add({.where = "grid.specific_yield_low",
                  .what = "is above specific_yield_high",
                  .allowed = "at most that"});
  }
  if (p.wells > g.rows * g.columns) {
    problems.add({.where = "wells",
                  .what = fmt::format("{} wells on {} cells", p.wells, g.rows * g.columns),
                  .allowed = "at most one per cell"});
  }
  problems.throw_if_any();
}

const std::vector<std::string> kAttributes = {
    "specific_yield", "log10_soil_conductivity", "available_water_mm",   "log10_aquifer_conductivity",
    "transit_days",   "macropore_share",         "distance_to_river_km", "irrigated_share",
    "surface_m",      "height_above_river_m"};

std::vector<double> draw_attributes(const BasinParams& p, const Landscape& land, std::size_t index,
                                    std::size_t cell, const BasinWell& w) {
  core::RandomStream stream(p.seed, "basin.attributes", index);
  const auto noisy = [&](double value) { return value * std::exp(p.attribute_noise * stream.normal()); };
  const SoilParams& s = w.params.soil;
  const Reach& reach = land.reaches[static_cast<std::size_t>(land.reach_of_cell[cell])];
  std::vector<double> out;
  out.push_back(noisy(w.params.aquifer.specific_yield));
  out.push_back(std::log10(noisy(s.conductivity_mm_per_day)));
  out.push_back(noisy(1000.0 * s.root_depth_m * (s.field_capacity - s.wilting_point)));
  out.push_back(std::log10(noisy(land.conductivity_m_per_day[cell])));
  out.push_back(noisy(s.transit_days));
  out.push_back(noisy(s.bypass));
  out.push_back(w.river_km);
  out.push_back(noisy(w.irrigated_share));
  out.push_back(w.params.aquifer.surface_m);
  out.push_back(w.params.aquifer.surface_m - reach.bed_m);
  return out;
}

// The well in its cell: parameters, place, drivers.
BasinWell make_well(const BasinParams& p, const GroundwaterRun& run, std::size_t index, WellType type) {
  const Landscape& land = run.land;
  const std::size_t cell = run.well_cells[index];
  BasinWell w;
  const std::size_t digits = std::max<std::size_t>(2, std::to_string(run.well_cells.size()).size());
  w.id = fmt::format("V{:0{}}", index + 1, digits);
  w.type = type;
  w.params = land.soils[static_cast<std::size_t>(land.soil[cell])].params;
  w.params.aquifer.surface_m = std::round(100 * land.surface_m[cell]) / 100;
  w.params.aquifer.specific_yield = land.specific_yield[cell];
  w.params.aquifer.shallow_share = land.shallow_share;
  w.params.aquifer.shallow_length_m = land.shallow_length_m;
  w.x_km = land.x_km(cell);
  w.y_km = land.y_km(cell);
  BasinParams centred = p;  // places are counted from the middle of a square of the longer side
  centred.extent_km = 1e-3 * land.cell_m * std::max(land.shape.rows, land.shape.columns);
  const GeoPoint point = geographic(centred, w.x_km, w.y_km);
  w.longitude = point.longitude;
  w.latitude = point.latitude;
  w.river_km = land.river_km[cell];
  const int district = land.district[cell];
  if (district != kNowhere)
    w.irrigated_share = land.districts[static_cast<std::size_t>(district)].irrigated_share;
  w.attributes = draw_attributes(p, land, index, cell, w);
  const std::size_t all = run.drivers.axis.size();
  const auto kept = [&](const std::vector<double>& series, int place) {
    const auto first = series.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(place) * all);
    return std::vector<double>(first + static_cast<std::ptrdiff_t>(run.skip),
                               first + static_cast<std::ptrdiff_t>(all));
  };
  for (std::size_t d = 0; d < 3; ++d) w.drivers[d] = kept(run.drivers.weather[d], land.station[cell]);
  w.drivers[3] = district == kNowhere ? std::vector<double>(all - run.skip, 0.0)
                                      : kept(run.drivers.pumping_mm, district);
  return w;
}

// Weather of the axis at each well: its station's.
Weather weather_of_wells(const Weather& all, const GroundwaterRun& run) {
  Weather out;
  out.axis = core::TimeAxis(all.axis.start(run.skip), all.axis.step(), all.axis.size() - run.skip);
  out.sites = run.well_cells.size();
  for (const WeatherField field : kWeatherFields) {
    for (const std::size_t cell : run.well_cells) {
      const auto kept =
          all.row(all.*field, static_cast<std::size_t>(run.land.station[cell])).subspan(run.skip);
      (out.*field).insert((out.*field).end(), kept.begin(), kept.end());
    }
  }
  return out;
}

// Spin-up, then every day of the axis.
void simulate(GroundwaterRun& run, std::vector<BasinWell>& wells) {
  const std::size_t all = run.drivers.axis.size();
  CoupledBasin coupled(run.land, first_heads(run.land, run.drivers), all);
  for (std::size_t t = 0; t < run.skip; ++t) coupled.step(run.drivers, plain_day(t), t + 1 == run.skip);
  run.initial = coupled.save();
  run.before = coupled.balance();
  run.mean_head_m.assign(run.land.shape.cells(), 0.0);
  std::vector<std::vector<std::size_t>> above;
  for (const Gauge& gauge : run.land.gauges) {
    run.gauges.push_back({gauge.id, gauge.reach, {}, {}});
    above.push_back(reaches_above(run.land, gauge.reach));
  }
  for (std::size_t t = run.skip; t < all; ++t) {
    coupled.step(run.drivers, plain_day(t));
    run.days.push_back(coupled.balance());
    const std::vector<double>& heads = coupled.heads();
    for (std::size_t i = 0; i < wells.size(); ++i) wells[i].level_m.push_back(heads[run.well_cells[i]]);
    for (std::size_t n = 0; n < run.mean_head_m.size(); ++n)
      run.mean_head_m[n] += heads[n] / static_cast<double>(all - run.skip);
    for (std::size_t g = 0; g < run.gauges.size(); ++g) {
      double base = 0;
      for (const std::size_t r : above[g]) base += coupled.baseflow()[r];
      run.gauges[g].discharge_m3_s.push_back(coupled.discharge()[run.gauges[g].reach] / kSecondsPerDay);
      run.gauges[g].baseflow_m3_s.push_back(base / kSecondsPerDay);
    }
  }
  run.days_not_converged = coupled.days_not_converged();
}

}  // namespace

std::vector<std::size_t> reaches_above(const Landscape& land, std::size_t gauge) {
  std::vector<char> in(land.reaches.size(), 0);
  std::vector<std::size_t> out;
  for (std::size_t r = land.reaches.size(); r-- > 0;) {  // from the outlet up
    const int below = land.reaches[r].downstream;
    if (r == gauge || (below != kNowhere && in[static_cast<std::size_t>(below)] != 0)) in[r] = 1;
    if (in[r] != 0) out.push_back(r);
  }
  return out;
}

BasinDrivers make_drivers(const BasinParams& p, const Landscape& land, const Weather& weather) {
  BasinDrivers out;
  out.axis = weather.axis;
  out.weather = {rounded(weather.precipitation_mm), rounded(weather.temperature_degC),
                 rounded(weather.pet_mm)};
  const std::size_t days = weather.axis.size();
  for (std::size_t d = 0; d < land.districts.size(); ++d) {
    const District& district = land.districts[d];
    const std::span<const double> rain(
        out.weather[0].data() + static_cast<std::size_t>(district.station) * days, days);
    const std::vector<double> series =
        rounded(irrigation_pumping(p.pumping, district.irrigated_share, weather.axis, rain, p.seed, d));
    out.pumping_mm.insert(out.pumping_mm.end(), series.begin(), series.end());
  }
  return out;
}

Basin make_groundwater_basin(const BasinParams& p) {
  check(p);
  Basin basin;
  basin.params = p;
  basin.attribute_names = kAttributes;
  auto run = std::make_shared<GroundwaterRun>();
  run->land = make_landscape(p);
  const Weather weather = generate_weather(p.weather, run->land.stations, p.first_year - p.spin_up_years,
                                           p.years + p.spin_up_years, p.seed);
  run->skip = static_cast<std::size_t>(core::days_from_civil({p.first_year, 1, 1}) -
                                       core::day_of(weather.axis.start(0)));
  run->drivers = make_drivers(p, run->land, weather);
  const std::vector<WellType> wanted = draw_types(p);
  run->well_cells = place_wells(run->land, wanted, p.seed);
  for (std::size_t i = 0; i < wanted.size(); ++i)
    basin.wells.push_back(make_well(p, *run, i, run->land.type(run->well_cells[i])));
  simulate(*run, basin.wells);
  core::parallel_for(basin.wells.size(), [&](std::size_t i) {
    basin.wells[i].observation = observe(p.observers, basin.wells[i].level_m, p.seed, i);
  });
  basin.weather = weather_of_wells(weather, *run);
  basin.axis = basin.weather.axis;
  basin.ground = std::move(run);
  return basin;
}

std::vector<CoupledState> states_before(const GroundwaterRun& run, std::vector<std::size_t> days) {
  std::vector<CoupledState> out(days.size());
  if (days.empty()) return out;
  const std::size_t last = *std::max_element(days.begin(), days.end());
  CoupledBasin coupled(run.land, run.initial.ground.heads, std::max<std::size_t>(last, 1));
  coupled.restore(run.initial);
  for (std::size_t t = 0;; ++t) {
    for (std::size_t i = 0; i < days.size(); ++i) {
      if (days[i] == t) out[i] = coupled.save();
    }
    if (t == last) return out;
    coupled.step(run.drivers, plain_day(run.skip + t), false);
  }
}

}  // namespace phreatic::basin
