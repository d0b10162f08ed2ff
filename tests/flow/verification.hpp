// SPDX-License-Identifier: BSD-3-Clause
// Runs a model and compares it with saved heads and budgets of MODFLOW 6.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "phreatic/flow/steps/simulation.hpp"
#include "reference_files.hpp"

namespace phreatic::flow::testing {

// A saved head that is further from the reference than a limit.
struct Beyond {
  int period = 0;  // 1-based
  int step = 0;
  std::size_t cell = 0;
  double ours = 0;
  double theirs = 0;
};

struct Comparison {
  double head_error = 0;       // largest, of cells wet in both (L)
  long compared = 0;           // heads of cells wet in both
  std::vector<Beyond> beyond;  // those further off than the limit
  long dry_differences = 0;    // values dry or inactive in one only
  long dry = 0;                // dry values in the reference
  double budget_error = 0;     // largest difference of a package's or storage's sum, in part of the inflow
  std::string worst_term;
  double balance_percent = 0;  // largest, ours
  int steps = 0;
  int saved = 0;  // saved steps found in the reference
  int outer = 0;
  int inner = 0;
  bool converged = true;
  std::string message;
};

inline void compare_heads(const std::vector<double>& ours, const SavedHeads& saved, double limit,
                          Comparison& result) {
  const std::vector<double>& theirs = saved.values;
  for (std::size_t n = 0; n < ours.size(); ++n) {
    const bool ours_off = std::abs(ours[n]) >= 1e29;
    const bool theirs_off = std::abs(theirs[n]) >= 1e29;
    if (theirs[n] <= -1e29) ++result.dry;
    if (ours_off || theirs_off) {
      if (ours[n] != theirs[n]) ++result.dry_differences;
      continue;
    }
    const double error = std::abs(ours[n] - theirs[n]);
    ++result.compared;
    if (!(error <= limit)) result.beyond.push_back({saved.period, saved.step, n, ours[n], theirs[n]});
    if (!(error <= result.head_error)) result.head_error = error;
  }
}

// Sum in and out of every term: lists by package name, arrays by text.
using Sums = std::map<std::string, std::pair<double, double>>;

inline void add_sum(Sums& sums, const std::string& name, double flow) {
  (flow > 0 ? sums[name].first : sums[name].second) += flow;
}

inline Sums our_sums(const Simulation& simulation) {
  Sums sums;
  for (const PackageFlows& flows : simulation.package_flows()) {
    sums["package " + flows.name];
    for (const double flow : flows.flow) add_sum(sums, "package " + flows.name, flow);
  }
  const StorageFlows storage = simulation.storage_flows();
  for (const double flow : storage.specific_storage) add_sum(sums, "STO-SS", flow);
  for (const double flow : storage.specific_yield) add_sum(sums, "STO-SY", flow);
  return sums;
}

inline void compare_budget(const Simulation& simulation, const std::vector<BudgetTerm>& terms,
                           Comparison& result) {
  const StepReport& report = simulation.last_step();
  Sums theirs;
  for (const BudgetTerm& term : terms) {
    if (term.period != report.time.period + 1 || term.step != report.time.step + 1) continue;
    if (term.text.rfind("DATA-", 0) == 0 || term.text == "FLOW-JA-FACE") continue;
    const std::string name = term.array.empty() ? "package " + term.package : term.text;
    theirs[name];
    for (const double flow : term.array.empty() ? term.flow : term.array) add_sum(theirs, name, flow);
  }
  if (theirs.empty()) return;
  double inflow = 0;
  for (const auto& [name, sum] : theirs) inflow += sum.first;
  const Sums ours = our_sums(simulation);
  for (const auto& [name, sum] : theirs) {
    const auto found = ours.find(name);
    const auto mine = found == ours.end() ? std::pair<double, double>{} : found->second;
    const double error = std::max(std::abs(mine.first - sum.first), std::abs(mine.second - sum.second));
    if (error / inflow > result.budget_error) {
      result.budget_error = error / inflow;
      result.worst_term = name;
    }
  }
}

inline Comparison run_and_compare(Simulation& simulation, const std::filesystem::path& heads,
                                  const std::filesystem::path& budget, double limit = 1e-4) {
  Comparison result;
  const std::vector<SavedHeads> reference = read_heads(heads);
  std::vector<BudgetTerm> terms;
  if (!budget.empty() && std::filesystem::exists(budget)) terms = read_budget(budget);
  while (!simulation.finished()) {
    const StepReport& report = simulation.advance();
    ++result.steps;
    result.outer += report.outer_iterations;
    result.inner += report.inner_iterations;
    result.balance_percent = std::max(result.balance_percent, std::abs(report.balance_percent));
    if (report.status != StepStatus::converged) {
      result.converged = false;
      result.message = report.message;
      if (report.status == StepStatus::constant_head_dry) break;
    }
    for (const SavedHeads& saved : reference) {
      if (saved.period != report.time.period + 1 || saved.step != report.time.step + 1) continue;
      compare_heads(simulation.heads(), saved, limit, result);
      ++result.saved;
    }
    compare_budget(simulation, terms, result);
  }
  return result;
}

}  // namespace phreatic::flow::testing
