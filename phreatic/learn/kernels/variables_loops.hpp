// SPDX-License-Identifier: BSD-3-Clause
// Makes the VariableKernel of one vector type: included by one source per instruction set. S is a vector of the dense
// kernels (with sum()); Rows x Slots is its register tile.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "phreatic/learn/kernels/rows.hpp"
#include "phreatic/learn/kernels/rows_linear_loops.hpp"
#include "phreatic/learn/kernels/variables.hpp"

namespace phreatic::kernels {
namespace {

constexpr std::size_t kTileRows = 64;

template <class S, int Rows, int Slots>
class VariableRun {
  using V = typename S::V;
  static constexpr std::size_t kW = S::kWidth;

 public:
  VariableRun(const VariableNetworks& call, bool backward)
      : c_(call), h_(call.width), p_(row_padded(call.width)), memory_(floats(backward), 0.0F) {
    float* at = memory_.data();
    const auto take = [&at](std::size_t count) {
      float* here = at;
      at += count;
      return here;
    };
    for (float** tile : {&a_, &u_, &normal_, &mask_, &da_}) *tile = take(kTileRows * p_);
    z_ = take(kTileRows * 2 * p_);
    inverse_ = take(row_padded(kTileRows));
    lane_ = take(p_);
    std::fill_n(lane_, h_, 1.0F);
    for (float** row : {&first_[0], &first_[1], &first_bias_, &own_[0], &own_[1], &own_bias_, &second_bias_,
                        &scale_, &shift_})
      *row = take(p_);
    gate_bias_ = take(2 * p_);
    second_forward_ = take(p_ * p_);
    gate_forward_ = take(p_ * 2 * p_);
    if (!backward) return;
    second_back_ = take(p_ * p_);
    gate_back_ = take(2 * p_ * p_);
    sums_ = at;
    for (float** row : {&d_first_[0], &d_first_[1], &d_first_bias_, &d_own_[0], &d_own_[1], &d_own_bias_,
                        &d_second_bias_, &d_scale_, &d_shift_})
      *row = take(p_);
    d_gate_bias_ = take(2 * p_);
    d_second_ = take(p_ * p_);
    d_gate_ = take(2 * p_ * p_);
    sums_end_ = at;
  }

  void forward(float* out) {
    std::fill_n(out, c_.rows * h_, 0.0F);
    for (std::size_t v = 0; v < c_.variables; ++v) {
      take_variable(v, false);
      each_tile([&](std::size_t r0, std::size_t n) {
        rows_forward(v, r0, n);
        add_out(v, r0, n, out);
      });
    }
  }

  void backward(const float* d_out, const VariableGradients& g) {
    if (g.x != nullptr) std::fill_n(g.x, c_.rows * c_.channels(), 0.0F);
    for (std::size_t v = 0; v < c_.variables; ++v) {
      take_variable(v, true);
      std::fill(sums_, sums_end_, 0.0F);
      each_tile([&](std::size_t r0, std::size_t n) {
        rows_forward(v, r0, n);
        norm_backward(v, r0, n, d_out, g);
        gate_backward(n, g.first != nullptr);
        first_backward(v, r0, n, g);
      });
      if (g.first != nullptr) give_gradients(v, g);
    }
  }

 private:
  std::size_t floats(bool backward) const {
    const std::size_t forward =
        kTileRows * 7 * p_ + row_padded(kTileRows) + p_ + 9 * p_ + 2 * p_ + 3 * p_ * p_;
    return forward + (backward ? 3 * p_ * p_ + 11 * p_ + 3 * p_ * p_ : 0);
  }

  template <class Body>
  void each_tile(const Body& body) {
    for (std::size_t r0 = 0; r0 < c_.rows; r0 += kTileRows) body(r0, std::min(kTileRows, c_.rows - r0));
  }
  // body(n, Constant<vectors>) over the padded width, n in floats.
  template <class Body>
  PHREATIC_INLINE void each_lane(const Body& body) const {
    in_pieces<4>(p_ / kW, [&](std::size_t slot, auto count) { body(slot * kW, count); });
  }

