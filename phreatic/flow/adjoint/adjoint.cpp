// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/adjoint/adjoint.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/flow/adjoint/collect.hpp"
#include "phreatic/flow/solver/turned_solver.hpp"

namespace phreatic::flow {
namespace {

std::size_t index(CellIndex n) { return static_cast<std::size_t>(n); }

// Marks where the state of cells and bounds changes from step to step, on the way back.
class Switches {
 public:
  explicit Switches(std::size_t cells) : dry_steps(cells, 0), switches(cells, 0) {}

  void look(const StepPoint& point) {
    const std::size_t cells = dry_steps.size();
    std::vector<char> wet(cells, 0);
    for (std::size_t n = 0; n < cells; ++n) {
      wet[n] = point.ibound[n] != 0 ? 1 : 0;
      if (point.model.grid.idomain[n] > 0 && wet[n] == 0) ++dry_steps[n];
      if (!wet_.empty() && wet_[n] != wet[n]) ++switches[n];
    }
    wet_ = std::move(wet);
    std::vector<std::vector<char>> on(point.values.size());
    for (std::size_t p = 0; p < on.size(); ++p) {
      if (!may_depend_on_head(point.model.packages[p])) continue;
      on[p].assign(point.values[p]->size(), 0);
      for_bound_derivatives(point, p, [&](std::size_t b, std::size_t n, const BoundDerivative& d) {
        on[p][b] = d.by_head != 0 ? 1 : 2;
        if (p < on_.size() && b < on_[p].size() && on_[p][b] != 0 && on_[p][b] != on[p][b]) ++switches[n];
      });
    }
    on_ = std::move(on);
  }

  std::vector<int> dry_steps, switches;

 private:
  std::vector<char> wet_;              // of the step behind
  std::vector<std::vector<char>> on_;  // [packages][bounds] 0 not acting, 1 depends on the head, 2 does not
};

struct Lane {
  const Measure* measure;
  MeasureTerms terms;
  Padded<double> lambda;   // adjoint state (measure per L3/T)
  Padded<double> carry;    // what the step behind gives to the heads at its start
  Padded<double> before;   // lambda of the step behind over its length, for a start
  Padded<double> earlier;  // of the one behind that
  Padded<double> oldest;   // and of the one behind that
  int last = -1;
  StepWeights weights{};                                // of the present step
  std::vector<std::pair<std::size_t, double>> fixed{};  // cells and weights of the flows of fixed heads in it
};

class Sweep {
 public:
  Sweep(const Trajectory& trajectory, const SweepParams& params)
      : trajectory_(trajectory),
        params_(params),
        aquifer_(make_aquifer(trajectory.model())),
        point_(trajectory, aquifer_),
        solver_(aquifer_.layout),
        product_(aquifer_.layout.array<double>()),
        switches_(aquifer_.layout.cells),
        collect_(trajectory, aquifer_, params) {
    for (const Measure& measure : params.measures) {
      lanes_.push_back({&measure,
                        MeasureTerms(measure, trajectory.steps()),
                        aquifer_.layout.array<double>(),
                        aquifer_.layout.array<double>(),
                        {},
                        {},
                        {},
                        last_step(measure)});
    }
  }

  AdjointResult run() {
    for (std::size_t k = trajectory_.steps(); k-- > 0;) {
      const bool any = std::any_of(lanes_.begin(), lanes_.end(),
                                   [&](const Lane& lane) { return lane.last >= static_cast<int>(k); });
      if (!any) continue;
      step(k);
      if (params_.after_step) params_.after_step(k);
    }
    finish();
    return std::move(result_);
  }

 private:
  void step(std::size_t k) {
    point_.set(k);
    linearise(point_, linear_);
    result_.held_cells += hold_empty_rows(point_, linear_);
    for (std::size_t n = 0; n < aquifer_.layout.cells; ++n)
      result_.largest_residual = std::max(result_.largest_residual, std::abs(linear_.residual[n]));
    if (trajectory_.step(k).status != StepStatus::converged) ++result_.steps_not_converged;
    switches_.look(point_);
    transpose(aquifer_.layout, linear_.jacobian);
    solver_.start_step(linear_.jacobian, linear_.holding, point_.ibound, linear_.symmetric, point_.dt());
    std::vector<std::size_t> joined;
    std::vector<TurnedSolver::System> systems;
    for (std::size_t l = 0; l < lanes_.size(); ++l) {
      if (lanes_[l].last < static_cast<int>(k)) continue;
      right_hand_side(k, l);
      joined.push_back(l);
      systems.push_back({&lanes_[l].carry, &lanes_[l].lambda, {}});
    }
    solver_.solve(systems, params_.tolerance);
    for (std::size_t i = 0; i < joined.size(); ++i) take_solution(k, joined[i], systems[i].result);
  }

