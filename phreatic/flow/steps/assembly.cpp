// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/steps/assembly.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "phreatic/flow/grid/storage.hpp"
#include "phreatic/flow/steps/simulation.hpp"
#include "phreatic/flow/steps/storage_rows.hpp"

namespace phreatic::flow {

template <class T>
void clear_system(const Layout& layout, LinkMatrix<T>& a, Padded<double>& residual) {
  for_each_strip(layout, [&](int strip) {
    for_rows(layout, strip, [&](int, int, std::size_t begin, std::size_t end) {
      std::fill(residual.data() + begin, residual.data() + end, 0.0);
      std::fill(a.excess.data() + begin, a.excess.data() + end, T{});
    });
  });
}

namespace {

// Adds the six link flows of a row to its residual and copies its links.
template <class T>
void add_links(const Aquifer& aquifer, const FlowState& state, int layer, std::size_t begin, std::size_t end,
               LinkMatrix<T>& a, double* residual) {
  const Layout& layout = aquifer.layout;
  const auto columns = static_cast<std::ptrdiff_t>(layout.ncol);
  const auto below = static_cast<std::ptrdiff_t>(layout.layer_cells);
  const double* h = state.head.data() + begin;
  const std::int8_t* ibound = state.ibound.data() + begin;
  const double* right = aquifer.right.data() + begin;
  const double* front = aquifer.front.data() + begin;
  const double* back = front - columns;
  const std::size_t n = end - begin;
  const RowKernels<T>& kernels = row_kernels<T>();
  double* r = residual + begin;
  kernels.horizontal_links(n, {right, front, back, h, h + columns, h - columns}, r, a.right.data() + begin,
                           a.front.data() + begin);
  if (layer + 1 < layout.nlay)
    kernels.vertical_links(n, aquifer.down.data() + begin, ibound, ibound + below, h, h + below, r,
                           a.down.data() + begin);
  if (layer > 0)
    kernels.vertical_links(n, aquifer.down.data() + begin - below, ibound, ibound - below, h, h - below, r,
                           nullptr);
}

template <class T>
void add_storage(const Model& model, const Aquifer& aquifer, const FlowState& state, double dt,
                 std::size_t begin, std::size_t end, LinkMatrix<T>& a, double* residual) {
  const std::size_t first_area = begin % aquifer.layer_area.size();
  for (std::size_t n = begin; n < end; ++n) {
    if (state.ibound[n] <= 0 || aquifer.is_pass_through(n)) continue;
    const double area = aquifer.layer_area[first_area + n - begin];
    const StorageTerm term = storage_term(storage_cell(model, n, area, dt), state.head[n], state.old[n]);
    residual[n] += term.ss_flow + term.sy_flow;
    a.excess[n] -= static_cast<T>(term.slope);
  }
}

// A cell that nothing holds keeps its head, as in MODFLOW 6. In single precision the solver sees to that.
template <class T>
void hold_loose_cells(const FlowState& state, std::size_t begin, std::size_t end, const RowLinks<T>& links,
                      T* excess) {
  for (std::size_t n = begin; n < end; ++n) {
    const auto j = static_cast<std::ptrdiff_t>(n - begin);
    const T sum = links.excess[j] + links.right[j] + *(links.right + j - 1) + links.front[j] + links.back[j] +
                  links.down[j] + links.up[j];
    if (state.ibound[n] > 0 && sum < T(1e-15)) excess[n] = 1;
  }
}

}  // namespace

template <class T>
AssemblySums assemble(const Model& model, const Aquifer& aquifer, const FlowState& state, double dt,
                      LinkMatrix<T>& a, Padded<double>& residual) {
  const Layout& layout = aquifer.layout;
  std::vector<AssemblySums> parts(static_cast<std::size_t>(layout.strips));
  for_each_strip(layout, [&](int strip) {
    StorageRows rows(model, aquifer, state, dt);
    const RowKernels<T>& kernels = row_kernels<T>();
    AssemblySums sums;
    for_rows(layout, strip, [&](int k, int i, std::size_t begin, std::size_t end) {
      sums.packages += kernels.absolute_sum(end - begin, residual.data() + begin);
      add_links(aquifer, state, k, begin, end, a, residual.data());
      const StorageKind kind = aquifer.storage_row[layout.row_index(k, i)];
      if (dt > 0 && kind == StorageKind::mixed) {
        add_storage(model, aquifer, state, dt, begin, end, a, residual.data());
      } else if (dt > 0) {
        const auto kernel =
            kind == StorageKind::confined ? kernels.confined_storage : kernels.convertible_storage;
        kernel(end - begin, rows.row(begin, end), residual.data() + begin, a.excess.data() + begin);
      }
      const ResidualSums left =
          kernels.finish_residual(end - begin, state.ibound.data() + begin, residual.data() + begin);
      sums.residual += left.wet;
      sums.fixed_heads += left.fixed;
    });
    parts[static_cast<std::size_t>(strip)] = sums;
  });
  if constexpr (std::is_same_v<T, double>) {
    for_each_strip(layout, [&](int strip) {
      for_rows(layout, strip, [&](int k, int, std::size_t begin, std::size_t end) {
        hold_loose_cells(state, begin, end, a.row(layout, k, begin), a.excess.data());
      });
    });
  }
  AssemblySums total;
  for (const AssemblySums& part : parts) {
    total.packages += part.packages;
    total.fixed_heads += part.fixed_heads;
    total.residual += part.residual;
  }
  return total;
}

template void clear_system(const Layout&, LinkMatrix<float>&, Padded<double>&);
template void clear_system(const Layout&, LinkMatrix<double>&, Padded<double>&);
template AssemblySums assemble(const Model&, const Aquifer&, const FlowState&, double, LinkMatrix<float>&,
                               Padded<double>&);
template AssemblySums assemble(const Model&, const Aquifer&, const FlowState&, double, LinkMatrix<double>&,
                               Padded<double>&);

}  // namespace phreatic::flow
