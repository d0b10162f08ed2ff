// SPDX-License-Identifier: BSD-3-Clause
// Soil columns, groundwater and rivers of a basin, day by day.
//
// Each day: (1) every cell's column is stepped over the water table of its own cell as it stood in the
// morning and gives its exchange with it (recharge - capillary rise - uptake - draw of the frost); (2) the
// groundwater engine takes that number as recharge, with the irrigation wells, the rivers at the stage of
// yesterday's discharge, and the drains, implicit in head; (3) runoff passes two linear reservoirs to its
// reach and goes down the rivers with what the engine's budget says they gained or lost. The columns lag
// behind the water table by a day; the exchange is one number for both sides.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "phreatic/basin/groundwater/landscape.hpp"
#include "phreatic/basin/well.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::basin {

// All that drives the basin, kept to three decimals as the driver files hold it.
struct BasinDrivers {
  core::TimeAxis axis;  // daily
  std::array<std::vector<double>, 3>
      weather;                     // by Driver (precipitation, temperature, demand): [station * days + day]
  std::vector<double> pumping_mm;  // [district * days + day], over the district's cells
};

// Where one day's value of a driver comes from: `from` + share (`to` - `from`), days of BasinDrivers::axis.
struct DriverDay {
  std::size_t from = 0;
  std::size_t to = 0;
  double share = 0;
};
using DriverDays = std::array<DriverDay, kDriverCount>;
inline DriverDays plain_day(std::size_t day) {
  DriverDays out;
  out.fill({day, day, 0});
  return out;
}

// One day's water of the whole basin, m3. Stores are at the end of the day.
struct BasinDay {
  double precipitation = 0, pumped = 0, returned = 0;
  double evaporation_canopy = 0, evaporation_snow = 0, evaporation_soil = 0, evaporation_table = 0;
  double runoff_infiltration = 0, runoff_saturation = 0;  // of the columns
  double recharge = 0, capillary_rise = 0, frost_draw = 0;
  double exchange = 0;                    // columns -> water table, net
  double river_gain = 0, river_loss = 0;  // aquifer -> rivers, rivers -> aquifer, by the engine's budget
  double drains = 0, seepage = 0;         // aquifer -> drains, aquifer -> ground surface
  double outlet = 0;                      // leaves the basin
  double column_store = 0, aquifer_store = 0, runoff_store = 0;
  double river_debt = 0;        // water that reaches lost beyond what they had; made up by later flow
  double column_residual = 0;   // sum over cells of |what does not close|
  double aquifer_residual = 0;  // of the engine's budget: inflow - outflow, storage included
};

struct CoupledState {
  flow::SavedState ground;
  std::vector<WellState> columns;    // [cells]
  std::vector<double> runoff_first;  // [reaches] m3 in the two reservoirs
  std::vector<double> runoff_second;
  std::vector<double> debt;       // [reaches] m3
  std::vector<double> discharge;  // [reaches] m3/d of the last day
};

class CoupledBasin {
 public:
  // `land` must outlive it. It can run `days` days; `start_heads` [layers * cells]; columns start neutral (no
  // snow or frost, field capacity).
  CoupledBasin(const Landscape& land, std::vector<double> start_heads, std::size_t days);
  ~CoupledBasin();
  CoupledBasin(CoupledBasin&&) noexcept;
  CoupledBasin& operator=(CoupledBasin&&) noexcept;

  // One day. With `balance` all of balance() is filled, else nothing of it.
  void step(const BasinDrivers& drivers, const DriverDays& days, bool balance = true);

  const std::vector<double>& heads() const;      // [layers * cells] m
  const std::vector<double>& discharge() const;  // [reaches] m3/d out of each reach
  const std::vector<double>& baseflow()
      const;  // [reaches] m3/d from river cells into each reach, negative: lost
  const std::vector<double>& exchange_mm() const;  // [cells] what the columns gave the water table
  const std::vector<WellState>& columns() const;   // [cells]
  const BasinDay& balance() const;
  const flow::Simulation& ground() const;
  std::size_t days_not_converged() const;

  CoupledState save() const;
  // Goes on from a saved state; the days that this object can run count from here.
  void restore(const CoupledState& state);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Water in the aquifer, m3: negative deficits under the surface, plus elastic storage of a second layer.
double aquifer_store_m3(const Landscape& land, const std::vector<double>& heads);

// Heads under mean drivers: a fifth of the mean precipitation as recharge, mean pumping; thirty years in
// steps of one.
std::vector<double> first_heads(const Landscape& land, const BasinDrivers& drivers);

}  // namespace phreatic::basin
