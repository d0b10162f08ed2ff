// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/trees/training/cross_validation.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <mutex>
#include <numeric>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::trees {
namespace {

struct Parts {
  std::vector<std::size_t> learn, ask;
};

Parts parts_of(const Folds& folds, std::size_t fit) {
  const std::vector<int>& of = folds.of[fit / static_cast<std::size_t>(folds.count)];
  const int fold = static_cast<int>(fit % static_cast<std::size_t>(folds.count));
  Parts out;
  for (std::size_t r = 0; r < of.size(); ++r) (of[r] == fold ? out.ask : out.learn).push_back(r);
  return out;
}

double on_scale(double v, ScoreScale scale) {
  return scale == ScoreScale::power_of_ten ? std::pow(10.0, v) : v;
}

double r2(std::span<const double> target, const std::vector<std::size_t>& rows,
          const std::vector<float>& predicted, ScoreScale scale) {
  double mean = 0, error = 0, spread = 0;
  for (const std::size_t r : rows) mean += on_scale(target[r], scale) / static_cast<double>(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double y = on_scale(target[rows[i]], scale);
    error += std::pow(y - on_scale(static_cast<double>(predicted[i]), scale), 2);
    spread += std::pow(y - mean, 2);
  }
  return spread > 0 ? 1 - error / spread : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

void describe(core::Describer& d, FoldParams& p) {
  d.field("folds", p.folds,
          {.help = "Parts of which each is predicted once from the others", .min = 2, .max = 1000});
  d.field("repeats", p.repeats, {.help = "Times that the folds are drawn anew", .min = 1, .max = 1000});
  d.field("seed", p.seed, {.help = "Seed of the folds"});
}

Folds make_folds(std::size_t rows, const FoldParams& params) {
  const auto folds = static_cast<std::size_t>(params.folds);
  if (rows < 2 * folds)
    throw core::InputError(
        {.where = "folds",
         .what = fmt::format("{} folds of {} rows: a fold needs two rows for a score", folds, rows),
         .allowed = fmt::format("at most {}", rows / 2),
         .mend = "Take fewer folds, or more rows"});
  Folds out;
  out.count = params.folds;
  for (std::size_t repeat = 0; repeat < static_cast<std::size_t>(params.repeats); ++repeat) {
    core::RandomStream random(params.seed, "folds of trees", repeat);
    const std::vector<std::size_t> order = random.permutation(rows);
    std::vector<int> of(rows);
    for (std::size_t i = 0; i < rows; ++i) of[order[i]] = static_cast<int>(i % folds);
    out.of.push_back(std::move(of));
  }
  return out;
}

double score_fold(const Table& table, std::span<const double> target, const Folds& folds, std::size_t fit,
                  const TrainParams& params, ScoreScale scale) {
  const Parts parts = parts_of(folds, fit);
  return r2(target, parts.ask, fit_and_predict(table, target, parts.learn, parts.ask, params).predictions,
            scale);
}

CrossValidation cross_validate(const Table& table, std::span<const double> target, const Folds& folds,
                               const TrainParams& params, ScoreScale scale, core::Context& context) {
  CrossValidation out;
  out.scores.resize(folds.fits());
  out.predictions.assign(folds.of.size(),
                         std::vector<double>(table.rows, std::numeric_limits<double>::quiet_NaN()));
  core::Progress progress("cross-validation", folds.fits(), "fits", context.show_progress);
  std::mutex mutex;
  core::parallel_for(folds.fits(), [&](std::size_t fit) {
    core::throw_if_interrupted();
    const Parts parts = parts_of(folds, fit);
    const std::vector<float> predicted =
        fit_and_predict(table, target, parts.learn, parts.ask, params).predictions;
    out.scores[fit] = r2(target, parts.ask, predicted, scale);
    std::vector<double>& to = out.predictions[fit / static_cast<std::size_t>(folds.count)];
    for (std::size_t i = 0; i < parts.ask.size(); ++i) to[parts.ask[i]] = static_cast<double>(predicted[i]);
    const std::lock_guard<std::mutex> lock(mutex);
    progress.advance();
  });
  const auto count = static_cast<std::size_t>(folds.count);
  std::vector<double> means;
  for (std::size_t repeat = 0; repeat < folds.of.size(); ++repeat)
    means.push_back(std::accumulate(out.scores.begin() + static_cast<std::ptrdiff_t>(repeat * count),
                                    out.scores.begin() + static_cast<std::ptrdiff_t>((repeat + 1) * count),
                                    0.0) /
                    static_cast<double>(count));
  out.mean = std::accumulate(means.begin(), means.end(), 0.0) / static_cast<double>(means.size());
  double spread = 0;
  for (const double m : means) spread += std::pow(m - out.mean, 2);
  out.standard_error = means.size() > 1
                           ? std::sqrt(spread / static_cast<double>((means.size() - 1) * means.size()))
                           : std::numeric_limits<double>::quiet_NaN();
  return out;
}

}  // namespace phreatic::trees
