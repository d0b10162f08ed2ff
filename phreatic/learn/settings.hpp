// SPDX-License-Identifier: BSD-3-Clause
// Settings of neural models and their training, free of libtorch. Names follow NeuralHydrology where they
// mean the same (key kratzert2022neuralhydrology). METHODS: docs/methods/recurrent.md, training.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/learn/samples/dataset.hpp"

namespace phreatic::learn {

enum class CellKind { lstm, gru };
enum class StaticUse { none, repeat, initial_state };
enum class RecurrentBackend { fused, torch };

// Causal 1D convolution over time in front of the recurrent layers; channels = 0: none.
struct CnnParams {
  int channels = 0;
  int kernel_size = 3;
  int layers = 1;
};
void describe(core::Describer& d, CnnParams& p);

// Temporal Fusion Transformer.
struct TftParams {
  int attention_heads = 4;
};
void describe(core::Describer& d, TftParams& p);

// N-HiTS: a block for each entry.
struct NhitsParams {
  std::vector<int> pooling = {2, 2, 1};       // steps that are pooled in front of the block
  std::vector<int> downsampling = {4, 2, 1};  // steps of the horizon for each knot of its forecast
};
void describe(core::Describer& d, NhitsParams& p);

struct ModelParams {
  std::string architecture = "recurrent";  // a name of architectures/table.hpp
  CellKind cell = CellKind::lstm;
  int hidden_size = 64;
  int layers = 1;
  int branch_layers = 0;  // recurrent: layers that each target has for itself after the shared ones
  StaticUse static_attributes = StaticUse::repeat;
  CnnParams cnn;
  TftParams tft;
  NhitsParams nhits;
  std::optional<double> output_dropout;       // default: dropout_of()
  std::optional<double> initial_forget_bias;  // LSTM only; default: forget_bias()
  RecurrentBackend backend = RecurrentBackend::fused;
};
void describe(core::Describer& d, ModelParams& p);

enum class OptimizerKind { adam, adamw };
enum class ScheduleKind { constant, step, cosine, plateau };
enum class DeviceKind { cpu, cuda };
// What of the validation losses stops training and selects weights: all observations in one, or a mean over
// entities that a few drifting ones cannot move (docs/methods/training.md).
// automatic: pooled where no entity drifts (training/drift.hpp), else bounded.
enum class ValidationScore { automatic, pooled, median, middle_half, bounded };
// Whether entities that the others' model does not fit keep their say in the loss (training/robust.hpp).
// automatic: equal where no entity drifts, else robust.
enum class EntityWeights { automatic, equal, robust };

// Whose weights are kept: of the epoch with the smallest validation loss, or of the last one, so that steps left
// out have no say in them.
enum class KeptEpoch { best, last };

// How the losses of several targets are weighed against each other beside their fixed weights
// (training/balance.hpp).
enum class TargetBalance { fixed, uncertainty, gradient_norm };

struct ScheduleParams {
  ScheduleKind kind = ScheduleKind::constant;
  int step_epochs = 10;         // step: epochs between cuts
  double factor = 0.5;          // step, plateau: factor of a cut
  int patience = 5;             // plateau: epochs without a better validation loss before a cut
  double final_fraction = 0.0;  // cosine: learning rate of the last epoch over the first
  int warmup_epochs = 0;        // linear rise over the first epochs, any kind
};
void describe(core::Describer& d, ScheduleParams& p);

// What is known of an input: above a value it moves nothing. Training adds noise to its steps there, a penalty on the
// gradient (training/indifference.hpp).
struct IndifferenceParams {
  std::string input;       // its name; empty: off
  double above = 10.0;     // in the input's unit
  double noise_std = 1.0;  // in the input's standard deviations
};
void describe(core::Describer& d, IndifferenceParams& p);

struct TrainingParams {
  OptimizerKind optimizer = OptimizerKind::adam;
  double learning_rate = 1e-3;
  double weight_decay = 0.0;
  ScheduleParams schedule;
  int epochs = 50;
  int batch_size = 256;
  std::optional<int> max_updates_per_epoch;
  double clip_gradient_norm = 1.0;   // 0 = no clipping
  int early_stopping_patience = 10;  // 0 = never stop early
  double early_stopping_min_delta = 0.0;
  KeptEpoch keep = KeptEpoch::best;
  ValidationScore validation_score = ValidationScore::automatic;
  EntityWeights entity_weights = EntityWeights::automatic;
  double robust_ratio = 2;  // robust: a loss beyond this many medians over the entities loses weight
  TargetBalance target_balance = TargetBalance::fixed;
  double target_noise_std = 0.0;  // scaled units, on training targets
  IndifferenceParams indifference;
  std::uint64_t seed = 1;
  DeviceKind device = DeviceKind::cpu;
};
void describe(core::Describer& d, TrainingParams& p);

struct EnsembleParams {
  int members = 5;
};
void describe(core::Describer& d, EnsembleParams& p);

// All of it, as one block of a study file.
struct LearnParams {
  WindowParams window;
  ModelParams model;
  LossParams loss;  // of targets without a loss of their own
  TrainingParams training;
  EnsembleParams ensemble;
};
void describe(core::Describer& d, LearnParams& p);

// The share of hidden units that is dropped: the setting, else 0.2, of tft 0 (docs/methods/tft.md).
double dropout_of(const ModelParams& params);

// The bias that an LSTM's forget gate starts with: the setting, else 3, in forecasts 0 (docs/methods/forecast.md).
double forget_bias(const LearnParams& params);

// The loss of a target: its own, or the one of all.
const LossParams& loss_of(const LearnParams& params, const Target& target);

// The values of model.architecture (architectures/table.hpp has what stands behind them).
const std::vector<std::string>& architecture_names();

// What no single field can see: sorted quantiles, CNN without channels ...
void check(const LearnParams& params, const SeriesSet& set,
           const std::vector<std::string>& architectures = architecture_names());

}  // namespace phreatic::learn
