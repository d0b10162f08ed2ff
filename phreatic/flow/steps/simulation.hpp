// SPDX-License-Identifier: BSD-3-Clause
// The groundwater engine: a model is set up once and advanced step by step; heads and budgets are read in
// between. The aquifer equation is the control-volume form that MODFLOW 6 uses (langevin2017):
//   sum_m C_nm (h_m - h_n) + sum of boundary flows + storage flow = 0       for every active cell n   (L3/T)
//
//   Simulation sim(std::move(model));
//   while (!sim.finished()) {
//     const StepReport& report = sim.advance();
//     if (report.status != StepStatus::converged) ...
//     use(sim.heads());
//   }
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "phreatic/flow/model.hpp"

namespace phreatic::flow {

enum class StepStatus {
  converged,
  not_converged,      // outer iterations used up; heads are those of the last iteration
  constant_head_dry,  // a fixed-head cell fell dry: the run cannot go on
  no_active_cells,    // every cell is dry
  unbalanced,         // heads settled, but inflow and outflow differ by more than kBalanceFailure
};

// Differences of inflow and outflow of a step (%), where the flows are more than what a change of heads
// within the closure would move.
inline constexpr double kBalanceWarning = 1;   // is said
inline constexpr double kBalanceFailure = 10;  // is a failed step

// How a step went.
struct StepReport {
  StepTime time;
  StepStatus status = StepStatus::converged;
  int outer_iterations = 0;
  int inner_iterations = 0;
  double max_change = 0;  // of the last outer iteration (L)
  CellIndex max_change_cell = kNoCell;
  double inflow = 0;  // sum over all packages and storage (L3/T)
  double outflow = 0;
  double balance_percent = 0;  // 100 (in - out) / ((in + out) / 2)
  int dried = 0;               // conversions in this step
  int rewetted = 0;
  int retries = 0;      // repeats with a shorter step
  std::string message;  // "" or what went wrong, where and by how much
  std::string warning;  // "" or that the balance is off by more than kBalanceWarning
};

// Choices of the engine itself; what the model asks for stands in Model::solver.
struct EngineOptions {
  double head_tolerance = 2e-5;  // outer iterations go on until changes are below this or outer_dvclose (L)
  double balance_tolerance = 1e-5;    // and until the summed residual is below this part of the inflow
  double large_model_ease = 10;       // both tolerances times this in models of more than 20 000 cells
  bool follow_reference_path = true;  // copy MODFLOW 6's iteration sequence where cells dry or rewet
  bool extrapolate = true;            // start steps from extrapolated heads where no cell is near drying
  bool single_precision = true;       // corrections by single precision where it is enough
  bool multigrid = false;             // V-cycles as preconditioner (Picard form)
};

class PackageState;  // packages/package_state.hpp
struct Engine;       // steps/outer_loop.hpp

// The largest changes of a package's own unknowns in an outer iteration (package_state.hpp).
struct StateChange {
  std::size_t package = 0;
  int outer = 0;     // of the step, from 1
  int inner = 0;     // iterations of the step so far
  double state = 0;  // (L), signed: before less now
  std::size_t state_feature = 0;
  double inflow = 0;  // (L)
  std::size_t inflow_feature = 0;
};

// Flow of every bound of a package into its cell.
struct PackageFlows {
  std::string name;
  std::string text;  // budget text: "CHD", "WEL", "RCHA" ...
  PackageKind kind = PackageKind::wel;
  std::vector<CellIndex> cell;    // where the flow goes; kNoCell: nowhere
  std::vector<std::int32_t> row;  // number of the bound in its package (0-based)
  std::vector<double> flow;       // (L3/T) into the cell
  // Sum of positive flows, and minus the sum of negative ones; of fixed heads link by link, without the flow
  // between two of them.
  double inflow = 0;
  double outflow = 0;
};

// Flow between cells (L3/T): right[n] from n to its right neighbour, and so on; 0 where there is no
// connection. Flow down through pass-through cells stands at the cell above them.
struct FaceFlows {
  std::vector<double> right;  // [cells]
  std::vector<double> front;  // [cells]
  std::vector<double> down;   // [cells]
};

struct StorageFlows {
  std::vector<double> specific_storage;  // [cells] flow out of storage into the cell (L3/T)
  std::vector<double> specific_yield;    // [cells]
};

// All that is needed to go on from the end of a step.
// What came in beside the incomplete factors of a solver.
struct Levels {
  bool coarse = false;
  bool complete = false;
};
struct SolverMemory {
  Levels single, full;
  bool single_is_enough = true;
};

// Models of more cells keep preconditioners from step to step, and end steps at eased tolerances.
inline constexpr std::size_t kSmallModel = 20000;

struct SavedState {
  int next_period = 0;
  int next_step = 0;
  int next_index = 0;
  double time = 0;             // simulation time reached (T)
  double period_start = 0;     // (T)
  std::vector<double> heads;   // [cells], dry cells kDryHead
  std::vector<double> before;  // heads one step earlier, for extrapolation; may be empty
  double before_dt = 0;
  double next_dt = 0;  // adaptive steps
  SolverMemory solver;
  std::vector<std::vector<double>> packages;  // PackageState::save() of each; may be empty
};

class Simulation {
 public:
  // Sets the model up. Throws core::InputError for what check_model() finds.
  explicit Simulation(Model model, EngineOptions options = {});
  ~Simulation();
  Simulation(Simulation&&) noexcept;
  Simulation& operator=(Simulation&&) noexcept;

  bool finished() const;
  // The next time step. After a status other than converged the caller may go on (MODFLOW's CONTINUE) or
  // stop; after constant_head_dry it must stop.
  const StepReport& advance();
  const StepReport& last_step() const;

  const Model& model() const;
  // [cells]; kInactiveHead where idomain <= 0, kDryHead where dry.
  const std::vector<double>& heads() const;

  // Of the last step, computed when asked.
  std::vector<PackageFlows> package_flows() const;  // in order of Model::packages
  StorageFlows storage_flows() const;
  FaceFlows face_flows() const;
  std::vector<double> saturation() const;  // [cells] saturated fraction; 0 dry or inactive
  const PackageValues& package_values(std::size_t package) const;  // as used in the last step
  // Of a package with unknowns of its own, as solved in the last step; otherwise null.
  const PackageState* package_state(std::size_t package) const;
  // In the outer iterations of the last step, of packages with a convergence file.
  const std::vector<StateChange>& state_changes() const;
  // Cells that kept their head in the last step because nothing held the level of their group (steady steps).
  const std::vector<CellIndex>& held_cells() const;

  SavedState save() const;
  void restore(const SavedState& state);
  // Whether a run that is restored from here goes on bit for bit as this one: after every step of small
  // models, after every fourth of large ones, where kept preconditioners are made anew. After others it goes
  // on within the closure.
  bool restarts_exactly() const;

  // What steps work on, for other rooms of the engine (ensembles): as the last step left it.
  const Engine& engine() const;
  // Whether the last step held cells of groups whose level is open.
  bool held_groups() const;

  // Bytes of the arrays held, the model included.
  std::size_t memory_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The next active cell under n, across pass-through cells; kNoCell at the bottom or above an inactive cell.
CellIndex cell_below(const Grid& grid, CellIndex n);

// What is wrong with a model: sizes, ranges, cells outside the grid, NaN. Throws core::InputError with all of
// it.
void check_model(const Model& model);

}  // namespace phreatic::flow
