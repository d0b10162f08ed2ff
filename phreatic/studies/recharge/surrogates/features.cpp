// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/surrogates/features.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace phreatic::studies::recharge {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// Active cells of a column from the top down.
std::vector<std::size_t> column_cells(const Ground& ground, std::size_t place) {
  std::vector<std::size_t> out;
  for (std::size_t n = place; n < ground.model.grid.cells(); n += ground.places()) {
    if (ground.model.grid.idomain[n] > 0) out.push_back(n);
  }
  return out;
}

double vertical_k(const flow::Model& model, std::size_t n) {
  return model.flow.k33.empty() ? model.flow.k[n] : model.flow.k33[n];
}

double full_thickness(const flow::Grid& grid, std::size_t n) { return grid.cell_top(n) - grid.botm[n]; }

// In units of the model's time.
double resistance_between(const flow::Model& model, std::size_t upper, std::size_t lower) {
  return 0.5 * full_thickness(model.grid, upper) / vertical_k(model, upper) +
         0.5 * full_thickness(model.grid, lower) / vertical_k(model, lower);
}

double mean_conductance(const Ground& ground, const Baseline& baseline) {
  double sum = 0;
  double area = 0;
  for (std::size_t place = 0; place < ground.places(); ++place) {
    if (!ground.exists[place]) continue;
    sum += baseline.river_conductance[place] + baseline.drain_conductance[place];
    area += ground.cell_area();
  }
  return area > 0 ? sum / area : 0;  // 1/d
}

bool is_constant(const std::vector<double>& values) {
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  for (const double v : values) {
    if (std::isnan(v)) continue;
    least = std::min(least, v);
    most = std::max(most, v);
  }
  return !(most - least > 1e-9 * std::max(std::abs(most), std::abs(least)));
}

std::vector<double> specific_yield(const Ground& ground) {
  std::vector<double> out(ground.places(), kMissing);
  for (std::size_t place = 0; place < ground.places(); ++place) {
    const flow::CellIndex top = ground.top_cell(place);
    if (top != flow::kNoCell) out[place] = ground.model.storage.sy[static_cast<std::size_t>(top)];
  }
  return out;
}

template <class F>
std::vector<double> mapped(const Ground& ground, const std::vector<double>& values, F f) {
  std::vector<double> out(values.size(), kMissing);
  for (std::size_t place = 0; place < values.size(); ++place) {
    if (ground.exists[place]) out[place] = f(values[place]);
  }
  return out;
}

// The least or the most of the means around the four places one sigma away.
std::vector<double> extreme_sides(const Ground& ground, const FeatureMap& map, double sigma_m) {
  const auto means = data::gaussian_means(ground.kernel_grid(), map.values, 0.5 * sigma_m);
  const auto down = static_cast<std::int64_t>(std::lround(sigma_m / ground.cell_height()));
  const auto right = static_cast<std::int64_t>(std::lround(sigma_m / ground.cell_width()));
  const auto rows = static_cast<std::int64_t>(ground.rows());
  const auto columns = static_cast<std::int64_t>(ground.columns());
  std::vector<double> out(means.size(), kMissing);
  for (std::int64_t place = 0; place < rows * columns; ++place) {
    double& best = out[static_cast<std::size_t>(place)];
    best = means[static_cast<std::size_t>(place)];
    bool any = false;
    for (const auto& [dr, dc] : {std::pair{-down, std::int64_t{0}}, std::pair{down, std::int64_t{0}},
                                 std::pair{std::int64_t{0}, -right}, std::pair{std::int64_t{0}, right}}) {
      const std::int64_t r = place / columns + dr;
      const std::int64_t c = place % columns + dc;
      if (r < 0 || c < 0 || r >= rows || c >= columns) continue;
      const double v = means[static_cast<std::size_t>(r * columns + c)];
      if (std::isnan(v)) continue;
      best = !any ? v : map.side < 0 ? std::min(best, v) : std::max(best, v);
      any = true;
    }
  }
  return out;
}

}  // namespace

FirstAquifer first_aquifer(const Ground& ground, const std::vector<double>& thickness_m,
                           double merge_resistance_days) {
  FirstAquifer out;
  const flow::Model& model = ground.model;
  for (std::size_t place = 0; place < ground.places(); ++place) {
    const std::vector<std::size_t> cells = column_cells(ground, place);
    if (cells.empty()) {
      out.transmissivity.push_back(kMissing);
      out.resistance.push_back(kMissing);
      out.aquifers.push_back(0);
      continue;
    }
    double transmissivity = 0;
    double resistance = 0;
    double largest = 0;
    int aquifers = 1;
    bool below_first = false;
    bool separating = false;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) {
        const double between = resistance_between(model, cells[i - 1], cells[i]) * ground.model_days;
        largest = std::max(largest, between);
        const bool separates = between >= merge_resistance_days;
        if (separates && (!below_first || separating)) resistance += between;
        separating = separates && (!below_first || separating);
        below_first = below_first || separates;
        aquifers += separates ? 1 : 0;
      }
      if (!below_first) transmissivity += model.flow.k[cells[i]] / ground.model_days * thickness_m[cells[i]];
    }
    out.transmissivity.push_back(transmissivity);
    out.resistance.push_back(below_first ? resistance : largest);
    out.aquifers.push_back(aquifers);
  }
  return out;
}