  std::size_t first_channel(std::size_t v) const { return v < c_.single ? v : 2 * v - c_.single; }
  std::size_t channel_count(std::size_t v) const { return v < c_.single ? 1 : 2; }
  const float* channels(std::size_t v, std::size_t row) const {
    return c_.x + row * c_.channels() + first_channel(v);
  }

  void take_variable(std::size_t v, bool backward) {
    const std::size_t channel = first_channel(v);
    for (std::size_t k = 0; k < channel_count(v); ++k) {
      std::copy_n(c_.first + (channel + k) * h_, h_, first_[k]);
      std::copy_n(c_.own + (channel + k) * h_, h_, own_[k]);
    }
    std::copy_n(c_.first_bias + v * h_, h_, first_bias_);
    std::copy_n(c_.own_bias + v * h_, h_, own_bias_);
    std::copy_n(c_.scale + v * h_, h_, scale_);
    std::copy_n(c_.shift + v * h_, h_, shift_);
    const float* gate = c_.gate + v * 2 * h_ * h_;
    for (std::size_t half = 0; half < 2; ++half) {
      std::copy_n(c_.gate_bias + (2 * v + half) * h_, h_, gate_bias_ + half * p_);
      pack_transposed(gate + half * h_ * h_, h_, h_, 2 * p_, gate_forward_ + half * p_);
      if (backward) pack(gate + half * h_ * h_, h_, h_, p_, gate_back_ + half * p_ * p_);
    }
    if (c_.second == nullptr) return;
    std::copy_n(c_.second_bias + v * h_, h_, second_bias_);
    pack_transposed(c_.second + v * h_ * h_, h_, h_, p_, second_forward_);
    if (backward) pack(c_.second + v * h_ * h_, h_, h_, p_, second_back_);
  }

  // a, u, p and sigmoid(q) in z, the normalised sum and the inverse deviations of n rows.
  void rows_forward(std::size_t v, std::size_t r0, std::size_t n) {
    for (std::size_t r = 0; r < n; ++r) first_row(v, channels(v, r0 + r), a_ + r * p_);
    if (c_.second != nullptr) {
      product<S, Rows, Slots, Start::bias>(n, p_, h_, {a_, p_, 1}, second_forward_, p_, second_bias_, u_, p_);
      mask_rows(v, r0, n);
    }
    product<S, Rows, Slots, Start::bias>(n, 2 * p_, h_, {hidden(), p_, 1}, gate_forward_, 2 * p_, gate_bias_,
                                         z_, 2 * p_);
    for (std::size_t r = 0; r < n; ++r) norm_row(v, r, channels(v, r0 + r));
  }
  const float* hidden() const { return c_.second != nullptr ? u_ : a_; }

  void first_row(std::size_t v, const float* x, float* a) const {
    const bool pair = channel_count(v) == 2;
    each_lane([&](std::size_t n0, auto count) {
      constexpr std::size_t N = decltype(count)::value;
      V y[N];
      PHREATIC_EACH y[i] =
          S::fma(S::set(x[0]), S::load(first_[0] + n0 + i * kW), S::load(first_bias_ + n0 + i * kW));
      if (pair) {
        PHREATIC_EACH y[i] = S::fma(S::set(x[1]), S::load(first_[1] + n0 + i * kW), y[i]);
      }
      exponential_linear<S>(y);
      PHREATIC_EACH S::store(a + n0 + i * kW, y[i]);
    });
  }

  void mask_rows(std::size_t v, std::size_t r0, std::size_t n) {
    if (c_.dropout <= 0) return;
    for (std::size_t r = 0; r < n; ++r) {
      const auto place = static_cast<std::uint32_t>(((r0 + r) * c_.variables + v) * p_);
      place_masks(place, p_, c_.dropout, c_.key, mask_ + r * p_);
    }
    multiply(u_, mask_, n * p_);
  }
  static void multiply(float* x, const float* by, std::size_t count) {
    for (std::size_t i = 0; i < count; i += kW) S::store(x + i, S::mul(S::load(x + i), S::load(by + i)));
  }

