// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/files/folder_lock.hpp"
#include "phreatic/flow/mf6/checkpoint.hpp"
#include "phreatic/flow/mf6/results/geotiff_heads.hpp"
#include "phreatic/flow/mf6/results/netcdf_heads.hpp"
#include "phreatic/flow/mf6/results/output_plan.hpp"
#include "phreatic/flow/mf6/results/run_outputs.hpp"

namespace phreatic::flow::mf6 {
namespace {

namespace fs = std::filesystem;

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string settings_text(const RunRequest& r) {
  const EngineOptions& e = r.engine;
  return fmt::format("{} {} {} {} {} {} {} {} {} {}", r.name_file, r.save_all, r.keep_arrays,
                     e.head_tolerance, e.balance_tolerance, e.follow_reference_path, e.extrapolate,
                     e.single_precision, e.multigrid, PHREATIC_VERSION);
}

class Runner {
 public:
  Runner(const RunRequest& request, core::Context& context)
      : request_(request), context_(context), out_(request.out.empty() ? request.folder : request.out) {}

  RunSummary run() {
    const double begin = now_s();
    ReadResult read = read_simulation(
        {.folder = request_.folder, .name_file = request_.name_file, .keep_arrays = request_.keep_arrays});
    if (request_.save_all) save_everything(read.model);
    for (const std::string& note : read.notes) context_.log.info("note: " + note);
    check_grids_on_request(read.model);
    check_outputs(request_, read);
    const core::FolderLock lock(out_);
    remove_left_parts();
    const fs::path state_file = out_ / kStateFile;
    const std::string mark = fingerprint(request_.folder, read.files, settings_text(request_));
    std::optional<Checkpoint> from;
    if (request_.resume) from = checkpoint_of(state_file, mark);
    const Observer observer(read.model);
    Simulation simulation(std::move(read.model), request_.engine);
    const Model& model = simulation.model();
    describe(read, model);
    if (from) restore(simulation, *from);
    write_record("running", {});
    RunOutputs outputs(request_, model, observer, from ? &*from : nullptr);
    outputs.start(read);
    summary_.read_s = now_s() - begin;
    loop(simulation, outputs, mark, state_file);
    summary_.run_s = now_s() - begin - summary_.read_s;
    summary_.memory_bytes = simulation.memory_bytes();
    finish(outputs, model, state_file);
    return summary_;
  }

 private:
  static void save_everything(Model& model) {
    model.save_flows = model.storage.save_flows = true;
    for (Package& package : model.packages) package.save_flows = true;
  }

  // What cannot be written in the end is said before anything is.
  void check_grids_on_request(Model& model) const {
    if (request_.netcdf.empty() && request_.geotiff.empty()) return;
    const std::vector<OutputPeriod>& periods = model.output.periods;
    if (!request_.save_all &&
        std::none_of(periods.begin(), periods.end(), [](const OutputPeriod& p) { return p.save_head.any(); }))
      throw core::InputError({.where = request_.netcdf.empty() ? "--geotiff" : "--netcdf",
                              .what = "the output control saves no heads",
                              .mend = "Add --save all"});
    if (!request_.crs.empty()) model.grid.crs = request_.crs;
    if (!request_.geotiff.empty()) check_geotiff(model.grid);
  }

  void write_grids_on_request(const std::string& head_file, const Model& model) {
    if (!request_.netcdf.empty()) {
      write_netcdf_heads(head_file, model, request_.netcdf);
      summary_.files.push_back(request_.netcdf.string());
    }
    if (request_.geotiff.empty()) return;
    for (const fs::path& file : write_geotiff_heads(head_file, model, request_.geotiff))
      summary_.files.push_back(file.string());
  }

  void describe(const ReadResult& read, const Model& model) {
    summary_.model = model.name;
    summary_.notes = read.notes;
    summary_.cells = model.grid.cells();
    for (std::size_t n = 0; n < summary_.cells; ++n) summary_.active += model.grid.idomain[n] > 0 ? 1 : 0;
  }

  std::optional<Checkpoint> checkpoint_of(const fs::path& file, const std::string& mark) {
    std::optional<Checkpoint> from = read_checkpoint(file);
    if (!from) {
      context_.log.info(fmt::format("{}: no interrupted run here; starting anew", out_.string()));
    } else if (from->fingerprint != mark) {
      throw core::InputError({.file = file.string(),
                              .what = "the interrupted run had other input files or settings",
                              .mend = "Run without --resume"});
    }
    return from;
  }

  void restore(Simulation& simulation, const Checkpoint& from) {
    simulation.restore(from.state);
    const std::vector<double>& c = from.counts;
    summary_.steps = static_cast<std::size_t>(c.at(0));
    summary_.not_converged = static_cast<std::size_t>(c.at(1));
    summary_.outer = static_cast<std::size_t>(c.at(2));
    summary_.inner = static_cast<std::size_t>(c.at(3));
    summary_.worst_balance_percent = c.at(4);
  }

