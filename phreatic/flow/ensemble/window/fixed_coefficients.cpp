// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "phreatic/flow/ensemble/window/linear_window.hpp"
#include "phreatic/flow/grid/storage.hpp"
#include "phreatic/flow/packages/packages.hpp"

namespace phreatic::flow {
namespace {

std::size_t index(CellIndex n) { return static_cast<std::size_t>(n); }

}  // namespace

bool coefficients_are_fixed(const Model& model) {
  const auto none = [](const auto& types) {
    return std::all_of(types.values.begin(), types.values.end(), [](std::int8_t type) { return type == 0; });
  };
  // Bounds must act in their own cells.
  return none(model.flow.icelltype) && none(model.storage.iconvert) &&
         std::none_of(model.packages.begin(), model.packages.end(), [](const Package& package) {
           const PackageType& type = package_type(package.kind);
           return type.depends_on_head && type.highest_cell;
         });
}

bool lanes_are_linear(const Model& model, const LaneParts& parts) {
  return parts.shared_coefficients && parts.single_precision && coefficients_are_fixed(model);
}

FixedCoefficients::FixedCoefficients(const Layout& layout) {
  matrix_.allocate(layout);
  flow_ = net_ = water_ = table_ = layout.array<double>();
  part_ = layout.array<float>();
  flows_.assign(layout.begin.size() * (static_cast<std::size_t>(layout.ncol) + 1), 0.0);
}

void FixedCoefficients::take(const Simulation& baseline) {
  const Engine& base = baseline.engine();
  const StepTime& time = baseline.last_step().time;
  const double dt = time.steady ? 0.0 : time.dt;
  const std::size_t cells = base.aquifer.layout.cells;
  const bool same_cells =
      !ibound_.empty() && std::equal(ibound_.data(), ibound_.data() + cells, base.state.ibound.data());
  const bool barriers = time.period != period_ && (period_ < 0 || !base.model.barriers.empty());
  if (!same_cells || dt != dt_ || barriers) {
    ibound_ = base.state.ibound;
    dt_ = dt;
    period_ = time.period;
    take_cells(base);
  }
  take_flows(base);
}

void FixedCoefficients::take_cells(const Engine& base) {
  const Layout& layout = base.aquifer.layout;
  const Aquifer& aquifer = base.aquifer;
  std::vector<char> found(layout.layer_cells, 0);
  water_.fill(0.0);
  table_.fill(0.0);
  for_rows(layout, [&](int k, int, std::size_t begin, std::size_t end) {
    for (std::size_t n = begin; n < end; ++n) {
      matrix_.right[n] = static_cast<float>(aquifer.right[n]);
      matrix_.front[n] = static_cast<float>(aquifer.front[n]);
      matrix_.down[n] =
          k + 1 < layout.nlay ? static_cast<float>(down_conductance(aquifer, base.state, n)) : 0.0F;
      matrix_.excess[n] = 0;
      part_[n] = ibound_[n] > 0 ? 1.0F : 0.0F;
      if (ibound_[n] == 0 || aquifer.is_pass_through(n)) continue;
      const double area = aquifer.area(n);
      if (base.model.storage.present) water_[n] = storage_cell(base.model, n, area, 1.0).ss;
      if (dt_ > 0 && ibound_[n] > 0) matrix_.excess[n] = static_cast<float>(water_[n] / dt_);
      char& has = found[n % layout.layer_cells];
      if (has == 0) table_[n] = area;
      has = 1;
    }
  });
}

void FixedCoefficients::take_flows(const Engine& base) {
  const Layout& layout = base.aquifer.layout;
  flow_.fill(0.0);
  std::vector<std::size_t> fixed;
  for (std::size_t p = 0; p < base.model.packages.size(); ++p) {
    if (base.model.packages[p].kind != PackageKind::chd) continue;
    for (const CellIndex n : base.values[p].cell) {
      if (n != kNoCell && ibound_[index(n)] < 0) fixed.push_back(index(n));
    }
  }
  for (const bool by_head : {true, false}) {
    for (std::size_t p = 0; p < base.model.packages.size(); ++p) {
      const Package& package = base.model.packages[p];
      if (package.kind == PackageKind::chd || package_type(package.kind).depends_on_head != by_head) continue;
      const PackageFlows flows = flows_of_package(package, base.values[p], nullptr, base.bounds());
      double* to = by_head ? flow_.data() : net_.data();
      for (std::size_t b = 0; b < flows.flow.size(); ++b) {
        if (flows.cell[b] != kNoCell) to[flows.cell[b]] += flows.flow[b];
      }
    }
    if (by_head) net_ = flow_;
  }
  const double* head = base.state.head.data();
  const auto columns = static_cast<std::size_t>(layout.ncol);
  for (const std::size_t n : fixed) {
    const auto j = static_cast<std::ptrdiff_t>(n);
    double flow = matrix_.right[n] * (head[n + 1] - head[n]) +
                  *(matrix_.right.data() + j - 1) * (*(head + j - 1) - head[n]) +
                  matrix_.front[n] * (head[n + columns] - head[n]) +
                  *(matrix_.front.data() + j - layout.ncol) * (*(head + j - layout.ncol) - head[n]);
    if (n + layout.layer_cells < layout.cells)
      flow += matrix_.down[n] * (head[n + layout.layer_cells] - head[n]);
    if (n >= layout.layer_cells)
      flow += matrix_.down[n - layout.layer_cells] * (head[n - layout.layer_cells] - head[n]);
    net_[n] = flow;
  }
  double* to = flows_.data();
  for (std::size_t start = 0; start < layout.cells; start += columns, to += columns + 1) {
    to[0] = 0;
    for (std::size_t j = 0; j < columns; ++j) to[j + 1] = to[j] + std::abs(net_[start + j]);
  }
}

double FixedCoefficients::flows_within(const Layout& where) const {
  double sum = 0;
  for (std::size_t row = 0; row < where.begin.size(); ++row) {
    if (where.begin[row] >= where.end[row]) continue;
    const double* of = flows_.data() + row * (static_cast<std::size_t>(where.ncol) + 1);
    sum += of[where.end[row]] - of[where.begin[row]];
  }
  return sum;
}

}  // namespace phreatic::flow
