// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/series/stl.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/stats/series/lanes/stl_plan.hpp"

namespace phreatic::stats {
namespace {

using Values = std::span<const double>;

bool can_be_decomposed(Series y, std::size_t period) {
  if (y.size() < 2 * period) return false;
  for (std::size_t phase = 0; phase < period; ++phase) {
    bool any = false;
    for (std::size_t t = phase; t < y.size(); t += period) any = any || !std::isnan(y[t]);
    if (!any) return false;
  }
  return true;
}

// LOESS of equally spaced values at positions 0, 1, ... with a weight each.
struct Loess {
  Values y;
  Values weight;
  int span = 7;
  int degree = 1;
  std::vector<double>& w;

  // Fit at x from the values left..right; false when none of them has a weight.
  bool fit(double x, std::ptrdiff_t left, std::ptrdiff_t right, double& value) const {
    const auto n = static_cast<std::ptrdiff_t>(y.size());
    double h = std::max(x - static_cast<double>(left), static_cast<double>(right) - x);
    if (span > n) h += static_cast<double>((span - n) / 2);
    const double nothing = 0.999 * h;
    const double everything = 0.001 * h;
    double sum = 0;
    double first = 0;
    for (std::ptrdiff_t j = left; j <= right; ++j) {
      const auto i = static_cast<std::size_t>(j);
      const double r = std::abs(static_cast<double>(j) - x);
      const double u = r / h;
      const double rest = 1 - u * u * u;
      double tricube = r <= everything ? 1 : rest * rest * rest;
      tricube = r <= nothing ? tricube : 0;
      w[i] = tricube * weight[i];
      sum += w[i];
      first += w[i] * static_cast<double>(j);
    }
    if (!(sum > 0)) return false;
    const double centre = first / sum;
    double slope = 0;
    if (h > 0 && degree > 0) {
      double second = 0;
      for (std::ptrdiff_t j = left; j <= right; ++j) {
        const double d = static_cast<double>(j) - centre;
        second += w[static_cast<std::size_t>(j)] * d * d;
      }
      second /= sum;
      if (std::sqrt(second) > 0.001 * static_cast<double>(n - 1)) slope = (x - centre) / second;
    }
    double fitted = 0;
    for (std::ptrdiff_t j = left; j <= right; ++j) {
      const auto i = static_cast<std::size_t>(j);
      fitted += w[i] * (1 + slope * (static_cast<double>(j) - centre)) * y[i];
    }
    value = fitted / sum;
    return true;
  }

  // As fit(), from a neighbourhood that grows until it holds a value.
  double at(double x, std::ptrdiff_t left, std::ptrdiff_t right) const {
    const auto last = static_cast<std::ptrdiff_t>(y.size()) - 1;
    double value = std::numeric_limits<double>::quiet_NaN();
    while (!fit(x, left, right, value) && (left > 0 || right < last)) {
      const std::ptrdiff_t more = right - left + 1;
      left = std::max<std::ptrdiff_t>(0, left - more);
      right = std::min(last, right + more);
    }
    return value;
  }

