// SPDX-License-Identifier: BSD-3-Clause
// Corrections in models whose conductances and storage are fixed: the residual is brought up to date by the product of the
// correction with the links, in doubles, and by the bounds, which are asked again; nothing is assembled anew.
#include <algorithm>

#include "phreatic/flow/ensemble/window_engine.hpp"
#include "phreatic/flow/packages/package_type.hpp"
#include "phreatic/flow/packages/packages.hpp"
#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"

namespace phreatic::flow {

bool coefficients_are_fixed(const Model& model) {
  const auto none = [](const auto& types) {
    return std::all_of(types.values.begin(), types.values.end(), [](std::int8_t type) { return type == 0; });
  };
  return none(model.flow.icelltype) && none(model.storage.iconvert);
}

// flow_ and fall_ at the present heads.
void WindowEngine::bounds_by_head() {
  for_rows(engine_.aquifer.layout, [&](int, int, std::size_t begin, std::size_t end) {
    std::fill(flow_.data() + begin, flow_.data() + end, 0.0);
    std::fill(fall_.data() + begin, fall_.data() + end, 0.0F);
  });
  for (std::size_t p = 0; p < engine_.model.packages.size(); ++p) {
    const Package& package = engine_.model.packages[p];
    if (!package_type(package.kind).depends_on_head) continue;
    add_package(package, engine_.values[p], nullptr, engine_.bounds(),
                PackageTerms<float>{flow_.data(), fall_.data()});
  }
}

// Takes the solver's correction; `residual` becomes the sum of what is left.
HeadChange WindowEngine::correct(double& residual) {
  const Layout& layout = engine_.aquifer.layout;
  LinkMatrix<float>& a = engine_.single;
  double* r = engine_.residual.data();
  bounds_by_head();
  const Padded<float>& correction = engine_.single_solver.correction();
  const double scale = engine_.single_solver.scale();
  for_rows(layout, [&](int, int, std::size_t begin, std::size_t end) {
    for (std::size_t n = begin; n < end; ++n) {
      change_[n] = engine_.state.ibound[n] > 0 ? static_cast<double>(correction[n]) * scale : 0.0;
      a.excess[n] -= fall_[n];  // storage alone
      r[n] -= flow_[n] + static_cast<double>(a.excess[n]) * change_[n];
    }
  });
  const HeadChange largest = add_correction(engine_, correction, scale);
  bounds_by_head();
  const RowKernels<float>& kernels = row_kernels<float>();
  const auto columns = static_cast<std::ptrdiff_t>(layout.ncol);
  const auto below = static_cast<std::ptrdiff_t>(layout.layer_cells);
  residual = 0;
  for_rows(layout, [&](int k, int, std::size_t begin, std::size_t end) {
    const std::size_t n = end - begin;
    const double* x = change_.data() + begin;
    const std::int8_t* ibound = engine_.state.ibound.data() + begin;
    const double* front = engine_.aquifer.front.data() + begin;
    kernels.horizontal_links(
        n, {engine_.aquifer.right.data() + begin, front, front - columns, x, x + columns, x - columns},
        r + begin, a.right.data() + begin, a.front.data() + begin);
    const double* down = engine_.aquifer.down.data() + begin;
    if (k + 1 < layout.nlay)
      kernels.vertical_links(n, down, ibound, ibound + below, x, x + below, r + begin, a.down.data() + begin);
    if (k > 0)
      kernels.vertical_links(n, down - below, ibound, ibound - below, x, x - below, r + begin, nullptr);
    for (std::size_t j = begin; j < end; ++j) {
      a.excess[j] += fall_[j];
      r[j] += flow_[j];
    }
    residual += kernels.finish_residual(n, ibound, r + begin).wet;
  });
  for_rows(layout, [&](int, int, std::size_t begin, std::size_t end) {
    std::fill(change_.data() + begin, change_.data() + end, 0.0);
  });
  return largest;
}

}  // namespace phreatic::flow
