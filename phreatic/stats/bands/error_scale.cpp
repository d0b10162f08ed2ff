// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/bands/error_scale.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"

namespace phreatic::stats {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kBins = 512;
constexpr std::size_t kGrid = 201;

struct Bin {
  double count = 0, sum = 0, place = 0;
};

std::vector<double> absolute_errors(Series observed, Series simulated) {
  PHREATIC_ASSERT(observed.size() == simulated.size());
  std::vector<double> errors(observed.size());
  for (std::size_t t = 0; t < errors.size(); ++t) errors[t] = std::abs(observed[t] - simulated[t]);
  return errors;
}

double standard_deviation(const std::vector<double>& values) {
  const double middle = mean(values);
  double variance = 0;
  for (const double v : values) variance += (v - middle) * (v - middle) / static_cast<double>(values.size());
  return std::sqrt(variance);
}

std::vector<Bin> binned(const std::vector<double>& values, const std::vector<double>& places, double low,
                        double high) {
  std::vector<Bin> bins(kBins);
  const double per_place = high > low ? static_cast<double>(kBins) / (high - low) : 0.0;
  for (std::size_t j = 0; j < values.size(); ++j) {
    Bin& bin = bins[std::min(static_cast<std::size_t>((places[j] - low) * per_place), kBins - 1)];
    bin.count += 1;
    bin.sum += values[j];
    bin.place += places[j];
  }
  std::erase_if(bins, [](const Bin& bin) { return bin.count == 0; });
  for (Bin& bin : bins) bin.place /= bin.count;
  return bins;
}

}  // namespace

LocalMean::LocalMean(Series values, Series places, double width, double floor_share) {
  PHREATIC_ASSERT(values.size() == places.size() && width > 0);
  std::vector<double> value;
  std::vector<double> place;
  for (std::size_t t = 0; t < values.size(); ++t) {
    if (std::isnan(values[t]) || std::isnan(places[t])) continue;
    value.push_back(values[t]);
    place.push_back(places[t]);
  }
  if (value.empty()) return;
  const auto [low, high] = std::minmax_element(place.begin(), place.end());
  const double bandwidth = width * standard_deviation(place);
  const double overall = mean(value);
  const std::vector<Bin> bins = binned(value, place, *low, *high);
  low_ = *low;
  step_ = (*high - *low) / (kGrid - 1);
  for (std::size_t i = 0; i < kGrid; ++i) {
    const double at = low_ + static_cast<double>(i) * step_;
    double weight = 0;
    double sum = 0;
    for (const Bin& bin : bins) {
      const double z = bandwidth > 0 ? (at - bin.place) / bandwidth : 0.0;
      const double w = std::exp(-0.5 * z * z);
      weight += w * bin.count;
      sum += w * bin.sum;
    }
    const double local = weight > 0 ? sum / weight : overall;
    grid_.push_back(overall == 0 ? 1.0 : std::max(local, floor_share * overall));
  }
}

std::vector<double> LocalMean::at(Series places) const {
  std::vector<double> out(places.size(), kUndefined);
  if (grid_.empty()) return out;
  const auto last = static_cast<double>(grid_.size() - 1);
  for (std::size_t t = 0; t < places.size(); ++t) {
    if (std::isnan(places[t])) continue;
    const double position = step_ > 0 ? std::clamp((places[t] - low_) / step_, 0.0, last) : 0.0;
    const auto i = std::min(static_cast<std::size_t>(position), grid_.size() - 2);
    const double share = position - static_cast<double>(i);
    out[t] = (1 - share) * grid_[i] + share * grid_[i + 1];
  }
  return out;
}

ErrorScale::ErrorScale(Series observed, Series simulated, Series balance)
    : by_level_(absolute_errors(observed, simulated), simulated), balance_(balance) {
  if (balance.empty()) return;
  PHREATIC_ASSERT(balance.size() == observed.size());
  std::vector<double> ratio = absolute_errors(observed, simulated);
  const std::vector<double> scale = by_level_.at(simulated);
  for (std::size_t t = 0; t < ratio.size(); ++t) ratio[t] /= scale[t];
  by_balance_.emplace(ratio, balance);
}

std::vector<double> ErrorScale::at(Series levels) const {
  std::vector<double> scale = by_level_.at(levels);
  if (!by_balance_) return scale;
  const std::vector<double> factor = by_balance_->at(balance_);
  for (std::size_t t = 0; t < scale.size(); ++t) scale[t] *= std::isnan(factor[t]) ? 1.0 : factor[t];
  return scale;
}

std::vector<double> trailing_sum(Series values, std::size_t steps) {
  std::vector<double> out(values.size(), kUndefined);
  double sum = 0;
  std::size_t present = 0;
  for (std::size_t t = 0; t < values.size(); ++t) {
    const bool here = !std::isnan(values[t]);
    sum += here ? values[t] : 0.0;
    present += here ? 1 : 0;
    if (t >= steps) {
      const double gone = values[t - steps];
      sum -= std::isnan(gone) ? 0.0 : gone;
      present -= std::isnan(gone) ? 0 : 1;
    }
    if (t + 1 >= steps && present == steps) out[t] = sum;
  }
  return out;
}

}  // namespace phreatic::stats
