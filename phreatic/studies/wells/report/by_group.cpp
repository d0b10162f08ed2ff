// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/report/by_group.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::studies::wells {
namespace {

constexpr std::size_t kMostDrivers = 6;  // that a scatter shows apart

// Entity -> its group, for those that have one.
std::map<std::string, std::size_t> group_of(const Analysis& analysis, const WellGroups& groups) {
  std::map<std::string, std::size_t> out;
  for (std::size_t i = 0; i < groups.used.size(); ++i)
    out[analysis.entities[groups.used[i]]] = static_cast<std::size_t>(groups.labels[i]);
  return out;
}

std::vector<std::string> group_names(const WellGroups& groups) {
  std::vector<std::string> out;
  for (std::size_t g = 0; g < groups.count(); ++g) out.push_back(fmt::format("group {}", g + 1));
  return out;
}

// Dots of a group beside each other: the k-th of n, in the order of their values, within +-0.3 of the group's place.
void spread(report::ScatterGroup& dots, double middle, double width) {
  for (std::size_t i = 0; i < dots.x.size(); ++i) {
    std::size_t rank = 0, count = 0;
    for (std::size_t j = 0; j < dots.x.size(); ++j) {
      if (std::llround(dots.x[j]) != std::llround(dots.x[i])) continue;
      ++count;
      rank += dots.y[j] < dots.y[i] || (dots.y[j] == dots.y[i] && j < i) ? 1 : 0;
    }
    const double turn = count < 2 ? 0 : (static_cast<double>(rank % 5) - 2) / 4;
    dots.x[i] = static_cast<double>(std::llround(dots.x[i])) + middle + width * turn;
  }
}

}  // namespace

std::size_t strongest_lag(const Analysis& analysis, const std::string& driver) {
  std::size_t best = 0;
  double strongest = -1;
  for (std::size_t lag = 0; lag <= kLagMonths; ++lag) {
    std::vector<double> all;
    for (const LagRow& row : analysis.lags)
      if (row.driver == driver && row.lag == lag && !std::isnan(row.pearson.r)) all.push_back(row.pearson.r);
    if (all.empty() || std::abs(stats::median(all)) <= strongest) continue;
    strongest = std::abs(stats::median(all));
    best = lag;
  }
  return best;
}

report::Figure lag_strips(const Analysis& analysis, const WellGroups& groups) {
  std::vector<std::string> drivers;
  for (const LagRow& row : analysis.lags) {
    if (drivers.size() < kMostDrivers &&
        std::find(drivers.begin(), drivers.end(), row.driver) == drivers.end())
      drivers.push_back(row.driver);
  }
  const auto group = group_of(analysis, groups);
  report::Scatter figure;
  figure.x_names = group_names(groups);
  figure.y = {"Correlation", "", 2};
  for (std::size_t k = 0; k < drivers.size(); ++k) {
    const std::size_t lag = strongest_lag(analysis, drivers[k]);
    report::ScatterGroup dots{fmt::format("{}, {} months ahead", drivers[k], lag), {}, {}, {}};
    for (const LagRow& row : analysis.lags) {
      const auto at = group.find(row.entity);
      if (row.driver != drivers[k] || row.lag != lag || at == group.end() || std::isnan(row.pearson.r))
        continue;
      dots.labels.push_back(row.entity);
      dots.x.push_back(static_cast<double>(at->second));
      dots.y.push_back(row.pearson.r);
    }
    const double share = 0.8 / static_cast<double>(drivers.size());
    spread(dots, (static_cast<double>(k) + 0.5) * share - 0.4, 0.3 * share);
    figure.groups.push_back(std::move(dots));
  }
  return {"lag-strips", "Every place, group by group",
          "Pearson correlation of monthly means with each driver, at the lag where the median over all "
          "places is strongest.",
          "", figure};
}

std::vector<report::Figure> skill_by_group(const Analysis& analysis, const WellGroups& groups) {
  const auto group = group_of(analysis, groups);
  std::vector<std::vector<double>> nse(groups.count());
  report::Scatter dots;
  dots.x_names = group_names(groups);
  dots.y = {"NSE", "", 2};
  dots.groups.emplace_back();
  for (std::size_t e = 0; e < analysis.entities.size(); ++e) {
    const auto at = group.find(analysis.entities[e]);
    if (at == group.end() || std::isnan(analysis.nse[e])) continue;
    nse[at->second].push_back(analysis.nse[e]);
    dots.groups[0].labels.push_back(analysis.entities[e]);
    dots.groups[0].x.push_back(static_cast<double>(at->second));
    dots.groups[0].y.push_back(analysis.nse[e]);
  }
  spread(dots.groups[0], 0, 0.4);
  std::vector<double> wells, low, middle, high, good;
  for (const std::vector<double>& values : nse) {
    wells.push_back(static_cast<double>(values.size()));
    const bool none = values.empty();
    low.push_back(none ? std::nan("") : stats::quantile(values, 0.25));
    middle.push_back(none ? std::nan("") : stats::median(values));
    high.push_back(none ? std::nan("") : stats::quantile(values, 0.75));
    good.push_back(none ? std::nan("") : 100 * stats::share_above(values, 0.7));
  }
  report::Table table;
  table.columns = {{"places", "", 0, "", dots.x_names},
                   {"scored", "", 0, "Places with a score in the test period", wells},
                   {"lower quartile", "", 3, "NSE", low},
                   {"median", "", 3, "NSE", middle},
                   {"upper quartile", "", 3, "NSE", high},
                   {"above 0.7", "%", 0, "Share of the places", good}};
  return {{"skill-strips", "Skill of the run, group by group",
           "NSE of the network in the test period; every dot is a place.", "", dots},
          {"skill-by-group", "Skill of the run by group", "", "", table}};
}

}  // namespace phreatic::studies::wells
