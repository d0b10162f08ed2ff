// SPDX-License-Identifier: BSD-3-Clause
// The way back through all steps for one block of batch rows. Per step, tiles of rows x hidden units sum the
// gradient of h_t from the slots' gradients of step t + 1 and end in the cell's own backward; the weights'
// gradients are added once for `depth` steps, from slots' gradients that are still in cache.
#pragma once

#include "phreatic/learn/kernels/recurrent/cell.hpp"

namespace phreatic::kernels {
namespace {

template <class S, template <class> class CellOf, int Rows, int Columns, int WeightRows>
class Backward {
  using V = typename S::V;
  using Cell = CellOf<S>;
  static constexpr std::size_t kW = S::kWidth;
  static constexpr std::size_t kXCount = Cell::kMap.x_count;
  static constexpr std::size_t kHCount = Cell::kMap.h_count;
  // LSTM: h_t comes out of step t's gates; GRU: h_(t-1) is what step t reads. So the LSTM's rows of [x_t,
  // h_(t-1)] are complete one step later.
  static constexpr std::size_t kLag = Cell::kIsLstm ? 1 : 0;
  static constexpr std::size_t kAhead = 2;  // steps

 public:
  explicit Backward(const BackwardJob& job)
      : job_(job),
        size_(job.size),
        padded_(size_.units * kW),
        plane_(size_.rows * padded_),
        ring_(job.depth + 1) {
    d_ = job.scratch;
    h_ = d_ + ring_ * plane_ * kSlots;
    carry_ = h_ + ring_ * plane_;
    dh_ = carry_ + plane_;
    tanh_ = dh_ + plane_;
    x_ = tanh_ + plane_;
  }

  void run() {
    set_carry();
    pending_ = 0;
    for (std::size_t t = size_.steps; t-- > 0;) {
      if (job_.dweights != nullptr) gather_x(t);
      has_dh_ = gather_dh(t);
      if constexpr (Cell::kIsLstm) put_tanh(t);
      step(t);
      if (job_.dx != nullptr) {
        put_product(t, Cell::kMap.x_first, job_.weights_x,
                    {job_.dx + t * size_.inputs, job_.dx_row_stride, size_.inputs}, nullptr);
      }
      if (job_.dweights == nullptr) continue;
      if (++pending_ == job_.depth + kLag) add_weights(t + kLag, job_.depth);
    }
    if (job_.dweights != nullptr) finish_weights();
    if (job_.dh0 != nullptr) {
      put_product(0, Cell::kMap.h_first, job_.weights_h, {job_.dh0, size_.hidden, size_.hidden},
                  Cell::kIsLstm ? nullptr : carry_);
    }
    if (job_.dc0 != nullptr) put_dc0();
  }

 private:
  float* d_of(std::size_t t) { return d_ + (t % ring_) * plane_ * kSlots; }            // [U][R][4][W]
  float* h_before(std::size_t t) { return h_ + (t % ring_) * plane_; }                 // h_(t-1), [R][Hp]
  float* x_of(std::size_t t) { return x_ + (t % ring_) * size_.rows * size_.inputs; }  // [R][F]

  void set_carry() {
    for (std::size_t i = 0; i < plane_; ++i) carry_[i] = 0.0F;
    if (!Cell::kIsLstm || job_.dc_last == nullptr) return;
    for (std::size_t r = 0; r < size_.rows; ++r) {
      for (std::size_t j = 0; j < size_.hidden; ++j) {
        carry_[((j / kW) * size_.rows + r) * kW + j % kW] = job_.dc_last[r * size_.hidden + j];
      }
    }
  }

  // x_t into compact rows.
  void gather_x(std::size_t t) {
    float* const to = x_of(t);
    for (std::size_t r = 0; r < size_.rows; ++r) {
      const float* const x = job_.x_rows[r] + t * job_.x_step;
      copy<S>(to + r * size_.inputs, x, size_.inputs);
      if (t >= kAhead) prefetch(x - kAhead * job_.x_step, size_.inputs);
    }
  }

