// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/steps/outer/outer_loop.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "phreatic/flow/packages/packages.hpp"

namespace phreatic::flow {

std::size_t Engine::bytes() const {
  const Grid& grid = model.grid;
  std::size_t total = aquifer.bytes() + state.head.bytes() + state.old.bytes() + state.ibound.bytes() +
                      residual.bytes() + before.bytes();
  if (!single.excess.empty()) total += single.bytes() + single_solver.bytes();
  if (!full.excess.empty()) total += full.bytes() + full_solver.bytes();
  if (!general.excess.empty()) total += general.bytes() + general_solver.bytes();
  total += (grid.top.capacity() + grid.botm.capacity() + model.start_heads.capacity()) * sizeof(double);
  total += grid.idomain.values.capacity() + model.flow.icelltype.values.capacity() +
           model.storage.iconvert.values.capacity();
  for (const auto* field :
       {&model.flow.k, &model.flow.k22, &model.flow.k33, &model.storage.ss, &model.storage.sy}) {
    total += field->values.capacity() * sizeof(double);
  }
  for (const PackageValues& v : values) {
    total +=
        v.cell.capacity() * sizeof(CellIndex) + (v.values.capacity() + v.aux.capacity()) * sizeof(double);
  }
  return total;
}

void set_up(Engine& engine, Model model, const EngineOptions& options) {
  check_model(model);
  engine.model = std::move(model);
  engine.options = options;
  engine.aquifer = make_aquifer(engine.model);
  engine.wetting = std::make_unique<Wetting>(engine.model, engine.aquifer);
  engine.values.resize(engine.model.packages.size());
  for (const Package& package : engine.model.packages) {
    const PackageType& type = package_type(package.kind);
    engine.states.push_back(type.make_state == nullptr ? nullptr : type.make_state(package, engine.model));
  }
  const Layout& layout = engine.aquifer.layout;
  engine.state.head = layout.array<double>();
  engine.state.old = layout.array<double>();
  engine.state.ibound = layout.array<std::int8_t>();
  engine.residual = layout.array<double>();
}

void use_barriers(Engine& engine, int period) {
  std::vector<Barrier> barriers;
  for (const BarrierPeriod& candidate : engine.model.barriers) {
    if (candidate.period <= period) barriers = candidate.barriers;
  }
  engine.barriers.replace(engine.model, barriers, engine.aquifer);
}

void use_single(Engine& engine) {
  if (!engine.single.excess.empty()) return;
  engine.single.allocate(engine.aquifer.layout);
  engine.single_solver.allocate(engine.aquifer.layout, engine.options.multigrid);
}

void use_full(Engine& engine) {
  if (!engine.full.excess.empty()) return;
  engine.full.allocate(engine.aquifer.layout);
  engine.full_solver.allocate(engine.aquifer.layout, engine.options.multigrid);
}

SolverMemory Engine::solver_memory() const {
  SolverMemory memory;
  memory.single_is_enough = single_is_enough;
  if (!single.excess.empty()) memory.single = single_solver.preconditioner().levels();
  if (!full.excess.empty()) memory.full = full_solver.preconditioner().levels();
  return memory;
}

void Engine::remember(const SolverMemory& memory) {
  single_is_enough = memory.single_is_enough;
  if (memory.single.coarse || memory.single.complete) {
    use_single(*this);
    single_solver.preconditioner().use(memory.single);
  }
  if (memory.full.coarse || memory.full.complete) {
    use_full(*this);
    full_solver.preconditioner().use(memory.full);
  }
}

void Engine::forget_factors() {
  if (!single.excess.empty()) single_solver.preconditioner().forget();
  if (!full.excess.empty()) full_solver.preconditioner().forget();
}

void Engine::note_states(int outer, int inner) {
  for (std::size_t p = 0; p < states.size(); ++p) {
    if (!states[p] || model.packages[p].output.convergence_file.empty()) continue;
    const PackageState::Changes changes = states[p]->changes();
    state_changes.push_back({p, outer, inner, changes.state.value, changes.state.feature,
                             changes.inflow.value, changes.inflow.feature});
  }
}

template <class T>
Balance assemble_picard(Engine& engine, double dt, LinkMatrix<T>& a) {
  const Layout& layout = engine.aquifer.layout;
  Balance balance;
  update_conductances(engine.model, engine.state, engine.aquifer);
  engine.barriers.apply(engine.model, engine.state, engine.aquifer);
  clear_system(layout, a, engine.residual);
  for (std::size_t p = 0; p < engine.model.packages.size(); ++p) {
    add_package(engine.model.packages[p], engine.values[p], engine.states[p].get(), engine.bounds(),
                PackageTerms<T>{engine.residual.data(), a.excess.data()});
  }
  const AssemblySums sums = assemble(engine.model, engine.aquifer, engine.state, dt, a, engine.residual);
  balance.gross = sums.packages + sums.fixed_heads;
  balance.residual = sums.residual;
  return balance;
}

template <class T>
HeadChange add_correction(Engine& engine, const Padded<T>& correction, double scale) {
  const Layout& layout = engine.aquifer.layout;
  std::vector<HeadChange> parts(static_cast<std::size_t>(layout.strips));
  for_each_strip(layout, [&](int strip) {
    HeadChange part;
    for_rows(layout, strip, [&](int, int, std::size_t begin, std::size_t end) {
      for (std::size_t n = begin; n < end; ++n) {
        if (engine.state.ibound[n] <= 0) continue;
        const double change = static_cast<double>(correction[n]) * scale;
        engine.state.head[n] += change;
        if (std::abs(change) > std::abs(part.largest) && !engine.aquifer.is_pass_through(n)) {
          part = {change, static_cast<CellIndex>(n)};
        }
      }
    });
    parts[static_cast<std::size_t>(strip)] = part;
  });
  HeadChange largest;
  for (const HeadChange& part : parts) {
    if (std::abs(part.largest) > std::abs(largest.largest)) largest = part;
  }
  return largest;
}

template Balance assemble_picard(Engine&, double, LinkMatrix<float>&);
template Balance assemble_picard(Engine&, double, LinkMatrix<double>&);
template HeadChange add_correction(Engine&, const Padded<float>&, double);
template HeadChange add_correction(Engine&, const Padded<double>&, double);

bool is_perched(const Engine& engine, std::size_t upper, std::size_t lower) {
  return engine.model.flow.perched && !engine.model.newton.enabled && engine.aquifer.is_convertible(lower) &&
         engine.state.ibound[upper] != 0 && engine.state.ibound[lower] != 0 &&
         engine.state.head[lower] < engine.model.grid.cell_top(lower);
}

}  // namespace phreatic::flow
