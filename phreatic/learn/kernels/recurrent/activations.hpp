// SPDX-License-Identifier: BSD-3-Clause
// exp, sigmoid and tanh on vectors, with nothing but multiplications, additions and divisions. S is one of
// the vector types. Coefficients: minimax fits by tests/reference/learn/fit_activations.py.
//   exp(x)     = 2^n p(f), n + f = x log2(e), |f| <= 1/2; p of degree 5
//   sigmoid(x) = 1 / (1 + exp(-x)), x cut to [-40, 40]
//   tanh(x)    = x P(x^2) / Q(x^2), both of degree 4, x cut to [-9.01, 9.01]
// Relative error below 6e-7 where |x| <= 20 (3e-6 for exp and sigmoid without fused multiplication); NaN
// stays NaN. Functions on N vectors go through them step by step in parallel: processors hide the latency of
// one chain behind the others only when they stand near each other.
#pragma once

#include <cstddef>

#include "phreatic/learn/kernels/tile.hpp"

namespace phreatic::kernels {
namespace {

#define PHREATIC_EACH _Pragma("GCC unroll 16") for (std::size_t i = 0; i < N; ++i)

// e^x for Sign = 1, e^-x for Sign = -1; |x| <= 87. Adding 1.5 * 2^23 rounds to a whole number, which then
// stands in the low bits.
template <class S, int Sign, int N>
PHREATIC_INLINE void exponential(typename S::V (&x)[N]) {
  using V = typename S::V;
  constexpr float kCoefficients[] = {5.55071327e-2F, 2.40221197e-1F, 6.93146967e-1F, 1.00000007F};
  const V scale = S::set(Sign > 0 ? 1.44269504F : -1.44269504F);
  const V magic = S::set(12582912.0F);
  V t[N], f[N], p[N];
  PHREATIC_EACH t[i] = S::fma(x[i], scale, magic);
  PHREATIC_EACH f[i] = S::sub(t[i], magic);
  PHREATIC_EACH f[i] = S::fms(x[i], scale, f[i]);
  PHREATIC_EACH p[i] = S::fma(S::set(1.3276472e-3F), f[i], S::set(9.67554133e-3F));
  for (const float coefficient : kCoefficients) {
    PHREATIC_EACH p[i] = S::fma(p[i], f[i], S::set(coefficient));
  }
  PHREATIC_EACH x[i] = S::scale(p[i], t[i]);
}

// 1 / sigmoid(x)
template <class S, int N>
PHREATIC_INLINE void sigmoid_reciprocal(typename S::V (&x)[N]) {
  PHREATIC_EACH x[i] = S::clamp(x[i], -40.0F, 40.0F);
  exponential<S, -1>(x);
  PHREATIC_EACH x[i] = S::add(x[i], S::set(1.0F));
}

// tanh(x) = above / below, 1 <= below < 420
template <class S, int N>
PHREATIC_INLINE void tanh_fraction(const typename S::V (&x)[N], typename S::V (&above)[N],
                                   typename S::V (&below)[N]) {
  using V = typename S::V;
  constexpr float kAbove[] = {3.4948103e-03F, 1.3380371e-01F, 1.0F};
  constexpr float kBelow[] = {2.5874024e-02F, 4.6713686e-01F, 1.0F};
  V cut[N], y[N];
  PHREATIC_EACH cut[i] = S::clamp(x[i], -9.01F, 9.01F);
  PHREATIC_EACH y[i] = S::mul(cut[i], cut[i]);
  PHREATIC_EACH above[i] = S::fma(S::set(1.3336832e-08F), y[i], S::set(2.0596262e-05F));
  PHREATIC_EACH below[i] = S::fma(S::set(7.769276e-07F), y[i], S::set(3.284362e-04F));
#pragma GCC unroll 3
  for (int k = 0; k < 3; ++k) {
    PHREATIC_EACH above[i] = S::fma(above[i], y[i], S::set(kAbove[k]));
    PHREATIC_EACH below[i] = S::fma(below[i], y[i], S::set(kBelow[k]));
  }
  PHREATIC_EACH above[i] = S::mul(cut[i], above[i]);
}

template <class S, int N>
PHREATIC_INLINE void hyperbolic_tangent(const typename S::V (&x)[N], typename S::V (&y)[N]) {
  typename S::V below[N];
  tanh_fraction<S>(x, y, below);
  PHREATIC_EACH y[i] = S::div(y[i], below[i]);
}

// a -> 1/a, b -> 1/b with one division; |a b| must not overflow.
template <class S, int N>
PHREATIC_INLINE void reciprocals(typename S::V (&a)[N], typename S::V (&b)[N]) {
  using V = typename S::V;
  V r[N];
  PHREATIC_EACH r[i] = S::mul(a[i], b[i]);
  PHREATIC_EACH r[i] = S::div(S::set(1.0F), r[i]);
  PHREATIC_EACH {
    const V of_a = S::mul(r[i], b[i]);
    b[i] = S::mul(r[i], a[i]);
    a[i] = of_a;
  }
}

}  // namespace
}  // namespace phreatic::kernels
