// SPDX-License-Identifier: BSD-3-Clause
// flow adjoint: sensitivities of a groundwater model by one sweep backward.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "cli/command.hpp"
#include "cli/flow_parts.hpp"
#include "phreatic/core/context.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/studies/pages/adjoint_page.hpp"

namespace phreatic::cli {
namespace {

namespace fs = std::filesystem;

class FlowAdjoint : public FlowPart {
 public:
  void add(CLI::App& flow) override {
    app_ = flow.add_subcommand(
        "adjoint",
        "Sensitivities of a MODFLOW 6 model: how heads, flows and storage depend on recharge, wells, "
        "conductivity, "
        "storage, stages ... in every cell and period, from one run forward and one backward");
    app_->add_option("STUDY", study_, "Study file (YAML), see below")->required();
    app_->add_option("-o,--out", out_, "Folder for maps, tables and the page")->required();
    app_->add_flag("--no-report", no_report_, "No page");
    app_->add_flag("--figures", figures_, "Also the page's charts as SVG and PNG, in figures/");
    app_->add_flag("--quiet", quiet_, "No progress, no notes");
    app_->footer([] {
      return flow::mf6::adjoint_example() +
             "\nWritten: sensitivities.csv (sums), bounds.csv (every bound and barrier), maps.nc (every "
             "cell), "
             "recharge.csv and recharge.nc, geotiff/ when asked for, report.html.\n"
             "Exit code 0: done. 1: a step of the forward run did not converge, or the disk refused. 2: bad "
             "input, "
             "all of it listed.";
    });
  }
  int run() override {
    core::Log log(quiet_);
    core::Context context{log, !quiet_};
    const flow::mf6::AdjointStudy study = flow::mf6::read_adjoint_study(study_);
    const flow::mf6::AdjointRun run = flow::mf6::run_adjoint_study(study, study_, out_, context);
    if (run.sensitivities) {
      for (const flow::MeasureSensitivity& m : run.sensitivities->measures)
        fmt::print("{} = {:.8g}\n", m.name, m.value);
    }
    fmt::print("{} steps; forward {:.2f} s, backward {:.2f} s of processor time; {:.0f} MB beside the model",
               run.steps, run.forward_s, run.backward_s, 1e-6 * static_cast<double>(run.memory_bytes));
    if (run.scratch_bytes > 0)
      fmt::print(", {:.0f} MB in the scratch file", 1e-6 * static_cast<double>(run.scratch_bytes));
    fmt::print("\n");
    for (const std::string& file : run.files) fmt::print("  {}\n", file);
    if (no_report_) return kDone;
    const fs::path page = fs::path(out_) / "report.html";
    const report::Report report =
        studies::adjoint_page(run, "phreatic flow adjoint " + study_ + " --out " + out_);
    report::write_html(report, page);
    if (figures_) {
      for (const std::string& warning : report::write_figures(
               report, fs::path(out_) / "figures", {.widths_mm = {180}, .formats = {"svg", "png"}}))
        fmt::print(stderr, "phreatic: {}\n", warning);
    }
    fmt::print("  {}\n", page.string());
    return kDone;
  }

 private:
  std::string study_, out_;
  bool no_report_ = false;
  bool figures_ = false;
  bool quiet_ = false;
};

}  // namespace

std::unique_ptr<FlowPart> make_flow_adjoint() { return std::make_unique<FlowAdjoint>(); }

}  // namespace phreatic::cli
