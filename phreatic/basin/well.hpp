// SPDX-License-Identifier: BSD-3-Clause
// One virtual well: weather and pumping in, water-table level out, every drop accounted for.
//   surface: interception, snow, frost -> root zone -> unsaturated zone -> linear reservoir (aquifer)
// Storage is in mm of water over the well's area, fluxes in mm/d, levels in m above the datum.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "phreatic/basin/processes/aquifer.hpp"
#include "phreatic/basin/processes/frost.hpp"
#include "phreatic/basin/processes/snow.hpp"
#include "phreatic/basin/processes/soil.hpp"
#include "phreatic/core/settings/params.hpp"

namespace phreatic::basin {

struct WellParams {
  SnowParams snow;
  FrostParams frost;
  SoilParams soil;
  AquiferParams aquifer;
};
void describe(core::Describer& d, WellParams& p);

// What drives a well. The order is that of Forcing and of the driver files' columns.
enum class Driver { precipitation, temperature, et_demand, pumping };
inline constexpr std::size_t kDriverCount = 4;
std::string to_text(Driver driver);      // "precipitation" ...
std::string column_name(Driver driver);  // "precipitation_mm", "temperature_degC", "pet_mm", "pumping_mm"

// Daily series of equal length: precipitation (mm), temperature (degC), reference ET (mm), pumping (mm).
struct Forcing {
  std::array<std::span<const double>, kDriverCount> series;
  std::span<const double>& operator[](Driver driver) { return series[static_cast<std::size_t>(driver)]; }
  std::span<const double> operator[](Driver driver) const { return series[static_cast<std::size_t>(driver)]; }
  std::size_t days() const { return series[0].size(); }
  Forcing part(std::size_t first, std::size_t count) const;
};

struct WellState {
  double canopy_mm = 0;
  SnowState snow;
  FrostState frost;
  double root_mm = 0;     // water in the root zone
  double transit_mm = 0;  // water between the roots and the water table
  double deficit_mm = 0;  // water missing between the water table and the surface
  double stored_mm() const {
    return canopy_mm + snow.total_mm() + frost.ice_mm + root_mm + transit_mm - deficit_mm;
  }
};

// One day's fluxes, mm.
struct WellFluxes {
  double precipitation = 0;
  double snowfall = 0;
  double snow_outflow = 0;
  double pumping = 0;
  double pumping_consumed = 0;  // the part that does not come back onto the field
  double infiltration = 0;
  double runoff_infiltration = 0;  // infiltration excess
  double runoff_saturation = 0;    // root zone or water table at the surface
  double evaporation_canopy = 0;
  double evaporation_snow = 0;
  double evaporation_soil = 0;
  double evaporation_table = 0;
  double percolation = 0;     // root zone -> unsaturated zone, bypass included
  double capillary_rise = 0;  // water table -> root zone
  double frost_draw = 0;      // water table -> ice
  double frost_release = 0;   // ice -> unsaturated zone
  double recharge = 0;        // unsaturated zone -> water table
  double drainage = 0;        // water table -> drainage level; negative = inflow
  // precipitation + inflow - outflows - change of storage: zero but for rounding
  double balance_residual = 0;
};

// A well ready to run: parameters and what follows from them once.
class WellModel {
 public:
  explicit WellModel(const WellParams& p);
  const WellParams& params() const { return params_; }
  // A neutral start: no snow, no frost, root zone at field capacity, water table at the drainage level.
  WellState neutral_state() const;
  double level_m(const WellState& s) const;
  // One day.
  void step(double precipitation_mm, double temperature_degC, double pet_mm, double pumping_mm,
            WellState& s) const;
  const SoilConstants& soil() const { return soil_; }

 private:
  WellParams params_;
  SoilConstants soil_;
};

struct WellRun {
  std::vector<WellState> states;   // [days], at the end of each day
  std::vector<WellFluxes> fluxes;  // [days]; empty unless asked
  std::vector<double> level_m;     // [days], end of each day
};

// Runs all days of `forcing` from `initial`.
WellRun simulate_well(const WellModel& model, const Forcing& forcing, const WellState& initial,
                      bool keep_fluxes = false);

// The level (m) at the end of the last day of `forcing`, without keeping anything else.
double final_level_m(const WellModel& model, const Forcing& forcing, WellState state);

}  // namespace phreatic::basin
