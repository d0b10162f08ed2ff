// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files.hpp"
#include "phreatic/core/folder_lock.hpp"
#include "phreatic/flow/mf6/binary_files.hpp"
#include "phreatic/flow/mf6/checkpoint.hpp"
#include "phreatic/flow/mf6/geotiff_heads.hpp"
#include "phreatic/flow/mf6/listing.hpp"
#include "phreatic/flow/mf6/netcdf_heads.hpp"
#include "phreatic/flow/mf6/observations.hpp"
#include "phreatic/flow/mf6/output_plan.hpp"
#include "phreatic/flow/mf6/package_outputs.hpp"

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

// Observations of every step: CSV, or MODFLOW 6's binary layout (mf6io, "Binary observation output").
struct ObservationFile {
  AppendFile file;
  std::vector<std::size_t> observations;  // of the model's
  bool binary = false;
};

std::string observation_header(const std::vector<const Observation*>& list) {
  if (!list.front()->binary) {
    std::string header = "time";
    for (const Observation* one : list) header += "," + one->name;
    return header + "\n";
  }
  constexpr std::size_t kNameLength = 40;
  std::string header = fmt::format("cont double{:>4}", kNameLength);
  header.resize(100, ' ');
  const auto count = static_cast<std::int32_t>(list.size());
  header.append(reinterpret_cast<const char*>(&count), sizeof count);
  for (const Observation* one : list) header += fmt::format("{:<{}.{}}", one->name, kNameLength, kNameLength);
  return header;
}

std::string observation_row(bool binary, const std::vector<double>& time_and_values) {
  if (!binary) return fmt::format("{}\n", fmt::join(time_and_values, ","));
  return std::string(reinterpret_cast<const char*>(time_and_values.data()),
                     time_and_values.size() * sizeof(double));
}

// The output files of a run, growing step by step.
class Outputs {
 public:
  Outputs(const RunRequest& request, const Model& model, const Observer& observer, const Checkpoint* from)
      : request_(request),
        model_(model),
        observer_(observer),
        from_(from),
        folder_(request.out.empty() ? request.folder : request.out) {
    const OutputPlan plan = plan_outputs(request, model);
    const OutputControl& output = plan.control;
    if (from_ == nullptr) try_outputs(plan.files);
    if (plan.heads) heads_ = open(output.head_file);
    if (plan.budget) budget_ = open(output.budget_file);
    list_ = open(output.list_file);
    if (!output.budget_csv_file.empty()) csv_ = open(output.budget_csv_file);
    if (!output.grid_file.empty() && from_ == nullptr)
      write_grid(output_path(request_, output.grid_file), model.grid, model.flow.icelltype);
    if (!output.grid_file.empty()) other_files_.push_back(output_path(request_, output.grid_file).string());
    packages_ = std::make_unique<PackageOutputs>(model, from == nullptr,
                                                 [this](const std::string& name) { return open(name); });
    std::map<std::string, std::vector<std::size_t>> observations;
    for (std::size_t i = 0; i < model.observations.size(); ++i)
      observations[model.observations[i].file].push_back(i);
    for (const auto& [name, list] : observations) open_observations(name, list);
    if (from_ != nullptr) volumes_.restore(from_->budget);
  }

  void start(const ReadResult& read) {
    if (from_ != nullptr) return;
    list_->write(fmt::format(
        "Phreatic {} running the MODFLOW 6 model {}\n{} layers, {} rows, {} columns, {} stress periods\n",
        PHREATIC_VERSION, model_.name, model_.grid.nlay, model_.grid.nrow, model_.grid.ncol,
        model_.periods.size()));
    for (const std::string& note : read.notes) list_->write("note: " + note + "\n");
    list_->write("\n" + solver_header());
  }

