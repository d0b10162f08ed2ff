// SPDX-License-Identifier: BSD-3-Clause
// Scores from rolling origins: of each origin by itself, pooled over all of them, and their spread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/hydrographs/lead_forecasts.hpp"
#include "phreatic/hydrographs/outputs.hpp"
#include "phreatic/hydrographs/rolling.hpp"

namespace phreatic::hydrographs {

// Periods of the rows in rolling/metrics.csv beside Origin::label() and, in forecasts, "<label> lead 3".
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
  // own origin, persistence_index takes no pair of steps across two origins. Then "spread over origins":
  // <metric>_mean, _sd (of the sample), _min, _max and _origins_n (origins that have one) over the origins' values.
  stats::MetricTable table() const;

 private:
  struct Pool {
    std::string variable, weather;
    std::vector<double> observed, simulated, lower, upper;
    std::vector<double> observed_anomaly, simulated_anomaly;  // less the origin's training mean
  };
  void score(const std::string& entity, const std::string& model, const std::string& weather,
             const Prepared& data, std::size_t e, const Origin& origin, const RunSeries& series,
             const std::string& prefix, stats::MetricTable& rows);
  void summarise(stats::MetricTable& rows) const;
  stats::MetricTable pooled() const;
  stats::MetricTable spread() const;

  EvaluationParams params_;
  stats::MetricTable rows_;
  std::vector<std::pair<std::string, std::string>> order_;  // entity, model as they came
  std::map<std::pair<std::string, std::string>, Pool> pools_;
};

// The steps of an axis from `first` on.
RunSeries after_origin(const RunSeries& series, std::size_t first);

}  // namespace phreatic::hydrographs
