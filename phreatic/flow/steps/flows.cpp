// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/steps/flows.hpp"

#include <cmath>

#include "phreatic/flow/grid/saturation.hpp"
#include "phreatic/flow/grid/storage.hpp"
#include "phreatic/flow/packages/packages.hpp"
#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"
#include "phreatic/flow/steps/storage_rows.hpp"

namespace phreatic::flow {

void refresh_states(Engine& engine) {
  for (const auto& state : engine.states) {
    if (state) state->solve(engine.bounds());
  }
}

void refresh_conductances(Engine& engine) {
  if (engine.model.newton.enabled) {
    if (engine.model.flow.variable_cv) update_conductances(engine.model, engine.state, engine.aquifer);
    return;
  }
  update_conductances(engine.model, engine.state, engine.aquifer);
  engine.barriers.apply(engine.model, engine.state, engine.aquifer);
}

double saturation_of(const Engine& engine, std::size_t n) {
  const Grid& grid = engine.model.grid;
  if (grid.idomain[n] <= 0 || engine.state.ibound[n] == 0) return 0;
  if (!engine.aquifer.is_convertible(n)) {
    return engine.aquifer.fixed_saturation.empty() ? 1.0 : engine.aquifer.fixed_saturation[n];
  }
  const double head = engine.state.head[n];
  return engine.model.newton.enabled ? smooth_fraction(grid.cell_top(n), grid.botm[n], head)
                                     : wet_fraction(grid.cell_top(n), grid.botm[n], head);
}

namespace {

// Flow from n to its horizontal neighbour m over a link of conductance c (of full thickness under Newton).
double horizontal_flow(const Engine& engine, std::size_t n, std::size_t m, double c) {
  if (c == 0) return 0;
  const double* h = engine.state.head.data();
  const std::size_t upstream = h[n] > h[m] ? n : m;
  // Conductances know the thickness of cells where it is fixed.
  if (engine.model.newton.enabled && engine.aquifer.is_convertible(upstream))
    c *= saturation_of(engine, upstream);
  return c * (h[n] - h[m]);
}

double vertical_flow(const Engine& engine, std::size_t n) {
  const Grid& grid = engine.model.grid;
  if (grid.idomain[n] <= 0) return 0;
  const CellIndex below = cell_below(grid, static_cast<CellIndex>(n));
  if (below == kNoCell) return 0;
  const auto m = static_cast<std::size_t>(below);
  if (engine.state.ibound[n] == 0 || engine.state.ibound[m] == 0) return 0;
  const double c = engine.aquifer.down[n] / static_cast<double>(grid.layers_between(n, m));
  const double to = is_perched(engine, n, m) ? grid.botm[n] : engine.state.head[m];
  return c * (engine.state.head[n] - to);
}

// Flow of a fixed-head cell into the model: what leaves it to its neighbours, all of them together, and into
// and out of the wet ones link by link, as MODFLOW 6's listing sums it (flow to other fixed heads left out).
struct FixedHeadFlow {
  double net = 0;
  FlowSums sums;
};

FixedHeadFlow fixed_head_flow(const Engine& engine, std::size_t n) {
  const Grid& grid = engine.model.grid;
  const auto columns = static_cast<std::size_t>(grid.ncol);
  const Aquifer& a = engine.aquifer;
  FixedHeadFlow flow;
  const auto add = [&](std::size_t m, double out) {
    flow.net += out;
    if (engine.state.ibound[m] > 0) (out > 0 ? flow.sums.inflow : flow.sums.outflow) += std::abs(out);
  };
  add(n + 1, horizontal_flow(engine, n, n + 1, a.right[n]));
  add(n + columns, horizontal_flow(engine, n, n + columns, a.front[n]));
  if (n >= 1) add(n - 1, -horizontal_flow(engine, n - 1, n, a.right[n - 1]));
  if (n >= columns) add(n - columns, -horizontal_flow(engine, n - columns, n, a.front[n - columns]));
  const CellIndex below = cell_below(grid, static_cast<CellIndex>(n));
  if (below != kNoCell) add(static_cast<std::size_t>(below), vertical_flow(engine, n));
  const CellIndex above = cell_above(grid, static_cast<CellIndex>(n));
  if (above != kNoCell)
    add(static_cast<std::size_t>(above), -vertical_flow(engine, static_cast<std::size_t>(above)));
  return flow;
}

template <class Use>
void for_storage(const Engine& engine, double dt, Use&& use) {
  for (std::size_t n = 0; n < engine.aquifer.layout.cells; ++n) {
    if (engine.state.ibound[n] <= 0 || engine.model.grid.idomain[n] <= 0) continue;
    use(n, storage_term(storage_cell(engine.model, n, engine.aquifer.area(n), dt), engine.state.head[n],
                        engine.state.old[n]));
  }
}

}  // namespace

FaceFlows face_flows(const Engine& engine) {
  const Grid& grid = engine.model.grid;
  const std::size_t cells = grid.cells();
  FaceFlows faces;
  faces.right.assign(cells, 0.0);
  faces.front.assign(cells, 0.0);
  faces.down.assign(cells, 0.0);
  for (std::size_t n = 0; n < cells; ++n) {
    if (grid.idomain[n] <= 0) continue;
    faces.right[n] = horizontal_flow(engine, n, n + 1, engine.aquifer.right[n]);
    faces.front[n] =
        horizontal_flow(engine, n, n + static_cast<std::size_t>(grid.ncol), engine.aquifer.front[n]);
    faces.down[n] = vertical_flow(engine, n);
  }
  return faces;
}

StorageFlows storage_flows(const Engine& engine, double dt) {
  StorageFlows flows;
  flows.specific_storage.assign(engine.aquifer.layout.cells, 0.0);
  flows.specific_yield.assign(engine.aquifer.layout.cells, 0.0);
  if (dt <= 0) return flows;
  for_storage(engine, dt, [&](std::size_t n, const StorageTerm& term) {
    flows.specific_storage[n] = term.ss_flow;
    flows.specific_yield[n] = term.sy_flow;
  });
  return flows;
}

namespace {

// Of a row of mixed cells, or with one of the rare options.
SignedSums mixed_storage_sums(const Engine& engine, double dt, std::size_t begin, std::size_t end) {
  SignedSums sums;
  for (std::size_t n = begin; n < end; ++n) {
    if (engine.state.ibound[n] <= 0 || engine.model.grid.idomain[n] <= 0) continue;
    const StorageTerm term = storage_term(storage_cell(engine.model, n, engine.aquifer.area(n), dt),
                                          engine.state.head[n], engine.state.old[n]);
    for (const double flow : {term.ss_flow, term.sy_flow}) {
      (flow > 0 ? sums.positive : sums.negative) += std::abs(flow);
    }
  }
  return sums;
}

FlowSums storage_totals(const Engine& engine, double dt) {
  const Layout& layout = engine.aquifer.layout;
  const RowKernels<double>& kernels = row_kernels<double>();
  std::vector<FlowSums> parts(static_cast<std::size_t>(layout.strips));
  for_each_strip(layout, [&](int strip) {
    FlowSums sums;
    StorageRows rows(engine.model, engine.aquifer, engine.state, dt);
    for_rows(layout, strip, [&](int k, int i, std::size_t begin, std::size_t end) {
      const StorageKind kind = engine.aquifer.storage_row[layout.row_index(k, i)];
      SignedSums row;
      if (kind == StorageKind::mixed || engine.model.newton.enabled) {
        row = mixed_storage_sums(engine, dt, begin, end);
      } else if (kind == StorageKind::confined) {
        row = kernels.confined_storage_sums(end - begin, rows.row(begin, end));
      } else {
        row = kernels.convertible_storage_sums(end - begin, rows.row(begin, end));
      }
      sums.inflow += row.positive;
      sums.outflow += row.negative;
    });
    parts[static_cast<std::size_t>(strip)] = sums;
  });
  FlowSums totals;
  for (const FlowSums& part : parts) {
    totals.inflow += part.inflow;
    totals.outflow += part.outflow;
  }
  return totals;
}

}  // namespace

FlowSums flow_totals(const Engine& engine, double dt) {
  FlowSums totals = dt > 0 ? storage_totals(engine, dt) : FlowSums{};
  for (std::size_t p = 0; p < engine.model.packages.size(); ++p) {
    const Package& package = engine.model.packages[p];
    const PackageValues& values = engine.values[p];
    const FlowSums sums = sums_of_package(package, values, engine.states[p].get(), engine.bounds());
    totals.inflow += sums.inflow;
    totals.outflow += sums.outflow;
    if (package.kind != PackageKind::chd) continue;
    for (const CellIndex n : values.cell) {
      if (n == kNoCell || engine.state.ibound[static_cast<std::size_t>(n)] >= 0) continue;
      const FlowSums fixed = fixed_head_flow(engine, static_cast<std::size_t>(n)).sums;
      totals.inflow += fixed.inflow;
      totals.outflow += fixed.outflow;
    }
  }
  return totals;
}

std::vector<PackageFlows> package_flows(const Engine& engine) {
  std::vector<PackageFlows> all;
  for (std::size_t p = 0; p < engine.model.packages.size(); ++p) {
    const Package& package = engine.model.packages[p];
    PackageFlows flows = flows_of_package(package, engine.values[p], engine.states[p].get(), engine.bounds());
    if (package.kind == PackageKind::chd) {
      for (std::size_t b = 0; b < flows.cell.size(); ++b) {
        if (flows.cell[b] == kNoCell || engine.state.ibound[static_cast<std::size_t>(flows.cell[b])] >= 0)
          continue;
        const FixedHeadFlow fixed = fixed_head_flow(engine, static_cast<std::size_t>(flows.cell[b]));
        flows.flow[b] = fixed.net;
        flows.inflow += fixed.sums.inflow;
        flows.outflow += fixed.sums.outflow;
      }
    }
    all.push_back(std::move(flows));
  }
  return all;
}

}  // namespace phreatic::flow
