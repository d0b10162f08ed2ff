// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/groundwater/landscape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <queue>
#include <tuple>

#include "phreatic/core/random.hpp"

namespace phreatic::basin {

namespace {

constexpr double kDatum = 130;      // m, of the plain's lower side
constexpr double kFillStep = 0.02;  // m, median by which filled ground rises from cell to cell
constexpr double kNearShare = 0.6;  // of the land, nearest to rivers: sandy terraces
constexpr double kManning = 0.035;  // s/m^(1/3)
constexpr double kChannelSlope = 5e-4;
constexpr double kFirstWidth = 3;  // m, of a river where it begins
constexpr double kSecondsPerDay = 86400;

double range_cells(double range_km, const Landscape& land) { return 1000.0 * range_km / land.cell_m; }

// The plain, without hills.
double plain_m(const Landscape& land, std::size_t cell, double tilt) {
  return kDatum + tilt * (1e-3 * land.cell_m * land.shape.columns - land.x_km(cell));
}

// Fills surface, rivers and where everything drains.
void shape_land(const BasinParams& p, Landscape& land) {
  const GroundwaterParams& g = p.grid;
  const std::vector<double> hills =
      correlated_field(land.shape, range_cells(g.relief_range_km, land), p.seed, "land.hills");
  const std::vector<double> bumps =
      correlated_field(land.shape, range_cells(0.3 * g.relief_range_km, land), p.seed, "land.bumps");
  land.surface_m.resize(land.shape.cells());
  for (std::size_t n = 0; n < land.surface_m.size(); ++n)
    land.surface_m[n] = plain_m(land, n, g.tilt_m_per_km) + g.relief_m * (0.95 * hills[n] + 0.31 * bumps[n]);
  std::size_t outlet = land.shape.cell(0, land.shape.columns - 1);
  for (int i = 1; i < land.shape.rows; ++i) {
    const std::size_t n = land.shape.cell(i, land.shape.columns - 1);
    if (land.surface_m[n] < land.surface_m[outlet]) outlet = n;
  }
  std::vector<double> steps = correlated_field(land.shape, 0.7, p.seed, "land.flats");
  for (double& step : steps) step = kFillStep * std::exp(step);
  const Drainage drainage = drain_to(land.shape, outlet, steps, land.surface_m);

  const double cell_km2 = 1e-6 * land.area_m2();
  std::vector<int> reach_at(land.shape.cells(), kNowhere);
  for (std::size_t i = drainage.order.size(); i-- > 0;) {  // from the divides down
    const std::size_t cell = drainage.order[i];
    const double area = cell_km2 * drainage.cells_above[cell];
    if (area < g.river_area_km2 && cell != outlet) continue;
    const double growth = std::max(1.0, area / g.river_area_km2);
    Reach reach;
    reach.cell = cell;
    reach.area_km2 = area;
    reach.bank_m = land.surface_m[cell];
    reach.bed_m = reach.bank_m - g.incision_m * (1.0 + 0.25 * std::log10(growth));
    reach.width_m = kFirstWidth * std::sqrt(growth);
    reach.conductance_m2_per_day = reach.width_m * land.cell_m / g.river_resistance_days;
    reach_at[cell] = static_cast<int>(land.reaches.size());
    land.reaches.push_back(reach);
  }
  for (Reach& reach : land.reaches) {
    const int below = drainage.downstream[reach.cell];
    if (below != kNowhere) reach.downstream = reach_at[static_cast<std::size_t>(below)];
  }
  land.reach_of_cell.assign(land.shape.cells(), kNowhere);
  for (const std::size_t cell : drainage.order) {
    land.reach_of_cell[cell] = reach_at[cell] != kNowhere
                                   ? reach_at[cell]
                                   : land.reach_of_cell[static_cast<std::size_t>(drainage.downstream[cell])];
  }
}

// Distance of each cell to the nearest reach, spread outwards from the reaches.
void measure_river_distance(Landscape& land) {
  land.river_km.assign(land.shape.cells(), std::numeric_limits<double>::infinity());
  using Entry = std::tuple<double, std::size_t, std::size_t>;  // km, cell, reach's cell
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
  for (const Reach& reach : land.reaches) {
    land.river_km[reach.cell] = 0;
    open.push({0, reach.cell, reach.cell});
  }
  while (!open.empty()) {
    const auto [distance, here, source] = open.top();
    open.pop();
    if (distance > land.river_km[here]) continue;
    for (int di = -1; di <= 1; ++di) {
      for (int dj = -1; dj <= 1; ++dj) {
        const int i = land.shape.row(here) + di;
        const int j = land.shape.column(here) + dj;
        if (i < 0 || j < 0 || i >= land.shape.rows || j >= land.shape.columns) continue;
        const std::size_t next = land.shape.cell(i, j);
        const double km =
            std::hypot(land.x_km(next) - land.x_km(source), land.y_km(next) - land.y_km(source));
        if (km >= land.river_km[next]) continue;
        land.river_km[next] = km;
        open.push({km, next, source});
      }
    }
  }
}

void fill_aquifer(const BasinParams& p, Landscape& land) {
  const GroundwaterParams& g = p.grid;
  const std::size_t cells = land.shape.cells();
  double lowest = std::numeric_limits<double>::infinity();  // of the beds over the plain
  for (const Reach& reach : land.reaches)
    lowest = std::min(lowest, reach.bed_m - plain_m(land, reach.cell, g.tilt_m_per_km));
  for (std::size_t n = 0; n < cells; ++n)
    land.bottom_m.push_back(plain_m(land, n, g.tilt_m_per_km) + lowest - g.thickness_m);
  for (int k = 0; k < land.layers; ++k) {
    const std::vector<double> field = correlated_field(land.shape, range_cells(g.conductivity_range_km, land),
                                                       p.seed, k == 0 ? "land.k1" : "land.k2");
    for (const double z : field)
      land.conductivity_m_per_day.push_back(g.conductivity_m_per_day * std::exp(g.conductivity_log_sd * z));
  }
  const std::vector<double> yield =
      correlated_field(land.shape, range_cells(g.conductivity_range_km, land), p.seed, "land.yield");
  for (const double z : yield) {
    const double share = 0.5 * (1.0 + std::erf(z / std::sqrt(2.0)));
    land.specific_yield.push_back(g.specific_yield_low +
                                  (g.specific_yield_high - g.specific_yield_low) * share);
  }
}

void place_stations(const BasinParams& p, Landscape& land) {
  const double wide = 1e-3 * land.cell_m * land.shape.columns;
  const double high = 1e-3 * land.cell_m * land.shape.rows;
  const int across = std::max(1, static_cast<int>(std::lround(wide / p.grid.station_spacing_km)));
  const int up = std::max(1, static_cast<int>(std::lround(high / p.grid.station_spacing_km)));
  for (std::size_t n = 0; n < land.shape.cells(); ++n) {
    const int i = std::min(up - 1, static_cast<int>(land.y_km(n) / high * up));
    const int j = std::min(across - 1, static_cast<int>(land.x_km(n) / wide * across));
    land.station.push_back(i * across + j);
  }
  std::vector<double> height(static_cast<std::size_t>(across * up), 0.0);
  std::vector<double> count(height.size(), 0.0);
  for (std::size_t n = 0; n < land.shape.cells(); ++n) {
    height[static_cast<std::size_t>(land.station[n])] += land.surface_m[n];
    count[static_cast<std::size_t>(land.station[n])] += 1;
  }
  for (int i = 0; i < up; ++i) {
    for (int j = 0; j < across; ++j) {
      const auto s =
          static_cast<std::size_t>(i) * static_cast<std::size_t>(across) + static_cast<std::size_t>(j);
      const double mean = count[s] > 0 ? height[s] / count[s] : kDatum;
      land.stations.push_back({wide * (j + 0.5) / across, high * (i + 0.5) / up, -0.0065 * (mean - 140.0)});
    }
  }
}

// Irrigation districts: discs on the land that is not near a river, until they cover their share of the
// basin.
void place_districts(const BasinParams& p, const std::vector<WellType>& types, Landscape& land) {
  const GroundwaterParams& g = p.grid;
  land.district.assign(land.shape.cells(), kNowhere);
  std::vector<std::size_t> open;
  for (std::size_t n = 0; n < types.size(); ++n) {
    if (types[n] != WellType::runoff) open.push_back(n);
  }
  const auto wanted = static_cast<std::size_t>(g.irrigated_area * static_cast<double>(land.shape.cells()));
  const TypeRanges ranges = type_ranges(WellType::extraction, p.overlap);
  core::RandomStream stream(p.seed, "land.districts");
  std::size_t covered = 0;
  for (int tries = 0; covered < wanted && tries < 100000 && !open.empty(); ++tries) {
    const std::size_t centre = open[stream.below(open.size())];
    if (land.district[centre] != kNowhere) continue;
    const auto id = static_cast<int>(land.districts.size());
    const double radius = g.district_radius_km * stream.uniform(0.6, 1.2);
    // The centre first, so that a district that the share cuts short has a cell all the same.
    land.district[centre] = id;
    ++covered;
    for (const std::size_t n : open) {
      if (covered >= wanted || land.district[n] != kNowhere) continue;
      if (std::hypot(land.x_km(n) - land.x_km(centre), land.y_km(n) - land.y_km(centre)) > radius) continue;
      land.district[n] = id;
      ++covered;
    }
    land.districts.push_back({land.x_km(centre), land.y_km(centre),
                              stream.uniform(ranges.irrigated_share.low, ranges.irrigated_share.high),
                              land.station[centre]});
  }
}

// Types by place, soils of each type by a random field, drains on land with a shallow table.
void lay_soils(const BasinParams& p, Landscape& land) {
  const GroundwaterParams& g = p.grid;
  const std::size_t cells = land.shape.cells();
  const std::vector<double> patches =
      correlated_field(land.shape, range_cells(0.5 * g.conductivity_range_km, land), p.seed, "land.soils");
  std::vector<double> score(cells);
  for (std::size_t n = 0; n < cells; ++n) score[n] = land.river_km[n] + 0.4 * patches[n];
  std::vector<double> sorted = score;
  const auto near = static_cast<std::size_t>(kNearShare * static_cast<double>(cells));
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(near), sorted.end());
  std::vector<WellType> types(cells);
  for (std::size_t n = 0; n < cells; ++n)
    types[n] = score[n] < sorted[near] ? WellType::runoff : WellType::evaporation;
  place_districts(p, types, land);

