// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/basin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include "phreatic/basin/groundwater/run.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::basin {

namespace {

constexpr double kOriginLongitude = 124.0;
constexpr double kKmPerDegree = 111.195;

// The double nearest to `value` rounded to 1 / parts: what a text of that many decimals reads back as.
double round_to(double value, double parts) { return std::round(value * parts) / parts; }

double river_distance_km(double x, double y, double extent) {
  double best = std::numeric_limits<double>::infinity();
  constexpr int kPieces = 600;
  for (int i = 0; i <= kPieces; ++i) {
    const double u = extent * i / kPieces;
    best = std::min(best, std::hypot(x - u, y - river_y_km(u, extent)));
  }
  return best;
}

// A place at about the wanted distance from the river: of many tries the nearest to it.
void place_well(const BasinParams& p, std::size_t index, double wanted_km, BasinWell& well) {
  core::RandomStream stream(p.seed, "basin.place", index);
  double best = std::numeric_limits<double>::infinity();
  constexpr int kTries = 40;
  for (int i = 0; i < kTries; ++i) {
    const double x = p.extent_km * stream.uniform(0.03, 0.97);
    const double y = p.extent_km * stream.uniform(0.03, 0.97);
    const double river = river_distance_km(x, y, p.extent_km);
    if (std::abs(river - wanted_km) >= best) continue;
    best = std::abs(river - wanted_km);
    well.x_km = x;
    well.y_km = y;
    well.river_km = river;
  }
  const GeoPoint point = geographic(p, well.x_km, well.y_km);
  well.latitude = point.latitude;
  well.longitude = point.longitude;
  // The plain rises gently away from the river and upstream.
  well.params.aquifer.surface_m =
      round_to(136.0 + 0.45 * well.river_km + 0.12 * (p.extent_km - well.x_km) + stream.normal(), 100);
}

const std::array<const char*, 10> kAttributes = {
    "specific_yield", "log10_conductivity", "available_water_mm",   "drainage_depth_m", "response_days",
    "transit_days",   "macropore_share",    "distance_to_river_km", "irrigated_share",  "surface_m"};

// What a hydrogeologist would know of the well, with errors.
std::vector<double> draw_attributes(const BasinParams& p, std::size_t index, const BasinWell& w) {
  core::RandomStream stream(p.seed, "basin.attributes", index);
  const SoilParams& s = w.params.soil;
  const AquiferParams& a = w.params.aquifer;
  const auto noisy = [&](double value) { return value * std::exp(p.attribute_noise * stream.normal()); };
  std::vector<double> out;
  out.push_back(noisy(a.specific_yield));
  out.push_back(std::log10(noisy(s.conductivity_mm_per_day)));
  out.push_back(noisy(1000.0 * s.root_depth_m * (s.field_capacity - s.wilting_point)));
  out.push_back(noisy(a.drainage_depth_m));
  out.push_back(noisy(a.response_days));
  out.push_back(noisy(s.transit_days));
  out.push_back(noisy(s.bypass));
  out.push_back(w.river_km);
  out.push_back(noisy(w.irrigated_share));
  out.push_back(a.surface_m);
  return out;
}

std::vector<double> rounded(std::span<const double> values, double parts) {
  std::vector<double> out(values.begin(), values.end());
  for (double& value : out) value = round_to(value, parts);
  return out;
}

// Drivers and run of one well over spin-up and axis; then only the axis is kept.
void run_well(const Weather& weather, std::size_t skip, const BasinParams& p, std::size_t index,
              BasinWell& w) {
  constexpr double kParts = 1000;  // drivers are kept to three decimals, as the files hold them
  const std::vector<double> rain = rounded(weather.row(weather.precipitation_mm, index), kParts);
  const std::vector<double> warm = rounded(weather.row(weather.temperature_degC, index), kParts);
  const std::vector<double> pet = rounded(weather.row(weather.pet_mm, index), kParts);
  const std::vector<double> pump =
      rounded(irrigation_pumping(p.pumping, w.irrigated_share, weather.axis, rain, p.seed, index), kParts);
  const WellModel model(w.params);
  const Forcing forcing{{rain, warm, pet, pump}};
  const std::size_t days = weather.axis.size() - skip;
  w.initial = simulate_well(model, forcing.part(0, skip), model.neutral_state()).states.back();
  for (std::size_t d = 0; d < kDriverCount; ++d) {
    const auto kept = forcing.series[d].subspan(skip);
    w.drivers[d].assign(kept.begin(), kept.end());
  }
  WellRun run = simulate_well(model, forcing.part(skip, days), w.initial);
  w.states = std::move(run.states);
  w.level_m = std::move(run.level_m);
  w.observation = observe(p.observers, w.level_m, p.seed, index);
}

core::TimeAxis axis_after(const core::TimeAxis& all, std::size_t skip) {
  return {all.start(skip), all.step(), all.size() - skip};
}

// Cuts the spin-up off the weather, one field after the other.
Weather without_start(Weather all, std::size_t skip) {
  const std::size_t days = all.axis.size() - skip;
  for (const WeatherField field : kWeatherFields) {
    std::vector<double> kept;
    kept.reserve(all.sites * days);
    for (std::size_t s = 0; s < all.sites; ++s) {
      const auto row = all.row(all.*field, s).subspan(skip);
      kept.insert(kept.end(), row.begin(), row.end());
    }
    all.*field = std::move(kept);
  }
  all.axis = axis_after(all.axis, skip);
  return all;
}

std::string well_id(std::size_t index, std::size_t count) {
  return fmt::format("V{:0{}}", index + 1, std::max<std::size_t>(2, std::to_string(count).size()));
}

void check_params(const BasinParams& p) {
  core::Problems problems;
  if (p.pumping.end_day <= p.pumping.start_day) {
    problems.add(
        {.where = "pumping.end_day", .what = "is not after start_day", .allowed = "a later day of the year"});
  }
  if (p.weather.wet_share_low > p.weather.wet_share_high) {
    problems.add(
        {.where = "weather.wet_share_low", .what = "is above wet_share_high", .allowed = "at most that"});
  }
  problems.throw_if_any();
}

}  // namespace

