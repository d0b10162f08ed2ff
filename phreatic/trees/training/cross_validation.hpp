// SPDX-License-Identifier: BSD-3-Clause
// Cross-validation of boosted trees: K folds, drawn anew for each repeat, or folds that the caller gives
// (spatial blocks). Fits run side by side, one thread each; scores do not depend on the number of threads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/core/settings/params.hpp"
#include "phreatic/trees/training/train.hpp"

namespace phreatic::trees {

struct FoldParams {
  int folds = 10;
  int repeats = 5;
  std::uint64_t seed = 0;
};
void describe(core::Describer& d, FoldParams& p);

// Which fold each row belongs to, per repeat; -1: never predicted, always learned from.
struct Folds {
  int count = 0;                     // folds of a repeat
  std::vector<std::vector<int>> of;  // [repeats][rows], 0 .. count - 1
  std::size_t fits() const { return of.size() * static_cast<std::size_t>(count); }
};
// Throws core::InputError where there are fewer rows than folds.
Folds make_folds(std::size_t rows, const FoldParams& params);

// On which scale fits are scored: that of the target, or 10^ of it (targets that are log10).
enum class ScoreScale { target, power_of_ten };

// R2 = 1 - sum (y - f)^2 / sum (y - mean y)^2 of the rows of one fold; fit = repeat * folds + fold.
double score_fold(const Table& table, std::span<const double> target, const Folds& folds, std::size_t fit,
                  const TrainParams& params, ScoreScale scale);

struct CrossValidation {
  std::vector<double> scores;  // [fits] R2
  std::vector<std::vector<double>>
      predictions;  // [repeats][rows], on the scale of the target; NaN: of no fold
  double mean = 0;
  double standard_error = 0;  // of the mean, from the spread over repeats' means (folds share rows)
};
CrossValidation cross_validate(const Table& table, std::span<const double> target, const Folds& folds,
                               const TrainParams& params, ScoreScale scale, core::Context& context);

}  // namespace phreatic::trees
