// SPDX-License-Identifier: BSD-3-Clause
// Makes the Kernel of one vector type: included by one source per instruction set. Everything is in the
// unnamed namespace, so that each source keeps its own machine code.
#pragma once

#include "phreatic/learn/kernels/recurrent/backward.hpp"
#include "phreatic/learn/kernels/recurrent/forward.hpp"

namespace phreatic::kernels {
namespace {

template <class S>
void activate(Activation which, const float* x, float* y, std::size_t count) {
  for (std::size_t i = 0; i < count; i += S::kWidth) {
    typename S::V v[1] = {S::load(x + i)};
    if (which == Activation::exponential) {
      exponential<S, 1>(v);
    } else if (which == Activation::sigmoid) {
      sigmoid_reciprocal<S>(v);
      v[0] = S::div(S::set(1.0F), v[0]);
    } else {
      const typename S::V in[1] = {v[0]};
      hyperbolic_tangent<S>(in, v);
    }
    S::store(y + i, v[0]);
  }
}

// `repeats` products of a register tile with operands that stay in the first-level cache; the benchmarks'
// roof. a: [kDepth * Rows], b: [kDepth * 4 * W], c: [Rows * 4 * W].
template <class S, int Rows>
void register_tile(const float* a, const float* b, float* c, std::size_t depth, std::size_t repeats) {
  typename S::V acc[Rows][kSlots];
  for (int m = 0; m < Rows; ++m) {
    for (std::size_t n = 0; n < kSlots; ++n) acc[m][n] = S::set(0.0F);
  }
  for (std::size_t i = 0; i < repeats; ++i) {
    multiply_add<S, 0, kSlots>(acc, a, depth, 1, b, kSlots * S::kWidth, depth);
  }
  for (int m = 0; m < Rows; ++m) {
    for (std::size_t n = 0; n < kSlots; ++n) S::store(c + (m * kSlots + n) * S::kWidth, acc[m][n]);
  }
}

template <class S, template <class> class Cell, int ForwardRows>
void run_forward(const ForwardJob& job) {
  Forward<S, Cell, ForwardRows>(job).run();
}

template <class S, template <class> class Cell, int BackwardRows, int BackwardColumns, int WeightRows>
void run_backward(const BackwardJob& job) {
  Backward<S, Cell, BackwardRows, BackwardColumns, WeightRows>(job).run();
}

// ForwardRows x 4 slots; BackwardRows x BackwardColumns vectors; WeightRows x the cell's slots.
template <class S, int ForwardRows, int BackwardRows, int BackwardColumns, int WeightRows>
constexpr Kernel make_kernel() {
  return {S::kWidth,
          BackwardColumns,
          run_forward<S, Lstm, ForwardRows>,
          run_forward<S, Gru, ForwardRows>,
          run_backward<S, Lstm, BackwardRows, BackwardColumns, WeightRows>,
          run_backward<S, Gru, BackwardRows, BackwardColumns, WeightRows>,
          activate<S>,
          register_tile<S, ForwardRows>,
          ForwardRows};
}

}  // namespace
}  // namespace phreatic::kernels
