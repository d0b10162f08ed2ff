// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/groundwater/terrain.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>
#include <tuple>

#include "phreatic/core/random.hpp"

namespace phreatic::basin {

namespace {

// Kernel of unit sum of squares.
std::vector<double> gaussian_kernel(double sd, int half) {
  std::vector<double> kernel;
  double squares = 0;
  for (int i = -half; i <= half; ++i) {
    kernel.push_back(sd > 0 ? std::exp(-0.5 * i * i / (sd * sd)) : (i == 0 ? 1.0 : 0.0));
    squares += kernel.back() * kernel.back();
  }
  for (double& k : kernel) k /= std::sqrt(squares);
  return kernel;
}

}  // namespace

std::vector<double> correlated_field(Shape shape, double range_cells, std::uint64_t seed,
                                     std::string_view purpose) {
  const double sd = range_cells / std::sqrt(2.0);
  const int half = static_cast<int>(std::ceil(4.0 * sd));
  const std::vector<double> kernel = gaussian_kernel(sd, half);
  const int wide = shape.columns + 2 * half;
  const int high = shape.rows + 2 * half;
  std::vector<double> along(static_cast<std::size_t>(high) * static_cast<std::size_t>(shape.columns));
  std::vector<double> noise(static_cast<std::size_t>(wide));
  for (int i = 0; i < high; ++i) {
    core::RandomStream stream(seed, purpose, static_cast<std::uint64_t>(i));
    for (double& x : noise) x = stream.normal();
    for (int j = 0; j < shape.columns; ++j) {
      double sum = 0;
      for (int k = 0; k <= 2 * half; ++k)
        sum += kernel[static_cast<std::size_t>(k)] *
               noise[static_cast<std::size_t>(j) + static_cast<std::size_t>(k)];
      along[static_cast<std::size_t>(i) * static_cast<std::size_t>(shape.columns) +
            static_cast<std::size_t>(j)] = sum;
    }
  }
  std::vector<double> out(shape.cells(), 0.0);
  for (int i = 0; i < shape.rows; ++i) {
    for (int k = 0; k <= 2 * half; ++k) {
      const double weight = kernel[static_cast<std::size_t>(k)];
      const std::size_t from = shape.cell(i + k, 0);
      for (int j = 0; j < shape.columns; ++j)
        out[shape.cell(i, j)] += weight * along[from + static_cast<std::size_t>(j)];
    }
  }
  return out;
}

Drainage drain_to(Shape shape, std::size_t outlet, const std::vector<double>& step,
                  std::vector<double>& surface) {
  Drainage out;
  out.downstream.assign(shape.cells(), kNowhere);
  out.cells_above.assign(shape.cells(), 1.0);
  // Lowest first; equal heights by the order in which they were found, so that the result is unique.
  using Entry = std::tuple<double, std::size_t, std::size_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
  std::vector<char> seen(shape.cells(), 0);
  std::size_t found = 0;
  open.push({surface[outlet], found++, outlet});
  seen[outlet] = 1;
  while (!open.empty()) {
    const std::size_t here = std::get<2>(open.top());
    open.pop();
    out.order.push_back(here);
    for (int di = -1; di <= 1; ++di) {
      for (int dj = -1; dj <= 1; ++dj) {
        const int i = shape.row(here) + di;
        const int j = shape.column(here) + dj;
        if (i < 0 || j < 0 || i >= shape.rows || j >= shape.columns || std::abs(di) + std::abs(dj) != 1)
          continue;
        const std::size_t next = shape.cell(i, j);
        if (seen[next] != 0) continue;
        seen[next] = 1;
        out.downstream[next] = static_cast<int>(here);
        surface[next] = std::max(surface[next], surface[here] + step[next]);
        open.push({surface[next], found++, next});
      }
    }
  }
  for (std::size_t n = out.order.size(); n-- > 1;) {
    const std::size_t cell = out.order[n];
    out.cells_above[static_cast<std::size_t>(out.downstream[cell])] += out.cells_above[cell];
  }
  return out;
}

}  // namespace phreatic::basin
