// SPDX-License-Identifier: BSD-3-Clause
// The row kernels of one instruction set: included once by the source of each, whose flags the bodies are compiled with,
// inside an anonymous namespace of that source.
#pragma once

#include "phreatic/flow/solver/row_kernels/body/assembly.hpp"
#include "phreatic/flow/solver/row_kernels/body/balance.hpp"
#include "phreatic/flow/solver/row_kernels/body/lanes.hpp"
#include "phreatic/flow/solver/row_kernels/body/recurrences.hpp"
#include "phreatic/flow/solver/row_kernels/body/vectors.hpp"

namespace phreatic::flow {
namespace {

template <class T>
constexpr RowKernels<T> make_kernels() {
  return {multiply_row<T>,
          update_row<T>,
          direction_row<T>,
          forward_row<T>,
          backward_row<T>,
          masked_sum_row<T>,
          masked_add_row<T>,
          confined_storage_row<T>,
          convertible_storage_row<T>,
          confined_storage_sums_row,
          convertible_storage_sums_row,
          any_shallow_row,
          thickness_row,
          harmonic_row,
          horizontal_links_row<T>,
          vertical_links_row<T>,
          difference_balance_row<T>,
          add_scaled_row<T>,
          product_row,
          absolute_sum_row,
          finish_residual_row,
          take_off_row,
          multiply_lanes_row<T>,
          update_lanes_row<T>,
          direction_lanes_row<T>,
          forward_lanes_row<T>,
          backward_lanes_row<T>,
          masked_sum_lanes_row<T>,
          masked_add_lanes_row<T>};
}

}  // namespace
}  // namespace phreatic::flow
