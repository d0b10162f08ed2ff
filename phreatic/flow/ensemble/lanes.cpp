// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/ensemble/lanes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "phreatic/core/parallel.hpp"
#include "phreatic/flow/ensemble/lane_solver.hpp"
#include "phreatic/flow/ensemble/record.hpp"
#include "phreatic/flow/packages/package_type.hpp"
#include "phreatic/flow/steps/flows.hpp"

namespace phreatic::flow {
namespace {

constexpr int kOuterMost = 60;
constexpr double kPessimism = 3;  // in judging the next change, as the quick path does
constexpr double kPartOfClosure = 0.1;

// A scenario in its lane.
struct Lane {
  const Scenario* scenario = nullptr;
  ScenarioResult* result = nullptr;
  std::size_t index = 0;  // in the group
  std::vector<std::int32_t> nearest;
  std::vector<std::size_t> changed;  // packages that it changes
  Padded<double> head, old;
  std::vector<double> published;
  bool running = true;
  // Of the outer iterations of a step.
  bool done = false;
  double last_residual = 0, gross = 0, change = 0, scale = 1;
  double change_per_norm = 0;  // of the last solve
  int outer = 0;
};

struct Closure {
  double head = 0;
  double balance = 0;
};

// Eight lanes and what works on them. Lanes take turns in one engine, which assembles their systems.
class Pack {
 public:
  Pack(const Model& model, const EngineOptions& options, std::span<const Scenario> scenarios,
       std::size_t first, std::span<ScenarioResult> results)
      : solver_(std::make_unique<LaneSolver>(make_layout(model.grid))) {
    Model own = scenario_model(model, Scenario{});
    set_up(engine_, std::move(own), options);
    use_single(engine_);
    for (std::size_t l = 0; l < scenarios.size(); ++l)
      lanes_.push_back(lane(model, scenarios[l], results[l], first + l));
  }

  std::vector<Lane>& lanes() { return lanes_; }

  // Everything of the baseline that a step begins with; the barriers of a new period.
  void begin_step(const Simulation& baseline, const std::vector<double>& before) {
    const Engine& base = baseline.engine();
    const StepTime& time = baseline.last_step().time;
    if (time.period != period_) use_barriers(engine_, period_ = time.period);
    engine_.state.ibound = base.state.ibound;
    for (std::size_t p = 0; p < base.values.size(); ++p) engine_.values[p] = base.values[p];
    for (Lane& lane : lanes_) {
      if (!lane.running) continue;
      lane.old = lane.head;
      for (std::size_t n = 0; n < before.size(); ++n) {
        if (base.state.ibound[n] == 0) continue;
        lane.head[n] = time.index == 0 ? base.state.head[n] : base.state.head[n] + (lane.old[n] - before[n]);
      }
      lane.done = false;
      lane.last_residual = lane.gross = lane.change = 0;
      lane.outer = 0;
      load(lane, baseline, time);
      fix_heads(lane);
    }
  }

  // The step of all lanes.
  void step(const Simulation& baseline, SharedSystem& shared, const Closure& closure) {
    const StepTime& time = baseline.last_step().time;
    const double dt = time.steady ? 0.0 : time.dt;
    for (;;) {
      std::array<LaneGoal, kLanes> goals{};
      bool any = false;
      for (std::size_t l = 0; l < lanes_.size(); ++l) {
        goals[l].active = assemble(lanes_[l], l, baseline, dt, closure, goals[l]);
        any = any || goals[l].active;
      }
      if (!any) return;
      const Layout& layout = engine_.aquifer.layout;
      const LaneSolver::Result solved =
          solver_->solve(shared, goals, 200 + 4 * (layout.nlay + layout.nrow + layout.ncol));
      for (std::size_t l = 0; l < lanes_.size(); ++l) {
        if (goals[l].active) correct(lanes_[l], l, solved);
      }
    }
  }

