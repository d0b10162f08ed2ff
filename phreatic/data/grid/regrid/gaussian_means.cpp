// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/grid/regrid/gaussian_means.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::data {
namespace {

constexpr double kReach = 5.1;  // standard deviations; exp(-5.1^2 / 2) = 2e-6

// Weights at 0, 1, 2 ... cells from the centre.
std::vector<double> half_kernel(double sigma_cells, std::size_t most) {
  const auto reach = std::min(most, static_cast<std::size_t>(std::ceil(kReach * sigma_cells)));
  std::vector<double> weights(reach + 1);
  for (std::size_t i = 0; i <= reach; ++i)
    weights[i] = std::exp(-0.5 * std::pow(static_cast<double>(i) / sigma_cells, 2));
  return weights;
}

// sum over columns: out[c] = w[0] in[c] + sum_i w[i] (in[c - i] + in[c + i]).
void along_row(std::span<const double> in, const std::vector<double>& weights, std::span<double> out) {
  const std::size_t n = in.size();
  for (std::size_t c = 0; c < n; ++c) out[c] = weights[0] * in[c];
  for (std::size_t i = 1; i < std::min(weights.size(), n); ++i) {
    const double w = weights[i];
    for (std::size_t c = i; c < n; ++c) out[c] += w * in[c - i];
    for (std::size_t c = 0; c + i < n; ++c) out[c] += w * in[c + i];
  }
}

std::vector<double> convolve(const KernelGrid& grid, const std::vector<double>& map, double sigma) {
  const auto across = half_kernel(sigma / grid.cell_width, grid.columns);
  const auto down = half_kernel(sigma / grid.cell_height, grid.rows);
  std::vector<double> between(map.size());
  core::parallel_for(grid.rows, [&](std::size_t r) {
    along_row({&map[r * grid.columns], grid.columns}, across, {&between[r * grid.columns], grid.columns});
  });
  std::vector<double> out(map.size(), 0.0);
  core::parallel_for(grid.rows, [&](std::size_t r) {
    double* row = &out[r * grid.columns];
    const std::size_t first = r + 1 >= down.size() ? r + 1 - down.size() : 0;
    const std::size_t last = std::min(grid.rows, r + down.size());
    for (std::size_t k = first; k < last; ++k) {
      const double w = down[k > r ? k - r : r - k];
      const double* from = &between[k * grid.columns];
      for (std::size_t c = 0; c < grid.columns; ++c) row[c] += w * from[c];
    }
  });
  return out;
}

}  // namespace

std::vector<double> gaussian_means(const KernelGrid& grid, std::span<const double> values, double sigma) {
  PHREATIC_ASSERT(values.size() == grid.rows * grid.columns && !values.empty());
  PHREATIC_ASSERT(sigma > 0 && grid.cell_height > 0 && grid.cell_width > 0);
  std::vector<double> filled(values.begin(), values.end());
  std::vector<double> exists(values.size(), 1.0);
  for (std::size_t n = 0; n < filled.size(); ++n) {
    if (!std::isnan(filled[n])) continue;
    filled[n] = 0;
    exists[n] = 0;
  }
  std::vector<double> mean = convolve(grid, filled, sigma);
  const std::vector<double> weight = convolve(grid, exists, sigma);
  for (std::size_t n = 0; n < mean.size(); ++n)
    mean[n] = weight[n] > 0 ? mean[n] / weight[n] : std::numeric_limits<double>::quiet_NaN();
  return mean;
}

}  // namespace phreatic::data
