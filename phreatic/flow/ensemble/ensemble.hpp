// SPDX-License-Identifier: BSD-3-Clause
// Many scenarios of one groundwater model.
//
//   EnsembleResult result = run_ensemble(model, scenarios, {.dates = {180, 365}}, context,
//                                        [&](const ScenarioHeads& at) { use(at.scenario, at.table_rise()); });
//
// Scenarios are advanced together with the baseline (the model as it is) in groups of `lanes`, which are fixed by the
// scenarios' order: see lanes.hpp. What lanes cannot do (Newton, streams, cells that fall dry) is run scenario by
// scenario with Simulation, and said in `notes`.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/core/settings/params.hpp"
#include "phreatic/flow/ensemble/scenario.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow {

// What makes lanes quick, to be switched off one by one where their shares are measured.
struct LaneParts {
  bool window = true;               // false: every scenario is solved in the whole model
  bool warm_start = true;           // false: steps start from the baseline's heads
  bool shared_factors = true;       // false: a preconditioner for each scenario and step
  bool single_precision = true;     // false: systems are solved in doubles
  bool shared_coefficients = true;  // false: assembled for each scenario also where they are fixed
};

struct EnsembleParams {
  // Simulation times at which heads are given out, ends of steps (T); empty: the end of the run.
  std::vector<double> dates;
  int lanes = 16;        // scenarios advanced together beside one baseline; 1: scenario by scenario
  double memory_mb = 0;  // most memory for lanes (MB); 0: four fifths of what is free
  EngineOptions engine;
  LaneParts parts;
};
void describe(core::Describer& d, EnsembleParams& params);

// Heads of a scenario at a date, beside the baseline's. Valid during the call only.
struct ScenarioHeads {
  std::size_t scenario = 0;  // index
  std::size_t date = 0;      // index into EnsembleResult::dates
  StepTime time;
  const std::vector<double>& heads;     // [cells], as Simulation::heads()
  const std::vector<double>& baseline;  // [cells]
  const std::vector<double>& table;     // [columns] head of the highest active cell; kInactiveHead: none
  const std::vector<double>& baseline_table;  // [columns]
  // table - baseline_table; 0 where there is none.
  std::vector<double> table_rise() const;
};
using HeadSink = std::function<void(const ScenarioHeads&)>;

enum class ScenarioStatus { done, failed };

// Inflow and outflow of a package or of storage at a date (L3/T).
struct BudgetEntry {
  std::string package;
  double inflow = 0;
  double outflow = 0;
};

// What is more in the ground than in the baseline, at the end of every step. Volume: rise of the head of the highest
// active cell times the column's area, summed (L3 of aquifer). Water: what the model's own storage terms hold
// between the two heads, summed over all cells (L3).
struct Rise {
  std::vector<double> volume;  // [steps]
  std::vector<double> water;   // [steps]
};

struct ScenarioResult {
  std::string name;
  ScenarioStatus status = ScenarioStatus::done;
  std::string message;  // why it failed, or why it was run alone
  bool alone = false;   // run with Simulation
  int outer_iterations = 0;
  int inner_iterations = 0;
  double window_share = 0;  // of the model's cells, in which it was solved, mean over steps
  Rise rise;                // of the whole model
  std::vector<Rise> sites;  // [sites] of the columns nearest to each site's centre
  std::vector<std::vector<BudgetEntry>> budgets;  // [dates][packages, then storage]
};

struct EnsembleResult {
  std::vector<double> times;  // [steps] ends of the baseline's steps (T)
  std::vector<double> dates;  // as asked for, or the end of the run (T)
  std::vector<ScenarioResult> scenarios;
  std::vector<std::string> notes;
};

// Throws InputError for what check_model() and check_scenarios() find, for dates that are no end of a step, and for more
// lanes than memory allows. A scenario that fails has a status and does not hold the others up.
EnsembleResult run_ensemble(const Model& model, const std::vector<Scenario>& scenarios,
                            const EnsembleParams& params, core::Context& context, const HeadSink& sink = {});

// Dates that are no end of a step, with the nearest that are.
void check_dates(const Model& model, const std::vector<double>& dates, core::Problems& problems);

// Head of the highest active cell of every column; kInactiveHead where there is none.
std::vector<double> water_table(const Grid& grid, const std::vector<double>& heads);

}  // namespace phreatic::flow
