// SPDX-License-Identifier: BSD-3-Clause
// The face of the learning layer to the studies: train, load, predict, explain. Free of libtorch.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/learn/architectures/architecture.hpp"
#include "phreatic/learn/samples/dataset.hpp"
#include "phreatic/learn/settings.hpp"
#include "phreatic/learn/training/drift.hpp"
#include "phreatic/model/differentiable.hpp"

namespace phreatic::learn {

// fresh: what the folder holds of an earlier training is replaced. exact: goes on from the last checkpoint
// and gives bit for bit what an undisturbed run gives; refuses (InputError) when settings, data, instruction
// set or library versions differ. approximate: goes on whatever the machine; settings and data must fit.
enum class ResumeMode { fresh, exact, approximate };

struct EpochRecord {
  int epoch = 0;  // 1-based
  double learning_rate = 0;
  double training_loss = 0;    // mean over the epoch's batches, dropout on
  double validation_loss = 0;  // NaN without validation windows
};

enum class TrainStatus {
  finished,       // all epochs done
  stopped_early,  // no better validation loss for early_stopping_patience epochs
  diverged,       // a loss became NaN or infinite, or no validation loss was ever finite; see message
  pruned          // the caller's keep_going said no
};

struct MemberResult {
  std::uint64_t seed = 0;
  TrainStatus status = TrainStatus::finished;
  std::string message;              // diverged: which epoch, batch and entities
  std::vector<EpochRecord> curve;   // learning curve
  int best_epoch = 0;               // whose weights are kept; the last one without validation
  double best_validation_loss = 0;  // NaN without validation windows
  // Nothing was learnt that validation confirms: no later epoch was better than the first.
  bool first_epoch_best() const {
    return best_epoch == 1 && curve.size() > 1 && !std::isnan(best_validation_loss);
  }
};

struct TrainResult {
  std::vector<MemberResult> members;  // in index order
  std::vector<Drift> drifting;        // entities that drift, whatever the settings make of it
  bool usable() const;                // at least one member did not diverge
};

struct TrainTask {
  std::filesystem::path folder;  // model folder; made when missing
  ResumeMode resume = ResumeMode::fresh;
  // Valid JSON that the model carries unread: scalers, variables, units ... of the study.
  std::string study_json = "{}";
  // Training must be stopped and selected by validation: refused (InputError) where no validation window has
  // an observed target, in place of keeping the last weights.
  bool needs_validation = false;
  ArchitectureTable architectures = learn::architectures();
  // Asked after each epoch; false ends the member (pruning of trials). May be called from several threads.
  std::function<bool(std::size_t member, const EpochRecord&)> keep_going;
};

// Trains params.ensemble.members networks that differ by seed and writes them to task.folder: model.json,
// member_NNN.safetensors, while training checkpoint_NNN.safetensors (after every epoch). Members run side by
// side on the threads of core::parallel_for. Without validation windows every epoch is run and the last
// weights are kept. Throws InputError (bad data, resume mismatch), RunError (disk), Interrupted (resumable).
TrainResult train_ensemble(const SeriesSet& set, const WindowSplit& windows, const LearnParams& params,
                           const TrainTask& task, core::Context& context);

// Puts other study_json into the model.json of a trained model, by which it stays otherwise unchanged.
void replace_study(const std::filesystem::path& folder, const std::string& study_json);

// What a model folder says about its model.
struct ModelDescription {
  LearnParams params;
  std::vector<std::string> features;
  std::vector<std::string> past_features;
  std::vector<std::string> statics;
  std::vector<Target> targets;
  std::size_t members = 0;
  bool carries_state = true;  // one window may be a whole series; else windows are those of training
  std::size_t channels() const { return features.size() + 2 * past_features.size(); }
  std::size_t outputs(std::size_t target) const {
    return loss_of(params, targets.at(target)).outputs_per_target();
  }
  std::string study_json;
};

// An ensemble ready to predict. Not thread-safe: one call at a time (calls use several threads inside).
struct LoadedModel;  // private to learn
class Model {
 public:
  explicit Model(std::unique_ptr<LoadedModel> loaded);
  ~Model();
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;
  const ModelDescription& description() const;
  LoadedModel& loaded() { return *loaded_; }

 private:
  std::unique_ptr<LoadedModel> loaded_;
};

// Reads a model folder. Executes nothing of it; throws InputError when a file is missing or corrupt.
std::unique_ptr<Model> load_model(const std::filesystem::path& folder, DeviceKind device = DeviceKind::cpu,
                                  ArchitectureTable table = architectures());

// Outputs of every member for the scored steps of windows. Row = one scored step of one window.
struct Predictions {
  std::vector<Window> windows;
  std::vector<std::size_t> offsets;  // rows of window w: offsets[w] .. offsets[w + 1); size windows + 1
  std::size_t members = 0;
  std::vector<std::size_t> heads = {0, 1};  // of target k: heads[k] .. heads[k + 1); size targets + 1
  // [member][row][head], scaled units: each target's quantiles in ascending order, or one value. Outputs are
  // at the model's own steps; an observation with an interval is compared with their mean over it. NaN where
  // a target's anchor is missing.
  std::vector<float> values;

  std::size_t rows() const { return offsets.empty() ? 0 : offsets.back(); }
  std::size_t targets() const { return heads.size() - 1; }
  std::size_t outputs(std::size_t target) const { return heads[target + 1] - heads[target]; }
  float at(std::size_t member, std::size_t row, std::size_t target, std::size_t output = 0) const {
    return values[(member * rows() + row) * heads.back() + heads[target] + output];
  }
};

// Runs every member over every window (of any lengths; the state starts anew at each window's first step), so
// that sliding windows give window-wise prediction and whole_series() a simulation with carried state.
// Dropout is off. `set` must have the model's features, statics and past features; targets may be empty.
Predictions predict(Model& model, const SeriesSet& set, const std::vector<Window>& windows,
                    core::Context& context);

// Ensemble statistics per row: [row][head].
struct EnsembleSummary {
  std::vector<float> median;
  std::vector<float> low;     // smallest member
  std::vector<float> high;    // largest member
  std::vector<float> spread;  // standard deviation over the members (n - 1); 0 for one member
};
EnsembleSummary summarize(const Predictions& predictions);

// The output at a window's last step as a function of its inputs: mean over members, dropout off. `lags` = 0
// takes the model's window length. The model must outlive the result. Values are scaled, without the anchor.
std::unique_ptr<model::Differentiable> make_differentiable(Model& model, std::size_t target = 0,
                                                           std::size_t output = 0, std::size_t lags = 0);

// The instruction set and library versions that a checkpoint records and an exact resume compares.
std::string machine_fingerprint();

}  // namespace phreatic::learn
