// SPDX-License-Identifier: BSD-3-Clause
// Makes the DenseKernel of one vector type: included by one source per instruction set. S is a vector of the
// recurrent kernels with sqrt(), sum() and over_root(g, s, f, eps) = g / (f sqrt(s) + eps) added.
#pragma once

#include <cstdint>
#include <limits>

#include "phreatic/learn/kernels/dense/dense_kernel.hpp"
#include "phreatic/learn/kernels/tile.hpp"

namespace phreatic::kernels {
namespace {

template <class S, DenseStepKind Kind>
struct Step {
  using V = typename S::V;

  explicit Step(const DenseStep& p) : step(p) {}

  // Takes the step for the weights at w + i with the gradient g.
  PHREATIC_INLINE void take(V g, float* w, float* state1, float* state2, std::size_t i) const {
    if constexpr (Kind == DenseStepKind::store) {
      S::store(state1 + i, g);
      return;
    }
    V weight = S::load(w + i);
    if constexpr (Kind == DenseStepKind::adamw) {
      weight = S::mul(weight, S::set(1.0F - step.rate * step.decay));
    } else {
      g = S::fma(S::set(step.decay), weight, g);
    }
    S::store(w + i, S::fnma(S::set(step.rate), change(g, state1, state2, i), weight));
  }

 private:
  // What the rate is multiplied by.
  PHREATIC_INLINE V change(V g, float* state1, float* state2, std::size_t i) const {
    if constexpr (Kind == DenseStepKind::sgd) {
      return g;
    } else if constexpr (Kind == DenseStepKind::adagrad) {
      const V s = S::fma(g, g, S::load(state1 + i));
      S::store(state1 + i, s);
      return S::over_root(g, s, 1.0F, step.epsilon);
    } else if constexpr (Kind == DenseStepKind::rmsprop) {
      const V s = blend(S::load(state1 + i), S::mul(g, g), step.a);
      S::store(state1 + i, s);
      return S::over_root(g, s, 1.0F, step.epsilon);
    } else if constexpr (Kind == DenseStepKind::adadelta) {
      const V s = blend(S::load(state1 + i), S::mul(g, g), step.a);
      const V u = S::load(state2 + i);
      const V eps = S::set(step.epsilon);
      const V d = S::mul(S::sqrt(S::div(S::add(u, eps), S::add(s, eps))), g);
      S::store(state1 + i, s);
      S::store(state2 + i, blend(u, S::mul(d, d), step.a));
      return d;
    } else {
      const V s = blend(S::load(state1 + i), g, step.a);
      const V u = blend(S::load(state2 + i), S::mul(g, g), step.b);
      S::store(state1 + i, s);
      S::store(state2 + i, u);
      return S::over_root(S::mul(s, S::set(1.0F / step.correction1)), u, 1.0F / step.correction2,
                          step.epsilon);
    }
  }
  // a old + (1 - a) now
  static PHREATIC_INLINE V blend(V old, V now, float a) {
    return S::fma(S::set(a), old, S::mul(S::set(1.0F - a), now));
  }

