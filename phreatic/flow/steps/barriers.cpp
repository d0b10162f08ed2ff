// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/steps/barriers.hpp"

#include <algorithm>

#include "phreatic/flow/grid/conductance.hpp"

namespace phreatic::flow {
namespace {

std::size_t index(CellIndex n) { return static_cast<std::size_t>(n); }

struct Link {
  std::size_t cell;  // the smaller of the two
  bool along_row;
  double width;
};

Link link_of(const Grid& grid, const Barrier& barrier) {
  const std::size_t n = index(std::min(barrier.cell_a, barrier.cell_b));
  const std::size_t m = index(std::max(barrier.cell_a, barrier.cell_b));
  const std::size_t in_layer = n % grid.layer_cells();
  const bool along_row = m == n + 1;
  const double width = along_row ? grid.delc[in_layer / static_cast<std::size_t>(grid.ncol)]
                                 : grid.delr[in_layer % static_cast<std::size_t>(grid.ncol)];
  return {n, along_row, width};
}

// Mean wetted height of the two cells; heads null: full height.
double face_height(const Model& model, const Aquifer& aquifer, const Padded<double>* heads,
                   const Barrier& barrier) {
  double height = 0;
  for (const CellIndex cell : {barrier.cell_a, barrier.cell_b}) {
    const std::size_t n = index(cell);
    double top = model.grid.cell_top(n);
    if (heads != nullptr && aquifer.is_convertible(n)) top = std::min(top, (*heads)[n]);
    height += 0.5 * (top - model.grid.botm[n]);
  }
  return height;
}

}  // namespace

void BarrierSet::replace(const Model& model, const std::vector<Barrier>& barriers, Aquifer& aquifer) {
  for (const Saved& saved : saved_) {
    (saved.along_row ? aquifer.right : aquifer.front)[saved.cell] = saved.conductance;
  }
  saved_.clear();
  changing_.clear();
  for (const Barrier& barrier : barriers) {
    const Link link = link_of(model.grid, barrier);
    const std::size_t row = link.cell / static_cast<std::size_t>(model.grid.ncol);
    const bool changes =
        aquifer.convertible_row[row] != 0 || (!link.along_row && aquifer.convertible_row[row + 1] != 0);
    if (changes && !model.newton.enabled) {
      changing_.push_back(barrier);
      continue;
    }
    double& conductance = (link.along_row ? aquifer.right : aquifer.front)[link.cell];
    saved_.push_back({link.cell, link.along_row, conductance});
    conductance =
        with_barrier(conductance, barrier.hydchr, link.width * face_height(model, aquifer, nullptr, barrier));
  }
}

void BarrierSet::apply(const Model& model, const FlowState& state, Aquifer& aquifer) const {
  for (const Barrier& barrier : changing_) {
    if (state.ibound[index(barrier.cell_a)] == 0 || state.ibound[index(barrier.cell_b)] == 0) continue;
    const Link link = link_of(model.grid, barrier);
    double& conductance = (link.along_row ? aquifer.right : aquifer.front)[link.cell];
    conductance = with_barrier(conductance, barrier.hydchr,
                               link.width * face_height(model, aquifer, &state.head, barrier));
  }
}

}  // namespace phreatic::flow
