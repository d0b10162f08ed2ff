// SPDX-License-Identifier: BSD-3-Clause
// STL (stl.hpp) of W series side by side: every vector holds one step of all of them. Distances, and with them tricube
// weights, are the same for all series; what robust weights and missing values change are sums over them:
//   S_m = sum k d^m r,  T_m = sum k d^m r y;   variance of d = S_2 / S_0 - (S_1 / S_0)^2, slope = -(S_1 / S_0) / variance
//   fit = (T_0 + slope (T_1 - S_1 / S_0 T_0)) / S_0 = a T_0 + b T_1
// with a and b the same for all inner loops of one outer loop. Weights of one need one sum with fixed numbers.
#pragma once

#include "phreatic/stats/series/lanes/lane_kernels.hpp"
#include "phreatic/stats/series/lanes/lane_vectors.hpp"

namespace phreatic::stats::lanes {
namespace {

template <class D>
class StlLanes {
  using V = typename D::V;
  using Mask = typename D::Mask;
  static constexpr std::size_t W = D::kWidth;

 public:
  StlLanes(const StlPlan& plan, StlBatch& batch) : p_(plan), b_(batch), n_(plan.steps), np_(plan.period) {
    double* at = batch.work;
    const auto take = [&](std::size_t rows) {
      double* const start = at;
      at += rows * W;
      return start;
    };
    for (double** v :
         {&y_, &present_, &robust_, &weight_, &trend_, &seasonal_, &values_, &rest_, &trend_a_, &trend_b_})
      *v = take(n_);
    for (double** v : {&cycle_, &pass_a_, &pass_b_, &part_a_, &part_b_}) *v = take(n_ + 2 * np_);
  }

  void run() {
    read();
    bool weighted = gaps_;
    for (int outer = 0; outer <= p_.outer; ++outer) {
      if (weighted) prepare_weights();
      for (int inner = 0; inner < p_.inner; ++inner) step(weighted);
      if (outer < p_.outer) reweigh();
      weighted = true;
    }
    if (p_.periodic) same_season();
    write();
  }

 private:
  static V at(const double* array, std::size_t i) { return load_vector<V>(array + i * W); }
  static void put(double* array, std::size_t i, const V& v) { store_vector(array + i * W, v); }

  void read() {
    for (std::size_t lane = 0; lane < W; ++lane) {
      for (std::size_t t = 0; t < n_; ++t) {
        const double v = b_.in[lane][t];
        const bool missing = v != v;
        gaps_ = gaps_ || missing;
        y_[t * W + lane] = missing ? 0 : v;
        present_[t * W + lane] = missing ? 0 : 1;
      }
    }
    for (std::size_t t = 0; t < n_; ++t) {
      put(robust_, t, V{} + 1.0);
      put(trend_, t, V{});
    }
  }

  void write() {
    for (std::size_t lane = 0; lane < W; ++lane) {
      for (std::size_t t = 0; t < n_; ++t) {
        b_.trend[lane][t] = trend_[t * W + lane];
        b_.seasonal[lane][t] = seasonal_[t * W + lane];
        b_.weights[lane][t] = robust_[t * W + lane];
      }
      b_.undecided[lane] = undecided_[lane] != 0;
    }
  }

  // Sums over the windows of `Together` neighbouring positions with T tables each.
  template <std::size_t T, std::size_t Together>
  static inline void sum(const double* rows, std::size_t stride, std::size_t count, const double* in,
                         std::size_t step, V (&sums)[T][Together]) {
    for (std::size_t j = 0; j + 1 < count + Together; ++j) {
      const V u = load_vector<V>(in + j * step * W);
#pragma GCC unroll 4
      for (std::size_t t = 0; t < T; ++t) {
#pragma GCC unroll 4
        for (std::size_t m = 0; m < Together; ++m) sums[t][m] += rows[t * stride + j + kTogether - 1 - m] * u;
      }
    }
  }

  // body(position, sums) for every position; T rows of the tables from row `from`.
  template <std::size_t T, class Body>
  static inline void windows(const LoessWindows& w, std::size_t from, const double* in, std::size_t step,
                             const Body& body) {
    for (std::size_t i = 0; i < w.positions;) {
      const double* const rows = w.rows + (4 * static_cast<std::size_t>(w.table[i]) + from) * w.stride;
      const double* const first = in + static_cast<std::size_t>(w.first[i]) * step * W;
      if (i + kTogether <= w.positions && w.table[i] == w.table[i + kTogether - 1] &&
          w.first[i + kTogether - 1] == w.first[i] + static_cast<int>(kTogether) - 1) {
        V sums[T][kTogether] = {};
        sum(rows, w.stride, w.count, first, step, sums);
        for (std::size_t m = 0; m < kTogether; ++m) {
          V one[T];
          for (std::size_t t = 0; t < T; ++t) one[t] = sums[t][m];
          body(i + m, one);
        }
        i += kTogether;
      } else {
        V sums[T][1] = {};
        sum(rows, w.stride, w.count, first, step, sums);
        V one[T];
        for (std::size_t t = 0; t < T; ++t) one[t] = sums[t][0];
        body(i, one);
        ++i;
      }
    }
  }