  // The given gradient of h_t into padded rows (read at a stride of T H floats only here: once and in order);
  // returns whether there is any.
  bool gather_dh(std::size_t t) {
    const bool inside = job_.dh != nullptr && t >= job_.dh_first_step;
    const bool last = job_.dh_last != nullptr && t + 1 == size_.steps;
    if (!inside && !last) return false;
    for (std::size_t r = 0; r < size_.rows; ++r) {
      float* const to = dh_ + r * padded_;
      const float* const from =
          inside ? job_.dh + r * job_.dh_row_stride + (t - job_.dh_first_step) * size_.hidden : nullptr;
      copy_padded<S>(to, from, inside ? size_.hidden : 0, padded_);
      if (inside && t > job_.dh_first_step) prefetch(from - size_.hidden, size_.hidden);
      if (!last) continue;
      for (std::size_t j = 0; j < size_.hidden; ++j) to[j] += job_.dh_last[r * size_.hidden + j];
    }
    return true;
  }

  // acc = (slots' gradients, from the slot that d points to on) x (packed weights of one column tile of N
  // vectors); zeros when d is null.
  template <int M, int N>
  PHREATIC_INLINE void product(V (&acc)[M][N], const float* d, const float* weights, std::size_t row) {
#pragma GCC unroll 16
    for (int m = 0; m < M; ++m) {
#pragma GCC unroll 16
      for (int n = 0; n < N; ++n) acc[m][n] = S::set(0.0F);
    }
    if (d == nullptr) return;
    d += row * kSlots * kW;
    for (std::size_t u = 0; u < size_.units; ++u) {
      multiply_add<S, 0, N>(acc, d, kSlots * kW, 1, weights, N * kW, kHCount * kW);
      d += size_.rows * kSlots * kW;
      weights += kHCount * kW * N * kW;
    }
  }

  // For each column tile and tile of rows: body(first column vector, Constant<N>, weights, row, Constant<M>).
  template <class Body>
  PHREATIC_INLINE void each_tile(std::size_t vectors, const float* weights, std::size_t count,
                                 const Body& body) {
    for (std::size_t first = 0; first < vectors; first += Columns) {
      const std::size_t n = vectors - first < Columns ? vectors - first : Columns;
      with_constant<Columns>(n, [&](auto columns) {
        in_pieces<Rows>(size_.rows,
                        [&](std::size_t row, auto rows) { body(first, columns, weights, row, rows); });
      });
      weights += size_.units * count * kW * n * kW;
    }
  }

  // tanh(c_t) of all rows and units, apart from step() for the same reason as the passes of the forward cell.
  void put_tanh(std::size_t t) {
    const float* const c = job_.states + (t + 1) * plane_;
    in_pieces<4>(plane_ / kW, [&](std::size_t first, auto n) {
      constexpr int kN = decltype(n)::value;
      V x[kN];
#pragma GCC unroll 4
      for (int i = 0; i < kN; ++i) x[i] = S::load(c + first * kW + i * S::kWidth);
      hyperbolic_tangent<S>(x, x);
#pragma GCC unroll 4
      for (int i = 0; i < kN; ++i) S::store(tanh_ + first * kW + i * S::kWidth, x[i]);
    });
  }

  void step(std::size_t t) {
    const float* const d = t + 1 < size_.steps ? d_of(t + 1) + Cell::kMap.h_first * kW : nullptr;
    each_tile(size_.units, job_.weights_h, kHCount,
              [&](std::size_t u, auto columns, const float* weights, std::size_t row, auto rows) {
                constexpr int kM = decltype(rows)::value;
                constexpr int kN = decltype(columns)::value;
                V acc[kM][kN];
                product<kM, kN>(acc, d, weights, row);
#pragma GCC unroll 4
                for (int n = 0; n < kN; ++n) finish<kM, kN>(t, u + static_cast<std::size_t>(n), row, acc, n);
              });
  }