  DenseStep step;
};

template <class S, class Body>
PHREATIC_INLINE void with_step(const DenseStep& step, const Body& body) {
  switch (step.kind) {
    case DenseStepKind::sgd:
      return body(Step<S, DenseStepKind::sgd>(step));
    case DenseStepKind::adagrad:
      return body(Step<S, DenseStepKind::adagrad>(step));
    case DenseStepKind::rmsprop:
      return body(Step<S, DenseStepKind::rmsprop>(step));
    case DenseStepKind::adadelta:
      return body(Step<S, DenseStepKind::adadelta>(step));
    case DenseStepKind::adam:
      return body(Step<S, DenseStepKind::adam>(step));
    case DenseStepKind::adamw:
      return body(Step<S, DenseStepKind::adamw>(step));
    case DenseStepKind::store:
      return body(Step<S, DenseStepKind::store>(step));
  }
}

template <class S, int Rows, int Slots>
void dense_forward_range(const DenseShape& shape, const float* x, const float* w, const float* b, float* z,
                         std::size_t from, std::size_t to) {
  using V = typename S::V;
  const std::size_t stride = shape.stride();
  in_pieces<Slots>((to - from) / S::kWidth, [&](std::size_t slot, auto slots) {
    constexpr int kSlots_ = decltype(slots)::value;
    const std::size_t n0 = from + slot * S::kWidth;
    in_pieces<Rows>(shape.rows, [&](std::size_t r0, auto rows) {
      constexpr int kRows = decltype(rows)::value;
      V acc[kRows][kSlots_];
      for (int m = 0; m < kRows; ++m)
        for (int n = 0; n < kSlots_; ++n) acc[m][n] = S::load(b + n0 + n * S::kWidth);
      multiply_add<S, 0, kSlots_>(acc, x + r0 * shape.x_stride, shape.x_stride, 1, w + n0, stride,
                                  shape.inputs);
      for (int m = 0; m < kRows; ++m)
        for (int n = 0; n < kSlots_; ++n) S::store(z + (r0 + m) * stride + n0 + n * S::kWidth, acc[m][n]);
    });
  });
}

template <class S>
void dense_input_gradient_range(const DenseShape& shape, const float* dz, const float* w, float* dx,
                                std::size_t from, std::size_t to) {
  using V = typename S::V;
  constexpr int kTile = 4;
  const std::size_t padded = shape.padded();
  const std::size_t stride = shape.stride();
  in_pieces<kTile>(to - from, [&](std::size_t k_first, auto inputs) {
    constexpr int kInputs = decltype(inputs)::value;
    const std::size_t k0 = from + k_first;
    in_pieces<kTile>(shape.rows, [&](std::size_t r0, auto rows) {
      constexpr int kRows = decltype(rows)::value;
      V acc[kRows][kInputs];
      for (int m = 0; m < kRows; ++m)
        for (int k = 0; k < kInputs; ++k) acc[m][k] = S::set(0.0F);
      for (std::size_t n = 0; n < padded; n += S::kWidth) {
        V weight[kInputs];
#pragma GCC unroll 8
        for (int k = 0; k < kInputs; ++k) weight[k] = S::load(w + (k0 + k) * stride + n);
#pragma GCC unroll 8
        for (int m = 0; m < kRows; ++m) {
          const V d = S::load(dz + (r0 + m) * stride + n);
#pragma GCC unroll 8
          for (int k = 0; k < kInputs; ++k) acc[m][k] = S::fma(d, weight[k], acc[m][k]);
        }
      }
      for (int m = 0; m < kRows; ++m)
        for (int k = 0; k < kInputs; ++k) dx[(r0 + m) * shape.x_stride + k0 + k] = S::sum(acc[m][k]);
    });
  });
}

template <class S, int Rows, int Slots>
void dense_update_range(const DenseShape& shape, const DenseStep& step, const float* x, const float* dz,
                        float* w, float* state1, float* state2, std::size_t from, std::size_t to) {
  using V = typename S::V;
  const std::size_t padded = shape.padded();
  const std::size_t stride = shape.stride();
  with_step<S>(step, [&](const auto& taker) {
    in_pieces<Rows>(to - from, [&](std::size_t k_first, auto inputs) {
      constexpr int kInputs = decltype(inputs)::value;
      const std::size_t k0 = from + k_first;
      in_pieces<Slots>(padded / S::kWidth, [&](std::size_t slot, auto slots) {
        constexpr int kSlots_ = decltype(slots)::value;
        const std::size_t n0 = slot * S::kWidth;
        // The tile's weights and states come from afar while its gradient is multiplied up.
        for (int m = 0; m < kInputs; ++m) {
          for (int n = 0; n < kSlots_; ++n) {
            const std::size_t at = (k0 + m) * stride + n0 + n * S::kWidth;
            __builtin_prefetch(w + at, 1, 3);
            if (state1 != nullptr) __builtin_prefetch(state1 + at, 1, 3);
            if (state2 != nullptr) __builtin_prefetch(state2 + at, 1, 3);
          }
        }
        V acc[kInputs][kSlots_];
        for (int m = 0; m < kInputs; ++m)
          for (int n = 0; n < kSlots_; ++n) acc[m][n] = S::set(0.0F);
        multiply_add<S, 0, kSlots_>(acc, x + k0, 1, shape.x_stride, dz + n0, stride, shape.rows);
        for (int m = 0; m < kInputs; ++m)
          for (int n = 0; n < kSlots_; ++n)
            taker.take(acc[m][n], w, state1, state2, (k0 + m) * stride + n0 + n * S::kWidth);
      });
    });
  });
}

template <class S>
void dense_step_all(const DenseStep& step, const float* gradient, std::size_t count, float* w, float* state1,
                    float* state2) {
  with_step<S>(step, [&](const auto& taker) {
    for (std::size_t i = 0; i < count; i += S::kWidth)
      taker.take(S::load(gradient + i), w, state1, state2, i);
  });
}

constexpr float kLargest = std::numeric_limits<float>::max();

// 1 where a > 0, else 0.
template <class S>
PHREATIC_INLINE typename S::V positive(typename S::V a) {
  return S::clamp(S::mul(S::clamp(a, 0.0F, 1.0F), S::set(kLargest)), 0.0F, 1.0F);
}

template <class S>
PHREATIC_INLINE typename S::V below_zero(typename S::V a) {
  return S::clamp(a, -kLargest, 0.0F);
}

template <class S>
void norm_forward_all(const NormLayer& l, float momentum, float* running_mean, float* running_variance,
                      float* a) {
  using V = typename S::V;
  const auto count = static_cast<float>(l.rows);
  const auto move = [&](float* running, V to) {
    const V old = S::load(running);
    S::store(running, S::fma(S::set(momentum), S::sub(to, old), old));
  };
  for (std::size_t n = 0; n < l.stride; n += S::kWidth) {
    V sum = S::set(0.0F);
    for (std::size_t r = 0; r < l.rows; ++r) sum = S::add(sum, S::load(l.z + r * l.stride + n));
    const V mean = S::div(sum, S::set(count));
    V squares = S::set(0.0F);
    for (std::size_t r = 0; r < l.rows; ++r) {
      const V d = S::sub(S::load(l.z + r * l.stride + n), mean);
      squares = S::fma(d, d, squares);
    }
    move(running_mean + n, mean);
    move(running_variance + n, S::div(squares, S::set(count - 1)));
    const V deviation = S::sqrt(S::add(S::div(squares, S::set(count)), S::set(l.epsilon)));
    const V inverse = S::div(S::set(1.0F), deviation);
    S::store(l.inverse + n, inverse);
    const V scale = S::load(l.scale + n);
    const V shift = S::load(l.shift + n);
    for (std::size_t r = 0; r < l.rows; ++r) {
      const std::size_t i = r * l.stride + n;
      const V u = S::mul(S::sub(S::load(l.z + i), mean), inverse);
      S::store(l.z + i, u);
      const V v = S::fma(scale, u, shift);
      V out = S::fma(S::set(l.slope), below_zero<S>(v), S::clamp(v, 0.0F, kLargest));
      if (l.mask != nullptr) out = S::mul(out, S::load(l.mask + i));
      S::store(a + i, out);
    }
  }
}

template <class S>
void norm_backward_all(const NormLayer& l, float* d, float* d_bias, float* d_scale, float* d_shift,
                       float* d_slope) {
  using V = typename S::V;
  const V share = S::set(1.0F / static_cast<float>(l.rows));
  for (std::size_t n = 0; n < l.stride; n += S::kWidth) {
    const V scale = S::load(l.scale + n);
    const V shift = S::load(l.shift + n);
    V of_scale = S::set(0.0F);
    V of_shift = S::set(0.0F);
    V of_slope = S::set(0.0F);
    for (std::size_t r = 0; r < l.rows; ++r) {
      const std::size_t i = r * l.stride + n;
      V down = S::load(d + i);
      if (l.mask != nullptr) down = S::mul(down, S::load(l.mask + i));
      const V u = S::load(l.z + i);
      const V v = S::fma(scale, u, shift);
      of_slope = S::fma(down, below_zero<S>(v), of_slope);
      const V through = S::mul(down, S::fma(positive<S>(v), S::set(1.0F - l.slope), S::set(l.slope)));
      of_shift = S::add(of_shift, through);
      of_scale = S::fma(through, u, of_scale);
      S::store(d + i, through);
    }
    S::store(d_scale + n, of_scale);
    S::store(d_shift + n, of_shift);
    S::store(d_slope + n, of_slope);
    const V factor = S::mul(scale, S::load(l.inverse + n));
    V of_bias = S::set(0.0F);
    for (std::size_t r = 0; r < l.rows; ++r) {
      const std::size_t i = r * l.stride + n;
      const V common = S::fma(S::load(l.z + i), of_scale, of_shift);
      const V dz = S::mul(factor, S::fnma(share, common, S::load(d + i)));
      of_bias = S::add(of_bias, dz);
      S::store(l.z + i, dz);
    }
    S::store(d_bias + n, of_bias);
  }
}

template <class S>
void norm_evaluate_all(std::size_t rows, std::size_t stride, const float* factor, const float* constant,
                       float slope, const float* z, float* a) {
  using V = typename S::V;
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t n = 0; n < stride; n += S::kWidth) {
      const V v = S::fma(S::load(factor + n), S::load(z + r * stride + n), S::load(constant + n));
      S::store(a + r * stride + n, S::fma(S::set(slope), below_zero<S>(v), S::clamp(v, 0.0F, kLargest)));
    }
  }
}

