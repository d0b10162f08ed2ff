// SPDX-License-Identifier: BSD-3-Clause
// Tables of the listing that PRINT HEAD, PRINT_FLOWS and PRINT_STAGE ask for, and the own budgets of packages with unknowns
// of their own, in the rows and columns in which MODFLOW 6 prints them.
#pragma once

#include <string>
#include <vector>

#include "phreatic/flow/mf6/results/listing.hpp"
#include "phreatic/flow/packages/package_state.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow::mf6 {

// Heads (L) of every layer, ten columns a line.
std::string head_tables(const Grid& grid, const std::vector<double>& heads, const StepTime& time);

// "WEL PACKAGE (WEL-1) FLOW RATES": the flow (L3/T) of every bound that has a wet cell.
std::string bound_flow_table(const Grid& grid, const Package& package, const PackageFlows& flows,
                             const PackageValues& values, const StepTime& time);

// "SFR PACKAGE (SFR-1) STAGES FOR EACH CONTROL VOLUME": what the table of package files says of every feature (reach).
std::string state_table(const Grid& grid, const Package& package, const PackageState& state,
                        const PackageValues& values, const StepTime& time);

// Flows (L3/T) into every feature by term of its budget, their sum and its part in percent.
std::string feature_flow_table(const Grid& grid, const Package& package, const PackageState& state,
                               const PackageValues& values, const StepTime& time);

// Sums of a package's own budget; volumes since the start.
class PackageBudget {
 public:
  void add_step(const std::vector<BudgetTerm>& terms, const StepTime& time);
  const std::vector<BudgetRow>& rows() const { return rows_; }
  void restore(std::vector<BudgetRow> rows) { rows_ = std::move(rows); }
  std::string listing(const std::string& package, const StepTime& time) const;

 private:
  std::vector<BudgetRow> rows_;
};

}  // namespace phreatic::flow::mf6
