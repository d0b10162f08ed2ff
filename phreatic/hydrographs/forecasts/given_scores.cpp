// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/hydrographs/forecasts/given_forecasts.hpp"
#include "phreatic/stats/baselines/damped_anomaly.hpp"

namespace phreatic::hydrographs {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// Scores of every forecast of one lead on the steps that they have in common.
class LeadScorer {
 public:
  LeadScorer(const Prepared& prepared, const std::vector<GivenForecasts>& all, double band_level,
             std::size_t lead)
      : prepared_(prepared), all_(all), band_level_(band_level), lead_(lead) {
    for (const GivenForecasts& one : all) levels_.push_back(one.level(lead));
  }

  void score(std::size_t e, GivenScores& out) {
    const std::size_t steps = prepared_.panel.time_count();
    std::vector<double> observed = inside(prepared_.scored_level(e), prepared_.test(e));
    for (std::size_t t = 0; t < steps; ++t) {
      for (std::size_t i = 0; i < all_.size(); ++i) {
        if (std::isnan(observed[t]) || !std::isnan(levels_[i][e * steps + t])) continue;
        observed[t] = kMissing;
        ++left_out;
      }
      if (!std::isnan(observed[t])) ++scored;
    }
    const std::vector<double> training = inside(prepared_.level(e), prepared_.calibration(e));
    const auto key = [&](const std::string& model, const std::string& weather) {
      return stats::MetricKey{prepared_.panel.entities[e], prepared_.panel.variables[prepared_.target].name,
                              lead_period(lead_), model, weather};
    };
    const auto row = [&](const GivenForecasts::Grid& grid) {
      return std::span<const double>(grid).subspan(e * steps, steps);
    };
    for (std::size_t i = 0; i < all_.size(); ++i) {
      const GivenForecasts& one = all_[i];
      const stats::MetricKey mine = key(one.name, "");
      stats::append_point_metrics(out.table, mine, observed, row(levels_[i]), training);
      const auto* lower = one.at(lead_, (1 - band_level_) / 2);
      const auto* upper = one.at(lead_, (1 + band_level_) / 2);
      if (lower != nullptr && upper != nullptr)
        stats::append_interval_metrics(out.table, mine, observed, row(*lower), row(*upper), band_level_);
      double loss = 0;
      double given = 0;
      for (const double q : one.quantiles) {
        const auto* grid = one.at(lead_, q);
        if (grid == nullptr) continue;
        loss += 2 * stats::quantile_loss(observed, row(*grid), q);
        ++given;
      }
      if (given > 0)
        out.table.push_back(
            {mine.entity, mine.variable, mine.period, "quantile_score", loss / given, mine.model, ""});
    }
    simple_models(e, observed, training, key, out);
  }

  std::size_t scored = 0, left_out = 0;

 private:
  template <class Key>
  void simple_models(std::size_t e, const std::vector<double>& observed, const std::vector<double>& training,
                     const Key& key, GivenScores& out) const {
    const std::vector<double> known = prepared_.known_level(e);
    stats::BaselineData data;
    data.axis = prepared_.panel.axis;
    data.target = known;
    data.train = {prepared_.calibration(e).begin, prepared_.calibration(e).end};
    for (const stats::BaselineResult& simple :
         {stats::lagged_persistence_baseline(data, lead_), stats::damped_anomaly_baseline(data, lead_, {})})
      stats::append_point_metrics(out.table, key(simple.name, weather_of_baseline(simple.name)), observed,
                                  simple.simulated, training);
  }

