// SPDX-License-Identifier: BSD-3-Clause
// Newton's method (langevin2017, chapter 4; niswonger2011): horizontal conductance is that of full thickness
// times the smoothed saturation of the upstream cell, whose derivative enters the matrix. Steady steps are
// started by pseudo-transient continuation, which fades as the residual falls.
#include <algorithm>
#include <cmath>

#include "phreatic/flow/grid/conductance.hpp"
#include "phreatic/flow/grid/saturation.hpp"
#include "phreatic/flow/grid/storage.hpp"
#include "phreatic/flow/packages/packages.hpp"
#include "phreatic/flow/steps/outer/backtracking.hpp"
#include "phreatic/flow/steps/outer/outer_loop.hpp"

namespace phreatic::flow {
namespace {

constexpr double kFillKept = 0.97;

struct NewtonLinks {
  Engine& engine;
  GeneralMatrix& g;

  double saturation(std::size_t n) const {
    if (!engine.aquifer.is_convertible(n)) return 1;
    return smooth_fraction(engine.model.grid.cell_top(n), engine.model.grid.botm[n], engine.state.head[n]);
  }
  double slope(std::size_t n) const {
    if (!engine.aquifer.is_convertible(n)) return 0;
    return smooth_fraction_slope(engine.model.grid.cell_top(n), engine.model.grid.botm[n],
                                 engine.state.head[n]);
  }
  // Link n (smaller number) - m with conductance of full thickness c; forward stands in row n, backward in
  // row m.
  void add(std::size_t n, std::size_t m, double c, double& forward, double& backward) const {
    const double* h = engine.state.head.data();
    const bool upstream_n = h[n] > h[m];
    const std::size_t u = upstream_n ? n : m;
    const double now = c * saturation(u);
    const double flow = now * (h[m] - h[n]);
    engine.residual[n] += flow;
    engine.residual[m] -= flow;
    const double term = c * slope(u) * std::abs(h[m] - h[n]);
    forward = now + (upstream_n ? 0.0 : term);
    backward = now + (upstream_n ? term : 0.0);
    g.excess[n] += upstream_n ? term : -term;
    g.excess[m] += upstream_n ? -term : term;
  }
  void add_vertical(std::size_t n, std::size_t m, double c) const {
    const double* h = engine.state.head.data();
    const double flow = c * (h[m] - h[n]);
    engine.residual[n] += flow;
    engine.residual[m] -= flow;
    g.down[n] = c;
    g.up[n] = c;
  }
};

Balance assemble_newton(Engine& engine, double dt) {
  const Layout& layout = engine.aquifer.layout;
  const Model& model = engine.model;
  GeneralMatrix& g = engine.general;
  Balance balance;
  engine.residual.fill(0.0);
  g.excess.fill(0.0);
  if (model.flow.variable_cv) update_conductances(model, engine.state, engine.aquifer);
  for (std::size_t p = 0; p < model.packages.size(); ++p) {
    add_package(model.packages[p], engine.values[p], engine.states[p].get(), engine.bounds(),
                PackageTerms<double>{engine.residual.data(), g.excess.data()});
  }
  for (std::size_t n = 0; n < layout.cells; ++n) balance.gross += std::abs(engine.residual[n]);
  const NewtonLinks links{engine, g};
  for (int strip = 0; strip < layout.strips; ++strip) {
    for_rows(layout, strip, [&](int k, int, std::size_t begin, std::size_t end) {
      for (std::size_t n = begin; n < end; ++n) {
        const double right = engine.aquifer.right[n];
        const double front = engine.aquifer.front[n];
        if (right > 0) links.add(n, n + 1, right, g.right[n], g.left[n]);
        const std::size_t ahead = n + static_cast<std::size_t>(layout.ncol);
        if (front > 0) links.add(n, ahead, front, g.front[n], g.back[n]);
        if (k + 1 < layout.nlay)
          links.add_vertical(n, n + layout.layer_cells, down_conductance(engine.aquifer, engine.state, n));
        if (dt <= 0 || engine.state.ibound[n] <= 0 || engine.aquifer.is_pass_through(n)) continue;
        const StorageTerm term = storage_term(storage_cell(model, n, engine.aquifer.area(n), dt),
                                              engine.state.head[n], engine.state.old[n]);
        engine.residual[n] += term.ss_flow + term.sy_flow;
        g.excess[n] -= term.slope;
      }
    });
  }
  for (std::size_t n = 0; n < layout.cells; ++n) {
    if (engine.state.ibound[n] < 0) balance.gross += std::abs(engine.residual[n]);
    if (engine.state.ibound[n] <= 0) engine.residual[n] = 0;
    balance.residual += std::abs(engine.residual[n]);
  }
  return balance;
}

// Rows without any coefficient keep their head.
void hold_empty_rows(Engine& engine) {
  const Layout& layout = engine.aquifer.layout;
  GeneralMatrix& g = engine.general;
  const auto row = static_cast<std::size_t>(layout.ncol);
  for (std::size_t n = 0; n < layout.cells; ++n) {
    if (engine.state.ibound[n] <= 0) continue;
    double diagonal =
        g.excess[n] + g.right[n] + g.front[n] + *(g.left.data() + n - 1) + *(g.back.data() + n - row);
    if (n + layout.layer_cells < layout.cells) diagonal += g.down[n];
    if (n >= layout.layer_cells) diagonal += g.up[n - layout.layer_cells];
    if (std::abs(diagonal) < 1e-15) g.excess[n] += 1;
  }
}

// Pseudo-transient continuation of steady steps: a time step that grows as the residual falls (langevin2017).
class Continuation {
 public:
  void add(Engine& engine, int iteration) {
    double norm = 0;
    double fastest = 0;
    for (std::size_t n = 0; n < engine.aquifer.layout.cells; ++n) {
      if (engine.state.ibound[n] <= 0 || engine.aquifer.is_pass_through(n)) continue;
      const double r = engine.residual[n];
      norm += r * r;
      const double volume =
          engine.model.grid.area(n) * (engine.model.grid.cell_top(n) - engine.model.grid.botm[n]);
      if (volume > 0) fastest = std::max(fastest, std::abs(r) / volume);
    }
    norm = std::sqrt(norm);
    if (iteration == 1) {
      step_ = fastest > 0 ? 1 / fastest : 0.0;
    } else if (norm > 0 && last_norm_ > 0) {
      if (std::abs(norm - last_norm_) < 1e-12 * norm) return;
      step_ *= last_norm_ / norm;
    }
    last_norm_ = norm;
    if (step_ <= 0) return;
    for (std::size_t n = 0; n < engine.aquifer.layout.cells; ++n) {
      if (engine.state.ibound[n] > 0) engine.general.excess[n] += 1 / step_;
    }
  }

