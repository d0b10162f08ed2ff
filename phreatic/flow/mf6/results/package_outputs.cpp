// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/results/package_outputs.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string_view>

#include "phreatic/flow/packages/package_state.hpp"

namespace phreatic::flow::mf6 {
namespace {

// As MODFLOW 6 names them; without a mover.
constexpr const char* kConvergenceHeader =
    "total_inner_iterations,totim,kper,kstp,nouter,dvmax,dvmax_loc,dinflowmax,dinflowmax_loc\n";

std::string padded(std::string_view text) {
  std::string out(text.substr(0, 16));
  out.resize(16, ' ');
  return out;
}
std::string right(std::string_view text) {
  const std::string_view cut = text.substr(0, 16);
  return std::string(16 - cut.size(), ' ') + std::string(cut);
}
std::int32_t int32(std::size_t n) { return static_cast<std::int32_t>(n); }

void write_state(AppendFile& file, const PackageState& state, const StepTime& time) {
  const std::vector<double> values = state.state_values();
  file.value<std::int32_t>(time.step + 1);
  file.value<std::int32_t>(time.period + 1);
  file.value(time.period_time);
  file.value(time.end);
  file.write(right(state.state_text()));
  for (const std::size_t n : {values.size(), std::size_t{1}, std::size_t{1}}) file.value(int32(n));
  file.write(values.data(), values.size() * sizeof(double));
}

void write_term(AppendFile& file, const BudgetTerm& term, const Model& model, const std::string& package,
                const StepTime& time) {
  file.value<std::int32_t>(time.step + 1);
  file.value<std::int32_t>(time.period + 1);
  file.write(right(term.text));
  file.value(int32(model.grid.cells()));
  file.value<std::int32_t>(1);
  file.value<std::int32_t>(-1);
  file.value<std::int32_t>(6);
  for (const double t : {time.dt, time.period_time, time.end}) file.value(t);
  for (const std::string& name : {model.name, package, model.name, term.to_model ? model.name : package})
    file.write(padded(name));
  file.value(int32(term.aux_names.size() + 1));
  for (const std::string& name : term.aux_names) file.write(right(name));
  file.value(int32(term.flow.size()));
  for (std::size_t i = 0; i < term.flow.size(); ++i) {
    file.value<std::int32_t>(term.from[i] + 1);
    file.value<std::int32_t>(term.to[i] + 1);
    file.value(term.flow[i]);
    for (std::size_t a = 0; a < term.aux_names.size(); ++a) file.value(term.aux[a * term.flow.size() + i]);
  }
}

// Auxiliary variables of a package stand in its budget file as a term without flow.
BudgetTerm auxiliary(const Package& package, const PackageValues& values) {
  BudgetTerm term;
  term.text = "AUXILIARY";
  term.aux_names = package.aux_names;
  term.aux = values.aux;
  for (std::size_t b = 0; b < values.size(); ++b) {
    term.from.push_back(int32(b));
    term.to.push_back(int32(b));
  }
  term.flow.assign(values.size(), 0.0);
  return term;
}

struct Sums {
  double in = 0;
  double out = 0;
};
Sums sums_of(const BudgetTerm& term) {
  Sums sums;
  for (const double q : term.flow) (q > 0 ? sums.in : sums.out) += std::abs(q);
  return sums;
}

std::string csv_header(const std::vector<BudgetTerm>& terms) {
  std::string out = "time";
  for (const char* side : {"IN", "OUT"}) {
    for (const BudgetTerm& term : terms) {
      if (!term.internal) out += fmt::format(",{}_{}", term.text, side);
    }
  }
  return out + ",TOTAL_IN,TOTAL_OUT,PERCENT_DIFFERENCE\n";
}

std::string csv_line(const std::vector<BudgetTerm>& terms, double time) {
  std::string in;
  std::string out;
  Sums total;
  for (const BudgetTerm& term : terms) {
    if (term.internal) continue;
    const Sums sums = sums_of(term);
    in += fmt::format(",{}", sums.in);
    out += fmt::format(",{}", sums.out);
    total.in += sums.in;
    total.out += sums.out;
  }
  const double mean = 0.5 * (total.in + total.out);
  const double percent = mean == 0 ? 0 : 100 * (total.in - total.out) / mean;
  return fmt::format("{}{}{},{},{},{}\n", time, in, out, total.in, total.out, percent);
}

}  // namespace

PackageOutputs::PackageOutputs(const Model& model, bool fresh, std::int64_t inner,
                               const std::function<std::unique_ptr<AppendFile>(const std::string&)>& open)
    : inner_(inner) {
  for (std::size_t p = 0; p < model.packages.size(); ++p) {
    const PackageOutput& wanted = model.packages[p].output;
    Files files;
    files.package = p;
    files.header = fresh;
    if (!wanted.state_file.empty()) files.state = open(wanted.state_file);
    if (!wanted.budget_file.empty()) files.budget = open(wanted.budget_file);
    if (!wanted.budget_csv_file.empty()) files.csv = open(wanted.budget_csv_file);
    if (!wanted.convergence_file.empty()) files.convergence = open(wanted.convergence_file);
    if (files.convergence && fresh) files.convergence->write(kConvergenceHeader);
    if (files.state || files.budget || files.csv || files.convergence) packages_.push_back(std::move(files));
  }
}

void PackageOutputs::step(const Simulation& simulation, const StepTime& time, bool save_state,
                          bool save_budget) {
  const Model& model = simulation.model();
  convergence(simulation, time);
  for (Files& files : packages_) {
    const PackageState* state = simulation.package_state(files.package);
    if (state == nullptr) continue;
    if (files.state && save_state) write_state(*files.state, *state, time);
    if (!files.csv && !(files.budget && save_budget)) continue;
    const Package& package = model.packages[files.package];
    std::vector<BudgetTerm> terms = state->budget();
    if (!package.aux_names.empty())
      terms.push_back(auxiliary(package, simulation.package_values(files.package)));
    if (files.budget && save_budget) {
      for (const BudgetTerm& term : terms) write_term(*files.budget, term, model, package.name, time);
    }
    if (!files.csv) continue;
    if (files.header) files.csv->write(csv_header(terms));
    files.header = false;
    files.csv->write(csv_line(terms, time.end));
  }
}

void PackageOutputs::convergence(const Simulation& simulation, const StepTime& time) {
  for (const Files& files : packages_) {
    if (!files.convergence) continue;
    for (const StateChange& one : simulation.state_changes()) {
      if (one.package != files.package) continue;
      files.convergence->write(fmt::format("{},{},{},{},{},{},{},{},{}\n", inner_ + one.inner, time.end,
                                           time.period + 1, time.step + 1, one.outer, one.state,
                                           one.state_feature + 1, one.inflow, one.inflow_feature + 1));
    }
  }
  inner_ += simulation.last_step().inner_iterations;
}

std::vector<AppendFile*> PackageOutputs::files() {
  std::vector<AppendFile*> out;
  for (Files& files : packages_) {
    for (AppendFile* file :
         {files.state.get(), files.budget.get(), files.csv.get(), files.convergence.get()}) {
      if (file != nullptr) out.push_back(file);
    }
  }
  return out;
}

}  // namespace phreatic::flow::mf6
