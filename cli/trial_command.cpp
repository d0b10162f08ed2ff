// SPDX-License-Identifier: BSD-3-Clause
// trial: one training of a study for searches that other programs drive (docs/guide/tuning.md).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/files/folder_lock.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::cli {
namespace {

namespace fs = std::filesystem;

class TrialCommand : public Command {
 public:
  explicit TrialCommand(const Environment& environment) : environment_(environment) {}
  std::string name() const override { return "trial"; }
  std::string summary() const override {
    return "Train a study once and tell its score, for searches that other programs drive";
  }
  void add_options(CLI::App& app) override {
    app.add_option("STUDY", study_, "Study file (YAML)")->required();
    app.add_option("-o,--out", out_, "Folder of the trial")->required();
    app.add_option("--set", settings_,
                   "A setting of this trial: --set training.learning_rate=0.003 (repeatable)")
        ->type_name("KEY=VALUE");
    app.add_option("--threads", threads_, "Threads to use (default: all cores)")->check(CLI::Range(1, 1024));
    app.footer(
        "Writes steps.csv (the score after each epoch, where one network is trained) and, at the end, "
        "score.json:\n"
        "  {\"state\": \"complete\" | \"pruned\" | \"failed\", \"score\": 0.123, \"score_name\": "
        "\"validation loss\", ...}\n"
        "A file named `prune` in the folder ends the trial after the epoch. Less is better. A search of our "
        "own is\n"
        "`phreatic tune`; docs/guide/tuning.md has a script that lets Optuna drive trials on many machines.");
  }

  int run() override {
    const studies::StudyFile study = studies::read_study(study_, settings_);
    const studies::Kind& kind = studies::kind_of(environment_.kinds, study);
    if (!kind.tunable)
      throw core::InputError({.file = study.path,
                              .what = "is of a kind that has no trials: " + kind.name,
                              .allowed = "studies of wells"});
    if (!kind.tunable->make) return environment_.hand_over();
    if (threads_ > 0) core::set_thread_count(threads_);
    const fs::path folder = out_;
    core::make_folder(folder);
    const core::FolderLock lock(folder);
    if (fs::exists(folder / "score.json"))
      throw core::InputError({.file = (folder / "score.json").string(),
                              .what = "is there already: the folder holds a trial that has ended",
                              .mend = "Give another folder"});
    return tell(kind, study, folder);
  }

 private:
  int tell(const studies::Kind& kind, const studies::StudyFile& study, const fs::path& folder) const {
    core::Log log(true, (folder / "log.txt").string());
    core::Context context{log, false};
    std::string steps = "epoch,score\n";
    int epoch = 0;
    studies::TrialRequest request{study, folder / "model", [&](double score) {
                                    steps += fmt::format("{},{:.8g}\n", ++epoch, score);
                                    core::write_file_atomic(folder / "steps.csv", steps);
                                    return !fs::exists(folder / "prune");
                                  }};
    const studies::TrialOutcome outcome = kind.tunable->make()(request, context);
    const bool failed = !outcome.pruned && !std::isfinite(outcome.score);
    nlohmann::json out = {
        {"state", outcome.pruned ? "pruned"
                  : failed       ? "failed"
                                 : "complete"},
        {"score", std::isfinite(outcome.score) ? nlohmann::json(outcome.score) : nlohmann::json()},
        {"score_name", kind.tunable->score},
        {"epochs", outcome.epochs},
        {"settings", settings_},
        {"message", outcome.message}};
    core::write_file_atomic(folder / "score.json", out.dump(1) + "\n");
    fmt::print("{} {:.8g}\n", out["state"].get<std::string>(), outcome.score);
    return failed ? kFailed : kDone;
  }

  const Environment& environment_;
  std::string study_, out_;
  std::vector<std::string> settings_;
  int threads_ = 0;
};

}  // namespace

std::unique_ptr<Command> make_trial_command(const Environment& environment) {
  return std::make_unique<TrialCommand>(environment);
}

}  // namespace phreatic::cli