  // The right-hand side of a lane, in place of what it carries from the step behind, and its start.
  void right_hand_side(std::size_t k, std::size_t l) {
    Lane& lane = lanes_[l];
    StepWeights& weights = lane.weights;
    weights = {};
    if (lane.terms.any(k)) {
      collect_.value(l) += lane.terms.add(point_, k, lane.carry, weights.flows);
      if (const std::vector<double>* stored = storage(lane, k)) {
        weights.storage = stored;
        for (std::size_t n = 0; n < stored->size(); ++n) {
          if (point_.ibound[n] == 0 || aquifer_.is_pass_through(n) || (*stored)[n] == 0) continue;
          const StoredWater water = stored_water(point_.model, aquifer_.area(n), n, point_.head[n]);
          lane.carry[n] += (*stored)[n] * water.by_head;
          collect_.value(l) += (*stored)[n] * water.volume;
        }
      }
    }
    fixed_flows(lane, l);
    start(lane);
  }

  void take_solution(std::size_t k, std::size_t l, const LinearResult& solved) {
    Lane& lane = lanes_[l];
    const bool gives = !lane.fixed.empty();
    if (lane.weights.storage != nullptr) lane.weights.storage = storage(lane, k);  // the buffer is shared
    result_.iterations += static_cast<std::size_t>(solved.iterations);
    ++result_.systems;
    if (!solved.converged) ++result_.systems_not_solved;
    collect_.reduction(l, solved.reduction);
    keep(lane);
    if (gives) {
      for (const auto& [n, w] : lane.fixed) lane.lambda[n] = -w;
    }
    carry(lane, l);
    collect_.add(point_, k, l, lane.lambda, lane.weights);
    if (gives) {
      for (const auto& [n, w] : lane.fixed) lane.lambda[n] = 0;
    }
  }

  // States over the length of their step, for starts.
  void keep(Lane& lane) const {
    std::swap(lane.oldest, lane.earlier);
    std::swap(lane.earlier, lane.before);
    if (lane.before.empty()) lane.before = aquifer_.layout.array<double>();
    const double part = 1 / point_.time.dt;
    for (std::size_t n = 0; n < aquifer_.layout.cells; ++n) lane.before[n] = lane.lambda[n] * part;
  }

  // Flows of fixed heads: the flow out of the cell into its neighbours is minus its balance, which acts as an adjoint state of
  // minus the weight there. Moves that to the right-hand side.
  void fixed_flows(Lane& lane, std::size_t l) {
    const StepWeights& weights = lane.weights;
    lane.fixed.clear();
    if (!weights.flows.any) return;
    for (std::size_t p = 0; p < point_.values.size(); ++p) {
      if (point_.model.packages[p].kind != PackageKind::chd) continue;
      for (const CellIndex cell : point_.values[p]->cell) {
        if (cell == kNoCell || point_.ibound[index(cell)] >= 0) continue;
        const double w = weights.flows.of(p, index(cell));
        if (w != 0) lane.fixed.emplace_back(index(cell), w);
      }
    }
    if (lane.fixed.empty()) return;
    Padded<double> only = aquifer_.layout.array<double>();
    for (const auto& [n, w] : lane.fixed) only[n] = -w;
    collect_.value(l) += fixed_value(lane);
    multiply(aquifer_.layout, linear_.jacobian, only, product_);
    for (std::size_t n = 0; n < aquifer_.layout.cells; ++n) {
      if (point_.ibound[n] > 0) lane.carry[n] -= product_[n];
    }
  }

  double fixed_value(const Lane& lane) const {
    std::vector<double> weight(aquifer_.layout.cells, 0.0);
    for (const auto& [n, w] : lane.fixed) weight[n] += w;
    double value = 0;
    for_links(point_, [&](std::size_t n, std::size_t m, int, const LinkTerm& t) {
      value += (weight[m] - weight[n]) * t.flow;
    });
    return value;
  }

  // As the states of the steps behind would go on, over the lengths of the steps.
  void start(Lane& lane) const {
    const double dt = point_.time.dt;
    const std::size_t cells = aquifer_.layout.cells;
    if (lane.before.empty()) return;
    if (lane.earlier.empty()) {
      for (std::size_t n = 0; n < cells; ++n) lane.lambda[n] = lane.before[n] * dt;
    } else if (lane.oldest.empty()) {
      for (std::size_t n = 0; n < cells; ++n) lane.lambda[n] = (2 * lane.before[n] - lane.earlier[n]) * dt;
    } else {
      for (std::size_t n = 0; n < cells; ++n)
        lane.lambda[n] = (3 * (lane.before[n] - lane.earlier[n]) + lane.oldest[n]) * dt;
    }
  }

  // What this step gives to the heads at its start, in place of its right-hand side, and fixed heads their derivative.
  void carry(Lane& lane, std::size_t l) {
    std::vector<double>& fixed = collect_.fixed(l);
    if (!fixed.empty()) std::fill(fixed.begin(), fixed.end(), 0.0);
    std::vector<double> held;
    // Rows of fixed cells stand in the product as columns: what their heads do to the balance of others.
    const auto by_head = [&](std::size_t n) {
      return lane.carry[n] - row_product(aquifer_.layout, linear_.jacobian, lane.lambda, n);
    };
    for (const CellIndex n : point_.held) held.push_back(by_head(index(n)));
    for (std::size_t n = 0; n < fixed.size(); ++n) {
      if (point_.ibound[n] < 0) fixed[n] = by_head(n);
    }
    for (std::size_t n = 0; n < aquifer_.layout.cells; ++n)
      lane.carry[n] = point_.ibound[n] > 0 ? linear_.by_old[n] * lane.lambda[n] : 0.0;
    for (std::size_t i = 0; i < held.size(); ++i) lane.carry[index(point_.held[i])] = held[i];
  }

