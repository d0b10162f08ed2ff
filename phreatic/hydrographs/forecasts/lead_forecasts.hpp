// SPDX-License-Identifier: BSD-3-Clause
// Forecasts of every well for every lead, and their file. Lead h of time t was issued h steps before t.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "phreatic/hydrographs/evaluation/evaluation.hpp"

namespace phreatic::hydrographs {

struct LeadForecasts {
  core::TimeAxis axis;  // of the times that are forecast
  std::vector<std::string> wells;
  std::size_t leads = 0;
  std::string unit = "m";
  // [well][lead][time]; NaN where there is no forecast
  std::vector<double> level;  // median over members
  std::vector<double> lower;  // conformal band, calibrated for each lead
  std::vector<double> upper;
  // [well][lead] how much of the networks' correction of the damped anomaly is kept (lead_weights.hpp); empty
  // for forecasts that do not start from it.
  std::vector<double> network_weight;

  std::size_t times() const { return axis.size(); }
  // Series of one well and lead (1, 2, ...) of any of the three.
  std::span<const double> series(const std::vector<double>& values, std::size_t well,
                                 std::size_t lead) const {
    return std::span(values).subspan((well * leads + lead - 1) * times(), times());
  }
};

// forecasts.nc: forecast, lower, upper (station, lead, time), network_weight (station, lead) where there are
// weights. Throws RunError.
void write_forecasts(const LeadForecasts& forecasts, const std::filesystem::path& path);
// Throws InputError when the file is missing or damaged.
LeadForecasts read_forecasts(const std::filesystem::path& path);

// Name of the period of a lead's rows in metrics.csv: "test lead 3".
std::string lead_period(std::size_t lead);

// What is scored at one lead of one well, by one model, [time] of the panel.
struct LeadSeries {
  std::size_t well = 0;
  stats::MetricKey key;
  std::vector<double> observed;      // in the test period
  std::vector<double> simulated;     // h steps before
  std::vector<double> lower, upper;  // of the network; empty for simple models
  std::vector<double> training;      // levels of the calibration period
};
using LeadWork = std::function<void(const LeadSeries&)>;

// Appends summaries over wells, by lead.
void summarise_leads(stats::MetricTable& rows, const EvaluationParams& params);

// Appends, for every lead, each well's scores in its test period, those of persistence (the level known last
// when the forecast was issued) and of the damped anomaly on the same steps, the weights, and their summaries. `also`
// gets each series.
void score_leads(const Prepared& prepared, const EvaluationParams& params, const LeadForecasts& forecasts,
                 stats::MetricTable& table, const LeadWork& also = {});

}  // namespace phreatic::hydrographs
