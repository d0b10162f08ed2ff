// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/groundwater/aquifer_model.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "phreatic/basin/groundwater/coupled.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/flow/grid/storage.hpp"

namespace phreatic::basin {

AquiferInputs::AquiferInputs(const Landscape& land)
    : recharge_m(land.shape.cells(), 0.0),
      pumping_m(land.shape.cells(), 0.0),
      drain_factor(land.shape.cells(), 1.0) {
  for (const Reach& reach : land.reaches) stage_m.push_back(reach.bed_m);
}

namespace {

using Inputs = std::shared_ptr<const AquiferInputs>;
using flow::CellIndex;
using flow::PackageValues;

// A package whose bounds stay where they are: `start` fills cells and values once, `update` changes values.
template <class Start, class Update>
flow::Package changing(flow::PackageKind kind, const std::string& name, Start start, Update update) {
  flow::Package package;
  package.kind = kind;
  package.name = name;
  package.provider = [start, update, started = false](const flow::StepTime&, PackageValues& values) mutable {
    const bool first = !started || values.cell.empty();
    if (first) start(values);
    started = true;
    update(values);
    return first ? flow::Change::cells : flow::Change::values;
  };
  return package;
}

flow::Package recharge_package(const Landscape& land, const Inputs& inputs) {
  const std::size_t cells = land.shape.cells();
  flow::Package package = changing(
      flow::PackageKind::rch, "RCH_COLUMNS",
      [cells](PackageValues& v) {
        v.cell.clear();
        for (std::size_t n = 0; n < cells; ++n) v.cell.push_back(static_cast<CellIndex>(n));
        v.values.assign(cells, 0.0);
      },
      [inputs](PackageValues& v) {
        std::copy(inputs->recharge_m.begin(), inputs->recharge_m.end(), v.values.begin());
      });
  package.fixed_cell = true;
  return package;
}

flow::Package well_package(const Landscape& land, const Inputs& inputs) {
  std::vector<std::size_t> irrigated;
  for (std::size_t n = 0; n < land.shape.cells(); ++n) {
    if (land.district[n] != kNowhere) irrigated.push_back(n);
  }
  const std::size_t below = static_cast<std::size_t>(land.layers - 1) * land.shape.cells();
  const double area = land.area_m2();
  return changing(
      flow::PackageKind::wel, "WEL_IRRIGATION",
      [irrigated, below](PackageValues& v) {
        v.cell.clear();
        for (const std::size_t n : irrigated) v.cell.push_back(static_cast<CellIndex>(n + below));
        v.values.assign(irrigated.size(), 0.0);
      },
      [irrigated, inputs, area](PackageValues& v) {
        for (std::size_t b = 0; b < irrigated.size(); ++b)
          v.values[b] = -area * inputs->pumping_m[irrigated[b]];
      });
}

flow::Package river_package(const Landscape& land, const Inputs& inputs) {
  const std::vector<Reach> reaches = land.reaches;
  return changing(
      flow::PackageKind::riv, "RIV",
      [reaches](PackageValues& v) {
        const std::size_t n = reaches.size();
        v.cell.clear();
        v.values.assign(3 * n, 0.0);
        for (std::size_t r = 0; r < n; ++r) {
          v.cell.push_back(static_cast<CellIndex>(reaches[r].cell));
          v.values[n + r] = reaches[r].conductance_m2_per_day;
          v.values[2 * n + r] = reaches[r].bed_m;
        }
      },
      [inputs](PackageValues& v) {
        std::copy(inputs->stage_m.begin(), inputs->stage_m.end(), v.values.begin());
      });
}

flow::Package drain_package(const Landscape& land, const Inputs& inputs) {
  const std::vector<FieldDrain> drains = land.drains;
  return changing(
      flow::PackageKind::drn, "DRN_FIELDS",
      [drains](PackageValues& v) {
        v.cell.clear();
        v.values.assign(2 * drains.size(), 0.0);
        for (std::size_t b = 0; b < drains.size(); ++b) {
          v.cell.push_back(static_cast<CellIndex>(drains[b].cell));
          v.values[b] = drains[b].elevation_m;
        }
      },
      [drains, inputs](PackageValues& v) {
        for (std::size_t b = 0; b < drains.size(); ++b)
          v.values[drains.size() + b] =
              drains[b].conductance_m2_per_day * inputs->drain_factor[drains[b].cell];
      });
}

flow::Package seepage_package(const Landscape& land) {
  PackageValues values;
  values.values = land.surface_m;
  for (std::size_t n = 0; n < land.shape.cells(); ++n) values.cell.push_back(static_cast<CellIndex>(n));
  values.values.insert(values.values.end(), land.shape.cells(),
                       land.area_m2() / land.seepage_resistance_days);
  flow::Package package;
  package.kind = flow::PackageKind::drn;
  package.name = "DRN_SURFACE";
  package.provider = flow::constant_values(std::move(values));
  return package;
}

flow::Model aquifer(const Landscape& land, const Inputs& inputs, std::vector<double> start_heads) {
  flow::Model model;
  model.name = "virtual-basin";
  const std::size_t cells = land.shape.cells();
  PHREATIC_ASSERT(land.layers >= 1 && start_heads.size() == cells * static_cast<std::size_t>(land.layers));
  flow::Grid& grid = model.grid;
  grid.nlay = land.layers;
  grid.nrow = land.shape.rows;
  grid.ncol = land.shape.columns;
  grid.length_units = "METERS";
  grid.delr.assign(static_cast<std::size_t>(grid.ncol), land.cell_m);
  grid.delc.assign(static_cast<std::size_t>(grid.nrow), land.cell_m);
  grid.top = land.surface_m;
  grid.botm = land.bottom_m;
  std::vector<std::int8_t> convertible(cells, 1);
  std::vector<double> yield = land.specific_yield;
  std::vector<double> elastic(cells, 0.0);
  for (int k = 1; k < land.layers; ++k) {
    for (std::size_t n = 0; n < cells; ++n)
      grid.botm.push_back(land.bottom_m[n] - k * land.layer_thickness_m);
    convertible.insert(convertible.end(), cells, 0);
    yield.insert(yield.end(), cells, 0.0);
    elastic.insert(elastic.end(), cells, land.lower_storage_per_m);
  }
  model.flow.icelltype = convertible;
  model.flow.k = land.conductivity_m_per_day;
  std::vector<double> vertical = land.conductivity_m_per_day;
  for (double& k : vertical) k *= land.vertical_ratio;
  model.flow.k33 = vertical;
  model.storage.present = true;
  model.storage.iconvert = convertible;
  model.storage.ss = elastic;
  model.storage.sy = yield;
  model.storage.shallow_share = land.shallow_share;
  model.storage.shallow_length = land.shallow_length_m;
  model.start_heads = std::move(start_heads);
  model.packages = {recharge_package(land, inputs), well_package(land, inputs), river_package(land, inputs),
                    drain_package(land, inputs), seepage_package(land)};
  model.solver.outer_dvclose = 1e-5;
  model.solver.outer_maximum = 200;
  return model;
}

flow::StressPeriod period(double length, int steps) {
  flow::StressPeriod out;
  out.perlen = length;
  out.nstp = steps;
  out.steady = false;
  return out;
}

}  // namespace

flow::Model daily_aquifer(const Landscape& land, const std::shared_ptr<const AquiferInputs>& inputs,
                          std::vector<double> start_heads, std::size_t days) {
  flow::Model model = aquifer(land, inputs, std::move(start_heads));
  for (auto left = static_cast<int>(days); left > 0; left -= 365) {
    const int steps = std::min(left, 365);
    model.periods.push_back(period(steps, steps));
  }
  return model;
}

double aquifer_store_m3(const Landscape& land, const std::vector<double>& heads) {
  const std::size_t cells = land.shape.cells();
  double sum = 0;
  for (std::size_t n = 0; n < cells; ++n) {
    const double thickness = land.surface_m[n] - land.bottom_m[n];
    const double depth = std::clamp(land.surface_m[n] - heads[n], 0.0, thickness);
    sum -= land.specific_yield[n] * flow::missing_water(land.shallow_share, land.shallow_length_m, depth);
  }
  for (std::size_t n = cells; n < heads.size(); ++n)
    sum += land.lower_storage_per_m * land.layer_thickness_m * heads[n];
  return sum * land.area_m2();
}

std::vector<double> first_heads(const Landscape& land, const BasinDrivers& drivers) {
  const std::size_t days = drivers.axis.size();
  const auto mean_of = [days](const std::vector<double>& series, std::size_t place) {
    double sum = 0;
    for (std::size_t t = 0; t < days; ++t) sum += series[place * days + t];
    return sum / static_cast<double>(days);
  };
  std::vector<double> rain, pumping;
  for (std::size_t s = 0; s < land.stations.size(); ++s)
    rain.push_back(mean_of(drivers.weather[static_cast<std::size_t>(Driver::precipitation)], s));
  for (std::size_t d = 0; d < land.districts.size(); ++d) pumping.push_back(mean_of(drivers.pumping_mm, d));
  auto inputs = std::make_shared<AquiferInputs>(land);
  constexpr double kRechargeShare = 0.2;
  for (std::size_t n = 0; n < land.shape.cells(); ++n) {
    inputs->recharge_m[n] = 1e-3 * kRechargeShare * rain[static_cast<std::size_t>(land.station[n])];
    if (land.district[n] != kNowhere)
      inputs->pumping_m[n] = 1e-3 * pumping[static_cast<std::size_t>(land.district[n])];
  }
  std::vector<double> heads;
  for (int k = 0; k < land.layers; ++k) {
    for (std::size_t n = 0; n < land.shape.cells(); ++n) heads.push_back(land.surface_m[n] - 2.0);
  }
  flow::Model model = aquifer(land, inputs, std::move(heads));
  model.periods = {period(30 * 365.0, 30)};
  flow::Simulation simulation(std::move(model), kBasinEngine);
  while (!simulation.finished()) simulation.advance();
  return simulation.heads();
}

}  // namespace phreatic::basin