  void smooth(std::span<double> out) const {
    const auto n = static_cast<std::ptrdiff_t>(y.size());
    const std::ptrdiff_t q = std::min<std::ptrdiff_t>(span, n);
    const std::ptrdiff_t half = (span + 1) / 2;
    std::ptrdiff_t left = 0;
    for (std::ptrdiff_t i = 0; i < n; ++i) {
      if (span < n && i >= half && left + q < n) ++left;
      out[static_cast<std::size_t>(i)] = at(static_cast<double>(i), left, left + q - 1);
    }
  }
};

// out[i] = mean of in[i..i + width); returns how many there are.
std::size_t moving_average(Values in, std::size_t width, std::span<double> out) {
  const std::size_t count = in.size() - width + 1;
  double sum = 0;
  for (std::size_t i = 0; i < width; ++i) sum += in[i];
  out[0] = sum / static_cast<double>(width);
  for (std::size_t i = 1; i < count; ++i) {
    sum += in[i + width - 1] - in[i - 1];
    out[i] = sum / static_cast<double>(width);
  }
  return count;
}

class Decomposition {
 public:
  Decomposition(Series y, const StlParams& p, StlScratch& s, StlResult& r)
      : y_(y), p_(p), s_(s), r_(r), n_(y.size()), period_(static_cast<std::size_t>(p.period)) {
    const lanes::StlSpans spans = lanes::spans_of(p, n_);
    span_ = spans.seasonal;
    degree_ = spans.seasonal_degree;
    trend_span_ = spans.trend;
    low_span_ = spans.low_pass;
    for (auto* v : {&s.values, &s.present, &s.weight, &s.smooth}) v->assign(n_, 0);
    for (auto* v : {&s.cycle, &s.pass_a, &s.pass_b}) v->assign(n_ + 2 * period_, 0);
    for (auto* v : {&s.part, &s.part_weight}) v->assign(n_ / period_ + 1, 0);
    s.part_smooth.assign(n_ / period_ + 3, 0);
    s.tricube.assign(n_ + 2 * period_, 0);
    for (auto* v : {&r.trend, &r.seasonal, &r.remainder}) v->assign(n_, 0);
    r.weights.assign(n_, 1);
  }

  void run() {
    r_.ok = can_be_decomposed(y_, period_);
    if (!r_.ok) return;
    for (std::size_t t = 0; t < n_; ++t) s_.present[t] = std::isnan(y_[t]) ? 0 : 1;
    for (int outer = 0; outer <= p_.outer; ++outer) {
      for (std::size_t t = 0; t < n_; ++t) s_.weight[t] = s_.present[t] * r_.weights[t];
      for (int inner = 0; inner < p_.inner; ++inner) step();
      if (outer < p_.outer) reweigh();
    }
    if (p_.periodic) same_season();
    for (std::size_t t = 0; t < n_; ++t) r_.remainder[t] = y_[t] - r_.trend[t] - r_.seasonal[t];
  }

 private:
  double present_or_zero(std::size_t t) const { return std::isnan(y_[t]) ? 0 : y_[t]; }

  void step() {
    for (std::size_t t = 0; t < n_; ++t) s_.values[t] = present_or_zero(t) - r_.trend[t];
    smooth_phases();
    const std::size_t a = moving_average(Values(s_.cycle).first(n_ + 2 * period_), period_, s_.pass_a);
    const std::size_t b = moving_average(Values(s_.pass_a).first(a), period_, s_.pass_b);
    const std::size_t c = moving_average(Values(s_.pass_b).first(b), 3, s_.pass_a);
    PHREATIC_ASSERT(c == n_);
    std::fill(s_.smooth.begin(), s_.smooth.end(), 1.0);  // all of the low-pass input is there
    Loess{Values(s_.pass_a).first(n_), s_.smooth, low_span_, p_.low_pass_degree, s_.tricube}.smooth(
        std::span(s_.pass_b).first(n_));
    for (std::size_t t = 0; t < n_; ++t) {
      r_.seasonal[t] = s_.cycle[t + period_] - s_.pass_b[t];
      s_.values[t] = present_or_zero(t) - r_.seasonal[t];
    }
    Loess{s_.values, s_.weight, trend_span_, p_.trend_degree, s_.tricube}.smooth(r_.trend);
  }

