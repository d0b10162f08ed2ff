// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/steps/simulation.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "phreatic/core/errors.hpp"
#include "phreatic/flow/grid/groups.hpp"
#include "phreatic/flow/steps/flows.hpp"
#include "phreatic/flow/steps/outer/outer_loop.hpp"
#include "phreatic/flow/steps/step_report.hpp"

namespace phreatic::flow {
namespace {

std::size_t index(CellIndex n) { return static_cast<std::size_t>(n); }

bool can_shorten(const StressPeriod& period) {
  return period.adaptive.enabled && period.adaptive.dtfailadj > 1;
}

}  // namespace

struct Simulation::Impl {
  static constexpr int kExactEvery = 4;  // steps between renewals of kept preconditioners
  Engine engine;
  std::vector<CellIndex> fixed;   // cells that are fixed heads now
  std::vector<CellIndex> groups;  // [cells] connected_groups(), made when a steady step needs them
  std::vector<CellIndex> held;    // cells of loose groups that keep their head in this step
  StepReport report;
  std::vector<double> heads;   // as users see them
  std::vector<double> before;  // one step earlier, in the layout of heads
  double before_dt = 0;
  int period = 0;  // of the next step
  int step = 0;
  int index_ = 0;
  double time = 0;
  double period_start = 0;
  double next_dt = 0;  // adaptive steps only

  Impl(Model m, EngineOptions options) {
    set_up(engine, std::move(m), options);
    set_heads(engine.model.start_heads);
    if (!engine.model.newton.enabled) engine.wetting->start_dry(engine.model, engine.aquifer, engine.state);
    heads = engine.model.start_heads;
    publish_heads();
    std::vector<double>().swap(engine.model.start_heads);
  }

  // Cells with kDryHead are dry. A pass-through cell gets the head of the cell above it.
  void set_heads(const std::vector<double>& from) {
    const Grid& grid = engine.model.grid;
    for (std::size_t n = 0; n < grid.cells(); ++n) {
      double head = from[n];
      std::int8_t active = 1;
      if (grid.idomain[n] == 0) {
        head = kInactiveHead;
        active = 0;
      } else if (grid.idomain[n] < 0) {
        const CellIndex above = cell_above(grid, static_cast<CellIndex>(n));
        head = above == kNoCell ? 0.0 : from[index(above)];
        if (std::abs(head) >= 1e29) head = 0;
      } else if (head == kDryHead && !engine.model.newton.enabled) {
        active = 0;
      }
      engine.state.head[n] = head;
      engine.state.ibound[n] = active;
    }
  }

  // Pass-through cells start every step with the head of the cell above, as after a restart, which keeps none of theirs.
  void settle_pass_through() {
    if (engine.aquifer.pass_through.empty()) return;
    const Grid& grid = engine.model.grid;
    for (std::size_t n = 0; n < grid.cells(); ++n) {
      if (grid.idomain[n] >= 0) continue;
      const CellIndex above = cell_above(grid, static_cast<CellIndex>(n));
      const double head = above == kNoCell ? 0.0 : engine.state.head[index(above)];
      engine.state.head[n] = std::abs(head) >= 1e29 ? 0.0 : head;
    }
  }

  void publish_heads() {
    for (std::size_t n = 0; n < heads.size(); ++n) {
      heads[n] = engine.model.grid.idomain[n] <= 0 ? kInactiveHead : engine.state.head[n];
    }
  }

  StepTime next_time() const {
    const StressPeriod& p = engine.model.periods[static_cast<std::size_t>(period)];
    StepTime t;
    t.period = period;
    t.step = step;
    t.index = index_;
    t.steady = p.steady || !engine.model.storage.present;
    t.start = time;
    const double end = period_start + p.perlen;
    if (p.adaptive.enabled) {
      t.dt = next_dt > 0 ? next_dt : (p.adaptive.dt0 > 0 ? p.adaptive.dt0 : step_lengths(p).front());
      t.dt = std::max(t.dt, p.adaptive.dtmin);
      if (p.adaptive.dtmax > 0) t.dt = std::min(t.dt, p.adaptive.dtmax);
      // A rest of the period shorter than the smallest step is not left over: the step takes it in.
      t.last_of_period = time + t.dt > end - std::max(p.adaptive.dtmin, 1e-9 * p.perlen);
    } else {
      t.dt = step_lengths(p)[static_cast<std::size_t>(step)];
      t.last_of_period = step + 1 >= p.nstp;
    }
    t.end = t.last_of_period ? end : time + t.dt;
    if (p.adaptive.enabled) t.dt = t.end - time;
    t.period_time = t.end - period_start;
    return t;
  }

  void start_period() {
    use_barriers(engine, period);
    next_dt = 0;
  }