  void publish(const Simulation& baseline) {
    const Grid& grid = engine_.model.grid;
    for (Lane& lane : lanes_) {
      if (!lane.running) continue;
      for (std::size_t n = 0; n < grid.cells(); ++n)
        lane.published[n] = grid.idomain[n] <= 0 ? kInactiveHead : lane.head[n];
      record_rise(baseline.model(), lane.published, baseline.heads(), lane.nearest, *lane.result);
    }
  }

  std::vector<BudgetEntry> budget(Lane& lane, const Simulation& baseline) {
    const StepTime& time = baseline.last_step().time;
    load(lane, baseline, time);
    std::swap(engine_.state.head, lane.head);
    std::swap(engine_.state.old, lane.old);
    refresh_conductances(engine_);
    std::vector<BudgetEntry> out =
        budget_of(package_flows(engine_), storage_flows(engine_, time.steady ? 0.0 : time.dt));
    std::swap(engine_.state.head, lane.head);
    std::swap(engine_.state.old, lane.old);
    return out;
  }

  // The baseline's own system at its heads, for what lanes share.
  void assemble_baseline(const Simulation& baseline, double dt) {
    const Engine& base = baseline.engine();
    for (PackageValues* added = &engine_.values.back(); added->size() > 0;) *added = {};
    engine_.state.head = base.state.head;
    engine_.state.old = base.state.old;
    assemble_picard(engine_, dt, engine_.single);
  }
  const LinkMatrix<float>& system() const { return engine_.single; }

 private:
  Lane lane(const Model& model, const Scenario& scenario, ScenarioResult& result, std::size_t index) const {
    Lane lane;
    lane.scenario = &scenario;
    lane.result = &result;
    lane.index = index;
    result = {};
    result.name = scenario.name;
    result.sites.assign(scenario.sites.size(), {});
    lane.nearest = nearest_sites(model.grid, scenario.sites);
    lane.head = engine_.aquifer.layout.array<double>();
    lane.published.assign(model.grid.cells(), kInactiveHead);
    for (std::size_t n = 0; n < model.grid.cells(); ++n) lane.head[n] = model.start_heads[n];
    for (std::size_t p = 0; p < model.packages.size(); ++p) {
      if (std::any_of(scenario.changes.begin(), scenario.changes.end(),
                      [&](const PackageChange& c) { return c.package == model.packages[p].name; }))
        lane.changed.push_back(p);
    }
    return lane;
  }

  // The lane's own values of packages into the engine, and those of the lane before back to the baseline's.
  void load(const Lane& lane, const Simulation& baseline, const StepTime& time) {
    for (const std::size_t p : loaded_) engine_.values[p] = baseline.engine().values[p];
    loaded_ = lane.changed;
    for (const std::size_t p : loaded_)
      apply_changes(*lane.scenario, engine_.model.packages[p], time, engine_.values[p]);
    engine_.values.back() = added_recharge(engine_.model.grid, *lane.scenario, time);
  }

  void fix_heads(Lane& lane) const {
    for (std::size_t p = 0; p < engine_.model.packages.size(); ++p) {
      if (engine_.model.packages[p].kind != PackageKind::chd) continue;
      const PackageValues& values = engine_.values[p];
      for (std::size_t b = 0; b < values.size(); ++b) {
        const CellIndex n = values.cell[b];
        if (n == kNoCell || engine_.state.ibound[static_cast<std::size_t>(n)] >= 0) continue;
        lane.head[static_cast<std::size_t>(n)] = lane.old[static_cast<std::size_t>(n)] = values.value(0, b);
      }
    }
  }

  void leave(Lane& lane, const std::string& why) {
    lane.running = false;
    lane.result->message = why;
  }

