// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/results/run_outputs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "phreatic/core/errors.hpp"
#include "phreatic/flow/mf6/results/output_plan.hpp"

namespace phreatic::flow::mf6 {
namespace {

namespace fs = std::filesystem;

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

}  // namespace

RunOutputs::RunOutputs(const RunRequest& request, const Model& model, const Observer& observer,
                       const Checkpoint* from)
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
  packages_ = std::make_unique<PackageOutputs>(
      model, from == nullptr, from == nullptr ? 0 : static_cast<std::int64_t>(from->counts.at(3)),
      [this](const std::string& name) { return open(name); });
  std::map<std::string, std::vector<std::size_t>> observations;
  for (std::size_t i = 0; i < model.observations.size(); ++i)
    observations[model.observations[i].file].push_back(i);
  for (const auto& [name, list] : observations) open_observations(name, list);
  package_budgets_.resize(model.packages.size());
  if (from_ == nullptr) return;
  volumes_.restore(from_->budget);
  for (std::size_t p = 0; p < package_budgets_.size(); ++p) {
    std::vector<BudgetRow> rows;
    for (const BudgetRow& row : from_->package_budgets) {
      if (row.package == model.packages[p].name) rows.push_back(row);
    }
    package_budgets_[p].restore(std::move(rows));
  }
}

void RunOutputs::start(const ReadResult& read) {
  printed_ = read.printed;
  if (from_ != nullptr) return;
  list_->write(fmt::format(
      "Phreatic {} running the MODFLOW 6 model {}\n{} layers, {} rows, {} columns, {} stress periods\n",
      PHREATIC_VERSION, model_.name, model_.grid.nlay, model_.grid.nrow, model_.grid.ncol,
      model_.periods.size()));
  for (const std::string& note : read.notes) list_->write("note: " + note + "\n");
  list_->write("\n" + solver_header());
}

void RunOutputs::step(const Simulation& simulation, const StepReport& report) {
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

void RunOutputs::finish(const std::string& last_line) {
  list_->write("\n" + last_line + "\n");
  flush();
}

Checkpoint RunOutputs::checkpoint() {
  flush();
  Checkpoint out;
  for (const AppendFile* file : all()) out.files.emplace_back(name_in(folder_, file->path()), file->size());
  out.budget = volumes_.rows();
  for (std::size_t p = 0; p < package_budgets_.size(); ++p) {
    for (BudgetRow row : package_budgets_[p].rows()) {
      row.package = model_.packages[p].name;
      out.package_budgets.push_back(std::move(row));
    }
  }
  return out;
}

std::vector<std::string> RunOutputs::files() {
  std::vector<std::string> out = other_files_;
  for (const AppendFile* file : all()) out.push_back(file->path().string());
  return out;
}
std::vector<std::string> RunOutputs::observation_files() const {
  std::vector<std::string> out;
  for (const ObservationFile& one : observation_files_) {
    if (!one.binary) out.push_back(one.file.path().string());
  }
  return out;
}

std::unique_ptr<AppendFile> RunOutputs::open(const std::string& name) {
  const fs::path path = output_path(request_, name);
  if (from_ == nullptr) return std::make_unique<AppendFile>(path);
  for (const auto& [known, size] : from_->files) {
    if (known == name_in(folder_, path)) return std::make_unique<AppendFile>(path, size);
  }
  throw core::InputError({.file = path.string(),
                          .what = "is not one of the files of the interrupted run",
                          .mend = "Run without --resume"});
}

void RunOutputs::open_observations(const std::string& name, const std::vector<std::size_t>& list) {
  std::vector<const Observation*> header;
  for (const std::size_t i : list) header.push_back(&model_.observations[i]);
  observation_files_.push_back({std::move(*open(name)), list, header.front()->binary});
  if (from_ == nullptr) observation_files_.back().file.write(observation_header(header));
}

// The budget is printed where the output control asks for it, at the end of every period and where a step
// did not converge, as MODFLOW 6 does.
void RunOutputs::volumes(const Simulation& simulation, const StepReport& report, const OutputPeriod* rules) {
  const StepTime& time = report.time;
  const bool first = volumes_.rows().empty();
  volumes_.add_step(simulation, time);
  if (csv_ && first) csv_->write(volumes_.csv_header());
  if (csv_) csv_->write(volumes_.csv_line(time));
  for (std::size_t p = 0; p < package_budgets_.size(); ++p) {
    if (const PackageState* state = simulation.package_state(p))
      package_budgets_[p].add_step(state->budget(), time);
  }
  const bool heads = rules != nullptr && rules->print_head.selects(time);
  const bool asked = rules != nullptr && rules->print_budget.selects(time);
  const bool budget = asked || time.last_of_period || report.status != StepStatus::converged;
  tables(simulation, time, heads, budget);
  if (!budget) {
    if (heads) list_->write("\n" + solver_header());
    return;
  }
  list_->write(volumes_.listing(time, model_.time_units));
  list_->write("\n" + solver_header());
}

void RunOutputs::tables(const Simulation& simulation, const StepTime& time, bool heads, bool budget) {
  const Grid& grid = model_.grid;
  if (heads) list_->write(head_tables(grid, simulation.heads(), time));
  const bool flows =
      budget && std::any_of(printed_.begin(), printed_.end(), [](const auto& p) { return p.flows; });
  const std::vector<PackageFlows> bounds = flows ? simulation.package_flows() : std::vector<PackageFlows>{};
  for (std::size_t p = 0; p < model_.packages.size(); ++p) {
    const PrintedTables wanted = p < printed_.size() ? printed_[p] : PrintedTables{};
    const Package& package = model_.packages[p];
    const PackageValues& values = simulation.package_values(p);
    const PackageState* state = simulation.package_state(p);
    if (wanted.flows && budget) list_->write(bound_flow_table(grid, package, bounds[p], values, time));
    if (state == nullptr) continue;
    if (wanted.state && heads) list_->write(state_table(grid, package, *state, values, time));
    if (wanted.flows && budget) list_->write(feature_flow_table(grid, package, *state, values, time));
    if (budget) list_->write(package_budgets_[p].listing(package.name, time));
  }
}

std::vector<AppendFile*> RunOutputs::all() {
  std::vector<AppendFile*> out;
  for (AppendFile* file : {heads_.get(), budget_.get(), list_.get(), csv_.get()}) {
    if (file != nullptr) out.push_back(file);
  }
  for (AppendFile* file : packages_->files()) out.push_back(file);
  for (ObservationFile& one : observation_files_) out.push_back(&one.file);
  return out;
}

void RunOutputs::flush() {
  for (AppendFile* file : all()) file->flush();
}

}  // namespace phreatic::flow::mf6
