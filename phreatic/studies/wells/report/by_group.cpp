// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/report/by_group.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "phreatic/report/model.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::studies::wells {
namespace {

constexpr std::size_t kMostDrivers = 6;      // that one chart of boxes shows apart
constexpr std::size_t kMostLagCharts = 4;    // charts over all lags
constexpr std::size_t kMostPlaceCharts = 3;  // heat maps of places by lags

// Groups of places as boxes: one for all where nothing was grouped.
struct Groups {
  std::vector<std::string> names;
  std::map<std::string, std::size_t> of;  // place -> its group, for those that have one
};

Groups groups_of(const Analysis& analysis, const WellGroups& groups) {
  Groups out;
  for (std::size_t g = 0; g < groups.count(); ++g) out.names.push_back(fmt::format("group {}", g + 1));
  for (std::size_t i = 0; i < groups.used.size() && i < groups.labels.size(); ++i)
    out.of[analysis.entities[groups.used[i]]] = static_cast<std::size_t>(groups.labels[i]);
  if (!out.names.empty()) return out;
  out.names = {"all places"};
  for (const std::string& entity : analysis.entities) out.of[entity] = 0;
  return out;
}

report::BoxGroup empty_boxes(const std::string& name, std::size_t categories) {
  return {name, std::vector<std::vector<double>>(categories),
          std::vector<std::vector<std::string>>(categories)};
}

void add(report::BoxGroup& boxes, std::size_t category, const std::string& entity, double value) {
  if (std::isnan(value)) return;
  boxes.values[category].push_back(value);
  boxes.labels[category].push_back(entity);
}

std::vector<std::string> drivers_of(const Analysis& analysis) {
  std::vector<std::string> drivers = analysis.others;
  for (const LagRow& row : analysis.lags) {
    if (std::find(drivers.begin(), drivers.end(), row.driver) == drivers.end()) drivers.push_back(row.driver);
  }
  return drivers;
}

double median_at(const Analysis& analysis, const std::string& driver, std::size_t lag) {
  std::vector<double> all;
  for (const LagRow& row : analysis.lags)
    if (row.driver == driver && row.lag == lag && !std::isnan(row.pearson.r)) all.push_back(row.pearson.r);
  return all.empty() ? std::nan("") : stats::median(all);
}

// NSE may be as low as it likes; what lies below -1 counts in the boxes.
report::Limits skill_limits(const std::vector<double>& nse) {
  const bool low = std::any_of(nse.begin(), nse.end(), [](double v) { return v < -1; });
  return {low ? -1 : report::kUnknown, low ? 1 : report::kUnknown};
}

}  // namespace

std::size_t strongest_lag(const Analysis& analysis, const std::string& driver) {
  std::size_t best = 0;
  double strongest = -1;
  for (std::size_t lag = 0; lag <= kLagMonths; ++lag) {
    const double median = std::abs(median_at(analysis, driver, lag));
    if (std::isnan(median) || median <= strongest) continue;
    strongest = median;
    best = lag;
  }
  return best;
}

report::Figure lag_boxes(const Analysis& analysis, const WellGroups& groups) {
  const Groups places = groups_of(analysis, groups);
  std::vector<std::string> drivers = drivers_of(analysis);
  drivers.resize(std::min(drivers.size(), kMostDrivers));
  report::BoxPlot figure;
  figure.categories = places.names;
  figure.quantity = {"Correlation", "", 2};
  figure.noun = "place";
  for (const std::string& driver : drivers) {
    const std::size_t lag = strongest_lag(analysis, driver);
    report::BoxGroup boxes =
        empty_boxes(fmt::format("{}, {} months ahead", driver, lag), places.names.size());
    for (const LagRow& row : analysis.lags) {
      const auto at = places.of.find(row.entity);
      if (row.driver == driver && row.lag == lag && at != places.of.end())
        add(boxes, at->second, row.entity, row.pearson.r);
    }
    figure.groups.push_back(std::move(boxes));
  }
  return {"lag-boxes", "How do the groups answer?",
          "Pearson correlation of monthly means with each driver, at the lag where the median over all "
          "places is strongest.",
          "", figure};
}

std::vector<report::Figure> boxes_by_lag(const Analysis& analysis, const WellGroups& groups) {
  std::vector<std::string> drivers = drivers_of(analysis);
  // Other targets first; of the drivers those that go best with the places.
  std::stable_sort(drivers.begin() + static_cast<std::ptrdiff_t>(analysis.others.size()), drivers.end(),
                   [&](const std::string& a, const std::string& b) {
                     const auto best = [&](const std::string& d) {
                       const double r = std::abs(median_at(analysis, d, strongest_lag(analysis, d)));
                       return std::isnan(r) ? -1 : r;
                     };
                     return best(a) > best(b);
                   });
  drivers.resize(std::min(drivers.size(), kMostLagCharts));
  const Groups places = groups_of(analysis, groups);
  std::vector<report::Figure> out;
  for (const std::string& driver : drivers) {
    report::BoxPlot figure;
    figure.quantity = {"Correlation with " + driver, "", 2};
    figure.category_name = "months ahead";
    figure.noun = "place";
    for (std::size_t lag = 0; lag <= kLagMonths; ++lag) figure.categories.push_back(std::to_string(lag));
    for (const std::string& name : places.names)
      figure.groups.push_back(empty_boxes(name, figure.categories.size()));
    for (const LagRow& row : analysis.lags) {
      const auto at = places.of.find(row.entity);
      if (row.driver == driver && at != places.of.end())
        add(figure.groups[at->second], row.lag, row.entity, row.pearson.r);
    }
    out.push_back(
        {fmt::format("boxes-by-lag-{}", out.size() + 1), driver + ", months ahead of " + analysis.target,
         "Pearson correlation of monthly means in the training period, a box over the places of each "
         "group.",
         "", figure});
  }
  return out;
}