  // a and b of weighted fits at all positions, from weights at in, in + step, ...
  void coefficients(const LoessWindows& w, const double* in, std::size_t step, double* a, double* b,
                    std::size_t out_step) {
    Mask bad{};
    windows<3>(w, 0, in, step, [&](std::size_t i, const V* s) {
      bad |= ~(s[0] > 0.0);
      const V centre = s[1] / s[0];
      const V variance = (s[2] * s[0] - s[1] * s[1]) / (s[0] * s[0]);
      const V slope = w.line ? (variance > w.limit ? -centre / variance : V{}) : V{};
      put(a, i * out_step, (1.0 - slope * centre) / s[0]);
      put(b, i * out_step, slope / s[0]);
    });
    for (std::size_t lane = 0; lane < W; ++lane) undecided_[lane] |= bad[lane];
  }

  const LoessWindows& part_of(std::size_t phase) const {
    return p_.part[(n_ - phase - 1) / np_ + 1 > n_ / np_ ? 1 : 0];
  }

  void prepare_weights() {
    for (std::size_t t = 0; t < n_; ++t) put(weight_, t, at(present_, t) * at(robust_, t));
    for (std::size_t phase = 0; phase < np_; ++phase)
      coefficients(part_of(phase), weight_ + phase * W, np_, part_a_ + phase * W, part_b_ + phase * W, np_);
    coefficients(p_.trend, weight_, 1, trend_a_, trend_b_, 1);
  }

  void step(bool weighted) {
    if (weighted) {
      for (std::size_t t = 0; t < n_; ++t) put(values_, t, at(weight_, t) * (at(y_, t) - at(trend_, t)));
    } else {
      for (std::size_t t = 0; t < n_; ++t) put(values_, t, at(y_, t) - at(trend_, t));
    }
    for (std::size_t phase = 0; phase < np_; ++phase) smooth_phase(phase, weighted);
    const std::size_t count = n_ + 2 * np_;
    const std::size_t first = moving_average(cycle_, count, np_, pass_a_);
    const std::size_t second = moving_average(pass_a_, first, np_, pass_b_);
    moving_average(pass_b_, second, 3, pass_a_);
    windows<1>(p_.low, 3, pass_a_, 1, [&](std::size_t t, const V* s) {
      const V season = at(cycle_, t + np_) - s[0];
      put(seasonal_, t, season);
      const V rest = at(y_, t) - season;
      put(values_, t, weighted ? at(weight_, t) * rest : rest);
    });
    if (weighted) {
      windows<2>(p_.trend, 0, values_, 1, [&](std::size_t t, const V* s) {
        put(trend_, t, at(trend_a_, t) * s[0] + at(trend_b_, t) * s[1]);
      });
    } else {
      windows<1>(p_.trend, 3, values_, 1, [&](std::size_t t, const V* s) { put(trend_, t, s[0]); });
    }
  }

  void smooth_phase(std::size_t phase, bool weighted) {
    const LoessWindows& w = part_of(phase);
    double* const out = cycle_ + phase * W;
    if (weighted) {
      const double* const a = part_a_ + phase * W;
      const double* const b = part_b_ + phase * W;
      windows<2>(w, 0, values_ + phase * W, np_, [&](std::size_t i, const V* s) {
        put(out, i * np_, at(a, i * np_) * s[0] + at(b, i * np_) * s[1]);
      });
    } else {
      windows<1>(w, 3, values_ + phase * W, np_, [&](std::size_t i, const V* s) { put(out, i * np_, s[0]); });
    }
  }

  static std::size_t moving_average(const double* in, std::size_t size, std::size_t width, double* out) {
    const std::size_t count = size - width + 1;
    const double share = static_cast<double>(width);
    V sum{};
    for (std::size_t i = 0; i < width; ++i) sum += at(in, i);
    put(out, 0, sum / share);
    for (std::size_t i = 1; i < count; ++i) {
      sum += at(in, i + width - 1) - at(in, i - 1);
      put(out, i, sum / share);
    }
    return count;
  }

