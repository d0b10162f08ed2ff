// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/kernels/dense/dense.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/learn/kernels/dense/dense_kernel.hpp"

namespace phreatic::kernels {
namespace {

// Products below this many multiplications are not worth waking another thread for.
constexpr std::size_t kWorthThreads = 4'000'000;
constexpr std::size_t kOutputsEach = 128;
constexpr std::size_t kInputsEach = 96;

const DenseKernel& kernel_for(Isa wanted) {
  const Isa isa = resolve_isa(wanted);
#ifdef PHREATIC_KERNELS_X86
  if (isa == Isa::avx2) return avx2_dense_kernel();
  if (isa == Isa::avx512) return avx512_dense_kernel();
#endif
  PHREATIC_ASSERT(isa == Isa::portable);
  return portable_dense_kernel();
}

// body(from, to) over [0, count) in pieces of `each`. Every number is made by one piece alone, so that cutting
// changes no result.
template <class Body>
void in_ranges(const DenseShape& shape, std::size_t count, std::size_t each, const Body& body) {
  if (shape.rows * shape.inputs * shape.outputs < kWorthThreads) return body(0, count);
  core::parallel_for((count + each - 1) / each,
                     [&](std::size_t i) { body(i * each, std::min(count, (i + 1) * each)); });
}

}  // namespace

void dense_forward(const DenseShape& shape, const float* x, const float* w, const float* b, float* z,
                   Isa isa) {
  const DenseKernel& kernel = kernel_for(isa);
  in_ranges(shape, shape.padded(), kOutputsEach,
            [&](std::size_t from, std::size_t to) { kernel.forward(shape, x, w, b, z, from, to); });
}

void dense_input_gradient(const DenseShape& shape, const float* dz, const float* w, float* dx, Isa isa) {
  const DenseKernel& kernel = kernel_for(isa);
  in_ranges(shape, shape.inputs, kInputsEach,
            [&](std::size_t from, std::size_t to) { kernel.input_gradient(shape, dz, w, dx, from, to); });
}

void dense_update(const DenseShape& shape, const DenseStep& step, const float* x, const float* dz, float* w,
                  float* state1, float* state2, Isa isa) {
  const DenseKernel& kernel = kernel_for(isa);
  in_ranges(shape, shape.inputs, kInputsEach, [&](std::size_t from, std::size_t to) {
    kernel.update(shape, step, x, dz, w, state1, state2, from, to);
  });
}

void dense_step(const DenseStep& step, const float* gradient, std::size_t count, float* w, float* state1,
                float* state2, Isa isa) {
  PHREATIC_ASSERT(count % kDenseLane == 0);
  kernel_for(isa).step(step, gradient, count, w, state1, state2);
}

void norm_forward(const NormLayer& layer, float momentum, float* running_mean, float* running_variance,
                  float* a, Isa isa) {
  PHREATIC_ASSERT(layer.rows >= 2 && layer.stride % kDenseLane == 0);
  kernel_for(isa).norm_forward(layer, momentum, running_mean, running_variance, a);
}

void norm_backward(const NormLayer& layer, float* d, float* d_bias, float* d_scale, float* d_shift,
                   float* d_slope, Isa isa) {
  PHREATIC_ASSERT(layer.rows >= 2 && layer.stride % kDenseLane == 0);
  kernel_for(isa).norm_backward(layer, d, d_bias, d_scale, d_shift, d_slope);
}

void norm_evaluate(std::size_t rows, std::size_t stride, const float* factor, const float* constant,
                   float slope, const float* z, float* a, Isa isa) {
  PHREATIC_ASSERT(stride % kDenseLane == 0);
  kernel_for(isa).norm_evaluate(rows, stride, factor, constant, slope, z, a);
}

void dropout_mask(std::size_t count, double dropout, std::uint64_t key, float* mask, Isa isa) {
  PHREATIC_ASSERT(count % kDenseLane == 0 && dropout >= 0 && dropout < 1);
  const auto limit = static_cast<std::uint32_t>(std::lround(dropout * 4294967296.0));
  kernel_for(isa).dropout_mask(count, limit, static_cast<float>(1 / (1 - dropout)),
                               static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32), mask);
}

void pair_forward(const PairFunction& f, std::size_t count, const float* d, const float* e, float* q,
                  float* v, Isa isa) {
  PHREATIC_ASSERT(count % kDenseLane == 0);
  kernel_for(isa).pair_forward(f, count, d, e, q, v);
}

void pair_backward(const PairFunction& f, std::size_t count, const float* d, const float* e, const float* q,
                   const float* dv, float* g, float* sums, Isa isa) {
  PHREATIC_ASSERT(count % kDenseLane == 0);
  kernel_for(isa).pair_backward(f, count, d, e, q, dv, g, sums);
}

}  // namespace phreatic::kernels
