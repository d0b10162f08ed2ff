// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/lowland/lowland.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "phreatic/basin/lowland/land.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/stats/special.hpp"

namespace phreatic::basin {
namespace {

constexpr double kMonth = 365.0 / 12;

// Layers with flat bottoms relative to a smoothed plain, so that hills have thicker sand on top.
void add_layers(const LowlandParams& p, const LowlandLand& land, flow::Grid& grid) {
  grid.nlay = p.layers;
  grid.nrow = p.rows;
  grid.ncol = p.columns;
  grid.delr.assign(static_cast<std::size_t>(p.columns), p.cell_m);
  grid.delc.assign(static_cast<std::size_t>(p.rows), p.cell_m);
  grid.top = land.surface;
  grid.length_units = "METERS";
  for (int layer = 0; layer < p.layers; ++layer) {
    const double under = 0.5 * (layer + 2 - layer % 2) * p.sand_m + 0.5 * (layer + layer % 2) * p.clay_m;
    for (std::size_t n = 0; n < land.surface.size(); ++n)
      grid.botm.push_back(std::min(land.plain[n], land.surface[n]) - under);
  }
}

struct LayerProperties {
  std::vector<double> k, k33;
};

LayerProperties layer_properties(const LowlandParams& p, const LowlandLand& land, int layer) {
  const auto purpose = "sand " + std::to_string(layer);
  LayerProperties out;
  for (const double v : lowland_field(p, land, p.conductivity_range_m, purpose)) {
    out.k.push_back(p.sand_conductivity_m_per_day * std::exp(p.conductivity_log_sd * v));
    out.k33.push_back(p.sand_vertical_ratio * out.k.back());
  }
  if (layer % 2 == 0) return out;
  const auto clay = lowland_field(p, land, 2 * p.conductivity_range_m, "clay" + purpose);
  for (std::size_t n = 0; n < clay.size(); ++n) {
    const double share = p.clay_share_east + (p.clay_share_west - p.clay_share_east) * land.west[n];
    // Thickest in the middle of a clay body: between sand and clay the conductivities are mixed.
    const double excess =
        share <= 0 ? -1 : clay[n] + stats::normal_quantile(std::clamp(share, 1e-6, 1 - 1e-6));
    if (excess <= 0) continue;
    const double part = std::min(1.0, excess / 0.5);
    out.k33[n] = 1 / ((1 - part) / out.k33[n] + part / p.clay_conductivity_m_per_day);
    out.k[n] = (1 - part) * out.k[n] + part * 10 * p.clay_conductivity_m_per_day;
  }
  return out;
}

void add_properties(const LowlandParams& p, const LowlandLand& land, flow::Model& model) {
  const std::size_t cells = land.shape.cells();
  std::vector<double> k, k33, yield;
  std::vector<std::int8_t> convertible(model.grid.cells(), 0);
  std::fill(convertible.begin(), convertible.begin() + static_cast<std::ptrdiff_t>(cells), std::int8_t{1});
  for (int layer = 0; layer < p.layers; ++layer) {
    const LayerProperties of_layer = layer_properties(p, land, layer);
    k.insert(k.end(), of_layer.k.begin(), of_layer.k.end());
    k33.insert(k33.end(), of_layer.k33.begin(), of_layer.k33.end());
  }
  const auto loam = ranks(lowland_field(p, land, p.conductivity_range_m, "loam"));
  for (int layer = 0; layer < p.layers; ++layer) {
    for (std::size_t n = 0; n < cells; ++n)
      yield.push_back(p.yield_low + (p.yield_high - p.yield_low) * loam[n]);
  }
  model.flow.k = std::move(k);
  model.flow.k33 = std::move(k33);
  model.flow.icelltype = convertible;
  model.storage.present = true;
  model.storage.iconvert = std::move(convertible);
  model.storage.ss = p.storage_per_m;
  model.storage.sy = std::move(yield);
}

// Layers that are one become so: mean conductivity by thickness, resistances in series.
void merge_layers(const LowlandParams& p, flow::Model& model) {
  if (p.merge.empty()) return;
  const std::size_t cells = model.grid.layer_cells();
  flow::Model out = model;
  out.grid.nlay = static_cast<int>(p.merge.size());
  out.grid.botm.clear();
  std::vector<double> k, k33, yield;
  std::vector<std::int8_t> convertible;
  std::size_t first = 0;
  for (const int count : p.merge) {
    const std::size_t last = first + static_cast<std::size_t>(count);
    for (std::size_t n = 0; n < cells; ++n) {
      double thickness = 0;
      double transmissivity = 0;
      double resistance = 0;
      for (std::size_t layer = first; layer < last; ++layer) {
        const std::size_t cell = layer * cells + n;
        const double d = model.grid.cell_top(cell) - model.grid.botm[cell];
        thickness += d;
        transmissivity += d * model.flow.k[cell];
        resistance += d / model.flow.k33[cell];
      }
      k.push_back(transmissivity / thickness);
      k33.push_back(thickness / resistance);
      yield.push_back(model.storage.sy[n]);
      convertible.push_back(first == 0 ? 1 : 0);
      out.grid.botm.push_back(model.grid.botm[(last - 1) * cells + n]);
    }
    first = last;
  }
  out.flow.k = std::move(k);
  out.flow.k33 = std::move(k33);
  out.flow.icelltype = convertible;
  out.storage.iconvert = std::move(convertible);
  out.storage.sy = std::move(yield);
  model = std::move(out);
}

flow::Package package_of(flow::PackageKind kind, const std::string& name, flow::StressProvider provider) {
  flow::Package package;
  package.kind = kind;
  package.name = name;
  package.provider = std::move(provider);
  return package;
}

struct Bounds {
  flow::PackageValues values;
  std::vector<std::vector<double>> columns;

