// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"
#include "phreatic/flow/steps/outer/backtracking.hpp"
#include "phreatic/flow/steps/outer/outer_loop.hpp"

namespace phreatic::flow {
namespace {

constexpr double kFillKept = 0.97;  // of the modified incomplete factorisations
constexpr double kQuickReduction = 2e-4;
constexpr double kTightReduction = 1e-9;
constexpr double kPathError = 1e-6;    // (L) what a loose linear solve may add to heads on the reference path
constexpr double kPessimism = 3;       // in judging the next change
constexpr double kKeepFactors = 2000;  // closures: smaller changes leave the links as good as they were
constexpr int kQuickOuterMost = 60;
constexpr double kNearDrying = 0.05;  // of the thickness

int inner_limit(const Layout& layout) { return 200 + 4 * (layout.nlay + layout.nrow + layout.ncol); }

bool any_dry_wettable(const Engine& engine) {
  const Rewetting& rewet = engine.model.flow.rewet;
  if (!rewet.enabled) return false;
  for (std::size_t n = 0; n < engine.model.grid.cells(); ++n) {
    if (engine.state.ibound[n] == 0 && engine.model.grid.idomain[n] > 0 && rewet.wetdry[n] != 0) return true;
  }
  return false;
}

bool any_perched(const Engine& engine) {
  if (!engine.model.flow.perched || !engine.aquifer.any_convertible) return false;
  bool any = false;
  for_vertical_pairs(engine.model.grid,
                     [&](std::size_t n, std::size_t m) { any = any || is_perched(engine, n, m); });
  return any;
}

template <class T>
HeadChange quick_correction(Engine& engine, LinkMatrix<T>& a, LinkSolver<T>& solver, double reduction,
                            bool factor, int& inner) {
  const Layout& layout = engine.aquifer.layout;
  if (factor) solver.factor(layout, a, engine.state.ibound, kFillKept);
  const LinearResult linear = solver.solve(layout, a, engine.residual, reduction, inner_limit(layout));
  inner += linear.iterations;
  return add_correction(engine, solver.correction(), solver.scale());
}

}  // namespace

bool near_drying(const Engine& engine) {
  const Aquifer& aquifer = engine.aquifer;
  const Layout& layout = aquifer.layout;
  const Grid& grid = engine.model.grid;
  const RowKernels<double>& kernels = row_kernels<double>();
  std::vector<std::uint8_t> found(static_cast<std::size_t>(layout.strips), 0);
  for_each_strip(layout, [&](int strip) {
    for_rows(layout, strip, [&](int k, int i, std::size_t begin, std::size_t end) {
      if (aquifer.convertible_row[layout.row_index(k, i)] == 0) return;
      const double* top = k == 0 ? grid.top.data() + begin : grid.botm.data() + begin - layout.layer_cells;
      if (kernels.any_shallow(end - begin, engine.state.ibound.data() + begin,
                              aquifer.convertible.data() + begin, top, grid.botm.data() + begin,
                              engine.state.head.data() + begin, kNearDrying))
        found[static_cast<std::size_t>(strip)] = 1;
    });
  });
  return std::any_of(found.begin(), found.end(), [](std::uint8_t x) { return x != 0; });
}

OuterResult picard_quick(Engine& engine, const StepTime& time) {
  OuterResult result;
  const double dt = time.steady ? 0.0 : time.dt;
  const double ease =
      engine.aquifer.layout.span_cells > kSmallModel ? std::max(engine.options.large_model_ease, 1.0) : 1.0;
  const double close = std::min(ease * engine.options.head_tolerance, engine.model.solver.outer_dvclose);
  const double balance_close = ease * engine.options.balance_tolerance;
  const int most = std::clamp(engine.model.solver.outer_maximum, 1, kQuickOuterMost);
  double gross = 0;
  double last_residual = 0;
  int stalled = 0;
  bool factor = true;
  if (dt != engine.solver_dt) {
    engine.single_solver.preconditioner().refresh();
    engine.full_solver.preconditioner().refresh();
    engine.solver_dt = dt;
  }
  if (engine.options.follow_reference_path && any_dry_wettable(engine)) {
    result.needs_path = true;
    return result;
  }
  const bool guard = engine.wetting->possible() && engine.options.follow_reference_path;
  for (;;) {
    // Perched links are turned in the other form only, whose systems are then unsymmetric.
    if ((guard && near_drying(engine)) || any_perched(engine)) {
      result.needs_path = true;
      return result;
    }
    const bool single = engine.options.single_precision && engine.single_is_enough;
    single ? use_single(engine) : use_full(engine);
    const Balance balance =
        single ? assemble_picard(engine, dt, engine.single) : assemble_picard(engine, dt, engine.full);
    gross = std::max(gross, balance.gross);
    const bool small_residual = balance.residual <= balance_close * gross;
    // What further corrections would change in all, judged from the fall of the residual.
    const double fall = last_residual > 0 ? std::min(0.99, balance.residual / last_residual) : 0.99;
    const double expected = kPessimism * fall / (1 - fall) * std::abs(result.max_change);
    if (result.outer > 0 && expected <= close && (small_residual || expected <= 1e-4 * close)) {
      result.has_conductances = true;
      return result;
    }
    if (result.outer >= most) break;
    if (result.outer > 0 && single && balance.residual > 0.3 * last_residual && ++stalled >= 4) {
      engine.single_is_enough = false;
      factor = true;
      stalled = 0;
    }
    last_residual = balance.residual;
    const double reduction = result.outer == 0
                                 ? kQuickReduction
                                 : std::clamp(0.3 * close / std::max(expected, 1e-30), kQuickReduction, 0.3);
    const int inner_before = result.inner;
    const HeadChange change_now =
        single
            ? quick_correction(engine, engine.single, engine.single_solver, reduction, factor, result.inner)
            : quick_correction(engine, engine.full, engine.full_solver, reduction, factor, result.inner);
    factor = std::abs(change_now.largest) > kKeepFactors * close;
    ++result.outer;
    engine.note_states(result.outer, result.inner);
    if (single && result.inner == inner_before && !small_residual) {
      // Nothing came of it: coefficients beyond the range of single precision, as those of a very short step.
      engine.single_is_enough = false;
      factor = true;
      result.max_change = 1e300;
      continue;
    }
    result.max_change = change_now.largest;
    result.max_change_cell = change_now.cell;
    if (!std::isfinite(result.max_change)) break;
  }
  result.status = std::abs(result.max_change) <= engine.model.solver.outer_dvclose
                      ? StepStatus::converged
                      : StepStatus::not_converged;
  return result;
}

namespace {

// Perched links make the matrix unsymmetric. Turns them in residual and matrix; returns whether there is any.
bool turn_perched(Engine& engine) {
  if (!engine.model.flow.perched) return false;
  const Grid& grid = engine.model.grid;
  const std::size_t layer = grid.layer_cells();
  bool any = false;
  GeneralMatrix& g = engine.general;
  for_vertical_pairs(grid, [&](std::size_t n, std::size_t m) {
    if (!is_perched(engine, n, m)) return;
    if (!any) {
      if (g.excess.empty()) {
        g.allocate(engine.aquifer.layout);
        engine.general_solver.allocate(engine.aquifer.layout);
      }
      g.excess = engine.full.excess;
      g.right = g.left = engine.full.right;
      g.front = g.back = engine.full.front;
      g.down = g.up = engine.full.down;
      any = true;
    }
    const double c = engine.aquifer.down[n] / static_cast<double>(grid.layers_between(n, m));
    const double* h = engine.state.head.data();
    if (engine.state.ibound[n] > 0)
      engine.residual[n] -= c * (h[n] - grid.botm[n]) + engine.full.down[n] * (h[n + layer] - h[n]);
    if (engine.state.ibound[m] > 0)
      engine.residual[m] += c * (h[n] - grid.botm[n]) - engine.full.down[m - layer] * (h[m - layer] - h[m]);
    for (std::size_t at = n; at < m; at += layer) {
      g.down[at] = 0;
      g.up[at] = c;  // a pass-through cell between takes the head of the upper cell
    }
    for (std::size_t at = n + layer; at < m; at += layer) engine.residual[at] = c * (h[at - layer] - h[at]);
    g.excess[n] += c;
    g.excess[m] -= c;
  });
  return any;
}

// Reduction asked of a linear solve on the reference path, from the change of the last outer iteration. Small
// models are always solved tightly.
double path_reduction(const Engine& engine, int outer, double last_change) {
  if (engine.aquifer.layout.span_cells <= kSmallModel) return kTightReduction;
  if (outer <= 1) return 1e-6;
  return std::clamp(kPathError / std::max(std::abs(last_change), 1e-30), 1e-7, 1e-2);
}

// One linear solve at the present residual, by refinement in double precision where the first is not
// enough.
HeadChange path_correction(Engine& engine, bool unsymmetric, double reduction, int& inner) {
  const Layout& layout = engine.aquifer.layout;
  if (unsymmetric) {
    engine.general_solver.factor(layout, engine.general, engine.state.ibound, kFillKept);
    const LinearResult linear = engine.general_solver.solve(layout, engine.general, engine.state.ibound,
                                                            engine.residual, reduction, inner_limit(layout));
    inner += linear.iterations;
    return add_correction(engine, engine.general_solver.correction(), 1.0);
  }
  engine.full_solver.factor(layout, engine.full, engine.state.ibound, kFillKept);
  const LinearResult linear =
      engine.full_solver.solve(layout, engine.full, engine.residual, reduction, inner_limit(layout));
  inner += linear.iterations;
  return add_correction(engine, engine.full_solver.correction(), engine.full_solver.scale());
}

}  // namespace

OuterResult picard_by_the_book(Engine& engine, const StepTime& time) {
  OuterResult result;
  const SolverSettings& settings = engine.model.solver;
  const double dt = time.steady ? 0.0 : time.dt;
  const bool is_small = engine.aquifer.layout.span_cells <= kSmallModel;
  const double close =
      std::min((is_small ? 1e-2 : 0.3) * engine.options.head_tolerance, settings.outer_dvclose);
  UnderRelaxer relaxer(settings);
  Backtracker backtracker(settings);
  use_full(engine);
  engine.general_solver.start_step();
  if (engine.before.empty()) engine.before = engine.aquifer.layout.array<double>();
  const int most = std::max(settings.outer_maximum, 1);
  while (result.outer < most) {
    ++result.outer;
    const WettingResult wetting =
        engine.wetting->sweep(engine.model, engine.aquifer, result.outer, engine.state);
    result.dried += wetting.dried;
    result.rewetted += wetting.rewetted;
    if (wetting.fixed_head_dry != kNoCell) {
      result.status = StepStatus::constant_head_dry;
      result.max_change_cell = wetting.fixed_head_dry;
      return result;
    }
    const auto system = [&] {
      assemble_picard(engine, dt, engine.full);
      return turn_perched(engine);
    };
    bool unsymmetric = system();
    backtracker.after_assembly(engine, [&] { unsymmetric = system(); });
    if (relaxer.active() || backtracker.active()) engine.before = engine.state.head;
    const double reduction = path_reduction(engine, result.outer, result.max_change);
    const HeadChange change = path_correction(engine, unsymmetric, reduction, result.inner);
    engine.note_states(result.outer, result.inner);
    result.max_change = change.largest;
    result.max_change_cell = change.cell;
    if (!std::isfinite(change.largest)) break;
    if (std::abs(change.largest) <= close) return result;
    relaxer.relax(engine.aquifer.layout, result.outer, change.largest, engine.before, engine.state);
  }
  result.status = std::abs(result.max_change) <= settings.outer_dvclose ? StepStatus::converged
                                                                        : StepStatus::not_converged;
  return result;
}

}  // namespace phreatic::flow