  void norm_row(std::size_t v, std::size_t r, const float* x) {
    float* z = z_ + r * 2 * p_;
    float* y = normal_ + r * p_;
    const bool pair = channel_count(v) == 2;
    V sum = S::set(0.0F);
    each_lane([&](std::size_t n0, auto count) {
      constexpr std::size_t N = decltype(count)::value;
      V s[N], skip[N];
      PHREATIC_EACH s[i] = S::load(z + p_ + n0 + i * kW);
      sigmoid_reciprocal<S>(s);
      PHREATIC_EACH s[i] = S::div(S::set(1.0F), s[i]);
      PHREATIC_EACH S::store(z + p_ + n0 + i * kW, s[i]);
      PHREATIC_EACH skip[i] =
          S::fma(S::set(x[0]), S::load(own_[0] + n0 + i * kW), S::load(own_bias_ + n0 + i * kW));
      if (pair) {
        PHREATIC_EACH skip[i] = S::fma(S::set(x[1]), S::load(own_[1] + n0 + i * kW), skip[i]);
      }
      PHREATIC_EACH skip[i] = S::fma(S::load(z + n0 + i * kW), s[i], skip[i]);
      PHREATIC_EACH S::store(y + n0 + i * kW, skip[i]);
      PHREATIC_EACH sum = S::add(sum, skip[i]);
    });
    const auto width = static_cast<float>(h_);
    const V mean = S::set(S::sum(sum) / width);
    V squares = S::set(0.0F);
    for (std::size_t n = 0; n < p_; n += kW) {
      const V d = S::mul(S::sub(S::load(y + n), mean), S::load(lane_ + n));
      S::store(y + n, d);
      squares = S::fma(d, d, squares);
    }
    inverse_[r] = 1.0F / std::sqrt(S::sum(squares) / width + 1e-5F);
    const V inverse = S::set(inverse_[r]);
    for (std::size_t n = 0; n < p_; n += kW) S::store(y + n, S::mul(S::load(y + n), inverse));
  }

  void add_out(std::size_t v, std::size_t r0, std::size_t n, float* out) {
    for (std::size_t r = 0; r < n; ++r) {
      const V s = S::set(c_.weights[(r0 + r) * c_.variables + v]);
      float* row = out + (r0 + r) * h_;
      std::size_t k = 0;
      for (; k + kW <= h_; k += kW) {
        const V o = S::fma(S::load(scale_ + k), S::load(normal_ + r * p_ + k), S::load(shift_ + k));
        S::store(row + k, S::fma(s, o, S::load(row + k)));
      }
      for (; k < h_; ++k)
        row[k] += c_.weights[(r0 + r) * c_.variables + v] * (scale_[k] * normal_[r * p_ + k] + shift_[k]);
    }
  }

  // z becomes the gradient of (p, q); gradients of the weight, of scale and shift, and of what stands beside the gate.
  void norm_backward(std::size_t v, std::size_t r0, std::size_t n, const float* d_out,
                     const VariableGradients& g) {
    for (std::size_t r = 0; r < n; ++r) {
      const float* down = padded_row(d_out + (r0 + r) * h_);
      const std::size_t at = (r0 + r) * c_.variables + v;
      g.weights[at] = norm_row_backward(r, down, c_.weights[at]);
      own_backward(v, r0 + r, da_ + r * p_, g);
      gate_row_backward(z_ + r * 2 * p_, da_ + r * p_);
    }
  }
  // Rows of the gradient given lie side by side without padding.
  const float* padded_row(const float* row) {
    if (p_ == h_) return row;
    std::copy_n(row, h_, row_.data());
    return row_.data();
  }

