// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/groundwater/coupled.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "phreatic/basin/groundwater/aquifer_model.hpp"
#include "phreatic/basin/processes/column.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::basin {

namespace {

constexpr std::size_t at(Driver driver) { return static_cast<std::size_t>(driver); }

// The parts of a day's balance that columns add to.
constexpr std::array<double BasinDay::*, 15> kColumnParts = {
    &BasinDay::precipitation,     &BasinDay::pumped,
    &BasinDay::returned,          &BasinDay::evaporation_canopy,
    &BasinDay::evaporation_snow,  &BasinDay::evaporation_soil,
    &BasinDay::evaporation_table, &BasinDay::runoff_infiltration,
    &BasinDay::runoff_saturation, &BasinDay::recharge,
    &BasinDay::capillary_rise,    &BasinDay::frost_draw,
    &BasinDay::exchange,          &BasinDay::column_store,
    &BasinDay::column_residual};

// What a driver is on one day, for each of `places` series.
void take_day(const std::vector<double>& series, std::size_t places, std::size_t days, const DriverDay& day,
              std::vector<double>& out) {
  out.resize(places);
  for (std::size_t s = 0; s < places; ++s) {
    const double a = series[s * days + day.from];
    if (day.share == 0) {
      out[s] = a;
      continue;
    }
    out[s] = a + day.share * (series[s * days + day.to] - a);
  }
}

}  // namespace

struct CoupledBasin::Impl {
  const Landscape& land;
  std::shared_ptr<AquiferInputs> inputs;
  flow::Simulation ground;
  std::vector<SoilConstants> constants;  // by soil
  std::vector<WellState> columns;
  std::vector<double> runoff_first, runoff_second, debt, reach_discharge, reach_baseflow;
  std::vector<double> exchange_mm, runoff_mm;
  std::array<std::vector<double>, kDriverCount> today;
  std::vector<BasinDay> rows;
  BasinDay day;
  std::size_t not_converged = 0;
  double share_out;  // of a runoff reservoir in a day

  Impl(const Landscape& l, std::vector<double> start_heads, std::size_t days)
      : land(l),
        inputs(std::make_shared<AquiferInputs>(l)),
        ground(daily_aquifer(l, inputs, std::move(start_heads), days), kBasinEngine),
        rows(static_cast<std::size_t>(l.shape.rows)),
        share_out(-std::expm1(-1.0 / l.runoff_days)) {
    for (const Soil& soil : land.soils) constants.emplace_back(soil.params.soil);
    columns.resize(land.shape.cells());
    for (std::size_t n = 0; n < columns.size(); ++n)
      columns[n].root_mm = constants[static_cast<std::size_t>(land.soil[n])].field_mm;
    for (auto* v : {&runoff_first, &runoff_second, &debt, &reach_discharge, &reach_baseflow})
      v->assign(land.reaches.size(), 0.0);
    exchange_mm.assign(land.shape.cells(), 0.0);
    runoff_mm.assign(land.shape.cells(), 0.0);
  }

  void read_drivers(const BasinDrivers& drivers, const DriverDays& days) {
    const std::size_t count = drivers.axis.size();
    for (std::size_t d = 0; d < 3; ++d)
      take_day(drivers.weather[d], land.stations.size(), count, days[d], today[d]);
    take_day(drivers.pumping_mm, land.districts.size(), count, days[at(Driver::pumping)],
             today[at(Driver::pumping)]);
  }

