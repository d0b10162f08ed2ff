// SPDX-License-Identifier: BSD-3-Clause
// run: the stages of a study; and the verbs of the kinds (train, predict ...), which are aliases of `run --until STAGE`.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/command.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::cli {
namespace {

class StudyCommand : public Command {
 public:
  StudyCommand(std::string name, std::string summary, bool is_verb, const Environment& environment)
      : name_(std::move(name)), summary_(std::move(summary)), is_verb_(is_verb), environment_(environment) {}
  std::string name() const override { return name_; }
  std::string summary() const override { return summary_; }

  void add_options(CLI::App& app) override {
    app.add_option("STUDY", study_, "Study file (YAML), or the folder of an earlier run")->required();
    app.add_option("-o,--out", out_,
                   "Run folder (default: runs/<name of the study file, or of its folder for study.yml>)");
    if (!is_verb_) app.add_option("--until", request_.until, "Stop after this stage")->type_name("STAGE");
    app.add_flag(
        "--why", request_.why,
        "Tell of every stage that runs which file, setting, code version or output changed, from what "
        "to what");
    app.add_flag("--dry-run", dry_run_, "Tell which stages would run and why, and run none");
    app.add_flag("--force", request_.force, "Overwrite files in the run folder that no run has written");
    app.add_flag_callback(
        "--resume", [this] { request_.resume = studies::engine::Resume::exact; },
        "Go on from the last saved state: finished stages and epochs are kept, the result is the same bit "
        "for bit");
    app.add_flag_callback(
        "--resume-approximate", [this] { request_.resume = studies::engine::Resume::approximate; },
        "As --resume, also when thread count, instruction set or library versions differ from the saved "
        "ones");
    app.add_option("--set", settings_, "Replace a setting: --set training.epochs=5 (repeatable)")
        ->type_name("KEY=VALUE");
    app.add_option("--device", device_, "cpu or cuda (default: as in the study file)")
        ->check(CLI::IsMember({"cpu", "cuda"}));
    app.add_option("--threads", threads_, "Threads to use (default: all cores)")->check(CLI::Range(1, 1024));
    app.add_flag("-q,--quiet", request_.quiet, "Only warnings and errors");
    if (name_ == "evaluate")
      app.add_option(
             "--forecasts", forecasts_,
             "Score these forecasts (CSV: well, issue_date, lead, quantile, value) in place of a run's "
             "stages, into --out; STUDY may be a run folder, whose forecasts stand beside them")
          ->type_name("FILE");
    app.footer(
        "A run folder holds study.yml (as resolved), provenance.json, log.txt, stages.json, the results of "
        "each stage,\n"
        "figures/ and report.html. Stages are kept whose input files (by content), settings and code version "
        "are unchanged.");
  }

  int run() override {
    std::vector<std::string> overrides = settings_;
    if (!device_.empty()) overrides.push_back("training.device=" + device_);
    const studies::StudyFile study = studies::read_study(study_, overrides);
    const studies::Kind& kind = studies::kind_of(environment_.kinds, study);
    if (!forecasts_.empty()) return score_forecasts(kind, study);
    if (!kind.stages) return environment_.hand_over();
    if (threads_ > 0) core::set_thread_count(threads_);
    if (is_verb_) request_.until = stage_of(kind, study);
    request_.out = out_.empty() ? studies::default_out(study_) : std::filesystem::path(out_);
    const studies::engine::Graph graph = studies::graph_of(kind, study);
    if (dry_run_) {
      fmt::print("{}",
                 studies::engine::plan_text(studies::engine::plan(graph, request_.out, request_.until)));
      return kDone;
    }
    studies::engine::run(graph, request_);
    fmt::print("{}\n", request_.out.string());
    return kDone;
  }

 private:
  int score_forecasts(const studies::Kind& kind, const studies::StudyFile& study) {
    const std::string where = "phreatic evaluate --forecasts";
    if (!kind.score_forecasts)
      throw core::InputError(
          {.file = study.path,
           .where = where,
           .what = "studies of the kind '" + kind.name + "' have no forecasts to compare with",
           .allowed = "studies of wells"});
    const std::filesystem::path run = std::filesystem::is_directory(study_) ? study_ : "";
    std::error_code ignored;
    if (out_.empty() || (!run.empty() && std::filesystem::equivalent(run, out_, ignored)))
      throw core::InputError(
          {.where = where,
           .what = out_.empty() ? "has no folder to write to" : "would write into the run folder",
           .mend = "Give --out a folder of its own"});
    std::vector<std::filesystem::path> files(forecasts_.begin(), forecasts_.end());
    core::Log log(request_.quiet);
    core::Context context{log, !request_.quiet};
    for (const std::string& line : kind.score_forecasts(study, files, run, out_, context))
      fmt::print("{}\n", line);
    return kDone;
  }

  std::string stage_of(const studies::Kind& kind, const studies::StudyFile& study) const {
    for (const studies::Verb& verb : kind.verbs) {
      if (verb.name == name_) return verb.stage;
    }
    throw core::InputError(
        {.file = study.path,
         .where = "phreatic " + name_,
         .what = "studies of the kind '" + kind.name + "' have no such stage",
         .mend = "See 'phreatic run --dry-run " + study.path + "' for the stages there are"});
  }

  std::string name_;
  std::string summary_;
  bool is_verb_;
  const Environment& environment_;
  studies::engine::RunRequest request_;
  std::string study_;
  std::string out_;
  std::vector<std::string> settings_;
  std::vector<std::string> forecasts_;
  std::string device_;
  int threads_ = 0;
  bool dry_run_ = false;
};

}  // namespace

std::vector<std::unique_ptr<Command>> make_study_commands(const Environment& environment) {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(std::make_unique<StudyCommand>(
      "run", "Run every stage of a study that is not up to date, to the report", false, environment));
  std::vector<std::string> made;
  for (const studies::Kind& kind : environment.kinds) {
    for (const studies::Verb& verb : kind.verbs) {
      if (std::find(made.begin(), made.end(), verb.name) != made.end()) continue;
      made.push_back(verb.name);
      commands.push_back(std::make_unique<StudyCommand>(verb.name, verb.about, true, environment));
    }
  }
  return commands;
}

}  // namespace phreatic::cli
