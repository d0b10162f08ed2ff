// SPDX-License-Identifier: BSD-3-Clause
// Drying and rewetting of convertible cells in the Picard form. The result depends on the path of the
// iteration, so the sweep is MODFLOW 6's own: first rewetting, cell by cell in increasing number and
// neighbour by neighbour in increasing number (above, behind, left, right, front, below), then drying.
#pragma once

#include <vector>

#include "phreatic/flow/steps/assembly.hpp"

namespace phreatic::flow {

struct WettingResult {
  int dried = 0;
  int rewetted = 0;
  CellIndex fixed_head_dry = kNoCell;  // a fixed-head cell that fell dry
  bool changed() const { return dried > 0 || rewetted > 0; }
};

class Wetting {
 public:
  Wetting(const Model& model, const Aquifer& aquifer);
  // Some cell can change its state.
  bool possible() const { return possible_; }
  // One sweep of outer iteration `iteration` (1-based).
  WettingResult sweep(const Model& model, const Aquifer& aquifer, int iteration, FlowState& state) const;
  // Cells whose starting head is not above their bottom start dry, as in MODFLOW 6: convertible ones, and with
  // THICKSTRT those of ICELLTYPE < 0, which stay dry unless they are rewetted.
  void start_dry(const Model& model, const Aquifer& aquifer, FlowState& state) const;
  // Whether a sweep would change anything.
  bool would_change(const Model& model, const Aquifer& aquifer, int iteration, const FlowState& state) const;
  // Old heads of dry cells that can be rewetted become their bottoms, at the start of a step.
  void start_step(const Model& model, FlowState& state) const;

 private:
  bool wets(const Model& model, const FlowState& state, std::size_t n, double& head) const;
  bool possible_ = false;
  std::vector<CellIndex> wettable_;  // cells with WETDRY, increasing
};

}  // namespace phreatic::flow