 private:
  double step_ = 0;
  double last_norm_ = 0;
};

// A head under the bottom of the lowest cell of its column moves there by nine tenths only.
bool hold_above_bottom(Engine& engine) {
  const Grid& grid = engine.model.grid;
  bool any = false;
  for (std::size_t n = 0; n < grid.cells(); ++n) {
    if (engine.state.ibound[n] <= 0 || !engine.aquifer.is_convertible(n)) continue;
    if (engine.state.head[n] >= grid.botm[n]) continue;
    auto lowest = static_cast<CellIndex>(n);
    for (CellIndex m = cell_below(grid, lowest); m != kNoCell; m = cell_below(grid, m)) lowest = m;
    if (!engine.aquifer.is_convertible(static_cast<std::size_t>(lowest))) continue;
    const double bottom = grid.botm[static_cast<std::size_t>(lowest)];
    if (engine.state.head[n] >= bottom) continue;
    engine.state.head[n] = 0.1 * engine.before[n] + 0.9 * bottom;
    any = true;
  }
  return any;
}

// Tells when the iterations go in circles, for example between two states of a bound: the largest change has
// not halved for a while. The changes of cells that go back and forth are then damped (key jacobs1988).
class Circling {
 public:
  // After every iteration with its largest change; true from when on to damp.
  bool found(double change) {
    if (std::abs(change) < 0.5 * best_) {
      best_ = std::abs(change);
      since_ = 0;
    } else if (++since_ >= kPatience) {
      damped_ = true;
    }
    return damped_;
  }
  static SolverSettings damping() {
    SolverSettings settings;
    settings.under_relaxation = UnderRelaxation::dbd;
    settings.under_relaxation_theta = 0.7;
    settings.under_relaxation_kappa = 0.1;
    settings.under_relaxation_gamma = 0;
    settings.under_relaxation_momentum = 0;
    return settings;
  }

