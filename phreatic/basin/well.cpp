// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/well.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/basin/processes/column.hpp"
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

// One day. With keep = false the compiler drops what only the balance needs.
template <bool keep>
inline void step_day(const WellParams& p, const SoilConstants& c, double precipitation_mm,
                     double temperature_degC, double pet_mm, double pumping_mm, WellState& s, WellFluxes& f) {
  f = WellFluxes{};
  const double stored = keep ? s.stored_mm() : 0.0;
  const double water_depth = depth_m(p.aquifer, s.deficit_mm);
  f.pumping = pumping_mm;
  const double returned = p.aquifer.pumping_return * pumping_mm;
  const double exchange =
      column_day(p, c, precipitation_mm, temperature_degC, pet_mm, returned, water_depth, s, f);
  const double net = exchange - pumping_mm;
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
