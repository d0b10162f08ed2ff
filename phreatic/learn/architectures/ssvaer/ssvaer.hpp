// SPDX-License-Identifier: BSD-3-Clause
// Semi-supervised variational autoencoder for regression (SSVAER, zhuang2022; its supervised part SVAER, zhao2019):
// rows with covariates and target, and further rows with covariates alone, from which the latent space learns too.
// Free of libtorch. docs/methods/ssvaer.md has equations and what is corrected against the published program.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/core/settings/params.hpp"

namespace phreatic::learn {

// What rows without target add to the loss: KL(N(mu_y, s_y^2) || N(0, 1)), as the evidence bound has it, or the entropy
// of N(mu_y, s_y^2), as published (which drives variances down).
enum class UnlabelledLoss { divergence, entropy };

struct SsvaerParams {
  std::vector<int> share = {10, 7};  // layers from the covariates on, tanh
  int hidden = 4;                    // of each head
  int latent = 4;
  std::vector<int> decoder = {4, 7, 10};
  UnlabelledLoss unlabelled = UnlabelledLoss::divergence;
  double unlabelled_weight =
      0.1;  // of that loss: a mean over rows without target, which else outweighs the others
  double divergence_weight = 1;  // of the latent divergences
  double learning_rate = 0.01;   // Adam
  double final_rate = 1e-4;      // of the cosine's descent
  int warm_up = 10;              // epochs of the linear rise to the rate
  int epochs = 100;
  int batch_size = 200;
  int patience = 30;  // epochs without a better validation loss; 0 = never stop early
  std::uint64_t seed = 1;
  int fewest = 20;  // labelled training rows that there must be; not of study files
};
void describe(core::Describer& d, SsvaerParams& p);

// Rows as the autoencoder takes them. `next` is the row of the same place one step later, or none (-1): with it the
// latent space has a direction of change. Targets are NaN where they are not known.
struct SsvaerRows {
  std::size_t rows = 0;
  std::size_t covariates = 0;
  std::vector<double> x;             // [rows][covariates]
  std::vector<double> y;             // [rows]
  std::vector<std::ptrdiff_t> next;  // [rows], or empty: rows without order
  std::string source;                // for messages
};

struct SsvaerHistory {
  std::vector<double> loss, validation;  // [epoch] total loss
  int best_epoch = -1;
};

struct SsvaerPrediction {
  std::vector<double> value, sd;  // [rows], units of the target
};

class SsvaerNetwork;

struct SsvaerModel {
  std::vector<double> mean, scale;  // [covariates] of the labelled training rows
  double y_mean = 0, y_scale = 1;
  std::shared_ptr<const SsvaerNetwork> network;
  SsvaerHistory history;
};

// Trains on `training` (labelled and unlabelled rows; at least `fewest` labelled), keeps the weights with the least total loss of
// `validation`, whose rows are labelled. Throws InputError: values that are not finite, too few labelled rows, a constant
// target. Constant covariates are allowed and have no effect. The same for any number of threads.
SsvaerModel fit_ssvaer(const SsvaerRows& training, const SsvaerRows& validation, const SsvaerParams& params,
                       core::Context& context);

// Mean and standard deviation of y for rows of x, [rows][covariates].
SsvaerPrediction predict(const SsvaerModel& model, const std::vector<double>& x);

}  // namespace phreatic::learn
