// SPDX-License-Identifier: BSD-3-Clause
// check: everything that is wrong with a study and its data, at once, without running it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command.hpp"
#include "phreatic/core/context.hpp"
#include "phreatic/studies/wells/load.hpp"

namespace phreatic::cli {
namespace {

class CheckCommand : public Command {
 public:
  std::string name() const override { return "check"; }
  std::string summary() const override {
    return "Tell everything that is wrong with a study and its data, without running it";
  }
  void add_options(CLI::App& app) override {
    app.add_option("STUDY", study_, "Study file (YAML)")->required();
    app.add_option("--set", settings_, "Replace a setting: --set training.epochs=5 (repeatable)")
        ->type_name("KEY=VALUE");
    app.footer(
        "Exit code 0: the study can be run. 2: every problem is listed with file, well, column and first bad "
        "row.");
  }
  int run() override {
    core::Log log;
    core::Context context{log};
    const studies::wells::WellsSettings settings = studies::wells::read_settings(study_, settings_);
    const hydrographs::Prepared prepared = studies::wells::load_wells(settings, study_, "", context);
    for (const std::string& line : studies::wells::describe_data(prepared)) fmt::print("{}\n", line);
    for (const std::string& line : studies::wells::describe_flags(prepared)) fmt::print("{}\n", line);
    fmt::print("{}: no problem found\n", study_);
    return kDone;
  }

 private:
  std::string study_;
  std::vector<std::string> settings_;
};

}  // namespace

std::unique_ptr<Command> make_check_command() { return std::make_unique<CheckCommand>(); }

}  // namespace phreatic::cli
