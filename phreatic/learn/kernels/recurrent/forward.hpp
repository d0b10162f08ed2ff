// SPDX-License-Identifier: BSD-3-Clause
// The forward pass of one block of batch rows through all steps. Per step and vector of hidden units, tiles
// of rows x 4 slots are summed over x_t and h_(t-1) in registers and end in the cell's activations.
#pragma once

#include "phreatic/learn/kernels/recurrent/cell.hpp"

namespace phreatic::kernels {
namespace {

template <class S, template <class> class CellOf, int Rows>
class Forward {
  using V = typename S::V;
  using Cell = CellOf<S>;
  static constexpr std::size_t kW = S::kWidth;
  static constexpr std::size_t kXCount = Cell::kMap.x_count;
  static constexpr std::size_t kHCount = Cell::kMap.h_count;
  static constexpr std::size_t kAhead = 2;  // steps

 public:
  explicit Forward(const ForwardJob& job)
      : job_(job),
        size_(job.size),
        padded_(size_.units * kW),
        x_(job.scratch + 3 * size_.rows * padded_ + size_.rows * kSlots * kW) {
    h_now_ = job.scratch;
    h_next_ = h_now_ + size_.rows * padded_;
    state_ = h_next_ + size_.rows * padded_;
    sums_ = state_ + size_.rows * padded_;
  }

  void run() {
    set_initial();
    for (std::size_t t = 0; t < size_.steps; ++t) {
      gather(t);
      for (std::size_t u = 0; u < size_.units; ++u) {
        in_pieces<Rows>(size_.rows, [&](std::size_t row, auto m) { tile<decltype(m)::value>(u, row); });
        finish(t, u);
      }
      float* const h = h_next_;
      h_next_ = h_now_;
      h_now_ = h;
      put_out(t);
    }
    put_last();
    S::fence();
  }

 private:
  // The state as [U][R][W]: c of the LSTM; h of the GRU, whose other copy is h_now_ [R][Hp].
  void set_initial() {
    for (std::size_t r = 0; r < size_.rows; ++r) {
      float* const h = h_now_ + r * padded_;
      copy_padded<S>(h, job_.h0 + (job_.h0 == nullptr ? 0 : r * size_.hidden),
                     job_.h0 == nullptr ? 0 : size_.hidden, padded_);
      for (std::size_t j = 0; j < padded_; ++j) {
        const bool has_c = job_.c0 != nullptr && j < size_.hidden;
        const float c = has_c ? job_.c0[r * size_.hidden + j] : 0.0F;
        state_[((j / kW) * size_.rows + r) * kW + j % kW] = Cell::kIsLstm ? c : h[j];
      }
    }
    if (job_.gates == nullptr) return;
    const std::size_t count = size_.rows * padded_;
    for (std::size_t i = 0; i < count; ++i) job_.states[i] = state_[i];
    for (std::size_t i = 0; i < count; ++i) job_.h_initial[i] = h_now_[i];
  }

  void gather(std::size_t t) {
    for (std::size_t r = 0; r < size_.rows; ++r) {
      const float* const x = job_.x_rows[r] + t * job_.x_step;
      copy<S>(x_ + r * size_.inputs, x, size_.inputs);
      if (t + kAhead < size_.steps) prefetch(x + kAhead * job_.x_step, size_.inputs);
    }
  }

  template <int M>
  PHREATIC_INLINE void tile(std::size_t u, std::size_t row) {
    const float* const w = job_.weights + u * kW * (size_.inputs * kXCount + size_.hidden * kHCount);
    V acc[M][kSlots];
#pragma GCC unroll 16
    for (std::size_t s = 0; s < kSlots; ++s) {
      const V bias = S::load(job_.bias + (u * kSlots + s) * kW);
#pragma GCC unroll 16
      for (int m = 0; m < M; ++m) acc[m][s] = bias;
    }
    multiply_add<S, Cell::kMap.x_first, kXCount>(acc, x_ + row * size_.inputs, size_.inputs, 1, w,
                                                 kXCount * kW, size_.inputs);
    multiply_add<S, Cell::kMap.h_first, kHCount>(acc, h_now_ + row * padded_, padded_, 1,
                                                 w + size_.inputs * kXCount * kW, kHCount * kW, size_.hidden);
#pragma GCC unroll 16
    for (int m = 0; m < M; ++m) {
#pragma GCC unroll 16
      for (std::size_t s = 0; s < kSlots; ++s) {
        S::store(sums_ + ((row + static_cast<std::size_t>(m)) * kSlots + s) * kW, acc[m][s]);
      }
    }
  }

  void finish(std::size_t t, std::size_t u) {
    const std::size_t place = u * size_.rows * kW;
    Column column{size_.rows, sums_, state_ + place, h_next_ + u * kW, padded_, nullptr, nullptr};
    if (job_.gates == nullptr) return Cell::template forward<Save::nothing>(column);
    const std::size_t count = size_.rows * padded_;
    column.saved_gates = job_.gates + (t * count + place) * kSlots;
    column.saved_states = job_.states + (t + 1) * count + place;
    if (job_.stream) {
      Cell::template forward<Save::streamed>(column);
    } else {
      Cell::template forward<Save::cached>(column);
    }
  }

  void put_out(std::size_t t) {
    if (job_.h == nullptr || t < job_.h_first_step) return;
    for (std::size_t r = 0; r < size_.rows; ++r) {
      float* const out = job_.h + r * job_.h_row_stride + (t - job_.h_first_step) * size_.hidden;
      const float* const h = h_now_ + r * padded_;
      if (job_.stream_h) {
        for (std::size_t j = 0; j < padded_; j += kW) S::stream(out + j, S::load(h + j));
      } else {
        copy<S>(out, h, size_.hidden);
      }
    }
  }

  void put_last() {
    for (std::size_t r = 0; r < size_.rows; ++r) {
      for (std::size_t j = 0; j < size_.hidden; ++j) {
        const std::size_t to = r * size_.hidden + j;
        if (job_.h_last != nullptr) job_.h_last[to] = h_now_[r * padded_ + j];
        if (job_.c_last != nullptr) job_.c_last[to] = state_[((j / kW) * size_.rows + r) * kW + j % kW];
      }
    }
  }

  const ForwardJob& job_;
  const BlockSize& size_;
  std::size_t padded_;
  float* h_now_;   // [R][Hp]
  float* h_next_;  // [R][Hp]
  float* state_;   // [U][R][W]
  float* sums_;    // [R][4][W]
  float* x_;       // [R][F]
};

}  // namespace
}  // namespace phreatic::kernels