  // The system of a lane at its heads; false when it needs no correction.
  bool assemble(Lane& lane, std::size_t l, const Simulation& baseline, double dt, const Closure& closure,
                LaneGoal& goal) {
    if (!lane.running || lane.done) {
      scatter_zeros(l);
      return false;
    }
    load(lane, baseline, baseline.last_step().time);
    std::swap(engine_.state.head, lane.head);
    std::swap(engine_.state.old, lane.old);
    const bool dries = engine_.wetting->possible() && near_drying(engine_);
    Balance balance;
    if (!dries) balance = assemble_picard(engine_, dt, engine_.single);
    std::swap(engine_.state.head, lane.head);
    std::swap(engine_.state.old, lane.old);
    judge(lane, balance, dries, closure, baseline.last_step().time);
    if (!lane.running || lane.done) {
      scatter_zeros(l);
      return false;
    }
    scatter(lane, l);
    goal.change_per_norm = lane.change_per_norm * lane.scale;
    goal.wanted_change = kPartOfClosure * closure.head;
    return true;
  }

  // Whether a lane is done, by the criterion of the quick path, or has to leave.
  void judge(Lane& lane, const Balance& balance, bool dries, const Closure& closure, const StepTime& time) {
    const std::string when = fmt::format("period {}, step {}", time.period + 1, time.step + 1);
    if (dries) return leave(lane, when + ": a cell nears drying");
    lane.gross = std::max(lane.gross, balance.gross);
    const bool small = balance.residual <= closure.balance * lane.gross;
    const double fall = lane.last_residual > 0 ? std::min(0.99, balance.residual / lane.last_residual) : 0.99;
    const double expected = kPessimism * fall / (1 - fall) * std::abs(lane.change);
    lane.done = lane.outer > 0 && expected <= closure.head && (small || expected <= 1e-4 * closure.head);
    if (lane.done) return;
    const int most = std::clamp(engine_.model.solver.outer_maximum, 1, kOuterMost);
    if (lane.outer >= most || !std::isfinite(balance.residual))
      return leave(lane, when + ": no convergence in its lane");
    lane.last_residual = balance.residual;
  }

  void scatter(Lane& lane, std::size_t l) {
    const Layout& layout = engine_.aquifer.layout;
    double largest = 0;
    for (std::size_t n = 0; n < layout.cells; ++n) largest = std::max(largest, std::abs(engine_.residual[n]));
    lane.scale = largest > 0 ? largest : 1.0;
    float* r = solver_->residual();
    float* e = solver_->excess();
    for (std::size_t n = 0; n < layout.cells; ++n) {
      r[n * kLanes + l] = static_cast<float>(engine_.residual[n] / lane.scale);
      e[n * kLanes + l] = engine_.single.excess[n];
    }
  }

  void scatter_zeros(std::size_t l) {
    float* r = solver_->residual();
    for (std::size_t n = 0; n < engine_.aquifer.layout.cells; ++n) r[n * kLanes + l] = 0;
  }

  void correct(Lane& lane, std::size_t l, const LaneSolver::Result& solved) {
    const float* d = solver_->correction();
    double largest = 0;
    for (std::size_t n = 0; n < engine_.aquifer.layout.cells; ++n) {
      if (engine_.state.ibound[n] <= 0) continue;
      const double change = static_cast<double>(d[n * kLanes + l]) * lane.scale;
      lane.head[n] += change;
      if (std::abs(change) > std::abs(largest)) largest = change;
    }
    lane.change = largest;
    if (solved.norm[l] > 0) lane.change_per_norm = std::abs(largest) / (solved.norm[l] * lane.scale);
    ++lane.outer;
    ++lane.result->outer_iterations;
    lane.result->inner_iterations += solved.iterations[l];
  }