std::vector<WellType> draw_types(const BasinParams& p) {
  const auto n = static_cast<std::size_t>(p.wells);
  core::RandomStream stream(p.seed, "basin.types");
  const std::vector<std::size_t> order = stream.permutation(n);
  std::vector<WellType> types(n);
  for (std::size_t i = 0; i < n; ++i) types[order[i]] = static_cast<WellType>(i % kTypeCount);
  return types;
}

double river_y_km(double x_km, double extent_km) {
  return extent_km * (0.45 + 0.10 * std::sin(2.0 * std::numbers::pi * 1.3 * x_km / extent_km));
}

GeoPoint geographic(const BasinParams& p, double x_km, double y_km) {
  const double latitude = p.weather.latitude + (y_km - 0.5 * p.extent_km) / kKmPerDegree;
  const double across = kKmPerDegree * std::cos(latitude * std::numbers::pi / 180.0);
  return {kOriginLongitude + (x_km - 0.5 * p.extent_km) / across, latitude};
}

Forcing BasinWell::forcing() const { return Forcing{{drivers[0], drivers[1], drivers[2], drivers[3]}}; }

namespace {

// The wells without series, and where they stand.
Basin draw_basin(const BasinParams& p, std::vector<Site>& sites) {
  Basin basin;
  basin.params = p;
  basin.attribute_names.assign(kAttributes.begin(), kAttributes.end());
  const auto count = static_cast<std::size_t>(p.wells);
  const std::vector<WellType> types = draw_types(p);
  basin.wells.resize(count);
  sites.resize(count);
  core::parallel_for(count, [&](std::size_t i) {
    BasinWell& w = basin.wells[i];
    w.id = well_id(i, count);
    w.type = types[i];
    const WellDraw draw = draw_well(w.type, p.overlap, p.seed, i);
    w.params = draw.params;
    w.irrigated_share = draw.irrigated_share;
    place_well(p, i, draw.river_km, w);
    w.attributes = draw_attributes(p, i, w);
    sites[i] = {w.x_km, w.y_km, -0.0065 * (w.params.aquifer.surface_m - 140.0)};
  });
  return basin;
}

// The weather of spin-up and axis.
Weather weather_with_start(const BasinParams& p, std::span<const Site> sites,
                           std::span<const WeatherField> wanted) {
  return generate_weather(p.weather, sites, p.first_year - p.spin_up_years, p.years + p.spin_up_years, p.seed,
                          wanted);
}

std::size_t spin_up_days(const BasinParams& p) {
  return static_cast<std::size_t>(core::days_from_civil({p.first_year, 1, 1}) -
                                  core::days_from_civil({p.first_year - p.spin_up_years, 1, 1}));
}

}  // namespace

