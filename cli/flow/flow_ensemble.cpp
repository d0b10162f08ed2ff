// SPDX-License-Identifier: BSD-3-Clause
// flow ensemble: many scenarios of one groundwater model.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/command.hpp"
#include "cli/flow/flow_parts.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/flow/ensemble/study.hpp"

namespace phreatic::cli {
namespace {

class FlowEnsemble : public FlowPart {
 public:
  void add(CLI::App& flow) override {
    app_ = flow.add_subcommand("ensemble", "Run many scenarios of one MODFLOW 6 model");
    app_->add_option("STUDY", study_, "Study file: model, dates, scenarios");
    app_->add_option("-o,--out", out_, "Folder for the results, one file for every block of scenarios");
    app_->add_flag("--resume", request_.resume,
                   "Keep the blocks that are there and compute the missing ones");
    app_->add_option("--task", task_, "K/N: compute the K-th of every N blocks only (arrays of a scheduler)")
        ->type_name("K/N");
    app_->add_flag(
        "--mpi", mpi_,
        "Share the blocks with the other processes of a job of Open MPI: mpirun -n N phreatic ... --mpi");
    app_->add_flag("--settings", settings_, "Print every setting of the study file and end");
    app_->add_flag("--quiet", quiet_, "No progress, no notes");
    app_->footer(
        "Exit code 0: done. 1: a scenario failed, also with smaller steps, or the disk refused. 2: bad "
        "input, all of it "
        "listed.");
  }

  int run() override {
    if (settings_) return print_settings();
    if (study_.empty() || out_.empty())
      throw core::InputError(core::Problem{.where = "flow ensemble", .what = "STUDY and --out are needed"});
    request_.study_file = study_;
    request_.out = out_;
    read_task();
    join_job();
    const bool speaks = dealer_ == nullptr || dealer_->first();
    core::Log log(quiet_ || !speaks);
    core::Context context{log, !quiet_ && speaks};
    const flow::EnsembleSummary s = flow::run_ensemble_study(request_, context);
    if (dealer_ != nullptr) dealer_->leave();
    if (speaks) tell(s);
    return s.failed == 0 ? kDone : kFailed;
  }

 private:
  void join_job() {
    const int processes = flow::mpi_job_size();
    if (!mpi_ && processes > 1)
      throw core::InputError(
          {.where = "flow ensemble",
           .what = fmt::format("mpirun has started {} of this, and each would compute all blocks", processes),
           .mend = "Add --mpi"});
    if (!mpi_) return;
    if (!task_.empty())
      throw core::InputError(
          {.where = "--mpi", .what = "cannot be used with --task", .mend = "Leave one of them out"});
    dealer_ = flow::join_mpi_job();
    request_.dealer = dealer_.get();
  }

  static void tell(const flow::EnsembleSummary& s) {
    if (s.files.size() == s.done_now) {  // else they are those of this process alone
      for (const std::filesystem::path& file : s.files) fmt::print("  {}\n", file.string());
    }
    fmt::print("{} blocks: {} computed, {} were there, {} left to other tasks\n", s.blocks, s.done_now,
               s.done_before, s.left);
    if (s.failed > 0) fmt::print(stderr, "phreatic: {} scenarios failed; their blocks say why\n", s.failed);
  }

  void read_task() {
    if (task_.empty()) return;
    int used = 0;
    if (std::sscanf(task_.c_str(), "%d/%d%n", &request_.task, &request_.tasks, &used) != 2 ||
        static_cast<std::size_t>(used) != task_.size())
      throw core::InputError({.where = "--task", .what = task_, .allowed = "K/N, for example 3/10"});
  }

  static int print_settings() {
    for (const core::FieldRow& row : core::field_table(flow::EnsembleStudy{}))
      fmt::print("{:<36} {:<12} {:<8} {}\n", row.path, row.default_value, row.unit, row.help);
    return kDone;
  }

  flow::EnsembleRequest request_;
  std::string study_, out_, task_;
  bool settings_ = false, quiet_ = false, mpi_ = false;
  std::unique_ptr<flow::BlockDealer> dealer_;
};

}  // namespace

std::unique_ptr<FlowPart> make_flow_ensemble() { return std::make_unique<FlowEnsemble>(); }

}  // namespace phreatic::cli
