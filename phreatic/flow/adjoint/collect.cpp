// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/adjoint/collect.hpp"

#include <algorithm>

namespace phreatic::flow {
namespace {

std::size_t index(CellIndex n) { return static_cast<std::size_t>(n); }

// The last entry when it is of this package and group and its bounds are the same ones, else a new one.
BoundSensitivity& entry(MeasureSensitivity& out, const StepPoint& point, std::size_t p, int group) {
  const PackageValues& values = *point.values[p];
  for (auto found = out.bounds.rbegin(); found != out.bounds.rend(); ++found) {
    if (found->group != group) break;
    if (found->package == p && found->cell.size() == values.size()) return *found;
  }
  BoundSensitivity made;
  made.package = p;
  made.group = group;
  const std::vector<BoundColumn> columns =
      package_type(point.model.packages[p].kind).columns(point.model.packages[p]);
  for (std::size_t c = 0; c < std::min(columns.size(), kMostDerived); ++c) {
    if (c == 3 && columns[c].name != "infiltration factor") break;
    made.columns.push_back(columns[c].name);
  }
  made.cell = values.cell;
  made.row = values.row;
  if (made.row.empty()) {
    for (std::size_t b = 0; b < values.size(); ++b) made.row.push_back(static_cast<std::int32_t>(b));
  }
  made.values.assign(made.columns.size(), std::vector<double>(values.size(), 0.0));
  out.bounds.push_back(std::move(made));
  return out.bounds.back();
}

}  // namespace

Collector::Collector(const Trajectory& trajectory, const Aquifer& aquifer, const SweepParams& params)
    : aquifer_(aquifer), params_(params) {
  const Model& model = trajectory.model();
  groups_ = static_cast<int>(model.periods.size());
  if (!params.group_of_step.empty())
    groups_ = *std::max_element(params.group_of_step.begin(), params.group_of_step.end()) + 1;
  const std::size_t cells = model.grid.cells();
  for (const Measure& measure : params.measures) {
    Lane lane;
    lane.out.name = measure.name;
    const auto groups = static_cast<std::size_t>(std::max(groups_, 0));
    const WantedParameters& wanted = params.wanted;
    if (wanted.recharge) lane.out.recharge.assign(groups, std::vector<double>(model.grid.layer_cells(), 0.0));
    if (wanted.wells) lane.out.wells.assign(groups, std::vector<double>(cells, 0.0));
    if (wanted.k) {
      lane.out.k.assign(cells, 0.0);
      lane.out.k33.assign(cells, 0.0);
      if (!model.flow.k22.empty()) lane.out.k22.assign(cells, 0.0);
    }
    if (wanted.storage) {
      lane.out.ss.assign(cells, 0.0);
      lane.out.sy.assign(cells, 0.0);
    }
    if (wanted.bounds) lane.fixed.assign(cells, 0.0);
    lanes_.push_back(std::move(lane));
  }
  if (!params.wanted.recharge) return;
  top_.assign(model.grid.layer_cells(), kNoCell);
  for (std::size_t c = 0; c < top_.size(); ++c) {
    for (std::size_t n = c; n < cells && top_[c] == kNoCell; n += top_.size()) {
      if (model.grid.idomain[n] > 0) top_[c] = static_cast<CellIndex>(n);
    }
  }
}

void Collector::reduction(std::size_t lane, double reached) {
  lanes_[lane].out.worst_reduction = std::max(lanes_[lane].out.worst_reduction, reached);
}

int Collector::group(const StepPoint& point, std::size_t k) const {
  return params_.group_of_step.empty() ? point.time.period : params_.group_of_step[k];
}

void Collector::add(const StepPoint& point, std::size_t k, std::size_t l, const Padded<double>& lambda,
                    const StepWeights& weights) {
  Lane& lane = lanes_[l];
  const int g = group(point, k);
  if (g >= 0) add_sources(point, g, lane, lambda);
  if (params_.wanted.k) add_links(point, lane, lambda);
  if (params_.wanted.storage) add_storage(point, lane, lambda, weights);
  if (params_.wanted.bounds && g >= 0) add_bounds(point, g, lane, lambda, weights);
  if (params_.wanted.barriers) add_barriers(point, lane, lambda);
}

void Collector::add_sources(const StepPoint& point, int group, Lane& lane,
                            const Padded<double>& lambda) const {
  const auto g = static_cast<std::size_t>(group);
  if (params_.wanted.recharge) {
    std::vector<double>& out = lane.out.recharge[g];
    for (std::size_t c = 0; c < out.size(); ++c) {
      const CellIndex cell = acting_cell(true, point.model, point.ibound, top_[c]);
      if (cell == kNoCell || point.ibound[index(cell)] <= 0) continue;
      out[c] += lambda[index(cell)] * aquifer_.layer_area[c];
    }
  }
  if (params_.wanted.wells) {
    std::vector<double>& out = lane.out.wells[g];
    for (std::size_t n = 0; n < out.size(); ++n) {
      if (point.ibound[n] > 0 && !aquifer_.is_pass_through(n)) out[n] += lambda[n];
    }
  }
}

void Collector::add_links(const StepPoint& point, Lane& lane, const Padded<double>& lambda) const {
  const Grid& grid = point.model.grid;
  std::vector<double>& along_y = lane.out.k22.empty() ? lane.out.k : lane.out.k22;
  for_links(point, [&](std::size_t n, std::size_t m, int along, const LinkTerm& t) {
    const double drop = lambda[n] - lambda[m];
    if (drop == 0) return;
    if (along < 2) {
      std::vector<double>& out = along == 0 ? lane.out.k : along_y;
      out[n] += drop * t.k_n;
      out[m] += drop * t.k_m;
      return;
    }
    // Across pass-through cells the link is made of the cells at its ends.
    const CellIndex upper =
        grid.idomain[n] > 0 ? static_cast<CellIndex>(n) : cell_above(grid, static_cast<CellIndex>(n));
    const CellIndex lower = cell_below(grid, static_cast<CellIndex>(n));
    lane.out.k33[index(upper)] += drop * t.k_n;
    lane.out.k33[index(lower)] += drop * t.k_m;
  });
}

void Collector::add_storage(const StepPoint& point, Lane& lane, const Padded<double>& lambda,
                            const StepWeights& weights) const {
  for (std::size_t n = 0; n < aquifer_.layout.cells; ++n) {
    if (point.ibound[n] == 0 || point.model.grid.idomain[n] <= 0) continue;
    if (!point.time.steady && point.ibound[n] > 0 && lambda[n] != 0) {
      const StorageDerivative d = storage_derivative(point, n);
      lane.out.ss[n] += lambda[n] * d.by_ss;
      lane.out.sy[n] += lambda[n] * d.by_sy;
    }
    if (weights.storage == nullptr || (*weights.storage)[n] == 0) continue;
    const StoredWater water = stored_water(point.model, aquifer_.area(n), n, point.head[n]);
    lane.out.ss[n] += (*weights.storage)[n] * water.by_ss;
    lane.out.sy[n] += (*weights.storage)[n] * water.by_sy;
  }
}

void Collector::stored_at_start(std::size_t l, std::size_t n, double weight, const StoredWater& water) {
  if (!params_.wanted.storage) return;
  lanes_[l].out.ss[n] -= weight * water.by_ss;
  lanes_[l].out.sy[n] -= weight * water.by_sy;
}

void Collector::add_bounds(const StepPoint& point, int group, Lane& lane, const Padded<double>& lambda,
                           const StepWeights& weights) const {
  for (std::size_t p = 0; p < point.values.size(); ++p) {
    BoundSensitivity* at = nullptr;
    for_bound_derivatives(point, p, [&](std::size_t b, std::size_t n, const BoundDerivative& d) {
      if (at == nullptr) at = &entry(lane.out, point, p, group);
      at->cell[b] = static_cast<CellIndex>(n);
      const double factor = lambda[n] + (weights.flows.any ? weights.flows.of(p, n) : 0.0);
      for (std::size_t c = 0; c < at->columns.size(); ++c) at->values[c][b] += factor * d.by_column[c];
    });
  }
  for (std::size_t p = 0; p < point.values.size(); ++p) {
    if (point.model.packages[p].kind != PackageKind::chd) continue;
    BoundSensitivity& out = entry(lane.out, point, p, group);
    for (std::size_t b = 0; b < out.cell.size(); ++b) {
      const CellIndex n = point.values[p]->cell[b];
      if (n != kNoCell && point.ibound[index(n)] < 0) out.values[0][b] += lane.fixed[index(n)];
    }
  }
}

void Collector::add_barriers(const StepPoint& point, Lane& lane, const Padded<double>& lambda) const {
  if (point.barriers->empty()) return;
  int period = 0;
  for (const BarrierPeriod& candidate : point.model.barriers) {
    if (candidate.period <= point.time.period) period = candidate.period;
  }
  if (lane.out.barriers.empty() || lane.out.barriers.back().period != period)
    lane.out.barriers.push_back({period, std::vector<double>(point.barriers->size(), 0.0)});
  std::vector<double>& out = lane.out.barriers.back().values;
  const Links links(point);
  for (std::size_t i = 0; i < point.barriers->size(); ++i) {
    const Barrier& barrier = (*point.barriers)[i];
    const std::size_t n = index(std::min(barrier.cell_a, barrier.cell_b));
    const std::size_t m = index(std::max(barrier.cell_a, barrier.cell_b));
    if (point.ibound[n] == 0 || point.ibound[m] == 0 || lambda[n] == lambda[m]) continue;
    if (point.model.grid.idomain[n] <= 0 || point.model.grid.idomain[m] <= 0) continue;
    const bool along_row = m == n + 1;
    const std::vector<std::uint32_t>* on = point.barriers_at(n, along_row);
    const std::vector<double> by = links.by_barrier(n, along_row);
    for (std::size_t j = 0; j < on->size(); ++j) {
      if ((*on)[j] == i) out[i] += (lambda[n] - lambda[m]) * by[j];
    }
  }
}

void Collector::start_head(std::size_t l, const Padded<double>& by_head) {
  if (!params_.wanted.start_heads) return;
  lanes_[l].out.start_head.assign(by_head.data(), by_head.data() + by_head.size());
}

void Collector::give(AdjointResult& result) {
  result.groups = groups_;
  for (Lane& lane : lanes_) result.measures.push_back(std::move(lane.out));
}

std::size_t Collector::bytes() const {
  std::size_t total = 0;
  for (const Lane& lane : lanes_) {
    for (const auto* array :
         {&lane.fixed, &lane.out.k, &lane.out.k22, &lane.out.k33, &lane.out.ss, &lane.out.sy})
      total += array->capacity() * sizeof(double);
    for (const auto* arrays : {&lane.out.recharge, &lane.out.wells}) {
      for (const std::vector<double>& array : *arrays) total += array.capacity() * sizeof(double);
    }
  }
  return total;
}

}  // namespace phreatic::flow