Basin wells_of_basin(const BasinParams& p) {
  check_params(p);
  if (p.aquifer == AquiferKind::groundwater) return make_groundwater_basin(p);
  std::vector<Site> sites;
  return draw_basin(p, sites);
}

Basin make_basin(const BasinParams& p) {
  check_params(p);
  if (p.aquifer == AquiferKind::groundwater) return make_groundwater_basin(p);
  std::vector<Site> sites;
  Basin basin = draw_basin(p, sites);
  Weather all = weather_with_start(p, sites, kWeatherFields);
  const std::size_t skip = spin_up_days(p);
  core::parallel_for(basin.wells.size(), [&](std::size_t i) { run_well(all, skip, p, i, basin.wells[i]); });
  basin.weather = without_start(std::move(all), skip);
  basin.axis = basin.weather.axis;
  return basin;
}

Basin make_basin_well_by_well(const BasinParams& p, const WellSink& take) {
  check_params(p);
  PHREATIC_ASSERT(p.aquifer == AquiferKind::reservoir);
  std::vector<Site> sites;
  Basin basin = draw_basin(p, sites);
  std::vector<WeatherField> wanted = {&Weather::precipitation_mm, &Weather::temperature_degC,
                                      &Weather::pet_mm};
  if (p.all_weather)
    wanted.insert(wanted.end(), {&Weather::radiation_mj_m2, &Weather::wind_m_s, &Weather::humidity_percent});
  const Weather all = weather_with_start(p, sites, wanted);
  const std::size_t skip = spin_up_days(p);
  basin.axis = axis_after(all.axis, skip);
  core::parallel_for(basin.wells.size(), [&](std::size_t i) {
    BasinWell well = basin.wells[i];
    run_well(all, skip, p, i, well);
    WellWeather weather;
    if (p.all_weather) {
      weather = {all.row(all.radiation_mj_m2, i).subspan(skip), all.row(all.wind_m_s, i).subspan(skip),
                 all.row(all.humidity_percent, i).subspan(skip)};
    }
    take(basin.axis, well, weather);
    basin.wells[i].initial = well.initial;
    basin.wells[i].observation.faults = std::move(well.observation.faults);
  });
  return basin;
}

void describe(core::Describer& d, BasinParams& p) {
  d.field("seed", p.seed, {.help = "Seed of everything that is drawn"});
  d.field("wells", p.wells, {.help = "Number of wells", .min = 1, .max = 20000});
  d.field("first_year", p.first_year, {.help = "First calendar year", .unit = "a", .min = 1700, .max = 2500});
  d.field("years", p.years, {.help = "Number of calendar years", .unit = "a", .min = 1, .max = 200});
  d.field("spin_up_years", p.spin_up_years,
          {.help = "Years simulated before the first and not written", .unit = "a", .min = 1, .max = 50});
  d.field("overlap", p.overlap,
          {.help = "How far the types' parameter ranges overlap: 0 not beyond their own, 1 wholly",
           .min = 0,
           .max = 1});
  d.field("extent", p.extent_km, {.help = "Side of the square basin", .unit = "km", .min = 1, .max = 1000});
  d.field("attribute_noise", p.attribute_noise,
          {.help = "Relative error of the written attributes", .min = 0, .max = 1});
  d.field("all_weather", p.all_weather, {.help = "Write radiation, wind and humidity too"});
  d.section("weather", p.weather, "Weather generator");
  d.section("pumping", p.pumping, "Irrigation pumping");
  d.section("observers", p.observers, "Loggers");
  d.choice("aquifer", p.aquifer,
           {{"reservoir", AquiferKind::reservoir}, {"groundwater", AquiferKind::groundwater}},
           {.help = "reservoir: one linear reservoir per well; groundwater: one aquifer with rivers, "
                    "simulated on a grid"});
  d.section("grid", p.grid, "The aquifer's grid, with aquifer: groundwater");
}

}  // namespace phreatic::basin
