// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/kernels/recurrent/plan.hpp"

#include <algorithm>

namespace phreatic::kernels {
namespace {

constexpr std::size_t kBlockRows = 32;  // large enough to reuse weights in cache, small enough to stay there
constexpr std::size_t kFewestRows = 4;  // below, two blocks cost more than they share
constexpr std::size_t kEvenBlocks = 4;  // so that two and four threads get the same number of blocks
constexpr std::size_t kMostTasks = 32;  // bounds the memory of the weight-gradient sums
constexpr std::size_t kDepthRows = 64;  // rows times steps per pass over the weights' gradients

}  // namespace

Range piece_of(std::size_t count, std::size_t pieces, std::size_t index) {
  const std::size_t size = count / pieces;
  const std::size_t larger = count % pieces;
  return {index * size + std::min(index, larger), size + (index < larger ? 1 : 0)};
}

Plan make_plan(const Shape& shape) {
  Plan plan;
  const std::size_t wanted = (shape.batch + kBlockRows - 1) / kBlockRows;
  const std::size_t even = (wanted + kEvenBlocks - 1) / kEvenBlocks * kEvenBlocks;
  const std::size_t most = std::max<std::size_t>(1, shape.batch / kFewestRows);
  plan.blocks = std::min(even, most);
  plan.tasks = std::min(plan.blocks, kMostTasks);
  const std::size_t rows = plan.largest_block(shape);
  plan.depth = std::min((kDepthRows + rows - 1) / rows, shape.steps);
  return plan;
}

}  // namespace phreatic::kernels
