// SPDX-License-Identifier: BSD-3-Clause
// Scenarios as differences to their baseline. With R(h, h_old) the flow balance of a step, h_b the baseline's heads and
// d what a scenario's differ by,
//     R_s(h_b + d, h_b,old + d_old) - R_b(h_b, h_b,old) = 0    in the window,      d = 0 outside it
// which asks nothing of cells in which nothing changes. The window grows before a step ends while |d| passes an edge that
// is a part of the closure; in a linear model what is cut off stays within that edge everywhere (maximum principle).
// Residuals are in double precision at the scenario's own heads, saturation, bounds and storage; corrections are solved in
// floats. Nothing is shared by scenarios but the baseline, so what one gives does not depend on the others, bit for bit.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "phreatic/flow/ensemble/window/lane.hpp"
#include "phreatic/flow/ensemble/window/linear_window.hpp"
#include "phreatic/flow/steps/outer/outer_loop.hpp"

namespace phreatic::flow {

// What works on one scenario at a time.
class WindowEngine {
 public:
  WindowEngine(const Model& model, const EngineOptions& options, const LaneParts& parts);

  // The baseline's flow balance at its heads and, when wanted, factors of its matrix.
  void take_baseline(const Simulation& baseline, Padded<double>& residual, BaselineFactors* factors);
  // Before the first lane of a step.
  void begin_step(const Simulation& baseline, const FixedCoefficients* fixed);
  // The lane's step; it stops running when it nears drying or does not converge (with the reason in its result).
  void step(WindowLane& lane, const StepFrame& frame);
  // Heads of the whole grid, as Simulation::heads().
  static void heads(const WindowLane& lane, const Simulation& baseline, std::vector<double>& out);
  std::vector<BudgetEntry> budget(const WindowLane& lane, const Simulation& baseline);

 private:
  void place(WindowLane& lane, const StepFrame& frame);
  void fix_heads();
  template <class T>
  void copy_ring_links(LinkMatrix<T>& a) const;
  template <class T>
  bool iterate(WindowLane& lane, const StepFrame& frame, LinkMatrix<T>& a, LinkSolver<T>& solver,
               const IncompleteFactor<T>& factor);
  bool grow(WindowLane& lane, const StepFrame& frame);
  double difference_residual(const StepFrame& frame);
  void take_difference(WindowLane& lane, const StepFrame& frame);
  void record(WindowLane& lane, const StepFrame& frame);

  void clear_solver(const Layout& layout);

  Engine engine_;
  Layout whole_;
  bool single_;                // precision of the systems
  std::vector<double> start_;  // differences at the start of the step's iterations
  int period_ = -1;
  std::unique_ptr<LinearWindow> linear_;  // takes the steps where coefficients are fixed
};

// Engines for as many lanes as there are threads.
class WindowEngines {
 public:
  WindowEngines(const Model& model, const EngineOptions& options, const LaneParts& parts, std::size_t most);
  std::size_t count() const { return engines_.size(); }
  WindowEngine& at(std::size_t i) { return *engines_[i]; }
  // Calls use(engine) with one that nobody else has.
  template <class Use>
  void with_one(Use&& use) {
    std::unique_ptr<WindowEngine> engine;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      engine = std::move(free_.back());
      free_.pop_back();
    }
    use(*engine);
    const std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(std::move(engine));
  }
  void begin_step(const Simulation& baseline, const FixedCoefficients* fixed);

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<WindowEngine>> free_;
  std::vector<WindowEngine*> engines_;
};

}  // namespace phreatic::flow
