// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/well.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"

namespace phreatic::basin {

SoilConstants::SoilConstants(const SoilParams& p)
    : wilting_mm(1000.0 * p.root_depth_m * p.wilting_point),
      field_mm(1000.0 * p.root_depth_m * p.field_capacity),
      saturated_mm(1000.0 * p.root_depth_m * p.saturated),
      exponent(3.0 + 2.0 / p.pore_index),
      drain_rate((exponent - 1.0) * p.conductivity_mm_per_day / (saturated_mm - wilting_mm)),
      least_drained(std::pow(1e-5 / p.conductivity_mm_per_day, 1.0 / exponent)),
      recharge_share(-std::expm1(-1.0 / p.transit_days)),
      suction_exponent(2.0 + 3.0 * p.pore_index),
      rise_factor(1.0 + 1.5 / (1.0 + 3.0 * p.pore_index)),
      highest_rise_m(p.air_entry_m * std::pow(1e4 * p.conductivity_mm_per_day, 1.0 / suction_exponent)) {
  PHREATIC_ASSERT(wilting_mm > 0 && field_mm > wilting_mm && saturated_mm > field_mm && p.transit_days > 0);
}

std::string to_text(Driver driver) {
  static const std::array<std::string, kDriverCount> names = {"precipitation", "temperature", "et_demand",
                                                              "pumping"};
  return names[static_cast<std::size_t>(driver)];
}

std::string column_name(Driver driver) {
  static const std::array<std::string, kDriverCount> names = {"precipitation_mm", "temperature_degC",
                                                              "pet_mm", "pumping_mm"};
  return names[static_cast<std::size_t>(driver)];
}

Forcing Forcing::part(std::size_t first, std::size_t count) const {
  Forcing out;
  for (std::size_t d = 0; d < kDriverCount; ++d) out.series[d] = series[d].subspan(first, count);
  return out;
}

WellModel::WellModel(const WellParams& p) : params_(p), soil_(p.soil) {
  PHREATIC_ASSERT(p.aquifer.response_days > 0 && p.aquifer.specific_yield > 0 &&
                  p.aquifer.drainage_depth_m > 0);
}

WellState WellModel::neutral_state() const {
  WellState s;
  s.root_mm = soil_.field_mm;
  s.deficit_mm = deficit_mm(params_.aquifer, params_.aquifer.drainage_depth_m);
  return s;
}

double WellModel::level_m(const WellState& s) const {
  return params_.aquifer.surface_m - depth_m(params_.aquifer, s.deficit_mm);
}

namespace {

// Canopy, snow and frost: what reaches the ground, and the demand that is left for the soil.
struct SurfaceDay {
  double ground_mm = 0;
  double demand_mm = 0;
  double draw_mm = 0;     // from the water table into the frost
  double release_mm = 0;  // from the frost
  double open = 1;        // infiltration factor of the frost
};

inline SurfaceDay surface_day(const WellParams& p, const SoilConstants& c, double rain_and_snow,
                              double temperature, double pet, double water_depth, WellState& s,
                              WellFluxes& f) {
  SurfaceDay out;
  f.snowfall = rain_and_snow * snowfall_share(p.snow, temperature);
  const double rain = rain_and_snow - f.snowfall;
  const double caught = std::min(rain, p.soil.interception_mm - s.canopy_mm);
  s.canopy_mm += caught;
  f.evaporation_canopy = std::min(s.canopy_mm, pet);
  s.canopy_mm -= f.evaporation_canopy;
  f.snow_outflow = snow_step(p.snow, temperature, f.snowfall, rain - caught, s.snow).outflow_mm;

  constexpr double kCoverMm = 8.0;  // snow water at which half of the ground is covered
  const double cover = s.snow.ice_mm / (s.snow.ice_mm + kCoverMm);
  const double left = pet - f.evaporation_canopy;
  f.evaporation_snow = std::min(s.snow.ice_mm, cover * left);
  s.snow.ice_mm -= f.evaporation_snow;
  out.demand_mm = p.soil.crop_factor * (1.0 - cover) * left;
  out.ground_mm = f.snow_outflow;

  const FrostChange frost = frost_step(p.frost, temperature, s.snow.total_mm(), cover, s.frost);
  out.open = infiltration_factor(p.frost, s.frost);
  out.release_mm = frost.released_share * s.frost.ice_mm;
  if (frost.sunk_m > 0) {
    const double height = std::max(0.0, water_depth - s.frost.bottom_m);
    out.draw_mm = frost_upward_flux_mm(p.frost, s.frost, frost.sunk_m, water_depth,
                                       conductivity_above_table(p.soil, c, height));
  }
  s.frost.ice_mm += out.draw_mm - out.release_mm;
  return out;
}

// The root zone; returns the demand that it left over.
inline double root_day(const SoilParams& p, const SoilConstants& c, double ground, double demand, double open,
                       double water_depth, WellState& s, WellFluxes& f) {
  const double capacity = p.infiltration_mm_per_day * open;
  f.infiltration = ground > 0 ? -capacity * std::expm1(-ground / capacity) : 0.0;
  f.runoff_infiltration = ground - f.infiltration;
  const double bypass = p.bypass * f.infiltration;
  s.root_mm += f.infiltration - bypass;
  f.runoff_saturation = std::max(0.0, s.root_mm - c.saturated_mm);
  s.root_mm -= f.runoff_saturation;
  const double drained = percolation_mm(c, s.root_mm, open);
  s.root_mm -= drained;
  f.percolation = drained + bypass;
  const double available = std::max(0.0, s.root_mm - c.wilting_mm);
  f.evaporation_soil = std::min(available, demand * feddes_factor(p, c, s.root_mm));
  s.root_mm -= f.evaporation_soil;
  const double dryness = std::clamp((c.field_mm - s.root_mm) / (c.field_mm - c.wilting_mm), 0.0, 1.0);
  if (dryness > 0) {
    const double height = std::max(0.0, water_depth - p.root_depth_m);
    const double supply =
        std::min(p.capillary_max_mm_per_day, c.rise_factor * conductivity_above_table(p, c, height));
    f.capillary_rise = std::min(supply * dryness * open, c.field_mm - s.root_mm);
    s.root_mm += f.capillary_rise;
  }
  return demand - f.evaporation_soil;
}

// One day. With keep = false the compiler drops what only the balance needs.
template <bool keep>
inline void step_day(const WellParams& p, const SoilConstants& c, double precipitation_mm,
                     double temperature_degC, double pet_mm, double pumping_mm, WellState& s, WellFluxes& f) {
  f = WellFluxes{};
  const double stored = keep ? s.stored_mm() : 0.0;
  const double water_depth = depth_m(p.aquifer, s.deficit_mm);
  const SurfaceDay day = surface_day(p, c, precipitation_mm, temperature_degC, pet_mm, water_depth, s, f);
  f.pumping = pumping_mm;
  const double returned = p.aquifer.pumping_return * pumping_mm;
  const double left =
      root_day(p.soil, c, day.ground_mm + returned, day.demand_mm, day.open, water_depth, s, f);
  if (water_depth < p.soil.extinction_depth_m) {
    f.evaporation_table = left * (1.0 - water_depth / p.soil.extinction_depth_m);
  }
  f.frost_draw = day.draw_mm;
  f.frost_release = day.release_mm;
  s.transit_mm += f.percolation + f.frost_release;
  f.recharge = c.recharge_share * s.transit_mm;
  s.transit_mm -= f.recharge;
  const double net = f.recharge - f.capillary_rise - f.evaporation_table - f.frost_draw - pumping_mm;
  const AquiferFluxes ground = aquifer_step(p.aquifer, net, s.deficit_mm);
  f.drainage = ground.drainage_mm;
  f.runoff_saturation += ground.spill_mm;
  if constexpr (keep) {
    f.precipitation = precipitation_mm;
    f.pumping_consumed = pumping_mm - returned;
    f.balance_residual = precipitation_mm - f.pumping_consumed - f.runoff_infiltration - f.runoff_saturation -
                         f.evaporation_canopy - f.evaporation_snow - f.evaporation_soil -
                         f.evaporation_table - f.drainage - (s.stored_mm() - stored);
  }
}

template <bool keep>
void run_days(const WellParams& p, const SoilConstants& c, const Forcing& forcing, WellState& s,
              WellRun* run) {
  WellFluxes f;
  for (std::size_t t = 0; t < forcing.days(); ++t) {
    step_day<keep>(p, c, forcing.series[0][t], forcing.series[1][t], forcing.series[2][t],
                   forcing.series[3][t], s, f);
    if (run == nullptr) continue;
    run->states[t] = s;
    run->level_m[t] = p.aquifer.surface_m - depth_m(p.aquifer, s.deficit_mm);
    if constexpr (keep) run->fluxes[t] = f;
  }
}

}  // namespace

void WellModel::step(double precipitation_mm, double temperature_degC, double pet_mm, double pumping_mm,
                     WellState& s) const {
  WellFluxes f;
  step_day<false>(params_, soil_, precipitation_mm, temperature_degC, pet_mm, pumping_mm, s, f);
}

WellRun simulate_well(const WellModel& model, const Forcing& forcing, const WellState& initial,
                      bool keep_fluxes) {
  const std::size_t days = forcing.days();
  for (const auto& series : forcing.series) PHREATIC_ASSERT(series.size() == days);
  WellRun run;
  run.states.resize(days);
  run.level_m.resize(days);
  if (keep_fluxes) run.fluxes.resize(days);
  WellState s = initial;
  const auto days_of = keep_fluxes ? run_days<true> : run_days<false>;
  days_of(model.params(), model.soil(), forcing, s, &run);
  return run;
}

double final_level_m(const WellModel& model, const Forcing& forcing, WellState state) {
  run_days<false>(model.params(), model.soil(), forcing, state, nullptr);
  return model.level_m(state);
}

}  // namespace phreatic::basin
