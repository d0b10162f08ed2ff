// SPDX-License-Identifier: BSD-3-Clause
// Corrections in models whose conductances and storage are fixed: the residual is brought up to date by the product of the
// correction with the links, in doubles, and by the bounds, which are asked again; nothing is assembled anew.
#include <algorithm>
#include <cmath>

#include "phreatic/flow/ensemble/window_engine.hpp"
#include "phreatic/flow/packages/package_type.hpp"
#include "phreatic/flow/packages/packages.hpp"
#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"

namespace phreatic::flow {

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

// Adds the flows of bounds that depend on the head to the residual and their fall with it to the matrix (sign 1), or takes both
// off (-1).
void WindowEngine::add_bounds_by_head(double sign) {
  for (std::size_t p = 0; p < engine_.model.packages.size(); ++p) {
    const Package& package = engine_.model.packages[p];
    if (!package_type(package.kind).depends_on_head || package.kind == PackageKind::chd) continue;
    add_package(package, engine_.values[p], nullptr, engine_.bounds(),
                PackageTerms<float>{flow_.data(), fall_.data()});
    for (const CellIndex cell : engine_.values[p].cell) {
      if (cell == kNoCell) continue;
      const auto n = static_cast<std::size_t>(cell);
      engine_.residual[n] += sign * flow_[n];
      engine_.single.excess[n] += static_cast<float>(sign) * fall_[n];
      flow_[n] = 0;  // several bounds in one cell: once
      fall_[n] = 0;
    }
  }
}

// Takes the solver's correction; `residual` becomes the sum of what is left.
HeadChange WindowEngine::correct(double& residual) {
  const Layout& layout = engine_.aquifer.layout;
  LinkMatrix<float>& a = engine_.single;
  double* r = engine_.residual.data();
  add_bounds_by_head(-1);  // storage is left in the excess
  const float* x = engine_.single_solver.correction().data();
  const double scale = engine_.single_solver.scale();
  const float* excess = a.excess.data();
  const std::int8_t* state = engine_.state.ibound.data();
  double* change = change_.data();
  double* head = engine_.state.head.data();
  HeadChange largest;
  for_rows(layout, [&](int, int, std::size_t begin, std::size_t end) {
    for (std::size_t n = begin; n < end; ++n) {
      change[n] = state[n] > 0 ? static_cast<double>(x[n]) * scale : 0.0;
      head[n] += change[n];
      r[n] -= static_cast<double>(excess[n]) * change[n];
    }
    for (std::size_t n = begin; n < end; ++n) {
      if (std::abs(change[n]) > std::abs(largest.largest) && !engine_.aquifer.is_pass_through(n))
        largest = {change[n], static_cast<CellIndex>(n)};
    }
  });
  add_bounds_by_head(1);
  const RowKernels<float>& kernels = row_kernels<float>();
  const auto columns = static_cast<std::ptrdiff_t>(layout.ncol);
  const auto below = static_cast<std::ptrdiff_t>(layout.layer_cells);
  residual = 0;
  for_rows(layout, [&](int k, int, std::size_t begin, std::size_t end) {
    const std::size_t n = end - begin;
    const double* at = change + begin;
    const std::int8_t* ibound = engine_.state.ibound.data() + begin;
    const double* front = engine_.aquifer.front.data() + begin;
    kernels.horizontal_links(
        n, {engine_.aquifer.right.data() + begin, front, front - columns, at, at + columns, at - columns},
        r + begin, a.right.data() + begin, a.front.data() + begin);
    const double* down = engine_.aquifer.down.data() + begin;
    if (k + 1 < layout.nlay)
      kernels.vertical_links(n, down, ibound, ibound + below, at, at + below, r + begin,
                             a.down.data() + begin);
    if (k > 0)
      kernels.vertical_links(n, down - below, ibound, ibound - below, at, at - below, r + begin, nullptr);
    residual += kernels.finish_residual(n, ibound, r + begin).wet;
  });
  for_rows(layout, [&](int, int, std::size_t begin, std::size_t end) {
    std::fill(change_.data() + begin, change_.data() + end, 0.0);
  });
  return largest;
}

}  // namespace phreatic::flow
