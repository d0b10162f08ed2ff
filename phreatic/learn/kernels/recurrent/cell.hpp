// SPDX-License-Identifier: BSD-3-Clause
// What a cell does with the sums of its four slots, and the way back, for one vector of hidden units of N
// batch rows side by side. Symbols as in recurrent.hpp; d... is the gradient with respect to a sum, before
// its activation.
#pragma once

#include "phreatic/learn/kernels/recurrent/activations.hpp"
#include "phreatic/learn/kernels/recurrent/kernel.hpp"

namespace phreatic::kernels {
namespace {

struct Column {
  std::size_t rows;
  float* sums;   // [R][4][W]; used up
  float* state;  // [R][W]: in c_(t-1) (LSTM) or h_(t-1) (GRU), out that of t
  float* h;      // row r at h + r * h_step: out h_t
  std::size_t h_step;
  float* saved_gates;   // [R][4][W]: out activated gates
  float* saved_states;  // [R][W]: out the new state
};

// How saved_gates and saved_states are written: not at all, through the caches, or past them.
enum class Save { nothing, cached, streamed };

template <class S, Save How>
PHREATIC_INLINE void save(float* to, typename S::V value) {
  if constexpr (How == Save::cached) S::store(to, value);
  if constexpr (How == Save::streamed) S::stream(to, value);
}

template <class S>
struct Lstm {
  using V = typename S::V;
  static constexpr std::size_t kW = S::kWidth;
  static constexpr Slots kMap = kLstmSlots;
  static constexpr bool kIsLstm = true;

  template <Save How>
  static PHREATIC_INLINE void forward(const Column& column) {
    for (std::size_t r = 0; r < column.rows; ++r) {
      float* const sums = column.sums + r * kSlots * kW;
      V x[3] = {S::load(sums), S::load(sums + kW), S::load(sums + 3 * kW)};
      sigmoid_reciprocal<S>(x);
      S::store(sums, x[0]);
      S::store(sums + kW, x[1]);
      S::store(sums + 3 * kW, x[2]);
    }
    in_pieces<2>(column.rows, [&](std::size_t r, auto n) { gates_pass<How, decltype(n)::value>(column, r); });
    in_pieces<3>(column.rows, [&](std::size_t r, auto n) { output_pass<decltype(n)::value>(column, r); });
  }

  template <Save How, int N>
  static PHREATIC_INLINE void gates_pass(const Column& column, std::size_t row) {
    float* const sums = column.sums + row * kSlots * kW;
    float* const gates = column.saved_gates + row * kSlots * kW;
    V in[N], forget[N], g[N], out[N], below[N];
    PHREATIC_EACH g[i] = S::load(sums + (i * 4 + 2) * kW);
    tanh_fraction<S>(g, g, below);
    PHREATIC_EACH {
      in[i] = S::load(sums + i * 4 * kW);
      forget[i] = S::load(sums + (i * 4 + 1) * kW);
      out[i] = S::load(sums + (i * 4 + 3) * kW);
    }
    reciprocals<S>(in, forget);
    reciprocals<S>(out, below);
    PHREATIC_EACH {
      float* const state = column.state + (row + i) * kW;
      g[i] = S::mul(g[i], below[i]);
      const V c = S::fma(forget[i], S::load(state), S::mul(in[i], g[i]));
      S::store(state, c);
      S::store(sums + (i * 4 + 3) * kW, out[i]);
      save<S, How>(gates + i * 4 * kW, in[i]);
      save<S, How>(gates + (i * 4 + 1) * kW, forget[i]);
      save<S, How>(gates + (i * 4 + 2) * kW, g[i]);
      save<S, How>(gates + (i * 4 + 3) * kW, out[i]);
      save<S, How>(column.saved_states + (row + i) * kW, c);
    }
  }

  template <int N>
  static PHREATIC_INLINE void output_pass(const Column& column, std::size_t row) {
    V y[N];
    PHREATIC_EACH y[i] = S::load(column.state + (row + i) * kW);
    hyperbolic_tangent<S>(y, y);
    PHREATIC_EACH {
      const V out = S::load(column.sums + ((row + i) * kSlots + 3) * kW);
      S::store(column.h + (row + i) * column.h_step, S::mul(y[i], out));
    }
  }

