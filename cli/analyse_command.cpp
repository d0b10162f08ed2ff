// SPDX-License-Identifier: BSD-3-Clause
// analyse: what the observed series of a study say, before any model.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command.hpp"
#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"

namespace phreatic::cli {
namespace {

class AnalyseCommand : public Command {
 public:
  explicit AnalyseCommand(const studies::Kinds& kinds) : kinds_(kinds) {}
  std::string name() const override { return "analyse"; }
  std::string summary() const override {
    return "Analyse the observed series of a study: entropy, lags of the drivers, groundwater index, groups "
           "of wells";
  }
  void add_options(CLI::App& app) override {
    app.add_option("STUDY", study_, "Study file (YAML)")->required();
    app.add_option("-o,--out", out_, "Folder for the results")->required();
    app.add_option("--set", settings_, "Replace a setting: --set data.start=2010-01-01 (repeatable)")
        ->type_name("KEY=VALUE");
    app.footer(
        "Writes entropy.csv, lag_correlations.csv, autocorrelation.csv, groundwater_index.csv, groups.csv "
        "(wells "
        "that move alike: self-organising maps and hierarchical clustering), som.csv, tree.csv and "
        "report.html; of "
        "a further target the same with its name before the ending. Statistics are those of the training "
        "period. "
        "Settings: the block 'analysis' of 'phreatic help wells'.");
  }
  int run() override {
    core::Log log;
    core::Context context{log};
    const studies::StudyFile study = studies::read_study(study_, settings_);
    const studies::Kind& kind = studies::kind_of(kinds_, study);
    if (!kind.analyse)
      throw core::InputError({.file = study_, .what = "is of a kind that has no analysis: " + kind.name});
    core::make_folder(out_);
    for (const std::string& line : kind.analyse(study, out_, context)) fmt::print("{}\n", line);
    fmt::print("{}\n", out_);
    return kDone;
  }

 private:
  const studies::Kinds& kinds_;
  std::string study_, out_;
  std::vector<std::string> settings_;
};

}  // namespace

std::unique_ptr<Command> make_analyse_command(const studies::Kinds& kinds) {
  return std::make_unique<AnalyseCommand>(kinds);
}

}  // namespace phreatic::cli
