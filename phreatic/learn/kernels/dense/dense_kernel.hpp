// SPDX-License-Identifier: BSD-3-Clause
// The dense products of one instruction set, on ranges that dense.cpp cuts for the threads.
#pragma once

#include <cstddef>

#include "phreatic/learn/kernels/dense/dense.hpp"

namespace phreatic::kernels {

struct DenseKernel {
  // Outputs [from, to) of dense_forward, both multiples of kDenseLane.
  void (*forward)(const DenseShape&, const float* x, const float* w, const float* b, float* z,
                  std::size_t from, std::size_t to);
  // Inputs [from, to) of dense_input_gradient.
  void (*input_gradient)(const DenseShape&, const float* dz, const float* w, float* dx, std::size_t from,
                         std::size_t to);
  // Inputs [from, to) of dense_update.
  void (*update)(const DenseShape&, const DenseStep&, const float* x, const float* dz, float* w,
                 float* state1, float* state2, std::size_t from, std::size_t to);
  void (*step)(const DenseStep&, const float* gradient, std::size_t count, float* w, float* state1,
               float* state2);
  void (*norm_forward)(const NormLayer&, float momentum, float* running_mean, float* running_variance,
                       float* a);
  void (*norm_backward)(const NormLayer&, float* d, float* d_bias, float* d_scale, float* d_shift,
                        float* d_slope);
  void (*norm_evaluate)(std::size_t rows, std::size_t stride, const float* factor, const float* constant,
                        float slope, const float* z, float* a);
  void (*dropout_mask)(std::size_t count, std::uint32_t limit, float kept, std::uint32_t first,
                       std::uint32_t second, float* mask);
  void (*pair_forward)(const PairFunction&, std::size_t count, const float* d, const float* e, float* q,
                       float* v);
  void (*pair_backward)(const PairFunction&, std::size_t count, const float* d, const float* e,
                        const float* q, const float* dv, float* g, float* sums);
};

const DenseKernel& portable_dense_kernel();
const DenseKernel& avx2_dense_kernel();
const DenseKernel& avx512_dense_kernel();

}  // namespace phreatic::kernels