  // Columns of one row of cells; writes only what belongs to these cells and to rows[row].
  void step_row(int row, bool balance) {
    BasinDay sums;
    const std::vector<double>& heads = ground.heads();
    for (int column = 0; column < land.shape.columns; ++column) {
      const std::size_t n = land.shape.cell(row, column);
      const auto soil = static_cast<std::size_t>(land.soil[n]);
      const auto station = static_cast<std::size_t>(land.station[n]);
      const WellParams& p = land.soils[soil].params;
      const double pumping = land.district[n] == kNowhere
                                 ? 0.0
                                 : today[at(Driver::pumping)][static_cast<std::size_t>(land.district[n])];
      const double returned = p.aquifer.pumping_return * pumping;
      const double rain = today[at(Driver::precipitation)][station];
      const double water_depth = std::max(0.0, land.surface_m[n] - heads[n]);
      WellState& s = columns[n];
      const double stored = balance ? s.stored_mm() : 0.0;
      WellFluxes f;
      const double exchange = column_day(p, constants[soil], rain, today[at(Driver::temperature)][station],
                                         today[at(Driver::et_demand)][station], returned, water_depth, s, f);
      exchange_mm[n] = exchange;
      runoff_mm[n] = f.runoff_infiltration + f.runoff_saturation;
      inputs->recharge_m[n] = 1e-3 * exchange;
      inputs->drain_factor[n] = infiltration_factor(p.frost, s.frost);
      inputs->pumping_m[n] = 1e-3 * pumping;
      if (balance) add_column(rain, pumping, returned, exchange, stored, s, f, sums);
    }
    rows[static_cast<std::size_t>(row)] = sums;
  }

  static void add_column(double rain, double pumping, double returned, double exchange, double stored,
                         const WellState& s, const WellFluxes& f, BasinDay& sums) {
    sums.precipitation += rain;
    sums.pumped += pumping;
    sums.returned += returned;
    sums.evaporation_canopy += f.evaporation_canopy;
    sums.evaporation_snow += f.evaporation_snow;
    sums.evaporation_soil += f.evaporation_soil;
    sums.evaporation_table += f.evaporation_table;
    sums.runoff_infiltration += f.runoff_infiltration;
    sums.runoff_saturation += f.runoff_saturation;
    sums.recharge += f.recharge;
    sums.capillary_rise += f.capillary_rise;
    sums.frost_draw += f.frost_draw;
    sums.exchange += exchange;
    sums.column_store += s.stored_mm();
    // Uptake from the table passes the column: it is in the exchange and in the evaporation.
    sums.column_residual += std::abs(rain + returned - f.evaporation_canopy - f.evaporation_snow -
                                     f.evaporation_soil - f.evaporation_table - f.runoff_infiltration -
                                     f.runoff_saturation - exchange - (s.stored_mm() - stored));
  }

  void step_columns(bool balance) {
    core::parallel_for(rows.size(), [&](std::size_t row) { step_row(static_cast<int>(row), balance); });
    day = BasinDay{};
    if (!balance) return;
    const double to_m3 = 1e-3 * land.area_m2();
    for (const BasinDay& row : rows) {
      for (std::size_t i = 0; i < kColumnParts.size(); ++i) day.*kColumnParts[i] += row.*kColumnParts[i];
    }
    for (std::size_t i = 0; i < kColumnParts.size(); ++i) day.*kColumnParts[i] *= to_m3;
  }

  void step_ground() {
    for (std::size_t r = 0; r < land.reaches.size(); ++r)
      inputs->stage_m[r] = land.reaches[r].bed_m + manning_depth_m(land.reaches[r], reach_discharge[r]);
    const flow::StepReport& report = ground.advance();
    if (report.status == flow::StepStatus::converged && report.dried == 0) return;
    if (report.status == flow::StepStatus::not_converged || report.status == flow::StepStatus::unbalanced) {
      ++not_converged;
      return;
    }
    throw core::InputError({.where = "basin.grid",
                            .what = fmt::format("the aquifer fell dry on day {} of the run; {}",
                                                report.time.index + 1, report.message),
                            .mend = "Raise thickness or conductivity, or lower pumping.season_depth"});
  }

