// SPDX-License-Identifier: BSD-3-Clause
// flow plot: head maps, water balance and hydrographs of a run as SVG, PNG and a page.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "cli/command.hpp"
#include "cli/flow_parts.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/studies/pages/flow_page.hpp"

namespace phreatic::cli {
namespace {

namespace fs = std::filesystem;

class FlowPlot : public FlowPart {
 public:
  void add(CLI::App& flow) override {
    app_ = flow.add_subcommand("plot", "Draw head maps, water balance and hydrographs of a run");
    app_->add_option("RUN", run_, "Folder of a run")->required();
    app_->add_option("--out", out_, "Folder for the page and the figures; default: RUN");
  }
  int run() override {
    const report::Report report = studies::flow_page(run_);
    const fs::path out = out_.empty() ? fs::path(run_) : fs::path(out_);
    core::make_folder(out);
    report::write_html(report, out / "report.html");
    for (const std::string& warning :
         report::write_figures(report, out / "figures", {.widths_mm = {180}, .formats = {"svg", "png"}}))
      fmt::print(stderr, "phreatic: {}\n", warning);
    fmt::print("{}\n{}\n", (out / "report.html").string(), (out / "figures").string());
    return kDone;
  }

 private:
  std::string run_, out_;
};

}  // namespace

std::unique_ptr<FlowPart> make_flow_plot() { return std::make_unique<FlowPlot>(); }

}  // namespace phreatic::cli
