// SPDX-License-Identifier: BSD-3-Clause
// exp, sigmoid and tanh on vectors, with nothing but multiplications, additions and one division. S is one of
// the vector types. Coefficients: minimax fits by tests/reference/learn/fit_activations.py.
//   exp(x)     = 2^n p(f), n + f = x log2(e), |f| <= 1/2; p of degree 5; relative error < 3e-7 where |x| <=
//   20 sigmoid(x) = 1 / (1 + exp(-x));                        relative error < 3e-7 where |x| <= 20 tanh(x)
//   = x P(x^2) / Q(x^2), both of degree 4;      relative error < 5e-7
// NaN stays NaN; infinities give the limits.
#pragma once

namespace phreatic::kernels {
namespace {

// e^x for sign = 1, e^-x for sign = -1; x is cut to [-87, 87]. Adding 1.5 * 2^23 rounds to a whole number,
// which then stands in the low bits.
template <class S, int Sign>
inline __attribute__((always_inline)) typename S::V exponential(typename S::V x) {
  using V = typename S::V;
  constexpr float kMagic = 12582912.0F;
  const V scale = S::set(Sign > 0 ? 1.44269504F : -1.44269504F);
  x = S::clamp(x, -87.0F, 87.0F);
  const V t = S::fma(x, scale, S::set(kMagic));
  const V f = S::fms(x, scale, S::sub(t, S::set(kMagic)));
  V p = S::set(1.32764635e-3F);
  p = S::fma(p, f, S::set(9.67554135e-3F));
  p = S::fma(p, f, S::set(5.5507133e-2F));
  p = S::fma(p, f, S::set(2.40221197e-1F));
  p = S::fma(p, f, S::set(6.93146967e-1F));
  p = S::fma(p, f, S::set(1.00000007F));
  return S::scale(p, t);
}

template <class S>
inline __attribute__((always_inline)) typename S::V sigmoid(typename S::V x) {
  const typename S::V one = S::set(1.0F);
  return S::div(one, S::add(one, exponential<S, -1>(x)));
}

template <class S>
inline __attribute__((always_inline)) typename S::V hyperbolic_tangent(typename S::V x) {
  using V = typename S::V;
  x = S::clamp(x, -9.01F, 9.01F);
  const V y = S::mul(x, x);
  V p = S::set(1.3336832e-08F);
  V q = S::set(7.769276e-07F);
  p = S::fma(p, y, S::set(2.0596262e-05F));
  q = S::fma(q, y, S::set(3.284362e-04F));
  p = S::fma(p, y, S::set(3.4948103e-03F));
  q = S::fma(q, y, S::set(2.5874024e-02F));
  p = S::fma(p, y, S::set(1.3380371e-01F));
  q = S::fma(q, y, S::set(4.6713686e-01F));
  p = S::fma(p, y, S::set(1.0F));
  q = S::fma(q, y, S::set(1.0F));
  return S::div(S::mul(x, p), q);
}

}  // namespace
}  // namespace phreatic::kernels