  void loop(Simulation& simulation, RunOutputs& outputs, const std::string& mark,
            const fs::path& state_file) {
    std::size_t total = 0;
    for (const StressPeriod& p : simulation.model().periods) total += static_cast<std::size_t>(p.nstp);
    core::Progress progress("Time steps", total, "steps", context_.show_progress);
    progress.advance(summary_.steps);
    double saved = now_s();
    summary_.complete = true;
    while (!simulation.finished()) {
      const StepReport& report = simulation.advance();
      outputs.step(simulation, report);
      count(report);
      if (request_.after_step) request_.after_step(report);
      progress.advance(1, fmt::format("period {}", report.time.period + 1));
      if (!go_on(report, simulation.model())) return;
      const bool wanted = core::interrupted() || now_s() - saved > request_.checkpoint_s;
      if (wanted && simulation.restarts_exactly()) {
        Checkpoint checkpoint = outputs.checkpoint();
        checkpoint.fingerprint = mark;
        checkpoint.state = simulation.save();
        checkpoint.counts = {static_cast<double>(summary_.steps), static_cast<double>(summary_.not_converged),
                             static_cast<double>(summary_.outer), static_cast<double>(summary_.inner),
                             summary_.worst_balance_percent};
        write_checkpoint(state_file, checkpoint);
        saved = now_s();
        core::throw_if_interrupted();
      }
    }
  }

  void count(const StepReport& report) {
    ++summary_.steps;
    summary_.outer += static_cast<std::size_t>(report.outer_iterations);
    summary_.inner += static_cast<std::size_t>(report.inner_iterations);
    summary_.worst_balance_percent =
        std::max(summary_.worst_balance_percent, std::abs(report.balance_percent));
  }

  bool go_on(const StepReport& report, const Model& model) {
    if (!report.warning.empty()) warn(report.warning);
    if (report.status == StepStatus::converged) return true;
    ++summary_.not_converged;
    const std::string what =
        fmt::format("period {}, step {}: {}", report.time.period + 1, report.time.step + 1, report.message);
    const bool may_go_on =
        report.status == StepStatus::not_converged || report.status == StepStatus::unbalanced;
    if (may_go_on && model.solver.continue_unconverged) {
      context_.log.warn(what + " (going on: CONTINUE)");
      return true;
    }
    summary_.complete = false;
    summary_.stopped = what;
    return false;
  }

  // Of writers that were killed: ours alone, known by their names.
  void remove_left_parts() const {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(out_, ignored)) {
      const std::string name = entry.path().filename().string();
      for (const std::string ours : {kStateFile, kRecordFile}) {
        if (name.rfind(ours + ".part", 0) == 0) fs::remove(entry.path(), ignored);
      }
    }
  }

  // Files in the output folder by their names in it, so that the folder can be moved.
  std::string shown(const std::string& file) const {
    if (file.empty()) return file;
    const std::string name = name_in(out_, file);
    return name.rfind("..", 0) == 0 ? file : name;
  }
  std::vector<std::string> shown(const std::vector<std::string>& files) const {
    std::vector<std::string> out;
    for (const std::string& file : files) out.push_back(shown(file));
    return out;
  }

  // The record says from the start whether the results beside it are whole.
  void write_record(const char* state, const nlohmann::ordered_json& files) const {
    nlohmann::ordered_json record = {{"program", std::string("phreatic ") + PHREATIC_VERSION},
                                     {"model", summary_.model},
                                     {"input", request_.folder.string()},
                                     {"name_file", request_.name_file},
                                     {"state", state},
                                     {"complete", std::string(state) == "complete"},
                                     {"steps", summary_.steps},
                                     {"not_converged", summary_.not_converged},
                                     {"outer_iterations", summary_.outer},
                                     {"inner_iterations", summary_.inner},
                                     {"worst_balance_percent", summary_.worst_balance_percent},
                                     {"warned", summary_.warned},
                                     {"warnings", summary_.warnings},
                                     {"read_s", summary_.read_s},
                                     {"run_s", summary_.run_s}};
    for (const auto& [key, value] : files.items()) record[key] = value;
    record["notes"] = summary_.notes;
    core::write_file_atomic(out_ / kRecordFile, record.dump(2) + "\n");
  }

  // Said on the screen as it comes, and kept for the record; the first hundred are enough.
  void warn(const std::string& what) {
    constexpr std::size_t kKept = 100;
    ++summary_.warned;
    if (summary_.warnings.size() >= kKept) return;
    context_.log.warn(what);
    summary_.warnings.push_back(what);
  }

  void finish(RunOutputs& outputs, const Model& model, const fs::path& state_file) {
    outputs.finish(summary_.complete ? "Normal termination of simulation."
                                     : "The run stopped: " + summary_.stopped);
    summary_.files = outputs.files();
    write_grids_on_request(outputs.head_file(), model);
    write_record(summary_.complete ? "complete" : "stopped",
                 {{"head_file", shown(outputs.head_file())},
                  {"budget_file", shown(outputs.budget_file())},
                  {"observation_files", shown(outputs.observation_files())},
                  {"files", shown(summary_.files)}});
    std::error_code ignored;
    fs::remove(state_file, ignored);
  }

  const RunRequest& request_;
  core::Context& context_;
  fs::path out_;
  RunSummary summary_;
};

}  // namespace

fs::path output_path(const RunRequest& request, const std::string& name) {
  std::string clean = name;
  std::replace(clean.begin(), clean.end(), '\\', '/');
  const fs::path path = fs::path(clean).lexically_normal();
  if (request.out.empty()) return (request.folder / path).lexically_normal();
  // Elsewhere: nothing may lead out of the chosen folder.
  if (path.is_absolute() || (!path.empty() && *path.begin() == "..")) return request.out / path.filename();
  return (request.out / path).lexically_normal();
}

RunSummary run_simulation(const RunRequest& request, core::Context& context) {
  return Runner(request, context).run();
}

}  // namespace phreatic::flow::mf6