  // Water from the engine's budget and the fields to the rivers and down to the outlet.
  void route() {
    const std::vector<flow::PackageFlows> flows = ground.package_flows();
    std::vector<double> fields(land.reaches.size(), 0.0);
    const double to_m3 = 1e-3 * land.area_m2();
    for (std::size_t n = 0; n < runoff_mm.size(); ++n)
      fields[static_cast<std::size_t>(land.reach_of_cell[n])] += to_m3 * runoff_mm[n];
    const flow::PackageFlows& seepage = flows[kSeepagePackage];
    for (std::size_t b = 0; b < seepage.flow.size(); ++b) {
      fields[static_cast<std::size_t>(land.reach_of_cell[b])] -= seepage.flow[b];
      day.seepage -= seepage.flow[b];
    }
    std::vector<double> gain(land.reaches.size(), 0.0);
    const flow::PackageFlows& river = flows[kRiverPackage];
    for (std::size_t r = 0; r < river.flow.size(); ++r) {
      reach_baseflow[r] = -river.flow[r];
      gain[r] -= river.flow[r];
      (river.flow[r] > 0 ? day.river_loss : day.river_gain) += std::abs(river.flow[r]);
    }
    const flow::PackageFlows& drains = flows[kDrainPackage];
    for (std::size_t b = 0; b < drains.flow.size(); ++b) {
      gain[static_cast<std::size_t>(land.reach_of_cell[land.drains[b].cell])] -= drains.flow[b];
      day.drains -= drains.flow[b];
    }
    for (std::size_t r = 0; r < land.reaches.size(); ++r) {
      runoff_first[r] += fields[r];
      const double first = share_out * runoff_first[r];
      runoff_first[r] -= first;
      runoff_second[r] += first;
      const double second = share_out * runoff_second[r];
      runoff_second[r] -= second;
      // Reaches come from the divides down, so that `gain` holds what those above sent.
      const double water = gain[r] + second - debt[r];
      reach_discharge[r] = std::max(0.0, water);
      debt[r] = std::max(0.0, -water);
      const int below = land.reaches[r].downstream;
      (below == kNowhere ? day.outlet : gain[static_cast<std::size_t>(below)]) += reach_discharge[r];
      day.runoff_store += runoff_first[r] + runoff_second[r];
      day.river_debt += debt[r];
    }
  }

  void step(const BasinDrivers& drivers, const DriverDays& days, bool balance) {
    read_drivers(drivers, days);
    step_columns(balance);
    step_ground();
    route();
    if (!balance) return;
    day.aquifer_store = aquifer_store_m3(land, ground.heads());
    day.aquifer_residual = ground.last_step().inflow - ground.last_step().outflow;
  }
};

CoupledBasin::CoupledBasin(const Landscape& land, std::vector<double> start_heads, std::size_t days)
    : impl_(std::make_unique<Impl>(land, std::move(start_heads), days)) {}
CoupledBasin::~CoupledBasin() = default;
CoupledBasin::CoupledBasin(CoupledBasin&&) noexcept = default;
CoupledBasin& CoupledBasin::operator=(CoupledBasin&&) noexcept = default;

void CoupledBasin::step(const BasinDrivers& drivers, const DriverDays& days, bool balance) {
  impl_->step(drivers, days, balance);
}
const std::vector<double>& CoupledBasin::heads() const { return impl_->ground.heads(); }
const std::vector<double>& CoupledBasin::discharge() const { return impl_->reach_discharge; }
const std::vector<double>& CoupledBasin::baseflow() const { return impl_->reach_baseflow; }
const std::vector<double>& CoupledBasin::exchange_mm() const { return impl_->exchange_mm; }
const std::vector<WellState>& CoupledBasin::columns() const { return impl_->columns; }
const BasinDay& CoupledBasin::balance() const { return impl_->day; }
const flow::Simulation& CoupledBasin::ground() const { return impl_->ground; }
std::size_t CoupledBasin::days_not_converged() const { return impl_->not_converged; }

CoupledState CoupledBasin::save() const {
  return {impl_->ground.save(), impl_->columns, impl_->runoff_first,
          impl_->runoff_second, impl_->debt,    impl_->reach_discharge};
}

void CoupledBasin::restore(const CoupledState& state) {
  flow::SavedState ground = state.ground;
  ground.next_period = ground.next_step = ground.next_index = 0;
  ground.time = ground.period_start = 0;
  impl_->ground.restore(ground);
  impl_->columns = state.columns;
  impl_->runoff_first = state.runoff_first;
  impl_->runoff_second = state.runoff_second;
  impl_->debt = state.debt;
  impl_->reach_discharge = state.discharge;
}

}  // namespace phreatic::basin