std::vector<double> leakage_factors(const Ground& ground, const Baseline& baseline,
                                    const FirstAquifer& aquifer) {
  const double drained = mean_conductance(ground, baseline);
  std::vector<double> out(ground.places(), kMissing);
  for (std::size_t place = 0; place < ground.places(); ++place) {
    const double below = aquifer.aquifers[place] > 1 ? 1 / aquifer.resistance[place] : 0;
    if (ground.exists[place] && drained + below > 0)
      out[place] = std::sqrt(aquifer.transmissivity[place] / (drained + below));
  }
  return out;
}

std::vector<FeatureMap> feature_maps(const Ground& ground, const Baseline& baseline,
                                     const FirstAquifer& aquifer, const SeasonalYield& yield,
                                     const FeatureParams& params, std::vector<std::string>& notes) {
  const auto logarithm = [](double v) { return std::log10(std::max(v, 1e-6)); };
  const auto per_area = [&](double v) { return std::log10(1 + 1e4 * v / ground.cell_area()); };
  const auto same = [](double v) { return v; };
  std::vector<FeatureMap> all = {
      {"transmissivity", "Transmissivity of the first aquifer", "log10 m2/d",
       mapped(ground, aquifer.transmissivity, logarithm)},
      {"resistance", "Vertical resistance below it", "log10 d",
       mapped(ground, aquifer.resistance, [](double v) { return std::log10(std::max(v, 1e-2)); })},
      {"wet_depth", "Depth to water while recharge flows", "m", mapped(ground, baseline.wet_depth_m, same)},
      {"river_density", "River density", "-", mapped(ground, baseline.river, same)},
      {"river_conductance", "River conductance", "log10(1 + 1e4 c), c in 1/d",
       mapped(ground, baseline.river_conductance, per_area)},
      {"drain_conductance", "Drain conductance", "log10(1 + 1e4 c), c in 1/d",
       mapped(ground, baseline.drain_conductance, per_area)}};
  const bool steady = ground.steady_only();  // no decay, and a steady response does not hang on storage
  if (!steady)
    all.insert(all.begin() + 3,
               {"dry_depth", "Depth to water afterwards", "m", mapped(ground, baseline.dry_depth_m, same)});
  if (steady && yield.there())
    notes.emplace_back("features.specific_yield is left aside: the steady response does not hang on storage");
  if (!steady && yield.there()) {
    all.push_back(
        {"specific_yield_wet", "Specific yield while recharge flows", "-", mapped(ground, yield.wet, same)});
    all.push_back({"specific_yield_dry", "Specific yield afterwards", "-", mapped(ground, yield.dry, same)});
  } else if (!steady) {
    all.push_back({"specific_yield", "Specific yield", "-", specific_yield(ground)});
  }
  if (params.directions) {
    all.push_back({"river_poorest_side", "River density of the poorest side", "-",
                   mapped(ground, baseline.river, same), -1});
    all.push_back({"river_richest_side", "River density of the richest side", "-",
                   mapped(ground, baseline.river, same), 1});
  }
  std::vector<FeatureMap> out;
  for (FeatureMap& map : all) {
    if (is_constant(map.values)) {
      notes.push_back(fmt::format("the input '{}' has the same value everywhere and is left out", map.label));
    } else {
      out.push_back(std::move(map));
    }
  }
  return out;
}

std::vector<FeatureMap> smoothed(const Ground& ground, const std::vector<FeatureMap>& maps, double sigma_m) {
  std::vector<FeatureMap> out = maps;
  for (FeatureMap& map : out) {
    std::vector<double> means = map.side == 0
                                    ? data::gaussian_means(ground.kernel_grid(), map.values, sigma_m)
                                    : extreme_sides(ground, map, sigma_m);
    for (std::size_t place = 0; place < means.size(); ++place) {
      if (!ground.exists[place]) means[place] = kMissing;
    }
    map.values = std::move(means);
  }
  return out;
}

Table site_features(const Ground& ground, const std::vector<Site>& sites,
                    const std::vector<FeatureMap>& maps) {
  Table table;
  std::vector<double> rate;
  std::vector<double> area;
  for (const Site& site : sites) {
    table.ids.push_back(site.id);
    rate.push_back(std::log10(site.rate_mm_per_day));
    area.push_back(std::log10(site.area_km2));
  }
  table.add("rate", std::move(rate));
  table.add("area", std::move(area));
  for (const FeatureMap& map : maps) {
    std::vector<double> column;
    for (const Site& site : sites)
      column.push_back(map.values[site.centre_row() * ground.columns() + site.centre_column()]);
    table.add(map.name, std::move(column));
  }
  return table;
}

void check_features(Table& features, std::size_t sites_with_targets, const std::string& study_file,
                    std::vector<std::string>& notes) {
  std::erase_if(features.columns, [&](const TableColumn& column) {
    if (!is_constant(column.numbers)) return false;
    notes.push_back(fmt::format(
        "the input '{}' is the same at all sites, though not over the map, and is left out", column.name));
    return true;
  });
  if (sites_with_targets > features.columns.size() + 1) return;
  throw core::InputError({.file = study_file,
                          .where = "scenarios.sites",
                          .what = fmt::format("{} sites have a response, for {} inputs", sites_with_targets,
                                              features.columns.size()),
                          .allowed = "more sites than inputs",
                          .mend = "Ask for more sites; a few hundred are usual"});
}

}  // namespace phreatic::studies::recharge
