// SPDX-License-Identifier: BSD-3-Clause
// Horizontal flow barriers: the conductance of a link in series with the barrier, hydchr times the wetted
// face, or scaled by -hydchr (langevin2017). Links whose conductance never changes are changed once per
// period; the others after each update of conductances.
#pragma once

#include <vector>

#include "phreatic/flow/steps/assembly.hpp"

namespace phreatic::flow {

class BarrierSet {
 public:
  // Takes the barriers of a new period, undoing those of the last.
  void replace(const Model& model, const std::vector<Barrier>& barriers, Aquifer& aquifer);
  // After update_conductances().
  void apply(const Model& model, const FlowState& state, Aquifer& aquifer) const;

 private:
  struct Saved {
    std::size_t cell;
    bool along_row;
    double conductance;
  };
  std::vector<Barrier> changing_;
  std::vector<Saved> saved_;
};

}  // namespace phreatic::flow