  // Column n of a tile, two rows at a time.
  template <int M, int N>
  PHREATIC_INLINE void finish(std::size_t t, std::size_t u, std::size_t row, const V (&acc)[M][N], int n) {
#pragma GCC unroll 16
    for (int m = 0; m + 1 < M; m += 2) {
      const V dh[2] = {acc[m][n], acc[m + 1][n]};
      finish_rows<2>(t, u, row + static_cast<std::size_t>(m), dh);
    }
    if constexpr (M % 2 != 0) {
      const V dh[1] = {acc[M - 1][n]};
      finish_rows<1>(t, u, row + M - 1, dh);
    }
  }

  template <int M>
  PHREATIC_INLINE void finish_rows(std::size_t t, std::size_t u, std::size_t row, const V (&sums)[M]) {
    const std::size_t place = (u * size_.rows + row) * kW;
    const std::size_t by_row = row * padded_ + u * kW;
    const float* const saved = job_.gates + (t * plane_ + place) * kSlots;
    const float* const states = job_.states + t * plane_ + place;
    float* const d = d_of(t) + place * kSlots;
    if (t > 0) {  // what the step before will need
      prefetch(saved - plane_ * kSlots, M * kSlots * kW);
      prefetch(states - plane_, M * kW);
    }
    V gates[M][kSlots], before[M], tc[M], dh[M], carry[M], h[M];
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) {
      dh[m] =
          has_dh_ ? S::add(sums[m], S::load(dh_ + by_row + static_cast<std::size_t>(m) * padded_)) : sums[m];
      before[m] = S::load(states + m * S::kWidth);
      if constexpr (Cell::kIsLstm) tc[m] = S::load(tanh_ + place + m * S::kWidth);
      carry[m] = S::load(carry_ + place + m * S::kWidth);
#pragma GCC unroll 4
      for (std::size_t s = 0; s < kSlots; ++s) gates[m][s] = S::load(saved + (m * kSlots + s) * kW);
    }
    Cell::backward(gates, before, tc, dh, carry, h);
    float* const h_rows = h_before(t + kLag) + by_row;
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) {
      S::store(carry_ + place + m * S::kWidth, carry[m]);
      S::store(h_rows + static_cast<std::size_t>(m) * padded_, h[m]);
#pragma GCC unroll 4
      for (std::size_t s = 0; s < kSlots; ++s) S::store(d + (m * kSlots + s) * kW, gates[m][s]);
    }
  }

  struct Target {
    float* to;  // row r, column k at to + r * step + k
    std::size_t step, columns;
  };

  // rows = (slots' gradients of step t, from slot `first` on) x (packed weights) + carry; carry may be null.
  void put_product(std::size_t t, std::size_t first_slot, const float* packed, const Target& rows,
                   const float* carry) {
    static_assert(kXCount == kHCount);
    const float* const d = d_of(t) + first_slot * kW;
    each_tile((rows.columns + kW - 1) / kW, packed, kHCount,
              [&](std::size_t first, auto columns, const float* weights, std::size_t row, auto m) {
                constexpr int kM = decltype(m)::value;
                constexpr int kN = decltype(columns)::value;
                V acc[kM][kN];
                product<kM, kN>(acc, d, weights, row);
                for (std::size_t i = 0; i < kM; ++i) {
                  for (std::size_t n = 0; n < kN; ++n) {
                    if (carry != nullptr) {
                      const std::size_t place = ((first + n) * size_.rows + row + i) * kW;
                      acc[i][n] = S::add(acc[i][n], S::load(carry + place));
                    }
                    put_vector(rows.to + (row + i) * rows.step, (first + n) * kW, rows.columns, acc[i][n]);
                  }
                }
              });
  }

  // Writes the lanes of v that stand for columns below `count`.
  PHREATIC_INLINE void put_vector(float* row, std::size_t column, std::size_t count, V v) {
    if (column + kW <= count) {
      S::store(row + column, v);
      return;
    }
    alignas(64) float lanes[kW];
    S::store(lanes, v);
    for (std::size_t i = 0; column + i < count; ++i) row[column + i] = lanes[i];
  }