 private:
  static constexpr int kPatience = 12;
  double best_ = 1e300;
  int since_ = 0;
  bool damped_ = false;
};

bool uses_continuation(const Engine& engine, const StepTime& time) {
  const int off = engine.model.solver.no_ptc;
  return time.steady && (off == 0 || (off == 2 && time.period > 0));
}

}  // namespace

namespace {
// Loose first, then so that the error left is a part of the closure.
double newton_reduction(double close, const OuterResult& so_far) {
  if (so_far.outer <= 1) return 1e-3;
  return std::clamp(0.1 * close / std::max(std::abs(so_far.max_change), 1e-30), 1e-6, 1e-2);
}
}  // namespace

OuterResult newton(Engine& engine, const StepTime& time) {
  OuterResult result;
  const Layout& layout = engine.aquifer.layout;
  const SolverSettings& settings = engine.model.solver;
  const double dt = time.steady ? 0.0 : time.dt;
  if (engine.general.excess.empty()) {
    engine.general.allocate(layout);
    engine.general_solver.allocate(layout);
  }
  if (engine.before.empty()) engine.before = layout.array<double>();
  engine.general_solver.start_step();
  UnderRelaxer relaxer(settings);
  Circling circling;
  const SolverSettings damping = Circling::damping();
  UnderRelaxer damper(damping);
  int damped = 0;
  Continuation continuation;
  Backtracker backtracker(settings);
  const double close = std::min(engine.options.head_tolerance, settings.outer_dvclose);
  const int most = settings.outer_maximum;
  double gross = 0;
  bool held = false;
  for (;;) {
    Balance balance = assemble_newton(engine, dt);
    backtracker.after_assembly(engine, [&] { balance = assemble_newton(engine, dt); });
    gross = std::max(gross, balance.gross);
    const double change = std::abs(result.max_change);
    const bool small = balance.residual <= engine.options.balance_tolerance * gross || change <= 1e-4 * close;
    if (result.outer > 0 && change <= close && small && !held) return result;
    if (result.outer >= most) break;
    ++result.outer;
    hold_empty_rows(engine);
    if (uses_continuation(engine, time)) continuation.add(engine, result.outer);
    engine.before = engine.state.head;
    engine.general_solver.factor(layout, engine.general, engine.state.ibound, kFillKept);
    const LinearResult linear = engine.general_solver.solve(
        layout, engine.general, engine.state.ibound, engine.residual, newton_reduction(close, result), 500);
    result.inner += linear.iterations;
    engine.note_states(result.outer, result.inner);
    const HeadChange now = add_correction(engine, engine.general_solver.correction(), 1.0);
    result.max_change = now.largest;
    result.max_change_cell = now.cell;
    if (!std::isfinite(now.largest)) break;
    if (std::abs(now.largest) <= close) continue;
    if (circling.found(now.largest)) {
      damper.relax(layout, ++damped, now.largest, engine.before, engine.state);
    } else {
      relaxer.relax(layout, result.outer, now.largest, engine.before, engine.state);
    }
    held = engine.model.newton.under_relaxation && hold_above_bottom(engine);
  }
  result.status = std::abs(result.max_change) <= settings.outer_dvclose ? StepStatus::converged
                                                                        : StepStatus::not_converged;
  return result;
}

}  // namespace phreatic::flow
