// SPDX-License-Identifier: BSD-3-Clause
// run, train, predict, evaluate, explain, cluster: the stages of a study, all on the same study file and run
// folder.
#include <CLI/CLI.hpp>

#include "cli/command.hpp"

namespace phreatic::cli {
namespace {

class StudyCommand : public Command {
 public:
  StudyCommand(std::string name, std::string summary, StudyRunner runner)
      : summary_(std::move(summary)), runner_(std::move(runner)) {
    request_.command = std::move(name);
  }
  std::string name() const override { return request_.command; }
  std::string summary() const override { return summary_; }
  bool learns() const override { return true; }

  void add_options(CLI::App& app) override {
    app.add_option("STUDY", request_.study, "Study file (YAML), or the folder of an earlier run")->required();
    app.add_option("-o,--out", request_.out, "Run folder (default: runs/<name of the study file>)");
    app.add_flag_callback(
        "--resume", [this] { resume_flag_ = true; },
        "Go on from the last saved state: finished stages and epochs are kept, the result is the same bit "
        "for bit");
    app.add_flag_callback(
        "--resume-approximate", [this] { approximate_flag_ = true; },
        "As --resume, also when thread count, instruction set or library versions differ from the saved "
        "ones");
    app.add_option("--set", request_.settings, "Replace a setting: --set training.epochs=5 (repeatable)")
        ->type_name("KEY=VALUE");
    app.add_option("--device", request_.device, "cpu or cuda (default: as in the study file)")
        ->check(CLI::IsMember({"cpu", "cuda"}));
    app.add_option("--threads", request_.threads, "Threads to use (default: all cores)")
        ->check(CLI::Range(1, 1024));
    app.add_flag("-q,--quiet", request_.quiet, "Only warnings and errors");
    app.footer(
        "A run folder holds study.yml (as resolved), provenance.json, log.txt, metrics.csv, predictions.nc "
        "and .csv,\n"
        "model/, explain/, figures/ and report.html. Stages whose inputs, settings and program are unchanged "
        "are kept.");
  }

  int run() override {
    if (resume_flag_) request_.resume = "exact";
    if (approximate_flag_) request_.resume = "approximate";
    return runner_(request_);
  }

 private:
  StudyRequest request_;
  std::string summary_;
  StudyRunner runner_;
  bool resume_flag_ = false;
  bool approximate_flag_ = false;
};

}  // namespace

std::unique_ptr<Command> make_study_command(const std::string& name, const std::string& summary,
                                            const StudyRunner& runner) {
  return std::make_unique<StudyCommand>(name, summary, runner);
}

}  // namespace phreatic::cli
