// SPDX-License-Identifier: BSD-3-Clause
// What acts on a scenario in its window: the bounds that lie in it, and their values.
#include <algorithm>

#include "phreatic/flow/ensemble/record.hpp"
#include "phreatic/flow/ensemble/window_engine.hpp"

namespace phreatic::flow {
namespace {

// The bounds named by `which`.
void gather(const PackageValues& from, const std::vector<std::uint32_t>& which, PackageValues& to) {
  const std::size_t size = from.size();
  to.cell.resize(which.size());
  for (std::size_t b = 0; b < which.size(); ++b) to.cell[b] = from.cell[which[b]];
  const auto columns = [&](const std::vector<double>& all, std::vector<double>& out) {
    const std::size_t count = size > 0 ? all.size() / size : 0;
    out.resize(count * which.size());
    for (std::size_t c = 0; c < count; ++c) {
      for (std::size_t b = 0; b < which.size(); ++b) out[c * which.size() + b] = all[c * size + which[b]];
    }
  };
  columns(from.values, to.values);
  columns(from.aux, to.aux);
}

}  // namespace

WindowLane make_lane(const Model& model, const Layout& whole, const Scenario& scenario, std::size_t index,
                     ScenarioResult& result) {
  WindowLane lane;
  lane.scenario = &scenario;
  lane.result = &result;
  lane.index = index;
  lane.window = make_window(whole, RowSpans(model.grid.nrow));
  result = {};
  result.name = scenario.name;
  result.sites.assign(scenario.sites.size(), {});
  lane.nearest = nearest_sites(model.grid, scenario.sites);
  for (std::size_t p = 0; p < model.packages.size(); ++p) {
    if (std::any_of(scenario.changes.begin(), scenario.changes.end(),
                    [&](const PackageChange& c) { return c.package == model.packages[p].name; }))
      lane.changed.push_back(p);
  }
  lane.bounds.resize(model.packages.size());
  lane.bounds_version.assign(model.packages.size(), -1);
  return lane;
}

// Bounds of the window, where the list or the window is another one.
void WindowEngine::take_bounds(WindowLane& lane, const StepFrame& frame) {
  const Grid& grid = engine_.model.grid;
  const RowSpans& spans = lane.window.spans;
  for (std::size_t p = 0; p < lane.bounds.size(); ++p) {
    if (lane.bounds_version[p] == frame.cells_versions[p]) continue;
    lane.bounds_version[p] = frame.cells_versions[p];
    lane.bounds[p].clear();
    const std::vector<CellIndex>& cells = frame.baseline.engine().values[p].cell;
    for (std::size_t b = 0; b < cells.size(); ++b) {
      if (cells[b] == kNoCell) continue;
      const std::size_t in_layer = static_cast<std::size_t>(cells[b]) % grid.layer_cells();
      const std::size_t row = in_layer / static_cast<std::size_t>(grid.ncol);
      const auto column = static_cast<int>(in_layer % static_cast<std::size_t>(grid.ncol));
      if (column >= spans.first[row] && column < spans.last[row])
        lane.bounds[p].push_back(static_cast<std::uint32_t>(b));
    }
  }
}

void WindowEngine::take_values(const WindowLane& lane, const StepFrame& frame) {
  const StepTime& time = frame.baseline.last_step().time;
  const std::vector<PackageValues>& base = frame.baseline.engine().values;
  for (std::size_t p = 0; p < lane.bounds.size(); ++p) {
    const bool changes = std::find(lane.changed.begin(), lane.changed.end(), p) != lane.changed.end();
    if (!changes) {
      gather(base[p], lane.bounds[p], engine_.values[p]);
      continue;
    }
    PackageValues all = base[p];
    apply_changes(*lane.scenario, engine_.model.packages[p], time, all);
    gather(all, lane.bounds[p], engine_.values[p]);
  }
  engine_.values.back() = added_recharge(engine_.model.grid, *lane.scenario, time);
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

}  // namespace phreatic::flow
