// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/ensemble/record.hpp"

#include <cmath>

#include "phreatic/flow/grid/storage.hpp"
#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"

namespace phreatic::flow {
namespace {

struct Gain {
  double volume = 0;
  double water = 0;
};

struct Point {
  double x = 0;
  double y = 0;
};

std::vector<double> centres(const std::vector<double>& widths) {
  std::vector<double> at(widths.size());
  double edge = 0;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    at[i] = edge + 0.5 * widths[i];
    edge += widths[i];
  }
  return at;
}

// Sites and their sum, at the end of a step.
void keep(const std::vector<Gain>& gain, ScenarioResult& result) {
  Gain all;
  for (std::size_t i = 0; i < gain.size(); ++i) {
    all.volume += gain[i].volume;
    all.water += gain[i].water;
    if (result.sites.empty()) continue;
    result.sites[i].volume.push_back(gain[i].volume);
    result.sites[i].water.push_back(gain[i].water);
  }
  result.rise.volume.push_back(all.volume);
  result.rise.water.push_back(all.water);
}

bool is_wet(double head) { return std::abs(head) < 1e29; }

// Water that storage takes up when the head of a cell goes from `old` to `head` (L3).
double stored_water(const Model& model, std::size_t n, double area, double head, double old) {
  const double bottom = model.grid.botm[n];
  if (model.storage.iconvert[n] == 0 && is_wet(head) && is_wet(old)) {
    const double thickness = model.storage.storage_coefficient ? 1 : model.grid.cell_top(n) - bottom;
    return model.storage.ss[n] * area * thickness * (head - old);
  }
  const StorageTerm term = storage_term(storage_cell(model, n, area, 1.0), is_wet(head) ? head : bottom,
                                        is_wet(old) ? old : bottom);
  return -(term.ss_flow + term.sy_flow);
}

}  // namespace

std::vector<double> water_table(const Grid& grid, const std::vector<double>& heads) {
  const std::size_t columns = grid.layer_cells();
  std::vector<double> table(columns, kInactiveHead);
  for (std::size_t n = 0; n < grid.cells(); ++n) {
    if (grid.idomain[n] > 0 && is_wet(heads[n]) && table[n % columns] == kInactiveHead)
      table[n % columns] = heads[n];
  }
  return table;
}

std::vector<double> ScenarioHeads::table_rise() const {
  std::vector<double> rise(table.size(), 0.0);
  for (std::size_t c = 0; c < rise.size(); ++c) {
    if (is_wet(table[c]) && is_wet(baseline_table[c])) rise[c] = table[c] - baseline_table[c];
  }
  return rise;
}

std::vector<std::int32_t> nearest_sites(const Grid& grid, const std::vector<RechargeSite>& sites) {
  if (sites.size() < 2) return {};
  const std::vector<double> x = centres(grid.delr);
  const std::vector<double> y = centres(grid.delc);
  std::vector<Point> middle(sites.size());
  for (std::size_t s = 0; s < sites.size(); ++s) {
    const auto count = static_cast<double>(sites[s].cells.size());
    for (const CellIndex c : sites[s].cells) {
      middle[s].x += x[static_cast<std::size_t>(c % grid.ncol)] / count;
      middle[s].y += y[static_cast<std::size_t>(c / grid.ncol)] / count;
    }
  }
  std::vector<std::int32_t> nearest(grid.layer_cells(), 0);
  for (std::size_t c = 0; c < nearest.size(); ++c) {
    double best = 1e300;
    for (std::size_t s = 0; s < sites.size(); ++s) {
      const double dx = x[c % static_cast<std::size_t>(grid.ncol)] - middle[s].x;
      const double dy = y[c / static_cast<std::size_t>(grid.ncol)] - middle[s].y;
      if (dx * dx + dy * dy >= best) continue;
      best = dx * dx + dy * dy;
      nearest[c] = static_cast<std::int32_t>(s);
    }
  }
  return nearest;
}

void record_rise(const Model& model, const Layout& where, const double* heads, const double* baseline,
                 const std::vector<std::int32_t>& nearest, ScenarioResult& result) {
  const Grid& grid = model.grid;
  const std::size_t columns = grid.layer_cells();
  std::vector<Gain> gain(result.sites.empty() ? std::size_t{1} : result.sites.size());
  std::vector<char> found(columns, 0);
  for_rows(where, [&](int k, int i, std::size_t begin, std::size_t end) {
    const std::size_t layer = static_cast<std::size_t>(k) * columns;
    const double height = grid.delc[static_cast<std::size_t>(i)];
    const std::size_t row = where.row_start(k, i);
    for (std::size_t n = begin; n < end; ++n) {
      if (grid.idomain[n] <= 0) continue;
      const std::size_t c = n - layer;
      if (heads[n] == baseline[n]) {
        if (found[c] == 0 && is_wet(heads[n])) found[c] = 1;
        continue;
      }
      Gain& to = gain[nearest.empty() ? 0 : static_cast<std::size_t>(nearest[c])];
      const double area = grid.delr[n - row] * height;
      if (model.storage.present) to.water += stored_water(model, n, area, heads[n], baseline[n]);
      // Where the table has moved to another layer, from the bottom of the dry cell.
      if (found[c] != 0 || (!is_wet(heads[n]) && !is_wet(baseline[n]))) continue;
      found[c] = 1;
      to.volume += area * ((is_wet(heads[n]) ? heads[n] : grid.botm[n]) -
                           (is_wet(baseline[n]) ? baseline[n] : grid.botm[n]));
    }
  });
  keep(gain, result);
}

void record_rise(const Layout& where, const double* water, const double* table, const double* rise,
                 const std::vector<std::int32_t>& nearest, ScenarioResult& result) {
  std::vector<Gain> gain(result.sites.empty() ? std::size_t{1} : result.sites.size());
  const RowKernels<double>& kernels = row_kernels<double>();
  for_rows(where, [&](int k, int, std::size_t begin, std::size_t end) {
    if (nearest.empty()) {
      gain[0].water += kernels.product(end - begin, water + begin, rise + begin);
      gain[0].volume += kernels.product(end - begin, table + begin, rise + begin);
      return;
    }
    const std::size_t layer = static_cast<std::size_t>(k) * where.layer_cells;
    for (std::size_t n = begin; n < end; ++n) {
      Gain& to = gain[static_cast<std::size_t>(nearest[n - layer])];
      to.water += water[n] * rise[n];
      to.volume += table[n] * rise[n];
    }
  });
  keep(gain, result);
}

std::vector<BudgetEntry> budget_of(const std::vector<PackageFlows>& packages, const StorageFlows& flows) {
  std::vector<BudgetEntry> budget;
  for (const PackageFlows& package : packages)
    budget.push_back({package.name, package.inflow, package.outflow});
  BudgetEntry storage{"STORAGE"};
  for (const std::vector<double>* part : {&flows.specific_storage, &flows.specific_yield}) {
    for (const double q : *part) (q > 0 ? storage.inflow : storage.outflow) += std::abs(q);
  }
  budget.push_back(std::move(storage));
  return budget;
}

}  // namespace phreatic::flow