  for (std::size_t t = 0; t < kTypeCount; ++t) {
    for (int i = 0; i < g.soils_of_type; ++i) {
      const auto type = static_cast<WellType>(t);
      const std::uint64_t draw =
          t * static_cast<std::uint64_t>(g.soils_of_type) + static_cast<std::uint64_t>(i);
      land.soils.push_back({type, draw_well(type, p.overlap, p.seed, draw).params});
    }
  }
  for (std::size_t n = 0; n < cells; ++n) {
    if (land.district[n] != kNowhere) types[n] = WellType::extraction;
    const double share = 0.5 * (1.0 + std::erf(patches[n] / std::sqrt(2.0)));
    const int variant = std::min(g.soils_of_type - 1, static_cast<int>(share * g.soils_of_type));
    land.soil.push_back(static_cast<int>(types[n]) * g.soils_of_type + variant);
    if (types[n] == WellType::evaporation)
      land.drains.push_back(
          {n, land.surface_m[n] - g.drain_depth_m * (1.0 + 0.2 * patches[n] / (1.0 + std::abs(patches[n]))),
           land.area_m2() / g.drain_resistance_days});
  }
}

// The outlet, then the largest rivers that are well smaller than the gauged ones they flow to.
void place_gauges(int wanted, Landscape& land) {
  std::vector<std::size_t> by_area(land.reaches.size());
  std::iota(by_area.begin(), by_area.end(), std::size_t{0});
  std::stable_sort(by_area.begin(), by_area.end(), [&](std::size_t a, std::size_t b) {
    return land.reaches[a].area_km2 > land.reaches[b].area_km2;
  });
  for (const std::size_t candidate : by_area) {
    if (static_cast<int>(land.gauges.size()) >= wanted) return;
    bool fits = true;
    for (int r = static_cast<int>(candidate); r != kNowhere;
         r = land.reaches[static_cast<std::size_t>(r)].downstream) {
      for (const Gauge& gauge : land.gauges) {
        if (static_cast<int>(gauge.reach) == r &&
            land.reaches[candidate].area_km2 > 0.7 * land.reaches[gauge.reach].area_km2)
          fits = false;
      }
    }
    if (fits) land.gauges.push_back({fmt::format("G{}", land.gauges.size() + 1), candidate});
  }
}

}  // namespace