  void read_packages(const StepTime& t) {
    bool fixed_changed = false;
    for (std::size_t p = 0; p < engine.model.packages.size(); ++p) {
      const Package& package = engine.model.packages[p];
      const Change change = package.provider ? package.provider(t, engine.values[p]) : Change::none;
      if (package.kind == PackageKind::chd && change == Change::cells) fixed_changed = true;
      if (engine.states[p]) engine.states[p]->start_step(t, engine.values[p]);
    }
    if (fixed_changed) {
      for (const CellIndex n : fixed) engine.state.ibound[index(n)] = 1;
      fixed.clear();
    }
    for (std::size_t p = 0; p < engine.model.packages.size(); ++p) {
      if (engine.model.packages[p].kind != PackageKind::chd) continue;
      const PackageValues& values = engine.values[p];
      for (std::size_t b = 0; b < values.size(); ++b) {
        const CellIndex n = values.cell[b];
        if (n == kNoCell || engine.model.grid.idomain[index(n)] <= 0) continue;
        if (fixed_changed) fixed.push_back(n);
        engine.state.ibound[index(n)] = -1;
        engine.state.head[index(n)] = values.value(0, b);
        engine.state.old[index(n)] = values.value(0, b);
      }
    }
  }

  // A steady step leaves the level of a connected group of cells open that no bound depending on its heads
  // holds. As in MODFLOW 6 the last cell of such a group keeps its head, and the others follow from it.
  void hold_loose_groups(const StepTime& t) {
    held.clear();
    if (!t.steady) return;
    if (groups.empty()) groups = connected_groups(engine.model.grid);
    const std::vector<char> bounded = bounded_groups(groups, engine.model.packages, engine.values);
    std::vector<CellIndex> last(groups.size(), kNoCell);
    for (std::size_t n = 0; n < groups.size(); ++n) {
      if (groups[n] == kNoCell || engine.state.ibound[n] <= 0) continue;
      if (bounded[index(groups[n])] == 0) last[index(groups[n])] = static_cast<CellIndex>(n);
    }
    for (const CellIndex n : last) {
      if (n == kNoCell) continue;
      held.push_back(n);
      engine.state.ibound[index(n)] = -1;
    }
  }

  // Heads of wet cells as the last two steps would go on.
  void extrapolate(const StepTime& t) {
    if (!engine.options.extrapolate || t.steady || before.empty() || before_dt <= 0) return;
    const double ratio = std::min(t.dt / before_dt, 2.0);
    const bool passes = !engine.aquifer.pass_through.empty();
    for_each_strip(engine.aquifer.layout, [&](int strip) {
      for_rows(engine.aquifer.layout, strip, [&](int, int, std::size_t begin, std::size_t end) {
        for (std::size_t n = begin; n < end; ++n) {
          const bool keeps = engine.state.ibound[n] <= 0 || std::abs(before[n]) >= 1e29 ||
                             (passes && engine.aquifer.pass_through[n] != 0);
          engine.state.head[n] += keeps ? 0.0 : ratio * (engine.state.old[n] - before[n]);
        }
      });
    });
  }

  OuterResult iterate(const StepTime& t) {
    engine.residual_is_of_heads = false;
    if (engine.model.newton.enabled) {
      return newton(engine, t);
    }
    const Padded<double> start = engine.state.head;
    extrapolate(t);
    OuterResult quick = picard_quick(engine, t);
    if (!quick.needs_path && quick.status == StepStatus::converged) {
      engine.residual_is_of_heads = quick.has_conductances;
      return quick;
    }
    engine.state.head = start;
    engine.state_changes.clear();
    OuterResult result = picard_by_the_book(engine, t);
    result.outer += quick.outer;
    result.inner += quick.inner;
    return result;
  }

  const StepReport& advance() {
    PHREATIC_ASSERT(period < static_cast<int>(engine.model.periods.size()));
    if (step == 0 && next_dt == 0) start_period();
    if (index_ % kExactEvery == 0) engine.forget_factors();
    settle_pass_through();
    int retries = 0;
    for (;;) {
      const StepTime t = next_time();
      engine.state.old = engine.state.head;
      const Padded<std::int8_t> wet = engine.state.ibound;
      read_packages(t);
      engine.state_changes.clear();
      engine.wetting->start_step(engine.model, engine.state);
      hold_loose_groups(t);
      const OuterResult result = iterate(t);
      for (const CellIndex n : held) engine.state.ibound[index(n)] = 1;
      const StressPeriod& p = engine.model.periods[static_cast<std::size_t>(period)];
      if (result.status == StepStatus::not_converged && can_shorten(p) && !t.steady &&
          t.dt / p.adaptive.dtfailadj >= p.adaptive.dtmin) {
        engine.state.head = engine.state.old;
        engine.state.ibound = wet;
        next_dt = t.dt / p.adaptive.dtfailadj;
        ++retries;
        continue;
      }
      finish(t, result, retries);
      return report;
    }
  }

