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

#include "phreatic/flow/ensemble/ensemble.hpp"
#include "phreatic/flow/ensemble/window.hpp"
#include "phreatic/flow/steps/outer/outer_loop.hpp"

namespace phreatic::flow {

struct Closure {
  double head = 0;     // (L)
  double balance = 0;  // residual over the flows of packages
};

// The step that the baseline has taken.
struct StepFrame {
  const Simulation& baseline;
  const Padded<double>& residual;          // of the baseline at its heads (L3/T)
  const IncompleteFactor<float>& factor;   // of the baseline's matrix, of this step or one like it
  const std::vector<int>& cells_versions;  // [packages] changes when the list of cells does
  Closure closure;
  LaneParts parts;
};

// A scenario on its way through the run.
struct WindowLane {
  const Scenario* scenario = nullptr;
  ScenarioResult* result = nullptr;
  std::size_t index = 0;  // in the group
  bool running = true;
  Window window;
  std::vector<double> difference;  // [cells of the window] at the end of the last step (L)
  std::vector<double> earlier;     // one step before
  double dt = 0;                   // of the last step, 0 steady (T)
  double first_change = 0;         // largest change of its first correction (L)
  std::vector<std::int32_t> nearest;
  std::vector<std::size_t> changed;  // packages that it changes
  // Bounds of each package in the window, and for which window and list of cells.
  std::vector<std::vector<std::uint32_t>> bounds;
  std::vector<int> bounds_version;
  double cell_steps = 0;  // sum of the window's cells over steps
};

WindowLane make_lane(const Model& model, const Layout& whole, const Scenario& scenario, std::size_t index,
                     ScenarioResult& result);

// What works on one scenario at a time.
class WindowEngine {
 public:
  WindowEngine(const Model& model, const EngineOptions& options);

  // The baseline's flow balance at its heads and, when wanted, factors of its matrix.
  void take_baseline(const Simulation& baseline, Padded<double>& residual, IncompleteFactor<float>* factor);
  // Before the first lane of a step.
  void begin_step(const Simulation& baseline);
  // The lane's step; it stops running when it nears drying or does not converge (with the reason in its result).
  void step(WindowLane& lane, const StepFrame& frame);
  // Heads of the whole grid, as Simulation::heads().
  static void heads(const WindowLane& lane, const Simulation& baseline, std::vector<double>& out);
  std::vector<BudgetEntry> budget(const WindowLane& lane, const Simulation& baseline);

 private:
  bool begins(const WindowLane& lane, const StepTime& time) const;
  void open(WindowLane& lane, const StepFrame& frame);
  void place(WindowLane& lane, const StepFrame& frame);
  void set_window(WindowLane& lane, const StepFrame& frame);
  void take_bounds(WindowLane& lane, const StepFrame& frame);
  void take_values(const WindowLane& lane, const StepFrame& frame);
  void fix_heads();
  void copy_ring_links();
  bool iterate(WindowLane& lane, const StepFrame& frame);
  bool grow(WindowLane& lane, const StepFrame& frame, double edge);
  double difference_residual(const StepFrame& frame);
  HeadChange correct(double& residual);
  void add_bounds_by_head(double sign);
  void take_difference(WindowLane& lane, const StepFrame& frame);
  void record(WindowLane& lane, const StepFrame& frame);

  Engine engine_;
  Layout whole_;
  std::vector<double> start_;  // differences at the start of the step's iterations
  int period_ = -1;
  // Where coefficients are fixed a correction changes the residual by its product with them.
  bool linear_ = false;
  Padded<double> change_;  // of heads, 0 outside of correct()
  Padded<double> flow_;    // of bounds that depend on the head, 0 outside of add_bounds_by_head()
  Padded<float> fall_;     // of that flow with the head, likewise
};

// Whether conductances and storage do not depend on heads: no cell is convertible.
bool coefficients_are_fixed(const Model& model);

// Engines for as many lanes as there are threads.
class WindowEngines {
 public:
  WindowEngines(const Model& model, const EngineOptions& options, std::size_t most);
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
  void begin_step(const Simulation& baseline);

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<WindowEngine>> free_;
  std::vector<WindowEngine*> engines_;
};

}  // namespace phreatic::flow