double manning_depth_m(const Reach& reach, double discharge_m3_per_day) {
  if (discharge_m3_per_day <= 0) return 0;
  const double per_second = discharge_m3_per_day / kSecondsPerDay;
  const double depth = std::pow(kManning * per_second / (reach.width_m * std::sqrt(kChannelSlope)), 0.6);
  return std::min(depth, reach.bank_m - reach.bed_m);
}

Landscape make_landscape(const BasinParams& p) {
  Landscape land;
  const GroundwaterParams& g = p.grid;
  land.shape = {g.rows, g.columns};
  land.layers = g.layers;
  land.cell_m = g.cell_size_m;
  land.layer_thickness_m = g.thickness_m;
  land.vertical_ratio = g.vertical_ratio;
  land.shallow_share = g.shallow_share;
  land.shallow_length_m = g.shallow_length_m;
  land.lower_storage_per_m = g.lower_storage_per_m;
  land.seepage_resistance_days = g.seepage_resistance_days;
  land.runoff_days = g.runoff_days;
  shape_land(p, land);
  measure_river_distance(land);
  fill_aquifer(p, land);
  place_stations(p, land);
  lay_soils(p, land);
  place_gauges(g.gauges, land);
  return land;
}

std::vector<std::size_t> place_wells(const Landscape& land, const std::vector<WellType>& types,
                                     std::uint64_t seed) {
  std::array<std::vector<std::size_t>, kTypeCount> open;
  for (std::size_t n = 0; n < land.shape.cells(); ++n) {
    if (land.river_km[n] > 0) open[static_cast<std::size_t>(land.type(n))].push_back(n);
  }
  std::vector<std::size_t> out;
  for (std::size_t w = 0; w < types.size(); ++w) {
    const std::vector<std::size_t>* choice = &open[static_cast<std::size_t>(types[w])];
    for (const auto& other : open) {
      if (choice->empty()) choice = &other;  // a basin without land of this type
    }
    core::RandomStream stream(seed, "land.well", w);
    std::size_t best = choice->front();
    double farthest = -1;
    constexpr int kTries = 15;
    for (int i = 0; i < kTries; ++i) {
      const std::size_t n = (*choice)[stream.below(choice->size())];
      double nearest = std::numeric_limits<double>::infinity();
      for (const std::size_t other : out)
        nearest =
            std::min(nearest, std::hypot(land.x_km(n) - land.x_km(other), land.y_km(n) - land.y_km(other)));
      if (nearest <= farthest) continue;
      farthest = nearest;
      best = n;
    }
    out.push_back(best);
  }
  return out;
}

}  // namespace phreatic::basin
