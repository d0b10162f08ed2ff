// SPDX-License-Identifier: BSD-3-Clause
// What a cell does with the sums of its four slots, and the way back, for one vector of hidden units of one
// batch row. Symbols as in recurrent.hpp; d... is the gradient with respect to a sum, before its activation.
#pragma once

#include "phreatic/learn/kernels/activations.hpp"
#include "phreatic/learn/kernels/kernel.hpp"
#include "phreatic/learn/kernels/tile.hpp"

namespace phreatic::kernels {
namespace {

template <class S>
struct Lstm {
  using V = typename S::V;
  static constexpr Slots kMap = kLstmSlots;
  static constexpr bool kIsLstm = true;

  // sum: in the slots' sums, out the activated gates. state: c_(t-1) -> c_t. Returns h_t.
  static PHREATIC_INLINE V forward(V (&sum)[kSlots], V& state) {
    sum[0] = sigmoid<S>(sum[0]);
    sum[1] = sigmoid<S>(sum[1]);
    sum[2] = hyperbolic_tangent<S>(sum[2]);
    sum[3] = sigmoid<S>(sum[3]);
    state = S::fma(sum[1], state, S::mul(sum[0], sum[2]));
    return S::mul(sum[3], hyperbolic_tangent<S>(state));
  }

  // gates: in the activated gates, out the slots' gradients. before, after: c_(t-1), c_t. dh: the whole
  // gradient of h_t. carry: dc_t from later steps -> dc_(t-1). Returns h_t.
  static PHREATIC_INLINE V backward(V (&gates)[kSlots], V before, V after, V dh, V& carry) {
    const V i = gates[0];
    const V f = gates[1];
    const V g = gates[2];
    const V o = gates[3];
    const V tc = hyperbolic_tangent<S>(after);
    const V dho = S::mul(dh, o);
    const V dc = S::add(carry, S::fnma(S::mul(dho, tc), tc, dho));
    const V dci = S::mul(dc, i);
    const V dcig = S::mul(dci, g);
    carry = S::mul(dc, f);
    const V dcfb = S::mul(carry, before);
    const V dhot = S::mul(dho, tc);
    gates[0] = S::fnma(dcig, i, dcig);  // dc g i (1 - i)
    gates[1] = S::fnma(dcfb, f, dcfb);  // dc c_(t-1) f (1 - f)
    gates[2] = S::fnma(dcig, g, dci);   // dc i (1 - g^2)
    gates[3] = S::fnma(dhot, o, dhot);  // dh tanh(c) o (1 - o)
    return S::mul(o, tc);
  }
};

template <class S>
struct Gru {
  using V = typename S::V;
  static constexpr Slots kMap = kGruSlots;
  static constexpr bool kIsLstm = false;

  // As above; state: h_(t-1) -> h_t. q stays as it is.
  static PHREATIC_INLINE V forward(V (&sum)[kSlots], V& state) {
    sum[1] = sigmoid<S>(sum[1]);
    sum[2] = sigmoid<S>(sum[2]);
    sum[0] = hyperbolic_tangent<S>(S::fma(sum[1], sum[3], sum[0]));
    state = S::fma(sum[2], S::sub(state, sum[0]), sum[0]);
    return state;
  }

  // before: h_(t-1); dh without the part that z carries over, which is in `carry`. Returns h_(t-1).
  static PHREATIC_INLINE V backward(V (&gates)[kSlots], V before, V /*after*/, V dh, V& carry) {
    const V n = gates[0];
    const V r = gates[1];
    const V z = gates[2];
    const V q = gates[3];
    dh = S::add(dh, carry);
    carry = S::mul(dh, z);
    const V dn_out = S::sub(dh, carry);  // dh (1 - z)
    const V dn = S::fnma(S::mul(dn_out, n), n, dn_out);
    const V dq = S::mul(dn, r);
    const V dqq = S::mul(dq, q);  // dn q r
    gates[0] = dn;
    gates[1] = S::fnma(dqq, r, dqq);  // dn q r (1 - r)
    gates[2] = S::mul(S::mul(dn_out, z), S::sub(before, n));
    gates[3] = dq;
    return before;
  }
};

}  // namespace
}  // namespace phreatic::kernels