// An integer hash of the place with two keys; plain loops, which compilers turn into vectors.
template <class S>
void dropout_mask_all(std::size_t count, std::uint32_t limit, float kept, std::uint32_t first,
                      std::uint32_t second, float* mask) {
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t x = static_cast<std::uint32_t>(i) * 0x9E3779B9U + first;
    x ^= x >> 16;
    x *= 0x7FEB352DU;
    x ^= second ^ (x >> 15);
    x *= 0x846CA68BU;
    x ^= x >> 16;
    mask[i] = x < limit ? 0.0F : kept;
  }
}

template <class S>
PHREATIC_INLINE typename S::V unit_value(const PairFunction& f, std::size_t h, typename S::V d,
                                         typename S::V e) {
  return S::fma(S::set(f.d_slope[h]), d, S::fma(S::set(f.e_slope[h]), e, S::set(f.constant[h])));
}

template <class S>
void pair_forward_all(const PairFunction& f, std::size_t count, const float* d, const float* e, float* q,
                      float* v) {
  using V = typename S::V;
  for (std::size_t i = 0; i < count; i += S::kWidth) {
    V sum = S::set(f.out[f.units]);
    for (std::size_t h = 0; h < f.units; ++h) {
      const V unit = S::clamp(unit_value<S>(f, h, S::load(d + i), S::load(e + i)), f.floor, kLargest);
      sum = S::fma(S::set(f.out[h]), unit, sum);
    }
    S::store(q + i, sum);
    const V below = S::clamp(sum, -kLargest, 0.0F);
    S::store(v + i, S::fma(S::set(f.slope), below, S::clamp(sum, 0.0F, kLargest)));
  }
}