  // dweights += sum over `count` steps from t on and all rows of [x_t, h_(t-1)]^T (slots' gradients of t).
  void add_weights(std::size_t t, std::size_t count) {
    pending_ -= count;
    for (std::size_t u = 0; u < size_.units; ++u) {
      float* const w = job_.dweights + u * kW * (size_.inputs * kXCount + size_.hidden * kHCount);
      in_pieces<WeightRows>(size_.inputs, [&](std::size_t k, auto m) {
        weight_tile<decltype(m)::value, Cell::kMap.x_first, kXCount>(
            w + k * kXCount * kW, u, t, count, [&](std::size_t s) { return x_of(s) + k; }, size_.inputs);
      });
      in_pieces<WeightRows>(size_.hidden, [&](std::size_t k, auto m) {
        weight_tile<decltype(m)::value, Cell::kMap.h_first, kHCount>(
            w + (size_.inputs * kXCount + k * kHCount) * kW, u, t, count,
            [&](std::size_t s) { return h_before(s) + k; }, padded_);
      });
      add_bias(u, t, count);
    }
  }

  template <int M, int First, int Count, class Left>
  PHREATIC_INLINE void weight_tile(float* w, std::size_t u, std::size_t t, std::size_t count,
                                   const Left& left, std::size_t left_step) {
    V acc[M][Count];
#pragma GCC unroll 16
    for (int m = 0; m < M; ++m) {
#pragma GCC unroll 16
      for (int n = 0; n < Count; ++n) acc[m][n] = S::load(w + (m * Count + n) * S::kWidth);
    }
    for (std::size_t s = t; s < t + count; ++s) {
      const float* const d = d_of(s) + (u * size_.rows * kSlots + First) * kW;
      multiply_add<S, 0, Count>(acc, left(s), 1, left_step, d, kSlots * kW, size_.rows);
    }
#pragma GCC unroll 16
    for (int m = 0; m < M; ++m) {
#pragma GCC unroll 16
      for (int n = 0; n < Count; ++n) S::store(w + (m * Count + n) * S::kWidth, acc[m][n]);
    }
  }

  void add_bias(std::size_t u, std::size_t t, std::size_t count) {
    float* const bias = job_.dbias + u * kSlots * kW;
    V sum[kSlots];
    for (std::size_t s = 0; s < kSlots; ++s) sum[s] = S::load(bias + s * kW);
    for (std::size_t step = t; step < t + count; ++step) {
      const float* d = d_of(step) + u * size_.rows * kSlots * kW;
      for (std::size_t r = 0; r < size_.rows; ++r, d += kSlots * kW) {
#pragma GCC unroll 4
        for (std::size_t s = 0; s < kSlots; ++s) sum[s] = S::add(sum[s], S::load(d + s * kW));
      }
    }
    for (std::size_t s = 0; s < kSlots; ++s) S::store(bias + s * kW, sum[s]);
  }

  void finish_weights() {
    if constexpr (Cell::kIsLstm) {
      float* const h = h_before(0);
      for (std::size_t i = 0; i < plane_; ++i) h[i] = job_.h_initial[i];
    }
    if (pending_ > 0) add_weights(0, pending_);
  }

  void put_dc0() {
    for (std::size_t r = 0; r < size_.rows; ++r) {
      for (std::size_t j = 0; j < size_.hidden; ++j) {
        job_.dc0[r * size_.hidden + j] = carry_[((j / kW) * size_.rows + r) * kW + j % kW];
      }
    }
  }

  const BackwardJob& job_;
  const BlockSize& size_;
  std::size_t padded_;
  std::size_t plane_;  // R * Hp
  std::size_t ring_;   // steps kept at a time
  std::size_t pending_ = 0;
  bool has_dh_ = false;
  float* d_;      // [ring][U][R][4][W]: slots' gradients
  float* h_;      // [ring][R][Hp]
  float* carry_;  // [U][R][W]: dc (LSTM) or dh z (GRU) on its way to the step before
  float* dh_;     // [R][Hp]: given gradient of h_t
  float* tanh_;   // [U][R][W]: tanh(c_t), LSTM only
  float* x_;      // [ring][R][F]
};

}  // namespace
}  // namespace phreatic::kernels
