// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/scenarios/losses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/data/grid/regrid/gaussian_means.hpp"

namespace phreatic::studies::recharge {
namespace {

constexpr std::size_t kDrains = 0, kRivers = 1, kEvaporation = 2;

// Its kind and m2/d of one bound at a head; 0 where it does not answer to the head.
std::pair<std::size_t, double> loss_of(const flow::Package& package, const flow::PackageValues& values,
                                       std::size_t b, double head, double area) {
  using flow::PackageKind;
  if (package.kind == PackageKind::drn) return {kDrains, head > values.value(0, b) ? values.value(1, b) : 0};
  if (package.kind == PackageKind::riv) return {kRivers, head > values.value(2, b) ? values.value(1, b) : 0};
  if (package.kind == PackageKind::ghb) return {kRivers, values.value(1, b)};
  if (package.kind != PackageKind::evt) return {kDrains, 0};
  const double surface = values.value(0, b);
  const double depth = values.value(2, b);
  const bool falls = depth > 0 && head < surface && head > surface - depth;
  return {kEvaporation, falls ? values.value(1, b) * area / depth : 0};
}

// `more`: what each takes more in the mean state than in the season; `all`: what they take together in the season.
std::string reason_of(const std::array<double, kLossNames.size()>& more, double all) {
  constexpr double notable = 0.05;
  const auto most = static_cast<std::size_t>(std::max_element(more.begin(), more.end()) - more.begin());
  if (!(more[most] > 0) || more[most] < notable * all)
    return "without added recharge none takes notably more in the mean state: the lasting mound itself "
           "reaches drains or "
           "the surface that the season's does not";
  return fmt::format("{} take{} more of the water in the mean state than in the season", kLossNames[most],
                     most == kEvaporation ? "s" : "");
}

}  // namespace

void add_losses(const Ground& ground, const flow::Simulation& simulation, double weight, Losses& losses) {
  for (auto& map : losses) map.resize(ground.places(), 0.0);
  const std::vector<double>& heads = simulation.heads();
  const double scale = weight / (ground.cell_area() * ground.model_days);
  for (std::size_t p = 0; p < ground.model.packages.size(); ++p) {
    const flow::PackageValues& values = simulation.package_values(p);
    for (std::size_t b = 0; b < values.size(); ++b) {
      if (values.cell[b] == flow::kNoCell) continue;
      const auto cell = static_cast<std::size_t>(values.cell[b]);
      const std::size_t place = cell % ground.places();
      const flow::CellIndex top = ground.top_cell(place, heads);
      if (top == flow::kNoCell) continue;
      // Evaporation is the water table's, which may have fallen below the cell that it is given for.
      const bool table = ground.model.packages[p].kind == flow::PackageKind::evt;
      const auto [kind, loss] =
          loss_of(ground.model.packages[p], values, b, heads[table ? static_cast<std::size_t>(top) : cell],
                  ground.cell_area());
      losses[kind][place] += scale * loss;
    }
  }
}

Table above_steady(const Ground& ground, const Table& sites, const Table& targets, const Losses& steady,
                   const Losses& season, double sigma_m) {
  Table out;
  std::vector<std::size_t> above;
  const auto& volume = targets.numbers("aquifer_m3");
  const auto& long_run = targets.numbers("steady_m3");
  for (std::size_t i = 0; i < targets.ids.size(); ++i) {
    if (long_run[i] > 0 && volume[i] > long_run[i]) above.push_back(i);
  }
  std::vector<double> row, column, ratio;
  for (const std::size_t i : above) {
    out.ids.push_back(targets.ids[i]);
    row.push_back(sites.numbers("row")[i]);
    column.push_back(sites.numbers("column")[i]);
    ratio.push_back(volume[i] / long_run[i]);
  }
  out.add("row", row);
  out.add("column", column);
  out.add("ratio", ratio);
  std::vector<std::array<double, kLossNames.size()>> more(above.size());
  std::vector<double> all(above.size(), 0.0);  // losses of the season
  for (std::size_t kind = 0; kind < kLossNames.size(); ++kind) {
    const auto mean = data::gaussian_means(ground.kernel_grid(), steady[kind], sigma_m);
    const auto wet = data::gaussian_means(ground.kernel_grid(), season[kind], sigma_m);
    std::vector<double> in_mean, in_season;
    for (std::size_t n = 0; n < above.size(); ++n) {
      const std::size_t place =
          (static_cast<std::size_t>(row[n]) - 1) * ground.columns() + static_cast<std::size_t>(column[n]) - 1;
      in_mean.push_back(mean[place]);
      in_season.push_back(wet[place]);
      more[n][kind] = mean[place] - wet[place];
      all[n] += wet[place];
    }
    out.add(std::string(kLossNames[kind]) + " mean state 1/d", in_mean);
    out.add(std::string(kLossNames[kind]) + " season 1/d", in_season);
  }
  std::vector<std::string> reason;
  for (std::size_t n = 0; n < above.size(); ++n) reason.push_back(reason_of(more[n], all[n]));
  out.add("reason", std::move(reason));
  return out;
}

}  // namespace phreatic::studies::recharge
