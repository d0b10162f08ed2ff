// SPDX-License-Identifier: BSD-3-Clause
// Loops of conjugate gradients over eight lanes: vectors hold eight floats a cell, one for each scenario, side by side;
// the links are read once for all of them. Compiled once per instruction set, as the row kernels are. Rows are walked one
// after the other with all their layers, so that what a row shares with its neighbours is still near.
#pragma once

#include <cstddef>

#include "phreatic/flow/grid/layout.hpp"
#include "phreatic/flow/solver/incomplete_factor.hpp"

namespace phreatic::flow {

inline constexpr std::size_t kLanes = 8;

// One system of eight right-hand sides. Pointers stand at cell 0 of padded arrays of eight floats a cell.
struct LaneRows {
  const Layout& layout;
  const LinkMatrix<float>& links;  // excess not used
  const float* inverse;            // [cells] of the shared preconditioner; 0: takes no part
  const float* excess;             // [cells][8]
  float *r, *z, *p, *q, *d;        // [cells][8]
  // Blocks of the second level; width 0: none. block = (row / width * across + column / width) * layers + layer.
  int width = 0;
  std::size_t across = 0;
};

struct LaneKernels {
  // d += alpha p, r -= alpha q, z = forward substitution of r; sums[block][8] of r.
  void (*forward)(const LaneRows& rows, const float* alpha, double* sums);
  // z = backward substitution; product[8] = r.z
  void (*backward)(const LaneRows& rows, double* product);
  // p = z + solution[block] + beta p, q = A p; product[8] = p.q
  void (*multiply)(const LaneRows& rows, const float* beta, const float* solution, double* product);
};

const LaneKernels& lane_kernels();

}  // namespace phreatic::flow
