// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/lowland/land.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "phreatic/data/series/evapotranspiration.hpp"

namespace phreatic::basin {
namespace {

// [cells of the land] to [cells of the model]: bilinear between centres, constant beyond the outermost ones.
std::vector<double> brought(const LowlandParams& p, Shape from, Shape to, const std::vector<double>& values) {
  const auto place = [&](int index, int most) {
    const double at = (index + 0.5) * p.cell_m / p.terrain_cell_m - 0.5;
    const double inside = std::clamp(at, 0.0, static_cast<double>(most - 1));
    const int low = std::min(static_cast<int>(inside), std::max(0, most - 2));
    return std::pair{low, inside - low};
  };
  std::vector<double> out;
  out.reserve(to.cells());
  for (int i = 0; i < to.rows; ++i) {
    const auto [row, down] = place(i, from.rows);
    const int below = std::min(row + 1, from.rows - 1);
    for (int j = 0; j < to.columns; ++j) {
      const auto [column, right] = place(j, from.columns);
      const int next = std::min(column + 1, from.columns - 1);
      const double upper =
          (1 - right) * values[from.cell(row, column)] + right * values[from.cell(row, next)];
      const double lower =
          (1 - right) * values[from.cell(below, column)] + right * values[from.cell(below, next)];
      out.push_back((1 - down) * upper + down * lower);
    }
  }
  return out;
}

struct Terrain {
  std::vector<double> surface, plain, relief;
  Drainage drainage;
};

Terrain make_terrain(const LowlandParams& p, Shape shape) {
  Terrain out;
  const auto hills = correlated_field(shape, p.relief_range_m / p.terrain_cell_m, p.seed, "relief");
  const auto ripple = correlated_field(shape, 2, p.seed, "ripple");
  for (std::size_t n = 0; n < shape.cells(); ++n) {
    out.relief.push_back(p.relief_m * hills[n] + 0.1 * ripple[n]);
    out.plain.push_back(20 + p.tilt_m_per_km * 1e-3 * p.terrain_cell_m * (shape.column(n) + 0.5));
    out.surface.push_back(out.plain[n] + out.relief[n]);
  }
  std::size_t outlet = shape.cell(shape.rows / 2, 0);
  for (int row = 0; row < shape.rows; ++row) {
    if (out.surface[shape.cell(row, 0)] < out.surface[outlet]) outlet = shape.cell(row, 0);
  }
  std::vector<double> step(shape.cells());
  for (std::size_t n = 0; n < shape.cells(); ++n) step[n] = 0.002 * (1 + 0.5 * std::tanh(ripple[n]));
  out.drainage = drain_to(shape, outlet, step, out.surface);
  return out;
}

// Walks along the line from the centre of each stream cell to that of the next one, in tenths of a cell.
std::vector<StreamPart> stream_parts(const LowlandParams& p, const LowlandLand& land,
                                     const Terrain& terrain) {
  const double ratio = p.terrain_cell_m / p.cell_m;
  std::vector<StreamPart> part(land.shape.cells());
  for (std::size_t n = 0; n < land.terrain.cells(); ++n) {
    const double upstream = terrain.drainage.cells_above[n] * p.terrain_cell_m * p.terrain_cell_m * 1e-6;
    const int next = terrain.drainage.downstream[n];
    if (upstream < p.stream_area_km2) continue;
    const std::size_t to = next == kNowhere ? n : static_cast<std::size_t>(next);
    const double dy = land.terrain.row(to) - land.terrain.row(n);
    const double dx = land.terrain.column(to) - land.terrain.column(n);
    const int pieces = 2 * static_cast<int>(std::ceil(5 * std::max(1.0, ratio)));
    for (int i = 0; i < pieces; ++i) {
      const double along = (i + 0.5) / pieces;
      const int row = static_cast<int>((land.terrain.row(n) + 0.5 + along * dy) * ratio);
      const int column = static_cast<int>((land.terrain.column(n) + 0.5 + along * dx) * ratio);
      StreamPart& here =
          part[land.shape.cell(std::min(row, land.shape.rows - 1), std::min(column, land.shape.columns - 1))];
      const double surface = (1 - along) * terrain.surface[n] + along * terrain.surface[to];
      const double length = (to == n ? 0.5 : std::hypot(dx, dy)) * p.terrain_cell_m / pieces;
      here.surface_m = here.length_m > 0 ? std::min(here.surface_m, surface) : surface;
      here.length_m += length;
      here.upstream_km2 = std::max(here.upstream_km2, upstream);
    }
  }
  std::vector<StreamPart> out;
  for (std::size_t n = 0; n < part.size(); ++n) {
    if (part[n].length_m <= 0) continue;
    part[n].cell = n;
    out.push_back(part[n]);
  }
  return out;
}

}  // namespace

std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> out(values.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    out[order[i]] = (static_cast<double>(i) + 0.5) / static_cast<double>(order.size());
  return out;
}

LowlandLand make_lowland_land(const LowlandParams& p) {
  LowlandLand land;
  land.shape = {p.rows, p.columns};
  land.terrain = {static_cast<int>(std::lround(p.rows * p.cell_m / p.terrain_cell_m)),
                  static_cast<int>(std::lround(p.columns * p.cell_m / p.terrain_cell_m))};
  const Terrain terrain = make_terrain(p, land.terrain);
  std::vector<double> wet(land.terrain.cells());
  for (std::size_t n = 0; n < wet.size(); ++n)
    wet[n] = -terrain.relief[n] + 0.25 * std::log(terrain.drainage.cells_above[n]);
  land.surface = brought(p, land.terrain, land.shape, terrain.surface);
  land.plain = brought(p, land.terrain, land.shape, terrain.plain);
  land.wetness = brought(p, land.terrain, land.shape, ranks(wet));
  for (std::size_t n = 0; n < land.shape.cells(); ++n)
    land.west.push_back(1 - (land.shape.column(n) + 0.5) / p.columns);
  land.streams = stream_parts(p, land, terrain);
  return land;
}

std::vector<double> lowland_field(const LowlandParams& p, const LowlandLand& land, double range_m,
                                  const std::string& purpose) {
  return brought(p, land.terrain, land.shape,
                 correlated_field(land.terrain, range_m / p.terrain_cell_m, p.seed, purpose));
}

const std::vector<LowlandMonth>& lowland_year() {
  // Monthly means of a maritime climate at 52 degrees north, from September on.
  constexpr std::array<double, 12> rain_mm = {78, 83, 82, 82, 70, 59, 55, 42, 59, 69, 85, 83};
  constexpr std::array<double, 12> temperature = {14.7, 10.9, 7.0,  4.2,  3.6,  3.9,
                                                  6.5,  9.9,  13.4, 16.2, 18.3, 17.9};
  constexpr std::array<double, 12> radiation = {10.9, 6.4,  3.0,  1.9,  2.5,  4.8,
                                                8.9,  14.0, 17.6, 18.6, 18.0, 15.3};
  static const std::vector<LowlandMonth> year = [&] {
    std::vector<LowlandMonth> out;
    for (std::size_t m = 0; m < 12; ++m) {
      data::DayWeather day;
      day.temperature_degC = temperature[m];
      day.radiation_mj_m2 = radiation[m];
      out.push_back({rain_mm[m] * 1e-3 * 12 / 365, 1e-3 * data::makkink_mm(day), m >= 1 && m <= 6});
    }
    return out;
  }();
  return year;
}

}  // namespace phreatic::basin
