// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/surrogates/scores.hpp"

#include <cmath>
#include <numeric>

namespace phreatic::studies::recharge {
namespace {

double mape(const std::vector<double>& o, const std::vector<double>& s) {
  double sum = 0;
  for (std::size_t i = 0; i < o.size(); ++i) sum += std::abs(s[i] - o[i]) / o[i];
  return 100 * sum / static_cast<double>(o.size());
}

double bias_percent(const std::vector<double>& o, const std::vector<double>& s) {
  const double all = std::accumulate(o.begin(), o.end(), 0.0);
  return 100 * (std::accumulate(s.begin(), s.end(), 0.0) - all) / all;
}

std::vector<double> times(std::vector<double> values, double factor) {
  for (double& v : values) v *= factor;
  return values;
}

}  // namespace

void append_scores(stats::MetricTable& table, const ScoreInput& in, const std::string& model,
                   const std::string& period, const std::vector<double>& predicted, double smearing) {
  std::vector<double> o, s, log_o, log_s, ratio, o_normal, s_normal;
  for (std::size_t i = 0; i < in.sites.size(); ++i) {
    const double value = in.targets.numbers(in.target.column)[i];
    if (!(value > 0) || std::isnan(predicted[i])) continue;
    o.push_back(value);
    s.push_back(std::pow(10, predicted[i]));
    log_o.push_back(std::log10(value));
    log_s.push_back(predicted[i]);
    ratio.push_back(value / s.back());
    const double infiltrated = in.sites[i].water_m3_per_day() * in.recharge_days;
    o_normal.push_back(value / infiltrated);
    s_normal.push_back(s.back() / infiltrated);
  }
  const auto add = [&](const std::string& metric, double value) {
    table.push_back({"all", in.target.name, period, metric, value, model, "unused"});
  };
  if (o.empty()) return;  // no site of a tiny study is predicted: no row
  add("n", static_cast<double>(o.size()));
  if (o.size() < 2) return;
  const auto smeared = times(s, smearing);
  const std::vector<double> constant(o.size(), std::pow(10, stats::mean(log_o)));
  add("R2", stats::nse(o, s));
  add("R2_correlation", stats::r2(o, s));
  add("R2_log", stats::nse(log_o, log_s));
  add("R2_smeared", stats::nse(o, smeared));
  if (in.target.unit == "m3") add("R2_normalised", stats::nse(o_normal, s_normal));
  add("MAE", stats::mae(o, s));
  add("MAE_smeared", stats::mae(o, smeared));
  add("MAPE", mape(o, s));
  add("MAPE_constant", mape(o, constant));
  add("ratio_10", stats::quantile(ratio, 0.1));
  add("ratio_50", stats::quantile(ratio, 0.5));
  add("ratio_90", stats::quantile(ratio, 0.9));
  add("bias_percent", bias_percent(o, s));
  add("bias_percent_smeared", bias_percent(o, smeared));
}

}  // namespace phreatic::studies::recharge
