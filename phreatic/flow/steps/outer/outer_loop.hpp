// SPDX-License-Identifier: BSD-3-Clause
// The outer (nonlinear) iterations of one time step.
//
// Picard, quick: corrections from the residual in double precision, solved loosely, in single precision
//   where that is enough; stops when changes and the residual are small. Only while no cell dries or rewets.
// Picard, by the book: MODFLOW 6's sequence (rewet, dry, packages, conductances, storage, solve,
//   under-relax, test), each system solved tightly, because dry cells depend on the path.
// Newton: upstream weighting and smoothed saturations, unsymmetric systems.
#pragma once

#include <memory>
#include <vector>

#include "phreatic/flow/grid/aquifer.hpp"
#include "phreatic/flow/model.hpp"
#include "phreatic/flow/packages/package_type.hpp"
#include "phreatic/flow/solver/general_matrix.hpp"
#include "phreatic/flow/solver/link_solver.hpp"
#include "phreatic/flow/steps/assembly.hpp"
#include "phreatic/flow/steps/barriers.hpp"
#include "phreatic/flow/steps/outer/under_relaxation.hpp"
#include "phreatic/flow/steps/simulation.hpp"
#include "phreatic/flow/steps/wetting.hpp"

namespace phreatic::flow {

// Everything a step works on. Kernels get what they need from here; nothing else holds state.
struct Engine {
  Model model;
  EngineOptions options;
  Aquifer aquifer;
  BarrierSet barriers;
  FlowState state;
  std::vector<PackageValues> values;
  std::vector<std::unique_ptr<PackageState>> states;  // of packages with unknowns of their own, else null
  std::unique_ptr<Wetting> wetting;
  Padded<double> residual;
  std::vector<StateChange>
      state_changes;                  // of this step, of packages that keep a record of their convergence
  bool residual_is_of_heads = false;  // after a step: `residual` is that at its final heads

  // Workspaces, made when first needed.
  LinkMatrix<float> single;
  LinkSolver<float> single_solver;
  LinkMatrix<double> full;
  LinkSolver<double> full_solver;
  GeneralMatrix general;
  BiConjugateGradients general_solver;
  Padded<double> before;         // heads before the linear solve
  double solver_dt = -1;         // length of step of the last system (T); 0 steady
  bool single_is_enough = true;  // until single precision stalls

  BoundContext bounds() const { return {model, aquifer, state.head, state.ibound}; }
  std::size_t bytes() const;
  // How systems are solved, beyond heads: what a restart needs to go on bit for bit.
  SolverMemory solver_memory() const;
  void remember(const SolverMemory& memory);
  // Preconditioners that are kept from step to step are made anew in the next one.
  void forget_factors();
  // Keeps the changes of packages' own unknowns in an outer iteration, for those that write them.
  void note_states(int outer, int inner);
};

// An engine at the start of a run: everything but heads.
void set_up(Engine& engine, Model model, const EngineOptions& options);
// Barriers of a period (0-based).
void use_barriers(Engine& engine, int period);

// Workspaces of the two precisions, made when first needed.
void use_single(Engine& engine);
void use_full(Engine& engine);

struct OuterResult {
  StepStatus status = StepStatus::converged;
  bool has_conductances = false;  // those of the aquifer are of the final heads
  bool needs_path = false;        // the quick form met a cell that would change its state: repeat by the book
  int outer = 0;
  int inner = 0;
  int dried = 0;
  int rewetted = 0;
  double max_change = 0;
  CellIndex max_change_cell = kNoCell;
};

OuterResult picard_quick(Engine& engine, const StepTime& time);
OuterResult picard_by_the_book(Engine& engine, const StepTime& time);
OuterResult newton(Engine& engine, const StepTime& time);

// --- shared by the three
// -------------------------------------------------------------------------------------

// Residual and scale of the flows it came from.
struct Balance {
  double residual = 0;  // sum of absolute residuals of wet cells (L3/T)
  double gross = 0;     // sum of absolute package flows, those of fixed heads included (L3/T)
};

// Residual and matrix at the present heads, conductances updated.
template <class T>
Balance assemble_picard(Engine& engine, double dt, LinkMatrix<T>& a);

// Adds correction * scale to the heads of wet cells; returns the largest change and its cell.
struct HeadChange {
  double largest = 0;  // signed
  CellIndex cell = kNoCell;
};
template <class T>
HeadChange add_correction(Engine& engine, const Padded<T>& correction, double scale);

// Some wet convertible cell has so little water that the path of the iteration may matter.
bool near_drying(const Engine& engine);

// Conductance of a perched link and whether it is perched: the lower cell convertible and its head under its
// top.
bool is_perched(const Engine& engine, std::size_t upper, std::size_t lower);

}  // namespace phreatic::flow
