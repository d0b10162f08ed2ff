// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/steps/step_report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "phreatic/flow/grid/storage.hpp"
#include "phreatic/flow/steps/flows.hpp"

namespace phreatic::flow {
namespace {

std::string place(const Grid& grid, CellIndex n) {
  if (n == kNoCell) return "nowhere";
  const int in_layer = n % (grid.nrow * grid.ncol);
  return "layer " + std::to_string(n / (grid.nrow * grid.ncol) + 1) + ", row " +
         std::to_string(in_layer / grid.ncol + 1) + ", column " + std::to_string(in_layer % grid.ncol + 1);
}

// Whether the flows of the step are more than what a change of heads within the usual closure would move
// between two cells, and one of rounding out of storage, which a very short step makes large.
bool flows_count(const Engine& engine, const StepReport& report) {
  constexpr double kRounding = 1e-6;  // (L), of a step that is solved
  const Aquifer& a = engine.aquifer;
  double links = 0;
  for (const Padded<double>* array : {&a.right, &a.front, &a.down}) {
    for (std::size_t n = 0; n < array->size(); ++n) links = std::max(links, (*array)[n]);
  }
  double storage = 0;
  if (!report.time.steady) {
    for (std::size_t n = 0; n < a.layout.cells; ++n) {
      const StorageCell cell = storage_cell(engine.model, n, a.area(n), report.time.dt);
      storage = std::max(storage, cell.convertible ? cell.ss + cell.sy : cell.ss);
    }
  }
  const double least = std::max(EngineOptions{}.head_tolerance * links, kRounding * storage);
  return std::max(report.inflow, report.outflow) > least;
}

void judge_balance(const Engine& engine, const std::string& when, StepReport& report) {
  const double off = std::abs(report.balance_percent);
  if (!(off > kBalanceWarning) || !flows_count(engine, report)) return;
  char text[160];
  std::snprintf(text, sizeof text, ": inflow %.5g and outflow %.5g differ by %.2f %%", report.inflow,
                report.outflow, off);
  report.warning = when + text;
  if (off <= kBalanceFailure || report.status != StepStatus::converged) return;
  report.status = StepStatus::unbalanced;
  report.message = report.warning;
}

}  // namespace

void sum_balance(const Engine& engine, StepReport& report) {
  const StepTime& t = report.time;
  const FlowSums totals = flow_totals(engine, t.steady ? 0.0 : t.dt);
  report.inflow = totals.inflow;
  report.outflow = totals.outflow;
  const double mean = 0.5 * (report.inflow + report.outflow);
  report.balance_percent = mean > 0 ? 100 * (report.inflow - report.outflow) / mean : 0.0;
}

void describe_trouble(const Engine& engine, StepReport& report) {
  const Grid& grid = engine.model.grid;
  const std::string when =
      "period " + std::to_string(report.time.period + 1) + ", step " + std::to_string(report.time.step + 1);
  if (report.status == StepStatus::constant_head_dry) {
    report.message = when + ": the fixed-head cell in " + place(grid, report.max_change_cell) + " fell dry";
  } else if (report.status == StepStatus::not_converged) {
    report.message = when + ": no convergence after " + std::to_string(report.outer_iterations) +
                     " outer iterations; the head still changes by " + std::to_string(report.max_change) +
                     " in " + place(grid, report.max_change_cell);
  } else if (std::none_of(engine.state.ibound.data(), engine.state.ibound.data() + grid.cells(),
                          [](std::int8_t b) { return b != 0; })) {
    report.status = StepStatus::no_active_cells;
    report.message = when + ": every cell is dry";
  }
  judge_balance(engine, when, report);
}

}  // namespace phreatic::flow
