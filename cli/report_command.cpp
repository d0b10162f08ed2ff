// SPDX-License-Identifier: BSD-3-Clause
// report: the page of a run folder made again from its files, without running any stage.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command.hpp"
#include "phreatic/core/context.hpp"

namespace phreatic::cli {
namespace {

class ReportCommand : public Command {
 public:
  explicit ReportCommand(const studies::Kinds& kinds) : kinds_(kinds) {}
  std::string name() const override { return "report"; }
  std::string summary() const override {
    return "Make report.html and figures/ of a run folder again from its files";
  }
  void add_options(CLI::App& app) override { app.add_option("RUN", run_, "Run folder")->required(); }
  int run() override {
    core::Log log;
    core::Context context{log};
    fmt::print("{}\n", studies::remake_report(kinds_, run_, context).string());
    return kDone;
  }

 private:
  const studies::Kinds& kinds_;
  std::string run_;
};

}  // namespace

std::unique_ptr<Command> make_report_command(const studies::Kinds& kinds) {
  return std::make_unique<ReportCommand>(kinds);
}

}  // namespace phreatic::cli