  Engine engine_;
  std::unique_ptr<LaneSolver> solver_;
  std::vector<Lane> lanes_;
  std::vector<std::size_t> loaded_;
  int period_ = -1;
};

bool same_time(double a, double b) {
  return std::abs(a - b) <= 1e-9 * std::max({1.0, std::abs(a), std::abs(b)});
}

void give_out(const Simulation& baseline, std::vector<std::unique_ptr<Pack>>& packs,
              const ScenarioGroup& group) {
  const StepTime& time = baseline.last_step().time;
  for (std::size_t d = 0; d < group.dates.size(); ++d) {
    if (!same_time(group.dates[d], time.end)) continue;
    const Grid& grid = baseline.model().grid;
    const std::vector<double> baseline_table = water_table(grid, baseline.heads());
    for (auto& pack : packs) {
      for (Lane& lane : pack->lanes()) {
        if (!lane.running) continue;
        lane.result->budgets.push_back(pack->budget(lane, baseline));
        const std::vector<double> table = water_table(grid, lane.published);
        if (group.sink)
          group.sink(
              {group.first + lane.index, d, time, lane.published, baseline.heads(), table, baseline_table});
      }
    }
  }
}

}  // namespace

std::string lanes_cannot(const Model& model) {
  if (model.newton.enabled) return "NEWTON";
  if (model.flow.perched) return "PERCHED";
  if (model.flow.rewet.enabled) return "REWET";
  for (const Package& package : model.packages) {
    if (package_type(package.kind).make_state != nullptr) return std::string(package.kind.name());
  }
  return "";
}

double lane_bytes(const Model& model, std::size_t lanes) {
  const auto cells = static_cast<double>(model.grid.cells());
  const auto packs = static_cast<double>((lanes + kLanes - 1) / kLanes);
  // By pack an engine of its own (330 B a cell with the model) and six vectors of eight floats; by lane three of doubles.
  return cells * (packs * (330 + 6 * 32) + static_cast<double>(lanes) * 24);
}

LaneOutcome run_in_lanes(const Model& model, const ScenarioGroup& group, const EngineOptions& options) {
  LaneOutcome outcome;
  Simulation baseline(model, options);
  const Layout& layout = baseline.engine().aquifer.layout;
  const double ease = layout.span_cells > kSmallModel ? std::max(options.large_model_ease, 1.0) : 1.0;
  const Closure closure{std::min(ease * options.head_tolerance, model.solver.outer_dvclose),
                        ease * options.balance_tolerance};
  std::vector<std::unique_ptr<Pack>> packs;
  for (std::size_t first = 0; first < group.scenarios.size(); first += kLanes) {
    const std::size_t count = std::min(kLanes, group.scenarios.size() - first);
    packs.push_back(std::make_unique<Pack>(model, options, group.scenarios.subspan(first, count), first,
                                           group.results.subspan(first, count)));
  }
  SharedSystem shared(layout);
  double last_dt = -1;
  while (!baseline.finished() && outcome.trouble.empty()) {
    const Padded<double> before = baseline.engine().state.head;
    const std::vector<double> start(before.data(), before.data() + before.size());
    const StepReport& report = baseline.advance();
    if (report.status != StepStatus::converged && !model.solver.continue_unconverged)
      outcome.trouble = report.message;
    if (report.dried + report.rewetted > 0 || near_drying(baseline.engine()))
      outcome.trouble = fmt::format("the baseline nears drying in period {}, step {}", report.time.period + 1,
                                    report.time.step + 1);
    if (baseline.held_groups()) outcome.trouble = "the level of a group of cells is open";
    if (!outcome.trouble.empty()) break;
    const double dt = report.time.steady ? 0.0 : report.time.dt;
    for (auto& pack : packs) pack->begin_step(baseline, start);
    packs.front()->assemble_baseline(baseline, dt);
    const LinkMatrix<float> system = packs.front()->system();
    shared.set(system, baseline.engine().state.ibound, dt != last_dt || report.time.index % 16 == 0);
    last_dt = dt;
    core::parallel_for(packs.size(), [&](std::size_t p) {
      packs[p]->step(baseline, shared, closure);
      packs[p]->publish(baseline);
    });
    give_out(baseline, packs, group);
  }
  for (auto& pack : packs) {
    for (const Lane& lane : pack->lanes()) {
      if (!lane.running || !outcome.trouble.empty()) outcome.left.push_back(lane.index);
    }
  }
  return outcome;
}

}  // namespace phreatic::flow