  void add(std::size_t cell, const std::vector<double>& row) {
    columns.resize(row.size());
    values.cell.push_back(static_cast<flow::CellIndex>(cell));
    for (std::size_t c = 0; c < row.size(); ++c) columns[c].push_back(row[c]);
  }
  flow::PackageValues take() {
    for (const auto& column : columns)
      values.values.insert(values.values.end(), column.begin(), column.end());
    return std::move(values);
  }
};

// One steady period, then the months from September on.
struct Calendar {
  std::vector<flow::StressPeriod> periods = {flow::StressPeriod{1, 1, 1, true, {}}};
  std::vector<const LowlandMonth*> month = {nullptr};  // [periods]; of the steady one none
};
Calendar calendar(const LowlandParams& p) {
  Calendar out;
  const int spin_up = 12 * p.spin_up_years;
  for (int m = 0; m < spin_up + p.months_followed; ++m) {
    out.periods.push_back({kMonth, m < spin_up ? 2 : p.steps_per_month, 1, false, {}});
    out.month.push_back(&lowland_year()[static_cast<std::size_t>(m % 12)]);
  }
  return out;
}

// Stages lower in winter and higher in summer, if they are: a list from each change on.
flow::StressProvider stages(const LowlandParams& p, const Calendar& calendar,
                            const flow::PackageValues& mean) {
  std::vector<flow::PeriodValues> out = {{0, mean}};
  bool winter = false;
  for (std::size_t period = 1; p.winter_lowering_m > 0 && period < calendar.month.size(); ++period) {
    if (period > 1 && calendar.month[period]->winter == winter) continue;
    winter = calendar.month[period]->winter;
    flow::PackageValues values = mean;
    for (std::size_t b = 0; b < values.size(); ++b)
      values.value(0, b) =
          std::max(mean.value(2, b), mean.value(0, b) + (winter ? -1 : 1) * p.winter_lowering_m);
    out.push_back({static_cast<int>(period), std::move(values)});
  }
  return flow::period_values(std::move(out));
}

void add_boundaries(const LowlandParams& p, const LowlandLand& land, const Calendar& calendar,
                    flow::Model& model) {
  Bounds streams, drains, seepage;
  const double area = p.cell_m * p.cell_m;
  const auto spread = lowland_field(p, land, p.drain_range_m, "drain resistance");
  std::vector<char> stream(land.shape.cells(), 0);
  for (const StreamPart& part : land.streams) {
    stream[part.cell] = 1;
    const double size = std::pow(part.upstream_km2 / p.stream_area_km2, 0.3);
    const double bed = part.surface_m - p.stream_depth_m * size;
    const double lowest = model.grid.botm[part.cell] + 0.1;  // the bed stays in the first layer
    const double bottom = std::max(bed, lowest);
    streams.add(part.cell, {bottom + 0.3 * size + p.winter_lowering_m,
                            part.length_m * 3 * size / p.stream_resistance_days, bottom});
  }
  for (std::size_t n = 0; n < land.surface.size(); ++n) {
    seepage.add(n, {land.surface[n], area / p.seepage_resistance_days});
    const double share = p.ditch_share + p.ditch_share_more_west * (land.west[n] - 0.5);
    if (stream[n] != 0 || land.wetness[n] < 1 - share) continue;
    const double resistance = p.drain_resistance_days * std::exp(p.drain_log_sd * spread[n]);
    drains.add(n, {land.surface[n] - p.drain_depth_m, area / resistance});
  }
  model.packages.push_back(
      package_of(flow::PackageKind::riv, "STREAMS", stages(p, calendar, streams.take())));
  model.packages.push_back(
      package_of(flow::PackageKind::drn, "DITCHES", flow::constant_values(drains.take())));
  model.packages.push_back(
      package_of(flow::PackageKind::drn, "SURFACE", flow::constant_values(seepage.take())));
}

// A whole layer of bounds whose column `column` has a value for each period.
flow::StressProvider by_period(flow::PackageValues first, std::size_t column, std::vector<double> values) {
  return [first = std::move(first), column, values = std::move(values)](const flow::StepTime& time,
                                                                        flow::PackageValues& out) {
    const bool begins = out.size() == 0;
    if (!begins && time.step > 0) return flow::Change::none;
    if (begins) out = first;
    const double value = values[static_cast<std::size_t>(time.period)];
    for (std::size_t b = 0; b < out.size(); ++b) out.value(column, b) = value;
    return begins ? flow::Change::cells : flow::Change::values;
  };
}

void add_climate(const LowlandParams& p, const LowlandLand& land, const Calendar& calendar,
                 flow::Model& model) {
  const auto net = [&](const LowlandMonth& m) { return p.rain_factor * m.rain - m.evaporation; };
  const bool evaporates = p.evaporation_depth_m > 0;
  std::vector<double> recharge = {0};
  std::vector<double> deficit = {0};
  for (std::size_t period = 1; period < calendar.month.size(); ++period) {
    const double surplus = net(*calendar.month[period]);
    recharge.push_back(evaporates ? std::max(0.0, surplus) : surplus);
    deficit.push_back(std::max(0.0, -surplus));
  }
  for (const LowlandMonth& m : lowland_year()) {
    recharge[0] += (evaporates ? std::max(0.0, net(m)) : net(m)) / 12;
    deficit[0] += std::max(0.0, -net(m)) / 12;
  }
  flow::PackageValues layer;
  layer.cell.resize(land.shape.cells());
  std::iota(layer.cell.begin(), layer.cell.end(), flow::CellIndex{0});
  flow::PackageValues rain = layer;
  rain.values.assign(layer.size(), 0.0);
  model.packages.insert(model.packages.begin(), package_of(flow::PackageKind::rch, "SURPLUS",
                                                           by_period(std::move(rain), 0, recharge)));
  if (!evaporates) return;
  layer.values = land.surface;
  layer.values.insert(layer.values.end(), layer.size(), 0.0);
  const auto use = lowland_field(p, land, p.evaporation_range_m, "land use");
  for (const double v : use)
    layer.values.push_back(p.evaporation_depth_m * std::exp(p.evaporation_log_sd * std::clamp(v, -2.0, 2.0)));
  model.packages.push_back(
      package_of(flow::PackageKind::evt, "DEFICIT", by_period(std::move(layer), 1, deficit)));
}

void check_lowland(const LowlandParams& p) {
  core::Problems problems;
  if (p.layers % 2 == 0)
    problems.add({.where = "layers",
                  .what = std::to_string(p.layers) + " layers",
                  .allowed = "an odd number: sand, clay, sand ..."});
  const int merged = std::accumulate(p.merge.begin(), p.merge.end(), 0);
  if (!p.merge.empty() && (merged != p.layers || *std::min_element(p.merge.begin(), p.merge.end()) < 1))
    problems.add({.where = "merge",
                  .what = "adds up to " + std::to_string(merged) + " layers",
                  .allowed = "numbers above 0 whose sum is layers, " + std::to_string(p.layers)});
  for (const int count : {p.rows, p.columns}) {
    const double terrain = count * p.cell_m / p.terrain_cell_m;
    if (std::abs(terrain - std::round(terrain)) < 1e-6 && terrain >= 5) continue;
    problems.add({.where = "cell",
                  .what = fmt::format("{} cells of {:g} m", count, p.cell_m),
                  .allowed = fmt::format("at least five times terrain_cell ({:g} m), and a multiple of it",
                                         p.terrain_cell_m)});
  }
  problems.throw_if_any();
}

}  // namespace

// Chosen for how hard its sites are to learn (docs/methods/recharge.md): land use and specific yield by trials in which no
// surrogate was trained.
LowlandParams large_lowland(bool merged) {
  LowlandParams p;
  p.rows = 832;
  p.columns = 1472;
  p.cell_m = 25;
  p.layers = 15;
  if (merged) p.merge = {1, 2, 12};
  p.tilt_m_per_km = 1.0;
  p.relief_range_m = 1100;
  p.sand_m = 8;
  p.clay_m = 2;
  p.conductivity_range_m = 1500;
  p.conductivity_log_sd = 0.8;
  p.clay_share_west = 0.95;
  p.clay_share_east = 0;
  p.yield_low = 0.015;
  p.yield_high = 0.38;
  p.winter_lowering_m = 0.9;
  p.drain_depth_m = 0.9;
  p.drain_range_m = 1500;
  p.drain_log_sd = 1.1;
  p.evaporation_depth_m = 2;
  p.evaporation_log_sd = 1.4;
  p.spin_up_years = 2;
  p.months_followed = 13;
  p.steps_per_month = 2;
  return p;
}

namespace {

// The next smaller and the next larger whole number of metres that divides both sides.
std::string nearest_sizes(const LowlandParams& p, double cell_m) {
  const std::int64_t common = std::gcd(std::llround(p.rows * p.cell_m), std::llround(p.columns * p.cell_m));
  std::int64_t below = 0;
  std::int64_t above = 0;
  for (std::int64_t size = 1; size <= common; ++size) {
    if (common % size != 0) continue;
    if (static_cast<double>(size) < cell_m) below = size;
    if (static_cast<double>(size) > cell_m && above == 0) above = size;
  }
  return below == 0   ? fmt::format("{} m", above)
         : above == 0 ? fmt::format("{} m", below)
                      : fmt::format("{} or {} m", below, above);
}

}  // namespace

void set_cell(LowlandParams& p, double cell_m) {
  const double rows = p.rows * p.cell_m / cell_m;
  const double columns = p.columns * p.cell_m / cell_m;
  if (std::abs(rows - std::round(rows)) > 1e-6 || std::abs(columns - std::round(columns)) > 1e-6)
    throw core::InputError(
        {.where = "--cell",
         .what = fmt::format("cells of {:g} m leave a rest of the catchment of {:g} x {:g} m", cell_m,
                             p.rows * p.cell_m, p.columns * p.cell_m),
         .allowed = "a size that divides both",
         .mend = "Take " + nearest_sizes(p, cell_m)});
  p.rows = static_cast<int>(std::lround(rows));
  p.columns = static_cast<int>(std::lround(columns));
  p.cell_m = cell_m;
}

flow::Model lowland_model(const LowlandParams& p) {
  check_lowland(p);
  const LowlandLand land = make_lowland_land(p);
  const Calendar months = calendar(p);
  flow::Model model;
  model.name = "lowland";
  model.periods = months.periods;
  add_layers(p, land, model.grid);
  add_properties(p, land, model);
  merge_layers(p, model);
  add_boundaries(p, land, months, model);
  add_climate(p, land, months, model);
  for (int layer = 0; layer < model.grid.nlay; ++layer) {
    for (const double z : land.surface) model.start_heads.push_back(z - 1);
  }
  model.solver.outer_dvclose = 1e-5;
  model.solver.inner_dvclose = 1e-6;
  model.solver.inner_rclose = 1e-3;
  model.solver.outer_maximum = 200;
  model.solver.inner_maximum = 200;
  return model;
}

}  // namespace phreatic::basin
