// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/learn/files/checkpoint.hpp"
#include "phreatic/learn/files/description.hpp"
#include "phreatic/learn/samples/batches.hpp"
#include "phreatic/learn/trainer.hpp"
#include "phreatic/learn/training/member.hpp"

namespace phreatic::learn {
namespace {

namespace fs = std::filesystem;

void check_split(const SeriesSet& set, const WindowSplit& windows) {
  check_windows(set, windows.training);
  check_windows(set, windows.validation);
  if (windows.training.empty())
    throw core::InputError({.where = "training",
                            .what = "no window to train on",
                            .mend = "check the training period, seq_length and the gaps of the inputs"});
  for (const Window& w : windows.training) PHREATIC_ASSERT(w.length == windows.training.front().length);
}

// Windows that could stop training: with an observation in their scored steps.
void check_validation(const SeriesSet& set, const std::vector<Window>& windows) {
  const std::size_t targets = set.targets.size();
  const bool observed = std::any_of(windows.begin(), windows.end(), [&](const Window& w) {
    const float* from = set.entities[w.entity].targets.data() + (w.first + w.warmup) * targets;
    return std::any_of(from, from + w.scored() * targets, [](float v) { return !std::isnan(v); });
  });
  if (observed) return;
  throw core::InputError({.where = "validation",
                          .what = windows.empty()
                                      ? "no window to validate on: the inputs begin too late for a whole "
                                        "window before the observations, or have gaps"
                                      : "no observation in the windows to validate on",
                          .mend = "move the validation period, shorten seq_length, or use fewer blocks"});
}

// One progress line for members that train side by side.
class SharedProgress {
 public:
  SharedProgress(std::size_t total, bool enabled) : progress_("training", total, "batches", enabled) {}
  void advance(std::size_t steps, const std::string& note) {
    const std::lock_guard lock(mutex_);
    progress_.advance(steps, note);
  }

 private:
  std::mutex mutex_;
  core::Progress progress_;
};

void remove_if_there(const fs::path& path) {
  std::error_code error;
  fs::remove(path, error);
  if (error) throw core::RunError(path.string() + ": cannot remove: " + error.message());
}

// Members of an earlier ensemble that this one does not have; all of them when starting afresh.
void clear_folder(const fs::path& folder, std::size_t keep) {
  remove_if_there(folder / kModelFile);
  for (std::size_t i = keep; fs::exists(member_path(folder, i)) || fs::exists(checkpoint_path(folder, i));
       ++i) {
    remove_if_there(member_path(folder, i));
    remove_if_there(checkpoint_path(folder, i));
  }
}

Stamp make_stamp(const Samples& samples, const std::vector<Target>& targets, LearnParams params) {
  params.ensemble.members = 1;  // more members may be added to a finished ensemble
  return {settings_json(params, targets), samples.hash(), machine_fingerprint(), core::thread_count()};
}

class EnsembleTrainer {
 public:
  EnsembleTrainer(const MemberJob& job, const TrainTask& task, const Stamp& stamp, core::Context& context)
      : job_(job),
        task_(task),
        stamp_(stamp),
        context_(context),
        per_member_(batches_per_epoch(job) * static_cast<std::size_t>(job.params.training.epochs)),
        progress_(per_member_ * members(), context.show_progress) {}

  std::size_t members() const { return static_cast<std::size_t>(job_.params.ensemble.members); }

  TrainResult run() {
    TrainResult result;
    result.members.resize(members());
    const auto train = [&](std::size_t i) { result.members[i] = train_one(i); };
    // Side by side when that keeps the threads busy; otherwise one after the other, threads inside.
    if (2 * members() >= static_cast<std::size_t>(core::thread_count()) && !on_cuda()) {
      core::parallel_for(members(), train);
    } else {
      for (std::size_t i = 0; i < members(); ++i) train(i);
    }
    return result;
  }

 private:
  bool on_cuda() const { return job_.params.training.device == DeviceKind::cuda; }

  MemberResult train_one(std::size_t index) {
    const fs::path checkpoint = checkpoint_path(task_.folder, index);
    const fs::path member = member_path(task_.folder, index);
    const std::uint64_t seed = job_.params.training.seed + index;
    MemberState state = first_state(job_, seed);
    if (task_.resume != ResumeMode::fresh) {
      if (auto done = read_member_result(member, stamp_)) {
        progress_.advance(per_member_, "");
        return *done;
      }
      if (auto saved = read_checkpoint(checkpoint, job_.layout, stamp_, task_.resume))
        state = std::move(*saved);
    }
    const std::size_t batches = batches_per_epoch(job_);
    std::size_t reported = static_cast<std::size_t>(state.epochs) * batches;
    progress_.advance(reported, "");
    const MemberHooks hooks{
        .save =
            [&](const MemberState& s) {
              write_checkpoint(checkpoint, job_.layout, stamp_, s);
              log_epoch(index, s.curve.back());
            },
        .keep_going = [&](const EpochRecord& r) { return !task_.keep_going || task_.keep_going(index, r); },
        .batch_done =
            [&](const std::string& note) {
              ++reported;
              progress_.advance(1, fmt::format("member {}: {}", index + 1, note));
            }};
    MemberResult result = train_member(job_, state, hooks);
    write_member(member, job_.layout, stamp_, result, state.best);
    remove_if_there(checkpoint);
    progress_.advance(per_member_ - std::min(reported, per_member_), "");
    report(index, result);
    return result;
  }