  void reweigh() {
    for (std::size_t t = 0; t < n_; ++t) {
      const V r = at(y_, t) - at(trend_, t) - at(seasonal_, t);
      put(rest_, t, r < 0.0 ? -r : r);
    }
    const V h = 6.0 * medians();
    const V nothing = 0.999 * h;
    const V everything = 0.001 * h;
    for (std::size_t t = 0; t < n_; ++t) {
      const V r = at(rest_, t);
      const V u = r / h;
      const V w = (1.0 - u * u) * (1.0 - u * u);
      put(robust_, t, r <= everything ? V{} + 1.0 : (r <= nothing ? w : V{}));
    }
  }

  // Of the present values of rest_, by counting: a number with as many values up to it as there shall be lies between
  // the wanted one and the next.
  V medians() {
    constexpr double huge = 1.7976931348623157e308;
    V wanted{};  // values up to the lower median
    V high{};
    for (std::size_t t = 0; t < n_; ++t) {
      wanted += at(present_, t);
      const V r = at(rest_, t);
      const V kept = at(present_, t) > 0.0 ? r : V{} + huge;
      put(values_, t, kept);
      high = (kept < huge && kept > high) ? kept : high;
    }
    V even{};
    for (std::size_t lane = 0; lane < W; ++lane) {
      const auto count = static_cast<std::size_t>(wanted[lane]);
      even[lane] = count % 2 == 0 ? 1 : 0;
      const std::size_t rank = (count + 1) / 2;
      wanted[lane] = static_cast<double>(rank);
    }
    V low{}, below{}, above = V{} + static_cast<double>(n_), pivot{};
    Mask open = ~Mask{};
    for (int round = 0; round < 40; ++round) {
      const V share = (wanted - 0.5 - below) / (above - below);
      const V inner = share < 0.05 ? V{} + 0.05 : (share > 0.95 ? V{} + 0.95 : share);
      const V next = low + (high - low) * (round % 3 == 2 ? V{} + 0.5 : inner);
      pivot = open ? next : pivot;
      V count{};
      for (std::size_t t = 0; t < n_; ++t) count += at(values_, t) <= pivot ? V{} + 1.0 : V{};
      open &= ~(count == wanted);
      const Mask few = count < wanted;
      low = few ? pivot : low;
      below = few ? count : below;
      high = few ? high : pivot;
      above = few ? above : count;
      std::int64_t any = 0;
      for (std::size_t lane = 0; lane < W; ++lane) any |= open[lane];
      if (any == 0) break;
    }
    V lower{}, upper = V{} + huge;
    for (std::size_t t = 0; t < n_; ++t) {
      const V v = at(values_, t);
      lower = (v <= pivot && v > lower) ? v : lower;
      upper = (v > pivot && v < upper) ? v : upper;
    }
    V median = even > 0.0 ? 0.5 * (lower + upper) : lower;
    for (std::size_t lane = 0; lane < W; ++lane) {
      if (open[lane] != 0)
        median[lane] = sorted_median(lane, static_cast<std::size_t>(wanted[lane]), even[lane] > 0);
    }
    return median;
  }

  // For ties at the median: the values of one lane, sorted (Shell).
  double sorted_median(std::size_t lane, std::size_t wanted, bool even) {
    for (std::size_t gap = n_ / 2; gap > 0; gap /= 2) {
      for (std::size_t i = gap; i < n_; ++i) {
        const double v = values_[i * W + lane];
        std::size_t j = i;
        for (; j >= gap && values_[(j - gap) * W + lane] > v; j -= gap)
          values_[j * W + lane] = values_[(j - gap) * W + lane];
        values_[j * W + lane] = v;
      }
    }
    const double lower = values_[(wanted - 1) * W + lane];
    return even ? 0.5 * (lower + values_[wanted * W + lane]) : lower;
  }

  void same_season() {
    for (std::size_t phase = 0; phase < np_; ++phase) {
      V sum{};
      double count = 0;
      for (std::size_t t = phase; t < n_; t += np_, ++count) sum += at(seasonal_, t);
      for (std::size_t t = phase; t < n_; t += np_) put(seasonal_, t, sum / count);
    }
  }

  const StlPlan& p_;
  StlBatch& b_;
  std::size_t n_, np_;
  bool gaps_ = false;
  std::int64_t undecided_[W] = {};
  double *y_ = nullptr, *present_ = nullptr, *robust_ = nullptr, *weight_ = nullptr, *trend_ = nullptr,
         *seasonal_ = nullptr, *values_ = nullptr, *rest_ = nullptr, *trend_a_ = nullptr, *trend_b_ = nullptr;
  double *cycle_ = nullptr, *pass_a_ = nullptr, *pass_b_ = nullptr, *part_a_ = nullptr, *part_b_ = nullptr;
};

}  // namespace
}  // namespace phreatic::stats::lanes
