// SPDX-License-Identifier: BSD-3-Clause
// How a call is cut into blocks of batch rows and tasks. By problem size only, so that sums over blocks have
// the same order whatever the number of threads.
#pragma once

#include <cstddef>

#include "phreatic/learn/kernels/recurrent/recurrent.hpp"

namespace phreatic::kernels {

struct Range {
  std::size_t first = 0;
  std::size_t count = 0;
};

// Cuts [0, count) into `pieces` whose sizes differ by at most one.
Range piece_of(std::size_t count, std::size_t pieces, std::size_t index);

struct Plan {
  std::size_t blocks = 1;  // of batch rows; a block runs the whole time loop
  std::size_t tasks = 1;   // groups of blocks, each with weight-gradient sums of its own
  std::size_t depth = 1;   // steps gathered before they are added to the weights' gradients

  Range rows(const Shape& shape, std::size_t block) const { return piece_of(shape.batch, blocks, block); }
  Range blocks_of(std::size_t task) const { return piece_of(blocks, tasks, task); }
  std::size_t largest_block(const Shape& shape) const { return (shape.batch + blocks - 1) / blocks; }
};

Plan make_plan(const Shape& shape);

}  // namespace phreatic::kernels
