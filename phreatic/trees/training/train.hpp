// SPDX-License-Identifier: BSD-3-Clause
// Gradient boosting by libxgboost (chen2016). One fit uses one thread, so that it does not depend on their
// number; several fits run side by side (cross_validation.hpp).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/core/settings/params.hpp"
#include "phreatic/trees/booster.hpp"
#include "phreatic/trees/table.hpp"

namespace phreatic::trees {

struct TrainParams {
  std::string objective = "reg:squarederror";
  int n_estimators = 500;
  double learning_rate = 0.05;
  int max_depth = 6;
  double min_child_weight = 1;
  double subsample = 1;
  double colsample_bytree = 1;
  double reg_lambda = 1;
  double reg_alpha = 0;
  double gamma = 0;
  std::string tree_method = "hist";
  int max_bin = 256;
  std::uint64_t seed = 0;
};
void describe(core::Describer& d, TrainParams& p);

// Learns target [rows] from the table; NaN = missing. Deterministic. Throws core::InputError for targets
// that the objective does not allow, core::RunError without the library.
Booster train(const Table& table, std::span<const double> target, const TrainParams& params,
              core::Context& context);

// A fit on some rows, without a booster of ours: what cross-validation needs.
struct Fit {
  std::vector<float> predictions;  // of the rows that were asked for
};
Fit fit_and_predict(const Table& table, std::span<const double> target, const std::vector<std::size_t>& learn,
                    const std::vector<std::size_t>& ask, const TrainParams& params);

}  // namespace phreatic::trees