template <class S>
void pair_backward_all(const PairFunction& f, std::size_t count, const float* d, const float* e,
                       const float* q, const float* dv, float* g, float* sums) {
  using V = typename S::V;
  V all = S::set(0.0F);
  for (std::size_t i = 0; i < count; i += S::kWidth) {
    const V slope = S::fma(positive<S>(S::load(q + i)), S::set(1.0F - f.slope), S::set(f.slope));
    const V through = S::mul(S::load(dv + i), slope);
    S::store(g + i, through);
    all = S::add(all, through);
  }
  sums[4 * f.units] = S::sum(all);
  for (std::size_t h = 0; h < f.units; ++h) {
    V with_one = S::set(0.0F);
    V with_d = S::set(0.0F);
    V with_e = S::set(0.0F);
    V with_unit = S::set(0.0F);
    for (std::size_t i = 0; i < count; i += S::kWidth) {
      const V first = S::load(d + i);
      const V second = S::load(e + i);
      const V unit = unit_value<S>(f, h, first, second);
      const V through = S::load(g + i);
      const V open = S::mul(through, positive<S>(S::sub(unit, S::set(f.floor))));
      with_one = S::add(with_one, open);
      with_d = S::fma(open, first, with_d);
      with_e = S::fma(open, second, with_e);
      with_unit = S::fma(through, S::clamp(unit, f.floor, kLargest), with_unit);
    }
    sums[4 * h] = S::sum(with_one);
    sums[4 * h + 1] = S::sum(with_d);
    sums[4 * h + 2] = S::sum(with_e);
    sums[4 * h + 3] = S::sum(with_unit);
  }
}

template <class S, int Rows, int Slots>
constexpr DenseKernel make_dense_kernel() {
  return {dense_forward_range<S, Rows, Slots>,
          dense_input_gradient_range<S>,
          dense_update_range<S, Rows, Slots>,
          dense_step_all<S>,
          norm_forward_all<S>,
          norm_backward_all<S>,
          norm_evaluate_all<S>,
          dropout_mask_all<S>,
          pair_forward_all<S>,
          pair_backward_all<S>};
}

}  // namespace
}  // namespace phreatic::kernels
