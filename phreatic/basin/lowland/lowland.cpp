// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/lowland/lowland.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "phreatic/basin/groundwater/terrain.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/stats/special.hpp"

namespace phreatic::basin {
namespace {

// Precipitation less actual evaporation of a maritime climate by month from September on, m/d.
constexpr std::array<double, 12> kSurplus = {0.0006, 0.0014, 0.0021,  0.0023,  0.0021,  0.0016,
                                             0.0011, 0.0001, -0.0006, -0.0008, -0.0007, -0.0003};
constexpr double kMonth = 365.0 / 12;

struct Land {
  Shape shape;
  std::vector<double> surface;
  Drainage drainage;
  std::vector<double> wetness;  // rank 0..1 of how low and how drained-to a cell is
  std::vector<double> west;     // 0 in the east, 1 in the west
};

double field_range(double range_m, const LowlandParams& p) { return range_m / p.cell_m; }

std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  for (std::size_t n = 0; n < order.size(); ++n) order[n] = n;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> out(values.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    out[order[i]] = (static_cast<double>(i) + 0.5) / static_cast<double>(order.size());
  return out;
}

Land make_land(const LowlandParams& p) {
  Land land;
  land.shape = {p.rows, p.columns};
  const std::size_t cells = land.shape.cells();
  const auto hills = correlated_field(land.shape, field_range(p.relief_range_m, p), p.seed, "relief");
  const auto ripple = correlated_field(land.shape, 2, p.seed, "ripple");
  std::vector<double> relief(cells);
  for (std::size_t n = 0; n < cells; ++n) {
    const double x = land.shape.column(n) + 0.5;
    land.west.push_back(1 - x / p.columns);
    relief[n] = p.relief_m * hills[n] + 0.1 * ripple[n];
    land.surface.push_back(20 + p.tilt_m_per_km * 1e-3 * p.cell_m * x + relief[n]);
  }
  std::size_t outlet = land.shape.cell(p.rows / 2, 0);
  for (int row = 0; row < p.rows; ++row) {
    if (land.surface[land.shape.cell(row, 0)] < land.surface[outlet]) outlet = land.shape.cell(row, 0);
  }
  std::vector<double> step(cells);
  for (std::size_t n = 0; n < cells; ++n) step[n] = 0.002 * (1 + 0.5 * std::tanh(ripple[n]));
  land.drainage = drain_to(land.shape, outlet, step, land.surface);
  std::vector<double> wet(cells);
  for (std::size_t n = 0; n < cells; ++n) wet[n] = -relief[n] + 0.25 * std::log(land.drainage.cells_above[n]);
  land.wetness = ranks(wet);
  return land;
}

// Layers with flat bottoms relative to a smoothed plain, so that hills have thicker sand on top.
void add_layers(const LowlandParams& p, const Land& land, flow::Grid& grid) {
  grid.nlay = p.layers;
  grid.nrow = p.rows;
  grid.ncol = p.columns;
  grid.delr.assign(static_cast<std::size_t>(p.columns), p.cell_m);
  grid.delc.assign(static_cast<std::size_t>(p.rows), p.cell_m);
  grid.top = land.surface;
  grid.length_units = "METERS";
  for (int layer = 0; layer < p.layers; ++layer) {
    const double under = 0.5 * (layer + 2 - layer % 2) * p.sand_m + 0.5 * (layer + layer % 2) * p.clay_m;
    for (std::size_t n = 0; n < land.surface.size(); ++n) {
      const double plain = 20 + p.tilt_m_per_km * 1e-3 * p.cell_m * (land.shape.column(n) + 0.5);
      grid.botm.push_back(std::min(plain, land.surface[n]) - under);
    }
  }
}

void add_properties(const LowlandParams& p, const Land& land, flow::Model& model) {
  const std::size_t cells = land.shape.cells();
  std::vector<double> k(model.grid.cells());
  std::vector<double> k33(model.grid.cells());
  std::vector<std::int8_t> convertible(model.grid.cells(), 0);
  for (int layer = 0; layer < p.layers; ++layer) {
    const auto purpose = "sand " + std::to_string(layer);
    const auto sand = correlated_field(land.shape, field_range(p.conductivity_range_m, p), p.seed, purpose);
    const auto clay =
        correlated_field(land.shape, field_range(2 * p.conductivity_range_m, p), p.seed, "clay" + purpose);
    for (std::size_t n = 0; n < cells; ++n) {
      const std::size_t cell = static_cast<std::size_t>(layer) * cells + n;
      k[cell] = p.sand_conductivity_m_per_day * std::exp(p.conductivity_log_sd * sand[n]);
      k33[cell] = p.sand_vertical_ratio * k[cell];
      convertible[cell] = layer == 0 ? 1 : 0;
      const double share = p.clay_share_east + (p.clay_share_west - p.clay_share_east) * land.west[n];
      // Thickest in the middle of a clay body: between sand and clay the conductivities are mixed.
      const double excess =
          share <= 0 ? -1 : clay[n] + stats::normal_quantile(std::clamp(share, 1e-6, 1 - 1e-6));
      if (layer % 2 == 0 || excess <= 0) continue;
      const double part = std::min(1.0, excess / 0.5);
      k33[cell] = 1 / ((1 - part) / k33[cell] + part / p.clay_conductivity_m_per_day);
      k[cell] = (1 - part) * k[cell] + part * 10 * p.clay_conductivity_m_per_day;
    }
  }
  model.flow.k = std::move(k);
  model.flow.k33 = std::move(k33);
  model.flow.icelltype = convertible;
  model.storage.present = true;
  model.storage.iconvert = std::move(convertible);
  model.storage.ss = p.storage_per_m;
  const auto loam =
      ranks(correlated_field(land.shape, field_range(p.conductivity_range_m, p), p.seed, "loam"));
  std::vector<double> yield;
  for (int layer = 0; layer < p.layers; ++layer) {
    for (std::size_t n = 0; n < cells; ++n)
      yield.push_back(p.yield_low + (p.yield_high - p.yield_low) * loam[n]);
  }
  model.storage.sy = std::move(yield);
}

flow::Package constant_package(flow::PackageKind kind, const std::string& name, flow::PackageValues values) {
  flow::Package package;
  package.kind = kind;
  package.name = name;
  package.provider = flow::constant_values(std::move(values));
  return package;
}

// values[b] are the columns of bound b.
flow::PackageValues bounds(const std::vector<std::pair<std::size_t, std::vector<double>>>& rows) {
  flow::PackageValues out;
  for (const auto& row : rows) out.cell.push_back(static_cast<flow::CellIndex>(row.first));
  for (std::size_t c = 0; !rows.empty() && c < rows.front().second.size(); ++c) {
    for (const auto& row : rows) out.values.push_back(row.second[c]);
  }
  return out;
}

void add_boundaries(const LowlandParams& p, const Land& land, flow::Model& model) {
  std::vector<std::pair<std::size_t, std::vector<double>>> streams;
  std::vector<std::pair<std::size_t, std::vector<double>>> drains;
  std::vector<std::pair<std::size_t, std::vector<double>>> seepage;
  const double area = p.cell_m * p.cell_m;
  const auto spread = correlated_field(land.shape, 3, p.seed, "drain resistance");
  for (std::size_t n = 0; n < land.surface.size(); ++n) {
    const double upstream_km2 = land.drainage.cells_above[n] * area * 1e-6;
    seepage.push_back({n, {land.surface[n], area / p.seepage_resistance_days}});
    if (upstream_km2 >= p.stream_area_km2) {
      const double size = std::pow(upstream_km2 / p.stream_area_km2, 0.3);
      const double bed = land.surface[n] - p.stream_depth_m * size;
      streams.push_back({n, {bed + 0.3 * size, p.cell_m * 3 * size / p.stream_resistance_days, bed}});
    } else if (land.wetness[n] >= 1 - p.ditch_share) {
      const double resistance = p.drain_resistance_days * std::exp(0.5 * spread[n]);
      drains.push_back({n, {land.surface[n] - p.drain_depth_m, area / resistance}});
    }
  }
  model.packages.push_back(constant_package(flow::PackageKind::riv, "STREAMS", bounds(streams)));
  model.packages.push_back(constant_package(flow::PackageKind::drn, "DITCHES", bounds(drains)));
  model.packages.push_back(constant_package(flow::PackageKind::drn, "SURFACE", bounds(seepage)));
}

flow::PackageValues uniform_recharge(std::size_t cells, double rate) {
  flow::PackageValues values;
  for (std::size_t n = 0; n < cells; ++n) values.cell.push_back(static_cast<flow::CellIndex>(n));
  values.values.assign(cells, rate);
  return values;
}

void add_time(const LowlandParams& p, std::size_t cells, flow::Model& model) {
  double mean = 0;
  for (const double v : kSurplus) mean += v / kSurplus.size();
  model.periods = {flow::StressPeriod{1, 1, 1, true, {}}};
  std::vector<flow::PeriodValues> recharge = {{0, uniform_recharge(cells, mean)}};
  for (int year = 0; year <= p.spin_up_years; ++year) {
    for (const double surplus : kSurplus) {
      recharge.push_back({static_cast<int>(model.periods.size()), uniform_recharge(cells, surplus)});
      model.periods.push_back({kMonth, year < p.spin_up_years ? 2 : p.steps_per_month, 1, false, {}});
    }
  }
  flow::Package package;
  package.kind = flow::PackageKind::rch;
  package.name = "SURPLUS";
  package.provider = flow::period_values(std::move(recharge));
  model.packages.insert(model.packages.begin(), std::move(package));
}

}  // namespace

void describe(core::Describer& d, LowlandParams& p) {
  d.field("seed", p.seed, {.help = "Everything random follows from it"});
  d.field("rows", p.rows, {.help = "Rows of cells", .min = 5, .max = 5000});
  d.field("columns", p.columns, {.help = "Columns of cells", .min = 5, .max = 5000});
  d.field("cell", p.cell_m, {.help = "Side of a cell", .unit = "m", .min = 5, .max = 2000});
  d.field("layers", p.layers, {.help = "Layers: sand, clay, sand ... (odd)", .min = 1, .max = 25});
  d.field("tilt", p.tilt_m_per_km, {.help = "Fall of the plain to the west", .unit = "m/km", .min = 0});
  d.field("relief", p.relief_m, {.help = "Standard deviation of hills", .unit = "m", .min = 0});
  d.field("relief_range", p.relief_range_m, {.help = "Correlation length of hills", .unit = "m", .min = 1});
  d.field("stream_area", p.stream_area_km2, {.help = "Land that makes a stream", .unit = "km2", .min = 1e-3});
  d.field("stream_depth", p.stream_depth_m,
          {.help = "Depth of a stream's bed where it begins", .unit = "m", .min = 0.1});
  d.field("stream_resistance", p.stream_resistance_days,
          {.help = "Resistance of the bed", .unit = "d", .min = 0.01});
  d.field("sand", p.sand_m, {.help = "Thickness of a sand layer", .unit = "m", .min = 1});
  d.field("clay", p.clay_m, {.help = "Thickness of a clay layer", .unit = "m", .min = 0.1});
  d.field("sand_conductivity", p.sand_conductivity_m_per_day,
          {.help = "Geometric mean of the sand's conductivity", .unit = "m/d", .min = 1e-3});
  d.field("conductivity_log_sd", p.conductivity_log_sd,
          {.help = "Standard deviation of its natural logarithm", .min = 0, .max = 3});
  d.field("conductivity_range", p.conductivity_range_m,
          {.help = "Correlation length of sand; clay bodies have twice that", .unit = "m", .min = 1});
  d.field("clay_conductivity", p.clay_conductivity_m_per_day,
          {.help = "Vertical conductivity of clay", .unit = "m/d", .min = 1e-7});
  d.field("clay_share_west", p.clay_share_west,
          {.help = "Share of the area with clay in the west", .min = 0, .max = 1});
  d.field("clay_share_east", p.clay_share_east, {.help = "The same in the east", .min = 0, .max = 1});
  d.field("yield_low", p.yield_low, {.help = "Smallest specific yield", .min = 0.01, .max = 0.5});
  d.field("yield_high", p.yield_high, {.help = "Largest specific yield", .min = 0.01, .max = 0.5});
  d.field("ditch_share", p.ditch_share,
          {.help = "Share of the cells with ditches or drains", .min = 0, .max = 1});
  d.field("drain_depth", p.drain_depth_m, {.help = "Their depth", .unit = "m", .min = 0.1});
  d.field("drain_resistance", p.drain_resistance_days, {.help = "Their resistance", .unit = "d", .min = 1});
  d.field("spin_up_years", p.spin_up_years, {.help = "Years before the last one", .min = 0, .max = 30});
  d.field("steps_per_month", p.steps_per_month,
          {.help = "Time steps a month in the last year", .min = 1, .max = 31});
}

flow::Model lowland_model(const LowlandParams& p) {
  if (p.layers % 2 == 0)
    throw core::InputError({.where = "layers",
                            .what = std::to_string(p.layers) + " layers",
                            .allowed = "an odd number: sand, clay, sand ..."});
  const Land land = make_land(p);
  flow::Model model;
  model.name = "lowland";
  add_layers(p, land, model.grid);
  add_properties(p, land, model);
  add_boundaries(p, land, model);
  add_time(p, land.shape.cells(), model);
  for (int layer = 0; layer < p.layers; ++layer) {
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
