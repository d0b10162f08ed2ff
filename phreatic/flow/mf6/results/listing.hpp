// SPDX-License-Identifier: BSD-3-Clause
// The listing file: notes, one line per step on the solver, and the volume budget in the layout that MODFLOW
// 6 and its readers (FloPy's Mf6ListBudget) use; and the budget as CSV.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "phreatic/flow/mf6/results/binary_files.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow::mf6 {

// Rates of a step and volumes since the start, by term.
struct BudgetRow {
  std::string text;                      // "STO-SS", "WEL", ...
  std::string package;                   // "STO", "WEL-1", ...
  double in = 0, out = 0;                // rates (L3/T), both >= 0
  double volume_in = 0, volume_out = 0;  // (L3)
};

// A volume budget in MODFLOW 6's layout. `heading` ends before "AT END OF TIME STEP"; `packages`: a column with their names.
std::string budget_table(const std::string& heading, const std::vector<BudgetRow>& rows, const StepTime& time,
                         bool packages);

class VolumeBudget {
 public:
  // Rates of the step just made; volumes grow by rate times the length of the step.
  void add_step(const Simulation& simulation, const StepTime& time);
  const std::vector<BudgetRow>& rows() const { return rows_; }
  void restore(std::vector<BudgetRow> rows) { rows_ = std::move(rows); }
  // The block of the listing file; `simulation_unit` as TIME_UNITS of TDIS.
  std::string listing(const StepTime& time, const std::string& simulation_unit) const;
  std::string csv_header() const;
  std::string csv_line(const StepTime& time) const;

 private:
  std::vector<BudgetRow> rows_;
};

std::string solver_header();
std::string solver_line(const StepReport& report, const Grid& grid);

}  // namespace phreatic::flow::mf6
