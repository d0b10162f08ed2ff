// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/settings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "phreatic/core/errors.hpp"
#include "phreatic/learn/check_settings.hpp"

namespace phreatic::learn {

void describe(core::Describer& d, CnnParams& p) {
  d.field("channels", p.channels,
          {.help = "Output channels of each convolution; 0 = no convolution", .min = 0, .max = 4096});
  d.field("kernel_size", p.kernel_size,
          {.help = "Steps that a convolution looks back, the present one included",
           .unit = "steps",
           .min = 1,
           .max = 1024});
  d.field("layers", p.layers,
          {.help = "Convolutions one after the other, each followed by ReLU", .min = 1, .max = 16});
}

void describe(core::Describer& d, TftParams& p) {
  d.field("attention_heads", p.attention_heads,
          {.help = "Heads of the attention; hidden_size is a multiple of it",
           .min = 1,
           .max = 64,
           .aliases = {"attention_head_size"}});
}

void describe(core::Describer& d, NhitsParams& p) {
  d.field("pooling", p.pooling,
          {.help = "Steps whose largest value each block sees, block by block",
           .unit = "steps",
           .min = 1,
           .max = 1024});
  d.field("downsampling", p.downsampling,
          {.help = "Steps of the horizon for each knot of a block's forecast, block by block",
           .unit = "steps",
           .min = 1,
           .max = 1024});
}

void describe(core::Describer& d, ModelParams& p) {
  d.field("architecture", p.architecture,
          {.help = "Kind of network: recurrent (LSTM, GRU), tft (Temporal Fusion Transformer), or nhits "
                   "(N-HiTS, forecasts with past levels)"});
  d.choice("cell", p.cell, {{"lstm", CellKind::lstm}, {"gru", CellKind::gru}},
           {.help = "Recurrent cell", .aliases = {"model"}});
  d.field(
      "hidden_size", p.hidden_size,
      {.help =
           "Units of each recurrent layer; tft: the width of every part; nhits: units of each hidden layer",
       .min = 1,
       .max = 4096});
  d.field("layers", p.layers,
          {.help = "Recurrent layers; nhits: hidden layers of each block",
           .min = 1,
           .max = 8,
           .aliases = {"num_layers"}});
  d.field("branch_layers", p.branch_layers,
          {.help = "recurrent: layers that each target has for itself after the shared ones, with a head of "
                   "its own; 0: one head for all targets",
           .min = 0,
           .max = 8});
  d.choice(
      "static_attributes", p.static_attributes,
      {{"none", StaticUse::none}, {"repeat", StaticUse::repeat}, {"initial_state", StaticUse::initial_state}},
      {.help = "Static attributes: left out, repeated along time, or setting the initial state; tft has "
               "static encoders, for which 'repeat' stands too"});
  d.section("cnn", p.cnn, "Causal convolution over time in front of the recurrent layers");
  d.section("tft", p.tft, "Temporal Fusion Transformer");
  d.section("nhits", p.nhits, "N-HiTS");
  d.field("output_dropout", p.output_dropout,
          {.help = "Share of hidden units dropped while training: before the head; tft: before every gate "
                   "but the last; nhits: after every hidden layer; default 0.2, of tft 0",
           .min = 0,
           .max = 0.95});
  d.field("initial_forget_bias", p.initial_forget_bias,
          {.help = "Bias of the LSTM's forget gate at the start; default 3, in forecasts 0",
           .min = -10,
           .max = 10});
  d.choice("backend", p.backend, {{"fused", RecurrentBackend::fused}, {"torch", RecurrentBackend::torch}},
           {.help = "Recurrent layers on the CPU: our fused kernel, or libtorch's"});
}

void describe(core::Describer& d, LossParams& p) {
  d.choice("kind", p.kind,
           {{"nse", LossKind::nse},
            {"one_minus_r2", LossKind::one_minus_r2},
            {"mse", LossKind::mse},
            {"mae", LossKind::mae},
            {"huber", LossKind::huber},
            {"quantile", LossKind::quantile}},
           {.help = "nse: squared errors over each entity's variance; one_minus_r2: 1 - squared correlation "
                    "(blind to bias and scale)",
            .aliases = {"loss"}});
  d.field("nse_epsilon", p.nse_epsilon,
          {.help = "Added to an entity's standard deviation in the nse weights",
           .unit = "scaled",
           .min = 0,
           .max = 100});
  d.field("huber_delta", p.huber_delta,
          {.help = "Error at which Huber's loss turns from square to linear",
           .unit = "scaled",
           .min = 1e-6,
           .max = 1e6});
  d.field("quantiles", p.quantiles,
          {.help = "Quantiles that the quantile loss estimates, ascending", .min = 0.0001, .max = 0.9999});
}

void describe(core::Describer& d, ScheduleParams& p) {
  d.choice("kind", p.kind,
           {{"constant", ScheduleKind::constant},
            {"step", ScheduleKind::step},
            {"cosine", ScheduleKind::cosine},
            {"plateau", ScheduleKind::plateau}},
           {.help = "How the learning rate changes over the epochs"});
  d.field("step_epochs", p.step_epochs, {.help = "step: epochs between cuts", .unit = "epochs", .min = 1});
  d.field("factor", p.factor, {.help = "step, plateau: factor of a cut", .min = 1e-6, .max = 1});
  d.field(
      "patience", p.patience,
      {.help = "plateau: epochs without a better validation loss before a cut", .unit = "epochs", .min = 1});
  d.field("final_fraction", p.final_fraction,
          {.help = "cosine: learning rate of the last epoch over the first", .min = 0, .max = 1});
  d.field("warmup_epochs", p.warmup_epochs,
          {.help = "The learning rate rises linearly over these first epochs", .unit = "epochs", .min = 0});
}

void describe(core::Describer& d, IndifferenceParams& p) {
  d.field(
      "input", p.input,
      {.help = "Driver that is known to have no effect above a value, such as temperature on snow and frozen "
               "ground where demand is a driver of its own; empty: none"});
  d.field("above", p.above, {.help = "That value, in the driver's unit"});
  d.field("noise_std", p.noise_std,
          {.help = "Standard deviation of the noise that the driver's steps above it get in training: the "
                   "larger, the "
                   "stronger the penalty on the gradient",
           .unit = "scaled",
           .min = 0,
           .max = 10});
}

void describe(core::Describer& d, TrainingParams& p) {
  d.choice("optimizer", p.optimizer, {{"adam", OptimizerKind::adam}, {"adamw", OptimizerKind::adamw}},
           {.help = "Adam, or Adam with decoupled weight decay"});
  d.field("learning_rate", p.learning_rate, {.help = "Learning rate at the start", .min = 0, .max = 10});
  d.field("weight_decay", p.weight_decay,
          {.help = "Weight decay (Adam: L2 term in the gradient)", .min = 0, .max = 10});
  d.section("schedule", p.schedule, "Learning rate over the epochs");
  d.field("epochs", p.epochs, {.help = "Passes over the training windows", .min = 1, .max = 1e6});
  d.field("batch_size", p.batch_size, {.help = "Windows per weight update", .min = 1, .max = 1e6});
  d.field("max_updates_per_epoch", p.max_updates_per_epoch,
          {.help = "Weight updates per epoch at most; default all batches", .min = 1});
  d.field("clip_gradient_norm", p.clip_gradient_norm,
          {.help = "Largest norm of the gradient; 0 = no limit", .min = 0});
  d.field("early_stopping_patience", p.early_stopping_patience,
          {.help = "Epochs without a better validation loss before training stops; 0 = never",
           .unit = "epochs",
           .min = 0,
           .aliases = {"patience_early_stopping"}});
  d.field("early_stopping_min_delta", p.early_stopping_min_delta,
          {.help = "A validation loss counts as better when lower by more than this", .min = 0});
  d.choice(
      "keep", p.keep, {{"best", KeptEpoch::best}, {"last", KeptEpoch::last}},
      {.help = "Weights that are kept: of the epoch with the smallest validation loss, or of the last; with "
               "last all epochs are run and validation has no say"});
  d.choice(
      "validation_score", p.validation_score,
      {{"auto", ValidationScore::automatic},
       {"pooled", ValidationScore::pooled},
       {"median", ValidationScore::median},
       {"middle_half", ValidationScore::middle_half},
       {"bounded", ValidationScore::bounded}},
      {.help = "Validation loss that stops training: of all observations, the median over entities, the "
               "mean of the middle half of them, or their mean with losses beyond three medians cut there "
               "(bounded); auto: pooled, and bounded where the levels of some entities drift"});
  d.choice("entity_weights", p.entity_weights,
           {{"auto", EntityWeights::automatic},
            {"equal", EntityWeights::equal},
            {"robust", EntityWeights::robust}},
           {.help = "auto: equal, and robust where the levels of some entities drift; robust: entities whose "
                    "training loss is far above the others' (wells that drift, or answer "
                    "to what no driver tells) lose their say in the loss from epoch to epoch"});
  d.field("robust_ratio", p.robust_ratio,
          {.help = "robust: training loss, in medians over the entities, beyond which weight is lost",
           .min = 1,
           .max = 1e6});
  d.choice(
      "target_balance", p.target_balance,
      {{"fixed", TargetBalance::fixed},
       {"uncertainty", TargetBalance::uncertainty},
       {"gradient_norm", TargetBalance::gradient_norm}},
      {.help = "Several targets: factors beside their weights, found anew after every epoch. fixed: none; "
               "uncertainty: one over the target's loss; gradient_norm: one over the length of its "
               "loss's gradient"});
  d.field("target_noise_std", p.target_noise_std,
          {.help = "Standard deviation of noise added to training targets",
           .unit = "scaled",
           .min = 0,
           .max = 10});
  d.section("indifference", p.indifference,
            "Physics as a regulariser: no effect of a driver above a value (docs/methods/training.md)");
  d.field("seed", p.seed, {.help = "Seed of the first member; member i uses seed + i"});
  d.choice("device", p.device, {{"cpu", DeviceKind::cpu}, {"cuda", DeviceKind::cuda}},
           {.help = "Where the network runs; cuda results are not reproducible bit for bit"});
}

void describe(core::Describer& d, EnsembleParams& p) {
  d.field("members", p.members, {.help = "Networks that differ by their seed", .min = 1, .max = 1000});
}

void describe(core::Describer& d, LearnParams& p) {
  d.section("window", p.window, "Windows that the network sees");
  d.section("model", p.model, "The network");
  d.section("loss", p.loss, "What training makes small");
  d.section("training", p.training, "How weights are found");
  d.section("ensemble", p.ensemble, "Networks trained side by side");
}

double dropout_of(const ModelParams& params) {
  return params.output_dropout.value_or(params.architecture == "tft" ? 0.0 : 0.2);
}

double forget_bias(const LearnParams& params) {
  return params.model.initial_forget_bias.value_or(params.window.mode == WindowMode::forecast ? 0.0 : 3.0);
}

namespace {

void check_loss(const LossParams& loss, const std::string& where, core::Problems& problems) {
  if (loss.kind != LossKind::quantile) return;
  const auto& q = loss.quantiles;
  const bool ascending = std::adjacent_find(q.begin(), q.end(), std::greater_equal<>()) == q.end();
  if (q.empty() || !ascending)
    problems.add({.where = where + ".quantiles",
                  .what = "empty or not ascending",
                  .allowed = "e.g. [0.05, 0.5, 0.95]"});
}

}  // namespace

namespace {

// What the Temporal Fusion Transformer has no use for is refused, not ignored.
void check_tft(const LearnParams& params, core::Problems& problems) {
  const ModelParams& m = params.model;
  const auto refuse = [&](const char* where, const std::string& what, const char* allowed) {
    problems.add({.where = where, .what = what, .allowed = allowed});
  };
  if (m.cell != CellKind::lstm)
    refuse("model.cell", "is gru, but the encoder and decoder of tft are LSTMs", "lstm");
  if (m.layers != 1)
    refuse("model.layers", fmt::format("is {}, but tft has one recurrent layer", m.layers), "1");
  if (m.cnn.channels > 0) refuse("model.cnn.channels", "is set, but tft has no convolution", "0");
  if (m.branch_layers > 0)
    refuse("model.branch_layers", "is set, but targets of tft share all but the head", "0");
  if (m.static_attributes == StaticUse::initial_state)
    refuse("model.static_attributes",
           "is initial_state, but tft has static encoders, which also set the state", "repeat or none");
  if (m.hidden_size % m.tft.attention_heads != 0)
    refuse("model.tft.attention_heads",
           fmt::format("{} heads do not divide hidden_size {}", m.tft.attention_heads, m.hidden_size),
           "a divisor of hidden_size");
  const WindowParams& w = params.window;
  const bool too_few =
      w.mode == WindowMode::forecast || (w.predict_last_n && *w.predict_last_n > w.seq_length)
          ? false
          : w.length() <= w.scored();
  if (too_few)
    refuse(w.mode == WindowMode::last_step ? "window.seq_length" : "window.predict_last_n",
           fmt::format("all {} steps of a window are scored, and none is left for the encoder of tft",
                       w.length()),
           "fewer scored steps than seq_length");
}

void check_nhits(const LearnParams& params, core::Problems& problems) {
  const ModelParams& m = params.model;
  const auto refuse = [&](const char* where, const std::string& what, const char* allowed) {
    problems.add({.where = where, .what = what, .allowed = allowed});
  };
  if (params.window.mode != WindowMode::forecast)
    refuse("window.mode", "nhits takes the past level apart: it makes forecasts only", "forecast");
  if (m.cell != CellKind::lstm)
    refuse("model.cell", "is gru, but nhits has no recurrent cell", "leave it out");
  if (m.cnn.channels > 0) refuse("model.cnn.channels", "is set, but nhits has no convolution", "0");
  if (m.branch_layers > 0) refuse("model.branch_layers", "is set, but nhits has no recurrent layer", "0");
  if (m.static_attributes == StaticUse::initial_state)
    refuse("model.static_attributes", "is initial_state, but nhits has no state", "repeat or none");
  if (m.nhits.pooling.empty() || m.nhits.pooling.size() != m.nhits.downsampling.size())
    refuse("model.nhits.downsampling",
           fmt::format("{} blocks, and {} in model.nhits.pooling", m.nhits.downsampling.size(),
                       m.nhits.pooling.size()),
           "one number for each block in both");
}

}  // namespace

const LossParams& loss_of(const LearnParams& params, const Target& target) {
  return target.loss ? *target.loss : params.loss;
}

const std::vector<std::string>& architecture_names() {
  static const std::vector<std::string> names = {"recurrent", "tft", "nhits"};
  return names;
}

void check_settings(const LearnParams& params, const std::vector<std::string>& architectures,
                    core::Problems& problems) {
  const std::string& kind = params.model.architecture;
  if (std::find(architectures.begin(), architectures.end(), kind) == architectures.end())
    problems.add({.where = "model.architecture",
                  .what = "there is no '" + kind + "'",
                  .allowed = fmt::format("{}", fmt::join(architectures, ", "))});
  check_loss(params.loss, "loss", problems);
  if (kind == "tft") check_tft(params, problems);
  if (kind == "nhits") check_nhits(params, problems);
  const WindowParams& w = params.window;
  if (w.mode == WindowMode::simulation && w.predict_last_n && *w.predict_last_n > w.seq_length)
    problems.add({.where = "window.predict_last_n",
                  .what = fmt::format("{} is more than seq_length {}", *w.predict_last_n, w.seq_length),
                  .allowed = "at most seq_length"});
}

void check(const LearnParams& params, const SeriesSet& set, const std::vector<std::string>& architectures) {
  core::Problems problems;
  check_settings(params, architectures, problems);
  for (const Target& target : set.targets) {
    if (target.loss) check_loss(*target.loss, "target '" + target.name + "', loss", problems);
  }
  if (set.targets.empty()) problems.add({.where = "targets", .what = "no target to learn"});
  if (set.channels() == 0) problems.add({.where = "inputs", .what = "no dynamic input"});
  const WindowParams& w = params.window;
  if (w.mode != WindowMode::forecast && !set.past_features.empty())
    problems.add({.where = "window.mode",
                  .what = "past-only inputs are given, but only forecasts use them",
                  .allowed = "mode: forecast, or no past-only inputs"});
  if (params.model.architecture == "nhits" && set.past_features.empty())
    problems.add({.where = "model.architecture",
                  .what = "nhits needs the past level",
                  .allowed = "forecasts with 'forecast.past_levels: true'"});
  if (params.model.static_attributes == StaticUse::initial_state && set.statics.empty())
    problems.add({.where = "model.static_attributes",
                  .what = "initial_state, but there are no static attributes",
                  .allowed = "repeat or none"});
  problems.throw_if_any();
}

}  // namespace phreatic::learn
