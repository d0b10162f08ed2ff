// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/ensemble/window/window_engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/flow/ensemble/record.hpp"
#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"
#include "phreatic/flow/steps/flows.hpp"

namespace phreatic::flow {
namespace {

constexpr int kOuterMost = 60;
constexpr double kFillKept = 0.97;

}  // namespace

WindowEngine::WindowEngine(const Model& model, const EngineOptions& options, const LaneParts& parts)
    : single_(parts.single_precision) {
  set_up(engine_, scenario_model(model, Scenario{}), options);
  whole_ = engine_.aquifer.layout;
  // Levels that are kept from system to system have no place where systems of many scenarios take turns.
  Layout plain = whole_;
  plain.span_cells = 0;
  engine_.single.allocate(whole_);
  if (lanes_are_linear(engine_.model, parts)) {
    linear_ = std::make_unique<LinearWindow>(engine_.model, whole_);
    return;
  }
  if (!single_) engine_.full.allocate(whole_);
  single_ ? engine_.single_solver.allocate(plain) : engine_.full_solver.allocate(plain);
}

void WindowEngine::take_baseline(const Simulation& baseline, Padded<double>& residual,
                                 BaselineFactors* factors) {
  const Engine& base = baseline.engine();
  const StepTime& time = baseline.last_step().time;
  const double dt = time.steady ? 0.0 : time.dt;
  const bool at_hand =
      single_ && base.residual_is_of_heads && base.single_is_enough && !base.single.excess.empty();
  if (!at_hand) {
    begin_step(baseline, nullptr);
    engine_.aquifer.layout = whole_;
    engine_.state.head = base.state.head;
    engine_.state.old = base.state.old;
    for (std::size_t p = 0; p < base.values.size(); ++p) engine_.values[p] = base.values[p];
    engine_.values.back() = {};
    single_ ? assemble_picard(engine_, dt, engine_.single) : assemble_picard(engine_, dt, engine_.full);
  }
  residual = at_hand ? base.residual : engine_.residual;
  if (factors == nullptr) return;
  Layout one_strip = whole_;
  one_strip.strips = 1;
  one_strip.strip_row = {0, whole_.nrow};
  const auto make = [&](auto& factor, const auto& a) {
    if (factor.inverse().empty()) factor.allocate(whole_);
    factor.factor(one_strip, a, base.state.ibound, kFillKept);
  };
  if (single_) make(factors->single, at_hand ? base.single : engine_.single);
  if (!single_) make(factors->full, engine_.full);
}

void WindowEngine::begin_step(const Simulation& baseline, const FixedCoefficients* fixed) {
  const int period = baseline.last_step().time.period;
  if (period != period_) use_barriers(engine_, period_ = period);
  engine_.state.ibound = baseline.engine().state.ibound;
  if (linear_ && fixed != nullptr) linear_->begin_step(*fixed);
}

// Heads of the window and of the cells around it, bounds, and the layout.
void WindowEngine::place(WindowLane& lane, const StepFrame& frame) {
  const FlowState& base = frame.baseline.engine().state;
  FlowState& state = engine_.state;
  engine_.aquifer.layout = lane.window.layout;
  const RowSpans ring = lane.window.spans.widened(1, whole_.ncol);
  for (int k = 0; k < whole_.nlay; ++k) {
    for (int i = 0; i < whole_.nrow; ++i) {
      const auto first = static_cast<std::size_t>(ring.first[static_cast<std::size_t>(i)]);
      const auto last = static_cast<std::size_t>(ring.last[static_cast<std::size_t>(i)]);
      if (first >= last) continue;
      const std::size_t start = whole_.row_start(k, i);
      for (std::size_t n = start + first; n < start + last; ++n) {
        state.head[n] = base.head[n];
        state.old[n] = base.old[n];
      }
    }
  }
  std::size_t at = 0;
  for_rows(engine_.aquifer.layout, [&](int, int, std::size_t begin, std::size_t end) {
    for (std::size_t n = begin; n < end; ++n, ++at) {
      if (state.ibound[n] <= 0) continue;
      state.head[n] += start_[at];
      state.old[n] += lane.difference[at];
    }
  });
  take_values(lane, frame, engine_.values);
  fix_heads();
}

void WindowEngine::fix_heads() {
  for (std::size_t p = 0; p < engine_.model.packages.size(); ++p) {
    if (engine_.model.packages[p].kind != PackageKind::chd) continue;
    const PackageValues& values = engine_.values[p];
    for (std::size_t b = 0; b < values.size(); ++b) {
      const CellIndex n = values.cell[b];
      if (n == kNoCell || engine_.state.ibound[static_cast<std::size_t>(n)] >= 0) continue;
      engine_.state.head[static_cast<std::size_t>(n)] = engine_.state.old[static_cast<std::size_t>(n)] =
          values.value(0, b);
    }
  }
}

// Links between the window and the cells around it belong to rows of the matrix outside it: towards smaller columns and rows.
template <class T>
void WindowEngine::copy_ring_links(LinkMatrix<T>& a) const {
  const Layout& layout = engine_.aquifer.layout;
  const auto columns = static_cast<std::size_t>(layout.ncol);
  for_rows(layout, [&](int k, int i, std::size_t begin, std::size_t end) {
    const std::size_t start = layout.row_start(k, i);
    if (begin > start) a.right[begin - 1] = static_cast<T>(engine_.aquifer.right[begin - 1]);
    if (i == 0) return;
    const std::size_t behind = layout.row_index(k, i - 1);
    const std::size_t first = start + static_cast<std::size_t>(layout.begin[behind]);
    const std::size_t last = start + static_cast<std::size_t>(layout.end[behind]);
    for (std::size_t n = begin; n < end; ++n) {
      if (n < first || n >= last) a.front[n - columns] = static_cast<T>(engine_.aquifer.front[n - columns]);
    }
  });
}

// Takes the baseline's flow balance off; returns the sum of what is left.
double WindowEngine::difference_residual(const StepFrame& frame) {
  double sum = 0;
  for_rows(engine_.aquifer.layout, [&](int, int, std::size_t begin, std::size_t end) {
    sum += row_kernels<double>().take_off(end - begin, engine_.state.ibound.data() + begin,
                                          frame.residual.data() + begin, engine_.residual.data() + begin);
  });
  return sum;
}

// Makes the window larger where the difference reaches its rim. Heads stay as they are.
bool WindowEngine::grow(WindowLane& lane, const StepFrame& frame) {
  const Layout layout = engine_.aquifer.layout;
  const Padded<double>& head = engine_.state.head;
  const Padded<double>& base = frame.baseline.engine().state.head;
  const double edge = window_edge(closure_of(lane, frame.closure));
  const RowSpans reached =
      spans_where(layout, [&](std::size_t n) { return std::abs(head[n] - base[n]) > edge; });
  if (lane.window.spans.contain(reached.widened(1, layout.ncol))) return false;
  start_.clear();
  for_rows(layout, [&](int, int, std::size_t begin, std::size_t end) {
    for (std::size_t n = begin; n < end; ++n)
      start_.push_back(engine_.state.ibound[n] > 0 ? head[n] - base[n] : 0.0);
  });
  clear_solver(layout);
  widen(lane, whole_, reached, start_);
  place(lane, frame);
  return true;
}

// The outer iterations of a step; false when the scenario has to leave.
template <class T>
bool WindowEngine::iterate(WindowLane& lane, const StepFrame& frame, LinkMatrix<T>& a, LinkSolver<T>& solver,
                           const IncompleteFactor<T>& factor) {
  const StepTime& time = frame.baseline.last_step().time;
  const double dt = time.steady ? 0.0 : time.dt;
  const int most = std::clamp(engine_.model.solver.outer_maximum, 1, kOuterMost);
  const int inner_most = 200 + 4 * (whole_.nlay + whole_.nrow + whole_.ncol);
  LaneClosure now(closure_of(lane, frame.closure), lane.first_change);
  for (;;) {
    if (engine_.wetting->possible() && near_drying(engine_)) return lane.leaves(time, "a cell nears drying");
    const Balance balance = assemble_picard(engine_, dt, a);
    copy_ring_links(a);
    const double residual = difference_residual(frame);
    if (now.done(residual, balance.gross)) return true;
    if (now.outer() >= most + now.growths() || !std::isfinite(residual))
      return lane.leaves(time, "no convergence in its lane");
    const Layout& layout = engine_.aquifer.layout;
    if (now.may_start() && frame.parts.shared_factors) {
      solver.preconditioner().take_factor(layout, factor);
    } else if (now.may_start()) {
      solver.factor(layout, a, engine_.state.ibound, kFillKept);
    }
    const LinearResult solved = solver.solve(layout, a, engine_.residual, now.reduction(), inner_most);
    const HeadChange change = add_correction(engine_, solver.correction(), solver.scale());
    if (now.outer() == 0) lane.first_change = std::abs(change.largest);
    now.corrected(change.largest);
    ++lane.result->outer_iterations;
    lane.result->inner_iterations += solved.iterations;
    if (grow(lane, frame)) now.window_grew();
  }
}

void WindowEngine::clear_solver(const Layout& layout) {
  single_ ? engine_.single_solver.clear(layout) : engine_.full_solver.clear(layout);
}

void WindowEngine::take_difference(WindowLane& lane, const StepFrame& frame) {
  const StepTime& time = frame.baseline.last_step().time;
  const Padded<double>& base = frame.baseline.engine().state.head;
  lane.earlier.swap(lane.difference);
  std::size_t at = 0;
  for_rows(engine_.aquifer.layout, [&](int, int, std::size_t begin, std::size_t end) {
    for (std::size_t n = begin; n < end; ++n, ++at)
      lane.difference[at] = engine_.state.ibound[n] != 0 ? engine_.state.head[n] - base[n] : 0.0;
  });
  lane.dt = time.steady ? 0.0 : time.dt;
  lane.largest = largest_of(lane.difference);
}

void WindowEngine::record(WindowLane& lane, const StepFrame& frame) {
  record_rise(engine_.model, lane.window.layout, engine_.state.head.data(),
              frame.baseline.engine().state.head.data(), lane.nearest, *lane.result);
}

void WindowEngine::step(WindowLane& lane, const StepFrame& frame) {
  if (!lane.running) return;
  const StepTime& time = frame.baseline.last_step().time;
  if (lane.window.empty() && !begins(lane, time)) {
    record(lane, frame);
    return;
  }
  if (lane.window.empty()) open(lane, whole_, frame);
  lane.cell_steps += static_cast<double>(lane.window.layout.span_cells);
  if (linear_) {
    linear_->step(lane, frame);
    return;
  }
  start_of(lane, frame, start_);
  place(lane, frame);
  const bool done = single_
                        ? iterate(lane, frame, engine_.single, engine_.single_solver, frame.factors.single)
                        : iterate(lane, frame, engine_.full, engine_.full_solver, frame.factors.full);
  if (done) {
    take_difference(lane, frame);
    record(lane, frame);
  }
  clear_solver(engine_.aquifer.layout);
}

void WindowEngine::heads(const WindowLane& lane, const Simulation& baseline, std::vector<double>& out) {
  const Grid& grid = baseline.model().grid;
  out = baseline.heads();
  std::size_t at = 0;
  for_rows(lane.window.layout, [&](int, int, std::size_t begin, std::size_t end) {
    for (std::size_t n = begin; n < end; ++n, ++at) {
      if (grid.idomain[n] > 0) out[n] += lane.difference[at];
    }
  });
}

std::vector<BudgetEntry> WindowEngine::budget(const WindowLane& lane, const Simulation& baseline) {
  const Engine& base = baseline.engine();
  const StepTime& time = baseline.last_step().time;
  engine_.aquifer.layout = whole_;
  engine_.state.head = base.state.head;
  engine_.state.old = base.state.old;
  std::size_t at = 0;
  for_rows(lane.window.layout, [&](int, int, std::size_t begin, std::size_t end) {
    for (std::size_t n = begin; n < end; ++n, ++at) {
      engine_.state.head[n] += lane.difference[at];
      engine_.state.old[n] += lane.earlier[at];
    }
  });
  for (std::size_t p = 0; p < base.values.size(); ++p) {
    engine_.values[p] = base.values[p];
    apply_changes(*lane.scenario, engine_.model.packages[p], time, engine_.values[p]);
  }
  engine_.values.back() = added_recharge(engine_.model.grid, *lane.scenario, time);
  fix_heads();
  refresh_conductances(engine_);
  return budget_of(package_flows(engine_), storage_flows(engine_, time.steady ? 0.0 : time.dt));
}

WindowEngines::WindowEngines(const Model& model, const EngineOptions& options, const LaneParts& parts,
                             std::size_t most) {
  for (std::size_t i = 0; i < std::max<std::size_t>(most, 1); ++i) {
    free_.push_back(std::make_unique<WindowEngine>(model, options, parts));
    engines_.push_back(free_.back().get());
  }
}

void WindowEngines::begin_step(const Simulation& baseline, const FixedCoefficients* fixed) {
  for (WindowEngine* engine : engines_) engine->begin_step(baseline, fixed);
}

}  // namespace phreatic::flow
