// SPDX-License-Identifier: BSD-3-Clause
// Settings of geographically neural network weighted regression: GNNWR (du2020) in space, GTNNWR (wu2021) in
// space and time. Free of libtorch, as the whole method is. docs/methods/gnnwr.md
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "phreatic/core/settings/params.hpp"

namespace phreatic::learn {

enum class ReferenceChoice { rows, kmeans, subsample };
enum class DistanceKind { planar, great_circle };
enum class DistanceScale { global, per_reference };
enum class DistanceFunction { linear, root, exponential };

// The points whose distances are the network's input.
struct ReferenceParams {
  ReferenceChoice choice = ReferenceChoice::rows;
  int count = 500;  // of kmeans and subsample
};
void describe(core::Describer& d, ReferenceParams& p);

// GTNNWR: the small network that makes one proximity of a distance in space and one in time.
struct ProximityParams {
  int hidden = 3;               // 0: a linear combination
  bool batch_norm = true;       // of the hidden layer
  double negative_slope = 0.1;  // of the last activation; 0 = ReLU as published, which can die
  int restarts = 3;             // further starts when the proximities of the training rows no longer differ
};
void describe(core::Describer& d, ProximityParams& p);

enum class GnnwrOptimizer { sgd, adam, adamw, adagrad, adadelta, rmsprop };
enum class GnnwrSchedule { constant, multi_step, cosine, warm_restarts, rise_and_decay };

struct GnnwrTrainingParams {
  GnnwrOptimizer optimizer = GnnwrOptimizer::adagrad;
  double learning_rate = 0.1;
  double weight_decay = 1e-3;
  GnnwrSchedule schedule = GnnwrSchedule::constant;
  std::vector<int> milestones = {100, 500, 1000, 2000};  // multi_step: epochs
  double factor = 0.5;                                   // multi_step: of the rate at each
  int period_epochs = 100;   // cosine: of the descent; warm_restarts: of the first
  int period_factor = 3;     // warm_restarts: each period is so many times as long
  double final_rate = 0.01;  // cosine, warm_restarts: lowest rate; rise_and_decay: first rate
  int rise_epochs = 100;     // rise_and_decay: from final_rate to learning_rate
  int hold_epochs = 200;     // rise_and_decay: last epoch at learning_rate
  int epochs = 500;
  int batch_size = 32;
  int patience = 100;  // epochs without a better validation R2; 0 = never stop early
  std::uint64_t seed = 1;
};
void describe(core::Describer& d, GnnwrTrainingParams& p);

struct GnnwrParams {
  bool time = false;      // GTNNWR: distances in time too
  bool fixed_ols = true;  // local coefficients = weight x OLS coefficient; else the weight alone
  bool coordinates_as_covariates = false;  // x and y (and t) among the covariates: another model
  DistanceKind distance = DistanceKind::planar;
  DistanceScale distance_scale = DistanceScale::global;
  // Of the scaled distance d in space, before the network: d, sqrt(d), or exp(-d / distance_length). The last two
  // tell near neighbours apart better.
  DistanceFunction distance_function = DistanceFunction::linear;
  double distance_length = 0.1;  // exponential: share of the range
  // The same of the scaled distance in time.
  DistanceFunction time_function = DistanceFunction::linear;
  double time_length = 0.1;
  ReferenceParams references;
  ProximityParams proximity;
  std::vector<int> hidden;     // sizes of the hidden layers; empty: from 2^floor(log2 R) halved while > p + 1
  double initial_slope = 0.4;  // of PReLU, one for the network, learnt
  double dropout = 0.2;
  int members = 1;  // networks from different seeds; coefficients are their mean
  GnnwrTrainingParams training;
};
void describe(core::Describer& d, GnnwrParams& p);

}  // namespace phreatic::learn
