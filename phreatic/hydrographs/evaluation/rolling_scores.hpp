// SPDX-License-Identifier: BSD-3-Clause
// Scores from rolling origins: of each origin by itself, pooled over all of them, and their spread.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "phreatic/hydrographs/evaluation/outputs.hpp"
#include "phreatic/hydrographs/evaluation/rolling.hpp"
#include "phreatic/hydrographs/forecasts/lead_forecasts.hpp"

namespace phreatic::hydrographs {

// Periods of the rows in rolling/metrics.csv beside Origin::label(); in forecasts each also with a lead behind it:
// "origin 2016-07-01 lead 3", "all origins lead 3", "spread over origins lead 3".
inline constexpr const char* kAllOrigins = "all origins";
inline constexpr const char* kOverOrigins = "spread over origins";

// Takes the test periods of the origins in turn and keeps no more of them than the scores need.
class OriginScorer {
 public:
  explicit OriginScorer(EvaluationParams params) : params_(std::move(params)) {}

  // `data`: at_origin(), cut to one target. `series`: from the first scored step on (after_origin()). `leads`: of
  // forecasts, whose `series` is that of the largest lead.
  void add(const Prepared& data, const Origin& origin, const RunSeries& series,
           const std::optional<LeadForecasts>& leads);

  // By origin: each well's scores and their summary over wells, as in metrics.csv, the network first. Then
  // "all origins": the pairs of all origins together; NSE_trainmean compares each pair with the training mean of its
  // own origin, persistence_index takes no pair of steps across two origins; in forecasts the same for each lead. Then "spread over origins":
  // <metric>_mean, _sd (of the sample), _min, _max and _origins_n (origins that have one) over the origins' values.
  stats::MetricTable table() const;

 private:
  // One entity and model at one lead over the origins so far.
  struct Pool {
    stats::MetricKey key;
    std::vector<double> observed, simulated, lower, upper;    // no band: empty
    std::vector<double> observed_anomaly, simulated_anomaly;  // less the origin's training mean
  };
  struct PooledSeries {
    std::span<const double> observed, simulated, lower, upper;
  };
  void pool(const stats::MetricKey& key, const PooledSeries& series, double training_mean);
  void add_leads(const Prepared& data, const Origin& origin, const LeadForecasts& leads,
                 stats::MetricTable& rows);
  void score(const std::string& entity, const std::string& model, const std::string& weather,
             const Prepared& data, std::size_t e, const Origin& origin, const RunSeries& series,
             const std::string& prefix, stats::MetricTable& rows);
  void summarise(stats::MetricTable& rows) const;
  stats::MetricTable pooled() const;
  stats::MetricTable spread() const;

  EvaluationParams params_;
  stats::MetricTable rows_;
  std::vector<Pool> pools_;  // as they came
  std::map<std::string, std::size_t> index_;
};

// The steps of an axis from `first` on.
RunSeries after_origin(const RunSeries& series, std::size_t first);

}  // namespace phreatic::hydrographs
