// SPDX-License-Identifier: BSD-3-Clause
// The table of metrics that every run writes (metrics.csv): one row per entity, variable, period, metric and
// model, in the order in which the rows were made (headline first).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {

struct MetricRow {
  std::string entity;    // "Germany"; "all" for a summary over entities, e.g. metric "NSE_median"
  std::string variable;  // "level"
  std::string period;    // "train", "validation", "test", or a season's name
  std::string metric;    // "NSE", "coverage_90"
  double value = 0;      // NaN = undefined
  std::string model;     // "lstm", "climatology"
  // What the model knew of the weather of the times it is scored on: "known" (a simulation, or a forecast
  // that was given it), "hidden" (drivers end at the issue date), "unused" (levels alone)
  std::string weather;
};
using MetricTable = std::vector<MetricRow>;

// What the rows of one scored series have in common.
struct MetricKey {
  std::string entity;
  std::string variable;
  std::string period;
  std::string model;
  std::string weather;
  std::size_t lead =
      1;  // steps since the level known last, to which persistence_index compares; 1 in simulations
};

// Appends, in this order: NSE, NSE_trainmean, R2, RMSE, MAE, bias, KGE, KGE_2012, Alpha_NSE, Beta_NSE,
// persistence_index (lag `lead`), n (steps scored), n_not_simulated (observed steps without a simulated value).
void append_point_metrics(MetricTable& table, const MetricKey& key, Series observed, Series simulated,
                          Series training_observed);

// Appends coverage_<level>, interval_score_<level>, interval_width_<level>.
void append_interval_metrics(MetricTable& table, const MetricKey& key, Series observed, Series lower,
                             Series upper, double level);

// Appends for entity "all", for every (variable, period, model) that has rows of `metric`:
// <metric>_median, <metric>_mean, and for each threshold <metric>_share_above_<threshold>; entities whose
// value is NaN are left out, and <metric>_n is the number of those that remain.
void append_summary(MetricTable& table, const std::string& metric, const std::vector<double>& thresholds);

// Header "entity,variable,period,metric,value,model,weather"; numbers with the digits that read back to the same
// double; NaN as "NaN"; texts quoted by RFC 4180 where needed; lines end in "\n".
std::string to_csv(const MetricTable& table);
// Atomically; throws core::RunError.
void write_csv(const MetricTable& table, const std::filesystem::path& path);

}  // namespace phreatic::stats