  // The smoothed subseries of every phase, one more at both ends, into s_.cycle.
  void smooth_phases() {
    for (std::size_t phase = 0; phase < period_; ++phase) {
      const std::size_t k = (n_ - phase - 1) / period_ + 1;
      double weights = 0;
      for (std::size_t i = 0; i < k; ++i) {
        s_.part[i] = s_.values[phase + i * period_];
        s_.part_weight[i] = s_.weight[phase + i * period_];
        weights += s_.part_weight[i];
      }
      if (!(weights > 0)) {  // all of them outliers: they count as they are
        for (std::size_t i = 0; i < k; ++i) s_.part_weight[i] = s_.present[phase + i * period_];
      }
      const Loess loess{Values(s_.part).first(k), Values(s_.part_weight).first(k), span_, degree_,
                        s_.tricube};
      loess.smooth(std::span(s_.part_smooth).subspan(1, k));
      const auto last = static_cast<std::ptrdiff_t>(k) - 1;
      const auto q = static_cast<std::ptrdiff_t>(span_);
      s_.part_smooth[0] = loess.at(-1, 0, std::min(q - 1, last));
      s_.part_smooth[k + 1] =
          loess.at(static_cast<double>(k), std::max<std::ptrdiff_t>(0, last - q + 1), last);
      for (std::size_t i = 0; i < k + 2; ++i) s_.cycle[phase + i * period_] = s_.part_smooth[i];
    }
  }

  void reweigh() {
    s_.values.clear();
    for (std::size_t t = 0; t < n_; ++t) {
      if (s_.present[t] > 0) s_.values.push_back(std::abs(y_[t] - r_.trend[t] - r_.seasonal[t]));
    }
    const double h = 6 * median(s_.values);
    s_.values.assign(n_, 0);
    for (std::size_t t = 0; t < n_; ++t) {
      const double r = std::abs(present_or_zero(t) - r_.trend[t] - r_.seasonal[t]);
      const double u = r / h;
      r_.weights[t] = r <= 0.001 * h ? 1 : (r <= 0.999 * h ? (1 - u * u) * (1 - u * u) : 0);
    }
  }

  void same_season() {
    for (std::size_t phase = 0; phase < period_; ++phase) {
      double sum = 0;
      double count = 0;
      for (std::size_t t = phase; t < n_; t += period_, ++count) sum += r_.seasonal[t];
      for (std::size_t t = phase; t < n_; t += period_) r_.seasonal[t] = sum / count;
    }
  }