  const Prepared& prepared_;
  const std::vector<GivenForecasts>& all_;
  double band_level_;
  std::size_t lead_;
  std::vector<GivenForecasts::Grid> levels_;
};

// Sums over the pairs of one well: how far forecasts and observations vary about their means.
struct Variation {
  double mean_forecast = 0, mean_observed = 0, forecast = 0, observed = 0;
  std::size_t pairs = 0;
};
Variation variation_of(std::span<const double> forecast, std::span<const double> observed) {
  Variation v;
  const auto each_pair = [&](auto&& use) {
    for (std::size_t t = 0; t < observed.size(); ++t) {
      if (!std::isnan(observed[t]) && !std::isnan(forecast[t])) use(forecast[t], observed[t]);
    }
  };
  each_pair([&](double f, double o) {
    v.mean_forecast += f;
    v.mean_observed += o;
    ++v.pairs;
  });
  if (v.pairs == 0) return v;
  v.mean_forecast /= static_cast<double>(v.pairs);
  v.mean_observed /= static_cast<double>(v.pairs);
  each_pair([&](double f, double o) {
    v.forecast += (f - v.mean_forecast) * (f - v.mean_forecast);
    v.observed += (o - v.mean_observed) * (o - v.mean_observed);
  });
  return v;
}

// What makes forecasts look like numbers of another unit: they vary twenty times as much as the observations about
// each well's mean, or both their variation and their size are less than a twentieth. "" where nothing does.
std::string unit_hint(const Prepared& prepared, const GivenForecasts& one, std::size_t lead) {
  constexpr double kFar = 20;
  const GivenForecasts::Grid levels = one.level(lead);
  const std::size_t steps = prepared.panel.time_count();
  double forecast = 0, observed = 0;
  std::vector<double> sizes;
  for (std::size_t e = 0; e < prepared.panel.entity_count(); ++e) {
    const Variation v = variation_of(std::span<const double>(levels).subspan(e * steps, steps),
                                     inside(prepared.scored_level(e), prepared.test(e)));
    forecast += v.forecast;
    observed += v.observed;
    if (v.pairs > 0 && v.mean_observed != 0) sizes.push_back(v.mean_forecast / v.mean_observed);
  }
  if (!(observed > 0) || sizes.empty()) return "";
  const double spread = std::sqrt(forecast / observed);
  const double size = stats::median(sizes);
  const bool small = spread < 1 / kFar && size > 0 && size < 1 / kFar;
  if (spread <= kFar && !small) return "";
  return fmt::format(
      "look at: {}, lead {}: forecasts vary {:.2g} times as much as the observations and are {:.2g} times as "
      "large; "
      "scores are of numbers in {}: is the file in another unit?",
      one.name, lead, spread, size, prepared.panel.variables[prepared.target].unit);
}

}  // namespace

GivenScores score_given(const Prepared& prepared, const std::vector<GivenForecasts>& all, double band_level) {
  GivenScores out;
  for (const GivenForecasts& one : all)
    out.remarks.insert(out.remarks.end(), one.remarks.begin(), one.remarks.end());
  if (all.empty()) return out;
  std::vector<std::size_t> leads = all.front().leads();
  for (const GivenForecasts& one : all) {
    const std::vector<std::size_t> own = one.leads();
    std::erase_if(leads, [&](std::size_t lead) { return !std::binary_search(own.begin(), own.end(), lead); });
  }
  for (const GivenForecasts& one : all) {
    const std::string hint = leads.empty() ? "" : unit_hint(prepared, one, leads.front());
    if (!hint.empty()) out.remarks.push_back(hint);
  }
  for (const std::size_t lead : leads) {
    LeadScorer scorer(prepared, all, band_level, lead);
    for (std::size_t e = 0; e < prepared.panel.entity_count(); ++e) scorer.score(e, out);
    out.scored += scorer.scored;
    out.remarks.push_back(
        fmt::format("lead {}: scored on {} observations of the test period{}", lead, scorer.scored,
                    scorer.left_out == 0
                        ? std::string()
                        : fmt::format("; {} more lack a forecast by one of the models", scorer.left_out)));
  }
  if (leads.empty()) out.remarks.emplace_back("no lead is forecast by all of them: nothing is scored");
  stats::append_summary(out.table, "NSE", {0.7});
  stats::append_summary(out.table, "RMSE", {});
  stats::append_summary(out.table, "quantile_score", {});
  stats::append_summary(out.table, stats::level_name("coverage", band_level), {});
  return out;
}

}  // namespace phreatic::hydrographs
