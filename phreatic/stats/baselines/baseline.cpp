// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/baselines/baseline.hpp"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/series/season.hpp"

namespace phreatic::stats {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

std::span<const int> slice_days(const std::vector<int>& days, core::StepRange range) {
  return std::span(days).subspan(range.begin, range.size());
}

}  // namespace

BaselineResult persistence_baseline(const BaselineData& data) {
  PHREATIC_ASSERT(data.target.size() == data.axis.size());
  double last = kUndefined;
  for (const double v : slice(data.target, data.train)) {
    if (!std::isnan(v)) last = v;
  }
  nlohmann::ordered_json description{{"model", "persistence"}, {"value", last}};
  return {"persistence", std::vector<double>(data.axis.size(), last), description.dump()};
}

BaselineResult lagged_persistence_baseline(const BaselineData& data, std::size_t lag) {
  PHREATIC_ASSERT(data.target.size() == data.axis.size() && lag >= 1);
  std::vector<double> simulated(data.axis.size(), kUndefined);
  double last = kUndefined;
  for (std::size_t t = lag; t < simulated.size(); ++t) {
    if (!std::isnan(data.target[t - lag])) last = data.target[t - lag];
    simulated[t] = last;
  }
  nlohmann::ordered_json description{{"model", "lagged_persistence"}, {"lag_steps", lag}};
  return {"persistence", std::move(simulated), description.dump()};
}

void describe(core::Describer& d, ClimatologyParams& p) {
  d.choice("kind", p.kind, {{"window", ClimatologyKind::window}, {"harmonics", ClimatologyKind::harmonics}},
           {.help = "Moving window over the day of the year, or sines and cosines"});
  d.field("half_width_days", p.half_width_days,
          {.help = "Half width of the window; also that of the band's quantiles",
           .unit = "d",
           .min = 1,
           .max = 182});
  d.field("harmonics", p.harmonics, {.help = "Pairs of sine and cosine", .min = 1, .max = 12});
}

BaselineResult climatology_baseline(const BaselineData& data, const ClimatologyParams& params) {
  PHREATIC_ASSERT(data.target.size() == data.axis.size());
  const std::vector<int> days = days_of_year(data.axis);
  const Series training = slice(data.target, data.train);
  const auto training_days = slice_days(days, data.train);
  const bool window = params.kind == ClimatologyKind::window;
  const YearTable table = window ? seasonal_mean(training, training_days, params.half_width_days)
                                 : seasonal_harmonics(training, training_days, params.harmonics);
  nlohmann::ordered_json description{{"model", "climatology"}, {"kind", window ? "window" : "harmonics"}};
  description[window ? "half_width_days" : "harmonics"] = window ? params.half_width_days : params.harmonics;
  description["by_day_of_year"] = table;
  return {"climatology", expand(table, days), description.dump()};
}

ClimatologyBand climatology_band(const BaselineData& data, const ClimatologyParams& climatology,
                                 const ConformalParams& conformal) {
  PHREATIC_ASSERT(data.target.size() == data.axis.size());
  const std::vector<int> days = days_of_year(data.axis);
  const Series training = slice(data.target, data.train);
  const auto training_days = slice_days(days, data.train);
  const double tail = 0.5 * (1 - conformal.level);
  const double width = climatology.half_width_days;
  ClimatologyBand result;
  result.band = {expand(seasonal_quantile(training, training_days, width, tail), days),
                 expand(seasonal_quantile(training, training_days, width, 1 - tail), days)};
  result.calibration =
      calibrate_bounds(slice(data.target, data.validation), slice(result.band.lower, data.validation),
                       slice(result.band.upper, data.validation), conformal);
  if (result.calibration.count > 0) {
    result.band = apply_bounds(result.calibration, result.band.lower, result.band.upper);
  }
  return result;
}

}  // namespace phreatic::stats