std::vector<report::Figure> lags_of_places(const Analysis& analysis, const WellGroups& groups) {
  const Groups places = groups_of(analysis, groups);
  std::vector<std::string> order;
  for (std::size_t g = 0; g < places.names.size(); ++g) {
    for (const std::string& entity : analysis.entities) {
      const auto at = places.of.find(entity);
      if (at != places.of.end() && at->second == g) order.push_back(entity);
    }
  }
  std::vector<report::Figure> out;
  for (const std::string& other : analysis.others) {
    if (out.size() == kMostPlaceCharts) break;
    report::Heatmap map;
    map.quantity = {"Correlation", "", 2};
    map.row_name = "place";
    map.column_name = "months ahead";
    map.diverging = true;
    for (std::size_t lag = 0; lag <= kLagMonths; ++lag) map.columns.push_back(std::to_string(lag));
    for (const std::string& entity : order)
      map.rows.push_back(places.names.size() > 1 ? fmt::format("{} ({})", entity, places.of.at(entity) + 1)
                                                 : entity);
    map.values.assign(map.rows.size() * map.columns.size(), report::kUnknown);
    for (const LagRow& row : analysis.lags) {
      const auto at = std::find(order.begin(), order.end(), row.entity);
      if (row.driver == other && at != order.end())
        map.values[static_cast<std::size_t>(at - order.begin()) * map.columns.size() + row.lag] =
            row.pearson.r;
    }
    out.push_back({fmt::format("lags-of-places-{}", out.size() + 1), other + " and every place",
                   fmt::format("Pearson correlation of monthly means, {} ahead of {}; behind a place the "
                               "number of its group.",
                               other, analysis.target),
                   "", map});
  }
  return out;
}

report::Figure entropy_boxes(const Analysis& analysis, const WellGroups& groups) {
  const Groups places = groups_of(analysis, groups);
  report::BoxPlot figure;
  figure.categories = places.names;
  figure.quantity = {"Permutation entropy", "bits", 2};
  figure.noun = "place";
  figure.groups = {empty_boxes("plain", places.names.size()), empty_boxes("weighted", places.names.size())};
  for (std::size_t e = 0; e < analysis.entities.size(); ++e) {
    const auto at = places.of.find(analysis.entities[e]);
    if (at == places.of.end()) continue;
    add(figure.groups[0], at->second, analysis.entities[e], analysis.entropy[e].bits);
    add(figure.groups[1], at->second, analysis.entities[e], analysis.weighted[e].bits);
  }
  return {"entropy-boxes", "How regular are the groups?",
          "Permutation entropy of the monthly means of the training period, order 3: at most 2.585 bits.", "",
          figure};
}

std::vector<report::Figure> skill_by_group(const Analysis& analysis, const WellGroups& groups) {
  const Groups places = groups_of(analysis, groups);
  const std::size_t count = places.names.size();
  report::BoxPlot figure;
  figure.categories = places.names;
  figure.quantity = {"Skill in the test period", "", 2};
  figure.noun = "place";
  figure.limits = skill_limits(analysis.nse);
  figure.groups = {empty_boxes("R2", count), empty_boxes("NSE", count)};
  for (std::size_t e = 0; e < analysis.entities.size(); ++e) {
    const auto at = places.of.find(analysis.entities[e]);
    if (at == places.of.end()) continue;
    add(figure.groups[0], at->second, analysis.entities[e], analysis.r2[e]);
    add(figure.groups[1], at->second, analysis.entities[e], analysis.nse[e]);
  }
  std::vector<double> wells, low, middle, high, good;
  for (const std::vector<double>& values : figure.groups[1].values) {
    wells.push_back(static_cast<double>(values.size()));
    const bool none = values.empty();
    low.push_back(none ? std::nan("") : stats::quantile(values, 0.25));
    middle.push_back(none ? std::nan("") : stats::median(values));
    high.push_back(none ? std::nan("") : stats::quantile(values, 0.75));
    good.push_back(none ? std::nan("") : 100 * stats::share_above(values, 0.7));
  }
  report::Table table;
  table.columns = {{"places", "", 0, "", places.names},
                   {"scored", "", 0, "Places with a score in the test period", wells},
                   {"lower quartile", "", 3, "NSE", low},
                   {"median", "", 3, "NSE", middle},
                   {"upper quartile", "", 3, "NSE", high},
                   {"above 0.7", "%", 0, "Share of the places", good}};
  return {{"skill-boxes", "Skill of the run, group by group",
           "Of the network in the test period; R2 is the squared correlation, blind to bias and scale.", "",
           figure},
          {"skill-by-group", "Skill of the run by group", "", "", table}};
}

}  // namespace phreatic::studies::wells