  const std::vector<double>* storage(const Lane& lane, std::size_t k) {
    stored_.assign(aquifer_.layout.cells, 0.0);
    return lane.terms.storage_weights(k, stored_) ? &stored_ : nullptr;
  }

  // Storage is counted from the start of the run.
  void finish() {
    std::vector<double> buffer;
    const std::vector<double>& start = trajectory_.heads(0, buffer);
    const Grid& grid = trajectory_.model().grid;
    std::vector<double> weights(grid.cells());
    for (std::size_t l = 0; l < lanes_.size(); ++l) {
      Lane& lane = lanes_[l];
      std::fill(weights.begin(), weights.end(), 0.0);
      bool any = false;
      for (std::size_t k = 0; k < trajectory_.steps(); ++k)
        any = lane.terms.storage_weights(k, weights) || any;
      for (std::size_t n = 0; n < grid.cells(); ++n) {
        const bool wet = grid.idomain[n] > 0 && std::abs(start[n]) < 1e29;
        if (!wet) lane.carry[n] = 0;
        if (!any || !wet || weights[n] == 0) continue;
        const StoredWater water = stored_water(trajectory_.model(), aquifer_.area(n), n, start[n]);
        collect_.value(l) -= weights[n] * water.volume;
        lane.carry[n] -= weights[n] * water.by_head;
        collect_.stored_at_start(l, n, weights[n], water);
      }
      collect_.start_head(l, lane.carry);
    }
    result_.dry_steps = std::move(switches_.dry_steps);
    result_.switches = std::move(switches_.switches);
    const auto some = [](int count) { return count > 0; };
    result_.dry_cells =
        static_cast<std::size_t>(std::count_if(result_.dry_steps.begin(), result_.dry_steps.end(), some));
    result_.switched_cells =
        static_cast<std::size_t>(std::count_if(result_.switches.begin(), result_.switches.end(), some));
    collect_.give(result_);
    result_.memory_bytes = aquifer_.bytes() + solver_.bytes() + linear_.jacobian.bytes() +
                           (3 + 1 + 5 * lanes_.size() + 3) * product_.bytes() + collect_.bytes();
  }

  const Trajectory& trajectory_;
  const SweepParams& params_;
  Aquifer aquifer_;
  StepPoint point_;
  LinearStep linear_;
  TurnedSolver solver_;
  Padded<double> product_;
  Switches switches_;
  Collector collect_;
  std::vector<Lane> lanes_;
  std::vector<double> stored_;
  AdjointResult result_;
};

}  // namespace

AdjointResult sweep(const Trajectory& trajectory, const SweepParams& params) {
  core::Problems problems;
  check_adjoint(trajectory.model(), problems);
  if (params.measures.empty()) problems.add({.where = "measures", .what = "there is none"});
  for (const Measure& measure : params.measures) check_measure(measure, trajectory, problems);
  if (!params.group_of_step.empty() && params.group_of_step.size() != trajectory.steps())
    problems.add({.where = "group_of_step",
                  .what = "has " + std::to_string(params.group_of_step.size()) + " values",
                  .allowed = "one for each of the " + std::to_string(trajectory.steps()) + " steps"});
  problems.throw_if_any();
  return Sweep(trajectory, params).run();
}

void linear_run(const Trajectory& trajectory, double tolerance,
                const std::function<void(std::size_t, Padded<double>&)>& source,
                const std::function<void(std::size_t, const StepPoint&, const Padded<double>&)>& use) {
  const Aquifer aquifer = make_aquifer(trajectory.model());
  const Layout& layout = aquifer.layout;
  StepPoint point(trajectory, aquifer);
  LinearStep linear;
  TurnedSolver solver(layout);
  Padded<double> d = layout.array<double>();
  Padded<double> held = layout.array<double>();
  Padded<double> q = layout.array<double>();
  Padded<double> product = layout.array<double>();
  for (std::size_t k = 0; k < trajectory.steps(); ++k) {
    point.set(k);
    linearise(point, linear);
    hold_empty_rows(point, linear);
    q.fill(0.0);
    source(k, q);
    held.fill(0.0);
    for (const CellIndex n : point.held) held[index(n)] = d[index(n)];
    multiply(layout, linear.jacobian, held, product);
    for (std::size_t n = 0; n < layout.cells; ++n) {
      q[n] = point.ibound[n] > 0 ? q[n] + linear.by_old[n] * d[n] - product[n] : 0.0;
    }
    solver.start_step(linear.jacobian, linear.holding, point.ibound, linear.symmetric, point.dt());
    solver.solve(q, tolerance, d);
    for (const CellIndex n : point.held) d[index(n)] = held[index(n)];
    use(k, point, d);
  }
}

}  // namespace phreatic::flow
