// SPDX-License-Identifier: BSD-3-Clause
// Products of a dense layer z = x W + b on the CPU, forward and backward, for the small batches of table models.
// The weight gradient is never stored: the step of the optimiser is taken on the register tile that holds it.
//
// W is kept [inputs][stride]: rows of outputs, filled with zeros to dense_stride(outputs), which stay zero under
// every optimiser. All arrays are float, row-major. Results do not depend on the number of
// threads, bit for bit; they do depend on the instruction set (in the last digits).
#pragma once

#include <cstddef>
#include <cstdint>

#include "phreatic/learn/kernels/recurrent/recurrent.hpp"

namespace phreatic::kernels {

inline constexpr std::size_t kDenseLane = 16;
inline std::size_t dense_padded(std::size_t n) { return (n + kDenseLane - 1) / kDenseLane * kDenseLane; }
// Between rows of n floats in memory: n padded, and one lane more where rows would lie a multiple of 256 bytes apart,
// so that a column of them does not crowd into a few sets of the caches.
inline std::size_t dense_stride(std::size_t n) {
  const std::size_t padded = dense_padded(n);
  return padded % 64 == 0 ? padded + kDenseLane : padded;
}

// What an optimiser does with a gradient g of a weight w, with up to two states s, u a weight. Weight decay:
// g += decay w, for adamw w *= 1 - rate decay instead.
//   sgd       w -= rate g
//   adagrad   s += g^2;                          w -= rate g / (sqrt(s) + eps)
//   rmsprop   s = a s + (1 - a) g^2;             w -= rate g / (sqrt(s) + eps)
//   adadelta  s = a s + (1 - a) g^2;  d = sqrt(u + eps) / sqrt(s + eps) g;  u = a u + (1 - a) d^2;  w -= rate d
//   adam(w)   s = a s + (1 - a) g;  u = b u + (1 - b) g^2;  w -= rate/c1 s / (sqrt(u)/sqrt(c2) + eps),
//             c1 = 1 - a^n, c2 = 1 - b^n at the n-th step
//   store     s = g: the gradient itself, for tests; w stays
enum class DenseStepKind { sgd, adagrad, rmsprop, adadelta, adam, adamw, store };
struct DenseStep {
  DenseStepKind kind = DenseStepKind::sgd;
  float rate = 0.1F;
  float decay = 0;
  float a = 0.9F;
  float b = 0.999F;
  float epsilon = 1e-10F;
  float correction1 = 1;  // c1
  float correction2 = 1;  // sqrt(c2)
};

// x: [rows][x_stride], the first `inputs` of each row. w: [inputs][stride].
struct DenseShape {
  std::size_t rows = 0;
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::size_t x_stride = 0;
  std::size_t padded() const { return dense_padded(outputs); }
  std::size_t stride() const { return dense_stride(outputs); }
};

// z[r][n] = b[n] + sum_k x[r][k] w[k][n]; z: [rows][stride], b: [stride].
void dense_forward(const DenseShape& shape, const float* x, const float* w, const float* b, float* z,
                   Isa isa = Isa::automatic);
// dx[r][k] = sum_n dz[r][n] w[k][n]; dx: [rows][x_stride], dz: [rows][stride] with zeros in the padding.
void dense_input_gradient(const DenseShape& shape, const float* dz, const float* w, float* dx,
                          Isa isa = Isa::automatic);
// The step with the gradient g[k][n] = sum_r x[r][k] dz[r][n]; states as w, null where the kind has none.
void dense_update(const DenseShape& shape, const DenseStep& step, const float* x, const float* dz, float* w,
                  float* state1, float* state2, Isa isa = Isa::automatic);
// The step for gradients that are there already; count a multiple of kDenseLane.
void dense_step(const DenseStep& step, const float* gradient, std::size_t count, float* w, float* state1,
                float* state2, Isa isa = Isa::automatic);

// What stands between the product z of a hidden layer and its output a, a column at a time:
//   u = (z - mean) / sqrt(variance + eps),  v = scale u + shift,  a = mask (v > 0 ? v : slope v)
// with the mean and variance of the batch. Arrays of [rows][stride], or [stride] where no rows are said.
struct NormLayer {
  std::size_t rows = 0;
  std::size_t stride = 0;  // a multiple of kDenseLane
  const float* scale = nullptr;
  const float* shift = nullptr;
  float slope = 0;
  float epsilon = 1e-5F;
  float* inverse = nullptr;  // 1 / sqrt(variance + eps); written forward, read backward
  float* z = nullptr;        // [rows] forward: z becomes u; backward: u becomes the gradient of z
  float* mask = nullptr;     // [rows] 0 or 1 / (1 - dropout); null: no dropout
};
// Running mean and variance move towards those of the batch by `momentum` (the variance with divisor rows - 1).
void norm_forward(const NormLayer& layer, float momentum, float* running_mean, float* running_variance,
                  float* a, Isa isa = Isa::automatic);
// From the gradient d of a, which is overwritten. d_slope is [stride]: its sum is the gradient of the slope.
void norm_backward(const NormLayer& layer, float* d, float* d_bias, float* d_scale, float* d_shift,
                   float* d_slope, Isa isa = Isa::automatic);
// a = v > 0 ? v : slope v, v = factor z + constant: with running statistics.
void norm_evaluate(std::size_t rows, std::size_t stride, const float* factor, const float* constant,
                   float slope, const float* z, float* a, Isa isa = Isa::automatic);
// count masks (a multiple of kDenseLane), each 0 with the chance `dropout`, else 1 / (1 - dropout): numbers of a counter,
// the same for every instruction set.
void dropout_mask(std::size_t count, double dropout, std::uint64_t key, float* mask,
                  Isa isa = Isa::automatic);

// A function of pairs of numbers (d, e): q = o_0 + sum_h o_h max(s_h d + t_h e + c_h, floor),  v = q > 0 ? q : slope q.
struct PairFunction {
  std::size_t units = 0;
  const float* d_slope = nullptr;   // [units]
  const float* e_slope = nullptr;   // [units]
  const float* constant = nullptr;  // [units]
  const float* out = nullptr;       // [units + 1], o_0 last
  float floor = 0;                  // 0: ReLU; -largest float: none
  float slope = 0;
};
// For `count` pairs, a multiple of kDenseLane.
void pair_forward(const PairFunction& f, std::size_t count, const float* d, const float* e, float* q,
                  float* v, Isa isa = Isa::automatic);
// With g = dv v'(q), and g_h = g where unit h is above its floor: sums[4 h ..] = sum g_h, sum g_h d, sum g_h e,
// sum g max(.., floor); sums[4 units] = sum g. g is room for [count].
void pair_backward(const PairFunction& f, std::size_t count, const float* d, const float* e, const float* q,
                   const float* dv, float* g, float* sums, Isa isa = Isa::automatic);

}  // namespace phreatic::kernels
