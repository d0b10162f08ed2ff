// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/adjoint/linear_step.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/flow/grid/saturation.hpp"

namespace phreatic::flow {
namespace {

std::size_t index(CellIndex n) { return static_cast<std::size_t>(n); }

}  // namespace

StepPoint::StepPoint(const Trajectory& trajectory, const Aquifer& a)
    : model(trajectory.model()),
      aquifer(a),
      head(a.layout.array<double>()),
      old(a.layout.array<double>()),
      ibound(a.layout.array<std::int8_t>()),
      values(model.packages.size()),
      trajectory_(trajectory) {}

void StepPoint::set(std::size_t k) {
  time = trajectory_.step(k).time;
  held = trajectory_.step(k).held;
  const Grid& grid = model.grid;
  {
    const std::vector<double>& now = trajectory_.heads(k + 1, buffer_);
    for (std::size_t n = 0; n < grid.cells(); ++n) {
      const int domain = grid.idomain[n];
      const bool dry = domain > 0 && now[n] == kDryHead && !model.newton.enabled;
      head[n] = domain == 0 ? kInactiveHead : now[n];
      ibound[n] = static_cast<std::int8_t>(domain == 0 || dry ? 0 : 1);
    }
  }
  {
    const std::vector<double>& before = trajectory_.heads(k, buffer_);
    for (std::size_t n = 0; n < grid.cells(); ++n) {
      const bool dry = before[n] == kDryHead && !model.newton.enabled;
      old[n] = dry ? grid.botm[n] : before[n];
    }
  }
  for (std::size_t p = 0; p < values.size(); ++p) values[p] = trajectory_.values(k, p);
  take_fixed();
  take_barriers();
  if (aquifer.pass_through.empty()) return;
  // A pass-through cell has links of one conductance up and down: heads lie on a line between the ends.
  for (std::size_t n = 0; n < grid.cells(); ++n) {
    if (grid.idomain[n] >= 0) continue;
    const CellIndex above = cell_above(grid, static_cast<CellIndex>(n));
    const CellIndex below = cell_below(grid, static_cast<CellIndex>(n));
    const bool up = above != kNoCell && ibound[index(above)] != 0;
    const bool down = below != kNoCell && ibound[index(below)] != 0;
    if (up && down) {
      const auto to_above = static_cast<double>(grid.layers_between(index(above), n));
      const auto to_below = static_cast<double>(grid.layers_between(n, index(below)));
      head[n] = (head[index(above)] * to_below + head[index(below)] * to_above) / (to_above + to_below);
    } else {
      head[n] = up ? head[index(above)] : (down ? head[index(below)] : 0.0);
    }
  }
}

void StepPoint::take_fixed() {
  for (std::size_t p = 0; p < values.size(); ++p) {
    if (model.packages[p].kind != PackageKind::chd) continue;
    const PackageValues& v = *values[p];
    for (std::size_t b = 0; b < v.size(); ++b) {
      if (v.cell[b] == kNoCell || model.grid.idomain[index(v.cell[b])] <= 0) continue;
      ibound[index(v.cell[b])] = -1;
      head[index(v.cell[b])] = old[index(v.cell[b])] = v.value(0, b);
    }
  }
  for (const CellIndex n : held) ibound[index(n)] = -1;
}

void StepPoint::take_barriers() {
  barriers = &trajectory_.barriers(static_cast<std::size_t>(time.index));
  if (barriers == taken_) return;
  taken_ = barriers;
  barrier_links_.clear();
  for (std::size_t i = 0; i < barriers->size(); ++i) {
    const Barrier& barrier = (*barriers)[i];
    const std::size_t n = index(std::min(barrier.cell_a, barrier.cell_b));
    const std::size_t m = index(std::max(barrier.cell_a, barrier.cell_b));
    barrier_links_[2 * n + (m == n + 1 ? 0 : 1)].push_back(static_cast<std::uint32_t>(i));
  }
}

const std::vector<std::uint32_t>* StepPoint::barriers_at(std::size_t n, bool along_row) const {
  if (barrier_links_.empty()) return nullptr;
  const auto found = barrier_links_.find(2 * n + (along_row ? 0 : 1));
  return found == barrier_links_.end() ? nullptr : &found->second;
}

}  // namespace phreatic::flow
