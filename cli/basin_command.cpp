// SPDX-License-Identifier: BSD-3-Clause
// basin: the virtual wells of a study as ordinary input files.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "cli/command.hpp"
#include "phreatic/basin/groundwater/run.hpp"
#include "phreatic/basin/write_basin.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/report/report.hpp"
#include "phreatic/studies/engine/study_file.hpp"
#include "phreatic/studies/pages/basin_page.hpp"

namespace phreatic::cli {
namespace {

class BasinCommand : public Command {
 public:
  std::string name() const override { return "basin"; }
  std::string summary() const override {
    return "Write the virtual wells of a study as ordinary input files, with the truth about them";
  }
  void add_options(CLI::App& app) override {
    app.add_option("STUDY", study_, "Study file with a 'basin' block")->required();
    app.add_option("-o,--out", out_, "Folder to write to")->required();
    app.add_option("--set", settings_, "Replace a setting: --set basin.seed=7 (repeatable)")
        ->type_name("KEY=VALUE");
    app.add_flag("--report", report_,
                 "With basin.aquifer=groundwater: also a page with maps, balances, levels and discharge");
  }
  int run() override {
    const basin::Basin basin = basin::make_basin(read_basin());
    basin::write_basin(basin, out_);
    if (basin.ground) {
      fmt::print("{} x {} cells, {} layers, {} river cells, {} gauges\n", basin.ground->land.shape.rows,
                 basin.ground->land.shape.columns, basin.ground->land.layers,
                 basin.ground->land.reaches.size(), basin.ground->gauges.size());
      if (basin.ground->days_not_converged > 0)
        fmt::print(stderr, "phreatic: the groundwater engine did not converge on {} days\n",
                   basin.ground->days_not_converged);
    }
    if (basin.ground && report_) {
      const std::filesystem::path page = std::filesystem::path(out_) / "report.html";
      const report::Report report =
          studies::basin_page(basin, "phreatic basin " + study_ + " --out " + out_ + " --report");
      report::write_html(report, page);
      for (const std::string& warning : report::write_figures(
               report, page.parent_path() / "figures", {.widths_mm = {180}, .formats = {"svg", "png"}}))
        fmt::print(stderr, "phreatic: {}\n", warning);
      fmt::print("{}\n", page.string());
    }
    fmt::print("{} wells, {} days: {}\n", basin.wells.size(), basin.axis.size(), out_);
    return kDone;
  }

 private:
  // The 'basin' block alone: the rest of the study is its kind's.
  basin::BasinParams read_basin() const {
    const studies::StudyFile study = studies::read_study(study_, settings_);
    basin::BasinParams params;
    const core::Node* block = study.tree.root.find("basin");
    if (block == nullptr) return params;
    core::Problems problems;
    core::read_params(core::Tree{study.path, *block}, params, problems);
    problems.throw_if_any();
    return params;
  }

  std::string study_;
  std::string out_;
  std::vector<std::string> settings_;
  bool report_ = false;
};

}  // namespace

std::unique_ptr<Command> make_basin_command() { return std::make_unique<BasinCommand>(); }

}  // namespace phreatic::cli
