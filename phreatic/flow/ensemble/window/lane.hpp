// SPDX-License-Identifier: BSD-3-Clause
// A scenario on its way through the run, as a difference to its baseline in a window: what is kept of it from step to step,
// what acts on it in its window, when a step of it is done and when its window grows.
#pragma once

#include <string>
#include <vector>

#include "phreatic/flow/ensemble/ensemble.hpp"
#include "phreatic/flow/ensemble/window/window.hpp"
#include "phreatic/flow/solver/incomplete_factor.hpp"

namespace phreatic::flow {

struct Closure {
  double head = 0;     // (L)
  double balance = 0;  // residual over the flows of packages
};

class FixedCoefficients;

// Of the baseline's matrix, of this step or one like it, in the precision that is in use.
struct BaselineFactors {
  IncompleteFactor<float> single;
  IncompleteFactor<double> full;
};

// The step that the baseline has taken.
struct StepFrame {
  const Simulation& baseline;
  const Padded<double>& residual;  // of the baseline at its heads (L3/T)
  const FixedCoefficients* fixed;  // where they do not depend on heads, else null
  const BaselineFactors& factors;
  const std::vector<int>& cells_versions;  // [packages] changes when the list of cells does
  Closure closure;
  LaneParts parts;
};

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
  double largest = 0;              // of the differences at the end of the last step (L)
  std::vector<std::int32_t> nearest;
  std::vector<std::size_t> changed;  // packages that it changes
  // Bounds of each package in the window, and for which window and list of cells.
  std::vector<std::vector<std::uint32_t>> bounds;
  std::vector<int> bounds_version;
  double cell_steps = 0;  // sum of the window's cells over steps

  bool changes(std::size_t package) const;
  // Takes it out of the run, with the reason in its result; returns false.
  bool leaves(const StepTime& time, const std::string& why);
};

WindowLane make_lane(const Model& model, const Layout& whole, const Scenario& scenario, std::size_t index,
                     ScenarioResult& result);

// Whether the scenario differs from its baseline in a step although it did not before.
bool begins(const WindowLane& lane, const StepTime& time);
// The first window: around all that the scenario ever changes; with parts.window false the whole grid.
void open(WindowLane& lane, const Layout& whole, const StepFrame& frame);
// Differences from which the iterations of a step start: as those of the last two steps would go on.
void start_of(const WindowLane& lane, const StepFrame& frame, std::vector<double>& start);
// Makes the window hold the cells around `reached`, those whose difference passes the edge, and moves what the lane keeps and
// `start` to it; false, and nothing is done, when it is large enough.
bool widen(WindowLane& lane, const Layout& whole, const RowSpans& reached, std::vector<double>& start);
// Values of the bounds that lie in the window: [packages], and those of the sites' water behind them.
void take_values(WindowLane& lane, const StepFrame& frame, std::vector<PackageValues>& values);
// Bounds of a package of the baseline that lie in the window.
void gather(const PackageValues& from, const std::vector<std::uint32_t>& which, PackageValues& to);

// When the outer iterations of a step are done, and how tightly the next system is solved.
class LaneClosure {
 public:
  LaneClosure(const Closure& closure, double first_change) : closure_(closure), first_change_(first_change) {}
  // From the sum of what is left of the balance and that of the flows of packages.
  bool done(double residual, double package_flows);
  void corrected(double change);
  void window_grew();
  bool may_start() const { return !corrected_; }  // nothing was corrected since the window is what it is
  int outer() const { return outer_; }
  int growths() const { return growths_; }
  double reduction() const;  // of the next linear solve

 private:
  Closure closure_;
  double first_change_;
  double gross_ = 0, last_residual_ = 0, change_ = 0, expected_ = 1e300;
  int outer_ = 0, growths_ = 0;
  bool corrected_ = false;
};

// Largest absolute value; 0 of none.
double largest_of(const std::vector<double>& differences);
// The closure of a lane: that of the model, and where differences have become small a part of the largest, so that what
// is left late is found to the same share as what there was first. No smaller than a thousandth of the model's.
Closure closure_of(const WindowLane& lane, const Closure& of_model);
// Part of a lane's closure that differences at the rim of its window may reach before it grows.
double window_edge(const Closure& closure);

}  // namespace phreatic::flow
