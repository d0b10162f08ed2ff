// SPDX-License-Identifier: BSD-3-Clause
// Scenarios in models whose transmissivities and storage do not depend on heads. The balance of a difference d to the baseline
// is then linear but for its bounds,
//     C (d_old - d) + sum_m c_nm (d_m - d_n) + Q_s(h_b + d) - Q_b(h_b) = 0
// with storage C over the length of the step and links c that all scenarios share: nothing is assembled for a scenario but its
// bounds. Coefficients are floats, whose rounding is 6e-8 of the difference; the balance is summed in doubles.
#pragma once

#include <vector>

#include "phreatic/flow/ensemble/window/lane.hpp"
#include "phreatic/flow/solver/link_solver.hpp"
#include "phreatic/flow/steps/outer/outer_loop.hpp"

namespace phreatic::flow {

// Whether conductances and storage do not depend on heads: no cell is convertible.
bool coefficients_are_fixed(const Model& model);
// Whether LinearWindow takes the steps of lanes: there, and with the parts that it is made of.
bool lanes_are_linear(const Model& model, const LaneParts& parts);

// What the scenarios of a step share.
class FixedCoefficients {
 public:
  explicit FixedCoefficients(const Layout& layout);
  // Of the step that the baseline has taken.
  void take(const Simulation& baseline);
  const LinkMatrix<float>& matrix() const { return matrix_; }  // excess: storage over the length of the step
  const Padded<double>& bound_flow() const { return flow_; }  // of the baseline's bounds that depend on heads
  const Padded<float>& part() const { return part_; }         // 1 in wet cells, 0 in others
  const Padded<double>& water() const { return water_; }      // stored per rise of the head (L2)
  const Padded<double>& table() const { return table_; }      // area, of the upmost wet cells of columns (L2)
  // Sum of the absolute flows of packages, cell by cell, within the spans of a layout (L3/T).
  double flows_within(const Layout& where) const;

 private:
  void take_cells(const Engine& base);
  void take_flows(const Engine& base);

  LinkMatrix<float> matrix_;
  Padded<double> flow_, net_, water_, table_;
  Padded<float> part_;
  std::vector<double> flows_;  // [rows][columns + 1] sums of the flows of a row's cells before a column
  Padded<std::int8_t> ibound_;
  double dt_ = -1;
  int period_ = -1;
};

// Takes steps of one lane at a time.
class LinearWindow {
 public:
  // `model` has the package of the sites' water behind the baseline's.
  LinearWindow(const Model& model, const Layout& whole);
  // Before the first lane of a step.
  void begin_step(const FixedCoefficients& fixed);
  // Does the lane's step, its difference and its rise included.
  void step(WindowLane& lane, const StepFrame& frame);

 private:
  void place(WindowLane& lane, const StepFrame& frame);
  void clear_rim();
  void fix_heads(const WindowLane& lane, const StepFrame& frame);
  double balance(const WindowLane& lane, const StepFrame& frame);
  void add_bounds(const WindowLane& lane, const StepFrame& frame);
  void take_factor(const StepFrame& frame);
  bool iterate(WindowLane& lane, const StepFrame& frame);
  double correct();
  bool grow(WindowLane& lane, const StepFrame& frame);
  void finish(WindowLane& lane, const StepFrame& frame);

  const Model& model_;
  const Layout& whole_;
  Layout layout_;  // of the present window
  LinkMatrix<float> a_;
  ConjugateGradients<float> solver_;
  FactorOnly<float> preconditioner_;
  IncompleteFactor<float> own_factor_;  // made when the baseline's is not to be used
  Padded<double> d_, residual_;
  Padded<double> head_;  // of cells with bounds
  std::vector<PackageValues> values_;
  std::vector<double> start_;
  double added_ = 0;  // flow of the sites (L3/T)
};

}  // namespace phreatic::flow