  // gates: in the activated gates, out the slots' gradients. before: c_(t-1). dh: the whole
  // gradient of h_t. carry: dc_t from later steps -> dc_(t-1). h: h_t.
  template <int N>
  static PHREATIC_INLINE void backward(V (&gates)[N][kSlots], const V (&before)[N], const V (&tc)[N],
                                       const V (&dh)[N], V (&carry)[N], V (&h)[N]) {
    PHREATIC_EACH {
      const V i_ = gates[i][0], f = gates[i][1], g = gates[i][2], o = gates[i][3];
      h[i] = S::mul(o, tc[i]);
      const V dho = S::mul(dh[i], o);
      const V dhot = S::mul(dho, tc[i]);
      const V dc = S::add(carry[i], S::fnma(dhot, tc[i], dho));
      const V dci = S::mul(dc, i_);
      const V dcig = S::mul(dci, g);
      carry[i] = S::mul(dc, f);
      const V dcfb = S::mul(carry[i], before[i]);
      gates[i][0] = S::fnma(dcig, i_, dcig);  // dc g i (1 - i)
      gates[i][1] = S::fnma(dcfb, f, dcfb);   // dc c_(t-1) f (1 - f)
      gates[i][2] = S::fnma(dcig, g, dci);    // dc i (1 - g^2)
      gates[i][3] = S::fnma(dhot, o, dhot);   // dh tanh(c) o (1 - o)
    }
  }
};

template <class S>
struct Gru {
  using V = typename S::V;
  static constexpr std::size_t kW = S::kWidth;
  static constexpr Slots kMap = kGruSlots;
  static constexpr bool kIsLstm = false;

  template <Save How>
  static PHREATIC_INLINE void forward(const Column& column) {
    for (std::size_t r = 0; r < column.rows; ++r) {
      float* const sums = column.sums + r * kSlots * kW;
      V x[2] = {S::load(sums + kW), S::load(sums + 2 * kW)};
      sigmoid_reciprocal<S>(x);
      S::store(sums + kW, x[0]);
      S::store(sums + 2 * kW, x[1]);
    }
    in_pieces<3>(column.rows,
                 [&](std::size_t r, auto n) { output_pass<How, decltype(n)::value>(column, r); });
  }

  template <Save How, int N>
  static PHREATIC_INLINE void output_pass(const Column& column, std::size_t row) {
    const float* const sums = column.sums + row * kSlots * kW;
    float* const gates = column.saved_gates + row * kSlots * kW;
    V r[N], z[N], n[N];
    PHREATIC_EACH {
      r[i] = S::load(sums + (i * 4 + 1) * kW);
      z[i] = S::load(sums + (i * 4 + 2) * kW);
    }
    reciprocals<S>(r, z);
    PHREATIC_EACH {
      const V q = S::load(sums + (i * 4 + 3) * kW);
      n[i] = S::fma(r[i], q, S::load(sums + i * 4 * kW));
      save<S, How>(gates + (i * 4 + 1) * kW, r[i]);
      save<S, How>(gates + (i * 4 + 2) * kW, z[i]);
      save<S, How>(gates + (i * 4 + 3) * kW, q);
    }
    hyperbolic_tangent<S>(n, n);
    PHREATIC_EACH {
      float* const state = column.state + (row + i) * kW;
      const V h = S::fma(z[i], S::sub(S::load(state), n[i]), n[i]);
      S::store(state, h);
      S::store(column.h + (row + i) * column.h_step, h);
      save<S, How>(gates + i * 4 * kW, n[i]);
      save<S, How>(column.saved_states + (row + i) * kW, h);
    }
  }

  // before: h_(t-1); dh without the part that z carries over, which is in `carry`. h: h_(t-1).
  template <int N>
  static PHREATIC_INLINE void backward(V (&gates)[N][kSlots], const V (&before)[N], const V (&)[N],
                                       const V (&dh)[N], V (&carry)[N], V (&h)[N]) {
    PHREATIC_EACH {
      const V n = gates[i][0], r = gates[i][1], z = gates[i][2], q = gates[i][3];
      const V whole = S::add(dh[i], carry[i]);
      carry[i] = S::mul(whole, z);
      const V dn_out = S::sub(whole, carry[i]);  // dh (1 - z)
      const V dn = S::fnma(S::mul(dn_out, n), n, dn_out);
      const V dq = S::mul(dn, r);
      const V dqq = S::mul(dq, q);  // dn q r
      gates[i][0] = dn;
      gates[i][1] = S::fnma(dqq, r, dqq);  // dn q r (1 - r)
      gates[i][2] = S::mul(S::mul(dn_out, z), S::sub(before[i], n));
      gates[i][3] = dq;
      h[i] = before[i];
    }
  }
};

}  // namespace
}  // namespace phreatic::kernels
