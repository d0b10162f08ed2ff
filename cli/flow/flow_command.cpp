// SPDX-License-Identifier: BSD-3-Clause
// flow: run, check and compare MODFLOW 6 groundwater models.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "cli/command.hpp"
#include "cli/flow/flow_parts.hpp"
#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/flow/mf6/run.hpp"
#include "phreatic/flow/mf6/writer.hpp"

namespace phreatic::cli {
namespace {

void add_keep_arrays(CLI::App& app, bool& target) {
  app.add_flag(
      "--keep-arrays", target,
      "Auxiliary arrays and time-array series of RCH and EVT that a PERIOD block does not name "
      "stay as they were (MODFLOW 6 before 6.4.3 and after 6.7); default: reset, as MODFLOW 6.6.2 does");
}

class FlowRun : public FlowPart {
 public:
  void add(CLI::App& flow) override {
    app_ = flow.add_subcommand("run", "Run a MODFLOW 6 simulation folder");
    app_->add_option("DIR", folder_, "Simulation folder")->required();
    app_->add_option("--nam", request_.name_file, "Simulation name file in the folder")
        ->capture_default_str();
    app_->add_option("--out", out_,
                     "Folder for everything that is written; default: where the output control says, in DIR");
    app_->add_option("--save", save_,
                     "oc: heads and budget as the output control says; all: of every step, all terms")
        ->check(CLI::IsMember({"oc", "all"}))
        ->capture_default_str();
    app_->add_option("--netcdf", netcdf_, "Also write the saved heads as NetCDF to this file")
        ->type_name("FILE");
    app_->add_option("--geotiff", geotiff_,
                     "Also write the saved heads as GeoTIFF into this folder: a file for every saved step, a "
                     "band for every layer; the cells must be equally wide")
        ->type_name("FOLDER");
    app_->add_option("--crs", request_.crs,
                     "Coordinate system of the GeoTIFF files, for example EPSG:28992; default: CRS of the "
                     "model's DIS file")
        ->type_name("TEXT");
    add_keep_arrays(*app_, request_.keep_arrays);
    app_->add_flag("--resume", request_.resume,
                   "Go on from the last checkpoint of a run that was interrupted");
    app_->add_option("--checkpoint", request_.checkpoint_s, "Seconds between checkpoints")
        ->capture_default_str();
    app_->add_option("--head-tolerance", request_.engine.head_tolerance,
                     "Outer iterations go on until heads change by less than this or OUTER_DVCLOSE")
        ->capture_default_str();
    app_->add_flag("--multigrid", request_.engine.multigrid,
                   "Multigrid as preconditioner: a third of the iterations for more memory; measured slower "
                   "up to 3 million cells");
    app_->add_flag("--quiet", quiet_, "No progress, no notes");
    app_->footer(
        "Exit code 0: done. 1: a time step did not converge (the listing says where), or the disk refused. "
        "2: "
        "bad or unsupported input, all of it listed.");
  }
  int run() override {
    core::Log log(quiet_);
    core::Context context{log, !quiet_};
    request_.folder = folder_;
    request_.out = out_;
    request_.netcdf = netcdf_;
    request_.geotiff = geotiff_;
    request_.save_all = save_ == "all";
    const flow::mf6::RunSummary s = flow::mf6::run_simulation(request_, context);
    fmt::print(
        "{}: {} cells ({} active), {} steps, {} outer and {} inner iterations, worst balance {:.2g} %\n",
        s.model, s.cells, s.active, s.steps, s.outer, s.inner, s.worst_balance_percent);
    fmt::print("read {:.2f} s, run {:.2f} s, {:.0f} MB\n", s.read_s, s.run_s,
               static_cast<double>(s.memory_bytes) / 1e6);
    for (const std::string& file : s.files) fmt::print("  {}\n", file);
    if (s.warned > 0)
      fmt::print(stderr, "phreatic: warning: the balance of {} steps is off by more than {} %; first: {}\n",
                 s.warned, flow::kBalanceWarning, s.warnings.front());
    if (!s.complete) {
      fmt::print(stderr, "phreatic: the run stopped at {}\n", s.stopped);
      return kFailed;
    }
    if (s.not_converged > 0)
      fmt::print(stderr, "phreatic: {} steps did not converge (CONTINUE is set)\n", s.not_converged);
    return kDone;
  }

