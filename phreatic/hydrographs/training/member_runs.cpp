// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/training/member_runs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/hydrographs/targets/targets.hpp"

namespace phreatic::hydrographs {

// Stretches of steps whose drivers are all there.
std::vector<learn::StepRange> complete_stretches(const learn::Series& series, std::size_t features) {
  std::vector<learn::StepRange> stretches;
  bool open = false;
  for (std::size_t t = 0; t < series.length; ++t) {
    const float* row = series.inputs.data() + t * features;
    const bool complete = std::none_of(row, row + features, [](float v) { return std::isnan(v); });
    if (complete && !open) stretches.push_back({t, t});
    if (complete) stretches.back().end = t + 1;
    open = complete;
  }
  return stretches;
}

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

struct MemberOutput {
  std::size_t member = 0, output = 0;
};

// Puts one output of the scored steps of one member's windows of the series at their times.
std::vector<double> placed(const learn::Predictions& p, const MemberOutput& of, const PredictedSeries& series,
                           std::optional<std::size_t> lead) {
  std::vector<double> level(series.times, kMissing);
  for (std::size_t w = 0; w < p.windows.size(); ++w) {
    const learn::Window& window = p.windows[w];
    if (window.entity != series.index) continue;
    const std::size_t from = lead ? *lead - 1 : 0;
    const std::size_t to = lead ? *lead : window.scored();
    for (std::size_t k = from; k < to; ++k) {
      level[window.first + window.warmup + k] = series.scaling.unscaled(
          static_cast<double>(p.at(of.member, p.offsets[w] + k, series.target, of.output)));
    }
  }
  return level;
}

}  // namespace

std::vector<MemberRun> member_runs(const PredictedSeries& series, const learn::Predictions& predictions,
                                   std::optional<std::size_t> lead) {
  std::vector<MemberRun> runs;
  const auto of = [&](std::size_t member, std::size_t output) {
    std::vector<double> level = placed(predictions, {member, output}, series, lead);
    trailing_mean(level, series.interval);
    return level;
  };
  for (std::size_t m = 0; m < predictions.members; ++m) {
    // With quantile losses the middle quantile is the level.
    MemberRun run{of(m, predictions.outputs(series.target) / 2), {}, {}, series.unit, series.unseen};
    if (predictions.outputs(series.target) > 1) {
      run.low = of(m, 0);
      run.high = of(m, predictions.outputs(series.target) - 1);
    }
    runs.push_back(std::move(run));
  }
  return runs;
}

namespace {

struct Spread {
  double median = kMissing, sd = kMissing, low = kMissing, high = kMissing;
};

Spread spread_of(std::vector<double>& values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  Spread out{n % 2 == 1 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]), 0, values.front(),
             values.back()};
  if (n < 2) return out;
  double mean = 0;
  for (const double v : values) mean += v / static_cast<double>(n);
  double sum2 = 0;
  for (const double v : values) sum2 += (v - mean) * (v - mean);
  out.sd = std::sqrt(sum2 / static_cast<double>(n - 1));
  return out;
}

// Median and spread of each unit's members; runs of a unit stand together.
std::vector<Fold> fold_runs(const std::vector<MemberRun>& runs, std::size_t times) {
  std::vector<Fold> folds;
  std::vector<double> values;
  for (std::size_t first = 0; first < runs.size();) {
    std::size_t end = first;
    while (end < runs.size() && runs[end].unit == runs[first].unit) ++end;
    Fold fold{std::vector<double>(times), std::vector<double>(times), runs[first].out_of_sample};
    for (std::size_t t = 0; t < times; ++t) {
      values.clear();
      for (std::size_t r = first; r < end; ++r) {
        if (!std::isnan(runs[r].level[t])) values.push_back(runs[r].level[t]);
      }
      const Spread s = spread_of(values);
      fold.level[t] = s.median;
      fold.spread[t] = s.sd;
    }
    folds.push_back(std::move(fold));
    first = end;
  }
  return folds;
}

enum class Runs { all, unseen };

// Median over the runs that are there at step t, or over those of them that have not learnt from it.
Spread at_step(const std::vector<MemberRun>& runs, std::vector<double> MemberRun::*series, Runs which,
               std::size_t t) {
  std::vector<double> values;
  for (const MemberRun& run : runs) {
    if ((run.*series).empty() || std::isnan((run.*series)[t])) continue;
    if (which == Runs::unseen && (t < run.out_of_sample.begin || t >= run.out_of_sample.end)) continue;
    values.push_back((run.*series)[t]);
  }
  return spread_of(values);
}

}  // namespace

Simulation merge_runs(const std::vector<MemberRun>& runs, std::size_t times) {
  Simulation out;
  out.members = runs.size();
  out.folds = fold_runs(runs, times);
  for (auto* series :
       {&out.level, &out.spread, &out.low, &out.high, &out.out_of_sample, &out.out_of_sample_spread,
        &out.quantile_low, &out.quantile_high, &out.out_of_sample_low, &out.out_of_sample_high, &out.lower,
        &out.upper, &out.left_out_lower, &out.left_out_upper}) {
    series->assign(times, kMissing);
  }
  const bool quantiles = !runs.empty() && !runs.front().low.empty();
  for (std::size_t t = 0; t < times; ++t) {
    const Spread s = at_step(runs, &MemberRun::level, Runs::all, t);
    out.level[t] = s.median;
    out.spread[t] = s.sd;
    out.low[t] = s.low;
    out.high[t] = s.high;
    const Spread u = at_step(runs, &MemberRun::level, Runs::unseen, t);
    out.out_of_sample[t] = u.median;
    out.out_of_sample_spread[t] = u.sd;
    if (!quantiles) continue;
    out.quantile_low[t] = at_step(runs, &MemberRun::low, Runs::all, t).median;
    out.quantile_high[t] = at_step(runs, &MemberRun::high, Runs::all, t).median;
    out.out_of_sample_low[t] = at_step(runs, &MemberRun::low, Runs::unseen, t).median;
    out.out_of_sample_high[t] = at_step(runs, &MemberRun::high, Runs::unseen, t).median;
  }
  return out;
}

}  // namespace phreatic::hydrographs
