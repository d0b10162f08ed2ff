// SPDX-License-Identifier: BSD-3-Clause
// Assembly in the Picard form: conductances from the heads of the last iteration, then the residual of the
// flow balance in double precision and the symmetric matrix of links (row_kernels.hpp) in the precision of
// the solver.
#pragma once

#include <cstdint>
#include <vector>

#include "phreatic/flow/grid/aquifer.hpp"
#include "phreatic/flow/model.hpp"
#include "phreatic/flow/solver/conjugate_gradients.hpp"

namespace phreatic::flow {

// Heads and cell states: what a step changes.
struct FlowState {
  Padded<double> head;         // wet, fixed and pass-through cells; kDryHead dry; kInactiveHead inactive
  Padded<double> old;          // at the start of the step
  Padded<std::int8_t> ibound;  // 1 wet, 0 inactive or dry, -1 fixed head
};

// Brings aquifer.right, front (and down with variable_cv) up to date with the heads; Picard only.
void update_conductances(const Model& model, const FlowState& state, Aquifer& aquifer);

// Conductance of the link down from cell n at the present state: 0 next to a dry cell.
inline double down_conductance(const Aquifer& aquifer, const FlowState& state, std::size_t n) {
  const std::size_t m = n + aquifer.layout.layer_cells;
  return state.ibound[n] != 0 && state.ibound[m] != 0 ? aquifer.down[n] : 0.0;
}

// Sums of absolute flows (L3/T).
struct AssemblySums {
  double packages = 0;     // net of the packages, cell by cell
  double fixed_heads = 0;  // of fixed-head cells
  double residual = 0;     // of wet cells
};

// Adds flow between cells and storage to residual and matrix, which hold the packages' terms already; sets
// the residual of cells that are not wet to 0. dt <= 0: steady.
template <class T>
AssemblySums assemble(const Model& model, const Aquifer& aquifer, const FlowState& state, double dt,
                      LinkMatrix<T>& a, Padded<double>& residual);

// Sets residual and excess to 0 within the spans.
template <class T>
void clear_system(const Layout& layout, LinkMatrix<T>& a, Padded<double>& residual);

}  // namespace phreatic::flow