  // The gradient of the normalised sum's input into da_; returns the gradient of the weight.
  float norm_row_backward(std::size_t r, const float* down, float weight) {
    const float* normal = normal_ + r * p_;
    float* dy = da_ + r * p_;
    V of_weight = S::set(0.0F);
    V mean = S::set(0.0F);
    V along = S::set(0.0F);
    const V s = S::set(weight);
    for (std::size_t n = 0; n < p_; n += kW) {
      const V d = S::load(down + n);
      const V u = S::load(normal + n);
      const V scale = S::load(scale_ + n);
      of_weight = S::fma(d, S::fma(scale, u, S::load(shift_ + n)), of_weight);
      const V weighted = S::mul(d, s);
      S::store(d_shift_ + n, S::add(S::load(d_shift_ + n), weighted));
      S::store(d_scale_ + n, S::fma(weighted, u, S::load(d_scale_ + n)));
      const V through = S::mul(weighted, scale);
      mean = S::add(mean, through);
      along = S::fma(through, u, along);
      S::store(dy + n, through);
    }
    const float width = static_cast<float>(h_);
    const V m = S::set(S::sum(mean) / width);
    const V k = S::set(S::sum(along) / width);
    const V inverse = S::set(inverse_[r]);
    for (std::size_t n = 0; n < p_; n += kW) {
      const V centred = S::sub(S::fnma(S::load(normal + n), k, S::load(dy + n)), m);
      S::store(dy + n, S::mul(S::mul(centred, inverse), S::load(lane_ + n)));
    }
    return S::sum(of_weight);
  }

  // sums += dy, sums of each channel += x dy, and the gradient of x.
  PHREATIC_INLINE void channels_backward(std::size_t v, std::size_t row, const float* dy,
                                         float* const (&weights)[2], float* bias_sum, float* const (&sums)[2],
                                         const VariableGradients& g) {
    const float* x = channels(v, row);
    for (std::size_t n = 0; n < p_; n += kW)
      S::store(bias_sum + n, S::add(S::load(bias_sum + n), S::load(dy + n)));
    for (std::size_t k = 0; k < channel_count(v); ++k) {
      V of_x = S::set(0.0F);
      for (std::size_t n = 0; n < p_; n += kW) {
        const V d = S::load(dy + n);
        S::store(sums[k] + n, S::fma(d, S::set(x[k]), S::load(sums[k] + n)));
        of_x = S::fma(d, S::load(weights[k] + n), of_x);
      }
      if (g.x != nullptr) g.x[row * c_.channels() + first_channel(v) + k] += S::sum(of_x);
    }
  }
  void own_backward(std::size_t v, std::size_t row, const float* dy, const VariableGradients& g) {
    channels_backward(v, row, dy, own_, d_own_bias_, d_own_, g);
  }

  void gate_row_backward(float* z, const float* dy) {
    for (std::size_t n = 0; n < p_; n += kW) {
      const V s = S::load(z + p_ + n);
      const V through = S::mul(S::load(dy + n), s);
      const V of_q = S::mul(S::mul(through, S::load(z + n)), S::sub(S::set(1.0F), s));
      S::store(z + n, through);
      S::store(z + p_ + n, of_q);
      S::store(d_gate_bias_ + n, S::add(S::load(d_gate_bias_ + n), through));
      S::store(d_gate_bias_ + p_ + n, S::add(S::load(d_gate_bias_ + p_ + n), of_q));
    }
  }

  // da_ becomes the gradient of a.
  void gate_backward(std::size_t n, bool parameters) {
    if (parameters)
      product<S, Rows, Slots, Start::add>(2 * p_, p_, n, {z_, 1, 2 * p_}, hidden(), p_, nullptr, d_gate_, p_);
    float* du = c_.second != nullptr ? normal_ : da_;
    product<S, Rows, Slots, Start::zero>(n, p_, 2 * p_, {z_, 2 * p_, 1}, gate_back_, p_, nullptr, du, p_);
    if (c_.second == nullptr) return;
    if (c_.dropout > 0) multiply(du, mask_, n * p_);
    for (std::size_t r = 0; r < n; ++r)
      for (std::size_t k = 0; k < p_; k += kW)
        S::store(d_second_bias_ + k, S::add(S::load(d_second_bias_ + k), S::load(du + r * p_ + k)));
    if (parameters)
      product<S, Rows, Slots, Start::add>(p_, p_, n, {du, 1, p_}, a_, p_, nullptr, d_second_, p_);
    product<S, Rows, Slots, Start::zero>(n, p_, p_, {du, p_, 1}, second_back_, p_, nullptr, da_, p_);
  }

