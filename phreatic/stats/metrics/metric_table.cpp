// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/metrics/metric_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "phreatic/core/files/csv_cell.hpp"
#include "phreatic/core/files/files.hpp"

namespace phreatic::stats {
namespace {

void append(MetricTable& table, const MetricKey& key, std::string metric, double value) {
  table.push_back({key.entity, key.variable, key.period, std::move(metric), value, key.model, key.weather});
}

std::string number(double value) { return std::isnan(value) ? "NaN" : fmt::format("{}", value); }

}  // namespace

void append_point_metrics(MetricTable& table, const MetricKey& key, Series observed, Series simulated,
                          Series training_observed) {
  append(table, key, "NSE", nse(observed, simulated));
  append(table, key, "NSE_trainmean", nse_trainmean(observed, simulated, training_observed));
  append(table, key, "R2", r2(observed, simulated));
  append(table, key, "RMSE", rmse(observed, simulated));
  append(table, key, "MAE", mae(observed, simulated));
  append(table, key, "bias", bias(observed, simulated));
  append(table, key, "KGE", kge_2009(observed, simulated));
  append(table, key, "KGE_2012", kge_2012(observed, simulated));
  append(table, key, "Alpha_NSE", alpha_nse(observed, simulated));
  append(table, key, "Beta_NSE", beta_nse(observed, simulated));
  append(table, key, "persistence_index", persistence_index(observed, simulated, key.lead));
  const PairCount count = count_pairs(observed, simulated);
  append(table, key, "n", static_cast<double>(count.pairs));
  append(table, key, "n_not_simulated", static_cast<double>(count.observed_only));
}

void append_interval_metrics(MetricTable& table, const MetricKey& key, Series observed, Series lower,
                             Series upper, double level) {
  append(table, key, level_name("coverage", level), coverage(observed, lower, upper));
  append(table, key, level_name("interval_score", level), interval_score(observed, lower, upper, level));
  append(table, key, level_name("interval_width", level), interval_width(observed, lower, upper));
}

void append_summary(MetricTable& table, const std::string& metric, const std::vector<double>& thresholds) {
  using Group = std::tuple<std::string, std::string, std::string, std::string>;
  std::vector<std::pair<Group, std::vector<double>>> groups;  // in order of first appearance
  for (const MetricRow& row : table) {
    if (row.metric != metric || row.entity == "all" || std::isnan(row.value)) continue;
    const Group group{row.variable, row.period, row.model, row.weather};
    auto found = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.first == group; });
    if (found == groups.end()) found = groups.insert(groups.end(), {group, {}});
    found->second.push_back(row.value);
  }
  for (const auto& [group, values] : groups) {
    const MetricKey key{"all", std::get<0>(group), std::get<1>(group), std::get<2>(group),
                        std::get<3>(group)};
    append(table, key, metric + "_median", median(values));
    append(table, key, metric + "_mean", mean(values));
    for (const double threshold : thresholds) {
      append(table, key, fmt::format("{}_share_above_{:.6g}", metric, threshold),
             share_above(values, threshold));
    }
    append(table, key, metric + "_n", static_cast<double>(values.size()));
  }
}

std::string to_csv(const MetricTable& table) {
  std::string out = "entity,variable,period,metric,value,model,weather\n";
  for (const MetricRow& row : table) {
    out += fmt::format("{},{},{},{},{},{},{}\n", core::csv_cell(row.entity), core::csv_cell(row.variable),
                       core::csv_cell(row.period), core::csv_cell(row.metric), number(row.value),
                       core::csv_cell(row.model), row.weather);
  }
  return out;
}

void write_csv(const MetricTable& table, const std::filesystem::path& path) {
  core::write_file_atomic(path, to_csv(table));
}

}  // namespace phreatic::stats