  void finish(const StepTime& t, const OuterResult& result, int retries) {
    if (!result.has_conductances) refresh_conductances(engine);
    refresh_states(engine);
    for (const auto& state : engine.states) {
      if (state) state->end_step();
    }
    report = StepReport{};
    report.time = t;
    report.status = result.status;
    report.outer_iterations = result.outer;
    report.inner_iterations = result.inner;
    report.max_change = result.max_change;
    report.max_change_cell = result.max_change_cell;
    report.dried = result.dried;
    report.rewetted = result.rewetted;
    report.retries = retries;
    sum_balance(engine, report);
    describe_trouble(engine, report);
    before = heads;
    before_dt = t.steady ? 0.0 : t.dt;
    publish_heads();
    move_on(t, result);
  }

  void move_on(const StepTime& t, const OuterResult& result) {
    const StressPeriod& p = engine.model.periods[static_cast<std::size_t>(period)];
    time = t.end;
    ++index_;
    ++step;
    if (t.last_of_period) {
      ++period;
      step = 0;
      period_start = t.end;
      next_dt = 0;
      return;
    }
    if (!p.adaptive.enabled) return;
    next_dt = t.dt;
    if (p.adaptive.dtadj > 1 && engine.model.solver.ats_outer_fraction > 0) {
      const int most = std::max(engine.model.solver.outer_maximum, 1);
      const int few = static_cast<int>(most * engine.model.solver.ats_outer_fraction);
      if (result.outer < few) next_dt *= p.adaptive.dtadj;
      if (result.outer > most - few) next_dt /= p.adaptive.dtadj;
    }
    next_dt = std::max(next_dt, p.adaptive.dtmin);
  }
};

Simulation::Simulation(Model model, EngineOptions options)
    : impl_(std::make_unique<Impl>(std::move(model), options)) {}
Simulation::~Simulation() = default;
Simulation::Simulation(Simulation&&) noexcept = default;
Simulation& Simulation::operator=(Simulation&&) noexcept = default;

bool Simulation::finished() const { return impl_->period >= static_cast<int>(model().periods.size()); }
const StepReport& Simulation::advance() { return impl_->advance(); }
const StepReport& Simulation::last_step() const { return impl_->report; }
const Model& Simulation::model() const { return impl_->engine.model; }
const std::vector<double>& Simulation::heads() const { return impl_->heads; }

std::vector<PackageFlows> Simulation::package_flows() const { return flow::package_flows(impl_->engine); }
StorageFlows Simulation::storage_flows() const {
  const StepTime& t = impl_->report.time;
  return flow::storage_flows(impl_->engine, t.steady ? 0.0 : t.dt);
}
FaceFlows Simulation::face_flows() const { return flow::face_flows(impl_->engine); }
const PackageValues& Simulation::package_values(std::size_t package) const {
  return impl_->engine.values[package];
}
const PackageState* Simulation::package_state(std::size_t package) const {
  return impl_->engine.states[package].get();
}
const std::vector<StateChange>& Simulation::state_changes() const { return impl_->engine.state_changes; }
const std::vector<CellIndex>& Simulation::held_cells() const { return impl_->held; }

std::vector<double> Simulation::saturation() const {
  std::vector<double> result(impl_->heads.size());
  for (std::size_t n = 0; n < result.size(); ++n) result[n] = saturation_of(impl_->engine, n);
  return result;
}

SavedState Simulation::save() const {
  SavedState saved{impl_->period,
                   impl_->step,
                   impl_->index_,
                   impl_->time,
                   impl_->period_start,
                   impl_->heads,
                   impl_->before,
                   impl_->before_dt,
                   impl_->next_dt,
                   impl_->engine.solver_memory(),
                   {}};
  for (const auto& state : impl_->engine.states)
    saved.packages.push_back(state ? state->save() : std::vector<double>{});
  return saved;
}

void Simulation::restore(const SavedState& state) {
  impl_->period = state.next_period;
  impl_->step = state.next_step;
  impl_->index_ = state.next_index;
  impl_->time = state.time;
  impl_->period_start = state.period_start;
  impl_->heads = state.heads;
  impl_->before = state.before;
  impl_->before_dt = state.before_dt;
  impl_->set_heads(state.heads);
  impl_->fixed.clear();
  for (PackageValues& values : impl_->engine.values) values = PackageValues{};
  if (impl_->step > 0) impl_->start_period();
  impl_->next_dt = state.next_dt;
  impl_->engine.remember(state.solver);
  for (std::size_t p = 0; p < std::min(state.packages.size(), impl_->engine.states.size()); ++p) {
    if (impl_->engine.states[p]) impl_->engine.states[p]->restore(state.packages[p]);
  }
}

const Engine& Simulation::engine() const { return impl_->engine; }
bool Simulation::held_groups() const { return !impl_->held.empty(); }

bool Simulation::restarts_exactly() const {
  return impl_->engine.aquifer.layout.span_cells <= kSmallModel || impl_->index_ % Impl::kExactEvery == 0;
}

std::size_t Simulation::memory_bytes() const {
  return impl_->engine.bytes() + (impl_->heads.capacity() + impl_->before.capacity()) * sizeof(double);
}

}  // namespace phreatic::flow