  void step(const Simulation& simulation, const StepReport& report) {
    const StepTime& time = report.time;
    const OutputPeriod* rules = model_.output.at(time.period);
    const bool save_heads = request_.save_all || (rules != nullptr && rules->save_head.selects(time));
    const bool save_budget = request_.save_all || (rules != nullptr && rules->save_budget.selects(time));
    if (heads_ && save_heads) write_heads(*heads_, model_.grid, time, simulation.heads());
    if (budget_ && save_budget) write_budget(*budget_, simulation, time);
    packages_->step(simulation, time, save_heads, save_budget);
    list_->write(solver_line(report, model_.grid));
    volumes(simulation, report, rules);
    if (observation_files_.empty()) return;
    const std::vector<double> observed = observer_.values(simulation);
    for (ObservationFile& one : observation_files_) {
      std::vector<double> row = {time.end};
      for (const std::size_t i : one.observations) row.push_back(observed[i]);
      one.file.write(observation_row(one.binary, row));
    }
  }

  void finish(const std::string& last_line) {
    list_->write("\n" + last_line + "\n");
    flush();
  }

  Checkpoint checkpoint() {
    flush();
    Checkpoint out;
    for (const AppendFile* file : all()) out.files.emplace_back(name_in(folder_, file->path()), file->size());
    out.budget = volumes_.rows();
    return out;
  }

  std::vector<std::string> files() {
    std::vector<std::string> out = other_files_;
    for (const AppendFile* file : all()) out.push_back(file->path().string());
    return out;
  }
  std::vector<std::string> observation_files() const {
    std::vector<std::string> out;
    for (const ObservationFile& one : observation_files_) {
      if (!one.binary) out.push_back(one.file.path().string());
    }
    return out;
  }
  std::string head_file() const { return heads_ ? heads_->path().string() : ""; }
  std::string budget_file() const { return budget_ ? budget_->path().string() : ""; }

 private:
  std::unique_ptr<AppendFile> open(const std::string& name) {
    const fs::path path = output_path(request_, name);
    if (from_ == nullptr) return std::make_unique<AppendFile>(path);
    for (const auto& [known, size] : from_->files) {
      if (known == name_in(folder_, path)) return std::make_unique<AppendFile>(path, size);
    }
    throw core::InputError({.file = path.string(),
                            .what = "is not one of the files of the interrupted run",
                            .mend = "Run without --resume"});
  }

  void open_observations(const std::string& name, const std::vector<std::size_t>& list) {
    std::vector<const Observation*> header;
    for (const std::size_t i : list) header.push_back(&model_.observations[i]);
    observation_files_.push_back({std::move(*open(name)), list, header.front()->binary});
    if (from_ == nullptr) observation_files_.back().file.write(observation_header(header));
  }

  // The budget is printed where the output control asks for it, at the end of every period and where a step
  // did not converge, as MODFLOW 6 does.
  void volumes(const Simulation& simulation, const StepReport& report, const OutputPeriod* rules) {
    const StepTime& time = report.time;
    const bool first = volumes_.rows().empty();
    volumes_.add_step(simulation, time);
    if (csv_ && first) csv_->write(volumes_.csv_header());
    if (csv_) csv_->write(volumes_.csv_line(time));
    const bool asked = rules != nullptr && rules->print_budget.selects(time);
    if (!asked && !time.last_of_period && report.status == StepStatus::converged) return;
    list_->write(volumes_.listing(time, model_.time_units));
    list_->write("\n" + solver_header());
  }

  std::vector<AppendFile*> all() {
    std::vector<AppendFile*> out;
    for (AppendFile* file : {heads_.get(), budget_.get(), list_.get(), csv_.get()}) {
      if (file != nullptr) out.push_back(file);
    }
    for (AppendFile* file : packages_->files()) out.push_back(file);
    for (ObservationFile& one : observation_files_) out.push_back(&one.file);
    return out;
  }

  void flush() {
    for (AppendFile* file : all()) file->flush();
  }

  const RunRequest& request_;
  const Model& model_;
  const Observer& observer_;
  const Checkpoint* from_;
  fs::path folder_;  // names in the record and the checkpoint are seen from here
  std::unique_ptr<AppendFile> heads_, budget_, list_, csv_;
  std::unique_ptr<PackageOutputs> packages_;
  std::vector<ObservationFile> observation_files_;
  std::vector<std::string> other_files_;
  VolumeBudget volumes_;
};

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
    Outputs outputs(request_, model, observer, from ? &*from : nullptr);
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

  void loop(Simulation& simulation, Outputs& outputs, const std::string& mark, const fs::path& state_file) {
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

  void finish(Outputs& outputs, const Model& model, const fs::path& state_file) {
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
