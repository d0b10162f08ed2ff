// SPDX-License-Identifier: BSD-3-Clause
// Under-relaxation of outer iterations as MODFLOW 6's IMS does it: simple damping, Cooley's method
// (cooley1983) or delta-bar-delta per cell (jacobs1988).
#pragma once

#include <vector>

#include "phreatic/flow/model.hpp"
#include "phreatic/flow/steps/assembly.hpp"

namespace phreatic::flow {

class UnderRelaxer {
 public:
  explicit UnderRelaxer(const SolverSettings& settings) : settings_(settings) {}
  bool active() const { return settings_.under_relaxation != UnderRelaxation::none; }
  // heads = before + relaxed (heads - before) for wet cells; `change` is the largest signed change.
  void relax(const Layout& layout, int iteration, double change, const Padded<double>& before,
             FlowState& state);

 private:
  double cooley_factor(int iteration, double change);
  double bar_delta(int iteration, std::size_t n, double delta);

  SolverSettings settings_;
  std::vector<double> weight_, history_, last_;  // delta-bar-delta, per cell
  double old_factor_ = 1;
  double old_change_ = 0;
};

}  // namespace phreatic::flow
