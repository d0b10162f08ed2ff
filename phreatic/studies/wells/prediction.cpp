// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/prediction.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "phreatic/core/errors.hpp"

namespace phreatic::studies::wells {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// Member simulations of one well in metres, with the steps each member must not be judged on.
struct MemberRun {
  std::vector<double> level;  // [time]
  std::string unit;
  learn::StepRange out_of_sample;  // steps of the calibration period that this member did not learn from
};

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

// Windows that simulate every step with enough look-back: whole stretches with carried state, or one window a
// step.
std::vector<learn::Window> simulation_windows(const learn::SeriesSet& set,
                                              const learn::WindowParams& params) {
  std::vector<learn::Window> windows;
  const std::size_t warmup = params.length() - params.scored();
  for (std::size_t e = 0; e < set.entities.size(); ++e) {
    for (const learn::StepRange& stretch : complete_stretches(set.entities[e], set.features.size())) {
      if (stretch.end - stretch.begin <= warmup) continue;
      if (params.mode == learn::WindowMode::simulation) {
        windows.push_back({e, stretch.begin, stretch.end - stretch.begin, warmup});
        continue;
      }
      for (std::size_t first = stretch.begin; first + params.length() <= stretch.end;
           first += params.scored()) {
        windows.push_back({e, first, params.length(), warmup});
      }
    }
  }
  return windows;
}

void collect_unit(const Prepared& prepared, const WellsSettings& settings, const Unit& unit,
                  const std::filesystem::path& folder, std::vector<std::vector<MemberRun>>& runs,
                  core::Context& context) {
  const UnitScaling scaling = fit_scaling(prepared, settings, unit);
  const learn::SeriesSet set = make_series(prepared, settings, scaling, unit.simulates, false);
  const auto model = learn::load_model(folder / unit.name, settings.learn.training.device);
  const std::vector<learn::Window> windows = simulation_windows(set, model->description().params.window);
  const learn::Predictions predictions = learn::predict(*model, set, windows, context);
  // With quantile losses the middle quantile is the level.
  const std::size_t output = predictions.outputs / 2;
  for (std::size_t i = 0; i < unit.simulates.size(); ++i) {
    const std::size_t e = unit.simulates[i];
    const data::Affine s = target_scaling(prepared, e);
    const bool learnt =
        std::find(unit.learns_from.begin(), unit.learns_from.end(), e) != unit.learns_from.end();
    const learn::StepRange unseen =
        learnt ? unit_steps(prepared, settings, unit, e).validation : prepared.calibration(e);
    for (std::size_t m = 0; m < predictions.members; ++m) {
      MemberRun run{std::vector<double>(prepared.panel.time_count(), kMissing), unit.name, unseen};
      for (std::size_t w = 0; w < predictions.windows.size(); ++w) {
        const learn::Window& window = predictions.windows[w];
        if (window.entity != i) continue;
        for (std::size_t row = predictions.offsets[w]; row < predictions.offsets[w + 1]; ++row) {
          const std::size_t t = window.first + window.warmup + (row - predictions.offsets[w]);
          run.level[t] = s.unscaled(static_cast<double>(predictions.at(m, row, 0, output)));
        }
      }
      runs[e].push_back(std::move(run));
    }
  }
}

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

// Root mean over units of the variance over their members at step t; runs of a unit stand together.
double spread_within_units(const std::vector<MemberRun>& runs, std::size_t t) {
  double variance = 0;
  double units = 0;
  std::vector<double> values;
  for (std::size_t first = 0; first < runs.size();) {
    values.clear();
    std::size_t end = first;
    for (; end < runs.size() && runs[end].unit == runs[first].unit; ++end) {
      if (!std::isnan(runs[end].level[t])) values.push_back(runs[end].level[t]);
    }
    first = end;
    if (values.size() < 2) continue;
    const double sd = spread_of(values).sd;
    variance += sd * sd;
    units += 1;
  }
  return units > 0 ? std::sqrt(variance / units) : kMissing;
}

WellSimulation merge(const std::vector<MemberRun>& runs, std::size_t times) {
  WellSimulation out;
  out.members = runs.size();
  for (auto* series : {&out.unit_spread, &out.level, &out.spread, &out.low, &out.high, &out.out_of_sample,
                       &out.out_of_sample_spread, &out.lower, &out.upper}) {
    series->assign(times, kMissing);
  }
  std::vector<double> all;
  std::vector<double> unseen;
  for (std::size_t t = 0; t < times; ++t) {
    all.clear();
    unseen.clear();
    for (const MemberRun& run : runs) {
      if (std::isnan(run.level[t])) continue;
      all.push_back(run.level[t]);
      if (t >= run.out_of_sample.begin && t < run.out_of_sample.end) unseen.push_back(run.level[t]);
    }
    const Spread s = spread_of(all);
    out.level[t] = s.median;
    out.spread[t] = s.sd;
    out.low[t] = s.low;
    out.high[t] = s.high;
    out.unit_spread[t] = spread_within_units(runs, t);
    const Spread u = spread_of(unseen);
    out.out_of_sample[t] = u.median;
    out.out_of_sample_spread[t] = u.sd;
  }
  return out;
}

}  // namespace

std::vector<WellSimulation> simulate_wells(const Prepared& prepared, const WellsSettings& settings,
                                           const std::filesystem::path& folder, core::Context& context) {
  std::vector<std::vector<MemberRun>> runs(prepared.panel.entity_count());
  const std::vector<Unit> units = plan_units(prepared, settings);
  core::Progress progress("simulating", units.size(), "models", context.show_progress);
  for (const Unit& unit : units) {
    core::throw_if_interrupted();
    collect_unit(prepared, settings, unit, folder, runs, context);
    progress.advance(1, unit.name);
  }
  std::vector<WellSimulation> simulations;
  for (std::size_t e = 0; e < runs.size(); ++e) {
    simulations.push_back(merge(runs[e], prepared.panel.time_count()));
    add_band(prepared, settings, e, simulations.back());
  }
  return simulations;
}

}  // namespace phreatic::studies::wells
