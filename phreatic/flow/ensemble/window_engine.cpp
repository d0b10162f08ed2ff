// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/ensemble/window_engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/flow/ensemble/record.hpp"
#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"
#include "phreatic/flow/steps/flows.hpp"

namespace phreatic::flow {
namespace {

constexpr int kOuterMost = 60;
constexpr double kPessimism = 3;  // in judging the next change, as the quick path does
constexpr double kFillKept = 0.97;
constexpr double kTightest = 2e-4;  // reduction of a linear solve
constexpr double kLoosest = 0.1;
constexpr double kPartOfClosure = 0.1;  // what a linear solve may leave
constexpr double kEdge = 0.25;          // of the closure: larger differences at its edge make the window grow
constexpr int kLeastMargin = 8;         // cells around what has changed

int margin_of(const RowSpans& spans) {
  int widest = 0;
  for (std::size_t i = 0; i < spans.first.size(); ++i)
    widest = std::max(widest, spans.last[i] - spans.first[i]);
  return kLeastMargin + widest / 8;
}

// Of the present step's iterations.
struct Iteration {
  double gross = 0, last_residual = 0, change = 0;
  int outer = 0;
  bool corrected = false;  // since the window is what it is

  bool done(double residual, double package_flows, const Closure& closure) {
    gross = std::max(gross, package_flows);
    const bool small = residual <= closure.balance * gross;
    const double fall = last_residual > 0 ? std::min(0.99, residual / last_residual) : 0.99;
    const double expected = kPessimism * fall / (1 - fall) * std::abs(change);
    wanted = std::clamp(0.3 * closure.head / std::max(expected, 1e-30), kTightest, 0.3);
    last_residual = residual;
    return corrected && expected <= closure.head && (small || expected <= 1e-4 * closure.head);
  }
  double wanted = kTightest;  // reduction of the next solve, after the first
};

}  // namespace

WindowEngine::WindowEngine(const Model& model, const EngineOptions& options) {
  set_up(engine_, scenario_model(model, Scenario{}), options);
  whole_ = engine_.aquifer.layout;
  engine_.single.allocate(whole_);
  // Levels that are kept from system to system have no place where systems of many scenarios take turns.
  Layout plain = whole_;
  plain.span_cells = 0;
  engine_.single_solver.allocate(plain);
  linear_ = coefficients_are_fixed(engine_.model);
  if (!linear_) return;
  change_ = flow_ = whole_.array<double>();
  fall_ = whole_.array<float>();
}

void WindowEngine::take_baseline(const Simulation& baseline, Padded<double>& residual,
                                 IncompleteFactor<float>* factor) {
  const Engine& base = baseline.engine();
  const StepTime& time = baseline.last_step().time;
  const bool at_hand = base.residual_is_of_heads && base.single_is_enough && !base.single.excess.empty();
  if (!at_hand) {
    begin_step(baseline);
    engine_.aquifer.layout = whole_;
    engine_.state.head = base.state.head;
    engine_.state.old = base.state.old;
    for (std::size_t p = 0; p < base.values.size(); ++p) engine_.values[p] = base.values[p];
    engine_.values.back() = {};
    assemble_picard(engine_, time.steady ? 0.0 : time.dt, engine_.single);
  }
  residual = at_hand ? base.residual : engine_.residual;
  if (factor == nullptr) return;
  Layout one_strip = whole_;
  one_strip.strips = 1;
  one_strip.strip_row = {0, whole_.nrow};
  factor->factor(one_strip, at_hand ? base.single : engine_.single, base.state.ibound, kFillKept);
}

void WindowEngine::begin_step(const Simulation& baseline) {
  const int period = baseline.last_step().time.period;
  if (period != period_) use_barriers(engine_, period_ = period);
  engine_.state.ibound = baseline.engine().state.ibound;
}

bool WindowEngine::begins(const WindowLane& lane, const StepTime& time) const {
  const Scenario& s = *lane.scenario;
  return std::any_of(s.sites.begin(), s.sites.end(),
                     [&](const RechargeSite& site) { return share_of_step(site, time) > 0; }) ||
         std::any_of(s.changes.begin(), s.changes.end(),
                     [&](const PackageChange& c) { return applies(c, c.package, time); });
}

// The first window: around all that the scenario ever changes.
void WindowEngine::open(WindowLane& lane, const StepFrame& frame) {
  const Grid& grid = engine_.model.grid;
  RowSpans spans(grid.nrow);
  const auto include = [&](CellIndex cell) {
    if (cell == kNoCell) return;
    const auto in_layer = static_cast<int>(static_cast<std::size_t>(cell) % grid.layer_cells());
    spans.include(in_layer / grid.ncol, in_layer % grid.ncol);
  };
  for (const RechargeSite& site : lane.scenario->sites)
    std::for_each(site.cells.begin(), site.cells.end(), include);
  for (const std::size_t p : lane.changed) {
    const std::vector<CellIndex>& cells = frame.baseline.engine().values[p].cell;
    std::for_each(cells.begin(), cells.end(), include);
  }
  if (!frame.parts.window) {
    for (int i = 0; i < grid.nrow; ++i) {
      spans.include(i, 0);
      spans.include(i, grid.ncol - 1);
    }
  }
  lane.window = make_window(whole_, spans.widened(margin_of(spans), grid.ncol));
  lane.difference.assign(lane.window.layout.span_cells, 0.0);
  lane.earlier = lane.difference;
  std::fill(lane.bounds_version.begin(), lane.bounds_version.end(), -1);
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
  take_bounds(lane, frame);
  take_values(lane, frame);
  fix_heads();
}

// Links between the window and the cells around it belong to rows of the matrix outside it: towards smaller columns and rows.
void WindowEngine::copy_ring_links() {
  const Layout& layout = engine_.aquifer.layout;
  const auto columns = static_cast<std::size_t>(layout.ncol);
  LinkMatrix<float>& a = engine_.single;
  for_rows(layout, [&](int k, int i, std::size_t begin, std::size_t end) {
    const std::size_t start = layout.row_start(k, i);
    if (begin > start) a.right[begin - 1] = static_cast<float>(engine_.aquifer.right[begin - 1]);
    if (i == 0) return;
    const std::size_t behind = layout.row_index(k, i - 1);
    const std::size_t first = start + static_cast<std::size_t>(layout.begin[behind]);
    const std::size_t last = start + static_cast<std::size_t>(layout.end[behind]);
    for (std::size_t n = begin; n < end; ++n) {
      if (n < first || n >= last)
        a.front[n - columns] = static_cast<float>(engine_.aquifer.front[n - columns]);
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

// Makes the window larger where the difference passes `edge` at its rim. Heads stay as they are.
bool WindowEngine::grow(WindowLane& lane, const StepFrame& frame, double edge) {
  const Layout& layout = engine_.aquifer.layout;
  const Padded<double>& head = engine_.state.head;
  const Padded<double>& base = frame.baseline.engine().state.head;
  RowSpans reached(layout.nrow);
  for_rows(layout, [&](int k, int i, std::size_t begin, std::size_t end) {
    const auto differs = [&](std::size_t n) { return std::abs(head[n] - base[n]) > edge; };
    std::size_t first = begin;
    while (first < end && !differs(first)) ++first;
    if (first == end) return;
    std::size_t last = end - 1;
    while (!differs(last)) --last;
    const std::size_t start = layout.row_start(k, i);
    reached.include(i, static_cast<int>(first - start));
    reached.include(i, static_cast<int>(last - start));
  });
  if (lane.window.spans.contain(reached.widened(1, layout.ncol))) return false;
  RowSpans spans = reached.widened(margin_of(reached), layout.ncol);
  spans.include(lane.window.spans);
  start_.clear();
  for_rows(layout, [&](int, int, std::size_t begin, std::size_t end) {
    for (std::size_t n = begin; n < end; ++n)
      start_.push_back(engine_.state.ibound[n] > 0 ? head[n] - base[n] : 0.0);
  });
  engine_.single_solver.clear(layout);
  Window larger = make_window(whole_, std::move(spans));
  start_ = moved(start_, lane.window.layout, larger.layout);
  lane.difference = moved(lane.difference, lane.window.layout, larger.layout);
  lane.earlier = moved(lane.earlier, lane.window.layout, larger.layout);
  lane.window = std::move(larger);
  std::fill(lane.bounds_version.begin(), lane.bounds_version.end(), -1);
  place(lane, frame);
  return true;
}

// The outer iterations of a step; false when the scenario has to leave.
bool WindowEngine::iterate(WindowLane& lane, const StepFrame& frame) {
  const StepTime& time = frame.baseline.last_step().time;
  const double dt = time.steady ? 0.0 : time.dt;
  const std::string when = fmt::format("period {}, step {}", time.period + 1, time.step + 1);
  const int most = std::clamp(engine_.model.solver.outer_maximum, 1, kOuterMost);
  const int inner_most = 200 + 4 * (whole_.nlay + whole_.nrow + whole_.ncol);
  const auto leaves = [&](const std::string& why) {
    lane.running = false;
    lane.result->message = when + ": " + why;
    return false;
  };
  Iteration now;
  Balance balance;
  double residual = 0;
  int growths = 0;
  for (;;) {
    if (engine_.wetting->possible() && near_drying(engine_)) return leaves("a cell nears drying");
    if (!linear_ || !now.corrected) {
      balance = assemble_picard(engine_, dt, engine_.single);
      copy_ring_links();
      residual = difference_residual(frame);
    }
    if (now.done(residual, balance.gross, frame.closure)) return true;
    if (now.outer >= most + growths || !std::isfinite(residual)) return leaves("no convergence in its lane");
    const Layout& layout = engine_.aquifer.layout;
    if (!now.corrected && frame.parts.shared_factors) {
      engine_.single_solver.take_factor(layout, frame.factor);
    } else if (!now.corrected) {
      engine_.single_solver.factor(layout, engine_.single, engine_.state.ibound, kFillKept);
    }
    const double reduction =
        now.outer > 0 ? now.wanted
                      : std::clamp(kPartOfClosure * frame.closure.head / std::max(lane.first_change, 1e-30),
                                   kTightest, kLoosest);
    const LinearResult solved =
        engine_.single_solver.solve(layout, engine_.single, engine_.residual, reduction, inner_most);
    const HeadChange change =
        linear_ ? correct(residual)
                : add_correction(engine_, engine_.single_solver.correction(), engine_.single_solver.scale());
    now.change = change.largest;
    if (now.outer == 0) lane.first_change = std::abs(change.largest);
    now.corrected = true;
    ++now.outer;
    ++lane.result->outer_iterations;
    lane.result->inner_iterations += solved.iterations;
    if (!grow(lane, frame, kEdge * frame.closure.head)) continue;
    ++growths;
    now.corrected = false;
    now.last_residual = 0;
  }
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
  if (lane.window.empty()) open(lane, frame);
  // As the differences of the last two steps would go on.
  start_ = lane.difference;
  if (!frame.parts.warm_start) std::fill(start_.begin(), start_.end(), 0.0);
  if (frame.parts.warm_start && !time.steady && lane.dt > 0) {
    const double ratio = std::min(time.dt / lane.dt, 2.0);
    for (std::size_t i = 0; i < start_.size(); ++i)
      start_[i] += ratio * (lane.difference[i] - lane.earlier[i]);
  }
  place(lane, frame);
  if (iterate(lane, frame)) {
    take_difference(lane, frame);
    record(lane, frame);
  }
  lane.cell_steps += static_cast<double>(lane.window.layout.span_cells);
  engine_.single_solver.clear(engine_.aquifer.layout);
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

WindowEngines::WindowEngines(const Model& model, const EngineOptions& options, std::size_t most) {
  for (std::size_t i = 0; i < std::max<std::size_t>(most, 1); ++i) {
    free_.push_back(std::make_unique<WindowEngine>(model, options));
    engines_.push_back(free_.back().get());
  }
}

void WindowEngines::begin_step(const Simulation& baseline) {
  for (WindowEngine* engine : engines_) engine->begin_step(baseline);
}

}  // namespace phreatic::flow