  void first_backward(std::size_t v, std::size_t r0, std::size_t n, const VariableGradients& g) {
    for (std::size_t r = 0; r < n; ++r) {
      float* d = da_ + r * p_;
      for (std::size_t k = 0; k < p_; k += kW) {
        const V slope = S::add(S::clamp(S::load(a_ + r * p_ + k), -1.0F, 0.0F), S::set(1.0F));
        S::store(d + k, S::mul(S::load(d + k), slope));
      }
      channels_backward(v, r0 + r, d, first_, d_first_bias_, d_first_, g);
    }
  }

  void give_gradients(std::size_t v, const VariableGradients& g) const {
    const std::size_t channel = first_channel(v);
    for (std::size_t k = 0; k < channel_count(v); ++k) {
      std::copy_n(d_first_[k], h_, g.first + (channel + k) * h_);
      std::copy_n(d_own_[k], h_, g.own + (channel + k) * h_);
    }
    std::copy_n(d_first_bias_, h_, g.first_bias + v * h_);
    std::copy_n(d_own_bias_, h_, g.own_bias + v * h_);
    std::copy_n(d_scale_, h_, g.scale + v * h_);
    std::copy_n(d_shift_, h_, g.shift + v * h_);
    for (std::size_t half = 0; half < 2; ++half) {
      std::copy_n(d_gate_bias_ + half * p_, h_, g.gate_bias + (2 * v + half) * h_);
      unpack(d_gate_ + half * p_ * p_, h_, h_, p_, g.gate + (2 * v + half) * h_ * h_);
    }
    if (c_.second == nullptr) return;
    std::copy_n(d_second_bias_, h_, g.second_bias + v * h_);
    unpack(d_second_, h_, h_, p_, g.second + v * h_ * h_);
  }

  const VariableNetworks& c_;
  std::size_t h_, p_;  // width, and padded
  std::vector<float> memory_;
  std::vector<float> row_ = std::vector<float>(row_padded(h_), 0.0F);
  // Tiles of rows.
  float *a_ = nullptr, *u_ = nullptr, *normal_ = nullptr, *mask_ = nullptr, *da_ = nullptr, *z_ = nullptr,
        *inverse_ = nullptr, *lane_ = nullptr;
  // The variable at hand, and the sums of its gradients.
  float *first_[2] = {}, *own_[2] = {}, *first_bias_ = nullptr, *own_bias_ = nullptr, *second_bias_ = nullptr,
        *gate_bias_ = nullptr, *scale_ = nullptr, *shift_ = nullptr, *second_forward_ = nullptr,
        *gate_forward_ = nullptr, *second_back_ = nullptr, *gate_back_ = nullptr;
  float *sums_ = nullptr, *sums_end_ = nullptr, *d_first_[2] = {}, *d_own_[2] = {}, *d_first_bias_ = nullptr,
        *d_own_bias_ = nullptr, *d_second_bias_ = nullptr, *d_gate_bias_ = nullptr, *d_scale_ = nullptr,
        *d_shift_ = nullptr, *d_second_ = nullptr, *d_gate_ = nullptr;
};

template <class S, int Rows, int Slots>
void variables_forward_all(const VariableNetworks& call, float* out) {
  VariableRun<S, Rows, Slots>(call, false).forward(out);
}

template <class S, int Rows, int Slots>
void variables_backward_all(const VariableNetworks& call, const float* d_out, const VariableGradients& g) {
  VariableRun<S, Rows, Slots>(call, true).backward(d_out, g);
}

template <class S, int Rows, int Slots>
constexpr VariableKernel make_variable_kernel() {
  return {variables_forward_all<S, Rows, Slots>, variables_backward_all<S, Rows, Slots>,
          rows_linear_forward_all<S, Rows, Slots>, rows_linear_backward_all<S, Rows, Slots>};
}

}  // namespace
}  // namespace phreatic::kernels