 private:
  flow::mf6::RunRequest request_;
  std::string folder_, out_, netcdf_, geotiff_;
  std::string save_ = "oc";
  bool quiet_ = false;
};

class FlowCheck : public FlowPart {
 public:
  void add(CLI::App& flow) override {
    app_ = flow.add_subcommand("check",
                               "Tell everything that is wrong with a MODFLOW 6 folder, without running it");
    app_->add_option("DIR", folder_, "Simulation folder")->required();
    app_->add_option("--nam", name_file_, "Simulation name file in the folder")->capture_default_str();
    add_keep_arrays(*app_, keep_arrays_);
  }
  int run() override {
    const flow::mf6::ReadResult read =
        flow::mf6::read_simulation({.folder = folder_, .name_file = name_file_, .keep_arrays = keep_arrays_});
    flow::check_model(read.model);
    flow::mf6::RunRequest request;
    request.folder = folder_;
    flow::mf6::check_outputs(request, read);
    const flow::Model& m = read.model;
    std::size_t steps = 0;
    for (const flow::StressPeriod& p : m.periods) steps += static_cast<std::size_t>(p.nstp);
    fmt::print("{}: {} layers, {} rows, {} columns; {} stress periods, {} steps; {} files\n", m.name,
               m.grid.nlay, m.grid.nrow, m.grid.ncol, m.periods.size(), steps, read.files.size());
    for (const flow::Package& p : m.packages) fmt::print("  {} {}\n", p.text, p.name);
    for (const std::string& note : read.notes) fmt::print("note: {}\n", note);
    fmt::print("{}: no problem found\n", folder_);
    return kDone;
  }

 private:
  std::string folder_;
  std::string name_file_ = "mfsim.nam";
  bool keep_arrays_ = false;
};

class FlowWrite : public FlowPart {
 public:
  void add(CLI::App& flow) override {
    app_ = flow.add_subcommand("write", "Write a MODFLOW 6 folder anew, as Phreatic has understood it");
    app_->add_option("DIR", folder_, "Simulation folder")->required();
    app_->add_option("OUT", out_, "Folder for the new files")->required();
    app_->add_option("--nam", name_file_, "Simulation name file in the folder")->capture_default_str();
    add_keep_arrays(*app_, keep_arrays_);
    app_->add_flag("--binary", options_.binary_arrays, "Arrays of cells in binary files");
  }
  int run() override {
    const flow::mf6::ReadResult read =
        flow::mf6::read_simulation({.folder = folder_, .name_file = name_file_, .keep_arrays = keep_arrays_});
    if (std::filesystem::exists(out_) && std::filesystem::equivalent(folder_, out_))
      throw core::InputError(
          {.where = "OUT", .what = "is the input folder itself", .mend = "Choose another"});
    flow::mf6::write_simulation(read.model, out_, options_);
    fmt::print("{}\n", (std::filesystem::path(out_) / "mfsim.nam").string());
    return kDone;
  }

 private:
  std::string folder_, out_;
  std::string name_file_ = "mfsim.nam";
  bool keep_arrays_ = false;
  flow::mf6::WriteOptions options_;
};

class FlowCommand : public Command {
 public:
  FlowCommand() {
    parts_.push_back(std::make_unique<FlowRun>());
    parts_.push_back(std::make_unique<FlowCheck>());
    parts_.push_back(make_flow_compare());
    parts_.push_back(make_flow_ensemble());
    parts_.push_back(make_flow_plot());
    parts_.push_back(make_flow_adjoint());
    parts_.push_back(std::make_unique<FlowWrite>());
  }
  std::string name() const override { return "flow"; }
  std::string summary() const override {
    return "Run, check, compare, plot, differentiate and write MODFLOW 6 groundwater models, and ensembles "
           "of "
           "scenarios";
  }
  void add_options(CLI::App& app) override {
    app.require_subcommand(1);
    for (const auto& part : parts_) part->add(app);
  }
  int run() override {
    for (const auto& part : parts_) {
      if (part->chosen()) return part->run();
    }
    return kBadInput;
  }

 private:
  std::vector<std::unique_ptr<FlowPart>> parts_;
};

}  // namespace

bool FlowPart::chosen() const { return app_ != nullptr && app_->parsed(); }

std::unique_ptr<Command> make_flow_command() { return std::make_unique<FlowCommand>(); }

}  // namespace phreatic::cli
