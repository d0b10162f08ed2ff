// SPDX-License-Identifier: BSD-3-Clause
// check: everything that is wrong with a study and its data, at once, without running it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command.hpp"
#include "phreatic/core/context.hpp"

namespace phreatic::cli {
namespace {

class CheckCommand : public Command {
 public:
  explicit CheckCommand(const studies::Kinds& kinds) : kinds_(kinds) {}
  std::string name() const override { return "check"; }
  std::string summary() const override {
    return "Tell everything that is wrong with a study and its data, without running it";
  }
  void add_options(CLI::App& app) override {
    app.add_option("STUDY", study_, "Study file (YAML)")->required();
    app.add_option("--set", settings_, "Replace a setting: --set training.epochs=5 (repeatable)")
        ->type_name("KEY=VALUE");
    app.footer(
        "Exit code 0: the study can be run. 2: every problem is listed with file, place and first bad row.");
  }
  int run() override {
    core::Log log;
    core::Context context{log};
    const studies::StudyFile study = studies::read_study(study_, settings_);
    for (const std::string& line : studies::kind_of(kinds_, study).check(study, context))
      fmt::print("{}\n", line);
    fmt::print("{}: no problem found\n", study_);
    return kDone;
  }

 private:
  const studies::Kinds& kinds_;
  std::string study_;
  std::vector<std::string> settings_;
};

}  // namespace

std::unique_ptr<Command> make_check_command(const studies::Kinds& kinds) {
  return std::make_unique<CheckCommand>(kinds);
}

}  // namespace phreatic::cli
