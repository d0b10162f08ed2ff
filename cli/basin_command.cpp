// SPDX-License-Identifier: BSD-3-Clause
// basin: the virtual wells of a study as ordinary input files; basin lowland: a catchment as a MODFLOW 6 folder.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "cli/command.hpp"
#include "phreatic/basin/groundwater/run.hpp"
#include "phreatic/basin/lowland/lowland.hpp"
#include "phreatic/basin/write_basin.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/mf6/writer.hpp"
#include "phreatic/report/report.hpp"
#include "phreatic/studies/engine/study_file.hpp"
#include "phreatic/studies/pages/basin_page.hpp"

namespace phreatic::cli {
namespace {

// `phreatic basin lowland DIR`
class LowlandPart {
 public:
  void add(CLI::App& basin) {
    app_ = basin.add_subcommand("lowland", "Write a lowland catchment as a MODFLOW 6 folder");
    app_->add_option("DIR", out_, "Folder to write to, made when it is missing")->required();
    app_->add_option("--size", size_,
                     "small: 6 x 7 km, 3 layers, that of `phreatic init recharge`; "
                     "full: 20.8 x 36.8 km (765 km2), 15 layers")
        ->check(CLI::IsMember({"small", "full"}))
        ->capture_default_str();
    app_->add_option("--cell", cell_m_, "Side of a cell in metres; default: 100 (small), 25 (full)");
    app_->add_flag("--merged", merged_, "With --size full: three layers in place of 15");
    app_->add_option("--set", settings_,
                     "Replace a setting: --set seed=7 (repeatable); lowland.yml has them all")
        ->type_name("KEY=VALUE");
    app_->add_flag("--binary", binary_, "Arrays of cells in binary files");
    app_->add_flag("--force", force_, "Write over the model that the folder holds");
    app_->footer(
        "Writes DIR/mfsim.nam and the model's files, and DIR/lowland.yml with every setting. The first "
        "stress "
        "period is steady; then come months from 1 September on. `phreatic flow run DIR` runs it.");
  }
  bool chosen() const { return app_ != nullptr && app_->parsed(); }
  int run() {
    const basin::LowlandParams params = read();
    if (!force_ && std::filesystem::exists(std::filesystem::path(out_) / "mfsim.nam"))
      throw core::InputError({.file = out_,
                              .what = "holds a model already",
                              .mend = "Name another folder, or give --force to write over it"});
    const flow::Model model = basin::lowland_model(params);
    flow::mf6::write_simulation(model, out_, {.binary_arrays = binary_});
    core::write_file_atomic(std::filesystem::path(out_) / "lowland.yml", core::to_yaml(params));
    fmt::print("{} layers x {} x {} cells of {:g} m, {} stress periods: {}\n", model.grid.nlay, params.rows,
               params.columns, params.cell_m, model.periods.size(), out_);
    return kDone;
  }

 private:
  basin::LowlandParams read() const {
    basin::LowlandParams params = size_ == "full" ? basin::large_lowland(merged_) : basin::LowlandParams{};
    if (merged_ && size_ != "full")
      throw core::InputError({.where = "--merged",
                              .what = "has no layers to merge with --size small",
                              .allowed = "--size full"});
    if (cell_m_ > 0) basin::set_cell(params, cell_m_);
    std::string text;
    for (const std::string& setting : settings_) {
      const auto at = setting.find('=');
      if (at == std::string::npos)
        throw core::InputError({.where = "--set", .what = setting, .allowed = "KEY=VALUE"});
      text += setting.substr(0, at) + ": " + setting.substr(at + 1) + "\n";
    }
    if (text.empty()) return params;
    core::Problems problems;
    core::read_params(core::parse_yaml(text, "--set"), params, problems);
    problems.throw_if_any();
    return params;
  }

  CLI::App* app_ = nullptr;
  std::string out_;
  std::string size_ = "small";
  double cell_m_ = 0;
  bool merged_ = false;
  bool binary_ = false;
  bool force_ = false;
  std::vector<std::string> settings_;
};

class BasinCommand : public Command {
 public:
  std::string name() const override { return "basin"; }
  std::string summary() const override {
    return "Write a virtual basin: the wells of a study with the truth about them, or a lowland catchment";
  }
  void add_options(CLI::App& app) override {
    app.add_option("STUDY", study_, "Study file with a 'basin' block");
    app.add_option("-o,--out", out_, "Folder to write to");
    app.add_option("--set", settings_, "Replace a setting: --set basin.seed=7 (repeatable)")
        ->type_name("KEY=VALUE");
    app.add_flag("--report", report_,
                 "With basin.aquifer=groundwater: also a page with maps, balances, levels and discharge");
    lowland_.add(app);
  }
  int run() override {
    if (lowland_.chosen()) return lowland_.run();
    if (study_.empty() || out_.empty())
      throw core::InputError(
          {.where = "phreatic basin",
           .what = "needs a study file and --out FOLDER",
           .mend = "phreatic basin STUDY.yml --out FOLDER, or phreatic basin lowland FOLDER"});
    const basin::Basin basin = basin::make_and_write_basin(read_basin(), out_);
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

  LowlandPart lowland_;
  std::string study_;
  std::string out_;
  std::vector<std::string> settings_;
  bool report_ = false;
};

}  // namespace

std::unique_ptr<Command> make_basin_command() { return std::make_unique<BasinCommand>(); }

}  // namespace phreatic::cli
