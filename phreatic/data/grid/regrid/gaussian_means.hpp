// SPDX-License-Identifier: BSD-3-Clause
// Means of a map around every cell, weighted by a Gaussian kernel and normalised over the cells that exist:
//   m(c) = sum_e G(|c - e|) v(e) / sum_e G(|c - e|),  e over cells with a value,  G(d) = exp(-d^2 / (2 sigma^2)).
// A plain convolution would draw cells near an edge or a hole towards 0. The kernel is separable: rows, then columns,
// cut off where it has fallen to 2e-6 of its centre (5.1 sigma). Method: docs/methods/recharge.md.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace phreatic::data {

struct KernelGrid {
  std::size_t rows = 0;
  std::size_t columns = 0;
  double cell_height = 1;  // in the unit of sigma
  double cell_width = 1;
};

// values [rows * columns], NaN = the cell does not exist. Returns [rows * columns]: a mean for every cell within the
// kernel's reach of one that exists, NaN for the others. sigma > 0; much below a cell it gives the map back.
std::vector<double> gaussian_means(const KernelGrid& grid, std::span<const double> values, double sigma);

}  // namespace phreatic::data
