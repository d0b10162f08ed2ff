// SPDX-License-Identifier: BSD-3-Clause
// Virtual wells, weekly, with and without ten that drift: what the drifting ones cost the stable ones under each
// validation score. Prints the table of docs/methods/training.md:
//   build/tests/test_learn --gtest_filter='SlowDriftingWells.*'
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <optional>

#include "phreatic/basin/basin.hpp"
#include "phreatic/core/parallel.hpp"
#include "tests/learn/tiny_task.hpp"

namespace phreatic::learn {
namespace {

constexpr std::size_t kWells = 24, kDrifting = 10;
constexpr std::size_t kTrainWeeks = 52 * 7, kValidationWeeks = 52 * 9, kWeeks = 52 * 12;

void scale(std::vector<float>& v, std::size_t columns, std::size_t column, std::size_t end) {
  double sum = 0, squares = 0;
  for (std::size_t t = 0; t < end; ++t) {
    sum += v[t * columns + column];
    squares += std::pow(v[t * columns + column], 2);
  }
  const double n = static_cast<double>(end), mean = sum / n;
  const double sd = std::sqrt(std::max(1e-12, squares / n - mean * mean));
  for (std::size_t t = 0; t * columns < v.size(); ++t) {
    float& x = v[t * columns + column];
    x = static_cast<float>((x - mean) / sd);
  }
}

// One well by weeks; `drift`: metres a year from the third year on, faster and faster.
Series weekly(const basin::BasinWell& well, double drift) {
  Series s{.name = well.id, .length = kWeeks};
  for (std::size_t w = 0; w < kWeeks; ++w) {
    double sums[basin::kDriverCount] = {};
    for (std::size_t d = 0; d < 7; ++d)
      for (std::size_t v = 0; v < basin::kDriverCount; ++v) sums[v] += well.drivers[v][7 * w + d];
    for (const double x : sums) s.inputs.push_back(static_cast<float>(x));
    const double years = std::max(0.0, static_cast<double>(w) / 52.0 - 2.0);
    s.targets.push_back(static_cast<float>(well.level_m[7 * w + 6] + drift * years * years / 5));
  }
  for (std::size_t v = 0; v < basin::kDriverCount; ++v)
    scale(s.inputs, basin::kDriverCount, v, kValidationWeeks);
  scale(s.targets, 1, 0, kValidationWeeks);
  for (const double a : well.attributes) s.statics.push_back(static_cast<float>(a));
  return s;
}

SeriesSet wells(std::uint64_t seed, std::size_t drifting) {
  basin::BasinParams p;
  p.seed = seed;
  p.wells = static_cast<int>(kWells + kDrifting);
  const basin::Basin basin = basin::make_basin(p);
  SeriesSet set{.features = {"P", "T", "E", "Q"},
                .past_features = {},
                .statics = basin.attribute_names,
                .targets = {Target{"level"}},
                .entities = {}};
  for (std::size_t e = 0; e < kWells + drifting; ++e)
    set.entities.push_back(weekly(basin.wells[e], e < kWells ? 0.0 : (e % 2 == 0 ? 1.0 : -1.0)));
  for (std::size_t a = 0; a < set.statics.size(); ++a) {
    double mean = 0, squares = 0;
    for (const Series& s : set.entities) mean += s.statics[a] / static_cast<double>(set.entities.size());
    for (const Series& s : set.entities) squares += std::pow(s.statics[a] - mean, 2);
    const double sd = std::sqrt(squares / static_cast<double>(set.entities.size())) + 1e-9;
    for (Series& s : set.entities) s.statics[a] = static_cast<float>((s.statics[a] - mean) / sd);
  }
  return set;
}

struct Outcome {
  double median_nse = 0;  // over the stable wells, test years
  double best_epoch = 0;  // mean over members
};

Outcome run(const SeriesSet& set, std::optional<ValidationScore> score = {},
            EntityWeights weights = EntityWeights::equal) {
  LearnParams p;
  p.window = {.mode = WindowMode::simulation, .seq_length = 104, .predict_last_n = 52, .stride = 13};
  p.model.hidden_size = 32;
  p.training = {.learning_rate = 2e-3, .epochs = 40, .batch_size = 32};
  if (score) {
    p.training.validation_score = *score;
    p.training.entity_weights = weights;
  }
  p.ensemble.members = 2;
  const std::size_t n = set.entities.size();
  const WindowSplit windows = {
      make_windows(set, std::vector<StepRange>(n, {0, kTrainWeeks}), p.window, true).windows,
      make_windows(set, std::vector<StepRange>(n, {kTrainWeeks, kValidationWeeks}), p.window, true).windows};
  const tiny::TemporaryFolder folder;
  core::Log log(true);
  core::Context context{log, false};
  const TrainResult result = train_ensemble(set, windows, p, {.folder = folder.path}, context);
  const auto model = load_model(folder.path);
  std::vector<StepRange> ranges(n, {0, 0});
  for (std::size_t e = 0; e < kWells; ++e) ranges[e] = {kValidationWeeks, kWeeks};
  const Predictions out = predict(*model, set, whole_series(set, ranges, 104).windows, context);
  const EnsembleSummary summary = summarize(out);
  std::vector<double> nse;
  for (std::size_t w = 0; w < out.windows.size(); ++w) {
    const Window& window = out.windows[w];
    double sse = 0, sum = 0, squares = 0, count = 0;
    for (std::size_t i = 0; i < window.scored(); ++i) {
      const double y = set.entities[window.entity].targets[window.first + window.warmup + i];
      sse += std::pow(y - summary.median[out.offsets[w] + i], 2);
      sum += y;
      squares += y * y;
      ++count;
    }
    nse.push_back(1 - sse / (squares - sum * sum / count));
  }
  std::sort(nse.begin(), nse.end());
  Outcome outcome{0.5 * (nse[(nse.size() - 1) / 2] + nse[nse.size() / 2]), 0};
  for (const MemberResult& m : result.members)
    outcome.best_epoch += m.best_epoch / static_cast<double>(result.members.size());
  return outcome;
}

// Pooled validation stops at the first epochs; the median spares three quarters of what it loses.
// Something is lost all the same: the drifting wells are among those that the weights are fitted to.
TEST(SlowDriftingWells, robust_scores_spare_the_stable_wells) {
  const std::pair<const char*, ValidationScore> scores[] = {{"pooled", ValidationScore::pooled},
                                                            {"median", ValidationScore::median},
                                                            {"middle_half", ValidationScore::middle_half}};
  double lost[3] = {};
  constexpr int kSeeds = 3;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const SeriesSet stable = wells(seed, 0), mixed = wells(seed, kDrifting);
    for (std::size_t i = 0; i < 3; ++i) {
      const Outcome alone = run(stable, scores[i].second), with = run(mixed, scores[i].second);
      std::cout << "seed " << seed << ", " << scores[i].first << ": alone " << alone.median_nse << " (epoch "
                << alone.best_epoch << "), with ten drifting " << with.median_nse << " (epoch "
                << with.best_epoch << ")" << std::endl;
      lost[i] += (alone.median_nse - with.median_nse) / kSeeds;
    }
  }
  EXPECT_GT(lost[0], 0.1);  // the wells are such that it matters
  EXPECT_LT(lost[1], 0.25 * lost[0]);
  EXPECT_LT(lost[2], 0.5 * lost[0]);
}

// By default the drifting wells are recognised, and with weights that bound what an entity may say the stable wells
// lose next to nothing.
TEST(SlowDriftingWells, robust_weights_by_default_keep_the_skill_of_the_stable_wells) {
  double alone = 0, with = 0, equal = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const SeriesSet stable = wells(seed, 0), mixed = wells(seed, kDrifting);
    const Outcome a = run(stable), b = run(mixed), c = run(mixed, ValidationScore::bounded);
    std::cout << "seed " << seed << ", as by default: alone " << a.median_nse << " (epoch " << a.best_epoch
              << "), with ten drifting " << b.median_nse << " (epoch " << b.best_epoch
              << "), with equal weights " << c.median_nse << std::endl;
    alone += a.median_nse / 3;
    with += b.median_nse / 3;
    equal += c.median_nse / 3;
  }
  EXPECT_LT(alone - with, 0.02);
  EXPECT_GT(with, equal + 0.02);  // it is the weights that do it
}

}  // namespace
}  // namespace phreatic::learn
