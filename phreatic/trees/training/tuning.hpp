// SPDX-License-Identifier: BSD-3-Clause
// Search of training parameters by a Latin hypercube (mckay1979) and repeated cross-validation: the candidate
// with the highest mean R2 wins.
//   exact   every candidate gets every fit
//   racing  all candidates get the same first fits; after each round those are dropped that are worse than the
//           leader by more than `sureness` standard errors of the paired difference, and all beyond a falling
//           number of places; the rest go on to all fits. About an eighth of the fits.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "phreatic/trees/training/cross_validation.hpp"

namespace phreatic::trees {

struct TuneParams {
  int samples = 500;
  std::string mode = "racing";
  double sureness = 3;
  std::uint64_t seed = 0;
  FoldParams folds;
  // Ranges [least, most]; those marked are sampled by their logarithm. One number: held fixed.
  std::vector<int> n_estimators{100, 600};
  std::vector<double> learning_rate{0.01, 0.3};  // log
  std::vector<int> max_depth{2, 8};
  std::vector<double> min_child_weight{1, 20};  // log
  std::vector<double> subsample{0.5, 1};
  std::vector<double> colsample_bytree{0.4, 1};
  std::vector<double> reg_lambda{0.1, 20};   // log
  std::vector<double> reg_alpha{0.0001, 1};  // log
};
void describe(core::Describer& d, TuneParams& p);

// The candidates: `base` with the sampled parameters, each stratum of each range once.
std::vector<TrainParams> latin_hypercube(const TuneParams& params, const TrainParams& base);

struct Candidate {
  TrainParams params;
  std::vector<double> scores;  // R2 of its first fits
  double mean() const;
};
struct Tuning {
  std::vector<Candidate> candidates;
  std::size_t best = 0;
  std::size_t fits = 0;       // that were made or taken from the state file
  std::size_t all_fits = 0;   // that exact search makes
  double standard_error = 0;  // of the difference between the best and the next one with all fits; NaN: none
  std::size_t within_noise =
      0;  // candidates with all fits that are less than two of their standard errors behind
};

// `state`: file of the scores so far, from which a search that was cut off goes on; empty: none. A state of
// other data, folds or parameters is refused.
Tuning tune(const Table& table, std::span<const double> target, const TrainParams& base,
            const TuneParams& params, ScoreScale scale, const std::filesystem::path& state,
            core::Context& context);

}  // namespace phreatic::trees
