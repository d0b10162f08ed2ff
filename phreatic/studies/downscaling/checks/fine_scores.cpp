// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/checks/fine_scores.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "phreatic/core/random.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::studies::downscaling {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr int kDraws = 2000;

struct Sums {
  double model = 0, bilinear = 0;
};

double gain(const Sums& s) { return 100 * (1 - std::sqrt(s.model / s.bilinear)); }

}  // namespace

// Storage anomalies say nothing of the mean of a fine series: each is moved to the mean of its coarse cell.
FineScorer::FineScorer(const Inputs& inputs, const Storage& storage, const std::vector<double>& bilinear,
                       const ModelParams& params)
    : in_(inputs), storage_(storage), bilinear_(bilinear), p_(params), truth_(inputs.truth) {
  const std::size_t n = in_.months();
  for (std::size_t i = 0; i < in_.cells.fine.cells(); ++i) {
    double sum = 0, coarse = 0, count = 0;
    for (std::size_t t = 0; t < n; ++t) {
      const std::size_t c = in_.cells.parent[i] * n + t;
      if (std::isnan(truth_[i * n + t]) || std::isnan(storage.groundwater[c]) || storage.filled[c] != 0)
        continue;
      sum += truth_[i * n + t];
      coarse += storage.groundwater[c];
      ++count;
    }
    for (std::size_t t = 0; t < n; ++t) truth_[i * n + t] += count > 0 ? (coarse - sum) / count : kMissing;
  }
}

bool FineScorer::usable(std::size_t i, double value) const {
  const std::size_t n = in_.months();
  return !std::isnan(value) && !std::isnan(truth_[i]) && !std::isnan(bilinear_[i]) &&
         storage_.filled[in_.cells.parent[i / n] * n + i % n] == 0;
}

FineScore FineScorer::score(const std::string& model, const std::string& scheme,
                            const std::vector<double>& field, int area) const {
  FineScore out{model, scheme, area};
  const std::size_t n = in_.months();
  std::map<std::pair<int, int>, Sums> blocks;
  std::vector<double> is, truth, added, missing_from_bilinear;
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (area >= 0 && in_.areas[i / n] != area) continue;
    if (!usable(i, field[i])) continue;
    is.push_back(field[i]);
    truth.push_back(truth_[i]);
    added.push_back(field[i] - bilinear_[i]);
    missing_from_bilinear.push_back(truth_[i] - bilinear_[i]);
    std::pair<int, int> key{core::year_of(in_.axis.start(i % n)), 0};
    if (scheme == "blocks") {
      const auto [x, y] = centre(in_.cells.fine, i / n);
      key = {static_cast<int>(std::floor(x / p_.block_deg)), static_cast<int>(std::floor(y / p_.block_deg))};
    }
    blocks[key].model += std::pow(field[i] - truth_[i], 2);
    blocks[key].bilinear += std::pow(bilinear_[i] - truth_[i], 2);
  }
  out.values = is.size();
  if (is.empty()) return out;
  Sums all;
  std::vector<Sums> list;
  for (const auto& [key, sums] : blocks) {
    list.push_back(sums);
    all.model += sums.model;
    all.bilinear += sums.bilinear;
  }
  out.rmse = std::sqrt(all.model / static_cast<double>(is.size()));
  out.correlation = stats::pearson(truth, is);
  out.detail = stats::pearson(missing_from_bilinear, added);
  out.gain = gain(all);
  std::vector<double> draws;
  for (std::uint64_t k = 0; k < kDraws; ++k) {
    core::RandomStream random(p_.seed, "gain", k);
    Sums sum;
    for (std::size_t b = 0; b < list.size(); ++b) {
      const Sums& s = list[random.below(list.size())];
      sum.model += s.model;
      sum.bilinear += s.bilinear;
    }
    draws.push_back(gain(sum));
  }
  std::sort(draws.begin(), draws.end());
  out.low = list.size() > 1 ? draws[kDraws / 20] : kMissing;
  out.high = list.size() > 1 ? draws[kDraws - 1 - kDraws / 20] : kMissing;
  return out;
}

std::vector<FineScore> FineScorer::scores(const std::string& model, const std::string& scheme,
                                          const std::vector<double>& field) const {
  std::vector<FineScore> out{score(model, scheme, field)};
  const std::set<int> classes(in_.areas.begin(), in_.areas.end());
  for (const int area : classes) {
    if (area >= 0) out.push_back(score(model, scheme, field, area));
  }
  return out;
}

double FineScorer::error(std::size_t i, double value) const {
  return usable(i, value) ? value - truth_[i] : kMissing;
}

}  // namespace phreatic::studies::downscaling