  void log_epoch(std::size_t index, const EpochRecord& r) {
    context_.log.detail(fmt::format("member {} epoch {}: rate {:.3g}, loss {:.6g}, validation {:.6g}",
                                    index + 1, r.epoch, r.learning_rate, r.training_loss, r.validation_loss));
  }

  void report(std::size_t index, const MemberResult& result) {
    if (result.status == TrainStatus::diverged)
      context_.log.warn(fmt::format("member {} (seed {}): {}", index + 1, result.seed, result.message));
    if (result.first_epoch_best())
      context_.log.warn(fmt::format(
          "{}, member {} (seed {}): its first epoch was the best of {}; nothing that it learnt later helps "
          "in "
          "validation: look for entities whose level drifts (training.validation_score), or lower "
          "training.learning_rate",
          task_.folder.filename().string(), index + 1, result.seed, result.curve.size()));
    context_.log.detail(fmt::format("member {} done: best epoch {} of {}, validation loss {:.6g}", index + 1,
                                    result.best_epoch, result.curve.size(), result.best_validation_loss));
  }

  const MemberJob& job_;
  const TrainTask& task_;
  const Stamp& stamp_;
  core::Context& context_;
  std::size_t per_member_;
  SharedProgress progress_;
};

void write_model(const fs::path& folder, const SeriesSet& set, const LearnParams& params,
                 const TrainTask& task, const TrainResult& result) {
  ModelFile model;
  model.description = {.params = params,
                       .features = set.features,
                       .past_features = set.past_features,
                       .statics = set.statics,
                       .targets = set.targets,
                       .study_json = task.study_json};
  for (std::size_t i = 0; i < result.members.size(); ++i) {
    const MemberResult& m = result.members[i];
    if (m.status == TrainStatus::diverged) continue;
    const fs::path path = member_path(folder, i);
    model.members.push_back({path.filename().string(), core::hash_file(path), m.seed, m.best_epoch});
  }
  if (!model.members.empty()) core::write_file_atomic(folder / kModelFile, format_model_file(model));
}

}  // namespace

void replace_study(const fs::path& folder, const std::string& study_json) {
  PHREATIC_ASSERT(nlohmann::json::accept(study_json));
  const fs::path path = folder / kModelFile;
  ModelFile model = parse_model_file(core::read_file(path), path.string());
  model.description.study_json = study_json;
  core::write_file_atomic(path, format_model_file(model));
}

bool TrainResult::usable() const {
  return std::any_of(members.begin(), members.end(),
                     [](const MemberResult& m) { return m.status != TrainStatus::diverged; });
}

namespace {

void tell_of_drift(const std::vector<Drift>& drifting, const LearnParams& asked, const LearnParams& params,
                   const std::string& model, core::Context& context) {
  if (drifting.empty()) return;
  const bool robust = params.training.entity_weights == EntityWeights::robust;
  const bool automatic = asked.training.entity_weights == EntityWeights::automatic ||
                         asked.training.validation_score == ValidationScore::automatic;
  context.log.warn(
      fmt::format("{}: levels that drift: {}; {}", model, drift_text(drifting),
                  !automatic ? "training.entity_weights and training.validation_score stay as set"
                  : robust   ? "entities that the others' model does not fit lose their say in training "
                               "(training.entity_weights: auto), and are simulated worse themselves"
                             : "they count little in validation (training.validation_score: auto)"));
}

// A Temporal Fusion Transformer learns slowly at first: with few updates it stays behind a recurrent network.
void tell_of_few_updates(const MemberJob& job, core::Context& context) {
  constexpr std::size_t kFew = 1000;
  const std::size_t updates = batches_per_epoch(job) * static_cast<std::size_t>(job.params.training.epochs);
  if (job.params.model.architecture != "tft" || updates >= kFew) return;
  context.log.info(
      fmt::format("tft: {} weight updates in all at most; from about {} on it comes near a recurrent network "
                  "(docs/methods/tft.md): lower training.batch_size, or raise training.epochs",
                  updates, kFew));
}

}  // namespace

TrainResult train_ensemble(const SeriesSet& set, const WindowSplit& windows, const LearnParams& asked,
                           const TrainTask& task, core::Context& context) {
  check(set);
  std::vector<Drift> drifting = drifting_entities(set, windows);
  LearnParams params = asked;
  params.training = without_auto(params.training, !drifting.empty());
  tell_of_drift(drifting, asked, params, task.folder.filename().string(), context);
  check(params, set, names_of(task.architectures));
  check_split(set, windows);
  if (task.needs_validation) check_validation(set, windows.validation);
  PHREATIC_ASSERT(nlohmann::json::accept(task.study_json));
  core::make_folder(task.folder);
  const NetworkPlan plan = plan_network(params, set, task.architectures);
  const auto architecture = plan.make();
  const ParameterLayout layout = architecture->layout();
  const WindowSamples samples(set, windows, loss_weights(set, windows.training, params),
                              !architecture->carries_state());
  std::vector<double> first_factors;
  if (asked.training.entity_weights == EntityWeights::automatic) first_factors = factors_of(drifting, set);
  const MemberJob job{samples,
                      params,
                      plan,
                      layout,
                      std::move(first_factors),
                      indifference_of(set, params.training.indifference)};
  tell_of_few_updates(job, context);
  const Stamp stamp = make_stamp(samples, set.targets, params);
  const auto members = static_cast<std::size_t>(params.ensemble.members);
  clear_folder(task.folder, task.resume == ResumeMode::fresh ? 0 : members);
  TrainResult result = EnsembleTrainer(job, task, stamp, context).run();
  result.drifting = std::move(drifting);
  write_model(task.folder, set, params, task, result);
  return result;
}

}  // namespace phreatic::learn
