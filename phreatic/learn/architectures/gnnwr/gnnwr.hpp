// SPDX-License-Identifier: BSD-3-Clause
// GNNWR (du2020, yin2024) and GTNNWR (wu2021): linear regression whose coefficients vary in space (and time),
//   y_i = sum_k w_k(i) beta_k x'_ik,   x' = (scaled covariates, 1),   w(i) = network(distances from i)
// beta: OLS coefficients of the training rows; w_k(i) beta_k is the local coefficient of covariate k at row i.
//
//   GnnwrFit fit = fit_gnnwr(table, {.training = rows, .validation = other_rows}, params, context);
//   GnnwrPrediction p = predict(fit.model, fine_table);
//
// Nothing here needs libtorch: the networks are trained on kernels of the house (learn/kernels/dense/dense.hpp).
// docs/methods/gnnwr.md has equations, defaults and what is done differently from the reference program.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/learn/architectures/gnnwr/settings.hpp"
#include "phreatic/learn/samples/table.hpp"

namespace phreatic::learn {

// One array per layer of the network, as the file keeps them (gnnwr/network.hpp says how they are used).
struct GnnwrWeights {
  struct Layer {
    std::size_t inputs = 0;
    std::size_t outputs = 0;
    std::vector<float> weight;  // [outputs][inputs]
    std::vector<float> bias;    // [outputs]
    std::vector<float> scale, shift, mean,
        variance;  // [outputs] batch normalisation; empty in the last layer
  };
  std::vector<Layer> layers;
  float slope = 0.4F;  // PReLU
  // GTNNWR: hidden layer (may be empty) and output of the proximity network.
  std::vector<float> proximity_space, proximity_time, proximity_bias;                       // [hidden]
  std::vector<float> proximity_scale, proximity_shift, proximity_mean, proximity_variance;  // [hidden]
  std::vector<float> proximity_out;  // [hidden], or [2] (space, time) without hidden layer
  float proximity_out_bias = 0;
};

// A trained model: everything that prediction needs.
struct GnnwrModel {
  GnnwrParams params;
  std::vector<std::string> covariate_names;  // as in the table; coordinates come after them where asked for
  std::string target_name;
  std::string target_unit;
  std::vector<double> low, high;  // [covariates] of the training rows: x' = (x - low) / (high - low)
  std::vector<double> reference_x, reference_y, reference_t;  // [references]
  std::vector<double> distance_low,
      distance_range;  // [1] or [references], metres or units of the coordinates
  double time_low = 0, time_range = 1;
  std::vector<double> beta;  // [covariates + 1], intercept last; ones when not fixed to OLS
  std::vector<double> ols;   // [covariates + 1] on scaled covariates
  std::vector<GnnwrWeights> members;
  std::size_t term_count() const { return beta.size(); }
};

struct GnnwrPrediction {
  std::vector<double> value;         // [rows]
  std::vector<double> spread;        // [rows] standard deviation over members; 0 with one
  std::vector<double> coefficients;  // [rows][terms] per unit of the covariate, intercept last (at zero)
  std::vector<double> scaled;        // [rows][terms] of the scaled covariates, intercept at their lowest
  std::size_t outside = 0;  // rows with a covariate more than 10 % of its range outside that of training
  std::vector<std::size_t> outside_rows;
};

// Of the training rows, with the local weights taken as fixed (so AIC, AICc and F1 understate what the
// network can do; docs/methods/gnnwr.md). NaN where undefined.
struct GnnwrDiagnostics {
  double trace = 0;      // tr S
  double trace_sts = 0;  // tr S'S
  double aic = 0;
  double aicc = 0;
  double f1 = 0;  // < 1: better than OLS
  double r2 = 0, rmse = 0;
  double r2_validation = 0, rmse_validation = 0;
  double r2_ols = 0, rmse_ols = 0;  // of the training rows
};

struct GnnwrHistory {
  std::vector<double> loss;           // [epoch] mean squared error of the training batches, unit squared
  std::vector<double> validation_r2;  // [epoch]
  int best_epoch = -1;                // 0-based
  int restarts = 0;                   // of a proximity network that had died
};

// Rows by number; they must not overlap (asserted).
struct RowSplit {
  std::vector<std::size_t> training;
  std::vector<std::size_t> validation;
};

struct GnnwrFit {
  GnnwrModel model;
  GnnwrDiagnostics diagnostics;
  std::vector<GnnwrHistory> history;  // [members]
  std::vector<std::string> warnings;
};

// Throws InputError with everything that is wrong: values that are not finite, fewer rows than terms or than a
// batch of two, constant target, constant covariate, covariates that depend on each other, fewer reference
// points than the width of the first hidden layer (where that was given), too many distances for memory.
// Duplicate places are allowed and counted in `warnings`. The same for any number of threads.
GnnwrFit fit_gnnwr(const RowTable& table, const RowSplit& split, const GnnwrParams& params,
                   core::Context& context);

// Throws InputError when the table lacks the model's covariates (matched by name) or times, or holds values
// that are not finite.
GnnwrPrediction predict(const GnnwrModel& model, const RowTable& table);

// A model folder: gnnwr.json (settings, scales, reference points) and member_<n>.safetensors.
void save_model(const GnnwrModel& model, const std::filesystem::path& folder);
// Throws InputError naming the file that is missing or not as written.
GnnwrModel load_gnnwr(const std::filesystem::path& folder);

}  // namespace phreatic::learn
