// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/report/words.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace phreatic::studies::wells {
namespace {

using Pair = std::pair<const char*, const char*>;

constexpr std::array<Pair, 11> kModels{{{"lstm", "LSTM"},
                                        {"gru", "GRU"},
                                        {"tft", "TFT"},
                                        {"nhits", "N-HiTS"},
                                        {"persistence", "persistence"},
                                        {"climatology", "climatology"},
                                        {"damped_anomaly", "damped anomaly"},
                                        {"ridge", "ridge regression"},
                                        {"transfer_function", "transfer function"},
                                        {"seasonal_climatology", "seasonal climatology"},
                                        {"ensemble", "ensemble"}}};

struct MetricText {
  const char* name;  // as in metrics.csv, without a level
  const char* words;
  const char* help;
};

constexpr std::array<MetricText, 11> kMetrics{
    {{"NSE", "NSE",
      "Nash-Sutcliffe efficiency: 1 is perfect, 0 no better than the mean of the scored period"},
     {"NSE_trainmean", "NSE, training mean",
      "the same with deviations from the mean of the training period: 0 is no better than that mean, which "
      "is "
      "known beforehand"},
     {"R2", "R2", "squared correlation: blind to bias and scale"},
     {"KGE", "KGE", "Kling-Gupta efficiency (2009): 1 is perfect; joins correlation, bias and variability"},
     {"RMSE", "RMSE", "root mean square error"},
     {"MAE", "MAE", "mean absolute error"},
     {"bias", "bias", "mean of simulated minus observed"},
     {"coverage", "coverage", "share of the observations inside the band"},
     {"interval_width", "band width", "mean width of the band"},
     {"interval_score", "interval score",
      "width of the band plus a penalty for each observation outside (Winkler); smaller is better"},
     {"n", "observations", "observations scored in the test period"}}};

const MetricText* find_metric(const std::string& metric) {
  const auto found =
      std::find_if(kMetrics.begin(), kMetrics.end(), [&](const MetricText& m) { return metric == m.name; });
  return found == kMetrics.end() ? nullptr : &*found;
}

std::string spaced(std::string text) {
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

}  // namespace

std::string model_words(const std::string& model) {
  for (const auto& [name, words] : kModels) {
    if (model == name) return words;
  }
  return spaced(model);
}

std::string metric_words(const std::string& metric) {
  const MetricText* found = find_metric(metric);
  return found != nullptr ? found->words : spaced(metric);
}

std::string metric_help(const std::string& metric) {
  const MetricText* found = find_metric(metric);
  return found != nullptr ? found->help : "";
}

std::string reference_words(explain::ReferenceChoice choice) {
  switch (choice) {
    case explain::ReferenceChoice::all_training:
      return "of all wells";
    case explain::ReferenceChoice::same_entity:
      return "of the well itself";
    case explain::ReferenceChoice::same_season:
      return "of the well itself in the same season";
    case explain::ReferenceChoice::same_day:
      return "of the well itself on the same day of other years";
  }
  return "";
}

report::Column metric_column(const std::string& metric, const std::string& unit, int digits,
                             std::vector<double> values) {
  return {metric_words(metric), unit, digits, metric_help(metric), std::move(values)};
}

}  // namespace phreatic::studies::wells
