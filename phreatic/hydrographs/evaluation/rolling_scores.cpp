// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/evaluation/rolling_scores.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"

namespace phreatic::hydrographs {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

std::span<const double> values_of(const RunSeries& series, const std::string& name, std::size_t e) {
  const RunSeries::Field* field = series.find(name);
  PHREATIC_ASSERT(field != nullptr);
  return series.series(*field, e);
}

// Missing steps part the origins, so that no score takes their ends for neighbours.
void append(std::vector<double>& all, std::span<const double> values, std::size_t gap, double less = 0) {
  if (!all.empty()) all.insert(all.end(), gap, kMissing);
  for (const double v : values) all.push_back(v - less);
}

bool is_number_of_steps(const std::string& metric) { return metric == "n" || metric == "n_not_simulated"; }

}  // namespace

RunSeries after_origin(const RunSeries& series, std::size_t first) {
  RunSeries out;
  out.axis = core::TimeAxis(series.axis.start(first), series.axis.step(), series.axis.size() - first);
  out.entities = series.entities;
  out.places = series.places;
  for (const RunSeries::Field& field : series.fields) {
    RunSeries::Field cut{field.name, field.unit, field.about, {}};
    for (std::size_t e = 0; e < series.entities.size(); ++e) {
      const auto part = series.series(field, e).subspan(first);
      cut.values.insert(cut.values.end(), part.begin(), part.end());
    }
    out.fields.push_back(std::move(cut));
  }
  return out;
}

void OriginScorer::score(const std::string& entity, const std::string& model, const std::string& weather,
                         const Prepared& data, std::size_t e, const Origin& origin, const RunSeries& series,
                         const std::string& prefix, stats::MetricTable& rows) {
  const bool network = prefix.empty();
  const auto observed = values_of(series, "observed", e);
  const auto simulated = values_of(series, network ? "simulated" : prefix, e);
  const auto lower = values_of(series, network ? "lower" : prefix + "_lower", e);
  const auto upper = values_of(series, network ? "upper" : prefix + "_upper", e);
  const std::vector<double> training = inside(data.level(e), data.calibration(e));
  const std::string variable = data.panel.variables[data.target].name;
  stats::MetricKey key{entity, variable, origin.label(), model, weather, params_.lead};
  stats::append_point_metrics(rows, key, observed, simulated, training);
  stats::append_interval_metrics(rows, key, observed, lower, upper, params_.band_level);
  key.period = kAllOrigins;
  pool(key, {observed, simulated, lower, upper}, stats::mean(training));
}

void OriginScorer::pool(const stats::MetricKey& key, const PooledSeries& s, double training_mean) {
  const std::string name = key.entity + '\n' + key.model + '\n' + key.period;
  const auto [at, added] = index_.emplace(name, pools_.size());
  if (added) pools_.push_back({key, {}, {}, {}, {}, {}, {}});
  Pool& pool = pools_[at->second];
  append(pool.observed, s.observed, key.lead);
  append(pool.simulated, s.simulated, key.lead);
  append(pool.lower, s.lower, key.lead);
  append(pool.upper, s.upper, key.lead);
  append(pool.observed_anomaly, s.observed, key.lead, training_mean);
  append(pool.simulated_anomaly, s.simulated, key.lead, training_mean);
}

void OriginScorer::add_leads(const Prepared& data, const Origin& origin, const LeadForecasts& leads,
                             stats::MetricTable& rows) {
  const std::string before = "test";
  const core::StepRange& test = origin.test;
  stats::MetricTable by_lead;
  score_leads(data, params_, leads, by_lead, [&](const LeadSeries& s) {
    stats::MetricKey key = s.key;
    key.period = kAllOrigins + key.period.substr(before.size());
    const auto part = [&](const std::vector<double>& values) {
      return values.empty() ? std::span<const double>{} : core::slice(std::span(values), test);
    };
    pool(key, {part(s.observed), part(s.simulated), part(s.lower), part(s.upper)}, stats::mean(s.training));
  });
  for (stats::MetricRow& row : by_lead) row.period = origin.label() + row.period.substr(before.size());
  rows.insert(rows.end(), by_lead.begin(), by_lead.end());
}