  Series y_;
  const StlParams& p_;
  StlScratch& s_;
  StlResult& r_;
  std::size_t n_;
  std::size_t period_;
  int span_ = 7;
  int degree_ = 1;
  int trend_span_ = 0;
  int low_span_ = 0;
};

void check(const StlParams& params) {
  PHREATIC_ASSERT(params.period >= 2 &&
                  (params.periodic || (params.seasonal >= 3 && params.seasonal % 2 == 1)));
}

// Series `from` .. `from + lanes` of those in `order`; the last one stands in for lanes without a series.
void decompose_batch(const lanes::LaneKernels& kernels, const lanes::StlPlan& plan, const StlParams& params,
                     std::span<const double> values, std::span<const std::size_t> order, StlMany& out) {
  const std::size_t n = plan.steps;
  std::vector<double> work(lanes::stl_work(plan, kernels.lanes));
  std::vector<double> spare(3 * n);
  lanes::StlBatch batch;
  batch.work = work.data();
  for (std::size_t lane = 0; lane < kernels.lanes; ++lane) {
    const bool used = lane < order.size();
    const std::size_t at = order[used ? lane : 0] * n;
    batch.in[lane] = values.data() + at;
    batch.trend[lane] = used ? out.trend.data() + at : spare.data();
    batch.seasonal[lane] = used ? out.seasonal.data() + at : spare.data() + n;
    batch.weights[lane] = used ? out.weights.data() + at : spare.data() + 2 * n;
  }
  kernels.stl(plan, batch);
  for (std::size_t lane = 0; lane < order.size(); ++lane) {
    const std::size_t at = order[lane] * n;
    if (batch.undecided[lane]) {
      const StlResult one = stl(values.subspan(at, n), params);
      std::copy(one.trend.begin(), one.trend.end(), batch.trend[lane]);
      std::copy(one.seasonal.begin(), one.seasonal.end(), batch.seasonal[lane]);
      std::copy(one.weights.begin(), one.weights.end(), batch.weights[lane]);
    }
    for (std::size_t t = 0; t < n; ++t)
      out.remainder[at + t] = values[at + t] - out.trend[at + t] - out.seasonal[at + t];
  }
}

}  // namespace

void describe(core::Describer& d, StlParams& p) {
  d.field("period", p.period, {.help = "Steps of a period", .min = 2});
  d.field("seasonal", p.seasonal, {.help = "Span of the seasonal LOESS in periods, odd", .min = 3});
  d.field("periodic", p.periodic, {.help = "The same season in every period"});
  d.field("trend", p.trend,
          {.help = "Span of the trend's LOESS in steps, odd; 0: from the other spans", .min = 0});
  d.field("low_pass", p.low_pass,
          {.help = "Span of the low-pass LOESS in steps, odd; 0: just above the period", .min = 0});
  d.field("seasonal_degree", p.seasonal_degree, {.help = "Degree of the seasonal LOESS", .min = 0, .max = 1});
  d.field("trend_degree", p.trend_degree, {.help = "Degree of the trend's LOESS", .min = 0, .max = 1});
  d.field("low_pass_degree", p.low_pass_degree, {.help = "Degree of the low-pass LOESS", .min = 0, .max = 1});
  d.field("inner", p.inner, {.help = "Inner loops", .min = 1, .max = 100});
  d.field("outer", p.outer, {.help = "Outer loops with robust weights; 0: none", .min = 0, .max = 100});
}

StlParams stl_params(int period, int seasonal, bool robust) {
  StlParams p;
  p.period = period;
  p.seasonal = seasonal;
  p.inner = robust ? 2 : 5;
  p.outer = robust ? 15 : 0;
  return p;
}

StlParams original_stl_params(int period, int seasonal, bool robust) {
  StlParams p = stl_params(period, seasonal, robust);
  p.inner = robust ? 1 : 2;
  p.seasonal_degree = 0;
  return p;
}

void stl(Series y, const StlParams& params, StlScratch& scratch, StlResult& result) {
  check(params);
  Decomposition(y, params, scratch, result).run();
}

StlResult stl(Series y, const StlParams& params) {
  StlScratch scratch;
  StlResult result;
  stl(y, params, scratch, result);
  return result;
}

StlMany stl_many(std::span<const double> values, std::size_t series, const StlParams& params, core::Isa isa) {
  check(params);
  PHREATIC_ASSERT(series == 0 || values.size() % series == 0);
  const std::size_t steps = series == 0 ? 0 : values.size() / series;
  StlMany out;
  out.ok.assign(series, 0);
  for (auto* v : {&out.trend, &out.seasonal, &out.remainder, &out.weights})
    v->assign(values.size(), std::numeric_limits<double>::quiet_NaN());
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < series; ++i) {
    if (!can_be_decomposed(values.subspan(i * steps, steps), static_cast<std::size_t>(params.period)))
      continue;
    out.ok[i] = 1;
    order.push_back(i);
  }
  if (order.empty()) return out;
  // Series without gaps need one sum less each: they stay among themselves.
  std::stable_partition(order.begin(), order.end(), [&](std::size_t i) {
    const auto y = values.subspan(i * steps, steps);
    return std::none_of(y.begin(), y.end(), [](double v) { return std::isnan(v); });
  });
  const lanes::StlTables tables(params, steps);
  const lanes::LaneKernels& kernels = lanes::lane_kernels(isa);
  const std::size_t batches = (order.size() + kernels.lanes - 1) / kernels.lanes;
  core::parallel_for(batches, [&](std::size_t b) {
    const std::size_t from = b * kernels.lanes;
    decompose_batch(kernels, tables.plan(), params, values,
                    std::span(order).subspan(from, std::min(kernels.lanes, order.size() - from)), out);
  });
  return out;
}

}  // namespace phreatic::stats
