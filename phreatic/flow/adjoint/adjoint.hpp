// SPDX-License-Identifier: BSD-3-Clause
// Adjoint of a transient run: the derivatives of measures by every parameter in every cell and period, from one sweep
// backward through the steps (key sykes1985). With R_k the flow balance of step k and J_k = -dR_k/dh_k,
//   J_k' l_k = dM/dh_k + (dR_{k+1}/dh_k)' l_{k+1},      dM/dp = (dM/dp at fixed heads) + sum_k l_k' dR_k/dp
// The measures are lanes of one sweep: they share matrices and preconditioners, and each joins at its last step.
//
//   Trajectory run = record_run(std::move(model), {}, {});
//   AdjointResult result = sweep(run, {.measures = {storage_at_the_end}, .wanted = {.recharge = true}});
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "phreatic/flow/adjoint/measures.hpp"
#include "phreatic/flow/adjoint/trajectory.hpp"

namespace phreatic::flow {

// Which derivatives are wanted.
struct WantedParameters {
  bool recharge = false;     // by a rate of recharge in every column of cells and group of steps
  bool wells = false;        // by a rate of injection in every cell and group of steps
  bool k = false;            // by conductivity: K (with K22 where that is not given), K22 where it is, K33
  bool storage = false;      // by specific storage and specific yield
  bool bounds = false;       // by the columns of every bound: rates, stages, elevations, conductances, heads
  bool barriers = false;     // by the hydraulic characteristic of every barrier
  bool start_heads = false;  // by the starting heads
};

struct SweepParams {
  std::vector<Measure> measures;
  WantedParameters wanted;
  // [steps] the group of a step, in which a rate is changed; -1: none. Empty: its stress period.
  std::vector<int> group_of_step;
  double tolerance = 1e-8;                           // of each linear system: residual over right-hand side
  std::function<void(std::size_t step)> after_step;  // called on the way back; may be empty
};

// Derivatives by the columns of the bounds of a package in a group of steps (values may change within it; the change is the
// same in each of its steps).
struct BoundSensitivity {
  std::size_t package = 0;
  int group = 0;
  std::vector<std::string> columns;         // "stage", "conductance" ...
  std::vector<CellIndex> cell;              // [bounds] where they act (in the first step of the group)
  std::vector<std::int32_t> row;            // [bounds] number in the package (0-based)
  std::vector<std::vector<double>> values;  // [columns][bounds]
};

struct BarrierSensitivity {
  int period = 0;              // 0-based: from which the barriers hold
  std::vector<double> values;  // [barriers], d measure / d hydchr
};

struct MeasureSensitivity {
  std::string name;
  double value = 0;                                     // of the measure itself
  std::vector<std::vector<double>> recharge;            // [groups][layer cells], measure per (L/T)
  std::vector<std::vector<double>> wells;               // [groups][cells], measure per (L3/T)
  std::vector<double> k, k22, k33, ss, sy, start_head;  // [cells]
  std::vector<BoundSensitivity> bounds;
  std::vector<BarrierSensitivity> barriers;
  double worst_reduction = 0;  // of its linear systems
};

struct AdjointResult {
  std::vector<MeasureSensitivity> measures;
  int groups = 0;
  // Where a derivative says little: [cells] steps in which the cell was dry, and changes between two steps (dry or wet, a
  // bound that starts or stops to depend on the head).
  std::vector<int> dry_steps;
  std::vector<int> switches;
  std::size_t dry_cells = 0, switched_cells = 0;
  std::size_t held_cells = 0;           // cells without equation, which keep their head (sum over steps)
  std::size_t steps_not_converged = 0;  // of the forward run
  std::size_t systems_not_solved = 0;   // linear systems beyond the tolerance
  double largest_residual = 0;          // of the recorded heads in these equations (L3/T)
  std::size_t iterations = 0, systems = 0;
  std::size_t memory_bytes = 0;  // matrices, lanes and results
  std::vector<std::string> notes;
};

// Throws InputError for measures that cannot be taken (check_measure, check_adjoint).
AdjointResult sweep(const Trajectory& trajectory, const SweepParams& params);

// The linearised run forward: heads d_k that follow from sources q_k, as `use(k, d)` sees them after each step; for checks of
// the sweep. source(k, q) fills the sources of step k (L3/T), which are 0 before.
void linear_run(
    const Trajectory& trajectory, double tolerance,
    const std::function<void(std::size_t k, Padded<double>& q)>& source,
    const std::function<void(std::size_t k, const StepPoint& point, const Padded<double>& d)>& use);

}  // namespace phreatic::flow