void OriginScorer::summarise(stats::MetricTable& rows) const {
  stats::append_summary(rows, "NSE", {0.5, 0.7});
  stats::append_summary(rows, "RMSE", {});
  stats::append_summary(rows, stats::level_name("coverage", params_.band_level), {});
}

void OriginScorer::add(const Prepared& data, const Origin& origin, const RunSeries& series,
                       const std::optional<LeadForecasts>& leads) {
  stats::MetricTable rows;
  const auto& wells = data.panel.entities;
  for (std::size_t e = 0; e < wells.size(); ++e)
    score(wells[e], params_.model, params_.weather, data, e, origin, series, "", rows);
  const std::string prefix = "baseline_";
  for (const RunSeries::Field& field : series.fields) {
    if (field.name.rfind(prefix, 0) != 0 || series.find(field.name + "_lower") == nullptr) continue;
    const std::string name = field.name.substr(prefix.size());
    for (std::size_t e = 0; e < wells.size(); ++e)
      score(wells[e], name, weather_of_baseline(name), data, e, origin, series, field.name, rows);
  }
  summarise(rows);
  if (leads) add_leads(data, origin, *leads, rows);
  rows_.insert(rows_.end(), rows.begin(), rows.end());
}

stats::MetricTable OriginScorer::pooled() const {
  stats::MetricTable out, leads;
  for (const Pool& pool : pools_) {
    stats::MetricTable& rows = pool.key.period == kAllOrigins ? out : leads;
    const std::size_t first = rows.size();
    stats::append_point_metrics(rows, pool.key, pool.observed, pool.simulated, {});
    const std::vector<double> zero = {0.0};
    const double nse = stats::nse_trainmean(pool.observed_anomaly, pool.simulated_anomaly, zero);
    for (std::size_t i = first; i < rows.size(); ++i) {
      if (rows[i].metric == "NSE_trainmean") rows[i].value = nse;
    }
    if (!pool.lower.empty())
      stats::append_interval_metrics(rows, pool.key, pool.observed, pool.lower, pool.upper,
                                     params_.band_level);
  }
  summarise(out);
  summarise_leads(leads, params_);
  out.insert(out.end(), leads.begin(), leads.end());
  return out;
}

stats::MetricTable OriginScorer::spread() const {
  struct Values {
    stats::MetricRow row;
    std::vector<double> values;
  };
  std::vector<Values> all;
  std::map<std::string, std::size_t> known;
  for (const stats::MetricRow& row : rows_) {
    if (is_number_of_steps(row.metric)) continue;
    // "origin 2016-07-01" or "origin 2016-07-01 lead 3": what follows the date tells the lead.
    const std::size_t date_end = std::string("origin 2016-07-01").size();
    const std::string lead = row.period.size() > date_end ? row.period.substr(date_end) : "";
    const std::string key = row.entity + '\n' + row.metric + '\n' + row.model + '\n' + lead;
    const auto [at, added] = known.emplace(key, all.size());
    if (added) {
      all.push_back({row, {}});
      all.back().row.period = kOverOrigins + lead;
    }
    if (!std::isnan(row.value)) all[at->second].values.push_back(row.value);
  }
  stats::MetricTable out;
  for (const Values& one : all) {
    const auto add = [&](const std::string& end, double value) {
      out.push_back(one.row);
      out.back().metric += end;
      out.back().value = value;
    };
    const auto n = static_cast<double>(one.values.size());
    const double mean = stats::mean(one.values);
    double squares = 0;
    for (const double v : one.values) squares += (v - mean) * (v - mean);
    add("_mean", mean);
    add("_sd", n < 2 ? kMissing : std::sqrt(squares / (n - 1)));
    add("_min", n < 1 ? kMissing : *std::min_element(one.values.begin(), one.values.end()));
    add("_max", n < 1 ? kMissing : *std::max_element(one.values.begin(), one.values.end()));
    add("_origins_n", n);
  }
  return out;
}

stats::MetricTable OriginScorer::table() const {
  stats::MetricTable out = rows_;
  for (const stats::MetricTable& more : {pooled(), spread()}) out.insert(out.end(), more.begin(), more.end());
  return out;
}

}  // namespace phreatic::hydrographs
